/*
 * One step of training, and one look at songs that are not trained on, on several threads.
 *
 * The rows of a batch fall into shards, whose number depends on the batch alone. A shard's rows go
 * forward and backward by themselves; gradients are added up in the shards' order. So the threads'
 * number changes nothing but the time.
 */
#ifndef PULSE_TRAINER_STEP_H
#define PULSE_TRAINER_STEP_H

#include "base/parallel.h"
#include "train/adam.h"
#include "train/batch.h"
#include "train/loss.h"

enum { PULSE_MOST_SHARDS = 8 };

typedef struct pulse_stepper {
    const pulse_dataset *dataset;
    const pulse_recipe *recipe;
    pulse_net *net;
    pulse_adam adam;
    pulse_parallel *threads;
    uint32_t batch_size; /* songs */
    bool paired;
    pulse_batch batch;
    pulse_pairs pairs;

    uint32_t shards;     /* of this batch, at most PULSE_MOST_SHARDS */
    uint32_t shard_rows; /* in each but the last */
    pulse_net_pass passes[PULSE_MOST_SHARDS];
    double errors[PULSE_MOST_SHARDS];
    double *by_modality[PULSE_MOST_SHARDS]; /* [2 * modalities] sums, then counts */
    double weights;                         /* the sum over the batch of the loss's weights */
    float *gradients;
    double *squares; /* by slice of the parameters */
    pulse_adam_step update;
} pulse_stepper;

/* `net` is made here, its weights drawn by the recipe's seed; the caller frees it. `threads`
 * outlives the stepper. */
void pulse_stepper_make(pulse_stepper *stepper, const pulse_dataset *dataset,
                        const pulse_recipe *recipe, pulse_parallel *threads, pulse_net *net);
void pulse_stepper_free(pulse_stepper *stepper);

typedef struct pulse_step_result {
    double loss;
    double gradient_norm; /* before it is limited */
} pulse_step_result;

/* Trains on songs [count <= batch_size]. `number`: the step's, from 0, which its random numbers
 * hang on. `partners` NULL where the recipe has no contrastive term. */
pulse_step_result pulse_stepper_train(pulse_stepper *stepper, const uint32_t *songs, uint32_t count,
                                      const pulse_partners *partners, uint64_t number, float rate);

typedef struct pulse_step_evaluation {
    double loss;
    double reconstruction;
    double pairs;
    double *by_modality; /* [modalities] mean squared error, standardised, unweighted; NAN: none */
} pulse_step_evaluation;

/* Of songs that are not trained on, with nothing hidden, and the same partners every time. */
void pulse_stepper_evaluate(pulse_stepper *stepper, const uint32_t *songs, uint32_t count,
                            const pulse_partners *partners, pulse_step_evaluation *out);

/* The mean of the songs' latents [latent]. */
void pulse_stepper_mean_latent(pulse_stepper *stepper, const uint32_t *songs, uint32_t count,
                               float *mean);

#endif
