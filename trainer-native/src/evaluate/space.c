#include "evaluate/space.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "cli/log.h"
#include "evaluate/eigen.h"
#include "evaluate/nearest.h"

/* ---- Nearest songs -------------------------------------------------------------------------- */

typedef struct running {
    double count, sum, squares;
} running;

static void add(running *values, double value)
{
    values->count += 1;
    values->sum += value;
    values->squares += value * value;
}

static pulse_measure summary(const running *values)
{
    if (values->count < 1)
        return (pulse_measure){NAN, NAN};
    const double mean = values->sum / values->count;
    const double variance = values->squares / values->count - mean * mean;
    return (pulse_measure){mean, 1.96 * sqrt(fmax(variance, 0) / values->count)};
}

static void judge(const pulse_song_table *table, const uint32_t *by_artist, uint32_t query,
                  const pulse_nearest *best, running *genre, running *artist)
{
    const uint32_t *genres = table->genre >= 0 ? table->categories[table->genre].values : NULL;
    uint32_t same_genre = 0, same_artist = 0;
    for (uint32_t i = 0; i < best->count; ++i) {
        same_genre += genres && genres[best->songs[i]] == genres[query];
        same_artist += table->artist[best->songs[i]] == table->artist[query];
    }
    if (genres && genres[query] != PULSE_NO_CATEGORY && best->count > 0)
        add(genre, (double)same_genre / best->count);
    const uint32_t others = by_artist[table->artist[query]] - 1;
    if (others > 0)
        add(artist, (double)same_artist / (others < PULSE_NEAREST ? others : PULSE_NEAREST));
}

enum { QUERIES = 128, SONGS = 4096, TAKEN = 256 };

typedef struct search {
    const pulse_rows *rows;
    const uint32_t *queries; /* [query_count] */
    uint32_t query_count;
    float *asked;    /* [query_count, width] */
    uint32_t *block; /* [songs] that are being looked at */
    uint32_t songs;
    float *vectors;      /* [songs, width] */
    float *scores;       /* [threads, QUERIES, SONGS] */
    pulse_nearest *best; /* [query_count] */
} search;

static void take_part(void *context, uint32_t part, uint32_t thread)
{
    (void)thread;
    search *s = context;
    const uint32_t first = part * TAKEN, left = s->songs - first;
    s->rows->take(s->rows->context, s->block + first, left < TAKEN ? left : TAKEN,
                  s->vectors + (size_t)first * s->rows->width);
}

/* Offers the songs of the block to some of the queries. */
static void compare_part(void *context, uint32_t part, uint32_t thread)
{
    search *s = context;
    const uint32_t first = part * QUERIES, left = s->query_count - first;
    const uint32_t some = left < QUERIES ? left : QUERIES, width = s->rows->width;
    float *scores = s->scores + (size_t)thread * QUERIES * SONGS;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)some, (int)s->songs, (int)width, 1.0f,
                s->asked + (size_t)first * width, (int)width, s->vectors, (int)width, 0.0f, scores,
                SONGS);
    for (uint32_t i = 0; i < some; ++i) {
        for (uint32_t k = 0; k < s->songs; ++k) {
            if (s->block[k] != s->queries[first + i])
                pulse_nearest_offer(&s->best[first + i], scores[(size_t)i * SONGS + k],
                                    s->block[k]);
        }
    }
}

static int find_nearest(search *s, uint32_t all, pulse_failure *failure)
{
    pulse_parallel *parallel = pulse_parallel_start(0);
    const int blas_threads = openblas_get_num_threads();
    openblas_set_num_threads(1);
    s->scores =
        pulse_need((size_t)pulse_parallel_threads(parallel) * QUERIES * SONGS, sizeof *s->scores);
    int code = 0;
    for (uint32_t first = 0; first < all && !code; first += SONGS) {
        s->songs = all - first < SONGS ? all - first : SONGS;
        for (uint32_t k = 0; k < s->songs; ++k)
            s->block[k] = first + k;
        pulse_parallel_run(parallel, take_part, s, (s->songs + TAKEN - 1) / TAKEN);
        pulse_parallel_run(parallel, compare_part, s, (s->query_count + QUERIES - 1) / QUERIES);
        pulse_progress("measure", first + s->songs, all, "");
        if (pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    pulse_progress_clear();
    openblas_set_num_threads(blas_threads);
    pulse_parallel_stop(parallel);
    free(s->scores);
    return code;
}

int pulse_space_measure(const pulse_rows *rows, const pulse_song_table *table,
                        const uint32_t *queries, uint32_t query_count, pulse_space_quality *out,
                        pulse_failure *failure)
{
    uint32_t *by_artist = pulse_need((size_t)table->artists + 1, sizeof *by_artist);
    for (uint32_t i = 0; i < table->songs; ++i)
        ++by_artist[table->artist[i]];
    search s = {.rows = rows, .queries = queries, .query_count = query_count};
    s.asked = pulse_need((size_t)query_count * rows->width, sizeof *s.asked);
    s.block = pulse_need(SONGS, sizeof *s.block);
    s.vectors = pulse_need((size_t)SONGS * rows->width, sizeof *s.vectors);
    s.best = pulse_need(query_count, sizeof *s.best);
    rows->take(rows->context, queries, query_count, s.asked);
    const int code = find_nearest(&s, table->songs, failure);
    running genre = {0}, artist = {0};
    for (uint32_t q = 0; q < query_count; ++q)
        judge(table, by_artist, queries[q], &s.best[q], &genre, &artist);
    *out = (pulse_space_quality){query_count, summary(&genre), summary(&artist)};
    free(by_artist);
    free(s.asked);
    free(s.block);
    free(s.vectors);
    free(s.best);
    return code;
}

void pulse_space_normalise(float *vectors, size_t count, uint32_t dimensions)
{
    for (size_t i = 0; i < count; ++i) {
        float *row = vectors + i * dimensions;
        const float norm = cblas_snrm2((int)dimensions, row, 1);
        if (norm > 0.0f)
            cblas_sscal((int)dimensions, 1.0f / norm, row, 1);
    }
}

/* ---- Principal components ------------------------------------------------------------------- */

enum { FITTED = 1024 }; /* songs at a time */

static void covariance(const pulse_rows *from, const uint32_t *songs, uint32_t count,
                       const pulse_pca *pca, float *rows, float *out)
{
    const uint32_t width = pca->width;
    memset(out, 0, (size_t)width * width * sizeof *out);
    for (uint32_t first = 0; first < count; first += FITTED) {
        const uint32_t part = count - first < FITTED ? count - first : FITTED;
        from->take(from->context, songs + first, part, rows);
        for (uint32_t i = 0; i < part; ++i) {
            for (uint32_t c = 0; c < width; ++c)
                rows[(size_t)i * width + c] -= pca->mean[c];
        }
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)width, (int)width, (int)part,
                    1.0f / (float)count, rows, (int)width, rows, (int)width, 1.0f, out, (int)width);
    }
}

int pulse_pca_fit(const float *x, uint32_t width, const uint32_t *songs, uint32_t count,
                  uint32_t dimensions, pulse_pca *out, pulse_failure *failure)
{
    const pulse_matrix matrix = {x, width};
    const pulse_rows rows = pulse_matrix_rows(&matrix);
    return pulse_pca_fit_rows(&rows, songs, count, dimensions, out, failure);
}

int pulse_pca_fit_rows(const pulse_rows *from, const uint32_t *songs, uint32_t count,
                       uint32_t dimensions, pulse_pca *out, pulse_failure *failure)
{
    const uint32_t width = from->width;
    *out = (pulse_pca){.width = width, .dimensions = dimensions < width ? dimensions : width};
    out->mean = pulse_need(width, sizeof(float));
    out->basis = pulse_need((size_t)out->dimensions * width, sizeof(float));
    float *rows = pulse_need((size_t)FITTED * width, sizeof *rows);
    double *sum = pulse_need(width, sizeof *sum);
    for (uint32_t first = 0; first < count; first += FITTED) {
        const uint32_t part = count - first < FITTED ? count - first : FITTED;
        from->take(from->context, songs + first, part, rows);
        for (uint32_t i = 0; i < part; ++i) {
            for (uint32_t c = 0; c < width; ++c)
                sum[c] += rows[(size_t)i * width + c];
        }
    }
    for (uint32_t c = 0; c < width; ++c)
        out->mean[c] = (float)(sum[c] / count);
    free(sum);
    float *matrix = pulse_need((size_t)width * width, sizeof *matrix);
    covariance(from, songs, count, out, rows, matrix);
    free(rows);
    const bool found = pulse_eigenvectors(matrix, width);
    for (uint32_t k = 0; k < out->dimensions; ++k)
        memcpy(out->basis + (size_t)k * width, matrix + (size_t)(width - 1 - k) * width,
               width * sizeof(float));
    free(matrix);
    if (!found) {
        pulse_pca_free(out);
        return pulse_failure_set(failure, PULSE_EXIT_FAILED,
                                 "the principal components of the features were not found");
    }
    return 0;
}

void pulse_pca_free(pulse_pca *pca)
{
    free(pca->mean);
    free(pca->basis);
    *pca = (pulse_pca){0};
}

void pulse_pca_project(const pulse_pca *pca, const float *x, size_t count, float *out)
{
    float *row = pulse_need(pca->width, sizeof *row);
    for (size_t i = 0; i < count; ++i) {
        for (uint32_t c = 0; c < pca->width; ++c)
            row[c] = x[i * pca->width + c] - pca->mean[c];
        cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)pca->dimensions, (int)pca->width, 1.0f,
                    pca->basis, (int)pca->width, row, 1, 0.0f, out + i * pca->dimensions, 1);
    }
    free(row);
}

void pulse_pca_restore(const pulse_pca *pca, const float *projected, size_t count, float *out)
{
    for (size_t i = 0; i < count; ++i) {
        float *row = out + i * pca->width;
        memcpy(row, pca->mean, pca->width * sizeof *row);
        cblas_sgemv(CblasRowMajor, CblasTrans, (int)pca->dimensions, (int)pca->width, 1.0f,
                    pca->basis, (int)pca->width, projected + i * pca->dimensions, 1, 1.0f, row, 1);
    }
}
