#define _XOPEN_SOURCE 700 /* wcwidth */
#include "cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/memory.h"
#include "cli/terminal.h"

void pulse_table_cell(pulse_table *table, const char *text)
{
    if (table->cells == table->capacity) {
        table->capacity = table->capacity ? table->capacity * 2 : 64;
        table->texts = pulse_need_more(table->texts, table->capacity, sizeof *table->texts);
    }
    table->texts[table->cells++] = pulse_need_text(text ? text : "");
}

void pulse_table_free(pulse_table *table)
{
    for (size_t i = 0; i < table->cells; ++i)
        free(table->texts[i]);
    free(table->texts);
    *table = (pulse_table){0};
}

/* One character: its bytes, and the columns it takes. What cannot be shown takes one, as '?'. */
static size_t next_character(const char *text, int *width)
{
    wchar_t wide;
    mbstate_t state;
    memset(&state, 0, sizeof state);
    const size_t size = mbrtowc(&wide, text, strlen(text), &state);
    if (size == (size_t)-1 || size == (size_t)-2 || size == 0) {
        *width = 1;
        return 1;
    }
    const int columns = wcwidth(wide);
    *width = columns < 0 ? 1 : columns;
    return size;
}

static bool is_control(const char *text)
{
    const unsigned char c = (unsigned char)text[0];
    return c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)text[1] < 0xa0);
}

static size_t width_of(const char *text)
{
    size_t total = 0;
    for (int width; *text; total += (size_t)width)
        text += next_character(text, &width);
    return total;
}

/* The text in exactly `room` columns (or as many as it has, where `pad` is false). */
static void put(const char *text, size_t room, bool right, bool pad)
{
    const size_t width = width_of(text);
    const bool cut = width > room;
    const size_t limit = cut && room > 0 ? room - 1 : room; /* the ellipsis takes one */
    if (right && width < room)
        printf("%*s", (int)(room - width), "");
    size_t used = 0;
    while (*text) {
        int columns;
        const size_t size = next_character(text, &columns);
        if (used + (size_t)columns > limit)
            break;
        if (is_control(text)) /* a title must not be able to drive the terminal */
            putchar('?');
        else
            fwrite(text, 1, size, stdout);
        used += (size_t)columns;
        text += size;
    }
    if (cut && room > 0) {
        fputs("…", stdout);
        ++used;
    }
    if (!right && pad && used < room)
        printf("%*s", (int)(room - used), "");
}

static void fit(const pulse_table *table, size_t *widths)
{
    const size_t most = pulse_terminal_width(stdout); /* a pipe: as wide as it comes */
    const size_t least = 12, gap = 2;
    for (;;) {
        size_t total = gap * (table->columns - 1), widest = table->columns;
        for (size_t c = 0; c < table->columns; ++c) {
            total += widths[c];
            if (table->about[c].shrinks && widths[c] > least &&
                (widest == table->columns || widths[c] > widths[widest]))
                widest = c;
        }
        if (most == 0 || total <= most || widest == table->columns)
            return;
        --widths[widest];
    }
}

void pulse_table_print(const pulse_table *table)
{
    if (table->columns == 0)
        return;
    size_t widths[PULSE_TABLE_COLUMNS] = {0};
    for (size_t c = 0; c < table->columns; ++c)
        widths[c] = width_of(table->about[c].title);
    for (size_t i = 0; i < table->cells; ++i) {
        const size_t width = width_of(table->texts[i]), c = i % table->columns;
        widths[c] = width > widths[c] ? width : widths[c];
    }
    fit(table, widths);
    for (size_t i = 0; i < table->cells + table->columns; ++i) {
        const size_t c = i % table->columns;
        const char *text =
            i < table->columns ? table->about[c].title : table->texts[i - table->columns];
        const bool last = c + 1 == table->columns;
        put(text, widths[c], table->about[c].right, !last);
        fputs(last ? "\n" : "  ", stdout);
    }
}
