/* A byte buffer that grows. Zero-initialise; free with pulse_buffer_free. */
#ifndef PULSE_BASE_BUFFER_H
#define PULSE_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct pulse_buffer {
    char *data; /* [capacity]; NULL while empty */
    size_t size;
    size_t capacity;
} pulse_buffer;

void pulse_buffer_free(pulse_buffer *buffer);
/* false when memory is out; the buffer is then as it was. */
bool pulse_buffer_reserve(pulse_buffer *buffer, size_t more);
bool pulse_buffer_append(pulse_buffer *buffer, const void *bytes, size_t size);
bool pulse_buffer_append_text(pulse_buffer *buffer, const char *text);
/* Makes `data` NUL-terminated without counting the NUL. */
bool pulse_buffer_terminate(pulse_buffer *buffer);

#endif
