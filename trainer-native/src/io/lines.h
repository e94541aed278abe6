/* Lines of a file or the standard input, as bytes: a NUL, or what is no UTF-8, is part of a line.
 */
#ifndef PULSE_TRAINER_LINES_H
#define PULSE_TRAINER_LINES_H

#include <stdbool.h>

#include "base/failure.h"
#include "base/memory.h"

typedef struct pulse_lines {
    int descriptor;
    char *name; /* for messages */
    pulse_text block;
    size_t at;   /* in the block: where the next line starts */
    size_t seen; /* in the block: up to here there is no end of a line after `at` */
    bool ended;
} pulse_lines;

/* "-" is the standard input. Call pulse_lines_close in every case. */
int pulse_lines_open(const char *path, pulse_lines *out, pulse_failure *failure);
void pulse_lines_close(pulse_lines *lines);

/* The next line without its "\n", until the next call; a last one without "\n" counts, if it is not
 * empty. *line NULL at the end. */
int pulse_lines_next(pulse_lines *lines, const char **line, size_t *bytes, pulse_failure *failure);

/* Whether the next line can be had without waiting for whoever writes it. */
bool pulse_lines_ready(const pulse_lines *lines);

#endif
