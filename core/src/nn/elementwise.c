#include "nn/elementwise.h"

#include <math.h>

void pulse_gelu(float *x, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        x[i] = 0.5f * x[i] * erfcf(x[i] * -0.70710678118654752f);
}

/* Partial sums of a row: always this many, added up in the same order, so that the width of the
 * machine's vectors does not show in the result. */
#define LANES 16

static float sum_lanes(const float *lanes)
{
    float sum = 0.0f;
    for (size_t l = 0; l < LANES; ++l)
        sum += lanes[l];
    return sum;
}

static void normalise_row(float *x, const float *residual, size_t width, const float *weight,
                          const float *bias, float epsilon)
{
    float lanes[LANES] = {0};
    if (residual)
        for (size_t i = 0; i < width; ++i)
            x[i] += residual[i];
    for (size_t i = 0; i < width; ++i)
        lanes[i % LANES] += x[i];
    const float mean = sum_lanes(lanes) / (float)width;
    float squares[LANES] = {0};
    for (size_t i = 0; i < width; ++i) {
        x[i] -= mean;
        squares[i % LANES] += x[i] * x[i];
    }
    const float factor = 1.0f / sqrtf(sum_lanes(squares) / (float)width + epsilon);
    for (size_t i = 0; i < width; ++i)
        x[i] = x[i] * factor * weight[i] + bias[i];
}

void pulse_layer_norm(float *x, const float *residual, size_t rows, size_t width,
                      const float *weight, const float *bias, float epsilon)
{
    for (size_t r = 0; r < rows; ++r)
        normalise_row(x + r * width, residual ? residual + r * width : NULL, width, weight, bias,
                      epsilon);
}
