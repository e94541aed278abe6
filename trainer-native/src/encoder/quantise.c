#include "encoder/quantise.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

double pulse_quantise_relative(const pulse_quantise_error *error)
{
    return error->held > 0 ? sqrt(error->lost / error->held) : 0;
}

static float scale_of(const float *row, uint32_t columns)
{
    float largest = 0;
    for (uint32_t i = 0; i < columns; ++i)
        largest = fmaxf(largest, fabsf(row[i]));
    const float scale = largest / 127.0f;
    return scale >= FLT_MIN ? scale : 1.0f; /* a row of nothing (padding) stays nothing */
}

void pulse_quantise_rows(const float *weights, uint32_t rows, uint32_t columns, int8_t *out,
                         float *scales, pulse_quantise_error *error)
{
    for (uint32_t r = 0; r < rows; ++r) {
        const float *row = weights + (size_t)r * columns;
        int8_t *rounded = out + (size_t)r * columns;
        const float scale = scale_of(row, columns);
        scales[r] = scale;
        for (uint32_t i = 0; i < columns; ++i) {
            const float level = rintf(row[i] / scale); /* half to even */
            rounded[i] = (int8_t)fminf(127.0f, fmaxf(-127.0f, level));
            const double lost = (double)row[i] - (double)scale * rounded[i];
            error->lost += lost * lost;
            error->held += (double)row[i] * row[i];
        }
    }
}
