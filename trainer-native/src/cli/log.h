/*
 * What the program says to people, on the standard error: as text, or with --log-format json as
 * one JSON object on each line, {"time","level","stage","message"} and numbers by name; the level
 * is debug, info, progress, warning or error, and an error may have "next", what to do about it.
 * Any thread may speak; a line is never torn.
 */
#ifndef PULSE_TRAINER_LOG_H
#define PULSE_TRAINER_LOG_H

#include <stddef.h>

#include "pulse.h"

/* What a message counts, for those who read JSON: pulse_note_of(PULSE_FIELDS({"songs", n}), ...).
 */
typedef struct pulse_log_field {
    const char *name;
    double value;
} pulse_log_field;
typedef struct pulse_log_fields {
    const pulse_log_field *at;
    size_t count;
} pulse_log_fields;
#define PULSE_FIELDS(...)                                                                          \
    ((pulse_log_fields){(const pulse_log_field[]){__VA_ARGS__},                                    \
                        sizeof((pulse_log_field[]){__VA_ARGS__}) / sizeof(pulse_log_field)})

/* Results of steps; silent after --quiet. */
void pulse_note(const char *format, ...) __attribute__((__format__(__printf__, 1, 2)));
void pulse_note_of(pulse_log_fields fields, const char *format, ...)
    __attribute__((__format__(__printf__, 2, 3)));
/* Files, settings, times, memory: only after --verbose. */
void pulse_log_detail(const char *format, ...) __attribute__((__format__(__printf__, 1, 2)));
void pulse_log_detail_of(pulse_log_fields fields, const char *format, ...)
    __attribute__((__format__(__printf__, 2, 3)));
/* What is probably not as wanted, and does not stop the program; silent after --quiet. */
void pulse_warn(const char *format, ...) __attribute__((__format__(__printf__, 1, 2)));
/* Why the program ends, and in `next`, which may be NULL, what to do: never silent. */
void pulse_log_failure(const char *command, const char *message, const char *next);
/* A pulse_log_fn: the core's warnings, and after --verbose whatever else it has to say. */
void pulse_log_to_stderr(void *context, pulse_log_level level, const char *message);

/* What the program is at, for JSON lines: "train". Static text. */
void pulse_log_stage(const char *stage);

typedef enum pulse_verbosity {
    PULSE_VERBOSITY_QUIET,
    PULSE_VERBOSITY_NORMAL,
    PULSE_VERBOSITY_VERBOSE
} pulse_verbosity;
/* Set once, before any thread is started. */
void pulse_log_set_level(pulse_verbosity level);
void pulse_log_set_json(bool json);

/*
 * How far a step is: `what` and `done` of `total`; `note` may be "". As text, a line that is
 * redrawn at most ten times a second, and only where the standard error is a terminal:
 * pulse_progress_clear before other output. As JSON, an object at most once a second.
 */
void pulse_progress(const char *what, uint64_t done, uint64_t total, const char *note);
void pulse_progress_clear(void);
/* Whether anybody sees it; otherwise long steps may say now and then how far they are. */
bool pulse_progress_shown(void);

#endif
