/* Attention on x86-64 processors with AVX-512, in f32: there a fused product is as fast as one of
 * int16 with what it takes to round and pack. */
#ifndef PULSE_NN_ATTENTION_AVX512_H
#define PULSE_NN_ATTENTION_AVX512_H

#include <stdbool.h>
#include <stddef.h>

/* Whether this processor can, and heads are of a width that it is made for. */
bool pulse_attention_avx512_fits(size_t width);
/* As those of nn/attention.h. */
size_t pulse_attention_avx512_scratch(size_t tokens, size_t width);
void pulse_attention_avx512(const float *q, const float *k, const float *v, size_t tokens,
                            size_t width, size_t stride, float *y, size_t y_stride, float *scratch);

#endif
