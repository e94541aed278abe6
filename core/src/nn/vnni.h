/*
 * The int8 and int16 products on x86-64 processors with AVX-512 VNNI. The first has the same result
 * as XNNPACK's qd8-f32-qc8w to the last bit, a tenth sooner, the second that of nn/int16.h, in half
 * the time. Their kernel has the products that an
 * instruction adds up side by side in the sum of one output, so that nothing is left to be added
 * across lanes, and takes 12 rows by 32 outputs at once, as many sums as there are registers for.
 */
#ifndef PULSE_NN_VNNI_H
#define PULSE_NN_VNNI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether this processor can. Nothing below may be called where it cannot. */
bool pulse_vnni_available(void);

/* Outputs that are packed together: the unit that threads share the work in. */
#define PULSE_VNNI_COLUMNS 32

/* Bytes of a packed matrix, and of a row of rounded activations (`inputs`, padded). */
size_t pulse_vnni_packed_size(size_t inputs, size_t outputs);
size_t pulse_vnni_row_size(size_t inputs);

/* A matrix [outputs, inputs] that was packed. The arrays have room for whole groups of outputs. */
typedef struct pulse_vnni_matrix {
    size_t inputs;
    size_t outputs;
    const void *packed;  /* aligned to 64 bytes */
    const int32_t *sums; /* of each output's weights; int8 only */
    const float *scale;
    const float *bias;
} pulse_vnni_matrix;

/* weight [outputs, inputs] -> packed [pulse_vnni_packed_size], sums [outputs]. */
void pulse_vnni_pack(const int8_t *weight, size_t inputs, size_t outputs, int8_t *packed,
                     int32_t *sums);

/* A row's zero point and scale: as XNNPACK has them. */
typedef struct pulse_vnni_row {
    int32_t zero_point;
    float scale;
} pulse_vnni_row;

/* x [inputs] -> q [pulse_vnni_row_size]: what pulse_int8_round gives, plus 128, without a sign. */
void pulse_vnni_round(const float *x, size_t inputs, uint8_t *q, pulse_vnni_row *row);

/* Columns `first` .. `first + count` of y [rows, outputs] from q [rows, pulse_vnni_row_size].
 * `first` is a multiple of PULSE_VNNI_COLUMNS, and `count` too unless it reaches `outputs`. */
void pulse_vnni_product(const pulse_vnni_matrix *matrix, const uint8_t *q,
                        const pulse_vnni_row *row, size_t rows, size_t first, size_t count,
                        float *y);

/* The same of int16: bytes of a packed matrix; weight [outputs, inputs] -> packed; and the product
 * of q [rows, pulse_int16_row_size] and scale [rows] as pulse_int16_round leaves them. */
size_t pulse_vnni_int16_packed_size(size_t inputs, size_t outputs);
void pulse_vnni_int16_pack(const int8_t *weight, size_t inputs, size_t outputs, int16_t *packed);
void pulse_vnni_int16_product(const pulse_vnni_matrix *matrix, const int16_t *q, const float *scale,
                              size_t rows, size_t first, size_t count, float *y);

#endif
