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

/* Of equal scores, the one that came first stays. */
void pulse_nearest_offer(pulse_nearest *best, float score, uint32_t song);

#endif
