#include "map/trust.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/log.h"

enum { QUERIES = 32, CANDIDATES = 4096, MOST_NEIGHBOURS = 64 };

typedef struct task {
    const float *vectors, *xy;
    const uint32_t *queries;
    uint32_t songs, dimensions, query_count, neighbours, first_part;
    float *scores; /* [threads, QUERIES, CANDIDATES] */
    float *asked;  /* [threads, QUERIES, dimensions] */
    double *sums;  /* [parts] ranks beyond the neighbourhood */
} task;

/* The nearest on the map, nearest first; of equally near ones the first. */
static void nearest_on_map(const task *t, uint32_t query, uint32_t *songs)
{
    float distances[MOST_NEIGHBOURS] = {0};
    const float x = t->xy[2 * (size_t)query], y = t->xy[2 * (size_t)query + 1];
    uint32_t used = 0;
    for (uint32_t i = 0; i < t->songs; ++i) {
        const float dx = t->xy[2 * (size_t)i] - x, dy = t->xy[2 * (size_t)i + 1] - y;
        const float distance = dx * dx + dy * dy;
        if ((used == t->neighbours && distance >= distances[used - 1]) || i == query)
            continue;
        uint32_t at = used < t->neighbours ? used++ : used - 1;
        for (; at > 0 && distances[at - 1] > distance; --at) {
            distances[at] = distances[at - 1];
            songs[at] = songs[at - 1];
        }
        distances[at] = distance;
        songs[at] = i;
    }
}

static void judge(void *context, uint32_t part, uint32_t thread)
{
    const task *t = context;
    const uint32_t width = t->dimensions, first = (t->first_part + part) * QUERIES;
    const uint32_t some = t->query_count - first < QUERIES ? t->query_count - first : QUERIES;
    float *scores = t->scores + (size_t)thread * QUERIES * CANDIDATES;
    float *asked = t->asked + (size_t)thread * QUERIES * width;
    uint32_t near[QUERIES][MOST_NEIGHBOURS] = {{0}}, ranks[QUERIES][MOST_NEIGHBOURS] = {{0}};
    float cosines[QUERIES][MOST_NEIGHBOURS] = {{0}};
    for (uint32_t q = 0; q < some; ++q) {
        const uint32_t query = t->queries[first + q];
        float *vector = asked + (size_t)q * width;
        memcpy(vector, t->vectors + (size_t)query * width, width * sizeof *vector);
        nearest_on_map(t, query, near[q]);
        for (uint32_t k = 0; k < t->neighbours; ++k) {
            cosines[q][k] =
                cblas_sdot((int)width, vector, 1, t->vectors + (size_t)near[q][k] * width, 1);
            ranks[q][k] = 1;
        }
    }
    for (uint32_t c = 0; c < t->songs; c += CANDIDATES) {
        const uint32_t block = t->songs - c < CANDIDATES ? t->songs - c : CANDIDATES;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)some, (int)block, (int)width,
                    1.0f, asked, (int)width, t->vectors + (size_t)c * width, (int)width, 0.0f,
                    scores, CANDIDATES);
        for (uint32_t q = 0; q < some; ++q) {
            float *row = scores + (size_t)q * CANDIDATES;
            const uint32_t query = t->queries[first + q];
            if (query >= c && query < c + block)
                row[query - c] = -2.0f; /* is no neighbour of itself */
            for (uint32_t k = 0; k < t->neighbours; ++k) {
                /* The same product in another order of summing is not nearer than itself. */
                const uint32_t self = near[q][k];
                const float cosine = cosines[q][k];
                uint32_t nearer = 0;
                for (uint32_t i = 0; i < block; ++i)
                    nearer += row[i] > cosine;
                if (self >= c && self < c + block)
                    nearer -= row[self - c] > cosine;
                ranks[q][k] += nearer;
            }
        }
    }
    double sum = 0;
    for (uint32_t q = 0; q < some; ++q) {
        for (uint32_t k = 0; k < t->neighbours; ++k)
            sum += ranks[q][k] > t->neighbours ? ranks[q][k] - t->neighbours : 0;
    }
    t->sums[t->first_part + part] = sum;
}

int pulse_map_trust(const float *vectors, uint32_t songs, uint32_t dimensions, const float *xy,
                    const uint32_t *queries, uint32_t query_count, uint32_t neighbours,
                    pulse_parallel *parallel, double *out, pulse_failure *failure)
{
    *out = NAN;
    const double span = 2.0 * songs - 3.0 * neighbours - 1;
    if (neighbours == 0 || neighbours > MOST_NEIGHBOURS || query_count == 0 || span <= 0)
        return 0;
    const uint32_t parts = (query_count + QUERIES - 1) / QUERIES;
    const uint32_t threads = pulse_parallel_threads(parallel), between = 4 * threads;
    task t = {.vectors = vectors,
              .xy = xy,
              .queries = queries,
              .songs = songs,
              .dimensions = dimensions,
              .query_count = query_count,
              .neighbours = neighbours};
    t.scores = pulse_need((size_t)threads * QUERIES * CANDIDATES, sizeof *t.scores);
    t.asked = pulse_need((size_t)threads * QUERIES * dimensions, sizeof *t.asked);
    t.sums = pulse_need(parts, sizeof *t.sums);
    int code = 0;
    for (uint32_t part = 0; part < parts && !code; part += between) {
        const uint32_t some = parts - part < between ? parts - part : between;
        t.first_part = part;
        pulse_parallel_run(parallel, judge, &t, some);
        pulse_progress("measure", part + some, parts, "map");
        if (pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    pulse_progress_clear();
    double sum = 0;
    for (uint32_t part = 0; part < parts; ++part)
        sum += t.sums[part];
    *out = 1 - 2.0 / ((double)query_count * neighbours * span) * sum;
    free(t.scores);
    free(t.asked);
    free(t.sums);
    return code;
}
