/* Adam (Kingma and Ba, 2015) with decoupled weight decay (Loshchilov and Hutter, 2019). */
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
/* One step on the net's parameters. `limit` is for the gradients' L2 norm; 0: none. */
void pulse_adam_step(pulse_adam *adam, pulse_net *net, float rate, float decay, float limit);

/* The learning rate of a step. */
typedef struct pulse_rate {
    const pulse_recipe *recipe;
    uint64_t total;     /* steps, when training runs its full length */
    float plateau;      /* factor, halved when the validation loss has not fallen */
    uint32_t unchanged; /* epochs since it fell */
} pulse_rate;
pulse_rate pulse_rate_make(const pulse_recipe *recipe, uint64_t steps_per_epoch);
float pulse_rate_at(const pulse_rate *rate, uint64_t step);
/* After each epoch, for the plateau schedule. */
void pulse_rate_epoch(pulse_rate *rate, bool better);

#endif
