/* A CSV read once, from beginning to end: what its columns are. */
#ifndef PULSE_TRAINER_SURVEY_H
#define PULSE_TRAINER_SURVEY_H

#include "ingest/csv.h"
#include "ingest/infer.h"

/* Zero-initialise and set what comes first; free with pulse_survey_free. */
typedef struct pulse_survey {
    const pulse_declaration *declaration; /* may be NULL */
    /* What else is to be done with each record; may be NULL. Not 0 stops the reading. */
    int (*keep)(void *context, const pulse_csv_record *record, pulse_failure *failure);
    void *context;

    const char *csv; /* its name in messages */
    pulse_schema schema;
    pulse_column_stats *stats; /* [schema.count] */
    uint64_t records;
    /* Numerical values of evenly spread records, NAN where there is none; all of a short file. */
    double *samples; /* [sample_count, schema.count] */
    size_t sample_count;

    size_t sample_most;
    uint64_t sample_stride; /* every so many records is one of them */
} pulse_survey;

/* Reads `csv`, "-" for the standard input, and infers its schema. Memory is bounded, whatever the
 * file's length. */
int pulse_survey_read(pulse_survey *survey, const char *csv, pulse_failure *failure);
void pulse_survey_free(pulse_survey *survey);

/* The median of a column's samples, NAN where there are none. */
double pulse_survey_median(const pulse_survey *survey, uint32_t column);

#endif
