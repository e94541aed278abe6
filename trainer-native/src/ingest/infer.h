/* What a column seems to be, from its name and its values. */
#ifndef PULSE_TRAINER_INFER_H
#define PULSE_TRAINER_INFER_H

#include "ingest/declaration.h"
#include "ingest/stats.h"

/* Before values are looked at: what `declaration` (may be NULL) tells, and which values of
 * well-known columns stand for nothing. */
int pulse_infer_begin(const char *csv, pulse_schema *schema, const pulse_declaration *declaration,
                      pulse_failure *failure);

/*
 * Gives every column a role that `declaration` does not give, and says why the rest is ignored.
 * `samples` [sample_count, schema->count] are numerical values of evenly spread rows, NAN where
 * there is none: columns that say the same are found by them. Missing title or artist and no usable
 * feature are errors.
 */
int pulse_infer(const char *csv, pulse_schema *schema, const pulse_column_stats *stats,
                const double *samples, size_t sample_count, const pulse_declaration *declaration,
                pulse_failure *failure);

#endif
