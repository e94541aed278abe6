#include "train/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "train/noise.h"

void pulse_partners_make(pulse_partners *partners, const pulse_song_table *table,
                         const uint32_t *songs, uint32_t count)
{
    partners->sorted = pulse_need(count, sizeof(uint32_t));
    partners->first = pulse_need((size_t)table->artists + 1, sizeof(uint32_t));
    partners->count = pulse_need((size_t)table->artists + 1, sizeof(uint32_t));
    for (uint32_t i = 0; i < count; ++i)
        ++partners->count[table->artist[songs[i]]];
    for (uint32_t a = 0, at = 0; a < table->artists; ++a) {
        partners->first[a] = at;
        at += partners->count[a];
        partners->count[a] = 0;
    }
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t a = table->artist[songs[i]];
        partners->sorted[partners->first[a] + partners->count[a]++] = songs[i];
    }
}

void pulse_partners_free(pulse_partners *partners)
{
    free(partners->sorted);
    free(partners->first);
    free(partners->count);
    *partners = (pulse_partners){0};
}

uint32_t pulse_partners_draw(const pulse_partners *partners, const pulse_song_table *table,
                             uint32_t song, pulse_random *random)
{
    const uint32_t artist = table->artist[song];
    const uint32_t count = partners->count[artist];
    if (count < 2)
        return song;
    const uint32_t *songs = partners->sorted + partners->first[artist];
    /* All but the last are equally likely; where the song itself is drawn, the last stands in. */
    const uint32_t drawn = songs[pulse_random_below(random, count - 1)];
    return drawn == song ? songs[count - 1] : drawn;
}

void pulse_batch_make(pulse_batch *batch, const pulse_dataset *dataset, uint32_t size, bool paired)
{
    const uint32_t rows = paired ? 2 * size : size;
    *batch = (pulse_batch){.capacity = rows, .dataset = dataset};
    batch->songs = pulse_need(rows, sizeof(uint32_t));
    batch->artist = pulse_need(size, sizeof(uint32_t));
    batch->counted = pulse_need(size, 1);
    batch->clean = pulse_need((size_t)rows * dataset->inputs, sizeof(float));
    batch->seen = pulse_need((size_t)rows * dataset->inputs, sizeof(float));
    batch->present = pulse_need((size_t)rows, dataset->targets);
}

void pulse_batch_free(pulse_batch *batch)
{
    free(batch->songs);
    free(batch->artist);
    free(batch->counted);
    free(batch->clean);
    free(batch->seen);
    free(batch->present);
    *batch = (pulse_batch){0};
}

#define MOST_MODALITIES 64 /* the core's limit is lower */

static bool is_known(const float *row, const pulse_dataset *dataset, uint32_t modality)
{
    return dataset->flag[modality] != UINT32_MAX && row[dataset->flag[modality]] != 0.0f;
}

static void hide(float *row, const pulse_dataset *dataset, const bool *hidden)
{
    const uint32_t features = dataset->targets - dataset->lyrics;
    for (uint32_t c = 0; c < features; ++c) {
        if (hidden[dataset->modality[c]])
            row[c] = 0.0f;
    }
    if (dataset->lyrics && hidden[dataset->modality[features]])
        memset(row + features, 0, dataset->lyrics * sizeof *row);
    for (uint32_t m = 0; m < dataset->modalities; ++m) {
        if (hidden[m])
            row[dataset->flag[m]] = 0.0f;
    }
}

/* Each with the probability `share`, but never all: that would teach nothing. */
static void hide_some(float *row, const pulse_dataset *dataset, float share, pulse_random *random)
{
    bool hidden[MOST_MODALITIES] = {false};
    uint32_t known = 0, left = 0;
    for (uint32_t m = 0; m < dataset->modalities; ++m) {
        if (!is_known(row, dataset, m))
            continue;
        ++known;
        hidden[m] = pulse_random_unit(random) < share;
        left += !hidden[m];
    }
    if (known > 0 && left > 0 && left < known)
        hide(row, dataset, hidden);
}

/* All but one, drawn by the dataset's weights. */
static void hide_others(float *row, const pulse_dataset *dataset, pulse_random *random)
{
    bool hidden[MOST_MODALITIES] = {false};
    uint32_t known[MOST_MODALITIES], count = 0;
    float total = 0;
    for (uint32_t m = 0; m < dataset->modalities; ++m) {
        if (is_known(row, dataset, m)) {
            known[count++] = m;
            hidden[m] = true;
            total += dataset->lone_weight[m];
        }
    }
    if (count < 2)
        return;
    float left = total * pulse_random_unit(random);
    uint32_t drawn = 0;
    while (drawn + 1 < count && left >= dataset->lone_weight[known[drawn]])
        left -= dataset->lone_weight[known[drawn++]];
    hidden[known[drawn]] = false;
    hide(row, dataset, hidden);
}

/* One, drawn. */
static void hide_one(float *row, const pulse_dataset *dataset, pulse_random *random)
{
    bool hidden[MOST_MODALITIES] = {false};
    uint32_t known[MOST_MODALITIES], count = 0;
    for (uint32_t m = 0; m < dataset->modalities; ++m) {
        if (is_known(row, dataset, m))
            known[count++] = m;
    }
    if (count < 2)
        return;
    hidden[known[pulse_random_below(random, count)]] = true;
    hide(row, dataset, hidden);
}

/* What is seen of a row. */
typedef enum view { VIEW_BY_RECIPE, VIEW_ONE_ALONE, VIEW_ALL_BUT_ONE } view;

/* A description has the direction of the lyrics it means, and much that is only its own. */
static void blur_lyrics(float *row, const pulse_dataset *dataset, float noise, pulse_random *random)
{
    const uint32_t last = dataset->targets - 1;
    if (is_known(row, dataset, dataset->modality[last]))
        /* All columns of the lyrics have one scale. */
        pulse_noise_add_normal(pulse_random_bits(random), noise / dataset->unweight[last], NULL,
                               dataset->lyrics, row + dataset->targets - dataset->lyrics);
}

static void corrupt(float *row, const uint8_t *present, const pulse_dataset *dataset,
                    const pulse_recipe *recipe, view seen, pulse_random *random)
{
    if (recipe->input_noise > 0.0f) {
        for (uint32_t c = 0; c < dataset->numerical; ++c) {
            if (present[c])
                row[c] += recipe->input_noise * pulse_random_normal(random);
        }
    }
    if (recipe->feature_dropout > 0.0f) {
        for (uint32_t c = 0; c < dataset->targets; ++c) {
            if (pulse_random_unit(random) < recipe->feature_dropout)
                row[c] = 0.0f;
        }
    }
    if (seen == VIEW_BY_RECIPE && recipe->lone_modality > 0.0f &&
        pulse_random_unit(random) < recipe->lone_modality)
        seen = VIEW_ONE_ALONE;
    if (seen == VIEW_ALL_BUT_ONE) {
        hide_one(row, dataset, random);
    } else if (seen == VIEW_ONE_ALONE) {
        hide_others(row, dataset, random);
        if (recipe->lyrics_noise > 0.0f && dataset->lyrics)
            blur_lyrics(row, dataset, recipe->lyrics_noise, random);
    } else if (recipe->modality_dropout > 0.0f)
        hide_some(row, dataset, recipe->modality_dropout, random);
}

static view draw_partner(pulse_batch *batch, uint32_t pair, pulse_random *random)
{
    const pulse_recipe *recipe = batch->recipe;
    const pulse_song_table *table = batch->dataset->table;
    const uint32_t song = batch->songs[pair], row = batch->pairs + pair;
    const bool self =
        recipe && recipe->self_pairs > 0.0f && pulse_random_unit(random) < recipe->self_pairs;
    batch->songs[row] = self ? song : pulse_partners_draw(batch->partners, table, song, random);
    batch->counted[pair] = self || batch->songs[row] != song;
    batch->artist[pair] = table->artist[song];
    if (!self)
        return VIEW_BY_RECIPE;
    return recipe->left_out > 0.0f && pulse_random_unit(random) < recipe->left_out
               ? VIEW_ALL_BUT_ONE
               : VIEW_ONE_ALONE;
}

void pulse_batch_begin(pulse_batch *batch, const uint32_t *songs, uint32_t count,
                       const pulse_partners *partners, const pulse_recipe *recipe, uint64_t seed,
                       uint64_t number)
{
    batch->pairs = partners ? count : 0;
    batch->rows = partners ? 2 * count : count;
    batch->partners = partners;
    batch->recipe = recipe;
    batch->seed = seed;
    batch->number = number;
    memcpy(batch->songs, songs, count * sizeof *songs);
}

pulse_random pulse_batch_random(const pulse_batch *batch, uint32_t row)
{
    return pulse_random_make(batch->seed, (batch->number + 1) << 20 | row);
}

void pulse_batch_fill(pulse_batch *batch, uint32_t first, uint32_t count)
{
    const pulse_dataset *dataset = batch->dataset;
    for (uint32_t i = first; i < first + count; ++i) {
        pulse_random random = pulse_batch_random(batch, i);
        const view seen_as = batch->partners && i >= batch->pairs
                                 ? draw_partner(batch, i - batch->pairs, &random)
                                 : VIEW_BY_RECIPE;
        float *clean = batch->clean + (size_t)i * dataset->inputs;
        float *seen = batch->seen + (size_t)i * dataset->inputs;
        uint8_t *present = batch->present + (size_t)i * dataset->targets;
        pulse_dataset_row(dataset, batch->songs[i], clean, present);
        memcpy(seen, clean, dataset->inputs * sizeof(float));
        if (batch->recipe)
            corrupt(seen, present, dataset, batch->recipe, seen_as, &random);
    }
}
