/* y = x W^T + b for wide layers, in one of several ways of computing: the encoder's products. */
#ifndef PULSE_NN_DENSE_H
#define PULSE_NN_DENSE_H

#include "pulse.h"

#include <pthreadpool.h>

/* A matrix as the encoder's file has it, [outputs, inputs]: int8 with a scale per output, or f32.
 */
typedef struct pulse_matrix {
    uint32_t inputs;
    uint32_t outputs;
    const int8_t *int8; /* NULL: f32 */
    const float *scale; /* [outputs], with int8 */
    const float *f32;   /* NULL: int8 */
    const float *bias;  /* [outputs] */
} pulse_matrix;

typedef struct pulse_dense pulse_dense;

/*
 * Whether this build computes so. INT8 is not for WebAssembly: it is slower there than INT16, loses
 * more, and rounds what two processors added in another order to other steps, so that a page would
 * not give what the program gives.
 */
bool pulse_dense_offers(pulse_compute compute);

/* Packs the matrix, which the caller may then free. `compute` is one of the four; all but F32 need
 * int8 weights: PULSE_E_UNSUPPORTED otherwise, and for what is not offered. */
pulse_status pulse_dense_create(const pulse_matrix *matrix, pulse_compute compute,
                                pulse_dense **out, pulse_error *error);
/* The same as on a machine that our own int8 kernel is not for, and INT8 in WebAssembly too: so
 * that tests and benchmarks see what we do not use. */
pulse_status pulse_dense_create_plain(const pulse_matrix *matrix, pulse_compute compute,
                                      pulse_dense **out, pulse_error *error);
void pulse_dense_free(pulse_dense *dense);

/* Bytes of scratch that a run of `rows` rows needs; the scratch may be shared by all layers. */
size_t pulse_dense_scratch(const pulse_dense *dense, size_t rows);

/*
 * A run in its two steps, so that rounding can be done where a row has just been made, by the
 * thread that made it. First, rows `first` .. `first + count` of x [rows, inputs] are rounded into
 * the scratch: nothing to do for the f32 ways. From several threads at once for different rows.
 */
void pulse_dense_round(const pulse_dense *dense, const float *x, size_t rows, size_t first,
                       size_t count, void *scratch);
/*
 * Then, when all rows are rounded: x [rows, inputs] -> y [rows, outputs], which must not overlap.
 * Both have room for XNN_EXTRA_BYTES more. `pool` may be NULL. A row's result does not depend on
 * the others, nor on the threads. Allocates nothing.
 */
pulse_status pulse_dense_multiply(pulse_dense *dense, pthreadpool_t pool, const float *x,
                                  size_t rows, float *y, void *scratch, pulse_error *error);

/* Whether pulse_dense_multiply may be called from several threads at once, without a pool. */
bool pulse_dense_is_shared(const pulse_dense *dense);

/* Both steps. */
pulse_status pulse_dense_run(pulse_dense *dense, pthreadpool_t pool, const float *x, size_t rows,
                             float *y, void *scratch, pulse_error *error);

#endif
