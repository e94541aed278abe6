/* What is learned of a column while its values go by. */
#ifndef PULSE_TRAINER_STATS_H
#define PULSE_TRAINER_STATS_H

#include "ingest/cell.h"
#include "ingest/schema.h"

#define PULSE_DISTINCT_LIMIT 4096u

/* Different texts, counted up to PULSE_DISTINCT_LIMIT. */
typedef struct pulse_distinct {
    uint64_t count;
    uint64_t *hashes; /* [slots] an open-addressing set */
    size_t slots;
} pulse_distinct;

/* The ways a cell may hold several values. */
typedef enum pulse_list_style {
    PULSE_LIST_BRACKETS, /* ['A', 'B'] */
    PULSE_LIST_SEMICOLONS,
    PULSE_LIST_BARS,
    PULSE_LIST_COMMAS,
    PULSE_LIST_STYLES
} pulse_list_style;
/* The character between the values, 0 for brackets. */
char pulse_list_separator(pulse_list_style style);

/* The cells that look like lists in one of these ways, and what they are lists of. */
typedef struct pulse_list_stats {
    uint64_t cells;
    uint64_t values;
    uint64_t numbers; /* values that are numbers */
    uint64_t bytes;   /* of the values */
    pulse_distinct distinct;
    pulse_distinct among_all; /* with the cells that are one value, from the first list on */
} pulse_list_stats;

/* Zero-initialise; free with pulse_column_stats_free. */
typedef struct pulse_column_stats {
    uint64_t rows;
    uint64_t filled;     /* neither empty nor "NA" and the like, nor among the column's unknown */
    uint64_t unknown;    /* of the others, those the column says stand for nothing */
    uint64_t numbers;    /* of the filled, finite numbers */
    uint64_t whole;      /* of the numbers, whole ones */
    uint64_t commas;     /* numbers with a decimal comma */
    uint64_t fractions;  /* of these, those that cannot be thousands: 0,5 and 0,1234 */
    uint64_t truths;     /* true, false, yes, no */
    uint64_t clocks;     /* 3:45 */
    uint64_t years;      /* a year or a date */
    uint64_t steps;      /* numbers that are one more than the row before: a row counter */
    uint64_t increasing; /* numbers that are more than the row before */
    uint64_t bytes;      /* of the filled values */
    uint64_t spaces;     /* in them */
    double minimum, maximum, last;
    pulse_distinct distinct;
    pulse_list_stats *lists; /* [PULSE_LIST_STYLES], NULL while no cell looked like a list */
    pulse_text list_room;
    uint64_t text_line; /* the first value that is not a number */
    char text[48];
    char example[48]; /* the first value */
} pulse_column_stats;

/* `column` for what it says is unknown. */
void pulse_column_stats_add(pulse_column_stats *stats, const pulse_column *column, const char *text,
                            size_t size, uint64_t line);
void pulse_column_stats_free(pulse_column_stats *stats);

/* What a column's values are, beside numbers as C writes them. */
typedef struct pulse_reading {
    bool truths; /* 1 and 0 */
    bool commas; /* decimal commas */
    bool dates;  /* their years */
    bool clocks; /* their seconds */
} pulse_reading;
pulse_reading pulse_column_reading(const pulse_column_stats *stats);
/* Values that are numbers in that reading. */
uint64_t pulse_column_numbers(const pulse_column_stats *stats);
/* `value` is NAN unless the cell is PULSE_CELL_NUMBER. */
pulse_cell pulse_column_value(const pulse_column *column, pulse_reading reading, const char *text,
                              double *value);

#endif
