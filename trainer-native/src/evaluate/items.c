#include "evaluate/items.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"

/* LAPACK, which comes with OpenBLAS; its distributions have no header for the Fortran interface. */
void spotrf_(const char *uplo, const int *n, float *a, const int *lda, int *info);
void spotri_(const char *uplo, const int *n, float *a, const int *lda, int *info);

pulse_items pulse_items_make(const pulse_playlists *playlists, uint32_t songs)
{
    pulse_items items = {.playlists = playlists, .songs = songs};
    items.item = pulse_need(songs, sizeof *items.item);
    items.song = pulse_need(songs, sizeof *items.song);
    for (uint32_t i = 0; i < songs; ++i) {
        items.item[i] = playlists->held[i] ? items.count : UINT32_MAX;
        if (playlists->held[i])
            items.song[items.count++] = i;
    }
    items.first = pulse_need((size_t)items.count + 1, sizeof *items.first);
    for (uint32_t i = 0; i < items.count; ++i)
        items.first[i + 1] = items.first[i] + playlists->held[items.song[i]];
    items.lists = pulse_need(items.first[items.count], sizeof *items.lists);
    size_t *next = pulse_need(items.count, sizeof *next);
    for (uint32_t list = 0; list < playlists->count; ++list) {
        for (size_t i = playlists->first[list]; i < playlists->first[list + 1]; ++i) {
            const uint32_t item = items.item[playlists->songs[i]];
            items.lists[items.first[item] + next[item]++] = list;
        }
    }
    free(next);
    items.scratch = pulse_need(items.count, sizeof *items.scratch);
    return items;
}

void pulse_items_free(pulse_items *items)
{
    free(items->song);
    free(items->item);
    free(items->first);
    free(items->lists);
    free(items->scratch);
    *items = (pulse_items){0};
}

/* How many playlists hold both the item and each other one, added to `counts` [count]. */
static void count_together(const pulse_items *items, uint32_t item, float *counts)
{
    const pulse_playlists *playlists = items->playlists;
    for (size_t i = items->first[item]; i < items->first[item + 1]; ++i) {
        const uint32_t list = items->lists[i];
        for (size_t k = playlists->first[list]; k < playlists->first[list + 1]; ++k)
            counts[items->item[playlists->songs[k]]] += 1.0f;
    }
}

void pulse_items_knn(pulse_items *items, const pulse_knn *knn, const uint32_t *seeds,
                     uint32_t seed_count, float *scores)
{
    const uint32_t *held = items->playlists->held;
    memset(scores, 0, items->songs * sizeof *scores);
    for (uint32_t s = 0; s < seed_count; ++s) {
        const uint32_t item = items->item[seeds[s]];
        if (item == UINT32_MAX)
            continue;
        memset(items->scratch, 0, items->count * sizeof *items->scratch);
        count_together(items, item, items->scratch);
        const double source = pow(held[seeds[s]], knn->source);
        for (uint32_t i = 0; i < items->count; ++i) {
            const uint32_t song = items->song[i];
            if (items->scratch[i] > 0)
                scores[song] += (float)(items->scratch[i] /
                                        (source * pow(held[song], knn->target) + knn->shrinkage));
        }
    }
}

/* In LAPACK's order the matrix's lower triangle is what a row-major reader calls the upper one. */
int pulse_ease_fit(const pulse_items *items, double ridge, float **weights, pulse_failure *failure)
{
    const size_t n = items->count;
    float *matrix = pulse_need(n * n, sizeof *matrix);
    *weights = NULL;
    for (uint32_t i = 0; i < items->count; ++i) {
        count_together(items, i, matrix + i * n);
        matrix[i * n + i] += (float)ridge;
        if (i % 1024 == 0 && pulse_interrupted()) {
            free(matrix);
            return pulse_failure_interrupted(failure);
        }
    }
    const int order = (int)n;
    int info = 0;
    spotrf_("L", &order, matrix, &order, &info);
    if (info == 0)
        spotri_("L", &order, matrix, &order, &info);
    if (info != 0) {
        free(matrix);
        return pulse_failure_set(failure, PULSE_EXIT_FAILED,
                                 "the playlists' matrix with a ridge of %g has no inverse", ridge);
    }
    /* P is the inverse; B[i, j] = -P[i, j] / P[j, j], and 0 on the diagonal. */
    float *diagonal = pulse_need(n, sizeof *diagonal);
    for (size_t i = 0; i < n; ++i)
        diagonal[i] = matrix[i * n + i];
    for (size_t i = 0; i < n; ++i) {
        matrix[i * n + i] = 0;
        for (size_t j = i + 1; j < n; ++j) {
            const float p = matrix[i * n + j];
            matrix[i * n + j] = -p / diagonal[j];
            matrix[j * n + i] = -p / diagonal[i];
        }
    }
    free(diagonal);
    *weights = matrix;
    return 0;
}

void pulse_ease_score(const pulse_items *items, const float *weights, const uint32_t *seeds,
                      uint32_t seed_count, float *scores)
{
    memset(scores, 0, items->songs * sizeof *scores);
    for (uint32_t s = 0; s < seed_count; ++s) {
        const uint32_t item = items->item[seeds[s]];
        if (item == UINT32_MAX)
            continue;
        const float *row = weights + (size_t)item * items->count;
        for (uint32_t i = 0; i < items->count; ++i)
            scores[items->song[i]] += row[i];
    }
}
