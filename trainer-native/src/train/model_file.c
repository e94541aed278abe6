/* From a trained net to model.safetensors, and back. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/files.h"
#include "train/trainer.h"

/* A weight over the columns in use -> over the full row. The rest is 0. What training took off the
 * lyrics columns goes to their presence flag, which is 1 just where they are known. */
static float *spread_inputs(const pulse_dataset *dataset, const float *weight, uint32_t outputs)
{
    const uint32_t full = dataset->layout.inputs;
    float *spread = pulse_need((size_t)outputs * full, sizeof *spread);
    for (size_t o = 0; o < outputs; ++o) {
        for (uint32_t c = 0; c < dataset->inputs; ++c)
            spread[o * full + dataset->columns[c]] = weight[o * dataset->inputs + c];
        if (dataset->lyrics == 0)
            continue;
        const uint32_t flag = dataset->flag[dataset->modality[dataset->targets - 1]];
        double moved = 0;
        for (uint32_t c = 0; c < dataset->targets; ++c)
            moved += (double)weight[o * dataset->inputs + c] * dataset->centre[c];
        spread[o * full + dataset->columns[flag]] -= (float)moved;
    }
    return spread;
}

static float *spread_targets(const pulse_dataset *dataset, const float *weight, uint32_t width)
{
    float *spread = pulse_need((size_t)dataset->layout.targets * width, sizeof *spread);
    for (uint32_t c = 0; c < dataset->targets; ++c)
        memcpy(spread + (size_t)dataset->columns[c] * width, weight + (size_t)c * width,
               width * sizeof *spread);
    return spread;
}

typedef struct model_tensors {
    pulse_tensor items[4 * (PULSE_MAX_HIDDEN + 1) + 2];
    char names[4 * (PULSE_MAX_HIDDEN + 1) + 2][32];
    float *owned[8];
    size_t count;
    size_t owned_count;
} model_tensors;

/* columns 0: a bias, of rank 1 */
static void add_tensor(model_tensors *tensors, const char *name, const float *data, uint32_t rows,
                       uint32_t columns)
{
    const size_t at = tensors->count++;
    snprintf(tensors->names[at], sizeof tensors->names[at], "%s", name);
    tensors->items[at] =
        (pulse_tensor){.name = tensors->names[at],
                       .dtype = PULSE_F32,
                       .rank = columns ? 2 : 1,
                       .shape = {rows, columns},
                       .data = data,
                       .bytes = (size_t)rows * (columns ? columns : 1) * sizeof(float)};
}

static const float *own(model_tensors *tensors, float *data)
{
    tensors->owned[tensors->owned_count++] = data;
    return data;
}

static void collect(const pulse_dataset *dataset, const pulse_net *net, model_tensors *tensors)
{
    for (uint32_t i = 0; i < 2 * net->depth; ++i) {
        const pulse_net_layer *layer = &net->layers[i];
        const float *weight = net->parameters + layer->weight;
        const float *bias = net->parameters + layer->bias;
        uint32_t inputs = layer->inputs, outputs = layer->outputs;
        if (i == 0) {
            weight = own(tensors, spread_inputs(dataset, weight, outputs));
            inputs = dataset->layout.inputs;
        }
        if (i + 1 == 2 * net->depth) {
            weight = own(tensors, spread_targets(dataset, weight, inputs));
            float *biases = spread_targets(dataset, bias, 1);
            for (uint32_t c = 0; c < dataset->targets; ++c)
                biases[dataset->columns[c]] += dataset->centre[c];
            bias = own(tensors, biases);
            outputs = dataset->layout.targets;
        }
        const char *half = i < net->depth ? "encoder" : "decoder";
        const uint32_t number = i < net->depth ? i : i - net->depth;
        char name[32];
        snprintf(name, sizeof name, "%s.%u.weight", half, number);
        add_tensor(tensors, name, weight, outputs, inputs);
        snprintf(name, sizeof name, "%s.%u.bias", half, number);
        add_tensor(tensors, name, bias, outputs, 0);
    }
    if (net->shape.skip) {
        const uint32_t latent = net->shape.latent;
        add_tensor(tensors, "encoder.skip.weight",
                   own(tensors,
                       spread_inputs(dataset, net->parameters + net->encoder_skip.weight, latent)),
                   latent, dataset->layout.inputs);
        add_tensor(tensors, "decoder.skip.weight",
                   own(tensors,
                       spread_targets(dataset, net->parameters + net->decoder_skip.weight, latent)),
                   dataset->layout.targets, latent);
    }
}

/* What export needs to know to measure the model: how the songs were split, and the recipe. */
static char *record(const pulse_dataset *dataset, const pulse_recipe *recipe,
                    const pulse_training_report *report)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "songs", dataset->table->songs);
    cJSON_AddNumberToObject(json, "epochs", report->epochs);
    cJSON_AddNumberToObject(json, "best_epoch", report->best_epoch);
    if (dataset->lyrics) {
        cJSON *lyrics = cJSON_AddObjectToObject(json, "lyrics");
        cJSON_AddNumberToObject(lyrics, "songs", dataset->table->lyrics.known);
        cJSON_AddStringToObject(lyrics, "encoder", dataset->table->lyrics.encoder);
    }
    cJSON_AddItemToObject(json, "recipe", pulse_recipe_to_json(recipe));
    char *text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    char *copy = pulse_need_text(text ? text : "{}");
    cJSON_free(text);
    return copy;
}

int pulse_model_write(const pulse_dataset *dataset, const pulse_net *net,
                      const pulse_recipe *recipe, const pulse_training_report *report,
                      const char *data, uint8_t **bytes, size_t *size, pulse_failure *failure)
{
    char *training = record(dataset, recipe, report);
    model_tensors *tensors = pulse_need(1, sizeof *tensors);
    collect(dataset, net, tensors);
    const pulse_pair metadata[] = {
        {"format", "playlistpulse-autoencoder"},
        {"version", "1"},
        {"activation", pulse_net_activation_name(net->shape.activation)},
        {"preprocessor", dataset->preprocessor_json},
        {"training", training},
        {"data", data},
    };
    pulse_error error;
    int code = 0;
    if (pulse_safetensors_write(tensors->items, tensors->count, metadata,
                                sizeof metadata / sizeof *metadata, bytes, size,
                                &error) != PULSE_OK)
        code = pulse_failure_core(failure, &error);
    for (size_t i = 0; i < tensors->owned_count; ++i)
        free(tensors->owned[i]);
    free(tensors);
    free(training);
    return code;
}

void pulse_model_free(pulse_model *model)
{
    free(model->bytes);
    pulse_autoencoder_free(model->autoencoder);
    cJSON_Delete(model->header);
    cJSON_Delete(model->training);
    *model = (pulse_model){0};
}

static int read_training(pulse_model *model, const char *path, pulse_failure *failure)
{
    /* The core has checked the header's length and syntax. */
    uint64_t size = 0;
    for (int i = 7; i >= 0; --i)
        size = size << 8 | model->bytes[i];
    model->header = cJSON_ParseWithLength((const char *)model->bytes + 8, (size_t)size);
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(model->header, "__metadata__");
    const cJSON *training = cJSON_GetObjectItemCaseSensitive(metadata, "training");
    const cJSON *preprocessor = cJSON_GetObjectItemCaseSensitive(metadata, "preprocessor");
    model->training = cJSON_IsString(training) ? cJSON_Parse(training->valuestring) : NULL;
    const cJSON *recipe = cJSON_GetObjectItemCaseSensitive(model->training, "recipe");
    const cJSON *songs = cJSON_GetObjectItemCaseSensitive(model->training, "songs");
    if (!cJSON_IsString(preprocessor) || !cJSON_IsObject(recipe) || !cJSON_IsNumber(songs))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: does not say how it was trained; run playlistpulse train "
                                 "again",
                                 path);
    model->preprocessor_json = preprocessor->valuestring;
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(metadata, "data");
    model->data = cJSON_IsString(data) ? data->valuestring : NULL;
    model->songs = (uint32_t)songs->valuedouble;
    model->recipe = pulse_recipe_default();
    return pulse_recipe_apply(&model->recipe, recipe, path, failure);
}

int pulse_model_read(const char *path, pulse_model *out, pulse_failure *failure)
{
    *out = (pulse_model){0};
    int code = pulse_file_read(path, 1u << 30, &out->bytes, &out->size, failure);
    if (code)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: cannot be read; run playlistpulse train first", path);
    pulse_error error;
    if (pulse_autoencoder_parse(out->bytes, out->size, &out->autoencoder, &error) != PULSE_OK)
        code = pulse_failure_core_file(failure, path, &error);
    if (!code)
        code = read_training(out, path, failure);
    if (code) {
        pulse_failure_advise(failure, "playlistpulse train makes it again");
        pulse_model_free(out);
    }
    return code;
}
