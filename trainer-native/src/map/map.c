#include "map/map.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "cli/log.h"
#include "evaluate/space.h"
#include "map/layout.h"
#include "map/neighbours.h"
#include "map/trust.h"

enum {
    NEIGHBOURS = 15,
    COARSEST = 1000, /* points of the first layout, */
    FINER = 6,       /* times more in each that follows */
    QUERIES = 2000,
    PLACED = 8192 /* songs put among the landmarks at a time */
};

/* Streams of the seed. */
enum { ORDER_STREAM = 101, START_STREAM = 102, LAYOUT_STREAM = 103, PLACE_STREAM, QUERY_STREAM };

typedef struct maker {
    const float *vectors; /* [songs, dimensions] */
    uint32_t songs, dimensions;
    uint64_t seed;
    pulse_parallel *parallel;
    uint32_t *order;    /* [songs] at random; the first `landmarks` are laid out */
    uint32_t landmarks; /* all, in catalogues that are not large */
    float *chosen;      /* [landmarks, dimensions] their vectors */
    float *settled;     /* [landmarks, 2] where they lie */
    float *xy;          /* [songs, 2] */
} maker;

static uint32_t *shuffled(const maker *m, uint64_t stream)
{
    uint32_t *order = pulse_need(m->songs, sizeof *order);
    for (uint32_t i = 0; i < m->songs; ++i)
        order[i] = i;
    pulse_random random = pulse_random_make(m->seed, stream);
    pulse_random_shuffle(&random, order, m->songs);
    return order;
}

static void gather(const maker *m, uint32_t first, uint32_t count, float *out)
{
    for (uint32_t i = 0; i < count; ++i)
        memcpy(out + (size_t)i * m->dimensions,
               m->vectors + (size_t)m->order[first + i] * m->dimensions,
               m->dimensions * sizeof *out);
}

/* ---- The landmarks -------------------------------------------------------------------------- */

/* By the two principal components, close together: near enough for any two to find each other. */
static int start_coarsest(maker *m, uint32_t points, pulse_failure *failure)
{
    uint32_t *all = pulse_need(points, sizeof *all);
    for (uint32_t i = 0; i < points; ++i)
        all[i] = i;
    pulse_pca pca;
    const int code = pulse_pca_fit(m->chosen, m->dimensions, all, points, 2, &pca, failure);
    free(all);
    if (code)
        return code;
    float *projected = pulse_need((size_t)points * 2, sizeof *projected);
    pulse_pca_project(&pca, m->chosen, points, projected); /* [points, 1 or 2] */
    double squares = 0;
    for (size_t i = 0; i < (size_t)points * pca.dimensions; ++i)
        squares += (double)projected[i] * projected[i];
    const double scale = squares > 0 ? sqrt(2.0 * points / squares) : 0;
    pulse_random random = pulse_random_make(m->seed, START_STREAM);
    for (uint32_t i = 0; i < points; ++i) {
        const float *from = projected + (size_t)i * pca.dimensions;
        float *to = m->settled + 2 * (size_t)i;
        /* No two in the same place, where nothing would push them apart. */
        to[0] = (float)(from[0] * scale) + 0.01f * pulse_random_normal(&random);
        to[1] = (pca.dimensions > 1 ? (float)(from[1] * scale) : 0.0f) +
                0.01f * pulse_random_normal(&random);
    }
    free(projected);
    pulse_pca_free(&pca);
    return 0;
}

/* Each new point begins where the nearest of those lies that are laid out. */
static int start_finer(maker *m, uint32_t before, uint32_t points, pulse_failure *failure)
{
    const pulse_map_search search = {.queries = m->chosen + (size_t)before * m->dimensions,
                                     .query_count = points - before,
                                     .candidates = m->chosen,
                                     .candidate_count = before,
                                     .dimensions = m->dimensions,
                                     .count = 1};
    uint32_t *nearest = pulse_need(points - before, sizeof *nearest);
    float *cosines = pulse_need(points - before, sizeof *cosines);
    const int code = pulse_map_nearest(&search, m->parallel, nearest, cosines, failure);
    pulse_random random = pulse_random_make(m->seed, START_STREAM + (uint64_t)before);
    for (uint32_t i = before; i < points && !code; ++i) {
        for (int axis = 0; axis < 2; ++axis)
            m->settled[2 * (size_t)i + axis] = m->settled[2 * (size_t)nearest[i - before] + axis] +
                                               0.1f * pulse_random_normal(&random);
    }
    free(nearest);
    free(cosines);
    return code;
}

static int lay_out(maker *m, uint32_t points, pulse_failure *failure)
{
    const uint32_t count = points - 1 < NEIGHBOURS ? points - 1 : NEIGHBOURS;
    const pulse_map_search search = {.queries = m->chosen,
                                     .query_count = points,
                                     .candidates = m->chosen,
                                     .candidate_count = points,
                                     .dimensions = m->dimensions,
                                     .same = true,
                                     .count = count};
    uint32_t *neighbours = pulse_need((size_t)points * count, sizeof *neighbours);
    float *cosines = pulse_need((size_t)points * count, sizeof *cosines);
    int code = pulse_map_nearest(&search, m->parallel, neighbours, cosines, failure);
    if (!code) {
        pulse_map_graph graph = pulse_map_graph_make(points, count, neighbours, cosines);
        code = pulse_map_layout(points, &graph, m->seed + LAYOUT_STREAM, m->parallel, m->settled,
                                failure);
        pulse_map_graph_free(&graph);
    }
    free(neighbours);
    free(cosines);
    return code;
}

/* A few first, then more among them: what belongs together finds together while there is room,
 * and is not torn by what starts between. */
static int lay_out_landmarks(maker *m, pulse_failure *failure)
{
    uint32_t points = m->landmarks;
    while (points > COARSEST * FINER / 2)
        points /= FINER;
    int code = start_coarsest(m, points, failure);
    if (!code)
        code = lay_out(m, points, failure);
    while (!code && points < m->landmarks) {
        const uint32_t before = points;
        points = m->landmarks / points < 2 * FINER ? m->landmarks : points * FINER;
        code = start_finer(m, before, points, failure);
        if (!code)
            code = lay_out(m, points, failure);
    }
    for (uint32_t i = 0; i < m->landmarks; ++i)
        memcpy(m->xy + 2 * (size_t)m->order[i], m->settled + 2 * (size_t)i, 2 * sizeof *m->xy);
    return code;
}

/* ---- The rest ------------------------------------------------------------------------------- */

typedef struct placing {
    const maker *m;
    uint32_t first, count;
    const uint32_t *neighbours; /* [count, NEIGHBOURS] */
    const float *cosines;
} placing;

static void place_part(void *context, uint32_t part, uint32_t thread)
{
    (void)thread;
    const placing *p = context;
    const maker *m = p->m;
    enum { PART = 256 };
    for (uint32_t i = part * PART; i < p->count && i < (part + 1) * PART; ++i) {
        const uint32_t *near = p->neighbours + (size_t)i * NEIGHBOURS;
        float weights[NEIGHBOURS];
        pulse_map_edge edges[NEIGHBOURS];
        pulse_map_weights(p->cosines + (size_t)i * NEIGHBOURS, NEIGHBOURS, weights);
        for (uint32_t k = 0; k < NEIGHBOURS; ++k)
            edges[k] = (pulse_map_edge){near[k], weights[k]};
        const uint32_t song = m->order[p->first + i];
        pulse_random random = pulse_random_make(m->seed + PLACE_STREAM, song);
        float *xy = m->xy + 2 * (size_t)song;
        for (int axis = 0; axis < 2; ++axis)
            xy[axis] = m->settled[2 * (size_t)near[0] + axis] + 0.1f * pulse_random_normal(&random);
        pulse_map_place(m->settled, m->landmarks, edges, NEIGHBOURS, pulse_random_bits(&random),
                        xy);
    }
}

static int place_rest(maker *m, pulse_failure *failure)
{
    enum { PART = 256 };
    const uint32_t room = m->songs - m->landmarks < PLACED ? m->songs - m->landmarks : PLACED;
    float *asked = pulse_need((size_t)room * m->dimensions, sizeof *asked);
    uint32_t *neighbours = pulse_need((size_t)room * NEIGHBOURS, sizeof *neighbours);
    float *cosines = pulse_need((size_t)room * NEIGHBOURS, sizeof *cosines);
    int code = 0;
    for (uint32_t first = m->landmarks; first < m->songs && !code; first += PLACED) {
        const uint32_t count = m->songs - first < PLACED ? m->songs - first : PLACED;
        gather(m, first, count, asked);
        const pulse_map_search search = {.queries = asked,
                                         .query_count = count,
                                         .candidates = m->chosen,
                                         .candidate_count = m->landmarks,
                                         .dimensions = m->dimensions,
                                         .count = NEIGHBOURS};
        code = pulse_map_nearest(&search, m->parallel, neighbours, cosines, failure);
        placing p = {m, first, count, neighbours, cosines};
        if (!code)
            pulse_parallel_run(m->parallel, place_part, &p, (count + PART - 1) / PART);
        pulse_progress("map", first + count, m->songs, "");
    }
    pulse_progress_clear();
    free(asked);
    free(neighbours);
    free(cosines);
    return code;
}

/* ---- The frame ------------------------------------------------------------------------------ */

/* Turns the map so that it is widest from left to right, with the longer tail right and on top:
 * the same songs lie the same way again, whatever way they were laid out. */
static void orient(float *xy, uint32_t songs)
{
    double mean[2] = {0, 0}, xx = 0, xyxy = 0, yy = 0, cubes[2] = {0, 0};
    for (size_t i = 0; i < songs; ++i) {
        mean[0] += (double)xy[2 * i] / songs;
        mean[1] += (double)xy[2 * i + 1] / songs;
    }
    for (size_t i = 0; i < songs; ++i) {
        const double x = xy[2 * i] - mean[0], y = xy[2 * i + 1] - mean[1];
        xx += x * x;
        xyxy += x * y;
        yy += y * y;
    }
    const double angle = 0.5 * atan2(2 * xyxy, xx - yy), c = cos(angle), s = sin(angle);
    for (size_t i = 0; i < songs; ++i) {
        const double x = xy[2 * i] - mean[0], y = xy[2 * i + 1] - mean[1];
        const double turned[2] = {c * x + s * y, c * y - s * x};
        for (int axis = 0; axis < 2; ++axis) {
            xy[2 * i + (size_t)axis] = (float)turned[axis];
            cubes[axis] += turned[axis] * turned[axis] * turned[axis];
        }
    }
    for (size_t i = 0; i < 2 * (size_t)songs; ++i)
        xy[i] = cubes[i % 2] < 0 ? -xy[i] : xy[i];
}

static int by_size(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Draws in what lies far out, so that one song does not make the map of all others small. */
static void draw_in(float *xy, uint32_t songs)
{
    float *radii = pulse_need(songs, sizeof *radii);
    for (size_t i = 0; i < songs; ++i)
        radii[i] = hypotf(xy[2 * i], xy[2 * i + 1]);
    qsort(radii, songs, sizeof *radii, by_size);
    const float most = 1.15f * radii[(size_t)((songs - 1) * 0.995)];
    free(radii);
    for (size_t i = 0; i < songs; ++i) {
        const float radius = hypotf(xy[2 * i], xy[2 * i + 1]);
        if (most > 0 && radius > most) {
            xy[2 * i] *= most / radius;
            xy[2 * i + 1] *= most / radius;
        }
    }
}

/* To [-1, 1], both axes by the same measure, in steps of 1 / 32767. */
static void fit(float *xy, uint32_t songs)
{
    float low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (size_t i = 0; i < 2 * (size_t)songs; ++i) {
        low[i % 2] = fminf(low[i % 2], xy[i]);
        high[i % 2] = fmaxf(high[i % 2], xy[i]);
    }
    const double half = fmax((double)high[0] - low[0], (double)high[1] - low[1]) / 2;
    for (size_t i = 0; i < 2 * (size_t)songs; ++i) {
        const double middle = ((double)low[i % 2] + high[i % 2]) / 2;
        const double value = half > 0 ? (xy[i] - middle) / half : 0;
        xy[i] = (float)(round(fmax(fmin(value, 1), -1) * 32767) / 32767);
    }
}

/* ---- All of it ------------------------------------------------------------------------------ */

static int make(maker *m, pulse_failure *failure)
{
    m->order = shuffled(m, ORDER_STREAM);
    m->chosen = pulse_need((size_t)m->landmarks * m->dimensions, sizeof *m->chosen);
    m->settled = pulse_need((size_t)m->landmarks * 2, sizeof *m->settled);
    gather(m, 0, m->landmarks, m->chosen);
    int code = m->songs > 1 ? lay_out_landmarks(m, failure) : 0;
    if (!code && m->landmarks < m->songs)
        code = place_rest(m, failure);
    if (!code) {
        orient(m->xy, m->songs);
        draw_in(m->xy, m->songs);
        fit(m->xy, m->songs);
    }
    free(m->order);
    free(m->chosen);
    free(m->settled);
    return code;
}

static int measure(const maker *m, pulse_map_quality *out, pulse_failure *failure)
{
    const uint32_t most = (m->songs - 1) / 2;
    out->neighbours = most < PULSE_MAP_NEIGHBOURS ? most : PULSE_MAP_NEIGHBOURS;
    out->queries = m->songs < QUERIES ? m->songs : QUERIES;
    out->landmarks = m->landmarks;
    uint32_t *queries = shuffled(m, QUERY_STREAM);
    const int code =
        pulse_map_trust(m->vectors, m->songs, m->dimensions, m->xy, queries, out->queries,
                        out->neighbours, m->parallel, &out->trustworthiness, failure);
    free(queries);
    return code;
}

pulse_map_params pulse_map_params_default(void)
{
    return (pulse_map_params){.seed = 1, .all_up_to = 100000, .landmarks = 32000};
}

int pulse_map_make(const float *vectors, uint32_t songs, uint32_t dimensions,
                   const pulse_map_params *params, float *xy, pulse_map_quality *quality,
                   pulse_failure *failure)
{
    memset(xy, 0, 2 * (size_t)songs * sizeof *xy);
    const uint32_t landmarks = songs <= params->all_up_to ? songs : params->landmarks;
    const uint32_t fewest = songs < 2 * NEIGHBOURS ? songs : 2 * NEIGHBOURS;
    maker m = {.vectors = vectors,
               .songs = songs,
               .dimensions = dimensions,
               .seed = params->seed,
               .landmarks = landmarks < fewest  ? fewest
                            : landmarks < songs ? landmarks
                                                : songs,
               .parallel = pulse_parallel_start(params->threads),
               .xy = xy};
    /* The threads are ours, each with products of its own. */
    const int blas_threads = openblas_get_num_threads();
    openblas_set_num_threads(1);
    int code = make(&m, failure);
    if (!code && quality)
        code = measure(&m, quality, failure);
    openblas_set_num_threads(blas_threads);
    pulse_parallel_stop(m.parallel);
    return code;
}
