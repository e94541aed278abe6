/*
 * y = x W^T + b with int8 weights widened to int16, activations rounded to int16 row by row, and
 * exact int32 sums: the fastest product that plain WebAssembly SIMD has (i32x4.dot_i16x8_s), and
 * the same bits on every machine.
 */
#ifndef PULSE_NN_INT16_H
#define PULSE_NN_INT16_H

#include <stddef.h>
#include <stdint.h>

/* The largest magnitude that an activation is rounded to, so that a sum of `inputs` products with
 * int8 weights stays within int32. */
int32_t pulse_int16_limit(size_t inputs);

/* Elements of a packed matrix, and of a row of rounded activations (`inputs`, padded). */
size_t pulse_int16_packed_size(size_t inputs, size_t outputs);
size_t pulse_int16_row_size(size_t inputs);

/* weight [outputs, inputs] -> packed [pulse_int16_packed_size]. */
void pulse_int16_pack(const int8_t *weight, size_t inputs, size_t outputs, int16_t *packed);

/* x [rows, inputs] -> q [rows, pulse_int16_row_size] and scale [rows]: x = q * scale, to within
 * half a scale. A row of zeros, of nothing above 1e-30, or with what is not finite counts as one of
 * zeros, and gets scale 0. */
void pulse_int16_round(const float *x, size_t rows, size_t inputs, int16_t *q, float *scale);

/*
 * Columns `first` .. `first + count` of y [rows, outputs]: y = q packed^T * scale[row] *
 * weight_scale[column] + bias[column]. `first` is a multiple of PULSE_INT16_COLUMNS, and `count`
 * too unless it reaches `outputs`: the unit that threads share the work in.
 */
#define PULSE_INT16_COLUMNS 12
void pulse_int16_product(const int16_t *q, const float *scale, size_t rows, const int16_t *packed,
                         const float *weight_scale, const float *bias, size_t inputs,
                         size_t outputs, size_t first, size_t count, float *y);

#endif
