#include "encoder/hf_weights.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

#define FILE_LIMIT ((uint64_t)4 << 30)
#define NAME_ROOM 160

/* ---- The file ------------------------------------------------------------------------------- */

/* How far the file must be moved for its tensors to be aligned: a header may have any length. */
static size_t shift_for(const uint8_t prefix[8])
{
    return (8u - (prefix[0] & 7u)) & 7u;
}

static int system_failure(const char *path, pulse_failure *failure)
{
    return pulse_failure_system(failure, PULSE_EXIT_INPUT, errno, "%s", path);
}

static int missing(const pulse_hf_directory *directory, const char *path, pulse_failure *failure)
{
    static const char *const others[] = {"model.safetensors.index.json", "pytorch_model.bin"};
    static const char *const reasons[] = {
        "the weights are split into several files, which is not supported: save the model again "
        "as one file",
        "the weights are in PyTorch's own format: save the model again as safetensors"};
    for (size_t i = 0; i < 2; ++i) {
        char *other = pulse_need_format("%s/%s", directory->path, others[i]);
        struct stat about;
        const bool there = stat(other, &about) == 0;
        free(other);
        if (there)
            return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: is not there; %s", path,
                                     reasons[i]);
    }
    return pulse_failure_system(failure, PULSE_EXIT_INPUT, ENOENT, "%s", path);
}

/* One block of the file's size: a model is large, and must not be held twice. */
static int read_all(FILE *file, pulse_hf_weights *out, const uint8_t **bytes, size_t *size,
                    pulse_failure *failure)
{
    struct stat about;
    if (fstat(fileno(file), &about) != 0)
        return system_failure(out->path, failure);
    if (!S_ISREG(about.st_mode))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: is not a file", out->path);
    if ((uint64_t)about.st_size > FILE_LIMIT)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: is %lld bytes, which is too large for an encoder", out->path,
                                 (long long)about.st_size);
    uint8_t prefix[8] = {0};
    const size_t got = fread(prefix, 1, sizeof prefix, file);
    const size_t shift = shift_for(prefix);
    *size = (size_t)about.st_size;
    out->block = malloc(*size + shift + sizeof prefix);
    if (!out->block)
        return pulse_failure_set(failure, PULSE_EXIT_FAILED, "%s: out of memory", out->path);
    uint8_t *at = out->block + shift;
    memcpy(at, prefix, sizeof prefix);
    if (*size > got && fread(at + got, 1, *size - got, file) != *size - got) {
        if (ferror(file))
            return system_failure(out->path, failure);
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: changed while it was read",
                                 out->path);
    }
    *bytes = at;
    return 0;
}

/* ---- What is in it -------------------------------------------------------------------------- */

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* A tensor that belongs to the encoder but that this program would not read changes what it
 * computes: it must not go unnoticed. Heads and poolers on top of it do not matter. */
static int check_names(const pulse_hf_weights *weights, const pulse_hf_directory *directory,
                       pulse_failure *failure)
{
    static const char *const embeddings[] = {"word_embeddings.weight",
                                             "position_embeddings.weight",
                                             "token_type_embeddings.weight",
                                             "LayerNorm.weight",
                                             "LayerNorm.bias",
                                             "LayerNorm.gamma",
                                             "LayerNorm.beta",
                                             "position_ids",
                                             "token_type_ids"};
    static const char *const parts[] = {"attention.self.query.",
                                        "attention.self.key.",
                                        "attention.self.value.",
                                        "attention.output.dense.",
                                        "attention.output.LayerNorm.",
                                        "intermediate.dense.",
                                        "output.dense.",
                                        "output.LayerNorm."};
    size_t count;
    const pulse_tensor *tensors = pulse_safetensors_tensors(weights->view, &count);
    for (size_t i = 0; i < count; ++i) {
        const char *name = tensors[i].name;
        if (!starts_with(name, weights->prefix))
            continue;
        name += strlen(weights->prefix);
        bool known = true;
        if (starts_with(name, "embeddings.")) {
            known = false;
            for (size_t k = 0; k < sizeof embeddings / sizeof *embeddings; ++k)
                known |= strcmp(name + strlen("embeddings."), embeddings[k]) == 0;
        } else if (starts_with(name, "encoder.")) {
            unsigned layer = 0;
            int used = 0;
            known = sscanf(name, "encoder.layer.%6u.%n", &layer, &used) == 1 && used > 0;
            if (known && layer >= directory->layers)
                return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                         "%s: has a tensor \"%.100s\", but %s says that "
                                         "\"num_hidden_layers\" is %u",
                                         weights->path, tensors[i].name, directory->config,
                                         directory->layers);
            bool part = false;
            for (size_t k = 0; known && k < sizeof parts / sizeof *parts; ++k)
                part |= starts_with(name + used, parts[k]);
            known = part;
        }
        if (!known)
            return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: the tensor \"%.100s\" belongs to no BERT encoder",
                                     weights->path, tensors[i].name);
    }
    return 0;
}

int pulse_hf_weights_open(const pulse_hf_directory *directory, pulse_hf_weights *out,
                          pulse_failure *failure)
{
    *out = (pulse_hf_weights){.path = pulse_need_format("%s/model.safetensors", directory->path),
                              .prefix = ""};
    FILE *file = fopen(out->path, "rb");
    if (!file)
        return errno == ENOENT ? missing(directory, out->path, failure)
                               : system_failure(out->path, failure);
    const uint8_t *bytes = NULL;
    size_t size = 0;
    int code = read_all(file, out, &bytes, &size, failure);
    fclose(file);
    pulse_error error;
    if (!code && pulse_safetensors_parse(bytes, size, out->path, &out->view, &error) != PULSE_OK)
        code = pulse_failure_core_file(failure, out->path, &error);
    if (code)
        return code;
    if (pulse_safetensors_find(out->view, "bert.embeddings.word_embeddings.weight"))
        out->prefix = "bert.";
    return check_names(out, directory, failure);
}

void pulse_hf_weights_close(pulse_hf_weights *weights)
{
    pulse_safetensors_free(weights->view);
    free(weights->block);
    free(weights->path);
    *weights = (pulse_hf_weights){0};
}

/* ---- A tensor ------------------------------------------------------------------------------- */

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE 754 binary16; exact. */
static float from_f16(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    const uint32_t exponent = (half >> 10) & 31u, fraction = half & 0x3ffu;
    if (exponent == 31)
        return from_bits(sign | 0x7f800000u | fraction << 13);
    if (exponent == 0) {
        const float small = (float)fraction * 0x1p-24f;
        return sign ? -small : small;
    }
    return from_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

static void convert(const pulse_tensor *tensor, size_t count, float *out)
{
    if (tensor->dtype == PULSE_F32) {
        memcpy(out, tensor->data, count * sizeof *out);
        return;
    }
    const uint16_t *halves = tensor->data;
    for (size_t i = 0; i < count; ++i)
        out[i] =
            tensor->dtype == PULSE_F16 ? from_f16(halves[i]) : from_bits((uint32_t)halves[i] << 16);
}

static void show_shape(uint32_t rank, const uint64_t *shape, char out[96])
{
    size_t used = (size_t)snprintf(out, 96, "[");
    for (uint32_t i = 0; i < rank && used < 90; ++i)
        used += (size_t)snprintf(out + used, 96 - used, "%s%llu", i ? ", " : "",
                                 (unsigned long long)shape[i]);
    if (used < 95)
        snprintf(out + used, 96 - used, "]");
}

/* Models of 2018 call the two parts of a norm gamma and beta. */
static const pulse_tensor *find(const pulse_hf_weights *weights, const char *name,
                                char full[NAME_ROOM])
{
    snprintf(full, NAME_ROOM, "%s%s", weights->prefix, name);
    const pulse_tensor *tensor = pulse_safetensors_find(weights->view, full);
    const char *norm = strstr(name, "LayerNorm.");
    if (tensor || !norm)
        return tensor;
    char old[NAME_ROOM];
    snprintf(old, sizeof old, "%s%.*s%s", weights->prefix, (int)(norm - name), name,
             strcmp(norm, "LayerNorm.weight") == 0 ? "LayerNorm.gamma" : "LayerNorm.beta");
    return pulse_safetensors_find(weights->view, old);
}

int pulse_hf_weights_get(const pulse_hf_weights *weights, const char *name, uint32_t rows,
                         uint32_t columns, float *out, pulse_failure *failure)
{
    char full[NAME_ROOM];
    const pulse_tensor *tensor = find(weights, name, full);
    if (!tensor)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: the tensor \"%s\" is missing, which config.json asks for",
                                 weights->path, full);
    const uint64_t matrix[2] = {rows, columns}, row[1] = {columns};
    const uint32_t rank = rows ? 2 : 1;
    const uint64_t *shape = rows ? matrix : row;
    bool same = tensor->rank == rank;
    for (uint32_t i = 0; same && i < rank; ++i)
        same = tensor->shape[i] == shape[i];
    if (!same) {
        char has[96], needs[96];
        show_shape(tensor->rank, tensor->shape, has);
        show_shape(rank, shape, needs);
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: the tensor \"%s\" has the shape %s, but by config.json it "
                                 "must be %s",
                                 weights->path, tensor->name, has, needs);
    }
    if (tensor->dtype != PULSE_F32 && tensor->dtype != PULSE_F16 && tensor->dtype != PULSE_BF16)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: the tensor \"%s\" is of integers; only F32, F16 and BF16 "
                                 "weights can be imported",
                                 weights->path, tensor->name);
    const size_t count = (size_t)columns * (rows ? rows : 1);
    convert(tensor, count, out);
    for (size_t i = 0; i < count; ++i) {
        if (!isfinite(out[i]))
            return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: the tensor \"%s\" has a value that is not finite, at "
                                     "index %zu",
                                     weights->path, tensor->name, i);
    }
    return 0;
}
