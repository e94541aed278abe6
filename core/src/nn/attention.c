#include "nn/attention.h"

#include <math.h>

size_t pulse_attention_scratch(size_t tokens, size_t width)
{
    (void)width;
    return tokens;
}

void pulse_attention(const float *q, const float *k, const float *v, size_t tokens, size_t width,
                     size_t stride, float *y, size_t y_stride, float *scratch)
{
    const float scale = 1.0f / sqrtf((float)width);
    for (size_t row = 0; row < tokens; ++row) {
        float largest = -INFINITY;
        for (size_t t = 0; t < tokens; ++t) {
            float dot = 0.0f;
            for (size_t i = 0; i < width; ++i)
                dot += q[row * stride + i] * k[t * stride + i];
            scratch[t] = dot * scale;
            largest = fmaxf(largest, scratch[t]);
        }
        float sum = 0.0f;
        for (size_t t = 0; t < tokens; ++t)
            sum += scratch[t] = expf(scratch[t] - largest);
        for (size_t i = 0; i < width; ++i)
            y[row * y_stride + i] = 0.0f;
        for (size_t t = 0; t < tokens; ++t)
            for (size_t i = 0; i < width; ++i)
                y[row * y_stride + i] += scratch[t] / sum * v[t * stride + i];
    }
}
