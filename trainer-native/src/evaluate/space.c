#include "evaluate/space.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/log.h"
#include "evaluate/nearest.h"

/* LAPACK, which comes with OpenBLAS; its distributions have no header for the Fortran interface. */
void ssyevd_(const char *jobz, const char *uplo, const int *n, float *a, const int *lda, float *w,
             float *work, const int *lwork, int *iwork, const int *liwork, int *info);

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

int pulse_space_measure(const float *vectors, uint32_t dimensions, const pulse_song_table *table,
                        const uint32_t *queries, uint32_t query_count, pulse_space_quality *out,
                        pulse_failure *failure)
{
    enum { QUERIES = 128, SONGS = 4096 };
    uint32_t *by_artist = pulse_need((size_t)table->artists + 1, sizeof *by_artist);
    for (uint32_t i = 0; i < table->songs; ++i)
        ++by_artist[table->artist[i]];
    float *asked = pulse_need((size_t)QUERIES * dimensions, sizeof *asked);
    float *scores = pulse_need((size_t)QUERIES * SONGS, sizeof *scores);
    pulse_nearest *best = pulse_need(QUERIES, sizeof *best);
    running genre = {0}, artist = {0};
    int code = 0;
    for (uint32_t q = 0; q < query_count && !code; q += QUERIES) {
        const uint32_t some = query_count - q < QUERIES ? query_count - q : QUERIES;
        memset(best, 0, QUERIES * sizeof *best);
        for (uint32_t i = 0; i < some; ++i)
            memcpy(asked + (size_t)i * dimensions, vectors + (size_t)queries[q + i] * dimensions,
                   dimensions * sizeof *asked);
        for (uint32_t s = 0; s < table->songs; s += SONGS) {
            const uint32_t part = table->songs - s < SONGS ? table->songs - s : SONGS;
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)some, (int)part,
                        (int)dimensions, 1.0f, asked, (int)dimensions,
                        vectors + (size_t)s * dimensions, (int)dimensions, 0.0f, scores, SONGS);
            for (uint32_t i = 0; i < some; ++i) {
                for (uint32_t k = 0; k < part; ++k) {
                    if (s + k != queries[q + i])
                        pulse_nearest_offer(&best[i], scores[(size_t)i * SONGS + k], s + k);
                }
            }
        }
        for (uint32_t i = 0; i < some; ++i)
            judge(table, by_artist, queries[q + i], &best[i], &genre, &artist);
        pulse_progress("measure", q + some, query_count, "");
        if (pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    pulse_progress_clear();
    *out = (pulse_space_quality){query_count, summary(&genre), summary(&artist)};
    free(by_artist);
    free(asked);
    free(scores);
    free(best);
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

static void covariance(const float *x, const uint32_t *songs, uint32_t count, const pulse_pca *pca,
                       float *out)
{
    enum { PART = 1024 };
    const uint32_t width = pca->width;
    float *rows = pulse_need((size_t)PART * width, sizeof *rows);
    memset(out, 0, (size_t)width * width * sizeof *out);
    for (uint32_t first = 0; first < count; first += PART) {
        const uint32_t part = count - first < PART ? count - first : PART;
        for (uint32_t i = 0; i < part; ++i) {
            const float *row = x + (size_t)songs[first + i] * width;
            for (uint32_t c = 0; c < width; ++c)
                rows[(size_t)i * width + c] = row[c] - pca->mean[c];
        }
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)width, (int)width, (int)part,
                    1.0f / (float)count, rows, (int)width, rows, (int)width, 1.0f, out, (int)width);
    }
    free(rows);
}

int pulse_pca_fit(const float *x, uint32_t width, const uint32_t *songs, uint32_t count,
                  uint32_t dimensions, pulse_pca *out, pulse_failure *failure)
{
    *out = (pulse_pca){.width = width, .dimensions = dimensions < width ? dimensions : width};
    out->mean = pulse_need(width, sizeof(float));
    out->basis = pulse_need((size_t)out->dimensions * width, sizeof(float));
    double *sum = pulse_need(width, sizeof *sum);
    for (uint32_t i = 0; i < count; ++i) {
        for (uint32_t c = 0; c < width; ++c)
            sum[c] += x[(size_t)songs[i] * width + c];
    }
    for (uint32_t c = 0; c < width; ++c)
        out->mean[c] = (float)(sum[c] / count);
    free(sum);
    float *matrix = pulse_need((size_t)width * width, sizeof *matrix);
    float *values = pulse_need(width, sizeof *values);
    covariance(x, songs, count, out, matrix);
    const int n = (int)width;
    int info = 0, lwork = -1, liwork = -1, integers = 0;
    float floats = 0;
    ssyevd_("V", "U", &n, matrix, &n, values, &floats, &lwork, &integers, &liwork, &info);
    lwork = (int)floats + 1;
    liwork = integers;
    float *work = pulse_need((size_t)lwork, sizeof *work);
    int *iwork = pulse_need((size_t)liwork, sizeof *iwork);
    ssyevd_("V", "U", &n, matrix, &n, values, work, &lwork, iwork, &liwork, &info);
    /* Eigenvectors are the rows, for a row-major reader, in the order of rising eigenvalues. */
    for (uint32_t k = 0; k < out->dimensions; ++k)
        memcpy(out->basis + (size_t)k * width, matrix + (size_t)(width - 1 - k) * width,
               width * sizeof(float));
    free(work);
    free(iwork);
    free(matrix);
    free(values);
    if (info != 0) {
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
