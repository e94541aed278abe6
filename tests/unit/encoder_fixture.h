/*
 * A tiny lyrics encoder of random weights, as the bundle's `encoder` and `vocab` files, for tests:
 *
 *     encoder_fixture made;
 *     encoder_fixture_make(&made, encoder_fixture_small());
 *     uint8_t *bytes;
 *     size_t size;
 *     encoder_fixture_write(&made, &bytes, &size);
 *     ... made.vocab, made.vocab_bytes ...
 *     pulse_bytes_free(bytes);
 *     encoder_fixture_free(&made);
 *
 * Between make and write a test may change `settings` and `tensors`, to tell a lie.
 */
#ifndef PULSE_TESTS_ENCODER_FIXTURE_H
#define PULSE_TESTS_ENCODER_FIXTURE_H

#include "expect.h"

#include <math.h>

typedef struct encoder_shape {
    uint32_t layers;
    uint32_t width;
    uint32_t heads;
    uint32_t intermediate;
    uint32_t positions;
    uint32_t words; /* 60 or more */
    bool f32;       /* the weights that the int8 variant of the same seed stands for */
    bool cls;       /* pooling */
    bool normalise;
    uint64_t seed; /* not 0 */
} encoder_shape;

static inline encoder_shape encoder_fixture_small(void)
{
    return (encoder_shape){.layers = 2,
                           .width = 32,
                           .heads = 4,
                           .intermediate = 64,
                           .positions = 160,
                           .words = 80,
                           .normalise = true,
                           .seed = 7};
}

#define ENCODER_FIXTURE_TENSORS 128 /* 7 layers */

typedef struct encoder_fixture {
    encoder_shape shape;
    pulse_tensor tensors[ENCODER_FIXTURE_TENSORS]; /* [count]; names and data are malloc's */
    size_t count;
    char settings[1024]; /* JSON */
    char *vocab;         /* [vocab_bytes] */
    size_t vocab_bytes;
    uint64_t random;
} encoder_fixture;

static inline void *encoder_fixture_add(encoder_fixture *made, const char *name, pulse_dtype dtype,
                                        uint64_t rows, uint64_t columns)
{
    assert_true(made->count < ENCODER_FIXTURE_TENSORS);
    const size_t bytes = (size_t)(rows * (columns ? columns : 1)) * (dtype == PULSE_F32 ? 4 : 1);
    void *data = calloc(1, bytes);
    assert_non_null(data);
    pulse_tensor *tensor = &made->tensors[made->count++];
    *tensor = (pulse_tensor){.name = (const char *)exact_copy(name, strlen(name) + 1),
                             .dtype = dtype,
                             .rank = columns ? 2 : 1,
                             .shape = {rows, columns},
                             .data = data,
                             .bytes = bytes};
    return data;
}

static inline void encoder_fixture_row(encoder_fixture *made, const char *name, uint64_t size,
                                       float middle, float spread)
{
    float *values = encoder_fixture_add(made, name, PULSE_F32, size, 0);
    for (uint64_t i = 0; i < size; ++i)
        values[i] = middle + spread * next_float(&made->random);
}

/* "<stem>.weight", and "<stem>.scale" with int8. */
static inline void encoder_fixture_matrix(encoder_fixture *made, const char *stem, uint64_t rows,
                                          uint64_t columns, float spread)
{
    char name[64];
    int8_t *int8 = NULL;
    float *f32 = NULL;
    float *scales = NULL;
    snprintf(name, sizeof name, "%s.weight", stem);
    if (made->shape.f32)
        f32 = encoder_fixture_add(made, name, PULSE_F32, rows, columns);
    else
        int8 = encoder_fixture_add(made, name, PULSE_I8, rows, columns);
    snprintf(name, sizeof name, "%s.scale", stem);
    if (int8)
        scales = encoder_fixture_add(made, name, PULSE_F32, rows, 0);
    for (uint64_t row = 0; row < rows; ++row) {
        const float scale = spread / 127 * (1 + 0.5f * next_float(&made->random));
        if (scales)
            scales[row] = scale;
        for (uint64_t i = row * columns; i < (row + 1) * columns; ++i) {
            const int value = (int)(next_random(&made->random) % 255) - 127;
            if (int8)
                int8[i] = (int8_t)value;
            else if (f32)
                f32[i] = scale * (float)value;
        }
    }
}

static inline void encoder_fixture_norm(encoder_fixture *made, const char *stem)
{
    char name[64];
    snprintf(name, sizeof name, "%s.weight", stem);
    encoder_fixture_row(made, name, made->shape.width, 1.0f, 0.3f);
    snprintf(name, sizeof name, "%s.bias", stem);
    encoder_fixture_row(made, name, made->shape.width, 0.0f, 0.2f);
}

static inline void encoder_fixture_layer(encoder_fixture *made, uint32_t layer)
{
    const uint32_t width = made->shape.width;
    const uint32_t intermediate = made->shape.intermediate;
    const struct {
        const char *name;
        uint32_t outputs;
        uint32_t inputs;
        bool norm;
    } parts[] = {{"qkv", 3 * width, width, false},
                 {"attended", width, width, true},
                 {"up", intermediate, width, false},
                 {"down", width, intermediate, true}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i) {
        char name[48];
        snprintf(name, sizeof name, "layers.%u.%s", layer, parts[i].name);
        encoder_fixture_matrix(made, name, parts[i].outputs, parts[i].inputs,
                               2.0f / sqrtf((float)parts[i].inputs));
        snprintf(name, sizeof name, "layers.%u.%s.bias", layer, parts[i].name);
        encoder_fixture_row(made, name, parts[i].outputs, 0.0f, 0.1f);
        snprintf(name, sizeof name, "layers.%u.%s.norm", layer, parts[i].name);
        if (parts[i].norm)
            encoder_fixture_norm(made, name);
    }
}

/* [PAD] [UNK] [CLS] [SEP] [MASK], a .. z, ##a .. ##z, and made-up words. */
static inline void encoder_fixture_vocab(encoder_fixture *made)
{
    static const char *const special[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
    assert_true(made->shape.words >= 60);
    made->vocab = malloc(16 * (size_t)made->shape.words);
    assert_non_null(made->vocab);
    size_t used = 0;
    for (uint32_t i = 0; i < made->shape.words; ++i) {
        char *line = made->vocab + used;
        if (i < 5)
            used += (size_t)sprintf(line, "%s\n", special[i]);
        else if (i < 5 + 52)
            used += (size_t)sprintf(line, "%s%c\n", (i - 5) / 26 ? "##" : "",
                                    (char)('a' + (i - 5) % 26));
        else
            used += (size_t)sprintf(line, "%sa%u\n", i % 2 ? "##" : "", i);
    }
    made->vocab_bytes = used;
}

static inline void encoder_fixture_settings(encoder_fixture *made)
{
    const encoder_shape *shape = &made->shape;
    char hash[65];
    pulse_sha256_hex(made->vocab, made->vocab_bytes, hash);
    snprintf(made->settings, sizeof made->settings,
             "{\"name\":\"random\",\"licence\":\"none\",\"layers\":%u,\"width\":%u,\"heads\":%u,"
             "\"intermediate\":%u,\"positions\":%u,\"words\":%u,\"epsilon\":1e-12,"
             "\"pooling\":\"%s\",\"normalise\":%s,\"tokenizer\":{\"lower_case\":true,"
             "\"strip_accents\":true,\"split_chinese\":true,\"longest_word\":100},"
             "\"vocab_sha256\":\"%s\"}",
             shape->layers, shape->width, shape->heads, shape->intermediate, shape->positions,
             shape->words, shape->cls ? "cls" : "mean", shape->normalise ? "true" : "false", hash);
}

static inline void encoder_fixture_make(encoder_fixture *made, encoder_shape shape)
{
    *made = (encoder_fixture){.shape = shape, .random = shape.seed};
    encoder_fixture_vocab(made);
    encoder_fixture_settings(made);
    encoder_fixture_matrix(made, "embeddings.word", shape.words, shape.width, 1.0f);
    encoder_fixture_matrix(made, "embeddings.position", shape.positions, shape.width, 0.5f);
    encoder_fixture_row(made, "embeddings.type", shape.width, 0.0f, 0.1f);
    encoder_fixture_norm(made, "embeddings.norm");
    for (uint32_t i = 0; i < shape.layers; ++i)
        encoder_fixture_layer(made, i);
}

/* `*bytes`: pulse_bytes_free. */
static inline void encoder_fixture_write(const encoder_fixture *made, uint8_t **bytes, size_t *size)
{
    const pulse_pair metadata[] = {
        {"format", "playlistpulse-encoder"}, {"version", "1"}, {"encoder", made->settings}};
    pulse_tensor sorted[ENCODER_FIXTURE_TENSORS];
    size_t count = 0;
    /* The wide ones first, so that all are aligned whatever the shapes. */
    for (int narrow = 0; narrow < 2; ++narrow)
        for (size_t i = 0; i < made->count; ++i)
            if ((made->tensors[i].dtype == PULSE_I8) == narrow)
                sorted[count++] = made->tensors[i];
    expect_ok(pulse_safetensors_write(sorted, count, metadata, 3, bytes, size, error));
}

static inline pulse_tensor *encoder_fixture_find(encoder_fixture *made, const char *name)
{
    for (size_t i = 0; i < made->count; ++i)
        if (strcmp(made->tensors[i].name, name) == 0)
            return &made->tensors[i];
    fail_msg("the fixture has no tensor \"%s\"", name);
    return NULL;
}

static inline void encoder_fixture_free(encoder_fixture *made)
{
    for (size_t i = 0; i < made->count; ++i) {
        free((void *)(uintptr_t)made->tensors[i].name);
        free((void *)(uintptr_t)made->tensors[i].data);
    }
    free(made->vocab);
    made->count = 0;
    made->vocab = NULL;
}

#endif
