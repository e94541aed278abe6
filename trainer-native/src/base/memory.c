#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(void)
{
    fputs("playlistpulse: out of memory\n", stderr);
    exit(1);
}

void *pulse_need(size_t count, size_t size)
{
    void *block = calloc(count ? count : 1, size ? size : 1);
    if (!block)
        out_of_memory();
    return block;
}

void *pulse_need_more(void *block, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        out_of_memory();
    void *grown = realloc(block, count > 0 && size > 0 ? count * size : 1);
    if (!grown)
        out_of_memory();
    return grown;
}

char *pulse_need_text(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(pulse_need(size, 1), text, size);
}

char *pulse_need_format(const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0)
        out_of_memory();
    char *text = pulse_need((size_t)size + 1, 1);
    vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    return text;
}

void pulse_text_append(pulse_text *text, const char *bytes, size_t size)
{
    if (size > SIZE_MAX / 2 - text->size - 1)
        out_of_memory();
    size_t needed = text->size + size + 1;
    if (needed > text->capacity) {
        size_t capacity = needed > text->capacity * 2 ? needed : text->capacity * 2;
        text->data = pulse_need_more(text->data, capacity, 1);
        text->capacity = capacity;
    }
    if (size)
        memcpy(text->data + text->size, bytes, size);
    text->size += size;
    text->data[text->size] = 0;
}

void pulse_text_format(pulse_text *text, const char *format, ...)
{
    char small[1024];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (size < 0)
        return;
    if ((size_t)size < sizeof small) {
        pulse_text_append(text, small, (size_t)size);
        return;
    }
    char *large = pulse_need((size_t)size + 1, 1);
    va_start(arguments, format);
    vsnprintf(large, (size_t)size + 1, format, arguments);
    va_end(arguments);
    pulse_text_append(text, large, (size_t)size);
    free(large);
}
