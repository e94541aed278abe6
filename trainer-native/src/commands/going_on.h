/* How to go on after a step that was interrupted or has failed: what has been made is kept. */
#ifndef PULSE_TRAINER_GOING_ON_H
#define PULSE_TRAINER_GOING_ON_H

#include "commands/making.h"

typedef enum pulse_step {
    PULSE_STEP_INGEST,
    PULSE_STEP_EMBED,
    PULSE_STEP_TRAIN,
    PULSE_STEP_EXPORT
} pulse_step;

/* Advises, in `failure`, what to type: the command again, as it was typed, with --resume where that
 * is how it goes on. `build`: the step is one of build's. Nothing where the step was not
 * interrupted and has lost no work. */
void pulse_going_on(pulse_step step, const pulse_making *making, bool build,
                    pulse_failure *failure);

#endif
