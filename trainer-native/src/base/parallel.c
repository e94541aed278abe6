#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

enum { MOST_THREADS = 64 };

typedef struct worker {
    pulse_parallel *owner;
    uint32_t number;
    pthread_t thread;
} worker;

struct pulse_parallel {
    pthread_mutex_t lock; /* for whoever sleeps or wakes */
    pthread_cond_t given, done;
    atomic_uint round; /* grows with every run */
    atomic_bool stopping;
    atomic_uint busy;     /* workers that are not done with this round */
    atomic_uint sleeping; /* workers that wait for `given` */
    atomic_bool waiting;  /* whether the calling thread waits for `done` */
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

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void pause_shortly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/* To sleep and to be woken takes longer than a short round does, on a virtual machine milliseconds.
 * So whoever waits looks for a while first, and lets others run where there are any. Gives whether
 * `*value` has left `from` by then. */
static bool changes_soon(atomic_uint *value, unsigned from)
{
    const double end = now() + 0.002;
    for (unsigned turn = 0;; ++turn) {
        if (atomic_load(value) != from)
            return true;
        if (turn % 64 != 63) {
            pause_shortly();
            continue;
        }
        if (now() > end)
            return false;
        sched_yield();
    }
}

static void wait_for_work(pulse_parallel *parallel, unsigned seen)
{
    if (changes_soon(&parallel->round, seen))
        return;
    pthread_mutex_lock(&parallel->lock);
    atomic_fetch_add(&parallel->sleeping, 1);
    while (atomic_load(&parallel->round) == seen)
        pthread_cond_wait(&parallel->given, &parallel->lock);
    atomic_fetch_sub(&parallel->sleeping, 1);
    pthread_mutex_unlock(&parallel->lock);
}

/* Begins a round. Whoever is about to sleep either sees it or is seen, and woken. */
static void give(pulse_parallel *parallel)
{
    atomic_fetch_add(&parallel->round, 1);
    if (atomic_load(&parallel->sleeping) == 0)
        return;
    pthread_mutex_lock(&parallel->lock);
    pthread_cond_broadcast(&parallel->given);
    pthread_mutex_unlock(&parallel->lock);
}

static void *run(void *context)
{
    worker *self = context;
    pulse_parallel *parallel = self->owner;
    for (unsigned seen = 0;; ++seen) {
        wait_for_work(parallel, seen);
        if (atomic_load(&parallel->stopping))
            return NULL;
        take_parts(parallel, self->number);
        if (atomic_fetch_sub(&parallel->busy, 1) == 1 && atomic_load(&parallel->waiting)) {
            pthread_mutex_lock(&parallel->lock);
            pthread_cond_signal(&parallel->done);
            pthread_mutex_unlock(&parallel->lock);
        }
    }
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
    atomic_store(&parallel->stopping, true);
    give(parallel);
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

static void wait_for_workers(pulse_parallel *parallel)
{
    unsigned left;
    while ((left = atomic_load(&parallel->busy)) != 0) {
        if (changes_soon(&parallel->busy, left))
            continue;
        pthread_mutex_lock(&parallel->lock);
        atomic_store(&parallel->waiting, true);
        while (atomic_load(&parallel->busy) != 0)
            pthread_cond_wait(&parallel->done, &parallel->lock);
        atomic_store(&parallel->waiting, false);
        pthread_mutex_unlock(&parallel->lock);
    }
}

void pulse_parallel_run(pulse_parallel *parallel, pulse_parallel_fn work, void *context,
                        uint32_t parts)
{
    parallel->work = work;
    parallel->context = context;
    parallel->parts = parts;
    atomic_store(&parallel->next, 0);
    atomic_store(&parallel->busy, parallel->count);
    give(parallel);
    take_parts(parallel, 0);
    wait_for_workers(parallel);
}
