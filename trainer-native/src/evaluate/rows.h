/*
 * Rows of numbers, one for each song: in memory, or made when they are asked for. Of a million
 * songs some hundred columns take gigabytes, and whoever goes through them once needs a few at a
 * time.
 */
#ifndef PULSE_TRAINER_ROWS_H
#define PULSE_TRAINER_ROWS_H

#include <stdint.h>

typedef struct pulse_rows {
    uint32_t width;
    /* Writes those of `songs` [count] to `out` [count, width]. Several threads may call it at
     * once. */
    void (*take)(const void *context, const uint32_t *songs, uint32_t count, float *out);
    const void *context;
} pulse_rows;

/* Rows that are in memory: `values` [songs, width]. */
typedef struct pulse_matrix {
    const float *values;
    uint32_t width;
} pulse_matrix;
pulse_rows pulse_matrix_rows(const pulse_matrix *matrix);

#endif
