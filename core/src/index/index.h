/* Exact similarity over vectors of length 1, or less, held as int8 rows. */
#ifndef PULSE_INDEX_INDEX_H
#define PULSE_INDEX_INDEX_H

#include "pulse.h"

/* dot products are summed in int32; beyond this width they could overflow. */
#define PULSE_INDEX_MAX_DIMENSIONS 512

typedef struct pulse_index pulse_index;

/* From the bytes of the bundle's vectors file ("vectors" int8 [n, d], "scales" f32 [n]); borrowed.
 */
pulse_status pulse_index_open(const uint8_t *bytes, size_t size, const char *what,
                              pulse_index **out, pulse_error *error);
void pulse_index_close(pulse_index *index);
uint32_t pulse_index_rows(const pulse_index *index);
uint32_t pulse_index_dimensions(const pulse_index *index);

/* The row as floats. */
void pulse_index_row(const pulse_index *index, uint32_t row, float *out);
/* The product of two rows, their cosine where both have length 1. The same bits on every machine.
 */
float pulse_index_similarity(const pulse_index *index, uint32_t a, uint32_t b);
/* The products of `query` [d] (any length but 0, taken as 1) and every row, into `scores` [n]. The
 * query is rounded to int16 first, so that sums are integers and the same on every machine.
 * PULSE_E_ARGUMENT for a query of length 0 or with a value that is not finite. */
pulse_status pulse_index_scan(const pulse_index *index, const float *query, float *scores,
                              pulse_error *error);

#endif
