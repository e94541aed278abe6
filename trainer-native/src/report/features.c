/* How the features are distributed: a histogram for each number, counts for each category, and how
 * much is missing. Numbers come from the bundle, which keeps them; categories from the workspace.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ingest/workspace.h"
#include "report/catalogue.h"
#include "train/songs.h"

enum { BINS = 32, MOST_BINS = 40, MOST_VALUES = 12, VALUE_SEPARATOR = 0x1f };

/* A feature's histogram while the songs go by. Between `low` and `high`, in logarithms or not. */
typedef struct histogram {
    double minimum, maximum; /* of the values */
    double low, high;        /* of the bins */
    bool logarithmic;
    bool whole; /* every value is a whole number: a bin is one of them, or so many that all fit */
    double step;
    uint32_t bins;
    uint64_t known;
    double sum;
    uint64_t counts[MOST_BINS];
} histogram;

/* Values that spread over decades are one bar at the left of a linear scale. */
static bool wants_logarithms(const pulse_feature *about)
{
    const double minimum = about->quantiles[0], median = about->quantiles[5],
                 maximum = about->quantiles[10];
    return minimum > 0 && maximum / median > 50;
}

static void lay_out(histogram *h)
{
    const double numbers = round(h->maximum) - round(h->minimum) + 1;
    h->logarithmic = h->logarithmic && !(h->whole && numbers <= MOST_BINS);
    h->whole = h->whole && !h->logarithmic;
    h->bins = BINS;
    h->low = h->logarithmic ? log(h->minimum) : h->minimum;
    h->high = h->logarithmic ? log(h->maximum) : h->maximum;
    if (h->whole) {
        h->step = ceil(numbers / MOST_BINS);
        h->bins = (uint32_t)ceil(numbers / h->step);
        h->low = round(h->minimum) - 0.5;
        h->high = h->low + h->step * h->bins;
    }
}

static void count(histogram *h, double value)
{
    h->known += 1;
    h->sum += value;
    const double at = h->logarithmic ? log(value) : value;
    const double share = h->high > h->low ? (at - h->low) / (h->high - h->low) : 0;
    const double bin = floor(share * h->bins);
    const uint32_t last = h->bins - 1;
    h->counts[bin > 0 ? bin < last ? (uint32_t)bin : last : 0] += 1;
}

static cJSON *histogram_json(const histogram *h, const char *name, const char *label)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", name);
    cJSON_AddStringToObject(json, "label", label);
    cJSON_AddNumberToObject(json, "known", (double)h->known);
    cJSON_AddItemToObject(json, "minimum", pulse_report_number(h->minimum, 6));
    cJSON_AddItemToObject(json, "maximum", pulse_report_number(h->maximum, 6));
    cJSON_AddItemToObject(json, "mean",
                          pulse_report_number(h->known ? h->sum / (double)h->known : NAN, 6));
    cJSON_AddStringToObject(json, "scale",
                            h->whole         ? "whole"
                            : h->logarithmic ? "logarithmic"
                                             : "linear");
    if (h->whole)
        cJSON_AddNumberToObject(json, "step", h->step);
    cJSON *bins = cJSON_AddArrayToObject(json, "bins");
    for (uint32_t i = 0; i < h->bins; ++i)
        cJSON_AddItemToArray(bins, cJSON_CreateNumber((double)h->counts[i]));
    return json;
}

static void add_years(const pulse_report_catalogue *catalogue, cJSON *list)
{
    const pulse_info *info = &catalogue->info;
    if (info->year_max == 0)
        return;
    histogram h = {.minimum = info->year_min, .maximum = info->year_max, .whole = true};
    lay_out(&h);
    for (uint32_t i = 0; i < info->songs; ++i) {
        if (catalogue->year[i] != 0)
            count(&h, catalogue->year[i]);
    }
    cJSON *json = histogram_json(&h, "year", "year");
    cJSON_AddStringToObject(json, "modality", "metadata");
    cJSON_AddItemToArray(list, json);
}

/* Looks at every value of every song, first to learn of what kind they are, then to count them:
 * twice through them is cheaper than to keep them. */
static int each_value(const pulse_report_catalogue *catalogue, histogram *histograms, bool counting,
                      pulse_failure *failure)
{
    const pulse_info *info = &catalogue->info;
    float *values = pulse_need(info->feature_count, sizeof *values);
    int code = 0;
    for (uint32_t i = 0; i < info->songs && !code; ++i) {
        pulse_error error;
        if (pulse_get_features(catalogue->engine, i, values, &error) != PULSE_OK)
            code = pulse_failure_core(failure, &error);
        for (uint32_t f = 0; f < info->feature_count && !code; ++f) {
            if (isnan(values[f]))
                continue;
            histogram *h = &histograms[f];
            /* The catalogue keeps steps of 1/65535 of the range: a whole number is near one. */
            if (counting)
                count(h, values[f]);
            else if (fabs((double)(values[f] - roundf(values[f]))) >
                     (h->maximum - h->minimum) / 60000)
                h->whole = false;
        }
    }
    free(values);
    return code;
}

static int add_numbers(const pulse_report_catalogue *catalogue, cJSON *list, pulse_failure *failure)
{
    const pulse_info *info = &catalogue->info;
    histogram *histograms = pulse_need(info->feature_count, sizeof *histograms);
    for (uint32_t f = 0; f < info->feature_count; ++f) {
        const pulse_feature *about = &info->features[f];
        histograms[f] = (histogram){.minimum = about->quantiles[0],
                                    .maximum = about->quantiles[10],
                                    .logarithmic = wants_logarithms(about),
                                    .whole = true};
    }
    int code = each_value(catalogue, histograms, false, failure);
    for (uint32_t f = 0; f < info->feature_count; ++f)
        lay_out(&histograms[f]);
    if (!code)
        code = each_value(catalogue, histograms, true, failure);
    for (uint32_t f = 0; f < info->feature_count; ++f) {
        const pulse_feature *about = &info->features[f];
        cJSON *json = histogram_json(&histograms[f], about->name, about->label);
        cJSON_AddStringToObject(json, "modality", about->modality);
        cJSON_AddStringToObject(json, "unit", about->unit);
        cJSON_AddStringToObject(json, "low", about->low);
        cJSON_AddStringToObject(json, "high", about->high);
        cJSON_AddItemToObject(json, "median", pulse_report_number(about->quantiles[5], 6));
        cJSON_AddItemToArray(list, json);
    }
    free(histograms);
    return code;
}

/* ---- Categories ----------------------------------------------------------------------------- */

typedef struct category {
    pulse_intern names;
    uint64_t *songs; /* [capacity] of each name */
    uint32_t capacity;
    uint64_t known;
} category;

static void count_name(category *c, const char *name)
{
    const uint32_t at = pulse_intern_add(&c->names, name);
    if (at >= c->capacity) {
        const uint32_t capacity = c->capacity ? c->capacity * 2 : 64;
        c->songs = pulse_need_more(c->songs, capacity, sizeof *c->songs);
        memset(c->songs + c->capacity, 0, (capacity - c->capacity) * sizeof *c->songs);
        c->capacity = capacity;
    }
    ++c->songs[at];
}

/* A song's value, or its values: a list's are joined by U+001F. */
static void count_values(category *c, const char *text)
{
    if (!text[0])
        return;
    c->known += 1;
    char *copy = pulse_need_text(text);
    for (char *at = copy; at;) {
        char *end = strchr(at, VALUE_SEPARATOR);
        if (end)
            *end = 0;
        if (*at)
            count_name(c, at);
        at = end ? end + 1 : NULL;
    }
    free(copy);
}

typedef struct named {
    const char *name;
    uint64_t songs;
} named;

static int most_first(const void *a, const void *b)
{
    const named *x = a, *y = b;
    if (x->songs != y->songs)
        return x->songs < y->songs ? 1 : -1;
    return strcmp(x->name, y->name);
}

static cJSON *category_json(const char *name, const char *label, const char *modality,
                            uint64_t known, const named *values, uint32_t value_count)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", name);
    cJSON_AddStringToObject(json, "label", label);
    cJSON_AddStringToObject(json, "modality", modality);
    cJSON_AddNumberToObject(json, "known", (double)known);
    cJSON_AddNumberToObject(json, "different", value_count);
    cJSON *list = cJSON_AddArrayToObject(json, "values");
    uint64_t others = 0;
    for (uint32_t i = 0; i < value_count; ++i) {
        if (i >= MOST_VALUES) {
            others += values[i].songs;
            continue;
        }
        cJSON *value = cJSON_CreateObject();
        cJSON_AddStringToObject(value, "name", values[i].name);
        cJSON_AddNumberToObject(value, "songs", (double)values[i].songs);
        cJSON_AddItemToArray(list, value);
    }
    cJSON_AddNumberToObject(json, "others", (double)others);
    return json;
}

static cJSON *counted_json(const category *c, const pulse_column *column)
{
    named *values = pulse_need(c->names.count, sizeof *values);
    for (uint32_t i = 0; i < c->names.count; ++i)
        values[i] = (named){c->names.items[i], c->songs[i]};
    qsort(values, c->names.count, sizeof *values, most_first);
    cJSON *json =
        category_json(column->name, column->label ? column->label : column->name,
                      column->modality ? column->modality : "", c->known, values, c->names.count);
    free(values);
    return json;
}

static int add_columns(const char *work, cJSON *list, pulse_failure *failure)
{
    pulse_workspace workspace;
    int code = pulse_workspace_open(work, &workspace, failure);
    if (code)
        return code;
    category *categories = pulse_need(workspace.categorical, sizeof *categories);
    pulse_workspace_song song = {0};
    bool more = true;
    while (!code && more) {
        code = pulse_workspace_next(&workspace, &song, &more, failure);
        for (uint32_t i = 0; i < workspace.categorical && !code && more; ++i)
            count_values(&categories[i], song.categorical[i]);
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < workspace.schema.count && !code; ++i) {
        if (pulse_column_is_category(&workspace.schema.columns[i]))
            cJSON_AddItemToArray(list,
                                 counted_json(&categories[at++], &workspace.schema.columns[i]));
    }
    pulse_workspace_song_free(&song);
    for (uint32_t i = 0; i < workspace.categorical; ++i) {
        pulse_intern_free(&categories[i].names);
        free(categories[i].songs);
    }
    free(categories);
    pulse_workspace_close(&workspace);
    return code;
}

/* Of the bundle alone only the genre is known. */
static void add_genre(const pulse_report_catalogue *catalogue, cJSON *list)
{
    const pulse_info *info = &catalogue->info;
    named *values = pulse_need(info->genre_count, sizeof *values);
    uint64_t known = 0;
    for (uint32_t i = 0; i < info->genre_count; ++i) {
        values[i].name = info->genres[catalogue->by_songs[i]];
        values[i].songs = catalogue->genre_songs[catalogue->by_songs[i]];
        known += values[i].songs;
    }
    if (info->genre_count)
        cJSON_AddItemToArray(
            list, category_json("genre", "genre", "metadata", known, values, info->genre_count));
    free(values);
}

int pulse_report_features(const pulse_report_catalogue *catalogue, const char *work, cJSON *data,
                          pulse_failure *failure)
{
    cJSON *numbers = cJSON_AddArrayToObject(data, "numbers");
    cJSON *categories = cJSON_AddArrayToObject(data, "categories");
    add_years(catalogue, numbers);
    const int code = add_numbers(catalogue, numbers, failure);
    if (code || work)
        return code ? code : add_columns(work, categories, failure);
    add_genre(catalogue, categories);
    return 0;
}
