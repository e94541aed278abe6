/* The loops between the matrix products, for vectors. */
#ifndef PULSE_TRAINER_KERNELS_H
#define PULSE_TRAINER_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "train/recipe.h"

/* x[i] becomes factor[i] * f(x[i]), and `factors`, where not NULL, factor[i] * f'(x[i]), which is
 * what a gradient is multiplied by on its way back. `factors` NULL: all are 1, and nothing will go
 * back. */
void pulse_kernel_activate(pulse_net_activation activation, size_t count, float *x, float *factors);

void pulse_kernel_multiply(size_t count, const float *by, float *values); /* values *= by */
void pulse_kernel_add(size_t count, const float *more, float *values);    /* values += more */

/* Of one row: sum(weight * present * (y - x)^2). y becomes its gradient, times factor / 2. */
float pulse_kernel_errors(size_t count, const float *x, const uint8_t *present, const float *weight,
                          float factor, float *y);

/* row[j] becomes exp((row[j] - 1) / temperature), but 0 where others[j] is `own`; is added to
 * sums[j]; the row's sum is returned. */
float pulse_kernel_exponentials(size_t count, const uint32_t *others, uint32_t own,
                                float temperature, float *row, float *sums);

/* row[j] *= sum + sums[j] */
void pulse_kernel_weigh(size_t count, float sum, const float *sums, float *row);

float pulse_kernel_squares(size_t count, const float *values); /* the sum of */
float pulse_kernel_dot(size_t count, const float *a, const float *b);

/* sum[i] = parts[0][i] + parts[1][i] + ..., from `first` on, in that order. */
void pulse_kernel_add_parts(size_t first, size_t count, const float *const *parts,
                            uint32_t part_count, float *sum);

typedef struct pulse_adam_factors {
    float rate;
    float decay;
    float shrink;          /* of the gradients */
    float unbias_mean;     /* 1 / (1 - first^steps) */
    float unbias_variance; /* 1 / (1 - second^steps) */
} pulse_adam_factors;
void pulse_kernel_adam(size_t count, const pulse_adam_factors *factors, const float *gradients,
                       const uint8_t *decays, float *mean, float *variance, float *parameters);

#endif
