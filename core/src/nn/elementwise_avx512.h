/* What nn/elementwise.h does, on x86-64 processors with AVX-512: 16 lanes, and products fused with
 * sums where that is no loss. */
#ifndef PULSE_NN_ELEMENTWISE_AVX512_H
#define PULSE_NN_ELEMENTWISE_AVX512_H

#include <stdbool.h>
#include <stddef.h>

/* Whether this processor can. Nothing below may be called where it cannot. */
bool pulse_elementwise_avx512_available(void);

/* Within 1e-6, as pulse_gelu. */
void pulse_gelu_avx512(float *x, size_t count);
/* One row; the same bits as pulse_layer_norm gives elsewhere. `width` is a multiple of 16. */
void pulse_norm_row_avx512(float *x, const float *residual, size_t width, const float *weight,
                           const float *bias, float epsilon);

#endif
