/* `playlistpulse train` as a whole: a model to measure, then one of all songs to ship. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/log.h"
#include "ingest/fingerprint.h"
#include "io/files.h"
#include "train/trainer.h"

typedef struct trained {
    uint8_t *bytes; /* of the model file */
    size_t size;
    bool borrowed; /* `bytes` and `plateaus` are the checkpoint's */
    pulse_training_report report;
    float *plateaus; /* [epochs] the plateau schedule's */
    uint32_t epochs; /* of the recipe it was trained by */
} trained;

static void trained_free(trained *t)
{
    pulse_bytes_free(t->bytes);
    free(t->plateaus);
    *t = (trained){0};
}

typedef struct training {
    const pulse_song_table *table;
    const pulse_recipe *recipe;
    pulse_training_session session;
    char *model, *heldout, *log, *checkpoint; /* paths */
} training;

static int train_once(training *t, const pulse_split *split, const pulse_recipe *recipe,
                      pulse_stage stage, trained *out, pulse_failure *failure)
{
    pulse_dataset dataset;
    pulse_net net;
    int code = pulse_dataset_make(t->table, split, recipe, NULL, &dataset, failure);
    if (code)
        return code;
    code = pulse_train(&t->session, &dataset, recipe, stage, out->plateaus, &net, &out->report,
                       failure);
    if (!code) {
        code = pulse_model_write(&dataset, &net, recipe, &out->report, t->session.identity.data,
                                 &out->bytes, &out->size, failure);
        pulse_net_free(&net);
    }
    pulse_dataset_free(&dataset);
    return code;
}

static void say_trained(const trained *measured)
{
    const pulse_training_report *r = &measured->report;
    pulse_note_of(PULSE_FIELDS({"epochs", r->epochs}, {"seconds", r->seconds},
                               {"best_epoch", r->best_epoch}, {"validation_loss", r->validation}),
                  "trained: %u epochs in %.1f s, the best is epoch %u with validation loss %.5f",
                  r->epochs, r->seconds, r->best_epoch, r->validation);
}

/* The first stage, or what a checkpoint of the second has kept of it. */
static int measure(training *t, const pulse_split *split, trained *out, pulse_failure *failure)
{
    const pulse_checkpoint *resumed = &t->session.resumed;
    out->epochs = t->recipe->epochs;
    out->plateaus = pulse_need(out->epochs, sizeof *out->plateaus);
    if (!resumed->parameters || resumed->stage == PULSE_STAGE_MEASURED) {
        const int code = train_once(t, split, t->recipe, PULSE_STAGE_MEASURED, out, failure);
        if (!code)
            say_trained(out);
        return code;
    }
    out->report = resumed->measured_report;
    pulse_error error;
    pulse_safetensors *file;
    if (resumed->measured_epochs != out->epochs ||
        pulse_safetensors_parse(resumed->measured, resumed->measured_size, NULL, &file, &error) !=
            PULSE_OK)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: is damaged; without --resume, train begins anew",
                                 t->checkpoint);
    pulse_safetensors_free(file);
    memcpy(out->plateaus, resumed->measured_plateaus, out->epochs * sizeof *out->plateaus);
    out->size = resumed->measured_size;
    out->bytes = pulse_need(out->size, 1);
    memcpy(out->bytes, resumed->measured, out->size);
    out->borrowed = true;
    return 0;
}

/* The shipped model: all songs, for as many epochs as were best without the held-out ones. */
static int refit(training *t, trained *measured, trained *out, pulse_failure *failure)
{
    pulse_split all = pulse_split_all(t->table->songs);
    pulse_recipe final = *t->recipe;
    final.epochs = measured->report.best_epoch;
    t->session.measured = measured->bytes;
    t->session.measured_size = measured->size;
    t->session.measured_report = measured->report;
    t->session.measured_epochs = measured->epochs;
    t->session.measured_plateaus = measured->plateaus;
    out->epochs = final.epochs;
    out->plateaus = pulse_need(out->epochs, sizeof *out->plateaus);
    memcpy(out->plateaus, measured->plateaus, out->epochs * sizeof *out->plateaus);
    pulse_note("training again with all %u songs, for %u epochs", t->table->songs, final.epochs);
    const int code = train_once(t, &all, &final, PULSE_STAGE_FINAL, out, failure);
    if (!code)
        pulse_note_of(
            PULSE_FIELDS({"epochs", out->report.epochs}, {"seconds", out->report.seconds}),
            "trained: %u epochs in %.1f s", out->report.epochs, out->report.seconds);
    pulse_split_free(&all);
    return code;
}

/* ---- Going on ------------------------------------------------------------------------------- */

/* Whether a file is a model of this very training. `epochs`: of the recipe, too. */
static bool is_of(const training *t, const char *path, bool epochs)
{
    pulse_model model;
    pulse_failure ignored;
    if (pulse_model_read(path, &model, &ignored) != 0)
        return false;
    pulse_recipe recipe = model.recipe;
    if (!epochs)
        recipe.epochs = t->recipe->epochs;
    cJSON *one = pulse_recipe_to_json(&recipe), *other = pulse_recipe_to_json(t->recipe);
    const bool same = model.data && strcmp(model.data, t->session.identity.data) == 0 &&
                      cJSON_Compare(one, other, 1);
    cJSON_Delete(one);
    cJSON_Delete(other);
    pulse_model_free(&model);
    return same;
}

/* *done: it has ended already, and left its models. */
static int resume(training *t, bool apart, bool *done, pulse_failure *failure)
{
    bool found;
    int code = pulse_checkpoint_read(t->checkpoint, &t->session.identity, &t->session.resumed,
                                     &found, failure);
    if (code)
        return code;
    if (found) {
        const pulse_checkpoint *from = &t->session.resumed;
        t->session.log.size = 0;
        pulse_text_append(&t->session.log, from->log, from->log_size);
        pulse_note("going on in epoch %u of %s training", from->state.epoch + 1,
                   from->stage == PULSE_STAGE_MEASURED ? "the first" : "the final");
        return 0;
    }
    *done = is_of(t, t->model, !apart) && (!apart || is_of(t, t->heldout, true));
    if (!*done)
        pulse_note("there is no training to go on with: it begins");
    else
        pulse_note("trained already: %s is of this recipe and these songs", t->model);
    return 0;
}

/* ---- All of it ------------------------------------------------------------------------------ */

static int run(training *t, const pulse_split *split, pulse_failure *failure)
{
    const bool apart = t->recipe->refit && split->held_out;
    trained measured = {0}, final = {0};
    int code = measure(t, split, &measured, failure);
    if (!code && apart) {
        code = refit(t, &measured, &final, failure);
        if (!code)
            code = pulse_file_write(t->heldout, measured.bytes, measured.size, failure);
        if (!code)
            code = pulse_file_write(t->model, final.bytes, final.size, failure);
    } else if (!code) {
        pulse_path_remove(t->heldout); /* of an earlier training */
        code = pulse_file_write(t->model, measured.bytes, measured.size, failure);
    }
    if (!code)
        pulse_path_remove(t->checkpoint);
    if (measured.borrowed) {
        free(measured.bytes);
        measured.bytes = NULL;
    }
    trained_free(&measured);
    trained_free(&final);
    return code;
}

/* For --verbose: every choice, those that nobody made too. */
static void say_recipe(const pulse_recipe *recipe)
{
    cJSON *json = pulse_recipe_to_json(recipe);
    char *text = cJSON_PrintUnformatted(json);
    if (text)
        pulse_log_detail("recipe: %s", text);
    cJSON_free(text);
    cJSON_Delete(json);
}

static void say_split(const pulse_song_table *table, const pulse_split *split)
{
    pulse_note_of(PULSE_FIELDS({"training_songs", split->train_count},
                               {"validation_songs", split->validation_count},
                               {"test_songs", split->test_count}),
                  "training: %u songs to learn from, %u to stop by, %u to measure with%s",
                  split->train_count, split->validation_count, split->test_count,
                  split->held_out ? "" : " (too few to hold any out)");
    if (split->divided)
        pulse_warn("too few artists to keep each on one side: the songs of %u are on several, and "
                   "what is measured looks better than it is",
                   split->divided);
    if (table->lyrics.dimensions)
        pulse_note("lyrics: embeddings of %u songs", table->lyrics.known);
}

static int train_table(training *t, const pulse_train_params *params, pulse_failure *failure)
{
    const pulse_recipe *recipe = t->recipe;
    pulse_split split = pulse_split_make(t->table, recipe->test, recipe->validation, recipe->seed);
    bool done = false;
    int code = 0;
    if (split.train_count < 2)
        code =
            pulse_failure_set(failure, PULSE_EXIT_INPUT,
                              "\"test\" and \"validation\" of the recipe leave %u songs to learn "
                              "from; make them smaller",
                              split.train_count);
    pulse_text_append(&t->session.log, "", 0);
    if (!code && params->resume)
        code = resume(t, recipe->refit && split.held_out, &done, failure);
    if (!code && !done) {
        say_recipe(recipe);
        say_split(t->table, &split);
        t->session.threads = pulse_parallel_start(params->threads);
        code = run(t, &split, failure);
        pulse_parallel_stop(t->session.threads);
    }
    pulse_checkpoint_free(&t->session.resumed);
    free(t->session.log.data);
    pulse_split_free(&split);
    return code;
}

/* Songs, and the lyrics embeddings that came of them. */
static void hash_data(const char *songs, const pulse_song_table *table, char out[65])
{
    const pulse_song_lyrics *lyrics = &table->lyrics;
    char embeddings[65];
    pulse_sha256_hex(lyrics->embeddings,
                     (size_t)lyrics->dimensions * (lyrics->dimensions ? table->songs : 0) *
                         sizeof(float),
                     embeddings);
    char *text = pulse_need_format("%s %s", songs, embeddings);
    pulse_sha256_hex(text, strlen(text), out);
    free(text);
}

int pulse_train_workspace(const char *workspace, const pulse_train_params *params,
                          pulse_failure *failure)
{
    pulse_workspace songs;
    int code = pulse_workspace_open(workspace, &songs, failure);
    if (code)
        return code;
    char fingerprint[65];
    pulse_song_table table = {0};
    code = pulse_workspace_fingerprint(workspace, fingerprint, failure);
    if (!code)
        code = pulse_song_table_load(&songs, workspace, &table, failure);
    if (!code && table.songs < 2)
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: there is only one song; a model needs at least two to tell "
                                 "apart",
                                 songs.source);
    if (!code && table.lyrics.dimensions && strcmp(table.lyrics.songs, fingerprint) != 0)
        code =
            pulse_failure_set(failure, PULSE_EXIT_INPUT,
                              "%s/" PULSE_WORKSPACE_LYRICS ": was made for other songs or other "
                              "lyrics than the workspace holds now; run playlistpulse embed again",
                              workspace);
    if (!code) {
        training t = {.table = &table,
                      .recipe = params->recipe,
                      .model = pulse_workspace_path(workspace, PULSE_WORKSPACE_MODEL),
                      .heldout = pulse_workspace_path(workspace, PULSE_WORKSPACE_HELDOUT),
                      .log = pulse_workspace_path(workspace, PULSE_WORKSPACE_LOG),
                      .checkpoint = pulse_workspace_path(workspace, PULSE_WORKSPACE_CHECKPOINT)};
        t.session.log_path = t.log;
        t.session.checkpoint_path = t.checkpoint;
        t.session.identity.recipe = params->recipe;
        hash_data(fingerprint, &table, t.session.identity.data);
        code = train_table(&t, params, failure);
        free(t.model);
        free(t.heldout);
        free(t.log);
        free(t.checkpoint);
    }
    pulse_song_table_free(&table);
    pulse_workspace_close(&songs);
    return code;
}
