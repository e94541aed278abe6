#include "train/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/memory.h"

/* The weights of the columns in use, by the names in the preprocessor's JSON. */
static void describe_targets(pulse_dataset *dataset, const cJSON *json, const pulse_recipe *recipe)
{
    static const char *const lists[] = {"numerical", "categorical"};
    uint32_t column = 0, feature = 0;
    for (size_t k = 0; k < 2; ++k) {
        const cJSON *item;
        cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, lists[k]))
        {
            const char *name = cJSON_GetObjectItemCaseSensitive(item, "name")->valuestring;
            const char *modality = cJSON_GetObjectItemCaseSensitive(item, "modality")->valuestring;
            const double weight = cJSON_GetObjectItemCaseSensitive(item, "weight")->valuedouble;
            const cJSON *values = cJSON_GetObjectItemCaseSensitive(item, "values");
            /* A feature that goes round has sine and cosine. */
            const uint32_t width = values ? (uint32_t)cJSON_GetArraySize(values)
                                   : cJSON_GetObjectItemCaseSensitive(item, "period") ? 2
                                                                                      : 1;
            for (uint32_t i = 0; i < width && column < dataset->targets; ++i, ++column) {
                dataset->unweight[column] = (float)(1.0 / weight);
                dataset->loss_weight[column] =
                    pulse_weights_find(&recipe->loss_weights, name, modality);
            }
            if (values)
                dataset->category_ends[feature++] = column;
        }
    }
}

static void describe_lyrics(pulse_dataset *dataset, const cJSON *json, const pulse_recipe *recipe)
{
    const cJSON *lyrics = cJSON_GetObjectItemCaseSensitive(json, "lyrics");
    const double weight = cJSON_GetObjectItemCaseSensitive(lyrics, "weight")->valuedouble;
    const uint32_t first = dataset->targets - dataset->lyrics;
    float *mean = pulse_need(dataset->lyrics, sizeof *mean);
    const double deviation = pulse_fit_lyrics(dataset->table, dataset->split, mean);
    dataset->lyrics_weight = (float)weight;
    for (uint32_t c = 0; c < dataset->lyrics; ++c) {
        dataset->unweight[first + c] = deviation > 1e-6 ? (float)(1.0 / (weight * deviation)) : 1;
        dataset->loss_weight[first + c] =
            pulse_weights_find(&recipe->loss_weights, "lyrics", "lyrics");
        dataset->centre[first + c] = mean[c] * dataset->lyrics_weight;
    }
    /* The flag stands in for the mean, so it must be the lyrics' alone. */
    for (uint32_t c = 0; c < first; ++c) {
        if (dataset->modality[c] == dataset->modality[first])
            memset(dataset->centre, 0, dataset->targets * sizeof *dataset->centre);
    }
    free(mean);
}

static void take_names(pulse_dataset *dataset, const cJSON *json)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "modalities"), *item;
    dataset->modalities = dataset->layout.modalities;
    dataset->modality_names = pulse_need(dataset->modalities, sizeof *dataset->modality_names);
    uint32_t at = 0;
    cJSON_ArrayForEach(item, list)
    {
        if (at < dataset->modalities)
            dataset->modality_names[at++] = pulse_need_text(item->valuestring);
    }
}

/* Columns that some song has: numerical and categorical ones always; the lyrics block once songs
 * have embeddings; the presence flags of modalities with a column. */
static void choose_columns(pulse_dataset *dataset)
{
    const pulse_layout *layout = &dataset->layout;
    dataset->lyrics = dataset->table->lyrics.dimensions;
    const uint32_t used = layout->numerical + layout->categorical + dataset->lyrics;
    dataset->columns = pulse_need(layout->inputs, sizeof *dataset->columns);
    dataset->modality = pulse_need(layout->targets, sizeof *dataset->modality);
    dataset->flag = pulse_need(layout->modalities, sizeof *dataset->flag);
    for (uint32_t m = 0; m < layout->modalities; ++m)
        dataset->flag[m] = UINT32_MAX;
    for (uint32_t c = 0; c < used; ++c) {
        dataset->modality[c] = pulse_preprocessor_modality(dataset->preprocessor, c);
        dataset->flag[dataset->modality[c]] = 0;
        dataset->columns[dataset->inputs++] = c;
    }
    dataset->targets = used;
    for (uint32_t m = 0; m < layout->modalities; ++m) {
        if (dataset->flag[m] != 0)
            continue;
        dataset->flag[m] = dataset->inputs;
        dataset->columns[dataset->inputs++] = layout->targets + m;
    }
    dataset->numerical = layout->numerical;
}

/* The categories that a full row has, behind those of the songs before. */
static void take_categories(pulse_dataset *dataset, uint32_t song, const float *row, size_t *room)
{
    size_t count = dataset->first_category[song];
    for (uint32_t c = dataset->numerical; c < dataset->targets - dataset->lyrics; ++c) {
        const float value = row[dataset->columns[c]];
        if (value == 0.0f)
            continue;
        if (count == *room) {
            *room = *room ? *room + *room / 2 : 4096;
            dataset->categories =
                pulse_need_more(dataset->categories, *room, sizeof *dataset->categories);
        }
        dataset->categories[count++] = (pulse_dataset_category){c, value};
    }
    dataset->first_category[song + 1] = count;
}

static void take_row(pulse_dataset *dataset, uint32_t song, const float *row,
                     const uint8_t *present)
{
    const uint32_t numerical = dataset->numerical, features = dataset->categorical_features;
    float *x = dataset->x + (size_t)song * (numerical + dataset->flags);
    uint8_t *known = dataset->known + (size_t)song * (numerical + features);
    for (uint32_t c = 0; c < numerical; ++c) {
        x[c] = row[dataset->columns[c]];
        known[c] = present[dataset->columns[c]];
    }
    for (uint32_t f = 0; f < dataset->flags; ++f)
        x[numerical + f] = row[dataset->columns[dataset->targets + f]];
    /* A feature's categories are known or missing together. */
    uint32_t column = numerical;
    for (uint32_t k = 0; k < features; ++k) {
        const uint32_t end = dataset->category_ends[k];
        known[numerical + k] = end > column && present[dataset->columns[column]];
        column = end;
    }
}

static int take_rows(pulse_dataset *dataset, pulse_failure *failure)
{
    enum { PART = 1024 };
    const pulse_layout *layout = &dataset->layout;
    const uint32_t songs = dataset->table->songs;
    float *rows = pulse_need((size_t)PART * layout->inputs, sizeof *rows);
    uint8_t *present = pulse_need(PART, layout->targets);
    dataset->flags = dataset->inputs - dataset->targets;
    dataset->x = pulse_need((size_t)songs * (dataset->numerical + dataset->flags), sizeof(float));
    dataset->known =
        pulse_need((size_t)songs * (dataset->numerical + dataset->categorical_features), 1);
    dataset->first_category = pulse_need((size_t)songs + 1, sizeof *dataset->first_category);
    size_t room = 0;
    int code = 0;
    for (uint32_t first = 0; first < songs && !code; first += PART) {
        const uint32_t count = songs - first < PART ? songs - first : PART;
        code = pulse_song_table_rows(dataset->table, dataset->preprocessor, first, count, rows,
                                     present, failure);
        for (uint32_t i = 0; i < count && !code; ++i) {
            const float *row = rows + (size_t)i * layout->inputs;
            take_row(dataset, first + i, row, present + (size_t)i * layout->targets);
            take_categories(dataset, first + i, row, &room);
        }
    }
    free(rows);
    free(present);
    return code;
}

/* embedding * weight - centre */
PULSE_CLONES
static void centre_lyrics(size_t count, const float *lyrics, float weight, const float *centre,
                          float *row)
{
    for (size_t c = 0; c < count; ++c)
        row[c] = lyrics[c] * weight - centre[c];
}

/* `present` [targets - lyrics] */
static void fill_present(const pulse_dataset *dataset, uint32_t song, uint8_t *present)
{
    const uint32_t numerical = dataset->numerical, features = dataset->categorical_features;
    const uint8_t *known = dataset->known + (size_t)song * (numerical + features);
    memcpy(present, known, numerical);
    uint32_t column = numerical;
    for (uint32_t k = 0; k < features; ++k) {
        const uint32_t end = dataset->category_ends[k];
        memset(present + column, known[numerical + k], end - column);
        column = end;
    }
}

void pulse_dataset_row(const pulse_dataset *dataset, uint32_t song, float *row, uint8_t *present)
{
    const uint32_t numerical = dataset->numerical, flags = dataset->flags;
    const uint32_t targets = dataset->targets - dataset->lyrics;
    const float *x = dataset->x + (size_t)song * (numerical + flags);
    memcpy(row, x, numerical * sizeof *row);
    memset(row + numerical, 0, (targets - numerical) * sizeof *row);
    const size_t end = dataset->first_category[(size_t)song + 1];
    for (size_t k = dataset->first_category[song]; k < end; ++k)
        row[dataset->categories[k].column] = dataset->categories[k].value;
    memcpy(row + dataset->targets, x + numerical, flags * sizeof *row);
    fill_present(dataset, song, present);
    if (dataset->lyrics == 0)
        return;
    const float *lyrics = pulse_song_lyrics_of(&dataset->table->lyrics, song);
    memset(present + targets, lyrics != NULL, dataset->lyrics);
    if (lyrics)
        centre_lyrics(dataset->lyrics, lyrics, dataset->lyrics_weight, dataset->centre + targets,
                      row + targets);
    else
        memset(row + targets, 0, dataset->lyrics * sizeof *row);
}

static void weigh_songs(pulse_dataset *dataset)
{
    const uint32_t features = dataset->targets - dataset->lyrics, songs = dataset->table->songs;
    double lyrics = 0;
    for (uint32_t c = features; c < dataset->targets; ++c)
        lyrics += (double)dataset->loss_weight[c];
    dataset->song_weight = pulse_need(songs, sizeof *dataset->song_weight);
    uint8_t *present = pulse_need(features, 1);
    for (uint32_t i = 0; i < songs; ++i) {
        fill_present(dataset, i, present);
        double sum = pulse_song_lyrics_of(&dataset->table->lyrics, i) ? lyrics : 0;
        for (uint32_t c = 0; c < features; ++c)
            sum += present[c] ? (double)dataset->loss_weight[c] : 0;
        dataset->song_weight[i] = (float)sum;
    }
    free(present);
}

int pulse_dataset_make(const pulse_song_table *table, const pulse_split *split,
                       const pulse_recipe *recipe, const char *preprocessor_json,
                       pulse_dataset *out, pulse_failure *failure)
{
    pulse_dataset dataset = {.table = table, .split = split};
    dataset.preprocessor_json = preprocessor_json ? pulse_need_text(preprocessor_json)
                                                  : pulse_fit_preprocessor(table, split, recipe);
    pulse_error error;
    *out = (pulse_dataset){0};
    if (pulse_preprocessor_parse(dataset.preprocessor_json, strlen(dataset.preprocessor_json),
                                 &dataset.preprocessor, &error) != PULSE_OK) {
        free(dataset.preprocessor_json);
        return pulse_failure_core(failure, &error);
    }
    pulse_preprocessor_layout(dataset.preprocessor, &dataset.layout);
    if (table->lyrics.dimensions && table->lyrics.dimensions != dataset.layout.lyrics) {
        pulse_dataset_free(&dataset);
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "the model was trained for lyrics embeddings of other encoders "
                                 "than the workspace holds; run playlistpulse train again");
    }
    choose_columns(&dataset);
    dataset.categorical_features = dataset.layout.categorical_features;
    dataset.category_ends = pulse_need(dataset.categorical_features, sizeof *dataset.category_ends);
    cJSON *json = cJSON_Parse(dataset.preprocessor_json);
    dataset.unweight = pulse_need(dataset.targets, sizeof(float));
    dataset.loss_weight = pulse_need(dataset.targets, sizeof(float));
    dataset.centre = pulse_need(dataset.targets, sizeof(float));
    describe_targets(&dataset, json, recipe);
    if (dataset.lyrics)
        describe_lyrics(&dataset, json, recipe);
    take_names(&dataset, json);
    dataset.lone_weight = pulse_need(dataset.modalities, sizeof(float));
    for (uint32_t m = 0; m < dataset.modalities; ++m)
        dataset.lone_weight[m] = pulse_weights_find(
            &recipe->lone_weights, dataset.modality_names[m], dataset.modality_names[m]);
    cJSON_Delete(json);
    const int code = take_rows(&dataset, failure);
    if (code)
        pulse_dataset_free(&dataset);
    else
        weigh_songs(&dataset);
    *out = dataset;
    return code;
}

void pulse_dataset_free(pulse_dataset *dataset)
{
    pulse_preprocessor_free(dataset->preprocessor);
    for (uint32_t i = 0; i < dataset->modalities; ++i)
        free(dataset->modality_names[i]);
    free(dataset->modality_names);
    free(dataset->lone_weight);
    free(dataset->preprocessor_json);
    free(dataset->columns);
    free(dataset->modality);
    free(dataset->flag);
    free(dataset->unweight);
    free(dataset->loss_weight);
    free(dataset->song_weight);
    free(dataset->centre);
    free(dataset->x);
    free(dataset->known);
    free(dataset->category_ends);
    free(dataset->first_category);
    free(dataset->categories);
    *dataset = (pulse_dataset){0};
}
