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

/* `again` is a copy of `arguments`: a text that does not fit at first is made a second time. */
static void append_arguments(pulse_text *text, const char *format, va_list arguments, va_list again)
{
    char small[1024];
    const int size = vsnprintf(small, sizeof small, format, arguments);
    if (size < 0)
        out_of_memory();
    if ((size_t)size < sizeof small) {
        pulse_text_append(text, small, (size_t)size);
        return;
    }
    char *large = pulse_need((size_t)size + 1, 1);
    vsnprintf(large, (size_t)size + 1, format, again);
    pulse_text_append(text, large, (size_t)size);
    free(large);
}

void pulse_text_format(pulse_text *text, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    append_arguments(text, format, arguments, again);
    va_end(again);
    va_end(arguments);
}

char *pulse_need_format(const char *format, ...)
{
    pulse_text text = {0};
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    append_arguments(&text, format, arguments, again);
    va_end(again);
    va_end(arguments);
    return text.data;
}
