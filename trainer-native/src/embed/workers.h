/*
 * Threads that encode texts. Each has an encoder of its own, with one thread: texts do not depend
 * on each other, and threads that work on different ones need not wait for each other.
 */
#ifndef PULSE_TRAINER_EMBED_WORKERS_H
#define PULSE_TRAINER_EMBED_WORKERS_H

#include "embed/cache.h"
#include "encoder/encoder_files.h"

/* Texts that are encoded at once: few enough to be stopped between them. */
#define PULSE_EMBED_BATCH 16u

typedef struct pulse_embed_batch {
    uint32_t count;
    char *texts[PULSE_EMBED_BATCH]; /* pulse_string_free */
    size_t sizes[PULSE_EMBED_BATCH];
    uint8_t hashes[PULSE_EMBED_BATCH * PULSE_LYRICS_HASH];
    uint32_t work;  /* the caller's: how many texts it stands for */
    float *vectors; /* [PULSE_EMBED_BATCH, dimensions] */
    pulse_status status;
    pulse_error error;
} pulse_embed_batch;

typedef struct pulse_embed_workers pulse_embed_workers;

/* Opens one encoder; no thread is started. `files` and `name`, the encoder's for messages, must
 * outlive the workers. */
int pulse_embed_workers_open(const pulse_encoder_files *files, const char *name,
                             pulse_compute compute, pulse_embed_workers **out,
                             pulse_failure *failure);
/* Starts so many threads, once; before there are batches. */
int pulse_embed_workers_start(pulse_embed_workers *workers, uint32_t threads,
                              pulse_failure *failure);
/* Waits for what is being encoded. */
void pulse_embed_workers_stop(pulse_embed_workers *workers);
uint32_t pulse_embed_workers_dimensions(const pulse_embed_workers *workers);
pulse_compute pulse_embed_workers_compute(const pulse_embed_workers *workers);

/* An empty batch to fill, or NULL where all are in use: take a finished one first. */
pulse_embed_batch *pulse_embed_workers_empty(pulse_embed_workers *workers);
/* Gives a filled batch to the threads. */
void pulse_embed_workers_give(pulse_embed_workers *workers, pulse_embed_batch *batch);
/* A finished batch; waits for one if `wait`; NULL where there is none. Its texts have been freed.
 */
pulse_embed_batch *pulse_embed_workers_take(pulse_embed_workers *workers, bool wait);
/* Done with a batch: it is empty again. */
void pulse_embed_workers_return(pulse_embed_workers *workers, pulse_embed_batch *batch);

#endif
