/*
 * Noise for vectors, from a key and a place: nothing is kept between calls, so that whoever knows
 * the key draws the same, in any order and on any thread. Each number is a 32-bit hash of the key
 * and its place, twice through the finaliser of MurmurHash3 (Appleby, 2011).
 */
#ifndef PULSE_TRAINER_NOISE_H
#define PULSE_TRAINER_NOISE_H

#include <stddef.h>
#include <stdint.h>

/* factors[i] = 0 for the share that is dropped, 1 / (1 - share) for the rest. `share` in [0, 1). */
void pulse_noise_dropout(uint64_t key, float share, size_t count, float *factors);

/* values[i] += scale[i] * a number of mean 0 and variance 1, by Box and Muller (1958); `scale`
 * NULL: times `by` alone, else times both. */
void pulse_noise_add_normal(uint64_t key, float by, const float *scale, size_t count,
                            float *values);

#endif
