/* What a run takes: time and memory. */
#ifndef PULSE_TRAINER_USAGE_H
#define PULSE_TRAINER_USAGE_H

#include <stdint.h>

double pulse_clock(void);         /* s, from some moment in the past; never runs backwards */
uint64_t pulse_peak_memory(void); /* bytes resident at most, so far */

#endif
