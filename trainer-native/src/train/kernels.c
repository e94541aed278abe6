#include "train/kernels.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"

/* Sums are of so many lanes whatever the machine's vectors are: the bits do not depend on it. */
enum { LANES = 16 };

/* ---- Functions ------------------------------------------------------------------------------ */

/* e^x, within 2e-7 of it, for x from -87 to 88, and for others what it is at the end that is
 * nearer: 2^n times the series of the rest. */
static inline float exp_of(float x)
{
    const float low = x < -87.0f ? -87.0f : x;
    const float held = low > 88.0f ? 88.0f : low;
    const float whole = 12582912.0f; /* 1.5 * 2^23: what is added to it is rounded to an integer */
    const float n = (held * 1.44269504f + whole) - whole;
    const float r = (held - n * 0.693359375f) + n * 2.12194440e-4f;
    const float series =
        1.0f +
        r * (1.0f + r * (0.5f + r * (0.16666667f + r * (0.041666667f +
                                                        r * (0.0083333333f + r * 0.0013888889f)))));
    const uint32_t bits = (uint32_t)((int32_t)n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return series * power;
}

static inline float tanh_of(float x)
{
    const float small = exp_of(-2.0f * fabsf(x));
    return copysignf((1.0f - small) / (1.0f + small), x);
}

/* Phi(x), the normal distribution's, within 8e-8: Abramowitz and Stegun, 26.2.17; `density` is its
 * derivative. */
static inline float normal_below(float x, float *density)
{
    *density = 0.39894228f * exp_of(-0.5f * x * x);
    const float t = 1.0f / (1.0f + 0.2316419f * fabsf(x));
    const float above =
        *density * t *
        (0.319381530f +
         t * (-0.356563782f + t * (1.781477937f + t * (-1.821255978f + t * 1.330274429f))));
    return 0.5f + copysignf(0.5f - above, x);
}

/* ---- Activations ---------------------------------------------------------------------------- */

PULSE_CLONES
static void activate_relu(size_t count, float *x, float *factors)
{
    for (size_t i = 0; i < count; ++i) {
        const float factor = x[i] > 0.0f ? factors[i] : 0.0f;
        x[i] *= factor;
        factors[i] = factor;
    }
}

PULSE_CLONES
static void activate_gelu(size_t count, float *x, float *factors)
{
    for (size_t i = 0; i < count; ++i) {
        float density;
        const float below = normal_below(x[i], &density);
        const float slope = below + x[i] * density;
        x[i] *= factors[i] * below;
        factors[i] *= slope;
    }
}

PULSE_CLONES
static void activate_tanh(size_t count, float *x, float *factors)
{
    for (size_t i = 0; i < count; ++i) {
        const float t = tanh_of(x[i]);
        x[i] = factors[i] * t;
        factors[i] *= 1.0f - t * t;
    }
}

void pulse_kernel_activate(pulse_net_activation activation, size_t count, float *x, float *factors)
{
    enum { BLOCK = 256 };
    float ones[BLOCK];
    for (size_t at = 0; at < count; at += factors ? count : BLOCK) {
        float *f = factors;
        size_t some = count;
        if (!factors) {
            some = count - at < BLOCK ? count - at : BLOCK;
            for (size_t i = 0; i < some; ++i)
                ones[i] = 1.0f;
            f = ones;
        }
        switch (activation) {
        case PULSE_NET_RELU:
            activate_relu(some, x + at, f);
            break;
        case PULSE_NET_GELU:
            activate_gelu(some, x + at, f);
            break;
        case PULSE_NET_TANH:
            activate_tanh(some, x + at, f);
            break;
        }
    }
}

/* ---- Sums and products ---------------------------------------------------------------------- */

PULSE_CLONES
void pulse_kernel_multiply(size_t count, const float *by, float *values)
{
    for (size_t i = 0; i < count; ++i)
        values[i] *= by[i];
}

PULSE_CLONES
void pulse_kernel_add(size_t count, const float *more, float *values)
{
    for (size_t i = 0; i < count; ++i)
        values[i] += more[i];
}

static inline float sum_lanes(const float *lanes)
{
    float sum = 0.0f;
    for (size_t k = 0; k < LANES; ++k)
        sum += lanes[k];
    return sum;
}

PULSE_CLONES
float pulse_kernel_errors(size_t count, const float *restrict x, const uint8_t *restrict present,
                          const float *restrict weight, float factor, float *restrict y)
{
    float lanes[LANES] = {0};
    size_t at = 0;
    for (; at + LANES <= count; at += LANES) {
        for (size_t k = 0; k < LANES; ++k) {
            const float d = present[at + k] ? y[at + k] - x[at + k] : 0.0f;
            const float weighed = weight[at + k] * d;
            lanes[k] += weighed * d;
            y[at + k] = factor * weighed;
        }
    }
    for (; at < count; ++at) {
        const float d = present[at] ? y[at] - x[at] : 0.0f;
        lanes[0] += weight[at] * d * d;
        y[at] = factor * weight[at] * d;
    }
    return sum_lanes(lanes);
}

PULSE_CLONES
float pulse_kernel_exponentials(size_t count, const uint32_t *restrict others, uint32_t own,
                                float temperature, float *restrict row, float *restrict sums)
{
    const float steepness = 1.0f / temperature;
    float lanes[LANES] = {0};
    size_t at = 0;
    for (; at + LANES <= count; at += LANES) {
        for (size_t k = 0; k < LANES; ++k) {
            const float e = exp_of((row[at + k] - 1.0f) * steepness);
            const float kept = e * (float)(others[at + k] != own);
            row[at + k] = kept;
            sums[at + k] += kept;
            lanes[k] += kept;
        }
    }
    for (; at < count; ++at) {
        const float e = exp_of((row[at] - 1.0f) * steepness);
        row[at] = e * (float)(others[at] != own);
        sums[at] += row[at];
        lanes[0] += row[at];
    }
    return sum_lanes(lanes);
}

PULSE_CLONES
void pulse_kernel_weigh(size_t count, float sum, const float *sums, float *row)
{
    for (size_t j = 0; j < count; ++j)
        row[j] *= sum + sums[j];
}

PULSE_CLONES
float pulse_kernel_squares(size_t count, const float *values)
{
    float lanes[LANES] = {0};
    size_t at = 0;
    for (; at + LANES <= count; at += LANES) {
        for (size_t k = 0; k < LANES; ++k)
            lanes[k] += values[at + k] * values[at + k];
    }
    for (; at < count; ++at)
        lanes[0] += values[at] * values[at];
    return sum_lanes(lanes);
}

PULSE_CLONES
float pulse_kernel_dot(size_t count, const float *a, const float *b)
{
    float lanes[LANES] = {0};
    size_t at = 0;
    for (; at + LANES <= count; at += LANES) {
        for (size_t k = 0; k < LANES; ++k)
            lanes[k] += a[at + k] * b[at + k];
    }
    for (; at < count; ++at)
        lanes[0] += a[at] * b[at];
    return sum_lanes(lanes);
}

/* ---- Parameters ----------------------------------------------------------------------------- */

PULSE_CLONES
static void add_two(size_t count, const float *a, const float *b, float *sum)
{
    for (size_t i = 0; i < count; ++i)
        sum[i] = a[i] + b[i];
}

void pulse_kernel_add_parts(size_t first, size_t count, const float *const *parts,
                            uint32_t part_count, float *sum)
{
    if (part_count == 1) {
        if (parts[0] != sum)
            memcpy(sum + first, parts[0] + first, count * sizeof *sum);
        return;
    }
    add_two(count, parts[0] + first, parts[1] + first, sum + first);
    for (uint32_t p = 2; p < part_count; ++p)
        pulse_kernel_add(count, parts[p] + first, sum + first);
}

PULSE_CLONES
void pulse_kernel_adam(size_t count, const pulse_adam_factors *factors, const float *gradients,
                       const uint8_t *decays, float *mean, float *variance, float *parameters)
{
    const float first = 0.9f, second = 0.999f, tiny = 1e-8f;
    const pulse_adam_factors f = *factors;
    for (size_t i = 0; i < count; ++i) {
        const float g = f.shrink * gradients[i];
        const float m = first * mean[i] + (1.0f - first) * g;
        const float v = second * variance[i] + (1.0f - second) * g * g;
        const float decay = decays[i] ? f.decay * parameters[i] : 0.0f;
        mean[i] = m;
        variance[i] = v;
        parameters[i] -=
            f.rate * (m * f.unbias_mean / (sqrtf(v * f.unbias_variance) + tiny) + decay);
    }
}
