/*
 * A training that was not finished, on disk: everything that the rest of it depends on, so that it
 * ends as it would have ended. Random numbers hang on the seed and on the step's number (batch.h),
 * so the step's number is all there is to keep of them.
 */
#ifndef PULSE_TRAINER_CHECKPOINT_H
#define PULSE_TRAINER_CHECKPOINT_H

#include "base/memory.h"
#include "train/net.h"

/* What a training is for: the log says it, and the final one adds to the log of the first. */
typedef enum pulse_stage { PULSE_STAGE_MEASURED = 0, PULSE_STAGE_FINAL = 1 } pulse_stage;

typedef struct pulse_training_report {
    uint32_t epochs;     /* run */
    uint32_t best_epoch; /* whose weights were kept, from 1 */
    double validation;   /* the loss there */
    double seconds;
} pulse_training_report;

/* Where a training is. */
typedef struct pulse_training_state {
    uint32_t epoch; /* epochs that are done */
    uint32_t batch; /* batches of the next that are done */
    double loss;    /* the sum over those batches */
    double norm;    /* of the gradients, too */
    uint64_t steps;
    uint32_t best_epoch; /* 0: none yet */
    double best;         /* its validation loss */
    double seconds;
    float plateau; /* the schedule's */
    uint32_t unchanged;
} pulse_training_state;

/* Which training it is: one of another recipe, or of other songs, must not be gone on with. */
typedef struct pulse_training_identity {
    const pulse_recipe *recipe; /* as it was asked for */
    char data[65];              /* a hash of songs and lyrics embeddings */
} pulse_training_identity;

typedef struct pulse_checkpoint {
    pulse_stage stage;
    pulse_training_state state;
    size_t parameter_count;
    const float *parameters, *mean, *variance, *best; /* [parameter_count] */
    uint32_t epochs;                                  /* in this stage, at most */
    const float *plateaus;                            /* [epochs] the schedule's, by epoch */
    const char *log; /* [log_size] train.jsonl so far; a NUL follows */
    size_t log_size;

    /* In the final stage: the first stage's model, its report and its schedule. */
    const void *measured; /* [measured_size] */
    size_t measured_size;
    pulse_training_report measured_report;
    uint32_t measured_epochs;
    const float *measured_plateaus; /* [measured_epochs] */

    void *file; /* what they point into, when it was read; private */
    uint8_t *bytes;
} pulse_checkpoint;

/* Whole or not at all (io/files.h). */
int pulse_checkpoint_write(const char *path, const pulse_training_identity *identity,
                           const pulse_checkpoint *checkpoint, pulse_failure *failure);

/* *found false: there is none. One of another training or of another version of the program, or a
 * damaged one, is a failure that says which and what to do. */
int pulse_checkpoint_read(const char *path, const pulse_training_identity *identity,
                          pulse_checkpoint *out, bool *found, pulse_failure *failure);
void pulse_checkpoint_free(pulse_checkpoint *checkpoint);

#endif
