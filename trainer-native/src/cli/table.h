/* Tables of UTF-8 text that fit the terminal. */
#ifndef PULSE_TRAINER_TABLE_H
#define PULSE_TRAINER_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define PULSE_TABLE_COLUMNS 8

typedef struct pulse_table_column {
    const char *title;
    bool right;   /* aligned, for numbers */
    bool shrinks; /* may be cut to fit the terminal */
} pulse_table_column;

typedef struct pulse_table {
    size_t columns;
    pulse_table_column about[PULSE_TABLE_COLUMNS];
    size_t cells, capacity;
    char **texts; /* [cells], row by row */
} pulse_table;

void pulse_table_cell(pulse_table *table, const char *text); /* copied; NULL is "" */
void pulse_table_print(const pulse_table *table);            /* to the standard output */
void pulse_table_free(pulse_table *table);

#endif
