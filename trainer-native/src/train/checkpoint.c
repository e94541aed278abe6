#include "train/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/files.h"

#define MOST_BYTES ((size_t)1 << 34)
#define AGAIN "without --resume, train begins anew"

static const char *const stage_names[] = {"measured", "final"};

/* ---- The state as text ---------------------------------------------------------------------- */

/* Numbers go through text without losing a bit: doubles in hexadecimal. */
static void put(pulse_text *text, const char *name, double value)
{
    pulse_text_format(text, "%s=%a\n", name, value);
}

static bool take(const char *text, const char *name, double *value)
{
    const size_t size = strlen(name);
    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, size) != 0 || line[size] != '=')
            continue;
        char *end;
        *value = strtod(line + size + 1, &end);
        return end > line + size + 1 && *end == '\n';
    }
    return false;
}

static void put_state(pulse_text *text, const pulse_checkpoint *c)
{
    const pulse_training_state *s = &c->state;
    put(text, "epoch", s->epoch);
    put(text, "batch", s->batch);
    put(text, "loss", s->loss);
    put(text, "norm", s->norm);
    put(text, "steps", (double)s->steps);
    put(text, "best_epoch", s->best_epoch);
    put(text, "best", s->best);
    put(text, "seconds", s->seconds);
    put(text, "plateau", (double)s->plateau);
    put(text, "unchanged", s->unchanged);
    put(text, "measured_epochs", c->measured_report.epochs);
    put(text, "measured_best_epoch", c->measured_report.best_epoch);
    put(text, "measured_validation", c->measured_report.validation);
    put(text, "measured_seconds", c->measured_report.seconds);
}

static bool take_count(const char *text, const char *name, double most, double *value)
{
    return take(text, name, value) && *value >= 0 && *value <= most && *value == floor(*value);
}

static bool take_state(const char *text, pulse_checkpoint *c)
{
    pulse_training_state *s = &c->state;
    pulse_training_report *m = &c->measured_report;
    double epoch, batch, steps, best_epoch, plateau, unchanged, epochs, best;
    const double most = UINT32_MAX;
    if (!take_count(text, "epoch", most, &epoch) || !take_count(text, "batch", most, &batch) ||
        !take_count(text, "steps", 9e15, &steps) ||
        !take_count(text, "best_epoch", epoch, &best_epoch) ||
        !take_count(text, "unchanged", most, &unchanged) || !take(text, "loss", &s->loss) ||
        !take(text, "norm", &s->norm) || !take(text, "best", &s->best) ||
        !take(text, "seconds", &s->seconds) || !take(text, "plateau", &plateau) ||
        !take_count(text, "measured_epochs", most, &epochs) ||
        !take_count(text, "measured_best_epoch", epochs, &best) ||
        !take(text, "measured_validation", &m->validation) ||
        !take(text, "measured_seconds", &m->seconds))
        return false;
    s->epoch = (uint32_t)epoch;
    s->batch = (uint32_t)batch;
    s->steps = (uint64_t)steps;
    s->best_epoch = (uint32_t)best_epoch;
    s->plateau = (float)plateau;
    s->unchanged = (uint32_t)unchanged;
    m->epochs = (uint32_t)epochs;
    m->best_epoch = (uint32_t)best;
    return true;
}

/* ---- Writing -------------------------------------------------------------------------------- */

static pulse_tensor vector(const char *name, pulse_dtype dtype, const void *data, size_t count)
{
    return (pulse_tensor){.name = name,
                          .dtype = dtype,
                          .rank = 1,
                          .shape = {count},
                          .data = data,
                          .bytes = count * (dtype == PULSE_F32 ? sizeof(float) : 1)};
}

int pulse_checkpoint_write(const char *path, const pulse_training_identity *identity,
                           const pulse_checkpoint *c, pulse_failure *failure)
{
    pulse_tensor tensors[8];
    size_t count = 0;
    tensors[count++] = vector("parameters", PULSE_F32, c->parameters, c->parameter_count);
    tensors[count++] = vector("mean", PULSE_F32, c->mean, c->parameter_count);
    tensors[count++] = vector("variance", PULSE_F32, c->variance, c->parameter_count);
    tensors[count++] = vector("best", PULSE_F32, c->best, c->parameter_count);
    tensors[count++] = vector("plateaus", PULSE_F32, c->plateaus, c->epochs);
    if (c->stage == PULSE_STAGE_FINAL)
        tensors[count++] =
            vector("measured_plateaus", PULSE_F32, c->measured_plateaus, c->measured_epochs);
    tensors[count++] = vector("log", PULSE_I8, c->log, c->log_size + 1); /* never empty */
    if (c->stage == PULSE_STAGE_FINAL)
        tensors[count++] = vector("measured", PULSE_I8, c->measured, c->measured_size);
    pulse_text state = {0};
    put_state(&state, c);
    cJSON *json = pulse_recipe_to_json(identity->recipe);
    char *recipe = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    const pulse_pair metadata[] = {
        {"format", "playlistpulse-checkpoint"},
        {"version", "1"},
        {"program", PULSE_VERSION},
        {"stage", stage_names[c->stage]},
        {"data", identity->data},
        {"recipe", recipe ? recipe : "{}"},
        {"state", state.data},
    };
    uint8_t *bytes = NULL;
    size_t size;
    pulse_error error;
    int code = 0;
    if (pulse_safetensors_write(tensors, count, metadata, sizeof metadata / sizeof *metadata,
                                &bytes, &size, &error) != PULSE_OK)
        code = pulse_failure_core(failure, &error);
    if (!code)
        code = pulse_file_write(path, bytes, size, failure);
    pulse_bytes_free(bytes);
    cJSON_free(recipe);
    free(state.data);
    return code;
}

/* ---- Reading -------------------------------------------------------------------------------- */

/* A member as people know it: 0.002, not {"learning_rate":0.002}. */
static char *shown(const cJSON *json, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(json, name);
    char *text = member ? cJSON_PrintUnformatted(member) : NULL;
    char *copy = pulse_need_text(text ? text : "not there");
    cJSON_free(text);
    return copy;
}

/* The first member that differs is named: most often it is an option that was forgotten. */
static int check_recipe(const char *path, const char *text, const pulse_recipe *recipe,
                        pulse_failure *failure)
{
    cJSON *then = text ? cJSON_Parse(text) : NULL, *now = pulse_recipe_to_json(recipe);
    int code = 0;
    if (!cJSON_IsObject(then))
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: is damaged; " AGAIN, path);
    const cJSON *member;
    cJSON_ArrayForEach(member, now)
    {
        if (code ||
            cJSON_Compare(member, cJSON_GetObjectItemCaseSensitive(then, member->string), 1))
            continue;
        char *was = shown(then, member->string), *is = shown(now, member->string);
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: is of a training with another recipe: \"%s\" was %.100s, and "
                                 "is %.100s; repeat the options it was begun with, or " AGAIN,
                                 path, member->string, was, is);
        free(was);
        free(is);
    }
    cJSON_Delete(then);
    cJSON_Delete(now);
    return code;
}

static bool metadata_is(const pulse_safetensors *file, const char *key, const char *value)
{
    const char *found = pulse_safetensors_metadata(file, key);
    return found && strcmp(found, value) == 0;
}

static int check_identity(const char *path, const pulse_safetensors *file,
                          const pulse_training_identity *identity, pulse_failure *failure)
{
    if (!metadata_is(file, "format", "playlistpulse-checkpoint"))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: is no checkpoint; " AGAIN, path);
    if (!metadata_is(file, "version", "1") || !metadata_is(file, "program", PULSE_VERSION))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: was written by another version of playlistpulse, which may "
                                 "train otherwise; go on with that one, or " AGAIN,
                                 path);
    if (!metadata_is(file, "data", identity->data))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: is of a training with other songs or other lyrics embeddings "
                                 "than the workspace holds now; " AGAIN,
                                 path);
    return check_recipe(path, pulse_safetensors_metadata(file, "recipe"), identity->recipe,
                        failure);
}

/* Any number of values where `*count` is 0, else that many. */
static const void *tensor(const pulse_safetensors *file, const char *name, pulse_dtype dtype,
                          size_t *count)
{
    const pulse_tensor *found;
    pulse_error ignored;
    const uint64_t shape[] = {*count};
    if (pulse_safetensors_expect(file, name, dtype, 1, shape, &found, &ignored) != PULSE_OK)
        return NULL;
    *count = (size_t)found->shape[0];
    return found->data;
}

static bool take_tensors(const pulse_safetensors *file, pulse_checkpoint *c)
{
    size_t plateaus = 0, measured = 0;
    c->parameters = tensor(file, "parameters", PULSE_F32, &c->parameter_count);
    c->mean = tensor(file, "mean", PULSE_F32, &c->parameter_count);
    c->variance = tensor(file, "variance", PULSE_F32, &c->parameter_count);
    c->best = tensor(file, "best", PULSE_F32, &c->parameter_count);
    c->plateaus = tensor(file, "plateaus", PULSE_F32, &plateaus);
    c->log = tensor(file, "log", PULSE_I8, &c->log_size);
    if (!c->parameters || !c->mean || !c->variance || !c->best || !c->plateaus || !c->log)
        return false;
    c->epochs = (uint32_t)plateaus;
    if (c->log[--c->log_size] != 0)
        return false;
    if (metadata_is(file, "stage", stage_names[PULSE_STAGE_MEASURED]))
        return true;
    c->stage = PULSE_STAGE_FINAL;
    c->measured = tensor(file, "measured", PULSE_I8, &c->measured_size);
    c->measured_plateaus = tensor(file, "measured_plateaus", PULSE_F32, &measured);
    c->measured_epochs = (uint32_t)measured;
    return metadata_is(file, "stage", stage_names[PULSE_STAGE_FINAL]) && c->measured &&
           c->measured_plateaus;
}

int pulse_checkpoint_read(const char *path, const pulse_training_identity *identity,
                          pulse_checkpoint *out, bool *found, pulse_failure *failure)
{
    *out = (pulse_checkpoint){0};
    *found = access(path, F_OK) == 0;
    if (!*found)
        return 0;
    size_t size;
    int code = pulse_file_read(path, MOST_BYTES, &out->bytes, &size, failure);
    if (code)
        return code;
    pulse_safetensors *file = NULL;
    pulse_error error;
    if (pulse_safetensors_parse(out->bytes, size, path, &file, &error) != PULSE_OK)
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s; " AGAIN, error.message);
    out->file = file;
    if (!code)
        code = check_identity(path, file, identity, failure);
    const char *state = code ? NULL : pulse_safetensors_metadata(file, "state");
    if (!code && !(state && take_state(state, out) && take_tensors(file, out)))
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: is damaged; " AGAIN, path);
    if (code)
        pulse_checkpoint_free(out);
    return code;
}

void pulse_checkpoint_free(pulse_checkpoint *checkpoint)
{
    pulse_safetensors_free(checkpoint->file);
    free(checkpoint->bytes);
    *checkpoint = (pulse_checkpoint){0};
}
