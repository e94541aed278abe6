#include "evaluate/quality.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define QUERIES 2000u

typedef struct errors {
    double sum, count;
} errors;

/* y and x [targets], standardised and unweighted. `features`: of all but the lyrics. */
static void compare(const pulse_dataset *dataset, const float *y, const float *x,
                    const uint8_t *present, errors *features, errors *by_modality)
{
    for (uint32_t c = 0; c < dataset->targets; ++c) {
        if (!present[c])
            continue;
        const double difference = (double)y[c] - x[c];
        if (c < dataset->targets - dataset->lyrics) {
            features->sum += difference * difference;
            features->count += 1;
        }
        by_modality[dataset->modality[c]].sum += difference * difference;
        by_modality[dataset->modality[c]].count += 1;
    }
}

static double mean_of(const errors *e)
{
    return e->count > 0 ? e->sum / e->count : NAN;
}

/* A song as training sees it, in standard deviations. Room: `row` [inputs]. */
static void standardised(const pulse_dataset *dataset, uint32_t song, float *row, float *x,
                         uint8_t *present)
{
    pulse_dataset_row(dataset, song, row, present);
    for (uint32_t c = 0; c < dataset->targets; ++c)
        x[c] = row[c] * dataset->unweight[c];
}

static void take_errors(const pulse_dataset *dataset, const errors *features,
                        const errors *by_modality, double *mse, double *mse_by_modality)
{
    *mse = mean_of(features);
    for (uint32_t m = 0; m < dataset->modalities; ++m)
        mse_by_modality[m] = mean_of(&by_modality[m]);
}

static int measure_model(const pulse_dataset *dataset, pulse_autoencoder *autoencoder,
                         pulse_quality *out, pulse_failure *failure)
{
    const pulse_layout *layout = &dataset->layout;
    const pulse_split *split = dataset->split;
    float *row = pulse_need(layout->inputs, sizeof *row);
    float *target = pulse_need(layout->targets, sizeof *target);
    float *x = pulse_need(dataset->targets, sizeof *x);
    float *y = pulse_need(dataset->targets, sizeof *y);
    uint8_t *present = pulse_need(dataset->targets, 1);
    errors features = {0}, *by_modality = pulse_need(dataset->modalities, sizeof *by_modality);
    int code = 0;
    for (uint32_t i = 0; i < split->test_count && !code; ++i) {
        const uint32_t song = split->test[i];
        code = pulse_song_table_rows(dataset->table, dataset->preprocessor, song, 1, row, NULL,
                                     failure);
        pulse_error error;
        if (!code && pulse_autoencoder_reconstruct(autoencoder, row, 1, target, &error) != PULSE_OK)
            code = pulse_failure_core(failure, &error);
        for (uint32_t c = 0; c < dataset->targets; ++c)
            y[c] = (target[dataset->columns[c]] - dataset->centre[c]) * dataset->unweight[c];
        standardised(dataset, song, row, x, present);
        compare(dataset, y, x, present, &features, by_modality);
    }
    take_errors(dataset, &features, by_modality, &out->heldout_mse, out->heldout_by_modality);
    free(row);
    free(target);
    free(x);
    free(y);
    free(present);
    free(by_modality);
    return code;
}

static void measure_pca(const pulse_dataset *dataset, const pulse_pca *pca, const float *features,
                        pulse_quality *out)
{
    const pulse_split *split = dataset->split;
    float *projected = pulse_need(pca->dimensions, sizeof *projected);
    float *row = pulse_need(dataset->inputs, sizeof *row);
    float *x = pulse_need(dataset->targets, sizeof *x);
    float *y = pulse_need(dataset->targets, sizeof *y);
    uint8_t *present = pulse_need(dataset->targets, 1);
    errors all = {0}, *by_modality = pulse_need(dataset->modalities, sizeof *by_modality);
    for (uint32_t i = 0; i < split->test_count; ++i) {
        const uint32_t song = split->test[i];
        pulse_pca_project(pca, features + (size_t)song * dataset->targets, 1, projected);
        pulse_pca_restore(pca, projected, 1, y);
        for (uint32_t c = 0; c < dataset->targets; ++c)
            y[c] /= sqrtf(dataset->loss_weight[c]);
        standardised(dataset, song, row, x, present);
        compare(dataset, y, x, present, &all, by_modality);
    }
    take_errors(dataset, &all, by_modality, &out->pca_heldout_mse, out->pca_by_modality);
    free(projected);
    free(row);
    free(x);
    free(y);
    free(present);
    free(by_modality);
}

/* Songs that the model has not learned from, where there are any, in the order of the split, which
 * is random. Their neighbours come from all songs. */
static uint32_t pick_queries(const pulse_split *split, const uint32_t **queries)
{
    *queries = split->test_count ? split->test : split->train;
    const uint32_t count = split->test_count ? split->test_count : split->train_count;
    return count < QUERIES ? count : QUERIES;
}

/* What the model is compared with starts from the standardised values of all songs, weighed as the
 * model's own loss weighs them, [songs, targets]. */
static float *plain_features(const pulse_dataset *dataset)
{
    float *features =
        pulse_need((size_t)dataset->table->songs * dataset->targets, sizeof *features);
    float *row = pulse_need(dataset->inputs, sizeof *row);
    uint8_t *present = pulse_need(dataset->targets, 1);
    for (uint32_t i = 0; i < dataset->table->songs; ++i) {
        float *x = features + (size_t)i * dataset->targets;
        standardised(dataset, i, row, x, present);
        for (uint32_t c = 0; c < dataset->targets; ++c)
            x[c] *= sqrtf(dataset->loss_weight[c]);
    }
    free(row);
    free(present);
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
    out->pca_by_modality = pulse_need(dataset->modalities, sizeof(double));
    for (uint32_t m = 0; m < dataset->modalities; ++m)
        out->heldout_by_modality[m] = out->pca_by_modality[m] = NAN;
    out->alone = pulse_need(dataset->modalities, sizeof *out->alone);
    float *features = plain_features(dataset);
    const uint32_t *order;
    const uint32_t queries = pick_queries(dataset->split, &order);
    pulse_pca pca = {0};
    int code = pulse_pca_fit(features, dataset->targets, dataset->split->train,
                             dataset->split->train_count, dimensions, &pca, failure);
    if (!code && out->heldout_songs) {
        code = measure_model(dataset, autoencoder, out, failure);
        measure_pca(dataset, &pca, features, out);
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
    if (!code)
        code =
            pulse_alone_measure(dataset, autoencoder, latents, order, queries, out->alone, failure);
    pulse_pca_free(&pca);
    free(features);
    if (code)
        pulse_quality_free(out);
    return code;
}

void pulse_quality_free(pulse_quality *quality)
{
    free(quality->heldout_by_modality);
    free(quality->pca_by_modality);
    free(quality->alone);
    quality->heldout_by_modality = quality->pca_by_modality = NULL;
    quality->alone = NULL;
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

static void add_modalities(cJSON *json, const char *name, const pulse_dataset *dataset,
                           const double *by_modality)
{
    cJSON *object = cJSON_AddObjectToObject(json, name);
    for (uint32_t m = 0; m < dataset->modalities; ++m) {
        if (isfinite(by_modality[m]))
            add_number(object, dataset->modality_names[m], by_modality[m]);
    }
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
    add_modalities(json, "heldout_mse_by_modality", dataset, quality->heldout_by_modality);
    cJSON_AddNumberToObject(json, "pca_dimensions", quality->pca_dimensions);
    add_number(json, "pca_heldout_mse_features", quality->pca_heldout_mse);
    add_modalities(json, "pca_heldout_mse_by_modality", dataset, quality->pca_by_modality);
    cJSON_AddNumberToObject(json, "queries", quality->latent.queries);
    add_measure(json, "same_genre_at_10", &quality->latent.same_genre, &quality->pca.same_genre,
                &quality->features.same_genre);
    add_measure(json, "same_artist_recall_at_10", &quality->latent.same_artist,
                &quality->pca.same_artist, &quality->features.same_artist);
    cJSON *alone = cJSON_AddObjectToObject(json, "one_modality_alone");
    for (uint32_t m = 0; m < dataset->modalities; ++m) {
        if (quality->alone[m].songs == 0)
            continue;
        cJSON *object = cJSON_AddObjectToObject(alone, dataset->modality_names[m]);
        cJSON_AddNumberToObject(object, "songs", quality->alone[m].songs);
        add_number(object, "median_rank", quality->alone[m].median_rank);
        add_number(object, "found_at_100", quality->alone[m].found);
        add_number(object, "same_genre_at_10", quality->alone[m].same_genre);
    }
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

static void put_alone(pulse_text *text, const cJSON *alone)
{
    if (!alone || !alone->child)
        return;
    pulse_text_format(text, "songs of which one modality alone is known, among all songs\n");
    const cJSON *item;
    cJSON_ArrayForEach(item, alone)
    {
        pulse_text_format(text, "  %s", item->string);
        put(text, " ranks itself ", item, "median_rank");
        put(text, " (median), within 100 ", item, "found_at_100");
        put(text, ", same genre ", item, "same_genre_at_10");
        pulse_text_format(text, "\n");
    }
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
        const cJSON *pca = cJSON_GetObjectItemCaseSensitive(quality, "pca_heldout_mse_by_modality");
        const cJSON *item;
        cJSON_ArrayForEach(item, by)
        {
            if (!cJSON_IsNumber(item))
                continue;
            pulse_text_format(&text, "  %s %.4g", item->string, item->valuedouble);
            put(&text, ", PCA ", pca, item->string);
            pulse_text_format(&text, "\n");
        }
    }
    put_measure(&text, "share of the 10 nearest songs that are of the same genre", quality,
                "same_genre_at_10");
    put_measure(&text, "share of the artist's other songs (10 at most) among the 10 nearest",
                quality, "same_artist_recall_at_10");
    put_alone(&text, cJSON_GetObjectItemCaseSensitive(quality, "one_modality_alone"));
    if (!text.data)
        pulse_text_append(&text, "", 0);
    return text.data;
}
