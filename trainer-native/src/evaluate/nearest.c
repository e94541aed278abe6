#include "evaluate/nearest.h"

void pulse_nearest_take(pulse_nearest *best, float score, uint32_t song)
{
    uint32_t at = best->count < PULSE_NEAREST ? best->count++ : PULSE_NEAREST - 1;
    while (at > 0 && best->scores[at - 1] < score) {
        best->scores[at] = best->scores[at - 1];
        best->songs[at] = best->songs[at - 1];
        --at;
    }
    best->scores[at] = score;
    best->songs[at] = song;
}
