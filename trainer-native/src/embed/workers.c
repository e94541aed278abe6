#include "embed/workers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/log.h"

typedef enum slot_state { SLOT_EMPTY, SLOT_FILLING, SLOT_READY, SLOT_BUSY, SLOT_DONE } slot_state;

typedef struct slot {
    pulse_embed_batch batch; /* first, so that a batch is its slot */
    slot_state state;
    uint64_t number; /* batches are taken in the order they were given */
} slot;

typedef struct worker {
    pulse_embed_workers *owner;
    pulse_encoder *encoder;
    pthread_t thread;
    bool started;
} worker;

struct pulse_embed_workers {
    pthread_mutex_t lock; /* of the slots' states, and of `stopping` */
    pthread_cond_t given, done;
    bool stopping;
    const pulse_encoder_files *files;
    const char *name;
    pulse_encoder *first; /* until a thread has it */
    uint32_t count;
    worker *workers; /* [count] */
    uint32_t slots_count;
    slot *slots; /* [slots_count]: as many waiting as being encoded */
    uint64_t next;
    uint32_t dimensions;
    pulse_compute compute;
};

/* The lowest in that state, or NULL. Under the lock. */
static slot *find(pulse_embed_workers *workers, slot_state state)
{
    slot *found = NULL;
    for (uint32_t i = 0; i < workers->slots_count; ++i) {
        slot *candidate = &workers->slots[i];
        if (candidate->state == state && (!found || candidate->number < found->number))
            found = candidate;
    }
    return found;
}

static void free_texts(pulse_embed_batch *batch)
{
    for (uint32_t i = 0; i < batch->count; ++i) {
        pulse_string_free(batch->texts[i]);
        batch->texts[i] = NULL;
    }
}

static void encode(pulse_encoder *encoder, pulse_embed_batch *batch)
{
    pulse_span spans[PULSE_EMBED_BATCH];
    for (uint32_t i = 0; i < batch->count; ++i)
        spans[i] = (pulse_span){batch->texts[i], batch->sizes[i]};
    batch->status =
        pulse_encoder_encode(encoder, spans, batch->count, batch->vectors, &batch->error);
    free_texts(batch);
}

static void *work(void *context)
{
    worker *self = context;
    pulse_embed_workers *workers = self->owner;
    pthread_mutex_lock(&workers->lock);
    for (;;) {
        slot *taken;
        while ((taken = find(workers, SLOT_READY)) == NULL && !workers->stopping)
            pthread_cond_wait(&workers->given, &workers->lock);
        if (workers->stopping)
            break;
        taken->state = SLOT_BUSY;
        pthread_mutex_unlock(&workers->lock);
        encode(self->encoder, &taken->batch);
        pthread_mutex_lock(&workers->lock);
        taken->state = SLOT_DONE;
        pthread_cond_signal(&workers->done);
    }
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

static int open_encoder(pulse_embed_workers *workers, pulse_compute compute, pulse_encoder **out,
                        pulse_failure *failure)
{
    const pulse_encoder_files *files = workers->files;
    const pulse_encoder_params how = {.threads = 1, .compute = compute, .log = pulse_log_to_stderr};
    pulse_error error;
    if (pulse_encoder_open(files->weights, files->weights_size, files->vocab, files->vocab_size,
                           &how, out, &error) != PULSE_OK)
        return pulse_failure_core_file(failure, workers->name, &error);
    return 0;
}

/* The first encoder finds out which way is the fastest, if it is asked to; the others do as it
 * does. */
int pulse_embed_workers_open(const pulse_encoder_files *files, const char *name,
                             pulse_compute compute, pulse_embed_workers **out,
                             pulse_failure *failure)
{
    pulse_embed_workers *workers = pulse_need(1, sizeof *workers);
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->given, NULL);
    pthread_cond_init(&workers->done, NULL);
    workers->files = files;
    workers->name = name;
    const int code = open_encoder(workers, compute, &workers->first, failure);
    if (code) {
        pulse_embed_workers_stop(workers);
        workers = NULL;
    } else {
        workers->compute = pulse_encoder_compute(workers->first);
        workers->dimensions = pulse_encoder_dimensions(workers->first);
    }
    *out = workers;
    return code;
}

static int start_thread(pulse_embed_workers *workers, worker *each, pulse_failure *failure)
{
    int code = 0;
    each->owner = workers;
    if (workers->first) {
        each->encoder = workers->first;
        workers->first = NULL;
    } else {
        code = open_encoder(workers, workers->compute, &each->encoder, failure);
    }
    if (!code && pthread_create(&each->thread, NULL, work, each) != 0)
        code = pulse_failure_set(failure, PULSE_EXIT_FAILED,
                                 "no more threads can be started; try fewer --jobs");
    each->started = !code;
    return code;
}

int pulse_embed_workers_start(pulse_embed_workers *workers, uint32_t threads,
                              pulse_failure *failure)
{
    workers->count = threads;
    workers->workers = pulse_need(threads, sizeof *workers->workers);
    workers->slots_count = 2 * threads;
    workers->slots = pulse_need(workers->slots_count, sizeof *workers->slots);
    for (uint32_t i = 0; i < workers->slots_count; ++i)
        workers->slots[i].batch.vectors =
            pulse_need((size_t)PULSE_EMBED_BATCH * workers->dimensions, sizeof(float));
    int code = 0;
    for (uint32_t i = 0; i < threads && !code; ++i)
        code = start_thread(workers, &workers->workers[i], failure);
    return code;
}

void pulse_embed_workers_stop(pulse_embed_workers *workers)
{
    if (!workers)
        return;
    pthread_mutex_lock(&workers->lock);
    workers->stopping = true;
    pthread_cond_broadcast(&workers->given);
    pthread_mutex_unlock(&workers->lock);
    for (uint32_t i = 0; i < workers->count; ++i) {
        if (workers->workers[i].started)
            pthread_join(workers->workers[i].thread, NULL);
        pulse_encoder_close(workers->workers[i].encoder);
    }
    pulse_encoder_close(workers->first);
    for (uint32_t i = 0; i < workers->slots_count; ++i) {
        free_texts(&workers->slots[i].batch);
        free(workers->slots[i].batch.vectors);
    }
    pthread_cond_destroy(&workers->given);
    pthread_cond_destroy(&workers->done);
    pthread_mutex_destroy(&workers->lock);
    free(workers->workers);
    free(workers->slots);
    free(workers);
}

uint32_t pulse_embed_workers_dimensions(const pulse_embed_workers *workers)
{
    return workers->dimensions;
}

pulse_compute pulse_embed_workers_compute(const pulse_embed_workers *workers)
{
    return workers->compute;
}

pulse_embed_batch *pulse_embed_workers_empty(pulse_embed_workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    slot *empty = find(workers, SLOT_EMPTY);
    if (empty) {
        empty->state = SLOT_FILLING;
        empty->batch.count = 0;
        empty->batch.work = 0;
    }
    pthread_mutex_unlock(&workers->lock);
    return empty ? &empty->batch : NULL;
}

void pulse_embed_workers_give(pulse_embed_workers *workers, pulse_embed_batch *batch)
{
    slot *filled = (slot *)(void *)batch;
    pthread_mutex_lock(&workers->lock);
    filled->state = SLOT_READY;
    filled->number = workers->next++;
    pthread_cond_signal(&workers->given);
    pthread_mutex_unlock(&workers->lock);
}

pulse_embed_batch *pulse_embed_workers_take(pulse_embed_workers *workers, bool wait)
{
    pthread_mutex_lock(&workers->lock);
    slot *done;
    while ((done = find(workers, SLOT_DONE)) == NULL && wait &&
           (find(workers, SLOT_READY) || find(workers, SLOT_BUSY)))
        pthread_cond_wait(&workers->done, &workers->lock);
    if (done)
        done->state = SLOT_FILLING; /* the caller's */
    pthread_mutex_unlock(&workers->lock);
    return done ? &done->batch : NULL;
}

void pulse_embed_workers_return(pulse_embed_workers *workers, pulse_embed_batch *batch)
{
    slot *used = (slot *)(void *)batch;
    pthread_mutex_lock(&workers->lock);
    used->state = SLOT_EMPTY;
    pthread_mutex_unlock(&workers->lock);
}
