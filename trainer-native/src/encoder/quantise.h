/* Weights to int8: symmetric, with a scale per row. */
#ifndef PULSE_TRAINER_QUANTISE_H
#define PULSE_TRAINER_QUANTISE_H

#include <stdint.h>

/* What rounding did: relative RMS error = sqrt(lost / held). */
typedef struct pulse_quantise_error {
    double lost; /* sum of squared differences */
    double held; /* sum of squares */
} pulse_quantise_error;
double pulse_quantise_relative(const pulse_quantise_error *error);

/* weights [rows, columns] -> out [rows, columns] in -127 .. 127, scales [rows]:
 * scale * out is the weight. Adds to `error`. */
void pulse_quantise_rows(const float *weights, uint32_t rows, uint32_t columns, int8_t *out,
                         float *scales, pulse_quantise_error *error);

#endif
