/* The values of options, read strictly: what is not wholly a number in range is wrong usage. */
#ifndef PULSE_TRAINER_VALUES_H
#define PULSE_TRAINER_VALUES_H

#include "base/failure.h"

/* `name` is the option as typed, for messages. `out` changes only where 0 is returned. */
int pulse_option_count(const char *name, const char *text, uint64_t least, uint64_t most,
                       uint64_t *out, pulse_failure *failure);
int pulse_option_integer(const char *name, const char *text, int64_t least, int64_t most,
                         int64_t *out, pulse_failure *failure);
int pulse_option_real(const char *name, const char *text, double least, double most, double *out,
                      pulse_failure *failure);

/* What pulse_option_compute takes, for an option's `choices`. */
#define PULSE_COMPUTE_CHOICES "portable auto f32 f32-int8 int8 int16"
int pulse_option_compute(const char *name, const char *text, pulse_compute *out,
                         pulse_failure *failure);

#endif
