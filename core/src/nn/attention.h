/* Scaled dot-product attention (Vaswani et al., 2017) of one sequence, one head. */
#ifndef PULSE_NN_ATTENTION_H
#define PULSE_NN_ATTENTION_H

#include <stddef.h>

/* Floats of scratch that a call with `tokens` tokens and heads of `width` needs. */
size_t pulse_attention_scratch(size_t tokens, size_t width);

/*
 * y [tokens, width] = softmax(Q K^T / sqrt(width)) V. Q, K and V are [tokens, width], rows `stride`
 * floats apart (they lie interleaved, as one product made them); rows of y are `y_stride` apart.
 * `tokens` and `width` are at least 1. `scratch` is the caller's, one per thread. A token's row
 * does not depend on how the others are tiled.
 *
 * Computed in int16, the same bits on every machine; off by a few 1e-4 of the largest value there
 * is. With what is not finite a row of Q counts as zeros, and so does all of K or V.
 */
void pulse_attention(const float *q, const float *k, const float *v, size_t tokens, size_t width,
                     size_t stride, float *y, size_t y_stride, float *scratch);

#endif
