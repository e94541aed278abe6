#include "export/quality.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define QUERIES 2000u

typedef struct errors {
    double sum, count;
} errors;

/* y and x [targets], standardised and unweighted. */
static void compare(const pulse_dataset *dataset, const float *y, const float *x,
                    const uint8_t *present, errors *all, errors *by_modality)
{
    for (uint32_t c = 0; c < dataset->targets; ++c) {
        if (!present[c])
            continue;
        const double difference = (double)y[c] - x[c];
        all->sum += difference * difference;
        all->count += 1;
        if (by_modality) {
            by_modality[dataset->modality[c]].sum += difference * difference;
            by_modality[dataset->modality[c]].count += 1;
        }
    }
}

static double mean_of(const errors *e)
{
    return e->count > 0 ? e->sum / e->count : NAN;
}

static int measure_model(const pulse_dataset *dataset, pulse_autoencoder *autoencoder,
                         const float *features, pulse_quality *out, pulse_failure *failure)
{
    const pulse_layout *layout = &dataset->layout;
    const pulse_split *split = dataset->split;
    float *row = pulse_need(layout->inputs, sizeof *row);
    float *target = pulse_need(layout->targets, sizeof *target);
    float *y = pulse_need(dataset->targets, sizeof *y);
    errors all = {0}, *by_modality = pulse_need(dataset->modalities, sizeof *by_modality);
    int code = 0;
    for (uint32_t i = 0; i < split->test_count && !code; ++i) {
        const uint32_t song = split->test[i];
        code = pulse_song_table_rows(dataset->table, dataset->preprocessor, song, 1, row, NULL,
                                     failure);
        pulse_error error;
        if (!code && pulse_autoencoder_reconstruct(autoencoder, row, 1, target, &error) != PULSE_OK)
            code = pulse_failure_core(failure, &error);
        for (uint32_t c = 0; c < dataset->targets; ++c)
            y[c] = target[dataset->columns[c]] * dataset->unweight[c];
        compare(dataset, y, features + (size_t)song * dataset->targets,
                dataset->present + (size_t)song * dataset->targets, &all, by_modality);
    }
    out->heldout_mse = mean_of(&all);
    for (uint32_t m = 0; m < dataset->modalities; ++m)
        out->heldout_by_modality[m] = mean_of(&by_modality[m]);
    free(row);
    free(target);
    free(y);
    free(by_modality);
    return code;
}

static double pca_error(const pulse_dataset *dataset, const pulse_pca *pca, const float *features)
{
    const pulse_split *split = dataset->split;
    float *projected = pulse_need(pca->dimensions, sizeof *projected);
    float *y = pulse_need(dataset->targets, sizeof *y);
    errors all = {0};
    for (uint32_t i = 0; i < split->test_count; ++i) {
        const float *x = features + (size_t)split->test[i] * dataset->targets;
        pulse_pca_project(pca, x, 1, projected);
        pulse_pca_restore(pca, projected, 1, y);
        compare(dataset, y, x, dataset->present + (size_t)split->test[i] * dataset->targets, &all,
                NULL);
    }
    free(projected);
    free(y);
    return mean_of(&all);
}

/* Songs that the model has not learned from, where there are any, in the order of the split, which
 * is random. Their neighbours come from all songs. */
static uint32_t pick_queries(const pulse_split *split, const uint32_t **queries)
{
    *queries = split->test_count ? split->test : split->train;
    const uint32_t count = split->test_count ? split->test_count : split->train_count;
    return count < QUERIES ? count : QUERIES;
}

/* The standardised, unweighted features of all songs, [songs, targets]. */
static float *plain_features(const pulse_dataset *dataset)
{
    float *features =
        pulse_need((size_t)dataset->table->songs * dataset->targets, sizeof *features);
    for (size_t i = 0; i < dataset->table->songs; ++i) {
        for (uint32_t c = 0; c < dataset->targets; ++c)
            features[i * dataset->targets + c] =
                dataset->x[i * dataset->inputs + c] * dataset->unweight[c];
    }
    return features;
}

int pulse_quality_measure(const pulse_dataset *dataset, pulse_autoencoder *autoencoder,
                          const float *latents, pulse_quality *out, pulse_failure *failure)
{
    const uint32_t songs = dataset->table->songs;
    const uint32_t dimensions = pulse_autoencoder_dimensions(autoencoder);
    *out =
        (pulse_quality){.heldout_songs = dataset->split->held_out ? dataset->split->test_count : 0,
                        .heldout_mse = NAN,
                        .pca_heldout_mse = NAN};
    out->heldout_by_modality = pulse_need(dataset->modalities, sizeof(double));
    for (uint32_t m = 0; m < dataset->modalities; ++m)
        out->heldout_by_modality[m] = NAN;
    float *features = plain_features(dataset);
    const uint32_t *order;
    const uint32_t queries = pick_queries(dataset->split, &order);
    pulse_pca pca = {0};
    int code = pulse_pca_fit(features, dataset->targets, dataset->split->train,
                             dataset->split->train_count, dimensions, &pca, failure);
    if (!code && out->heldout_songs) {
        code = measure_model(dataset, autoencoder, features, out, failure);
        out->pca_heldout_mse = pca_error(dataset, &pca, features);
    }
    if (!code) {
        out->pca_dimensions = pca.dimensions;
        float *projected = pulse_need((size_t)songs * pca.dimensions, sizeof *projected);
        pulse_pca_project(&pca, features, songs, projected);
        pulse_space_normalise(projected, songs, pca.dimensions);
        pulse_space_normalise(features, songs, dataset->targets);
        code = pulse_space_measure(latents, dimensions, dataset->table, order, queries,
                                   &out->latent, failure);
        if (!code)
            code = pulse_space_measure(projected, pca.dimensions, dataset->table, order, queries,
                                       &out->pca, failure);
        if (!code)
            code = pulse_space_measure(features, dataset->targets, dataset->table, order, queries,
                                       &out->features, failure);
        free(projected);
    }
    pulse_pca_free(&pca);
    free(features);
    if (code)
        pulse_quality_free(out);
    return code;
}

void pulse_quality_free(pulse_quality *quality)
{
    free(quality->heldout_by_modality);
    quality->heldout_by_modality = NULL;
}

/* ---- As text -------------------------------------------------------------------------------- */

/* Four digits: more would be noise, and would differ between machines. */
static void add_number(cJSON *json, const char *name, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.4g", fabs(value) < 1e-9 ? 0.0 : value);
    cJSON_AddItemToObject(
        json, name, isfinite(value) ? cJSON_CreateNumber(strtod(text, NULL)) : cJSON_CreateNull());
}

static void add_measure(cJSON *json, const char *name, const pulse_measure *latent,
                        const pulse_measure *pca, const pulse_measure *features)
{
    cJSON *object = cJSON_AddObjectToObject(json, name);
    add_number(object, "latent", latent->mean);
    add_number(object, "pca", pca->mean);
    add_number(object, "features", features->mean);
    add_number(object, "interval", latent->interval);
}

cJSON *pulse_quality_to_json(const pulse_quality *quality, const pulse_dataset *dataset)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "heldout_songs", quality->heldout_songs);
    add_number(json, "heldout_mse_features", quality->heldout_mse);
    cJSON *by_modality = cJSON_AddObjectToObject(json, "heldout_mse_by_modality");
    for (uint32_t m = 0; m < dataset->modalities; ++m) {
        if (isfinite(quality->heldout_by_modality[m]))
            add_number(by_modality, dataset->modality_names[m], quality->heldout_by_modality[m]);
    }
    cJSON_AddNumberToObject(json, "pca_dimensions", quality->pca_dimensions);
    add_number(json, "pca_heldout_mse_features", quality->pca_heldout_mse);
    cJSON_AddNumberToObject(json, "queries", quality->latent.queries);
    add_measure(json, "same_genre_at_10", &quality->latent.same_genre, &quality->pca.same_genre,
                &quality->features.same_genre);
    add_measure(json, "same_artist_recall_at_10", &quality->latent.same_artist,
                &quality->pca.same_artist, &quality->features.same_artist);
    return json;
}

static void put(pulse_text *text, const char *label, const cJSON *json, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(json, name);
    if (cJSON_IsNumber(value))
        pulse_text_format(text, "%s%.4g", label, value->valuedouble);
}

static void put_measure(pulse_text *text, const char *label, const cJSON *quality, const char *name)
{
    const cJSON *measure = cJSON_GetObjectItemCaseSensitive(quality, name);
    if (!cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(measure, "latent")))
        return;
    pulse_text_format(text, "%s\n", label);
    put(text, "  latent ", measure, "latent");
    put(text, " +- ", measure, "interval");
    put(text, ", PCA ", measure, "pca");
    put(text, ", raw features ", measure, "features");
    pulse_text_format(text, "\n");
}

char *pulse_quality_text(const cJSON *quality)
{
    pulse_text text = {0};
    const cJSON *songs = cJSON_GetObjectItemCaseSensitive(quality, "heldout_songs");
    if (cJSON_IsNumber(songs) && songs->valuedouble > 0) {
        pulse_text_format(&text, "mean squared error of the features of %.0f held-out songs\n",
                          songs->valuedouble);
        put(&text, "  autoencoder ", quality, "heldout_mse_features");
        put(&text, ", PCA ", quality, "pca_heldout_mse_features");
        put(&text, " of dimensions ", quality, "pca_dimensions");
        pulse_text_format(&text, "\n");
        const cJSON *by = cJSON_GetObjectItemCaseSensitive(quality, "heldout_mse_by_modality");
        const cJSON *item;
        cJSON_ArrayForEach(item, by)
        {
            if (cJSON_IsNumber(item))
                pulse_text_format(&text, "  %s %.4g\n", item->string, item->valuedouble);
        }
    }
    put_measure(&text, "share of the 10 nearest songs that are of the same genre", quality,
                "same_genre_at_10");
    put_measure(&text, "share of the artist's other songs (10 at most) among the 10 nearest",
                quality, "same_artist_recall_at_10");
    if (!text.data)
        pulse_text_append(&text, "", 0);
    return text.data;
}
