#include "evaluate/evaluate.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/blas.h"
#include "base/interrupt.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/usage.h"
#include "cli/log.h"
#include "evaluate/hidden.h"
#include "evaluate/hubs.h"
#include "evaluate/outcome.h"
#include "evaluate/reconstruct.h"
#include "train/trainer.h"

/* Songs of which the reconstruction is looked at, and of which the workspace is asked whether it is
 * the bundle's. */
enum { RECONSTRUCTED = 5000, CHECKED = 64 };

typedef struct evaluation {
    const pulse_evaluate_params *params;
    pulse_source source;
    bool has_source;
    pulse_engine *engine;
    pulse_info info;
    pulse_facts facts;
    pulse_playlists playlists, train;
    pulse_items items;
    pulse_parallel *parallel;
    /* With a workspace that is the bundle's: */
    pulse_model model;
    pulse_split split;
    pulse_dataset dataset;
    float *inputs;
    float *plain; /* raw features, [songs, judge.plain_width] */
    pulse_scene scene;
    pulse_judge judge;
    uint32_t hide;           /* the modality to hide */
    pulse_outcome *outcomes; /* [methods] kept where something is to be hidden, and ours */
    cJSON *json;
} evaluation;

pulse_evaluate_params pulse_evaluate_defaults(void)
{
    return (pulse_evaluate_params){.seed = 1, .resamples = 2000, .hide_share = 0.2};
}

/* ---- What there is to measure --------------------------------------------------------------- */

static int open_bundle(evaluation *e, pulse_failure *failure)
{
    const char *path = e->params->bundle;
    pulse_error error;
    if (pulse_directory_source(path, &e->source, &error) != PULSE_OK)
        return pulse_failure_core_file(failure, path, &error);
    e->has_source = true;
    const pulse_engine_params params = {.log = pulse_log_to_stderr, .threads = 1};
    if (pulse_engine_open(&e->source, &params, &e->engine, &error) != PULSE_OK)
        return pulse_failure_core_file(failure, path, &error);
    pulse_engine_info(e->engine, &e->info);
    return 0;
}

static uint64_t hash_of_list(const pulse_playlists *playlists, uint32_t list)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = playlists->first[list]; i < playlists->first[list + 1]; ++i)
        hash = (hash ^ playlists->songs[i]) * 0x100000001b3u;
    return hash;
}

static int by_hash(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Playlists that are continued and were learned from, too, make the methods that did look better
 * than they are. */
static void warn_of_leaks(const evaluation *e)
{
    uint64_t *known = pulse_need(e->train.count, sizeof *known);
    for (uint32_t i = 0; i < e->train.count; ++i)
        known[i] = hash_of_list(&e->train, i);
    qsort(known, e->train.count, sizeof *known, by_hash);
    uint32_t leaks = 0;
    for (uint32_t i = 0; i < e->playlists.count; ++i) {
        const uint64_t hash = hash_of_list(&e->playlists, i);
        leaks += bsearch(&hash, known, e->train.count, sizeof *known, by_hash) != NULL;
    }
    free(known);
    if (leaks)
        pulse_warn("%u of the %u playlists are in %s too: what learns from those is not measured "
                   "fairly",
                   leaks, e->playlists.count, e->params->train_playlists);
}

static int read_playlists(evaluation *e, pulse_failure *failure)
{
    const pulse_evaluate_params *p = e->params;
    if (p->playlists) {
        const int code = pulse_playlists_read(p->playlists, e->engine, PULSE_PROTOCOL_SEEDS + 1,
                                              &e->playlists, failure);
        if (code)
            return code;
        const pulse_playlists *read = &e->playlists;
        if (read->count == 0)
            return pulse_failure_set(
                failure, PULSE_EXIT_INPUT,
                "%s: no playlist has %d different songs of the bundle (%u were shorter, %llu ids "
                "are not in it); song_ids must be those of the CSV that the bundle was made from",
                p->playlists, PULSE_PROTOCOL_SEEDS + 1, read->short_lists,
                (unsigned long long)read->unknown_songs);
        if (read->short_lists || read->unknown_songs || read->repeated)
            pulse_note("%s: %u playlists; passed over: %u shorter than %d songs, %llu unknown "
                       "song_ids, %llu repeated songs",
                       p->playlists, read->count, read->short_lists, PULSE_PROTOCOL_SEEDS + 1,
                       (unsigned long long)read->unknown_songs, (unsigned long long)read->repeated);
    }
    if (!p->train_playlists)
        return 0;
    const int code = pulse_playlists_read(p->train_playlists, e->engine, 2, &e->train, failure);
    if (code)
        return code;
    if (e->train.count == 0)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: no playlist has two different songs of the bundle; song_ids "
                                 "must be those of the CSV that the bundle was made from",
                                 p->train_playlists);
    e->items = pulse_items_make(&e->train, e->info.songs);
    e->scene.items = &e->items;
    warn_of_leaks(e);
    return 0;
}

/* The file of the bundle with its autoencoder, which the trainer can read where it is one. NULL
 * where it is not. */
static char *model_path(const evaluation *e)
{
    cJSON *manifest = cJSON_Parse(e->info.manifest);
    char *path = NULL;
    const cJSON *file;
    cJSON_ArrayForEach(file, cJSON_GetObjectItemCaseSensitive(manifest, "files"))
    {
        const char *role = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(file, "role"));
        const cJSON *shards = cJSON_GetObjectItemCaseSensitive(file, "shards");
        const char *name = cJSON_GetStringValue(
            cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(shards, 0), "name"));
        if (role && name && strcmp(role, "autoencoder") == 0 && cJSON_GetArraySize(shards) == 1)
            path = pulse_need_format("%s/%s", e->params->bundle, name);
    }
    cJSON_Delete(manifest);
    return path;
}

/* Whether the model makes of the workspace's songs what the bundle holds. */
static int check_model(const evaluation *e, bool *same, pulse_failure *failure)
{
    pulse_layout layout;
    pulse_preprocessor_layout(e->dataset.preprocessor, &layout);
    const uint32_t width = e->info.dimensions, songs = e->info.songs;
    float *row = pulse_need(layout.inputs, sizeof *row),
          *latent = pulse_need(width, sizeof *latent);
    int code = 0;
    *same = pulse_autoencoder_dimensions(e->model.autoencoder) == width;
    for (uint32_t i = 0; i < CHECKED && *same && !code; ++i) {
        const uint32_t song = (uint32_t)((uint64_t)songs * i / CHECKED);
        pulse_error error;
        code = pulse_song_table_rows(&e->facts.table, e->dataset.preprocessor, song, 1, row, NULL,
                                     failure);
        if (!code &&
            pulse_autoencoder_encode(e->model.autoencoder, row, 1, latent, &error) != PULSE_OK)
            code = pulse_failure_core(failure, &error);
        const float *stored = e->facts.latents + (size_t)song * width;
        *same = !code && cblas_sdot((int)width, latent, 1, stored, 1) >
                             0.99f * cblas_snrm2((int)width, stored, 1);
    }
    free(row);
    free(latent);
    return code;
}

/* The model's inputs, where the workspace has them. One that does not fit is no failure: what needs
 * it is left out, and says so. */
static void load_model(evaluation *e)
{
    char *path = model_path(e);
    pulse_failure why = {0};
    bool same = false;
    int code = path ? pulse_model_read(path, &e->model, &why) : PULSE_EXIT_INPUT;
    e->split = pulse_split_all(e->info.songs);
    if (!code)
        code = pulse_dataset_make(&e->facts.table, &e->split, &e->model.recipe,
                                  e->model.preprocessor_json, &e->dataset, &why);
    if (!code)
        code = check_model(e, &same, &why);
    if (!code && same) {
        e->inputs = pulse_reconstruct_inputs(&e->dataset);
        e->scene.inputs = e->inputs;
        e->scene.dataset = &e->dataset;
    } else {
        pulse_warn("%s: is not what the bundle was made from (%s): reconstruction and components "
                   "of the model's inputs are left out",
                   e->params->work,
                   code && why.message[0] ? why.message : "its songs have other vectors");
    }
    free(path);
}

static int load_facts(evaluation *e, pulse_failure *failure)
{
    const pulse_evaluate_params *p = e->params;
    const int code = pulse_facts_load(e->engine, p->work, &e->facts, failure);
    if (!code || !p->work_guessed || pulse_interrupted())
        return code;
    pulse_warn("%s; it is passed over", failure->message);
    *failure = (pulse_failure){0};
    return pulse_facts_load(e->engine, NULL, &e->facts, failure);
}

static int load(evaluation *e, pulse_failure *failure)
{
    int code = pulse_blas_check(failure);
    if (!code)
        code = open_bundle(e, failure);
    if (!code)
        code = read_playlists(e, failure);
    if (!code)
        code = load_facts(e, failure);
    if (code)
        return code;
    if (e->facts.work)
        load_model(e);
    e->scene.engine = e->engine;
    e->scene.facts = &e->facts;
    e->scene.playlists = &e->playlists;
    e->scene.seed = e->params->seed;
    e->judge = (pulse_judge){.train = e->params->train_playlists ? &e->train : NULL,
                             .resamples = e->params->resamples,
                             .seed = e->params->seed};
    e->judge.plain = e->plain =
        pulse_plain_vectors(&e->facts, PULSE_PLAIN_ALL, NULL, NULL, &e->judge.plain_width);
    e->parallel = pulse_parallel_start(e->params->threads);
    e->outcomes = pulse_need(pulse_method_count(), sizeof *e->outcomes);
    return 0;
}

/* ---- Methods -------------------------------------------------------------------------------- */

static void leave_out(evaluation *e, const char *name, const char *why)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(e->json, "left_out");
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "method", name);
    cJSON_AddStringToObject(item, "why", why);
    cJSON_AddItemToArray(list, item);
    pulse_log_detail("%s is left out: %s", name, why);
}

static int measure_space(evaluation *e, const pulse_method *method, pulse_failure *failure)
{
    pulse_hubs hubs;
    const int code = pulse_hubs_measure(method->vectors, method->width, &e->facts, e->params->seed,
                                        e->parallel, &hubs, failure);
    if (code)
        return code;
    cJSON *json =
        cJSON_AddObjectToObject(cJSON_GetObjectItemCaseSensitive(e->json, "spaces"), method->name);
    cJSON_AddStringToObject(json, "label", method->label);
    cJSON_AddNumberToObject(json, "dimensions", method->width);
    cJSON_AddNumberToObject(json, "songs", hubs.songs);
    pulse_json_number(json, "same_artist_recall@10", hubs.same_artist.mean);
    pulse_json_number(json, "same_genre@10", hubs.same_genre.mean);
    cJSON *intervals = cJSON_AddObjectToObject(json, "ci95");
    pulse_json_interval(intervals, "same_artist_recall@10", &hubs.same_artist);
    pulse_json_interval(intervals, "same_genre@10", &hubs.same_genre);
    cJSON *hubness = cJSON_AddObjectToObject(json, "hubness");
    pulse_json_number(hubness, "skewness", hubs.skewness);
    pulse_json_number(hubness, "reachable", hubs.reachable);
    cJSON_AddNumberToObject(hubness, "largest", hubs.largest);
    return 0;
}

/* The first method is ours: the others are compared with what it came to. */
static int measure_method(evaluation *e, uint32_t number, pulse_failure *failure)
{
    pulse_method method;
    const double started = pulse_clock();
    int code = pulse_method_make(number, &e->scene, &method, failure);
    if (code)
        return code;
    if (method.why[0]) {
        leave_out(e, method.name, method.why);
        pulse_method_free(&method);
        return 0;
    }
    if (e->playlists.count) {
        code = pulse_outcome_measure(&method, &e->scene, &e->judge, &e->outcomes[number], failure);
        if (!code) {
            cJSON *json = cJSON_AddObjectToObject(
                cJSON_GetObjectItemCaseSensitive(e->json, "methods"), method.name);
            cJSON_AddStringToObject(json, "label", method.label);
            pulse_outcome_to_json(&e->outcomes[number], number ? &e->outcomes[0] : NULL, json);
        }
    }
    const double ranked = pulse_clock();
    if (!code && pulse_method_is_space(&method))
        code = measure_space(e, &method, failure);
    if (!code)
        pulse_log_detail("%s: ranked in %.1f s, its space looked at in %.1f s", method.name,
                         ranked - started, pulse_clock() - ranked);
    pulse_method_free(&method);
    return code;
}

static int measure_methods(evaluation *e, pulse_failure *failure)
{
    int code = 0;
    for (uint32_t i = 0; i < pulse_method_count() && !code; ++i)
        code = measure_method(e, i, failure);
    return code;
}

/* ---- Songs of which something is hidden ----------------------------------------------------- */

static int measure_hidden_methods(evaluation *e, const pulse_hidden *hidden, cJSON *methods,
                                  pulse_failure *failure)
{
    pulse_scene scene = e->scene;
    scene.engine = hidden->engine;
    scene.hidden = hidden->flags;
    scene.modality = e->params->hide;
    int code = 0;
    for (uint32_t i = 0; i < pulse_method_count() && !code; ++i) {
        pulse_method method;
        pulse_outcome outcome = {0};
        if (!pulse_method_can_hide(i) || !e->outcomes[i].values)
            continue;
        code = pulse_method_make(i, &scene, &method, failure);
        if (code)
            break;
        if (!method.why[0])
            code = pulse_outcome_measure(&method, &scene, &e->judge, &outcome, failure);
        if (!code && outcome.values) {
            cJSON *json = cJSON_AddObjectToObject(methods, method.name);
            cJSON_AddStringToObject(json, "label", method.label);
            pulse_outcome_to_json(&outcome, NULL, json);
            pulse_outcome_drop_to_json(&e->outcomes[i], &outcome, e->playlists.count, &e->judge,
                                       json);
        }
        pulse_outcome_free(&outcome);
        pulse_method_free(&method);
    }
    return code;
}

static int measure_hidden(evaluation *e, pulse_failure *failure)
{
    const pulse_evaluate_params *p = e->params;
    if (!p->hide)
        return 0;
    pulse_hidden hidden;
    int code = pulse_hidden_make(&e->source, e->info.manifest, &e->facts, e->model.autoencoder,
                                 e->hide, p->hide_share, p->seed, &hidden, failure);
    if (code)
        return code;
    cJSON *json = cJSON_AddObjectToObject(e->json, "hidden");
    cJSON_AddStringToObject(json, "modality", p->hide);
    pulse_json_number(json, "share", p->hide_share);
    cJSON_AddNumberToObject(json, "songs", hidden.songs);
    code = measure_hidden_methods(e, &hidden, cJSON_AddObjectToObject(json, "methods"), failure);
    pulse_hidden_free(&hidden);
    return code;
}

/* What --hide needs is looked for before the long work. */
static int check_hide(evaluation *e, pulse_failure *failure)
{
    const pulse_evaluate_params *p = e->params;
    if (!p->hide)
        return 0;
    if (!p->playlists)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--hide says how much worse playlists are continued: pass "
                                 "--playlists FILE");
    if (!e->facts.work)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--hide makes songs' vectors anew: pass --work DIR, the directory "
                                 "of the steps between CSV and bundle");
    if (!e->scene.dataset)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: is not what the bundle was made from, so that --hide cannot "
                                 "make its vectors anew",
                                 p->work);
    for (uint32_t m = 0; m < e->dataset.modalities; ++m) {
        e->hide = m;
        if (strcmp(e->dataset.modality_names[m], p->hide) == 0)
            return 0;
    }
    pulse_text list = {0};
    for (uint32_t m = 0; m < e->dataset.modalities; ++m)
        pulse_text_format(&list, "%s%s", m ? ", " : "", e->dataset.modality_names[m]);
    pulse_failure_set(failure, PULSE_EXIT_USAGE, "--hide must be one of %s, not \"%s\"", list.data,
                      p->hide);
    free(list.data);
    return failure->code;
}

/* ---- Reconstruction ------------------------------------------------------------------------- */

static void add_reconstruction(cJSON *json, const char *name, const evaluation *e,
                               const pulse_reconstruction *r)
{
    cJSON *object = cJSON_AddObjectToObject(json, name);
    pulse_json_number(object, "features", r->features);
    cJSON *by_modality = cJSON_AddObjectToObject(object, "by_modality");
    for (uint32_t m = 0; m < e->dataset.modalities; ++m)
        pulse_json_number(by_modality, e->dataset.modality_names[m], r->by_modality[m]);
}

static int measure_reconstruction(evaluation *e, pulse_failure *failure)
{
    if (!e->scene.dataset)
        return 0;
    const uint32_t songs = e->info.songs;
    uint32_t *order = pulse_need(songs, sizeof *order);
    for (uint32_t i = 0; i < songs; ++i)
        order[i] = i;
    pulse_random random = pulse_random_make(e->params->seed, 15);
    pulse_random_shuffle(&random, order, songs);
    const uint32_t count = songs < RECONSTRUCTED ? songs : RECONSTRUCTED;
    pulse_reconstruction ours = pulse_reconstruction_none(&e->dataset);
    pulse_reconstruction linear = pulse_reconstruction_none(&e->dataset);
    pulse_pca pca = {0};
    int code =
        pulse_reconstruct_by_model(&e->dataset, e->model.autoencoder, order, count, &ours, failure);
    if (!code)
        code = pulse_pca_fit(e->inputs, e->dataset.targets, e->split.train, e->split.train_count,
                             e->info.dimensions, &pca, failure);
    if (!code) {
        pulse_reconstruct_by_pca(&e->dataset, &pca, order, count, &linear);
        cJSON *json = cJSON_AddObjectToObject(e->json, "reconstruction");
        cJSON_AddNumberToObject(json, "songs", count);
        add_reconstruction(json, "pulse", e, &ours);
        add_reconstruction(json, "pca", e, &linear);
    }
    pulse_pca_free(&pca);
    free(ours.by_modality);
    free(linear.by_modality);
    free(order);
    return code;
}

/* ---- All of it ------------------------------------------------------------------------------ */

/* The last part of a path; the caller frees it. */
static char *base_name(const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        --end;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        --start;
    return pulse_need_format("%.*s", (int)(end - start), path + start);
}

static void describe(evaluation *e)
{
    const pulse_evaluate_params *p = e->params;
    char *name = base_name(p->bundle);
    cJSON_AddStringToObject(e->json, "bundle", name);
    free(name);
    cJSON_AddNumberToObject(e->json, "songs", e->info.songs);
    cJSON_AddNumberToObject(e->json, "playlists", e->playlists.count);
    if (p->playlists) {
        cJSON *skipped = cJSON_AddObjectToObject(e->json, "skipped");
        cJSON_AddNumberToObject(skipped, "short", e->playlists.short_lists);
        cJSON_AddNumberToObject(skipped, "unknown_songs", (double)e->playlists.unknown_songs);
        cJSON_AddNumberToObject(skipped, "repeated_songs", (double)e->playlists.repeated);
    }
    cJSON_AddNumberToObject(e->json, "train_playlists", e->train.count);
    cJSON *protocol = cJSON_AddObjectToObject(e->json, "protocol");
    cJSON_AddNumberToObject(protocol, "seeds", PULSE_PROTOCOL_SEEDS);
    cJSON_AddNumberToObject(protocol, "resamples", p->resamples);
    cJSON_AddNumberToObject(protocol, "seed", (double)p->seed);
    cJSON_AddBoolToObject(protocol, "workspace", e->facts.work != NULL);
    cJSON_AddObjectToObject(e->json, "methods");
    cJSON_AddObjectToObject(e->json, "spaces");
}

/* What the manifest says of held-out songs, which only the trainer can measure. */
static void repeat_quality(evaluation *e)
{
    cJSON *manifest = cJSON_Parse(e->info.manifest);
    cJSON *quality = cJSON_DetachItemFromObjectCaseSensitive(manifest, "quality");
    if (cJSON_IsObject(quality))
        cJSON_AddItemToObject(e->json, "heldout", quality);
    else
        cJSON_Delete(quality);
    cJSON_Delete(manifest);
}

static void close_all(evaluation *e)
{
    for (uint32_t i = 0; e->outcomes && i < pulse_method_count(); ++i)
        pulse_outcome_free(&e->outcomes[i]);
    free(e->outcomes);
    free(e->plain);
    free(e->scene.words);
    free(e->inputs);
    pulse_parallel_stop(e->parallel);
    pulse_dataset_free(&e->dataset);
    pulse_model_free(&e->model);
    pulse_split_free(&e->split);
    pulse_items_free(&e->items);
    pulse_playlists_free(&e->playlists);
    pulse_playlists_free(&e->train);
    pulse_facts_free(&e->facts);
    pulse_engine_close(e->engine);
    if (e->has_source)
        pulse_source_close(&e->source);
}

int pulse_evaluate(const pulse_evaluate_params *params, cJSON **out, pulse_failure *failure)
{
    evaluation e = {.params = params, .json = cJSON_CreateObject()};
    *out = NULL;
    int code = load(&e, failure);
    if (!code)
        code = check_hide(&e, failure);
    if (!code) {
        describe(&e);
        cJSON_AddItemToObject(e.json, "left_out", cJSON_CreateArray());
        code = measure_methods(&e, failure);
    }
    if (!code)
        code = measure_reconstruction(&e, failure);
    if (!code)
        code = measure_hidden(&e, failure);
    if (!code) {
        repeat_quality(&e);
        *out = e.json;
    } else {
        cJSON_Delete(e.json);
    }
    close_all(&e);
    return code;
}
