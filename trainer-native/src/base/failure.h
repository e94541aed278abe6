/* What went wrong, as the program will say it, and the exit code it ends with. */
#ifndef PULSE_TRAINER_FAILURE_H
#define PULSE_TRAINER_FAILURE_H

#include "pulse.h"

/* The exit codes are part of the command line's interface. */
enum {
    PULSE_EXIT_DONE = 0,
    PULSE_EXIT_FAILED = 1,
    PULSE_EXIT_USAGE = 2,
    PULSE_EXIT_INPUT = 3,     /* an input file is missing, damaged or not what it should be */
    PULSE_EXIT_NOT_FOUND = 4, /* no such song, genre or feature */
};

typedef struct pulse_failure {
    int code; /* PULSE_EXIT_... */
    char message[1024];
    char next[1024]; /* what to do about it, where that is more than the message says; or "" */
} pulse_failure;

/* Fills `failure` and returns `code`: `return pulse_failure_set(failure, PULSE_EXIT_INPUT, ...)`.
 */
int pulse_failure_set(pulse_failure *failure, int code, const char *format, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/* A call of the system's failed for `reason`, an errno: the message says which, after what `format`
 * says, and what to do about it where the reason tells. */
int pulse_failure_system(pulse_failure *failure, int code, int reason, const char *format, ...)
    __attribute__((__format__(__printf__, 4, 5)));

/* Says what to do next, after the failure was set. */
void pulse_failure_advise(pulse_failure *failure, const char *format, ...)
    __attribute__((__format__(__printf__, 2, 3)));

/* From the core's error to the program's. */
int pulse_failure_core(pulse_failure *failure, const pulse_error *error);

/* As above for a core error about a file: what is not found then is the file, an input error. */
int pulse_failure_core_file(pulse_failure *failure, const char *path, const pulse_error *error);

/* Where SQLite could not write and does not say why. */
#define PULSE_ADVICE_DATABASE                                                                      \
    "see that there is room, and that files may be as large there (ulimit -f), and run the same "  \
    "again"

/* The failure that stands for Ctrl-C; pulse_interrupted() tells it from the others. */
int pulse_failure_interrupted(pulse_failure *failure);

#endif
