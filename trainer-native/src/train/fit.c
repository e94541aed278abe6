#include "train/fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* As the core's preprocessor does it, but for "circular"; NAN where the value has no transform. */
static double transformed(const char *transform, double value)
{
    if (strcmp(transform, "log1p") == 0)
        return value >= 0 ? log1p(value) : NAN;
    if (strcmp(transform, "log") == 0)
        return value > 0 ? log(value) : NAN;
    if (strcmp(transform, "logit") == 0) {
        const double v = value < 1e-6 ? 1e-6 : value > 1 - 1e-6 ? 1 - 1e-6 : value;
        return log(v / (1 - v));
    }
    return value;
}

/* Six digits are plenty for a mean, and make the text the same whatever the order of additions. */
static double rounded(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.7g", value);
    return strtod(text, NULL);
}

/* There is nothing to fit: a point on the unit circle has a variance of 1 where the values are
 * spread evenly, as a standardised number has. */
static cJSON *describe_circle(const pulse_recipe *recipe, const pulse_column *about)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", about->name);
    cJSON_AddStringToObject(json, "modality", about->modality);
    cJSON_AddStringToObject(json, "transform", "circular");
    cJSON_AddNumberToObject(json, "period", about->period);
    cJSON_AddNumberToObject(
        json, "weight",
        rounded(pulse_weights_find(&recipe->input_weights, about->name, about->modality)));
    return json;
}

static cJSON *fit_number(const pulse_song_table *table, const pulse_split *split,
                         const pulse_recipe *recipe, uint32_t column)
{
    const pulse_column *about = table->numerical_columns[column];
    const char *transform = about->transform ? about->transform : "none";
    if (strcmp(transform, "circular") == 0)
        return describe_circle(recipe, about);
    double n = 0, mean = 0, squares = 0;
    for (uint32_t i = 0; i < split->train_count; ++i) {
        const float raw = table->numbers[(size_t)split->train[i] * table->numerical + column];
        const double value = isnan(raw) ? NAN : transformed(transform, raw);
        if (isnan(value))
            continue;
        n += 1;
        const double difference = value - mean;
        mean += difference / n;
        squares += difference * (value - mean);
    }
    const double deviation = n > 0 ? sqrt(squares / n) : 0;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", about->name);
    cJSON_AddStringToObject(json, "modality", about->modality);
    cJSON_AddStringToObject(json, "transform", transform);
    cJSON_AddNumberToObject(json, "mean", rounded(mean));
    /* A column that never varies among the training songs says nothing: leave it near 0. */
    cJSON_AddNumberToObject(json, "scale", deviation > 1e-12 ? rounded(deviation) : 1.0);
    cJSON_AddNumberToObject(
        json, "weight",
        rounded(pulse_weights_find(&recipe->input_weights, about->name, about->modality)));
    return json;
}

double pulse_fit_lyrics(const pulse_song_table *table, const pulse_split *split, float *mean)
{
    const uint32_t dimensions = table->lyrics.dimensions;
    double *sum = pulse_need(dimensions, sizeof *sum);
    double n = 0, squares = 0;
    for (int pass = 0; pass < 2; ++pass) {
        for (uint32_t i = 0; i < split->train_count; ++i) {
            const float *row = pulse_song_lyrics_of(&table->lyrics, split->train[i]);
            if (!row)
                continue;
            n += pass == 0;
            for (uint32_t c = 0; c < dimensions; ++c) {
                const double difference = (double)row[c] - mean[c];
                sum[c] += pass == 0 ? row[c] : 0;
                squares += pass == 0 ? 0 : difference * difference;
            }
        }
        for (uint32_t c = 0; c < dimensions && pass == 0; ++c)
            mean[c] = n > 0 ? (float)(sum[c] / n) : 0;
    }
    free(sum);
    return n > 0 ? sqrt(squares / n / dimensions) : 0;
}

/* Embeddings are weighed so that 1 gives their columns, all together, unit variance. */
static cJSON *fit_lyrics(const pulse_song_table *table, const pulse_split *split,
                         const pulse_recipe *recipe)
{
    const uint32_t dimensions = table->lyrics.dimensions;
    double weight = pulse_weights_find(&recipe->input_weights, "lyrics", "lyrics");
    if (dimensions) {
        float *mean = pulse_need(dimensions, sizeof *mean);
        const double deviation = pulse_fit_lyrics(table, split, mean);
        weight = deviation > 1e-6 ? weight / deviation : weight;
        free(mean);
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "modality", "lyrics");
    cJSON_AddNumberToObject(json, "dimensions", dimensions ? dimensions : PULSE_LYRICS_DIMENSIONS);
    cJSON_AddNumberToObject(json, "weight", rounded(weight));
    return json;
}

typedef struct counted {
    uint32_t count;
    const char *name;
} counted;

static int by_count(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return strcmp(x->name, y->name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const counted *)a)->name, ((const counted *)b)->name);
}

static void count_values(const pulse_song_category *category, uint32_t song, counted *values)
{
    if (!category->first) {
        if (category->values[song] != PULSE_NO_CATEGORY)
            ++values[category->values[song]].count;
        return;
    }
    for (size_t i = category->first[song]; i < category->first[song + 1]; ++i)
        ++values[category->lists[i]].count;
}

static cJSON *fit_category(const pulse_split *split, const pulse_recipe *recipe,
                           const pulse_song_category *category)
{
    counted *values = pulse_need(category->names.count, sizeof *values);
    for (uint32_t i = 0; i < category->names.count; ++i)
        values[i].name = category->names.items[i];
    for (uint32_t i = 0; i < split->train_count; ++i)
        count_values(category, split->train[i], values);
    qsort(values, category->names.count, sizeof *values, by_count);
    uint32_t kept = category->names.count < PULSE_CATEGORY_VALUES ? category->names.count
                                                                  : PULSE_CATEGORY_VALUES;
    /* A list has a long tail, and a value of one song tells it from no two others. */
    while (category->first && kept > 1 && values[kept - 1].count < 2)
        --kept;
    qsort(values, kept, sizeof *values, by_name);
    const pulse_column *about = category->column;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", about->name);
    cJSON_AddStringToObject(json, "modality", about->modality);
    if (category->first)
        cJSON_AddTrueToObject(json, "multiple");
    cJSON *list = cJSON_AddArrayToObject(json, "values");
    for (uint32_t i = 0; i < kept; ++i)
        cJSON_AddItemToArray(list, cJSON_CreateString(values[i].name));
    cJSON_AddNumberToObject(
        json, "weight",
        rounded(pulse_weights_find(&recipe->input_weights, about->name, about->modality)));
    free(values);
    return json;
}

static void add_modality(cJSON *list, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (strcmp(item->valuestring, name) == 0)
            return;
    }
    cJSON_AddItemToArray(list, cJSON_CreateString(name));
}

/* The oldest that can say it: older programs open what they can read. */
static int oldest_version(const pulse_song_table *table)
{
    bool newer = false;
    for (uint32_t i = 0; i < table->numerical; ++i)
        newer |= table->numerical_columns[i]->period > 0;
    for (uint32_t i = 0; i < table->categorical; ++i)
        newer |= table->categories[i].first != NULL;
    return newer ? 2 : 1;
}

char *pulse_fit_preprocessor(const pulse_song_table *table, const pulse_split *split,
                             const pulse_recipe *recipe)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "version", oldest_version(table));
    cJSON *modalities = cJSON_AddArrayToObject(json, "modalities");
    static const char *const usual[] = {"metadata", "audio", "descriptors", "lyrics"};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; ++i)
        add_modality(modalities, usual[i]);
    cJSON *numerical = cJSON_AddArrayToObject(json, "numerical");
    cJSON *categorical = cJSON_AddArrayToObject(json, "categorical");
    for (uint32_t i = 0; i < table->numerical; ++i) {
        const pulse_column *column = table->numerical_columns[i];
        add_modality(modalities, column->modality);
        cJSON_AddItemToArray(numerical, fit_number(table, split, recipe, i));
        if (column->role == PULSE_ROLE_YEAR)
            cJSON_AddStringToObject(json, "year", column->name);
    }
    for (uint32_t i = 0; i < table->categorical; ++i) {
        const pulse_column *column = table->categories[i].column;
        add_modality(modalities, column->modality);
        cJSON_AddItemToArray(categorical, fit_category(split, recipe, &table->categories[i]));
        if (column->role == PULSE_ROLE_GENRE)
            cJSON_AddStringToObject(json, "genre", column->name);
    }
    cJSON_AddItemToObject(json, "lyrics", fit_lyrics(table, split, recipe));
    char *text = cJSON_PrintUnformatted(json);
    char *copy = pulse_need_text(text ? text : "{}");
    cJSON_free(text);
    cJSON_Delete(json);
    return copy;
}
