#include "nn/int16.h"

#include <math.h>
#include <string.h>

/* Rows are padded to whole groups of inputs, so that no kernel has a remainder to deal with. */
#define INPUT_GROUP 8

size_t pulse_int16_row_size(size_t inputs)
{
    return (inputs + INPUT_GROUP - 1) / INPUT_GROUP * INPUT_GROUP;
}

size_t pulse_int16_packed_size(size_t inputs, size_t outputs)
{
    return (outputs + PULSE_INT16_COLUMNS - 1) / PULSE_INT16_COLUMNS * PULSE_INT16_COLUMNS *
           pulse_int16_row_size(inputs);
}

int32_t pulse_int16_limit(size_t inputs)
{
    const size_t limit = inputs > 0 ? INT32_MAX / 127 / inputs : INT16_MAX;
    return limit < INT16_MAX ? (int32_t)limit : INT16_MAX;
}

/* Panels of PULSE_INT16_COLUMNS outputs; within one, for each pair of inputs, the pair of each
 * output: what one multiply-and-add-pairs instruction takes lies together. */
void pulse_int16_pack(const int8_t *weight, size_t inputs, size_t outputs, int16_t *packed)
{
    const size_t depth = pulse_int16_row_size(inputs);
    for (size_t first = 0; first < outputs; first += PULSE_INT16_COLUMNS)
        for (size_t k = 0; k < depth; k += 2)
            for (size_t column = first; column < first + PULSE_INT16_COLUMNS; ++column)
                for (size_t i = k; i < k + 2; ++i)
                    *packed++ =
                        column < outputs && i < inputs ? weight[column * inputs + i] : (int16_t)0;
}

/* Below this, limit / largest would overflow; such a row is one of zeros for all that follows. */
#define SMALLEST 1e-30f

static void round_row(const float *x, size_t inputs, int32_t limit, int16_t *q, float *scale)
{
    int32_t largest_bits = 0;
    for (size_t i = 0; i < inputs; ++i) {
        int32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        bits &= INT32_MAX;
        largest_bits = bits > largest_bits ? bits : largest_bits;
    }
    float largest;
    memcpy(&largest, &largest_bits, sizeof largest);
    if (!(largest >= SMALLEST && largest <= 3.4028234e38f)) {
        memset(q, 0, inputs * sizeof *q);
        *scale = 0.0f;
        return;
    }
    *scale = largest / (float)limit;
    const float inverse = (float)limit / largest;
    /* Adding 1.5 * 2^23 leaves the nearest integer in the low bits. */
    const float magic = 12582912.0f;
    for (size_t i = 0; i < inputs; ++i) {
        const float shifted = x[i] * inverse + magic;
        int32_t bits;
        memcpy(&bits, &shifted, sizeof bits);
        q[i] = (int16_t)(bits - 0x4B400000);
    }
}

void pulse_int16_round(const float *x, size_t rows, size_t inputs, int16_t *q, float *scale)
{
    const size_t depth = pulse_int16_row_size(inputs);
    const int32_t limit = pulse_int16_limit(inputs);
    for (size_t r = 0; r < rows; ++r) {
        round_row(x + r * inputs, inputs, limit, q + r * depth, scale + r);
        memset(q + r * depth + inputs, 0, (depth - inputs) * sizeof *q);
    }
}

/* One row times one panel: sums[c] = q . packed[c]. */
static void __attribute__((noinline))
dot_panel(const int16_t *q, const int16_t *panel, size_t depth, int32_t *sums)
{
    memset(sums, 0, PULSE_INT16_COLUMNS * sizeof *sums);
    for (size_t k = 0; k < depth; k += 2, panel += 2 * PULSE_INT16_COLUMNS)
        for (size_t c = 0; c < PULSE_INT16_COLUMNS; ++c)
            sums[c] += (int32_t)q[k] * panel[2 * c] + (int32_t)q[k + 1] * panel[2 * c + 1];
}

void pulse_int16_product(const int16_t *q, const float *scale, size_t rows, const int16_t *packed,
                         const float *weight_scale, const float *bias, size_t inputs,
                         size_t outputs, size_t first, size_t count, float *y)
{
    const size_t depth = pulse_int16_row_size(inputs);
    const size_t end = first + count;
    for (size_t column = first; column < end; column += PULSE_INT16_COLUMNS) {
        const size_t columns =
            end - column < PULSE_INT16_COLUMNS ? end - column : PULSE_INT16_COLUMNS;
        for (size_t r = 0; r < rows; ++r) {
            int32_t sums[PULSE_INT16_COLUMNS];
            dot_panel(q + r * depth, packed + column * depth, depth, sums);
            for (size_t c = 0; c < columns; ++c)
                y[r * outputs + column + c] =
                    (float)sums[c] * (scale[r] * weight_scale[column + c]) + bias[column + c];
        }
    }
}
