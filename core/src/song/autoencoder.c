/* The autoencoder: layers read from safetensors, run by nn/linear. */
#include "base/alloc.h"
#include "base/error.h"
#include "nn/linear.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FORMAT "playlistpulse-autoencoder"
#define VERSION "1"
#define MAX_LAYERS 8
/* Rows that go through all layers together: what lies between two layers is never larger. */
#define BLOCK_ROWS 64

/* One direction: layers in a row, and a linear way around them. */
typedef struct half {
    uint32_t inputs;
    uint32_t outputs;
    uint32_t layer_count;
    pulse_linear *layers[MAX_LAYERS];
    uint32_t widths[MAX_LAYERS]; /* of each layer's output */
    pulse_linear *skip;          /* or NULL */
} half;

struct pulse_autoencoder {
    pulse_preprocessor *preprocessor;
    half encoder;
    half decoder;
    size_t block_rows;
    float *scratch[2]; /* [block_rows, the widest layer] */
    float *latent;     /* [block_rows, dimensions] */
};

static pulse_status check_metadata(const pulse_safetensors *view, pulse_error *error)
{
    const char *format = pulse_safetensors_metadata(view, "format");
    const char *version = pulse_safetensors_metadata(view, "version");
    if (!format || strcmp(format, FORMAT) != 0)
        return pulse_fail(error, PULSE_E_FORMAT,
                          "not an autoencoder: its metadata lack "
                          "\"format\": \"" FORMAT "\"");
    if (!version || strcmp(version, VERSION) != 0)
        return pulse_fail(error, PULSE_E_VERSION,
                          "the autoencoder is of format version \"%.16s\", this program reads "
                          "version \"" VERSION "\"",
                          version ? version : "");
    return PULSE_OK;
}

static pulse_status read_activation(const pulse_safetensors *view, pulse_activation *out,
                                    pulse_error *error)
{
    static const struct {
        const char *name;
        pulse_activation activation;
    } known[] = {{"relu", PULSE_RELU}, {"gelu", PULSE_GELU}, {"tanh", PULSE_TANH}};
    const char *name = pulse_safetensors_metadata(view, "activation");
    if (!name)
        return pulse_fail(error, PULSE_E_FORMAT, "the metadata lack \"activation\"");
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
        if (strcmp(known[i].name, name) == 0) {
            *out = known[i].activation;
            return PULSE_OK;
        }
    }
    return pulse_fail(error, PULSE_E_VERSION,
                      "activation \"%.32s\" is not known to this program: it needs a newer "
                      "playlistpulse",
                      name);
}

static pulse_status read_preprocessor(const pulse_safetensors *view, pulse_preprocessor **out,
                                      pulse_error *error)
{
    const char *json = pulse_safetensors_metadata(view, "preprocessor");
    *out = NULL;
    if (!json)
        return pulse_fail(error, PULSE_E_FORMAT, "the metadata lack \"preprocessor\"");
    return pulse_preprocessor_parse(json, strlen(json), out, error);
}

static pulse_status check_finite(const pulse_tensor *tensor, pulse_error *error)
{
    const float *values = tensor->data;
    for (size_t i = 0; i < tensor->bytes / sizeof *values; ++i)
        if (!isfinite(values[i]))
            return pulse_fail(error, PULSE_E_FORMAT, "tensor \"%s\": value %zu is not finite",
                              tensor->name, i);
    return PULSE_OK;
}

/* A float matrix [outputs, inputs] with finite values; `outputs` 0: any number from 1. */
static pulse_status read_matrix(const pulse_safetensors *view, const char *name, uint64_t outputs,
                                uint64_t inputs, const pulse_tensor **out, pulse_error *error)
{
    const uint64_t shape[] = {outputs, inputs};
    pulse_status status = pulse_safetensors_expect(view, name, PULSE_F32, 2, shape, out, error);
    if (status != PULSE_OK)
        return status;
    if ((*out)->shape[0] == 0 || (*out)->shape[0] > UINT32_MAX)
        return pulse_fail(error, PULSE_E_FORMAT, "tensor \"%s\": %llu outputs", name,
                          (unsigned long long)(*out)->shape[0]);
    return check_finite(*out, error);
}

static pulse_status read_layer(const pulse_safetensors *view, const char *side, uint32_t number,
                               uint32_t inputs, pulse_activation activation, pulse_linear **layer,
                               uint32_t *outputs, pulse_error *error)
{
    char name[48];
    const pulse_tensor *weight;
    const pulse_tensor *bias;
    snprintf(name, sizeof name, "%s.%u.weight", side, number);
    pulse_status status = read_matrix(view, name, 0, inputs, &weight, error);
    if (status != PULSE_OK)
        return status;
    snprintf(name, sizeof name, "%s.%u.bias", side, number);
    status = pulse_safetensors_expect(view, name, PULSE_F32, 1, weight->shape, &bias, error);
    if (status == PULSE_OK)
        status = check_finite(bias, error);
    if (status != PULSE_OK)
        return status;
    *outputs = (uint32_t)weight->shape[0];
    return pulse_linear_create(inputs, *outputs, weight->data, bias->data, activation, layer,
                               error);
}

static bool has_layer(const pulse_safetensors *view, const char *side, uint32_t number)
{
    char name[48];
    snprintf(name, sizeof name, "%s.%u.weight", side, number);
    return pulse_safetensors_find(view, name) != NULL;
}

/* `outputs` 0: whatever the last layer has. */
static pulse_status read_half(const pulse_safetensors *view, const char *side, uint32_t inputs,
                              uint32_t outputs, pulse_activation activation, half *into,
                              pulse_error *error)
{
    uint32_t count = 1; /* where there is none at all, the message is that the first is missing */
    while (count < MAX_LAYERS && has_layer(view, side, count))
        ++count;
    if (has_layer(view, side, count))
        return pulse_fail(error, PULSE_E_FORMAT, "the %s has more than %d layers", side,
                          MAX_LAYERS);
    uint32_t width = inputs;
    for (uint32_t i = 0; i < count; ++i) {
        pulse_status status =
            read_layer(view, side, i, width, i + 1 < count ? activation : PULSE_LINEAR,
                       &into->layers[i], &into->widths[i], error);
        if (status != PULSE_OK)
            return status;
        into->layer_count = i + 1;
        width = into->widths[i];
    }
    if (outputs && width != outputs)
        return pulse_fail(error, PULSE_E_FORMAT,
                          "the %s's last layer has %u outputs, it must have %u", side, width,
                          outputs);
    into->inputs = inputs;
    into->outputs = width;
    char name[48];
    snprintf(name, sizeof name, "%s.skip.weight", side);
    if (!pulse_safetensors_find(view, name))
        return PULSE_OK;
    const pulse_tensor *skip;
    pulse_status status = read_matrix(view, name, width, inputs, &skip, error);
    if (status != PULSE_OK)
        return status;
    return pulse_linear_create(inputs, width, skip->data, NULL, PULSE_LINEAR, &into->skip, error);
}

/* A tensor of the two halves that no layer has taken is a mistake, and a silent one if let be. */
static pulse_status check_all_used(const pulse_safetensors *view, const pulse_autoencoder *a,
                                   pulse_error *error)
{
    size_t count;
    const pulse_tensor *tensors = pulse_safetensors_tensors(view, &count);
    size_t expected = 2 * (size_t)(a->encoder.layer_count + a->decoder.layer_count) +
                      (a->encoder.skip != NULL) + (a->decoder.skip != NULL);
    size_t found = 0;
    for (size_t i = 0; i < count; ++i)
        found += strncmp(tensors[i].name, "encoder.", 8) == 0 ||
                 strncmp(tensors[i].name, "decoder.", 8) == 0;
    if (found != expected)
        return pulse_fail(error, PULSE_E_FORMAT,
                          "%zu tensors are named encoder.* or decoder.*, the layers 0 .. %u and 0 "
                          ".. %u account for %zu",
                          found, a->encoder.layer_count - 1, a->decoder.layer_count - 1, expected);
    return PULSE_OK;
}

/* At least 1, so that it can divide. */
static uint32_t widest(const half *side)
{
    uint32_t width = 1;
    for (uint32_t i = 0; i < side->layer_count; ++i)
        if (side->widths[i] > width)
            width = side->widths[i];
    return width;
}

static pulse_status allocate_scratch(pulse_autoencoder *a, pulse_error *error)
{
    const size_t limit = (size_t)1 << 20; /* floats */
    size_t width = widest(&a->encoder);
    if (widest(&a->decoder) > width)
        width = widest(&a->decoder);
    a->block_rows = limit / width;
    if (a->block_rows > BLOCK_ROWS)
        a->block_rows = BLOCK_ROWS;
    if (a->block_rows == 0)
        a->block_rows = 1;
    a->scratch[0] = pulse_malloc_array(a->block_rows * width, sizeof(float));
    a->scratch[1] = pulse_malloc_array(a->block_rows * width, sizeof(float));
    a->latent = pulse_malloc_array(a->block_rows * a->encoder.outputs, sizeof(float));
    return a->scratch[0] && a->scratch[1] && a->latent ? PULSE_OK : pulse_out_of_memory(error);
}

static pulse_status read_autoencoder(const pulse_safetensors *view, pulse_autoencoder *a,
                                     pulse_error *error)
{
    pulse_activation activation = PULSE_LINEAR;
    pulse_layout layout;
    pulse_status status = check_metadata(view, error);
    if (status == PULSE_OK)
        status = read_activation(view, &activation, error);
    if (status == PULSE_OK)
        status = read_preprocessor(view, &a->preprocessor, error);
    if (status != PULSE_OK)
        return status;
    pulse_preprocessor_layout(a->preprocessor, &layout);
    status = read_half(view, "encoder", layout.inputs, 0, activation, &a->encoder, error);
    if (status == PULSE_OK)
        status = read_half(view, "decoder", a->encoder.outputs, layout.targets, activation,
                           &a->decoder, error);
    if (status == PULSE_OK)
        status = check_all_used(view, a, error);
    return status == PULSE_OK ? allocate_scratch(a, error) : status;
}

/* `bytes` at an address where its floats are aligned: themselves, or a copy in `*copy`. */
static const uint8_t *aligned(const uint8_t *bytes, size_t size, uint8_t **copy)
{
    *copy = NULL;
    if ((uintptr_t)bytes % 8 == 0)
        return bytes;
    *copy = pulse_malloc(size);
    if (*copy && size)
        memcpy(*copy, bytes, size);
    return *copy;
}

pulse_status pulse_autoencoder_parse(const uint8_t *bytes, size_t size, pulse_autoencoder **out,
                                     pulse_error *error)
{
    *out = NULL;
    uint8_t *copy;
    const uint8_t *place = aligned(bytes, size, &copy);
    pulse_autoencoder *a = pulse_calloc(1, sizeof *a);
    if (!a || (!place && size)) {
        pulse_free(a);
        pulse_free(copy);
        return pulse_out_of_memory(error);
    }
    pulse_safetensors *view = NULL;
    pulse_status status = pulse_safetensors_parse(place, size, NULL, &view, error);
    if (status == PULSE_OK)
        status = read_autoencoder(view, a, error);
    pulse_safetensors_free(view);
    pulse_free(copy);
    if (status != PULSE_OK) {
        pulse_autoencoder_free(a);
        return status;
    }
    *out = a;
    return PULSE_OK;
}

static void free_half(half *side)
{
    for (uint32_t i = 0; i < MAX_LAYERS; ++i)
        pulse_linear_free(side->layers[i]);
    pulse_linear_free(side->skip);
}

void pulse_autoencoder_free(pulse_autoencoder *a)
{
    if (!a)
        return;
    pulse_preprocessor_free(a->preprocessor);
    free_half(&a->encoder);
    free_half(&a->decoder);
    pulse_free(a->scratch[0]);
    pulse_free(a->scratch[1]);
    pulse_free(a->latent);
    pulse_free(a);
}

const pulse_preprocessor *pulse_autoencoder_preprocessor(const pulse_autoencoder *a)
{
    return a->preprocessor;
}

uint32_t pulse_autoencoder_dimensions(const pulse_autoencoder *a)
{
    return a->encoder.outputs;
}

/* At most block_rows rows [n, inputs] -> out [n, outputs]. */
static pulse_status run_half(pulse_autoencoder *a, half *side, const float *rows, size_t n,
                             float *out, pulse_error *error)
{
    const float *from = rows;
    for (uint32_t i = 0; i < side->layer_count; ++i) {
        float *to = i + 1 == side->layer_count ? out : a->scratch[i % 2];
        pulse_status status = pulse_linear_run(side->layers[i], from, n, to, error);
        if (status != PULSE_OK)
            return status;
        from = to;
    }
    if (!side->skip)
        return PULSE_OK;
    pulse_status status = pulse_linear_run(side->skip, rows, n, a->scratch[0], error);
    for (size_t i = 0; status == PULSE_OK && i < n * side->outputs; ++i)
        out[i] += a->scratch[0][i];
    return status;
}

/* Both ways: a ReLU may turn what is not finite into 0, and sums of large numbers may overflow. */
static pulse_status check_rows(const float *values, size_t n, uint32_t width, size_t first,
                               const char *what, pulse_error *error)
{
    for (size_t i = 0; i < n * width; ++i)
        if (!isfinite(values[i]))
            return pulse_fail(error, PULSE_E_ARGUMENT,
                              "row %zu: %s of the autoencoder is not finite", first + i / width,
                              what);
    return PULSE_OK;
}

/* A latent of length 0 has no direction: it becomes the first unit vector, so that whoever goes on
 * with it may rely on length 1. */
static void normalise(float *latent, uint32_t dimensions)
{
    double squares = 0;
    for (uint32_t i = 0; i < dimensions; ++i)
        squares += (double)latent[i] * latent[i];
    if (squares == 0) {
        latent[0] = 1;
        return;
    }
    double factor = 1 / sqrt(squares);
    for (uint32_t i = 0; i < dimensions; ++i)
        latent[i] = (float)(latent[i] * factor);
}

/* Some rows, counted from `first` for messages -> latents of any length. */
static pulse_status encode_block(pulse_autoencoder *a, const float *rows, size_t n, size_t first,
                                 float *latents, pulse_error *error)
{
    pulse_status status = check_rows(rows, n, a->encoder.inputs, first, "the input", error);
    if (status == PULSE_OK)
        status = run_half(a, &a->encoder, rows, n, latents, error);
    if (status == PULSE_OK)
        status = check_rows(latents, n, a->encoder.outputs, first, "the latent", error);
    return status;
}

pulse_status pulse_autoencoder_encode(pulse_autoencoder *a, const float *rows, size_t n,
                                      float *latents, pulse_error *error)
{
    uint32_t dimensions = a->encoder.outputs;
    for (size_t done = 0; done < n;) {
        size_t block = n - done < a->block_rows ? n - done : a->block_rows;
        float *out = latents + done * dimensions;
        pulse_status status =
            encode_block(a, rows + done * a->encoder.inputs, block, done, out, error);
        if (status != PULSE_OK)
            return status;
        for (size_t i = 0; i < block; ++i)
            normalise(out + i * dimensions, dimensions);
        done += block;
    }
    return PULSE_OK;
}

pulse_status pulse_autoencoder_reconstruct(pulse_autoencoder *a, const float *rows, size_t n,
                                           float *targets, pulse_error *error)
{
    for (size_t done = 0; done < n;) {
        size_t block = n - done < a->block_rows ? n - done : a->block_rows;
        float *out = targets + done * a->decoder.outputs;
        pulse_status status =
            encode_block(a, rows + done * a->encoder.inputs, block, done, a->latent, error);
        if (status == PULSE_OK)
            status = run_half(a, &a->decoder, a->latent, block, out, error);
        if (status == PULSE_OK)
            status = check_rows(out, block, a->decoder.outputs, done, "the reconstruction", error);
        if (status != PULSE_OK)
            return status;
        done += block;
    }
    return PULSE_OK;
}
