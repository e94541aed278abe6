/*
 * Our own random numbers, so that a seed gives the same model on every machine and C library:
 * xoshiro256** seeded by splitmix64 (Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", 2021).
 */
#ifndef PULSE_TRAINER_RANDOM_H
#define PULSE_TRAINER_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct pulse_random {
    uint64_t state[4];
    double spare; /* the second number of a pair of normals */
    int has_spare;
} pulse_random;

/* `stream` makes independent sequences of one seed. */
pulse_random pulse_random_make(uint64_t seed, uint64_t stream);
uint64_t pulse_random_bits(pulse_random *random);
uint32_t pulse_random_below(pulse_random *random, uint32_t bound); /* 0 .. bound-1; bound > 0 */
float pulse_random_unit(pulse_random *random);                     /* [0, 1) */
float pulse_random_normal(pulse_random *random);                   /* mean 0, variance 1 */
void pulse_random_shuffle(pulse_random *random, uint32_t *items, size_t count);

#endif
