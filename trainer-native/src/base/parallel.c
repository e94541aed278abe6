#include "base/parallel.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"

enum { MOST_THREADS = 64 };

typedef struct worker {
    pulse_parallel *owner;
    uint32_t number;
    pthread_t thread;
} worker;

struct pulse_parallel {
    pthread_mutex_t lock; /* of what follows, but for `next` */
    pthread_cond_t given, done;
    uint64_t round; /* grows with every run */
    bool stopping;
    uint32_t busy; /* workers that are not done with this round */
    pulse_parallel_fn work;
    void *context;
    uint32_t parts;
    atomic_uint next; /* the first part that nobody has taken */
    uint32_t count;   /* of the workers, the calling thread not counted */
    worker *workers;  /* [count] */
};

static void take_parts(pulse_parallel *parallel, uint32_t thread)
{
    for (;;) {
        const uint32_t part = atomic_fetch_add(&parallel->next, 1);
        if (part >= parallel->parts)
            return;
        parallel->work(parallel->context, part, thread);
    }
}

static void *run(void *context)
{
    worker *self = context;
    pulse_parallel *parallel = self->owner;
    uint64_t seen = 0;
    pthread_mutex_lock(&parallel->lock);
    for (;;) {
        while (parallel->round == seen && !parallel->stopping)
            pthread_cond_wait(&parallel->given, &parallel->lock);
        if (parallel->stopping)
            break;
        seen = parallel->round;
        pthread_mutex_unlock(&parallel->lock);
        take_parts(parallel, self->number);
        pthread_mutex_lock(&parallel->lock);
        if (--parallel->busy == 0)
            pthread_cond_signal(&parallel->done);
    }
    pthread_mutex_unlock(&parallel->lock);
    return NULL;
}

pulse_parallel *pulse_parallel_start(uint32_t threads)
{
    if (threads == 0) {
        const long processors = sysconf(_SC_NPROCESSORS_ONLN);
        threads = processors > 0 ? (uint32_t)processors : 1;
    }
    if (threads > MOST_THREADS)
        threads = MOST_THREADS;
    pulse_parallel *parallel = pulse_need(1, sizeof *parallel);
    pthread_mutex_init(&parallel->lock, NULL);
    pthread_cond_init(&parallel->given, NULL);
    pthread_cond_init(&parallel->done, NULL);
    parallel->workers = pulse_need(threads, sizeof *parallel->workers);
    /* Ctrl-C is the calling thread's. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (parallel->count + 1 < threads) {
        worker *next = &parallel->workers[parallel->count];
        *next = (worker){.owner = parallel, .number = parallel->count + 1};
        if (pthread_create(&next->thread, NULL, run, next) != 0)
            break;
        ++parallel->count;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return parallel;
}

void pulse_parallel_stop(pulse_parallel *parallel)
{
    if (!parallel)
        return;
    pthread_mutex_lock(&parallel->lock);
    parallel->stopping = true;
    pthread_cond_broadcast(&parallel->given);
    pthread_mutex_unlock(&parallel->lock);
    for (uint32_t i = 0; i < parallel->count; ++i)
        pthread_join(parallel->workers[i].thread, NULL);
    pthread_mutex_destroy(&parallel->lock);
    pthread_cond_destroy(&parallel->given);
    pthread_cond_destroy(&parallel->done);
    free(parallel->workers);
    free(parallel);
}

uint32_t pulse_parallel_threads(const pulse_parallel *parallel)
{
    return parallel->count + 1;
}

void pulse_parallel_run(pulse_parallel *parallel, pulse_parallel_fn work, void *context,
                        uint32_t parts)
{
    if (parts <= 1 || parallel->count == 0) { /* nobody needs to wake up for that */
        for (uint32_t part = 0; part < parts; ++part)
            work(context, part, 0);
        return;
    }
    pthread_mutex_lock(&parallel->lock);
    parallel->work = work;
    parallel->context = context;
    parallel->parts = parts;
    atomic_store(&parallel->next, 0);
    parallel->busy = parallel->count;
    ++parallel->round;
    pthread_cond_broadcast(&parallel->given);
    pthread_mutex_unlock(&parallel->lock);
    take_parts(parallel, 0);
    pthread_mutex_lock(&parallel->lock);
    while (parallel->busy)
        pthread_cond_wait(&parallel->done, &parallel->lock);
    pthread_mutex_unlock(&parallel->lock);
}
