/* The terminal, where there is one: how wide, and whether in colour. */
#ifndef PULSE_TRAINER_TERMINAL_H
#define PULSE_TRAINER_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

bool pulse_terminal_is(FILE *stream);
/* Columns of the terminal behind it; 0 where there is none. */
size_t pulse_terminal_width(FILE *stream);

/* What --no-color says, before anything is printed. */
void pulse_terminal_forbid_color(void);

typedef enum pulse_style { PULSE_STYLE_BOLD, PULSE_STYLE_ERROR, PULSE_STYLE_WARNING } pulse_style;
/* The text in that style where the stream is a terminal that has it, and neither NO_COLOR
 * (no-color.org) nor --no-color is set; otherwise the text alone. */
void pulse_terminal_put(FILE *stream, pulse_style style, const char *text);

/*
 * Plain sentences in lines of at most `width` columns, from column `indent` on; the cursor is in
 * column `at`. A line of the text that begins with a space is kept; an empty one stays empty.
 * Ends with a newline.
 */
void pulse_terminal_wrap(FILE *stream, const char *text, size_t at, size_t indent, size_t width);

#endif
