#include "nn/int8.h"

#include "nn/clones.h"

#include <math.h>
#include <string.h>

/* The order of floats as the order of integers: compilers may reorder an integer minimum. */
static inline int32_t order_of(float value)
{
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits ^ ((bits >> 31) & INT32_MAX);
}

static inline float value_of(int32_t order)
{
    const int32_t bits = order ^ ((order >> 31) & INT32_MAX);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

PULSE_CLONES
static void find_range(const float *x, size_t count, int32_t *least, int32_t *greatest)
{
    int32_t low = 0;
    int32_t high = 0;
    for (size_t i = 0; i < count; ++i) {
        const int32_t order = order_of(x[i]);
        low = order < low ? order : low;
        high = order > high ? order : high;
    }
    *least = low;
    *greatest = high;
}

PULSE_CLONES
static void round_values(const float *x, size_t count, float inverse, int32_t zero_point, int8_t *q)
{
    /* Adding 1.5 * 2^23 leaves the nearest integer in the low bits. */
    const float magic = 12582912.0f;
    const int32_t offset = 0x4B400000 - zero_point;
    for (size_t i = 0; i < count; ++i) {
        const float shifted = x[i] * inverse + magic;
        int32_t bits;
        memcpy(&bits, &shifted, sizeof bits);
        int32_t value = bits - offset;
        value = value < -128 ? -128 : value;
        value = value > 127 ? 127 : value;
        q[i] = (int8_t)value;
    }
}

/* Below this, 255 / range would overflow; such a row is one of zeros for all that follows. */
#define SMALLEST 1e-30f

bool pulse_int8_scale(float low, float range, int32_t *zero_point, float *scale)
{
    const bool rounds = range >= SMALLEST && range <= 3.4028234e38f;
    *scale = rounds ? range / 255.0f : 1.0f;
    *zero_point = rounds ? (int32_t)lrintf(-128.0f - low * (255.0f / range)) : 0;
    return rounds;
}

void pulse_int8_round(const float *x, size_t count, int8_t *q, int32_t *zero_point, float *scale)
{
    int32_t least;
    int32_t greatest;
    find_range(x, count, &least, &greatest);
    const float low = value_of(least);
    const float range = value_of(greatest) - low;
    if (pulse_int8_scale(low, range, zero_point, scale))
        round_values(x, count, 255.0f / range, *zero_point, q);
    else
        memset(q, 0, count);
}
