#include "train/noise.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"

enum { LANES = 16, BLOCK = 2 * LANES };

static inline uint32_t scatter(uint32_t x)
{
    x = (x ^ (x >> 16)) * 0x85ebca6bu;
    x = (x ^ (x >> 13)) * 0xc2b2ae35u;
    return x ^ (x >> 16);
}

static inline uint32_t hash(uint64_t key, uint32_t place)
{
    return scatter(scatter(place + (uint32_t)key) ^ (uint32_t)(key >> 32));
}

/* A hash is enough for two: sixteen bits each. */
PULSE_CLONES
void pulse_noise_dropout(uint64_t key, float share, size_t count, float *factors)
{
    const float factor = 1.0f / (1.0f - share);
    const uint32_t limit = (uint32_t)(share * 65536.0f);
    float block[BLOCK];
    for (size_t at = 0; at < count; at += BLOCK) {
        float *to = count - at < BLOCK ? block : factors + at;
        const uint32_t place = (uint32_t)(at / 2);
        for (uint32_t k = 0; k < LANES; ++k) {
            const uint32_t bits = hash(key, place + k);
            to[k] = (bits & 0xffff) < limit ? 0.0f : factor;
            to[k + LANES] = (bits >> 16) < limit ? 0.0f : factor;
        }
        if (to == block)
            memcpy(factors + at, block, (count - at) * sizeof *factors);
    }
}

/* The natural logarithm of a normal number: m * 2^e with m near 1, and the series of artanh. */
static inline float log_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint32_t shifted = bits - 0x3f3504f3u; /* sqrt(1/2): m is in [sqrt(1/2), sqrt(2)) */
    const int32_t exponent = (int32_t)shifted >> 23;
    bits -= (uint32_t)exponent << 23;
    float m;
    memcpy(&m, &bits, sizeof m);
    const float s = (m - 1.0f) / (m + 1.0f), q = s * s;
    const float series =
        2.0f + q * (0.66666667f + q * (0.4f + q * (0.28571429f + q * 0.22222222f)));
    return s * series + 0.69314718f * (float)exponent;
}

/* Sixteen pairs. */
static inline void draw_block(uint64_t key, uint32_t place, float *out)
{
    for (uint32_t k = 0; k < LANES; ++k) {
        const float u = (float)(int32_t)((hash(key, place + k) >> 8) + 1) * 0x1p-24f;
        const float v = (float)(int32_t)(hash(key, place + LANES + k) >> 8) * 0x1p-22f;
        const float radius = sqrtf(-2.0f * log_of(u));
        const int32_t quarter = (int32_t)(v + 0.5f); /* turns of 90 degrees, 0 to 4 */
        const float a = (v - (float)quarter) * 1.57079633f, q = a * a;
        const float sine =
            a * (1.0f + q * (-0.16666667f + q * (0.0083333333f + q * -0.00019841270f)));
        const float cosine =
            1.0f + q * (-0.5f + q * (0.041666667f + q * (-0.0013888889f + q * 2.4801587e-5f)));
        const float x = quarter & 1 ? sine : cosine, y = quarter & 1 ? cosine : sine;
        out[k] = radius * ((quarter + 1) & 2 ? -x : x);
        out[k + LANES] = radius * (quarter & 2 ? -y : y);
    }
}

PULSE_CLONES
void pulse_noise_add_normal(uint64_t key, float by, const float *scale, size_t count, float *values)
{
    float block[BLOCK];
    for (size_t at = 0; at < count; at += BLOCK) {
        draw_block(key, (uint32_t)at, block);
        const size_t some = count - at < BLOCK ? count - at : BLOCK;
        if (scale) {
            for (size_t k = 0; k < some; ++k)
                values[at + k] += by * scale[at + k] * block[k];
        } else {
            for (size_t k = 0; k < some; ++k)
                values[at + k] += by * block[k];
        }
    }
}
