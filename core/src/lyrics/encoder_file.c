#include "lyrics/encoder_file.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "bundle/dtype.h"
#include "bundle/sha256.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The settings and their limits: docs/bundle-format.md. */
#define MAX_WIDTH 4096
#define MAX_INTERMEDIATE 16384
#define MIN_POSITIONS 3 /* [CLS], a token, [SEP] */
#define MAX_POSITIONS 4096
#define MAX_WORDS 1000000
#define MAX_LONGEST_WORD 10000
#define MIN_EPSILON 1e-15
/*
 * No weight of a trained encoder comes near this. Within it and the limits above no sum of a
 * forward pass leaves the range of f32, up to the variances of the layer norms, which divide: so
 * that the kernels need not look for infinities.
 */
#define MAX_WEIGHT 1000.0f

/* ---- settings ---- */

static pulse_status check_metadata(const pulse_safetensors *view, pulse_error *error)
{
    const char *format = pulse_safetensors_metadata(view, "format");
    const char *version = pulse_safetensors_metadata(view, "version");
    if (!format || strcmp(format, PULSE_ENCODER_FORMAT) != 0)
        return pulse_fail(error, PULSE_E_FORMAT,
                          "not a lyrics encoder: its metadata lack "
                          "\"format\": \"" PULSE_ENCODER_FORMAT "\"");
    if (!version || strcmp(version, PULSE_ENCODER_VERSION) != 0)
        return pulse_fail(error, PULSE_E_VERSION,
                          "the lyrics encoder is of format version \"%.16s\", this program reads "
                          "version \"" PULSE_ENCODER_VERSION "\"",
                          version ? version : "");
    return PULSE_OK;
}

/* A whole number from `min` to `max`. */
static pulse_status read_size(pulse_json_object from, const char *name, uint32_t min, uint32_t max,
                              uint32_t *out, pulse_error *error)
{
    uint64_t value;
    pulse_status status = pulse_json_get_integer(from, name, max, &value, error);
    if (status == PULSE_OK && value < min)
        status = pulse_fail(error, PULSE_E_FORMAT, "%s: \"%s\" is %u, it must be %u or more",
                            from.where, name, (uint32_t)value, min);
    *out = (uint32_t)value;
    return status;
}

static pulse_status read_sizes(pulse_json_object from, pulse_encoder_config *config,
                               pulse_error *error)
{
    const struct {
        const char *name;
        uint32_t min;
        uint32_t max;
        uint32_t *out;
    } sizes[] = {
        {"layers", 1, PULSE_ENCODER_MAX_LAYERS, &config->layers},
        {"width", 1, MAX_WIDTH, &config->width},
        {"heads", 1, MAX_WIDTH, &config->heads},
        {"intermediate", 1, MAX_INTERMEDIATE, &config->intermediate},
        {"positions", MIN_POSITIONS, MAX_POSITIONS, &config->positions},
        {"words", 1, MAX_WORDS, &config->words},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        pulse_status status =
            read_size(from, sizes[i].name, sizes[i].min, sizes[i].max, sizes[i].out, error);
        if (status != PULSE_OK)
            return status;
    }
    if (config->width % config->heads != 0)
        return pulse_fail(error, PULSE_E_FORMAT, "%s: %u heads do not divide a width of %u",
                          from.where, config->heads, config->width);
    return PULSE_OK;
}

static pulse_status read_epsilon(pulse_json_object from, float *out, pulse_error *error)
{
    double epsilon;
    pulse_status status = pulse_json_get_number(from, "epsilon", true, 0, &epsilon, error);
    if (status == PULSE_OK && !(epsilon >= MIN_EPSILON && epsilon <= 1))
        status = pulse_fail(error, PULSE_E_FORMAT, "%s: \"epsilon\" is %g, it must be from %g to 1",
                            from.where, epsilon, MIN_EPSILON);
    *out = (float)epsilon;
    return status;
}

static pulse_status read_pooling(pulse_json_object from, pulse_pooling *out, pulse_error *error)
{
    const char *name;
    *out = PULSE_POOL_MEAN;
    pulse_status status = pulse_json_get_text(from, "pooling", true, &name, error);
    if (status != PULSE_OK || strcmp(name, "mean") == 0)
        return status;
    if (strcmp(name, "cls") != 0)
        return pulse_fail(error, PULSE_E_VERSION,
                          "%s: pooling \"%.32s\" is not known to this program: it needs a newer "
                          "playlistpulse",
                          from.where, name);
    *out = PULSE_POOL_CLS;
    return PULSE_OK;
}

static pulse_status read_tokenizer(pulse_json_object from, pulse_tokenizer_params *out,
                                   pulse_error *error)
{
    const cJSON *json;
    pulse_status status = pulse_json_get(from, "tokenizer", PULSE_JSON_OBJECT, true, &json, error);
    const pulse_json_object tokenizer = {json, "encoder settings: tokenizer"};
    if (status == PULSE_OK)
        status = pulse_json_get_boolean(tokenizer, "lower_case", &out->lower_case, error);
    if (status == PULSE_OK)
        status = pulse_json_get_boolean(tokenizer, "strip_accents", &out->strip_accents, error);
    if (status == PULSE_OK)
        status = pulse_json_get_boolean(tokenizer, "split_chinese", &out->split_chinese, error);
    if (status == PULSE_OK)
        status =
            read_size(tokenizer, "longest_word", 1, MAX_LONGEST_WORD, &out->longest_word, error);
    return status;
}

static pulse_status read_hash(pulse_json_object from, char out[65], pulse_error *error)
{
    const char *hash;
    pulse_status status = pulse_json_get_text(from, "vocab_sha256", true, &hash, error);
    if (status != PULSE_OK)
        return status;
    if (!pulse_sha256_is_hex(hash))
        return pulse_fail(error, PULSE_E_FORMAT,
                          "%s: \"vocab_sha256\" must be 64 lower-case hex digits", from.where);
    memcpy(out, hash, PULSE_SHA256_HEX + 1);
    return PULSE_OK;
}

static pulse_status read_settings(const cJSON *json, pulse_encoder_config *config,
                                  pulse_error *error)
{
    const pulse_json_object settings = {json, "encoder settings"};
    if (!cJSON_IsObject(json))
        return pulse_fail(error, PULSE_E_FORMAT, "encoder settings are %s, they must be an object",
                          pulse_json_type_name(json));
    pulse_status status = read_sizes(settings, config, error);
    if (status == PULSE_OK)
        status = read_epsilon(settings, &config->epsilon, error);
    if (status == PULSE_OK)
        status = read_pooling(settings, &config->pooling, error);
    if (status == PULSE_OK)
        status = pulse_json_get_boolean(settings, "normalise", &config->normalise, error);
    if (status == PULSE_OK)
        status = read_tokenizer(settings, &config->tokenizer, error);
    if (status == PULSE_OK)
        status = read_hash(settings, config->vocab_sha256, error);
    return status;
}

static pulse_status read_config(const pulse_safetensors *view, pulse_encoder_config *config,
                                pulse_error *error)
{
    pulse_status status = check_metadata(view, error);
    if (status != PULSE_OK)
        return status;
    const char *text = pulse_safetensors_metadata(view, "encoder");
    if (!text)
        return pulse_fail(error, PULSE_E_FORMAT, "the metadata lack \"encoder\"");
    cJSON *json;
    status = pulse_json_parse(text, strlen(text), "encoder settings", &json, error);
    if (status == PULSE_OK)
        status = read_settings(json, config, error);
    cJSON_Delete(json);
    return status;
}

pulse_status pulse_encoder_config_read(const uint8_t *bytes, size_t size, pulse_encoder_config *out,
                                       pulse_error *error)
{
    *out = (pulse_encoder_config){0};
    pulse_safetensors *view;
    pulse_status status = pulse_safetensors_parse(bytes, size, NULL, &view, error);
    if (status == PULSE_OK)
        status = read_config(view, out, error);
    pulse_safetensors_free(view);
    return status;
}

/* ---- tensors ---- */

typedef struct reader {
    const pulse_safetensors *view;
    const pulse_tensor *tensors; /* [count] */
    size_t count;
    bool *used;       /* [count] */
    pulse_dtype kind; /* of all matrices */
    pulse_status status;
    pulse_error *error;
} reader;

/* The tensor, or NULL and the reader has failed; nothing more is read from then on. */
static const pulse_tensor *take(reader *in, const char *name, pulse_dtype dtype, uint32_t rows,
                                uint32_t columns)
{
    const uint64_t shape[] = {rows, columns};
    const pulse_tensor *tensor;
    if (in->status != PULSE_OK)
        return NULL;
    in->status =
        pulse_safetensors_expect(in->view, name, dtype, columns ? 2 : 1, shape, &tensor, in->error);
    if (in->status != PULSE_OK)
        return NULL;
    in->used[tensor - in->tensors] = true;
    return tensor;
}

/* The tensor's floats, each from `low` to `high`. */
static const float *take_floats(reader *in, const char *name, uint32_t rows, uint32_t columns,
                                float low, float high)
{
    const pulse_tensor *tensor = take(in, name, PULSE_F32, rows, columns);
    if (!tensor)
        return NULL;
    const float *values = tensor->data;
    const size_t count = tensor->bytes / sizeof *values;
    size_t bad = 0; /* without a branch in the loop it is a vector one */
    for (size_t i = 0; i < count; ++i)
        bad += !(values[i] >= low && values[i] <= high);
    if (!bad)
        return values;
    size_t at = 0;
    while (values[at] >= low && values[at] <= high)
        ++at;
    in->status = pulse_fail(in->error, PULSE_E_FORMAT,
                            "tensor \"%s\": value %zu is %g, it must be from %g to %g", name, at,
                            (double)values[at], (double)low, (double)high);
    return NULL;
}

static const float *take_row(reader *in, const char *stem, const char *suffix, uint32_t size)
{
    char name[64];
    snprintf(name, sizeof name, "%s%s", stem, suffix);
    return take_floats(in, name, size, 0, -MAX_WEIGHT, MAX_WEIGHT);
}

/* "<stem>.weight", and with int8 "<stem>.scale". */
static pulse_table take_table(reader *in, const char *stem, uint32_t rows, uint32_t columns)
{
    char name[64];
    pulse_table table = {0};
    snprintf(name, sizeof name, "%s.weight", stem);
    if (in->kind == PULSE_F32) {
        table.f32 = take_floats(in, name, rows, columns, -MAX_WEIGHT, MAX_WEIGHT);
        return table;
    }
    const pulse_tensor *weight = take(in, name, PULSE_I8, rows, columns);
    snprintf(name, sizeof name, "%s.scale", stem);
    table.int8 = weight ? weight->data : NULL;
    table.scale = take_floats(in, name, rows, 0, 0, MAX_WEIGHT / 128);
    return table;
}

static pulse_matrix take_matrix(reader *in, uint32_t layer, const char *part, uint32_t outputs,
                                uint32_t inputs)
{
    char stem[48];
    snprintf(stem, sizeof stem, "layers.%u.%s", layer, part);
    const pulse_table table = take_table(in, stem, outputs, inputs);
    return (pulse_matrix){.inputs = inputs,
                          .outputs = outputs,
                          .int8 = table.int8,
                          .scale = table.scale,
                          .f32 = table.f32,
                          .bias = take_row(in, stem, ".bias", outputs)};
}

static pulse_norm take_norm(reader *in, const char *stem, uint32_t width)
{
    const float *weight = take_row(in, stem, ".weight", width);
    return (pulse_norm){weight, take_row(in, stem, ".bias", width)};
}

static void take_layer(reader *in, const pulse_encoder_config *config, uint32_t number,
                       pulse_encoder_layer *layer)
{
    char stem[48];
    const uint32_t width = config->width;
    layer->qkv = take_matrix(in, number, "qkv", 3 * width, width);
    layer->attended = take_matrix(in, number, "attended", width, width);
    snprintf(stem, sizeof stem, "layers.%u.attended.norm", number);
    layer->attended_norm = take_norm(in, stem, width);
    layer->up = take_matrix(in, number, "up", config->intermediate, width);
    layer->down = take_matrix(in, number, "down", width, config->intermediate);
    snprintf(stem, sizeof stem, "layers.%u.down.norm", number);
    layer->down_norm = take_norm(in, stem, width);
}

/* All matrices are of the first one's dtype. */
static void find_kind(reader *in)
{
    static const char first[] = "embeddings.word.weight";
    const pulse_tensor *tensor = pulse_safetensors_find(in->view, first);
    if (!tensor)
        in->status = pulse_fail(in->error, PULSE_E_FORMAT, "tensor \"%s\" is missing", first);
    else if (tensor->dtype != PULSE_F32 && tensor->dtype != PULSE_I8)
        in->status =
            pulse_fail(in->error, PULSE_E_FORMAT, "tensor \"%s\" is %s, it must be I8 or F32",
                       first, pulse_dtype_name(tensor->dtype));
    else
        in->kind = tensor->dtype;
}

/* A tensor that nothing has read is a mistake, and a silent one if let be. */
static void check_all_used(reader *in)
{
    for (size_t i = 0; in->status == PULSE_OK && i < in->count; ++i)
        if (!in->used[i])
            in->status = pulse_fail(in->error, PULSE_E_FORMAT,
                                    "tensor \"%.100s\" is no part of an encoder of these "
                                    "settings",
                                    in->tensors[i].name);
}

static pulse_status read_tensors(pulse_encoder_file *file, pulse_error *error)
{
    reader in = {.view = file->view, .error = error};
    const pulse_encoder_config *config = &file->config;
    in.tensors = pulse_safetensors_tensors(file->view, &in.count);
    in.used = pulse_calloc(in.count, sizeof *in.used);
    if (!in.used)
        return pulse_out_of_memory(error);
    find_kind(&in);
    if (in.status == PULSE_OK) {
        file->words = take_table(&in, "embeddings.word", config->words, config->width);
        file->positions = take_table(&in, "embeddings.position", config->positions, config->width);
        file->type = take_row(&in, "embeddings.type", "", config->width);
        file->norm = take_norm(&in, "embeddings.norm", config->width);
    }
    for (uint32_t i = 0; in.status == PULSE_OK && i < config->layers; ++i)
        take_layer(&in, config, i, &file->layers[i]);
    check_all_used(&in);
    pulse_free(in.used);
    return in.status;
}

pulse_status pulse_encoder_file_open(const uint8_t *bytes, size_t size, pulse_encoder_file *out,
                                     pulse_error *error)
{
    *out = (pulse_encoder_file){0};
    pulse_status status = pulse_safetensors_parse(bytes, size, NULL, &out->view, error);
    if (status == PULSE_OK)
        status = read_config(out->view, &out->config, error);
    if (status == PULSE_OK)
        status = read_tensors(out, error);
    return status;
}

void pulse_encoder_file_close(pulse_encoder_file *file)
{
    pulse_safetensors_free(file->view);
    file->view = NULL;
}
