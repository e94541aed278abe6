/* What a column seems to be, from its name and its values. */
#ifndef PULSE_TRAINER_INFER_H
#define PULSE_TRAINER_INFER_H

#include "ingest/schema.h"

#define PULSE_DISTINCT_LIMIT 4096u

/* What is learned of a column while its values go by. Zero-initialise; free with
 * pulse_column_stats_free. */
typedef struct pulse_column_stats {
    uint64_t rows;
    uint64_t filled;  /* neither empty nor "NA" and the like */
    uint64_t numbers; /* of these, finite numbers */
    uint64_t years;   /* of these, a year or a date */
    uint64_t steps;   /* numbers that are one more than the row before: a row counter */
    uint64_t bytes;   /* of the filled values */
    uint64_t spaces;  /* in them */
    double minimum, maximum, last;
    uint64_t distinct;  /* counted up to PULSE_DISTINCT_LIMIT */
    uint64_t *hashes;   /* an open-addressing set of the distinct values */
    uint64_t text_line; /* the first value that is not a number */
    char text[48];
} pulse_column_stats;
void pulse_column_stats_add(pulse_column_stats *stats, const char *text, size_t size,
                            uint64_t line);
void pulse_column_stats_free(pulse_column_stats *stats);

typedef enum pulse_cell {
    PULSE_CELL_MISSING, /* empty, NaN, NA, null ... */
    PULSE_CELL_NUMBER,
    PULSE_CELL_INFINITE, /* not a value either, but worth a warning */
    PULSE_CELL_TEXT
} pulse_cell;
/* A decimal number in C notation, all of the text; independent of the locale's decimal point only
 * because this program never sets LC_NUMERIC. */
pulse_cell pulse_cell_number(const char *text, double *value);
/* 1999, 1999-03, 1999-03-01, 1999/03/01, 1999.0, 1999-03-01T00:00:00Z; 0 where it is none. */
int32_t pulse_cell_year(const char *text);

/*
 * Gives every column a role that `declaration` (may be NULL) does not give, and says why the rest
 * is ignored. `samples` [sample_count, schema->count] are numerical values of evenly spread rows,
 * NAN where there is none: columns that say the same are found by them. Missing title or artist
 * and no usable feature are errors.
 */
int pulse_infer(const char *csv, pulse_schema *schema, const pulse_column_stats *stats,
                const double *samples, size_t sample_count, const pulse_declaration *declaration,
                pulse_failure *failure);

#endif
