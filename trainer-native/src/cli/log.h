/* What the program says to people, on the standard error. */
#ifndef PULSE_TRAINER_LOG_H
#define PULSE_TRAINER_LOG_H

#include "pulse.h"

void pulse_note(const char *format, ...) __attribute__((__format__(__printf__, 1, 2)));
void pulse_warn(const char *format, ...) __attribute__((__format__(__printf__, 1, 2)));
/* A pulse_log_fn: the core's warnings, and nothing less. */
void pulse_log_to_stderr(void *context, pulse_log_level level, const char *message);

/*
 * A progress line, only where the standard error is a terminal. `what` and `done` of `total`;
 * `note` may be "". Redrawn at most ten times a second; pulse_progress_clear before other output.
 */
void pulse_progress(const char *what, uint64_t done, uint64_t total, const char *note);
void pulse_progress_clear(void);

#endif
