#include "base/buffer.h"

#include "base/alloc.h"

#include <stdint.h>
#include <string.h>

void pulse_buffer_free(pulse_buffer *buffer)
{
    pulse_free(buffer->data);
    *buffer = (pulse_buffer){0};
}

bool pulse_buffer_reserve(pulse_buffer *buffer, size_t more)
{
    if (more > SIZE_MAX / 2 - buffer->size)
        return false;
    size_t needed = buffer->size + more;
    if (needed <= buffer->capacity)
        return true;
    size_t capacity = buffer->capacity ? buffer->capacity : 64;
    while (capacity < needed)
        capacity *= 2;
    char *data = pulse_realloc_array(buffer->data, capacity, 1);
    if (!data)
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool pulse_buffer_append(pulse_buffer *buffer, const void *bytes, size_t size)
{
    if (!pulse_buffer_reserve(buffer, size))
        return false;
    if (size)
        memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
    return true;
}

bool pulse_buffer_append_text(pulse_buffer *buffer, const char *text)
{
    return pulse_buffer_append(buffer, text, strlen(text));
}

bool pulse_buffer_terminate(pulse_buffer *buffer)
{
    if (!pulse_buffer_reserve(buffer, 1))
        return false;
    buffer->data[buffer->size] = '\0';
    return true;
}
