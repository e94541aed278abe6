/* What a transformer does between its products: loops over rows, the same natively and in wasm. */
#ifndef PULSE_NN_ELEMENTWISE_H
#define PULSE_NN_ELEMENTWISE_H

#include <stddef.h>

/* x <- x times the normal distribution function of x (the exact GELU), to within 1e-6 absolute. */
void pulse_gelu(float *x, size_t count);

/* Each row of x [rows, width] <- (x + residual - mean) / sqrt(variance + epsilon) * weight + bias.
 * `residual` [rows, width] may be NULL; `weight` and `bias` are [width]. */
void pulse_layer_norm(float *x, const float *residual, size_t rows, size_t width,
                      const float *weight, const float *bias, float epsilon);

#endif
