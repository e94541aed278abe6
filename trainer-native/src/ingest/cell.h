/* What one cell of a CSV says: a number, a truth, a year, a list. */
#ifndef PULSE_TRAINER_CELL_H
#define PULSE_TRAINER_CELL_H

#include "base/memory.h"
#include "pulse.h"

typedef enum pulse_cell {
    PULSE_CELL_MISSING, /* empty, NaN, NA, null, [] ... */
    PULSE_CELL_NUMBER,
    PULSE_CELL_INFINITE, /* not a value either, but worth a warning */
    PULSE_CELL_TEXT
} pulse_cell;
/* A decimal number in C notation, all of the text; independent of the locale's decimal point only
 * because this program never sets LC_NUMERIC. */
pulse_cell pulse_cell_number(const char *text, double *value);
bool pulse_cell_is_missing(const char *text);

/* "0,53": a number whose decimal point is a comma. */
bool pulse_cell_comma_number(const char *text, double *value);
/* 3:45 or 1:03:45: its seconds. */
bool pulse_cell_clock(const char *text, double *value);
/* true, yes, t or y: 1; false, no, f or n: 0; in any case. */
bool pulse_cell_truth(const char *text, double *value);

/* 1999, 1999-03, 1999-03-01, 1999/03/01, 1999.0, 1999-03-01T00:00:00Z, 01.03.1999, March 1, 1999;
 * 0 where it is none. */
int32_t pulse_cell_year(const char *text);

/*
 * A list in a cell: ['A', "B"] as Python and JSON write it, [A, B], or values with `separator`
 * between them; 0: only lists in brackets, and everything else is one value. Values lose the white
 * space around them, and what is white space or a control character within becomes one space;
 * empty ones and those that came before are left out, and what comes after PULSE_CELL_VALUES of
 * them, or after 16 KiB. Replaces `out` by the values with PULSE_LIST_SEPARATOR between them;
 * returns how many.
 */
#define PULSE_CELL_VALUES 64u
size_t pulse_cell_list(const char *text, char separator, pulse_text *out);
bool pulse_cell_is_bracketed(const char *text, size_t size);

/* The text on one line: what is white space or a control character becomes one space. Replaces
 * `out`. */
void pulse_cell_tidy(const char *text, pulse_text *out);

#endif
