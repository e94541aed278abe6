#include "map/layout.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/log.h"

enum {
    EPOCHS = 250,
    PLACE_EPOCHS = 60,
    REPULSIONS = 5, /* for each attraction */
    BATCHES = 16,
    PART = 256 /* points */
};

/* By how much everything is drawn to the middle: what has no neighbours in common would drift
 * apart for ever, and the map be mostly empty. */
static const float gravity = 0.01f;
static const float longest_step = 4.0f;

typedef struct noise {
    uint64_t state;
} noise;

static noise noise_of(uint64_t key, uint64_t number)
{
    uint64_t z = key + (number + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (noise){z ^ (z >> 31)};
}

static uint32_t noise_bits(noise *random)
{
    random->state = random->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random->state >> 32);
}

typedef struct point {
    float x, y;
} point;

static float limited(float step)
{
    return step > longest_step ? longest_step : step < -longest_step ? -longest_step : step;
}

/*
 * One epoch of one point: the gradient of the cross entropy between the weights and the map's
 * similarity 1 / (1 + distance^2), edge by edge with random others for what is no edge. An edge
 * acts as often as it weighs. The others stay where they are meanwhile.
 */
static point step(point at, const pulse_map_edge *edges, size_t count, const float *xy,
                  uint32_t points, uint32_t self, float rate, noise random)
{
    for (size_t e = 0; e < count; ++e) {
        if ((float)(noise_bits(&random) >> 8) * 0x1p-24f >= edges[e].weight)
            continue;
        const float *near = xy + 2 * (size_t)edges[e].to;
        float dx = near[0] - at.x, dy = near[1] - at.y;
        float force = 2.0f / (1.0f + dx * dx + dy * dy);
        at.x += limited(force * dx) * rate;
        at.y += limited(force * dy) * rate;
        for (uint32_t n = 0; n < REPULSIONS; ++n) {
            const uint32_t other = (uint32_t)(((uint64_t)noise_bits(&random) * points) >> 32);
            if (other == self)
                continue;
            dx = at.x - xy[2 * (size_t)other];
            dy = at.y - xy[2 * (size_t)other + 1];
            const float square = dx * dx + dy * dy;
            force = 2.0f / ((0.001f + square) * (1.0f + square));
            at.x += limited(force * dx) * rate;
            at.y += limited(force * dy) * rate;
        }
    }
    at.x *= 1.0f - gravity * rate;
    at.y *= 1.0f - gravity * rate;
    return at;
}

/* ---- All of them ---------------------------------------------------------------------------- */

typedef struct walk {
    uint32_t points;
    const pulse_map_graph *graph;
    uint64_t seed;
    uint32_t epoch;
    uint32_t first, end; /* the batch */
    float rate;
    float *xy;   /* [points, 2] */
    float *next; /* [points, 2] of the batch, until all of it has moved */
} walk;

static void move_part(void *context, uint32_t part, uint32_t thread)
{
    (void)thread;
    const walk *w = context;
    const size_t *starts = w->graph->starts;
    const uint32_t first = w->first + part * PART;
    for (uint32_t i = first; i < w->end && i - first < PART; ++i) {
        const noise random = noise_of(w->seed, (uint64_t)w->epoch << 32 | i);
        const point from = {w->xy[2 * (size_t)i], w->xy[2 * (size_t)i + 1]};
        const point to = step(from, w->graph->edges + starts[i], starts[i + 1] - starts[i], w->xy,
                              w->points, i, w->rate, random);
        w->next[2 * (size_t)i] = to.x;
        w->next[2 * (size_t)i + 1] = to.y;
    }
}

/* The points of a batch see each other where they were before it: so no thread reads what another
 * writes. A sixteenth at a time, they do not all run past each other. */
static void move_all(walk *w, pulse_parallel *parallel)
{
    for (uint32_t batch = 0; batch < BATCHES; ++batch) {
        w->first = (uint32_t)((uint64_t)w->points * batch / BATCHES);
        w->end = (uint32_t)((uint64_t)w->points * (batch + 1) / BATCHES);
        pulse_parallel_run(parallel, move_part, w, (w->end - w->first + PART - 1) / PART);
        memcpy(w->xy + 2 * (size_t)w->first, w->next + 2 * (size_t)w->first,
               2 * (size_t)(w->end - w->first) * sizeof *w->xy);
    }
}

int pulse_map_layout(uint32_t points, const pulse_map_graph *graph, uint64_t seed,
                     pulse_parallel *parallel, float *xy, pulse_failure *failure)
{
    walk w = {.points = points,
              .graph = graph,
              .seed = seed,
              .xy = xy,
              .next = pulse_need((size_t)points * 2, sizeof *w.next)};
    int code = 0;
    for (w.epoch = 0; w.epoch < EPOCHS && !code; ++w.epoch) {
        w.rate = 1.0f - (float)w.epoch / EPOCHS;
        move_all(&w, parallel);
        pulse_progress("map", w.epoch + 1, EPOCHS, "");
        if (pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    pulse_progress_clear();
    free(w.next);
    return code;
}

/* ---- One more ------------------------------------------------------------------------------- */

void pulse_map_place(const float *settled, uint32_t points, const pulse_map_edge *edges,
                     uint32_t count, uint64_t key, float *xy)
{
    point at = {xy[0], xy[1]};
    for (uint32_t epoch = 0; epoch < PLACE_EPOCHS; ++epoch)
        at = step(at, edges, count, settled, points, points,
                  0.5f * (1.0f - (float)epoch / PLACE_EPOCHS), noise_of(key, epoch));
    xy[0] = at.x;
    xy[1] = at.y;
}
