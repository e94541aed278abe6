/* Adam (Kingma and Ba, 2015) with decoupled weight decay (Loshchilov and Hutter, 2019), and the
 * learning rate's schedules. */
#ifndef PULSE_TRAINER_ADAM_H
#define PULSE_TRAINER_ADAM_H

#include "train/net.h"

typedef struct pulse_adam {
    size_t count;
    float *mean;     /* [count] of the gradients */
    float *variance; /* [count] of the gradients, uncentred */
    uint8_t *decays; /* [count] 1 for entries of matrices */
    uint64_t steps;
} pulse_adam;

void pulse_adam_make(pulse_adam *adam, const pulse_net *net);
void pulse_adam_free(pulse_adam *adam);

/* One step: pulse_adam_begin, and then pulse_adam_update for all parameters, in parts of any size,
 * on any threads. `norm` is the gradients' L2 norm, which is brought down to `limit` where it is
 * above that; limit 0: none. */
typedef struct pulse_adam_step {
    float rate;
    float decay;
    float limit;
    double norm;
} pulse_adam_step;
void pulse_adam_begin(pulse_adam *adam);
void pulse_adam_update(pulse_adam *adam, const pulse_adam_step *step, const float *gradients,
                       float *parameters, size_t first, size_t count);

/* The learning rate of a step. */
typedef struct pulse_rate {
    const pulse_recipe *recipe;
    uint64_t total;     /* steps, when training runs its full length */
    float plateau;      /* factor, lowered when the validation loss has not fallen */
    uint32_t unchanged; /* epochs since it fell */
} pulse_rate;
pulse_rate pulse_rate_make(const pulse_recipe *recipe, uint64_t steps_per_epoch);
float pulse_rate_at(const pulse_rate *rate, uint64_t step);
/* After each epoch, for the plateau schedule. */
void pulse_rate_epoch(pulse_rate *rate, bool better);

#endif
