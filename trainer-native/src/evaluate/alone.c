#include "evaluate/alone.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/log.h"
#include "evaluate/nearest.h"

enum { PART = 128, SONGS = 4096, FOUND = 100 };

/* Keeps of a full row what is of the modality. Whether it had that, and more than that. */
static bool leave_alone(const pulse_dataset *dataset, uint32_t modality, float *row)
{
    const pulse_layout *layout = &dataset->layout;
    float *flags = row + layout->targets;
    uint32_t others = 0;
    for (uint32_t m = 0; m < layout->modalities; ++m)
        others += m != modality && flags[m] != 0.0f;
    if (flags[modality] == 0.0f || others == 0)
        return false;
    for (uint32_t c = 0; c < layout->targets; ++c) {
        if (pulse_preprocessor_modality(dataset->preprocessor, c) != modality)
            row[c] = 0.0f;
    }
    memset(flags, 0, layout->modalities * sizeof *flags);
    flags[modality] = 1.0f;
    return true;
}

typedef struct asker {
    const pulse_dataset *dataset;
    pulse_autoencoder *autoencoder;
    const float *latents;
    uint32_t dimensions;
    float *rows;         /* [PART, inputs] */
    float *asked;        /* [PART, dimensions] */
    float *scores;       /* [PART, SONGS] */
    uint32_t *songs;     /* [PART] */
    uint32_t count;      /* in this part */
    pulse_nearest *best; /* [PART] */
    uint32_t *ranks;     /* [PART] */
} asker;

/* The songs of `queries` that have the modality, with nothing else. */
static int take_part(asker *a, uint32_t modality, const uint32_t *queries, uint32_t count,
                     pulse_failure *failure)
{
    const pulse_dataset *dataset = a->dataset;
    a->count = 0;
    for (uint32_t i = 0; i < count; ++i) {
        float *row = a->rows + (size_t)a->count * dataset->layout.inputs;
        const int code = pulse_song_table_rows(dataset->table, dataset->preprocessor, queries[i], 1,
                                               row, NULL, failure);
        if (code)
            return code;
        if (leave_alone(dataset, modality, row))
            a->songs[a->count++] = queries[i];
    }
    pulse_error error;
    if (a->count &&
        pulse_autoencoder_encode(a->autoencoder, a->rows, a->count, a->asked, &error) != PULSE_OK)
        return pulse_failure_core(failure, &error);
    return 0;
}

static void search(asker *a)
{
    const uint32_t songs = a->dataset->table->songs, width = a->dimensions;
    float own[PART];
    if (a->count == 0)
        return;
    for (uint32_t i = 0; i < a->count; ++i) {
        own[i] = cblas_sdot((int)width, a->asked + (size_t)i * width, 1,
                            a->latents + (size_t)a->songs[i] * width, 1);
        a->best[i] = (pulse_nearest){0};
        a->ranks[i] = 1;
    }
    for (uint32_t first = 0; first < songs; first += SONGS) {
        const uint32_t some = songs - first < SONGS ? songs - first : SONGS;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)a->count, (int)some, (int)width,
                    1.0f, a->asked, (int)width, a->latents + (size_t)first * width, (int)width,
                    0.0f, a->scores, SONGS);
        for (uint32_t i = 0; i < a->count; ++i) {
            for (uint32_t k = 0; k < some; ++k) {
                const float score = a->scores[(size_t)i * SONGS + k];
                if (first + k == a->songs[i])
                    continue;
                a->ranks[i] += score > own[i];
                pulse_nearest_offer(&a->best[i], score, first + k);
            }
        }
    }
}

static double share_of_genre(const pulse_song_table *table, uint32_t song,
                             const pulse_nearest *best)
{
    if (table->genre < 0 || best->count == 0)
        return NAN;
    const uint32_t *genres = table->categories[table->genre].values;
    if (genres[song] == PULSE_NO_CATEGORY)
        return NAN;
    uint32_t same = 0;
    for (uint32_t i = 0; i < best->count; ++i)
        same += genres[best->songs[i]] == genres[song];
    return (double)same / best->count;
}

static int by_rank(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int measure(asker *a, uint32_t modality, const uint32_t *queries, uint32_t query_count,
                   pulse_alone *out, pulse_failure *failure)
{
    uint32_t *ranks = pulse_need(query_count, sizeof *ranks);
    uint32_t count = 0, found = 0, with_genre = 0;
    double genre = 0;
    int code = 0;
    for (uint32_t first = 0; first < query_count && !code; first += PART) {
        const uint32_t part = query_count - first < PART ? query_count - first : PART;
        code = take_part(a, modality, queries + first, part, failure);
        if (code)
            break;
        search(a);
        for (uint32_t i = 0; i < a->count; ++i) {
            const double share = share_of_genre(a->dataset->table, a->songs[i], &a->best[i]);
            genre += isnan(share) ? 0 : share;
            with_genre += !isnan(share);
            found += a->ranks[i] <= FOUND;
            ranks[count++] = a->ranks[i];
        }
        pulse_progress("measure", first + part, query_count, a->dataset->modality_names[modality]);
        if (pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    pulse_progress_clear();
    qsort(ranks, count, sizeof *ranks, by_rank);
    *out = (pulse_alone){.songs = count, NAN, NAN, NAN};
    if (count) {
        const uint32_t low = (count - 1) / 2, high = count / 2;
        out->median_rank = 0.5 * ((double)ranks[low] + (double)ranks[high]);
        out->found = (double)found / count;
        out->same_genre = with_genre ? genre / with_genre : NAN;
    }
    free(ranks);
    return code;
}

int pulse_alone_measure(const pulse_dataset *dataset, pulse_autoencoder *autoencoder,
                        const float *latents, const uint32_t *queries, uint32_t query_count,
                        pulse_alone *out, pulse_failure *failure)
{
    asker a = {.dataset = dataset,
               .autoencoder = autoencoder,
               .latents = latents,
               .dimensions = pulse_autoencoder_dimensions(autoencoder)};
    a.rows = pulse_need((size_t)PART * dataset->layout.inputs, sizeof *a.rows);
    a.asked = pulse_need((size_t)PART * a.dimensions, sizeof *a.asked);
    a.scores = pulse_need((size_t)PART * SONGS, sizeof *a.scores);
    a.songs = pulse_need(PART, sizeof *a.songs);
    a.best = pulse_need(PART, sizeof *a.best);
    a.ranks = pulse_need(PART, sizeof *a.ranks);
    int code = 0;
    for (uint32_t m = 0; m < dataset->modalities && !code; ++m)
        code = measure(&a, m, queries, query_count, &out[m], failure);
    free(a.rows);
    free(a.asked);
    free(a.scores);
    free(a.songs);
    free(a.best);
    free(a.ranks);
    return code;
}
