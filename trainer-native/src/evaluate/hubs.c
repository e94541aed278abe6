#include "evaluate/hubs.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/random.h"
#include "cli/log.h"
#include "evaluate/nearest.h"

enum { QUERIES = 128, CANDIDATES = 4096 };

typedef struct running {
    double count, sum, squares;
} running;

/* What a thread keeps to itself. */
typedef struct own {
    float *scores;       /* [QUERIES, CANDIDATES] */
    pulse_nearest *best; /* [QUERIES] */
    uint32_t *seen;      /* [count] in how many songs' nearest */
    running artist, genre;
} own;

typedef struct search {
    const float *vectors; /* [count, width] of the songs that are looked at */
    const uint32_t *songs;
    uint32_t count, width, parts;
    const pulse_facts *facts;
    const uint32_t *by_artist; /* [artists] of the songs that are looked at */
    own *threads;
} search;

static void add(running *values, double value)
{
    values->count += 1;
    values->sum += value;
    values->squares += value * value;
}

static void judge(const search *s, own *mine, uint32_t query, const pulse_nearest *best)
{
    const uint32_t *artist = s->facts->artist, *genre = s->facts->genre;
    const uint32_t song = s->songs[query];
    uint32_t same_artist = 0, same_genre = 0;
    for (uint32_t i = 0; i < best->count; ++i) {
        const uint32_t other = s->songs[best->songs[i]];
        ++mine->seen[best->songs[i]];
        same_artist += artist[other] == artist[song];
        same_genre += genre[other] == genre[song];
    }
    const uint32_t others = s->by_artist[artist[song]] - 1;
    if (others > 0)
        add(&mine->artist, (double)same_artist / (others < PULSE_NEAREST ? others : PULSE_NEAREST));
    if (genre[song] != PULSE_NO_CATEGORY && best->count > 0)
        add(&mine->genre, (double)same_genre / best->count);
}

static void look_part(void *context, uint32_t part, uint32_t thread)
{
    const search *s = context;
    own *mine = &s->threads[thread];
    if (pulse_interrupted())
        return;
    const uint32_t first = part * QUERIES, width = s->width;
    const uint32_t some = s->count - first < QUERIES ? s->count - first : QUERIES;
    memset(mine->best, 0, QUERIES * sizeof *mine->best);
    for (uint32_t c = 0; c < s->count; c += CANDIDATES) {
        const uint32_t candidates = s->count - c < CANDIDATES ? s->count - c : CANDIDATES;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)some, (int)candidates, (int)width,
                    1.0f, s->vectors + (size_t)first * width, (int)width,
                    s->vectors + (size_t)c * width, (int)width, 0.0f, mine->scores, CANDIDATES);
        for (uint32_t i = 0; i < some; ++i) {
            const float *scores = mine->scores + (size_t)i * CANDIDATES;
            for (uint32_t k = 0; k < candidates; ++k) {
                if (c + k != first + i)
                    pulse_nearest_offer(&mine->best[i], scores[k], c + k);
            }
        }
    }
    for (uint32_t i = 0; i < some; ++i) {
        const float *vector = s->vectors + (size_t)(first + i) * width;
        if (cblas_snrm2((int)width, vector, 1) > 0) /* nothing known: nothing is nearer than else */
            judge(s, mine, first + i, &mine->best[i]);
    }
    if (thread == 0)
        pulse_progress("evaluate", part, s->parts, "nearest songs");
}

double pulse_hubs_skewness(const uint32_t *counts, uint32_t n)
{
    double mean = 0, squares = 0, cubes = 0;
    for (uint32_t i = 0; i < n; ++i)
        mean += (double)counts[i] / n;
    for (uint32_t i = 0; i < n; ++i) {
        const double difference = counts[i] - mean;
        squares += difference * difference / n;
        cubes += difference * difference * difference / n;
    }
    return squares > 0 ? cubes / pow(squares, 1.5) : 0;
}

static pulse_estimate estimate(const running *values)
{
    if (values->count < 1)
        return (pulse_estimate){NAN, NAN, NAN};
    const double mean = values->sum / values->count;
    const double variance = fmax(values->squares / values->count - mean * mean, 0);
    const double half = 1.96 * sqrt(variance / values->count);
    return (pulse_estimate){mean, mean - half, mean + half};
}

/* What the threads found, together. */
static void gather(search *s, uint32_t threads, pulse_hubs *out)
{
    own *all = &s->threads[0];
    for (uint32_t t = 1; t < threads; ++t) {
        const own *other = &s->threads[t];
        for (uint32_t i = 0; i < s->count; ++i)
            all->seen[i] += other->seen[i];
        const running *from[] = {&other->artist, &other->genre};
        running *to[] = {&all->artist, &all->genre};
        for (int k = 0; k < 2; ++k) {
            to[k]->count += from[k]->count;
            to[k]->sum += from[k]->sum;
            to[k]->squares += from[k]->squares;
        }
    }
    uint32_t reached = 0;
    *out = (pulse_hubs){.songs = s->count,
                        .same_artist = estimate(&all->artist),
                        .same_genre = estimate(&all->genre),
                        .skewness = pulse_hubs_skewness(all->seen, s->count)};
    for (uint32_t i = 0; i < s->count; ++i) {
        reached += all->seen[i] > 0;
        out->largest = all->seen[i] > out->largest ? all->seen[i] : out->largest;
    }
    out->reachable = (double)reached / s->count;
}

/* Which songs, in the catalogue's order. */
static uint32_t *draw_songs(uint32_t songs, uint64_t seed, uint32_t *count)
{
    uint32_t *order = pulse_need(songs, sizeof *order);
    for (uint32_t i = 0; i < songs; ++i)
        order[i] = i;
    *count = songs;
    if (songs <= PULSE_HUBS_SONGS)
        return order;
    pulse_random random = pulse_random_make(seed, 13);
    pulse_random_shuffle(&random, order, songs);
    *count = PULSE_HUBS_SONGS;
    return order;
}

int pulse_hubs_measure(const float *vectors, uint32_t width, const pulse_facts *facts,
                       uint64_t seed, pulse_parallel *parallel, pulse_hubs *out,
                       pulse_failure *failure)
{
    search s = {.vectors = vectors, .width = width, .facts = facts};
    uint32_t *songs = draw_songs(facts->songs, seed, &s.count);
    float *drawn = NULL;
    if (s.count < facts->songs) {
        drawn = pulse_need((size_t)s.count * width, sizeof *drawn);
        for (uint32_t i = 0; i < s.count; ++i)
            memcpy(drawn + (size_t)i * width, vectors + (size_t)songs[i] * width,
                   width * sizeof *drawn);
        s.vectors = drawn;
    }
    s.songs = songs;
    uint32_t *by_artist = pulse_need(facts->artists, sizeof *by_artist);
    for (uint32_t i = 0; i < s.count; ++i)
        ++by_artist[facts->artist[songs[i]]];
    s.by_artist = by_artist;
    const uint32_t threads = pulse_parallel_threads(parallel);
    s.threads = pulse_need(threads, sizeof *s.threads);
    for (uint32_t t = 0; t < threads; ++t)
        s.threads[t] = (own){.scores = pulse_need((size_t)QUERIES * CANDIDATES, sizeof(float)),
                             .best = pulse_need(QUERIES, sizeof(pulse_nearest)),
                             .seen = pulse_need(s.count, sizeof(uint32_t))};
    s.parts = (s.count + QUERIES - 1) / QUERIES;
    openblas_set_num_threads(1);
    pulse_parallel_run(parallel, look_part, &s, s.parts);
    pulse_progress_clear();
    gather(&s, threads, out);
    for (uint32_t t = 0; t < threads; ++t) {
        free(s.threads[t].scores);
        free(s.threads[t].best);
        free(s.threads[t].seen);
    }
    free(s.threads);
    free(by_artist);
    free(drawn);
    free(songs);
    return pulse_interrupted() ? pulse_failure_interrupted(failure) : 0;
}
