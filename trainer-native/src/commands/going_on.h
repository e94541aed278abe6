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

/* Advises, in `failure`, what to type; `making->work` is the workspace. `build`: the steps after
 * this one have to be done as well. Nothing where there is nothing to say beyond the message. */
void pulse_going_on(pulse_step step, const pulse_making *making, bool build,
                    pulse_failure *failure);

#endif
