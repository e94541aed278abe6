#include "evaluate/quality.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define QUERIES 2000u

/* Songs that the model has not learned from, where there are any, in the order of the split, which
 * is random. Their neighbours come from all songs. */
static uint32_t pick_queries(const pulse_split *split, const uint32_t **queries)
{
    *queries = split->test_count ? split->test : split->train;
    const uint32_t count = split->test_count ? split->test_count : split->train_count;
    return count < QUERIES ? count : QUERIES;
}

/* The spaces that the model's is compared with, a song's row at a time. */
typedef struct compared {
    pulse_rows inputs;
    const pulse_pca *pca;
} compared;

static void take_features(const void *context, const uint32_t *songs, uint32_t count, float *out)
{
    const compared *c = context;
    c->inputs.take(c->inputs.context, songs, count, out);
    pulse_space_normalise(out, count, c->inputs.width);
}

static void take_components(const void *context, const uint32_t *songs, uint32_t count, float *out)
{
    const compared *c = context;
    float *inputs = pulse_need((size_t)count * c->inputs.width, sizeof *inputs);
    c->inputs.take(c->inputs.context, songs, count, inputs);
    pulse_pca_project(c->pca, inputs, count, out);
    pulse_space_normalise(out, count, c->pca->dimensions);
    free(inputs);
}

static int measure_spaces(const pulse_dataset *dataset, const compared *c, const pulse_rows *latent,
                          const uint32_t *queries, uint32_t count, pulse_quality *out,
                          pulse_failure *failure)
{
    const pulse_rows components = {c->pca->dimensions, take_components, c};
    const pulse_rows features = {c->inputs.width, take_features, c};
    int code = pulse_space_measure(latent, dataset->table, queries, count, &out->latent, failure);
    if (!code)
        code = pulse_space_measure(&components, dataset->table, queries, count, &out->pca, failure);
    if (!code)
        code =
            pulse_space_measure(&features, dataset->table, queries, count, &out->features, failure);
    return code;
}

int pulse_quality_measure(const pulse_dataset *dataset, pulse_autoencoder *autoencoder,
                          const float *latents, pulse_quality *out, pulse_failure *failure)
{
    const pulse_split *split = dataset->split;
    const uint32_t dimensions = pulse_autoencoder_dimensions(autoencoder);
    *out = (pulse_quality){.heldout_songs = split->held_out ? split->test_count : 0,
                           .heldout = pulse_reconstruction_none(dataset),
                           .pca_heldout = pulse_reconstruction_none(dataset)};
    out->alone = pulse_need(dataset->modalities, sizeof *out->alone);
    const uint32_t *order;
    const uint32_t queries = pick_queries(split, &order);
    pulse_pca pca = {0};
    const compared c = {pulse_reconstruct_rows(dataset), &pca};
    int code =
        pulse_pca_fit_rows(&c.inputs, split->train, split->train_count, dimensions, &pca, failure);
    if (!code && out->heldout_songs) {
        code = pulse_reconstruct_by_model(dataset, autoencoder, split->test, split->test_count,
                                          &out->heldout, failure);
        pulse_reconstruct_by_pca(dataset, &pca, split->test, split->test_count, &out->pca_heldout);
    }
    const pulse_matrix matrix = {latents, dimensions};
    const pulse_rows latent = pulse_matrix_rows(&matrix);
    out->pca_dimensions = pca.dimensions;
    if (!code)
        code = measure_spaces(dataset, &c, &latent, order, queries, out, failure);
    if (!code)
        code =
            pulse_alone_measure(dataset, autoencoder, latents, order, queries, out->alone, failure);
    pulse_pca_free(&pca);
    if (code)
        pulse_quality_free(out);
    return code;
}

void pulse_quality_free(pulse_quality *quality)
{
    free(quality->heldout.by_modality);
    free(quality->pca_heldout.by_modality);
    free(quality->alone);
    quality->heldout.by_modality = quality->pca_heldout.by_modality = NULL;
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
    add_number(json, "heldout_mse_features", quality->heldout.features);
    add_modalities(json, "heldout_mse_by_modality", dataset, quality->heldout.by_modality);
    cJSON_AddNumberToObject(json, "pca_dimensions", quality->pca_dimensions);
    add_number(json, "pca_heldout_mse_features", quality->pca_heldout.features);
    add_modalities(json, "pca_heldout_mse_by_modality", dataset, quality->pca_heldout.by_modality);
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
