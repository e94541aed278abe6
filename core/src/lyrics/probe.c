#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "lyrics/probe.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <xnnpack.h>

/* Rows of the product that is timed: a short sentence or two. */
#define ROWS 40

/* Each way is run in turn, so that what disturbs one disturbs all, and so that a browser can
 * compile one for speed while the others run. It needs some calls before it begins to. */
#define LEAST_ROUNDS 6
#ifdef __EMSCRIPTEN__
#define ROUNDS 40
#define ROUNDS_SECONDS 0.080
#else
#define ROUNDS 12
#define ROUNDS_SECONDS 0.030
#endif

/* How much faster a less exact way must be to be taken. */
#define WORTH 0.95

/* The most exact first. */
static const pulse_compute ways[] = {PULSE_COMPUTE_F32_INT8, PULSE_COMPUTE_F32, PULSE_COMPUTE_INT16,
                                     PULSE_COMPUTE_INT8};
#define WAYS (sizeof ways / sizeof *ways)

typedef struct probe {
    pulse_dense *dense[WAYS];
    double seconds[WAYS]; /* the shortest run */
    float *x;
    float *y;
    void *scratch;
} probe;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static pulse_status make_ways(probe *probing, const pulse_matrix *matrix, pulse_error *error)
{
    size_t scratch = 0;
    for (size_t w = 0; w < WAYS; ++w) {
        probing->seconds[w] = 1e30;
        if (!pulse_dense_offers(ways[w]))
            continue;
        pulse_status status = pulse_dense_create(matrix, ways[w], &probing->dense[w], error);
        if (status != PULSE_OK)
            return status;
        const size_t bytes = pulse_dense_scratch(probing->dense[w], ROWS);
        scratch = bytes > scratch ? bytes : scratch;
    }
    const size_t extra = XNN_EXTRA_BYTES / sizeof(float);
    const size_t values = ROWS * (size_t)matrix->inputs;
    probing->x = pulse_calloc(values + extra, sizeof(float));
    probing->y = pulse_calloc(ROWS * (size_t)matrix->outputs + extra, sizeof(float));
    probing->scratch = pulse_calloc(scratch, 1);
    if (!probing->x || !probing->y || !probing->scratch)
        return pulse_out_of_memory(error);
    uint32_t state = 1;
    for (size_t i = 0; i < values; ++i) {
        state = state * 1664525u + 1013904223u;
        probing->x[i] = (float)(int32_t)state * 0x1p-31f;
    }
    return PULSE_OK;
}

static pulse_status time_ways(probe *probing, pulse_error *error)
{
    const double begin = now();
    for (int round = 0; round < LEAST_ROUNDS || (round < ROUNDS && now() - begin < ROUNDS_SECONDS);
         ++round) {
        for (size_t w = 0; w < WAYS; ++w) {
            if (!probing->dense[w])
                continue;
            const double start = now();
            pulse_status status = pulse_dense_run(probing->dense[w], NULL, probing->x, ROWS,
                                                  probing->y, probing->scratch, error);
            if (status != PULSE_OK)
                return status;
            const double seconds = now() - start;
            if (seconds < probing->seconds[w])
                probing->seconds[w] = seconds;
        }
    }
    return PULSE_OK;
}

static size_t best_way(const probe *probing)
{
    size_t best = 0;
    for (size_t w = 1; w < WAYS; ++w)
        if (probing->seconds[w] < WORTH * probing->seconds[best])
            best = w;
    return best;
}

static void report(const probe *probing, size_t best, pulse_log_fn log, void *log_context)
{
    char text[256];
    int used = snprintf(text, sizeof text, "lyrics encoder: computes as %s; a product takes",
                        pulse_compute_name(ways[best]));
    for (size_t w = 0; w < WAYS; ++w)
        if (probing->dense[w])
            used += snprintf(text + used, sizeof text - (size_t)used, "%s %s %.3f ms", w ? "," : "",
                             pulse_compute_name(ways[w]), probing->seconds[w] * 1e3);
    log(log_context, PULSE_LOG_DEBUG, text);
}

pulse_status pulse_probe(const pulse_matrix *matrix, pulse_log_fn log, void *log_context,
                         pulse_compute *out, pulse_error *error)
{
    if (!matrix->int8) {
        *out = PULSE_COMPUTE_F32;
        return PULSE_OK;
    }
    probe probing = {0};
    pulse_status status = make_ways(&probing, matrix, error);
    if (status == PULSE_OK)
        status = time_ways(&probing, error);
    if (status == PULSE_OK) {
        const size_t best = best_way(&probing);
        *out = ways[best];
        if (log)
            report(&probing, best, log, log_context);
    }
    for (size_t w = 0; w < WAYS; ++w)
        pulse_dense_free(probing.dense[w]);
    pulse_free(probing.x);
    pulse_free(probing.y);
    pulse_free(probing.scratch);
    return status;
}
