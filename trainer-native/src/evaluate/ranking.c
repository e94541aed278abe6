#include "evaluate/ranking.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

const char *pulse_rank_measure_name(pulse_rank_measure measure)
{
    static const char *const names[PULSE_RANK_MEASURES] = {
        "recall@10",  "recall@100",           "ndcg@100", "r_precision", "diversity@10",
        "novelty@10", "duplicate_versions@10"};
    return names[measure];
}

/* ---- The best of many ----------------------------------------------------------------------- */

/* Whether song a stands behind song b. */
static bool behind(const float *scores, uint32_t a, uint32_t b)
{
    return scores[a] != scores[b] ? scores[a] < scores[b] : a > b;
}

/* A heap with the last of the best at its root. */
static void sink(const float *scores, uint32_t *heap, uint32_t count, uint32_t at)
{
    const uint32_t song = heap[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= count)
            break;
        if (child + 1 < count && behind(scores, heap[child + 1], heap[child]))
            ++child;
        if (!behind(scores, heap[child], song))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = song;
}

static void rise(const float *scores, uint32_t *heap, uint32_t at)
{
    const uint32_t song = heap[at];
    while (at > 0 && behind(scores, song, heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = song;
}

uint32_t pulse_rank_top(const float *scores, uint32_t songs, const uint8_t *barred, uint32_t k,
                        uint32_t *out)
{
    uint32_t count = 0;
    for (uint32_t song = 0; song < songs && k > 0; ++song) {
        if (barred[song] || isnan(scores[song]))
            continue;
        if (count < k) {
            out[count] = song;
            rise(scores, out, count++);
        } else if (behind(scores, out[0], song)) {
            out[0] = song;
            sink(scores, out, count, 0);
        }
    }
    for (uint32_t left = count; left > 1;) {
        const uint32_t last = out[0];
        out[0] = out[--left];
        out[left] = last;
        sink(scores, out, left, 0);
    }
    return count;
}

/* ---- One list ------------------------------------------------------------------------------- */

void pulse_rank_judge(const uint32_t *ranked, uint32_t count, const uint8_t *target,
                      uint32_t targets, double out[PULSE_RANK_MEASURES])
{
    uint32_t at_10 = 0, at_100 = 0, at_r = 0;
    double gain = 0, best = 0;
    for (uint32_t i = 0; i < count; ++i) {
        if (!target[ranked[i]])
            continue;
        at_10 += i < PULSE_RANK_TOP;
        at_100 += i < PULSE_RANK_DEPTH;
        at_r += i < targets;
        gain += i < PULSE_RANK_DEPTH ? 1.0 / log2(i + 2.0) : 0.0;
    }
    for (uint32_t i = 0; i < targets && i < PULSE_RANK_DEPTH; ++i)
        best += 1.0 / log2(i + 2.0);
    out[PULSE_RECALL_10] = (double)at_10 / targets;
    out[PULSE_RECALL_100] = (double)at_100 / targets;
    out[PULSE_NDCG_100] = gain / best;
    out[PULSE_R_PRECISION] = (double)at_r / targets;
}

static uint32_t top_of(uint32_t count)
{
    return count < PULSE_RANK_TOP ? count : PULSE_RANK_TOP;
}

double pulse_rank_diversity(const uint32_t *ranked, uint32_t count, const float *vectors,
                            uint32_t width)
{
    const uint32_t top = top_of(count);
    if (top < 2)
        return NAN;
    double sum = 0;
    for (uint32_t i = 0; i < top; ++i) {
        const float *a = vectors + (size_t)ranked[i] * width;
        for (uint32_t k = 0; k < i; ++k) {
            const float *b = vectors + (size_t)ranked[k] * width;
            double cosine = 0;
            for (uint32_t c = 0; c < width; ++c)
                cosine += (double)a[c] * b[c];
            sum += 1.0 - cosine;
        }
    }
    return sum / (0.5 * top * (top - 1.0));
}

double pulse_rank_novelty(const uint32_t *ranked, uint32_t count, const uint32_t *held,
                          uint32_t playlists)
{
    const uint32_t top = top_of(count);
    double sum = 0;
    for (uint32_t i = 0; i < top; ++i)
        sum -= log2((held[ranked[i]] + 1.0) / (playlists + 1.0));
    return top ? sum / top : NAN;
}

double pulse_rank_versions(const uint32_t *ranked, uint32_t count, const uint32_t *seeds,
                           uint32_t seed_count, const uint32_t *version)
{
    const uint32_t top = top_of(count);
    uint32_t doubles = 0;
    for (uint32_t i = 0; i < top; ++i) {
        bool same = false;
        for (uint32_t k = 0; k < seed_count && !same; ++k)
            same = version[seeds[k]] == version[ranked[i]];
        for (uint32_t k = 0; k < i && !same; ++k)
            same = version[ranked[k]] == version[ranked[i]];
        doubles += same;
    }
    return top ? (double)doubles / top : NAN;
}

/* ---- Many lists ----------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The sum of rows that are drawn, or of each once, without those of the columns with a NAN. */
static void sum_rows(const double *values, uint32_t count, uint32_t columns, pulse_random *random,
                     double *sums)
{
    memset(sums, 0, columns * sizeof *sums);
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t row = random ? pulse_random_below(random, count) : i;
        for (uint32_t c = 0; c < columns; ++c)
            sums[c] += values[(size_t)row * columns + c];
    }
}

void pulse_bootstrap(const double *values, uint32_t count, uint32_t columns, uint32_t resamples,
                     uint64_t seed, pulse_estimate *out)
{
    double *sums = pulse_need(columns, sizeof *sums);
    double *means = pulse_need((size_t)columns * resamples, sizeof *means);
    pulse_random random = pulse_random_make(seed, 11);
    for (uint32_t r = 0; r < resamples; ++r) {
        sum_rows(values, count, columns, &random, sums);
        for (uint32_t c = 0; c < columns; ++c)
            means[(size_t)c * resamples + r] = sums[c] / count;
    }
    sum_rows(values, count, columns, NULL, sums);
    for (uint32_t c = 0; c < columns; ++c) {
        double *sorted = means + (size_t)c * resamples;
        out[c] = (pulse_estimate){sums[c] / count, NAN, NAN};
        if (isnan(out[c].mean) || resamples == 0)
            continue;
        qsort(sorted, resamples, sizeof *sorted, by_value);
        out[c].low = sorted[(uint32_t)(0.025 * (resamples - 1))];
        out[c].high = sorted[(uint32_t)(0.975 * (resamples - 1))];
    }
    free(sums);
    free(means);
}

pulse_estimate pulse_rank_coverage(const uint32_t *lists, uint32_t count, uint32_t width,
                                   uint32_t songs)
{
    /* Which list a song is in: its number from 1, or more than one. */
    const uint32_t many = UINT32_MAX;
    uint32_t *in = pulse_need(songs, sizeof *in);
    for (uint32_t i = 0; i < count; ++i) {
        for (uint32_t k = 0; k < width; ++k) {
            const uint32_t song = lists[(size_t)i * width + k];
            if (song < songs)
                in[song] = in[song] == 0 || in[song] == i + 1 ? i + 1 : many;
        }
    }
    uint32_t *alone = pulse_need(count, sizeof *alone); /* songs that this list alone has */
    uint32_t covered = 0, of_one = 0;
    for (uint32_t song = 0; song < songs; ++song) {
        covered += in[song] != 0;
        if (in[song] != 0 && in[song] != many) {
            ++alone[in[song] - 1];
            ++of_one;
        }
    }
    double squares = 0;
    for (uint32_t i = 0; i < count; ++i) {
        const double difference = alone[i] - (double)of_one / count;
        squares += difference * difference;
    }
    const double share = (double)covered / songs;
    const double half = count > 1 ? 1.96 * sqrt((count - 1.0) / count * squares) / songs : NAN;
    free(in);
    free(alone);
    return (pulse_estimate){share, fmax(share - half, 0), fmin(share + half, 1)};
}
