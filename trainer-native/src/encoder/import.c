#include "encoder/import.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/log.h"
#include "encoder/encoder_path.h"
#include "encoder/hf_weights.h"
#include "encoder/quantise.h"
#include "io/files.h"

#include <cjson/cJSON.h>

enum { LAYER_TENSORS = 16, OTHER_TENSORS = 7, MAX_LAYERS = 48 };

typedef struct importer {
    pulse_hf_directory directory;
    pulse_hf_weights weights;
    bool f32;
    char *names[OTHER_TENSORS + MAX_LAYERS * LAYER_TENSORS];
    pulse_tensor tensors[OTHER_TENSORS + MAX_LAYERS * LAYER_TENSORS];
    size_t count;
    pulse_quantise_error error;
    double worst; /* relative error of a tensor */
    char worst_name[64];
} importer;

/* ---- Tensors -------------------------------------------------------------------------------- */

static void add_tensor(importer *in, char *name, pulse_dtype dtype, uint32_t rows, uint32_t columns,
                       void *data)
{
    pulse_tensor *tensor = &in->tensors[in->count];
    const size_t width = dtype == PULSE_I8 ? 1 : 4;
    *tensor = (pulse_tensor){.name = name,
                             .dtype = dtype,
                             .rank = rows ? 2 : 1,
                             .data = data,
                             .bytes = (size_t)columns * (rows ? rows : 1) * width};
    tensor->shape[0] = rows ? rows : columns;
    tensor->shape[1] = rows ? columns : 0;
    in->names[in->count++] = name;
}

/* A matrix as it is kept: int8 with its scales, or F32. Takes `values`. */
static void add_matrix(importer *in, const char *name, uint32_t rows, uint32_t columns,
                       float *values)
{
    if (in->f32) {
        add_tensor(in, pulse_need_format("%s.weight", name), PULSE_F32, rows, columns, values);
        return;
    }
    int8_t *rounded = pulse_need((size_t)rows * columns, 1);
    float *scales = pulse_need(rows, sizeof *scales);
    pulse_quantise_error error = {0};
    pulse_quantise_rows(values, rows, columns, rounded, scales, &error);
    in->error.lost += error.lost;
    in->error.held += error.held;
    if (pulse_quantise_relative(&error) > in->worst) {
        in->worst = pulse_quantise_relative(&error);
        snprintf(in->worst_name, sizeof in->worst_name, "%s", name);
    }
    free(values);
    add_tensor(in, pulse_need_format("%s.scale", name), PULSE_F32, 0, rows, scales);
    add_tensor(in, pulse_need_format("%s.weight", name), PULSE_I8, rows, columns, rounded);
}

/* `from` and `to` are names without ".weight". */
static int take_matrix(importer *in, const char *from, const char *to, uint32_t rows,
                       uint32_t columns, pulse_failure *failure)
{
    char *name = pulse_need_format("%s.weight", from);
    float *values = pulse_need((size_t)rows * columns, sizeof *values);
    const int code = pulse_hf_weights_get(&in->weights, name, rows, columns, values, failure);
    free(name);
    if (code)
        free(values);
    else
        add_matrix(in, to, rows, columns, values);
    return code;
}

static int take_vector(importer *in, const char *from, const char *to, uint32_t columns,
                       pulse_failure *failure)
{
    float *values = pulse_need(columns, sizeof *values);
    const int code = pulse_hf_weights_get(&in->weights, from, 0, columns, values, failure);
    if (code)
        free(values);
    else
        add_tensor(in, pulse_need_text(to), PULSE_F32, 0, columns, values);
    return code;
}

/* The row of the first token type: a single text has no other. */
static int take_type(importer *in, pulse_failure *failure)
{
    const uint32_t width = in->directory.width;
    float *rows = pulse_need((size_t)in->directory.types * width, sizeof *rows);
    const int code = pulse_hf_weights_get(&in->weights, "embeddings.token_type_embeddings.weight",
                                          in->directory.types, width, rows, failure);
    if (code)
        free(rows);
    else
        add_tensor(in, pulse_need_text("embeddings.type"), PULSE_F32, 0, width, rows);
    return code;
}

static int take_norm(importer *in, const char *from, const char *to, pulse_failure *failure)
{
    static const char *const parts[] = {"weight", "bias"};
    int code = 0;
    for (size_t i = 0; i < 2 && !code; ++i) {
        char *source = pulse_need_format("%s.%s", from, parts[i]);
        char *target = pulse_need_format("%s.%s", to, parts[i]);
        code = take_vector(in, source, target, in->directory.width, failure);
        free(source);
        free(target);
    }
    return code;
}

/* Query, key and value become one matrix, one below the other: one product instead of three. */
static int take_qkv(importer *in, uint32_t layer, pulse_failure *failure)
{
    static const char *const parts[] = {"query", "key", "value"};
    const uint32_t width = in->directory.width;
    const size_t square = (size_t)width * width;
    float *matrix = pulse_need(3 * square, sizeof *matrix);
    float *bias = pulse_need(3 * (size_t)width, sizeof *bias);
    int code = 0;
    for (size_t i = 0; i < 3 && !code; ++i) {
        char *name =
            pulse_need_format("encoder.layer.%u.attention.self.%s.weight", layer, parts[i]);
        code = pulse_hf_weights_get(&in->weights, name, width, width, matrix + i * square, failure);
        free(name);
        name = pulse_need_format("encoder.layer.%u.attention.self.%s.bias", layer, parts[i]);
        if (!code)
            code = pulse_hf_weights_get(&in->weights, name, 0, width, bias + i * width, failure);
        free(name);
    }
    if (code) {
        free(matrix);
        free(bias);
        return code;
    }
    char *name = pulse_need_format("layers.%u.qkv", layer);
    add_matrix(in, name, 3 * width, width, matrix);
    free(name);
    add_tensor(in, pulse_need_format("layers.%u.qkv.bias", layer), PULSE_F32, 0, 3 * width, bias);
    return 0;
}

static int take_layer(importer *in, uint32_t layer, pulse_failure *failure)
{
    const uint32_t width = in->directory.width, inner = in->directory.intermediate;
    const struct {
        const char *from, *to;
        uint32_t rows, columns; /* 0 rows: a norm */
    } parts[] = {
        {"attention.output.dense", "attended", width, width},
        {"attention.output.LayerNorm", "attended.norm", 0, width},
        {"intermediate.dense", "up", inner, width},
        {"output.dense", "down", width, inner},
        {"output.LayerNorm", "down.norm", 0, width},
    };
    int code = take_qkv(in, layer, failure);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !code; ++i) {
        char *from = pulse_need_format("encoder.layer.%u.%s", layer, parts[i].from);
        char *to = pulse_need_format("layers.%u.%s", layer, parts[i].to);
        if (parts[i].rows == 0) {
            code = take_norm(in, from, to, failure);
        } else {
            char *from_bias = pulse_need_format("%s.bias", from);
            char *to_bias = pulse_need_format("%s.bias", to);
            code = take_matrix(in, from, to, parts[i].rows, parts[i].columns, failure);
            if (!code)
                code = take_vector(in, from_bias, to_bias, parts[i].rows, failure);
            free(from_bias);
            free(to_bias);
        }
        free(from);
        free(to);
    }
    return code;
}

static int take_all(importer *in, pulse_failure *failure)
{
    const pulse_hf_directory *directory = &in->directory;
    int code = take_matrix(in, "embeddings.word_embeddings", "embeddings.word", directory->words,
                           directory->width, failure);
    if (!code)
        code = take_matrix(in, "embeddings.position_embeddings", "embeddings.position",
                           directory->positions, directory->width, failure);
    if (!code)
        code = take_type(in, failure);
    if (!code)
        code = take_norm(in, "embeddings.LayerNorm", "embeddings.norm", failure);
    for (uint32_t i = 0; i < directory->layers && !code; ++i) {
        code = take_layer(in, i, failure);
        if (!code && pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    return code;
}

/* F32 first, so that everything is aligned; otherwise in the order they were taken. */
static void order_tensors(importer *in)
{
    pulse_tensor *sorted = pulse_need(in->count, sizeof *sorted);
    size_t at = 0;
    for (int pass = 0; pass < 2; ++pass) {
        for (size_t i = 0; i < in->count; ++i) {
            if ((in->tensors[i].dtype == PULSE_I8) == (pass == 1))
                sorted[at++] = in->tensors[i];
        }
    }
    memcpy(in->tensors, sorted, in->count * sizeof *sorted);
    free(sorted);
}

/* ---- Metadata ------------------------------------------------------------------------------- */

/* The last part of the path that is a name. */
static char *directory_name(const char *path)
{
    size_t size = strlen(path);
    while (size > 0 && path[size - 1] == '/')
        --size;
    size_t start = size;
    while (start > 0 && path[start - 1] != '/')
        --start;
    char *name = pulse_need_format("%.*s", (int)(size - start), path + start);
    if (name[0] == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        name[0] = 0;
    return name;
}

static char *describe(const importer *in, const pulse_import_params *params)
{
    const pulse_hf_directory *directory = &in->directory;
    char hash[65];
    pulse_sha256_hex(directory->vocab, directory->vocab_bytes, hash);
    cJSON *json = cJSON_CreateObject();
    char *name = params->name ? pulse_need_text(params->name) : directory_name(params->directory);
    cJSON_AddStringToObject(json, "name", name);
    free(name);
    cJSON_AddStringToObject(json, "licence", params->licence ? params->licence : "");
    cJSON_AddNumberToObject(json, "layers", directory->layers);
    cJSON_AddNumberToObject(json, "width", directory->width);
    cJSON_AddNumberToObject(json, "heads", directory->heads);
    cJSON_AddNumberToObject(json, "intermediate", directory->intermediate);
    cJSON_AddNumberToObject(json, "positions", directory->positions);
    cJSON_AddNumberToObject(json, "words", directory->words);
    cJSON_AddNumberToObject(json, "epsilon", directory->epsilon);
    cJSON_AddStringToObject(json, "pooling", directory->cls ? "cls" : "mean");
    cJSON_AddBoolToObject(json, "normalise", directory->normalise);
    cJSON *tokenizer = cJSON_AddObjectToObject(json, "tokenizer");
    cJSON_AddBoolToObject(tokenizer, "lower_case", directory->tokenizer.lower_case);
    cJSON_AddBoolToObject(tokenizer, "strip_accents", directory->tokenizer.strip_accents);
    cJSON_AddBoolToObject(tokenizer, "split_chinese", directory->tokenizer.split_chinese);
    cJSON_AddNumberToObject(tokenizer, "longest_word", directory->tokenizer.longest_word);
    cJSON_AddStringToObject(json, "vocab_sha256", hash);
    char *text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    return text;
}

/* ---- Files ---------------------------------------------------------------------------------- */

/* Opens the result as its users will, before it takes the place of an older one. */
static int check(const pulse_hf_directory *directory, const uint8_t *bytes, size_t size,
                 pulse_failure *failure)
{
    pulse_encoder *encoder = NULL;
    pulse_error error;
    const pulse_encoder_params params = {.compute = PULSE_COMPUTE_F32};
    if (pulse_encoder_open(bytes, size, directory->vocab, directory->vocab_bytes, &params, &encoder,
                           &error) != PULSE_OK)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: the encoder made of it cannot be opened: %s", directory->path,
                                 error.message);
    static const char words[] = "a song about the sea and the night";
    const pulse_span text = {words, sizeof words - 1};
    float *vector = pulse_need(pulse_encoder_dimensions(encoder), sizeof *vector);
    int code = 0;
    if (pulse_encoder_encode(encoder, &text, 1, vector, &error) != PULSE_OK)
        code = pulse_failure_core(failure, &error);
    for (uint32_t i = 0; i < pulse_encoder_dimensions(encoder) && !code; ++i) {
        if (!isfinite(vector[i]))
            code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: the encoder made of it gives values that are not finite",
                                     directory->path);
    }
    free(vector);
    pulse_encoder_close(encoder);
    return code;
}

static void report(const importer *in, const pulse_import_params *params, const char *vocab,
                   size_t size)
{
    const pulse_hf_directory *directory = &in->directory;
    pulse_note("%s: BERT of %u layers, %u wide, %u heads, %u inside; %u words, %u positions; %s "
               "pooling%s%s",
               params->directory, directory->layers, directory->width, directory->heads,
               directory->intermediate, directory->words, directory->positions,
               directory->cls ? "cls" : "mean", directory->normalise ? ", unit length" : "",
               directory->pooling_is_told ? "" : " (there is no modules.json to tell)");
    if (!in->f32)
        pulse_note("int8 weights: relative RMS error %.3f%%, at most %.3f%% (%s)",
                   100 * pulse_quantise_relative(&in->error), 100 * in->worst, in->worst_name);
    pulse_note("%s: %.1f MB, with %s: %.1f MB", params->out, (double)size / 1e6, vocab,
               (double)directory->vocab_bytes / 1e6);
}

/* The vocabulary goes first: an encoder that is there is complete. */
static int write_files(importer *in, const pulse_import_params *params, pulse_failure *failure)
{
    char *text = describe(in, params);
    if (!text)
        return pulse_failure_set(failure, PULSE_EXIT_FAILED, "out of memory");
    const pulse_pair metadata[] = {
        {"format", "playlistpulse-encoder"}, {"version", "1"}, {"encoder", text}};
    uint8_t *bytes = NULL;
    size_t size = 0;
    pulse_error error;
    order_tensors(in);
    int code = 0;
    if (pulse_safetensors_write(in->tensors, in->count, metadata, 3, &bytes, &size, &error) !=
        PULSE_OK)
        code = pulse_failure_core(failure, &error);
    cJSON_free(text);
    if (!code)
        code = check(&in->directory, bytes, size, failure);
    char *vocab = pulse_encoder_vocab_path(params->out);
    const bool had_vocab = access(vocab, F_OK) == 0;
    if (!code)
        code = pulse_file_write(vocab, in->directory.vocab, in->directory.vocab_bytes, failure);
    if (!code) {
        code = pulse_file_write(params->out, bytes, size, failure);
        if (code && !had_vocab)
            unlink(vocab);
    }
    if (!code)
        report(in, params, vocab, size);
    free(vocab);
    pulse_bytes_free(bytes);
    return code;
}

int pulse_encoder_import(const pulse_import_params *params, pulse_failure *failure)
{
    importer *in = pulse_need(1, sizeof *in);
    in->f32 = params->f32;
    int code = pulse_hf_directory_read(params->directory, &in->directory, failure);
    if (!code)
        code = pulse_hf_weights_open(&in->directory, &in->weights, failure);
    if (!code)
        code = take_all(in, failure);
    pulse_hf_weights_close(&in->weights);
    if (!code)
        code = write_files(in, params, failure);
    for (size_t i = 0; i < in->count; ++i) {
        free(in->names[i]);
        free((void *)(uintptr_t)in->tensors[i].data);
    }
    pulse_hf_directory_free(&in->directory);
    free(in);
    return code;
}
