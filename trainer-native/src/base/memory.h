/*
 * Memory for the program. A command-line program that is out of memory can only stop: these print
 * that and exit with code 1, after the temporary files have been removed (atexit).
 */
#ifndef PULSE_TRAINER_MEMORY_H
#define PULSE_TRAINER_MEMORY_H

#include <stddef.h>

void *pulse_need(size_t count, size_t size); /* [count] zeroed */
void *pulse_need_more(void *block, size_t count, size_t size);
char *pulse_need_text(const char *text);
char *pulse_need_format(const char *format, ...) __attribute__((__format__(__printf__, 1, 2)));

/* Text that grows. Zero-initialise; free `data`. Always NUL-terminated once appended to. */
typedef struct pulse_text {
    char *data;
    size_t size; /* without the NUL */
    size_t capacity;
} pulse_text;
void pulse_text_append(pulse_text *text, const char *bytes, size_t size);
void pulse_text_format(pulse_text *text, const char *format, ...)
    __attribute__((__format__(__printf__, 2, 3)));

#endif
