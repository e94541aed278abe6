#include "nn/elementwise.h"

#include "nn/clones.h"
#include "nn/elementwise_avx512.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/*
 * GELU(x) = max(x, 0) - a (1 - F(a)) with a = |x| and F the normal distribution function. What is
 * taken off is small, smooth, and below 2e-7 beyond a = 5.5; up to there F(a) = 1/2 + a P(a^2) /
 * Q(a^2), fitted for the least greatest error: 2e-8, and 9e-7 with that of computing.
 */
#define GELU_END 5.5f

/* As many floats as fit into a vector, wherever they lie, and a mask for each. */
#ifdef __wasm__
#define WIDE 4
#define REPEATED(value) value, value, value, value
#else
#define WIDE 8
#define REPEATED(value) value, value, value, value, value, value, value, value
#endif
typedef float wide __attribute__((vector_size(4 * WIDE), aligned(4), may_alias));
typedef int32_t wide_bits __attribute__((vector_size(4 * WIDE), aligned(4), may_alias));

static const float gelu_constants[] = {
    /* P */
    REPEATED(0.398941986f),
    REPEATED(0.0351426f),
    REPEATED(0.00476163182f),
    REPEATED(0.000182860266f),
    REPEATED(6.53069095e-06f),
    REPEATED(2.22154013e-08f),
    /* Q */
    REPEATED(1.0f),
    REPEATED(0.254753023f),
    REPEATED(0.0293988451f),
    REPEATED(0.00196244845f),
    REPEATED(7.86105533e-05f),
    REPEATED(1.1953784e-06f),
    /* the rest */
    REPEATED(GELU_END),
    REPEATED(0.5f),
};

static PULSE_CLONES void gelu_wide(float *x, size_t count)
{
    /* Engines build a vector constant anew at each use; a load, which the compiler must not see
     * through, is cheaper. */
    const float *constants = gelu_constants;
    __asm__("" : "+r"(constants));
#define C(i) (*(const wide *)(const void *)(constants + (i)*WIDE))
    for (size_t i = 0; i < count; i += WIDE) {
        const wide_bits bits = *(const wide_bits *)(const void *)(x + i);
        const wide_bits magnitude = bits & INT32_MAX;
        /* What is not a number goes through all of this, and stays what it is. */
        const wide_bits beyond = (wide)magnitude > C(12);
        const wide a = (wide)((magnitude & ~beyond) | ((wide_bits)C(12) & beyond));
        /* The terms by halves, after Estrin: in a chain each would wait for the one before. */
        const wide u = a * a, u2 = u * u;
        const wide p = (C(0) + C(1) * u) + ((C(2) + C(3) * u) + (C(4) + C(5) * u) * u2) * u2;
        const wide q = (C(6) + C(7) * u) + ((C(8) + C(9) * u) + (C(10) + C(11) * u) * u2) * u2;
        const wide tail = a * (C(13) - a * p / q);
        /* A negative number loses its bits. */
        *(wide *)(void *)(x + i) = (wide)(bits & ~(bits >> 31)) - tail;
    }
#undef C
}

void pulse_gelu(float *x, size_t count)
{
    if (pulse_elementwise_avx512_available()) {
        pulse_gelu_avx512(x, count);
        return;
    }
    const size_t whole = count / WIDE * WIDE;
    gelu_wide(x, whole);
    if (whole == count)
        return;
    float rest[WIDE] = {0};
    memcpy(rest, x + whole, (count - whole) * sizeof *x);
    gelu_wide(rest, WIDE);
    memcpy(x + whole, rest, (count - whole) * sizeof *x);
}

/* Four floats, wherever they lie. */
typedef float four __attribute__((vector_size(16), aligned(4), may_alias));

/* Partial sums of a row: always this many, added up in the same order, so that the width of the
 * machine's vectors does not show in the result. */
#define LANES 16

static float sum_lanes(const float *lanes)
{
    const float *l = lanes;
    return ((l[0] + l[1]) + (l[2] + l[3])) + ((l[4] + l[5]) + (l[6] + l[7])) +
           (((l[8] + l[9]) + (l[10] + l[11])) + ((l[12] + l[13]) + (l[14] + l[15])));
}

#define AT(p, i) (*(four *)((p) + (i)))
#define FROM(p, i) (*(const four *)((p) + (i)))

/* x <- x + residual, and the sum of it. */
static float add_residual(float *x, const float *residual, size_t width)
{
    float lanes[LANES] = {0};
    four s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    size_t i = 0;
    if (residual) {
        for (; i + LANES <= width; i += LANES) {
            s0 += AT(x, i) += FROM(residual, i);
            s1 += AT(x, i + 4) += FROM(residual, i + 4);
            s2 += AT(x, i + 8) += FROM(residual, i + 8);
            s3 += AT(x, i + 12) += FROM(residual, i + 12);
        }
        for (size_t rest = i; rest < width; ++rest)
            x[rest] += residual[rest];
    } else {
        for (; i + LANES <= width; i += LANES) {
            s0 += FROM(x, i);
            s1 += FROM(x, i + 4);
            s2 += FROM(x, i + 8);
            s3 += FROM(x, i + 12);
        }
    }
    AT(lanes, 0) = s0;
    AT(lanes, 4) = s1;
    AT(lanes, 8) = s2;
    AT(lanes, 12) = s3;
    for (size_t l = 0; i < width; ++i, ++l)
        lanes[l] += x[i];
    return sum_lanes(lanes);
}

/* x <- x - mean, and the sum of its squares. */
static float subtract_mean(float *x, float mean, size_t width)
{
    float lanes[LANES] = {0};
    four s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    size_t i = 0;
    for (; i + LANES <= width; i += LANES) {
        const four v0 = AT(x, i) - mean, v1 = AT(x, i + 4) - mean;
        const four v2 = AT(x, i + 8) - mean, v3 = AT(x, i + 12) - mean;
        s0 += v0 * v0;
        s1 += v1 * v1;
        s2 += v2 * v2;
        s3 += v3 * v3;
        AT(x, i) = v0;
        AT(x, i + 4) = v1;
        AT(x, i + 8) = v2;
        AT(x, i + 12) = v3;
    }
    AT(lanes, 0) = s0;
    AT(lanes, 4) = s1;
    AT(lanes, 8) = s2;
    AT(lanes, 12) = s3;
    for (size_t l = 0; i < width; ++i, ++l) {
        x[i] -= mean;
        lanes[l] += x[i] * x[i];
    }
    return sum_lanes(lanes);
}

static void scale_row(float *restrict x, size_t width, float factor, const float *restrict weight,
                      const float *restrict bias)
{
    for (size_t i = 0; i < width; ++i)
        x[i] = x[i] * factor * weight[i] + bias[i];
}

void pulse_layer_norm(float *x, const float *residual, size_t rows, size_t width,
                      const float *weight, const float *bias, float epsilon)
{
    const bool wide = width % LANES == 0 && pulse_elementwise_avx512_available();
    for (size_t r = 0; r < rows; ++r, x += width) {
        if (wide) {
            pulse_norm_row_avx512(x, residual ? residual + r * width : NULL, width, weight, bias,
                                  epsilon);
            continue;
        }
        const float mean =
            add_residual(x, residual ? residual + r * width : NULL, width) / (float)width;
        const float variance = subtract_mean(x, mean, width) / (float)width;
        scale_row(x, width, 1.0f / sqrtf(variance + epsilon), weight, bias);
    }
}
