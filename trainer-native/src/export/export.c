#include "export/export.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/blas.h"
#include "base/interrupt.h"
#include "base/memory.h"
#include "base/usage.h"
#include "cli/log.h"
#include "evaluate/quality.h"
#include "export/bundle_writer.h"
#include "export/export_encoder.h"
#include "export/export_map.h"
#include "io/files.h"
#include "train/certainty.h"
#include "train/trainer.h"

#define CATALOG_LIMIT ((size_t)1 << 30)

/* ---- Features ------------------------------------------------------------------------------- */

typedef struct features {
    uint32_t count;
    pulse_feature *items; /* [count]; texts belong to the schema */
    uint32_t *numbers;    /* [count] which numerical column of the table */
} features;

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void take_quantiles(const pulse_song_table *table, uint32_t column, float *values,
                           float quantiles[11])
{
    size_t count = 0;
    for (size_t i = 0; i < table->songs; ++i) {
        const float value = table->numbers[i * table->numerical + column];
        if (!isnan(value))
            values[count++] = value;
    }
    qsort(values, count, sizeof *values, by_value);
    for (int q = 0; q <= 10; ++q) {
        if (count == 0) {
            quantiles[q] = 0;
            continue;
        }
        const double at = (double)(count - 1) * q / 10.0;
        const size_t below = (size_t)at;
        const size_t above = below + 1 < count ? below + 1 : below;
        const double share = at - (double)below;
        quantiles[q] = (float)((1 - share) * values[below] + share * values[above]);
    }
}

/* Every numerical column but the year, which the catalogue has a column for. */
static features list_features(const pulse_song_table *table)
{
    features list = {.items = pulse_need(table->numerical, sizeof(pulse_feature)),
                     .numbers = pulse_need(table->numerical, sizeof(uint32_t))};
    float *values = pulse_need(table->songs, sizeof *values);
    for (uint32_t i = 0; i < table->numerical; ++i) {
        const pulse_column *column = table->numerical_columns[i];
        if (column->role == PULSE_ROLE_YEAR)
            continue;
        pulse_feature *feature = &list.items[list.count];
        *feature = (pulse_feature){.name = column->name,
                                   .modality = column->modality,
                                   .label = column->label,
                                   .unit = column->unit,
                                   .low = column->low,
                                   .high = column->high};
        take_quantiles(table, i, values, feature->quantiles);
        list.numbers[list.count++] = i;
    }
    free(values);
    return list;
}

static void features_free(features *list)
{
    free(list->items);
    free(list->numbers);
}

/* ---- The files ------------------------------------------------------------------------------ */

static int add_songs(pulse_catalog_writer *writer, pulse_workspace *workspace,
                     const pulse_song_table *table, const features *list, pulse_failure *failure)
{
    pulse_workspace_song song = {0};
    float *values = pulse_need(list->count, sizeof *values);
    int code = pulse_workspace_rewind(workspace, failure);
    for (size_t i = 0; i < table->songs && !code; ++i) {
        bool more;
        code = pulse_workspace_next(workspace, &song, &more, failure);
        if (code || !more)
            break;
        for (uint32_t f = 0; f < list->count; ++f)
            values[f] = table->numbers[i * table->numerical + list->numbers[f]];
        const pulse_catalog_song row = {.song_id = song.song_id,
                                        .title = song.title,
                                        .artist = song.artist,
                                        .genre = song.genre,
                                        .year = song.year,
                                        .features = values};
        pulse_error error;
        if (pulse_catalog_writer_add(writer, &row, &error) != PULSE_OK)
            code = pulse_failure_core(failure, &error);
        if (i % 1024 == 0)
            pulse_progress("catalogue", i, table->songs, "");
        if (!code && pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    pulse_progress_clear();
    free(values);
    pulse_workspace_song_free(&song);
    return code;
}

static int write_catalog(pulse_bundle_writer *bundle, pulse_workspace *workspace,
                         const pulse_song_table *table, pulse_failure *failure)
{
    features list = list_features(table);
    char *path = pulse_need_format("%s/catalog.sqlite", bundle->directory);
    pulse_catalog_writer *writer = NULL;
    pulse_error error;
    int code = 0;
    if (pulse_catalog_writer_open(path, list.items, list.count, workspace->integer_ids, &writer,
                                  &error) != PULSE_OK)
        code = pulse_failure_core(failure, &error);
    if (!code)
        code = add_songs(writer, workspace, table, &list, failure);
    if (!code && pulse_catalog_writer_finish(writer, &error) != PULSE_OK)
        code = pulse_failure_core(failure, &error);
    pulse_catalog_writer_free(writer);
    if (!code) {
        uint8_t *bytes;
        size_t size;
        code = pulse_file_read(path, CATALOG_LIMIT, &bytes, &size, failure);
        if (!code)
            code = pulse_bundle_writer_add(bundle, "catalog", "sqlite", bytes, size, failure);
        free(bytes);
        pulse_path_remove(path);
    }
    free(path);
    features_free(&list);
    return code;
}

/* [songs, dimensions], by the core, as everyone else will encode. */
static int encode_all(const pulse_song_table *table, pulse_autoencoder *autoencoder, float *latents,
                      pulse_failure *failure)
{
    enum { PART = 1024 };
    const pulse_preprocessor *preprocessor = pulse_autoencoder_preprocessor(autoencoder);
    const uint32_t dimensions = pulse_autoencoder_dimensions(autoencoder);
    pulse_layout layout;
    pulse_preprocessor_layout(preprocessor, &layout);
    float *rows = pulse_need((size_t)PART * layout.inputs, sizeof *rows);
    int code = 0;
    for (uint32_t first = 0; first < table->songs && !code; first += PART) {
        const uint32_t count = table->songs - first < PART ? table->songs - first : PART;
        code = pulse_song_table_rows(table, preprocessor, first, count, rows, NULL, failure);
        pulse_error error;
        if (!code &&
            pulse_autoencoder_encode(autoencoder, rows, count, latents + (size_t)first * dimensions,
                                     &error) != PULSE_OK)
            code = pulse_failure_core(failure, &error);
        pulse_progress("encode", first + count, table->songs, "");
        if (!code && pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    pulse_progress_clear();
    free(rows);
    return code;
}

static int write_vectors(pulse_bundle_writer *bundle, const pulse_song_table *table,
                         pulse_autoencoder *autoencoder, const float *latents,
                         pulse_failure *failure)
{
    uint64_t *known = pulse_need(table->songs, sizeof *known);
    float *lengths = pulse_need(table->songs, sizeof *lengths);
    uint8_t *bytes = NULL;
    size_t size = 0;
    int code = pulse_known_read(table, pulse_autoencoder_preprocessor(autoencoder), known, failure);
    if (!code)
        code = pulse_certainty_measure(table, autoencoder, known, lengths, failure);
    pulse_error error;
    if (!code && pulse_vectors_write(latents, lengths, table->songs,
                                     pulse_autoencoder_dimensions(autoencoder), &bytes, &size,
                                     &error) != PULSE_OK)
        code = pulse_failure_core(failure, &error);
    if (!code)
        code = pulse_bundle_writer_add(bundle, "vectors", "safetensors", bytes, size, failure);
    pulse_bytes_free(bytes);
    free(lengths);
    free(known);
    return code;
}

/* ---- The manifest --------------------------------------------------------------------------- */

static cJSON *describe_model(const pulse_model *model, const pulse_layout *layout)
{
    const pulse_recipe *recipe = &model->recipe;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "kind", "autoencoder");
    cJSON_AddNumberToObject(json, "inputs", layout->inputs);
    cJSON *hidden = cJSON_AddArrayToObject(json, "hidden");
    for (uint32_t i = 0; i < recipe->hidden_count; ++i)
        cJSON_AddItemToArray(hidden, cJSON_CreateNumber(recipe->hidden[i]));
    cJSON_AddNumberToObject(json, "dimensions", recipe->latent);
    cJSON_AddStringToObject(json, "activation", pulse_net_activation_name(recipe->activation));
    cJSON_AddNumberToObject(json, "numerical", layout->numerical);
    cJSON_AddNumberToObject(json, "categorical", layout->categorical);
    cJSON_AddNumberToObject(json, "lyrics", layout->lyrics);
    cJSON_AddItemToObject(json, "training", cJSON_Duplicate(model->training, 1));
    return json;
}

/* The same whatever directories were named, so that a build can be told from its content. */
static char *canonical_command(const pulse_workspace *workspace, const pulse_recipe *recipe)
{
    return pulse_need_format("playlistpulse build %s --latent %u --seed %llu", workspace->source,
                             recipe->latent, (unsigned long long)recipe->seed);
}

static cJSON *describe_bundle(const pulse_workspace *workspace, const pulse_song_table *table,
                              const pulse_model *model, const pulse_layout *layout,
                              const pulse_attribution *attribution)
{
    cJSON *manifest = cJSON_CreateObject();
    cJSON_AddStringToObject(manifest, "format", "playlistpulse-bundle");
    cJSON_AddNumberToObject(manifest, "version", 1);
    cJSON *generator = cJSON_AddObjectToObject(manifest, "generator");
    cJSON_AddStringToObject(generator, "program", "playlistpulse " PULSE_VERSION);
    char *command = canonical_command(workspace, &model->recipe);
    cJSON_AddStringToObject(generator, "command", command);
    free(command);
    cJSON_AddNumberToObject(generator, "seed", (double)model->recipe.seed);
    cJSON *data = cJSON_AddObjectToObject(manifest, "data");
    cJSON_AddStringToObject(data, "title", attribution->title);
    cJSON_AddStringToObject(data, "licence", attribution->licence);
    cJSON_AddStringToObject(data, "attribution", attribution->attribution);
    cJSON_AddStringToObject(data, "source", attribution->source);
    cJSON_AddNumberToObject(data, "songs", table->songs);
    cJSON_AddItemToObject(manifest, "model", describe_model(model, layout));
    return manifest;
}

/* ---- Checks --------------------------------------------------------------------------------- */

/* That the lyrics encoder, where there is one, and the model take each other's vectors. */
static pulse_status check_text(pulse_engine *engine, pulse_error *error)
{
    pulse_info info;
    pulse_engine_info(engine, &info);
    if (!info.text)
        return PULSE_OK;
    static const char words[] = "a song about the sea and the night";
    float *vector = pulse_need(info.dimensions, sizeof *vector);
    const pulse_status status =
        pulse_embed_song(engine, NULL, 0, words, sizeof words - 1, vector, NULL, error);
    free(vector);
    return status;
}

static pulse_status check_map(pulse_engine *engine, pulse_error *error)
{
    pulse_info info;
    pulse_engine_info(engine, &info);
    const int16_t *positions;
    return info.map ? pulse_get_map(engine, &positions, error) : PULSE_OK;
}

/* Opens the bundle as its users will, before it takes the place of an older one. `*artists`: how
 * many it has, with spellings that differ in case or accents taken as one. `last_latent`: what the
 * last song's vector must be. */
static int check_bundle(const char *directory, uint32_t songs, uint32_t dimensions,
                        const float *last_latent, uint32_t *artists, pulse_failure *failure)
{
    pulse_source source = {0};
    pulse_error error;
    pulse_engine *engine = NULL;
    pulse_results *results = NULL;
    float *vector = pulse_need(dimensions, sizeof *vector);
    pulse_status status = pulse_directory_source(directory, &source, &error);
    const bool opened = status == PULSE_OK;
    if (status == PULSE_OK)
        status = pulse_engine_open(&source, NULL, &engine, &error);
    const uint32_t last = songs - 1;
    if (status == PULSE_OK)
        status = pulse_get_vector(engine, last, vector, &error);
    if (status == PULSE_OK) {
        pulse_query query = pulse_query_default();
        const pulse_seed seed = {.song = last, .weight = 1.0f};
        query.seeds = &seed;
        query.seed_count = 1;
        status = pulse_recommend(engine, &query, &results, &error);
    }
    if (status == PULSE_OK)
        status = check_text(engine, &error);
    if (status == PULSE_OK)
        status = check_map(engine, &error);
    int code = 0;
    if (status != PULSE_OK) {
        pulse_failure_core(failure, &error);
        code = failure->code = PULSE_EXIT_FAILED;
    } else {
        pulse_info info;
        pulse_engine_info(engine, &info);
        *artists = info.artists;
        float cosine = 0, squares = 0;
        for (uint32_t k = 0; k < dimensions; ++k) {
            cosine += vector[k] * last_latent[k];
            squares += vector[k] * vector[k];
        }
        cosine /= sqrtf(squares);
        if (info.songs != songs || info.dimensions != dimensions || !(cosine > 0.99f))
            code = pulse_failure_set(failure, PULSE_EXIT_FAILED,
                                     "the new bundle does not give back what went into it (%u "
                                     "songs, %u dimensions, cosine %.4f); it is not used",
                                     info.songs, info.dimensions, (double)cosine);
    }
    pulse_results_free(results);
    pulse_engine_close(engine);
    if (opened)
        pulse_source_close(&source);
    free(vector);
    return code;
}

/* ---- All of it ------------------------------------------------------------------------------ */

typedef struct exporter {
    pulse_workspace workspace;
    pulse_song_table table;
    pulse_model model;
    float *latents; /* of the model */
} exporter;

/* Whether the model learned from the embeddings that the workspace holds now; both may be none. */
static bool same_lyrics(const pulse_song_lyrics *lyrics, const cJSON *training)
{
    const cJSON *trained = cJSON_GetObjectItemCaseSensitive(training, "lyrics");
    const cJSON *encoder = cJSON_GetObjectItemCaseSensitive(trained, "encoder");
    return cJSON_IsString(encoder) ? strcmp(encoder->valuestring, lyrics->encoder) == 0
                                   : lyrics->dimensions == 0;
}

static int load_model(const pulse_song_table *table, const char *workspace, const char *file,
                      pulse_model *out, pulse_failure *failure)
{
    char *path = pulse_workspace_path(workspace, file);
    int code = pulse_model_read(path, out, failure);
    if (!code && out->songs != table->songs)
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: was trained with %u songs, but the workspace holds %u; run "
                                 "playlistpulse train again",
                                 path, out->songs, table->songs);
    else if (!code && !same_lyrics(&table->lyrics, out->training))
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: was trained with other lyrics embeddings than the workspace "
                                 "holds, or without; run playlistpulse train again",
                                 path);
    free(path);
    return code;
}

static int load(exporter *in, const char *workspace, pulse_failure *failure)
{
    int code = pulse_workspace_open(workspace, &in->workspace, failure);
    if (!code)
        code = pulse_song_table_load(&in->workspace, workspace, &in->table, failure);
    if (!code)
        code = load_model(&in->table, workspace, PULSE_WORKSPACE_MODEL, &in->model, failure);
    return code;
}

/* Measures a model that has not seen the held-out songs: the bundle's own, unless that was trained
 * again with all of them. */
static int measure(exporter *in, const char *workspace, cJSON **out, pulse_failure *failure)
{
    pulse_model heldout = {0};
    const pulse_recipe *recipe = &in->model.recipe;
    pulse_split split =
        pulse_split_make(&in->table, recipe->test, recipe->validation, recipe->seed);
    const bool apart = recipe->refit && split.held_out;
    int code =
        apart ? load_model(&in->table, workspace, PULSE_WORKSPACE_HELDOUT, &heldout, failure) : 0;
    const pulse_model *model = apart ? &heldout : &in->model;
    pulse_dataset dataset = {0};
    if (!code)
        code = pulse_dataset_make(&in->table, &split, recipe, model->preprocessor_json, &dataset,
                                  failure);
    float *latents = NULL;
    if (!code && apart) {
        free(in->latents); /* of a million songs two sets are half of all memory */
        in->latents = NULL;
        latents =
            pulse_need((size_t)in->table.songs * pulse_autoencoder_dimensions(heldout.autoencoder),
                       sizeof *latents);
        code = encode_all(&in->table, heldout.autoencoder, latents, failure);
    }
    pulse_quality quality;
    if (!code)
        code = pulse_quality_measure(&dataset, model->autoencoder, apart ? latents : in->latents,
                                     &quality, failure);
    if (!code) {
        *out = pulse_quality_to_json(&quality, &dataset);
        cJSON_AddStringToObject(*out, "measured",
                                apart ? "a model of the same recipe, trained without the held-out "
                                        "songs"
                                      : "the model of this bundle");
        pulse_quality_free(&quality);
    }
    free(latents);
    pulse_dataset_free(&dataset);
    pulse_model_free(&heldout);
    pulse_split_free(&split);
    return code;
}

/* Says what took the time since `*since`, which becomes now. */
static void say_took(const char *what, double *since)
{
    const double now = pulse_clock();
    pulse_log_detail_of(PULSE_FIELDS({"seconds", now - *since}), "%s took %.1f s", what,
                        now - *since);
    *since = now;
}

static int write_bundle(exporter *in, const char *workspace, pulse_bundle_writer *bundle,
                        const pulse_attribution *attribution, bool map, pulse_failure *failure)
{
    pulse_autoencoder *autoencoder = in->model.autoencoder;
    const uint32_t dimensions = pulse_autoencoder_dimensions(autoencoder);
    in->latents = pulse_need((size_t)in->table.songs * dimensions, sizeof(float));
    double since = pulse_clock();
    int code = encode_all(&in->table, autoencoder, in->latents, failure);
    say_took("encoding", &since);
    if (!code)
        code = write_catalog(bundle, &in->workspace, &in->table, failure);
    say_took("the catalogue", &since);
    if (!code)
        code = write_vectors(bundle, &in->table, autoencoder, in->latents, failure);
    if (!code)
        code = pulse_bundle_writer_add(bundle, "autoencoder", "safetensors", in->model.bytes,
                                       in->model.size, failure);
    say_took("the vectors", &since);
    cJSON *about_map = NULL;
    if (!code && map)
        code = pulse_export_map(in->latents, in->table.songs, dimensions, in->model.recipe.seed,
                                bundle, &about_map, failure);
    say_took("the map", &since);
    cJSON *encoder = NULL;
    if (!code)
        code = pulse_export_encoder(workspace, &in->table.lyrics, bundle, &encoder, failure);
    cJSON *quality = NULL;
    float *last = pulse_need(dimensions, sizeof *last);
    memcpy(last, in->latents + (size_t)(in->table.songs - 1) * dimensions,
           dimensions * sizeof *last);
    if (!code)
        code = measure(in, workspace, &quality, failure);
    say_took("measuring", &since);
    if (code) {
        cJSON_Delete(encoder);
        cJSON_Delete(about_map);
        free(last);
        return code;
    }
    pulse_layout layout;
    pulse_preprocessor_layout(pulse_autoencoder_preprocessor(autoencoder), &layout);
    cJSON *manifest = describe_bundle(&in->workspace, &in->table, &in->model, &layout, attribution);
    if (encoder)
        cJSON_AddItemToObject(manifest, "encoder", encoder);
    char *text = pulse_quality_text(quality);
    if (about_map)
        cJSON_AddItemToObject(quality, "map", about_map);
    cJSON_AddItemToObject(manifest, "quality", quality);
    uint32_t artists = 0;
    code = pulse_bundle_writer_manifest(bundle, manifest, failure);
    if (!code)
        code =
            check_bundle(bundle->directory, in->table.songs, dimensions, last, &artists, failure);
    say_took("opening the bundle", &since);
    if (!code) {
        cJSON_AddNumberToObject(cJSON_GetObjectItemCaseSensitive(manifest, "data"), "artists",
                                artists);
        code = pulse_bundle_writer_manifest(bundle, manifest, failure);
    }
    free(last);
    cJSON_Delete(manifest);
    if (!code && text[0]) {
        text[strlen(text) - 1] = 0;
        pulse_note("%s", text);
    }
    free(text);
    return code;
}

int pulse_export(const char *workspace, const char *out, const pulse_attribution *attribution,
                 bool map, pulse_failure *failure)
{
    exporter in = {0};
    pulse_bundle_writer bundle = {0};
    int code = load(&in, workspace, failure);
    if (!code)
        code = pulse_blas_check(failure);
    if (!code)
        code = pulse_bundle_writer_open(out, &bundle, failure);
    if (!code)
        code = write_bundle(&in, workspace, &bundle, attribution, map, failure);
    if (!code && pulse_interrupted())
        code = pulse_failure_interrupted(failure);
    if (!code)
        code = pulse_bundle_writer_commit(&bundle, failure);
    if (!code)
        pulse_note("bundle: %s (%u songs)", out, in.table.songs);
    pulse_bundle_writer_close(&bundle);
    free(in.latents);
    pulse_model_free(&in.model);
    pulse_song_table_free(&in.table);
    if (in.workspace.path)
        pulse_workspace_close(&in.workspace);
    return code;
}
