/* Options, read strictly: what is not wholly a number in range is wrong usage. */
#ifndef PULSE_TRAINER_OPTIONS_H
#define PULSE_TRAINER_OPTIONS_H

#include <getopt.h>

#include "base/failure.h"

/*
 * The next option, as getopt_long gives it; -1 at the end. An unknown option or a missing value
 * gives '?' after filling `failure`. Long options without a letter have `val` from 256 on, and
 * `letters` starts with ':'.
 */
int pulse_option_next(int argc, char **argv, const char *letters, const struct option *options,
                      pulse_failure *failure);
/* Back to the beginning, for another argv. */
void pulse_option_reset(void);

/* `name` is the option as typed, for messages. */
int pulse_option_count(const char *name, const char *text, uint64_t least, uint64_t most,
                       uint64_t *out, pulse_failure *failure);
int pulse_option_integer(const char *name, const char *text, int64_t least, int64_t most,
                         int64_t *out, pulse_failure *failure);
int pulse_option_compute(const char *name, const char *text, pulse_compute *out,
                         pulse_failure *failure);
int pulse_option_real(const char *name, const char *text, double least, double most, double *out,
                      pulse_failure *failure);

#endif
