/* The ten best of many, kept while they go by. */
#ifndef PULSE_TRAINER_NEAREST_H
#define PULSE_TRAINER_NEAREST_H

#include <stdint.h>

#define PULSE_NEAREST 10u

/* Zero-initialise. */
typedef struct pulse_nearest {
    uint32_t count;
    float scores[PULSE_NEAREST]; /* falling */
    uint32_t songs[PULSE_NEAREST];
} pulse_nearest;

/* Takes a score that is among the ten best. */
void pulse_nearest_take(pulse_nearest *best, float score, uint32_t song);

/* Of equal scores, the one that came first stays. Here, because it is asked for every song, and
 * nearly always says no. */
static inline void pulse_nearest_offer(pulse_nearest *best, float score, uint32_t song)
{
    if (best->count < PULSE_NEAREST || score > best->scores[PULSE_NEAREST - 1])
        pulse_nearest_take(best, score, song);
}

#endif
