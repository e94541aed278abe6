#define _DEFAULT_SOURCE /* winsize */
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Said once, at the start, for the one terminal there is. */
static bool forbidden;

bool pulse_terminal_is(FILE *stream)
{
    return isatty(fileno(stream)) == 1;
}

size_t pulse_terminal_width(FILE *stream)
{
    struct winsize size;
    if (pulse_terminal_is(stream) && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0)
        return size.ws_col;
    return 0;
}

void pulse_terminal_forbid_color(void)
{
    forbidden = true;
}

static bool has_color(FILE *stream)
{
    const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return !forbidden && !(none && none[0]) && terminal && strcmp(terminal, "dumb") != 0 &&
           pulse_terminal_is(stream);
}

void pulse_terminal_put(FILE *stream, pulse_style style, const char *text)
{
    static const char *const begin[] = {[PULSE_STYLE_BOLD] = "\033[1m",
                                        [PULSE_STYLE_ERROR] = "\033[31m",
                                        [PULSE_STYLE_WARNING] = "\033[33m"};
    if (has_color(stream))
        fprintf(stream, "%s%s\033[0m", begin[style], text);
    else
        fputs(text, stream);
}

/* Columns, where each character takes one. */
static size_t columns(const char *text, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; ++i)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

void pulse_terminal_wrap(FILE *stream, const char *text, size_t at, size_t indent, size_t width)
{
    bool first = true; /* of its line */
    while (*text) {
        if (*text == '\n') {
            const bool paragraph = text[1] == '\n';
            fputs(paragraph ? "\n\n" : "\n", stream);
            text += paragraph ? 2 : 1;
            at = 0;
            first = true;
            continue;
        }
        const bool kept = first && at == 0 && *text == ' ';
        text += kept ? 0 : strspn(text, " ");
        const size_t size = kept ? strcspn(text, "\n") : strcspn(text, " \n");
        const size_t wide = columns(text, size);
        if (!first && at + 1 + wide > width) {
            fputc('\n', stream);
            at = 0;
            first = true;
        }
        if (first) {
            fprintf(stream, "%*s", (int)(indent > at ? indent - at : 0), "");
            at = indent > at ? indent : at;
        } else if (size > 0) {
            fputc(' ', stream);
            ++at;
        }
        fwrite(text, 1, size, stream);
        at += wide;
        text += size;
        first = false;
    }
    fputc('\n', stream);
}
