/* The encoder's file: what it says is there is there, and every lie is refused by name. */
#include "encoder_fixture.h"

#include "lyrics/encoder_file.h"

static encoder_fixture made;

static int make_int8(void **context)
{
    (void)context;
    encoder_fixture_make(&made, encoder_fixture_small());
    return 0;
}

static int make_f32(void **context)
{
    (void)context;
    encoder_shape shape = encoder_fixture_small();
    shape.f32 = true;
    encoder_fixture_make(&made, shape);
    return 0;
}

static int free_made(void **context)
{
    (void)context;
    encoder_fixture_free(&made);
    return 0;
}

/* Opens what `made` says now. */
static pulse_status open_made(pulse_error *error)
{
    static pulse_encoder_file file;
    uint8_t *bytes;
    size_t size;
    encoder_fixture_write(&made, &bytes, &size);
    pulse_status status = pulse_encoder_file_open(bytes, size, &file, error);
    pulse_encoder_file_close(&file);
    pulse_encoder_file_close(&file); /* once more is harmless */
    pulse_bytes_free(bytes);
    return status;
}

static void expect_refused(pulse_status wanted, const char *text)
{
    expect_fail(wanted, text, open_made(error));
}

/* Puts `text` where `member`'s value stands: from the colon to the next comma or brace. */
static void set(const char *member, const char *text)
{
    char quoted[64];
    char rest[sizeof made.settings];
    snprintf(quoted, sizeof quoted, "\"%s\":", member);
    char *value = strstr(made.settings, quoted);
    assert_non_null(value);
    value += strlen(quoted);
    snprintf(rest, sizeof rest, "%s", value + strcspn(value, ",}"));
    snprintf(value, sizeof made.settings - (size_t)(value - made.settings), "%s%s", text, rest);
}

static float *floats(const char *tensor)
{
    return (float *)(uintptr_t)encoder_fixture_find(&made, tensor)->data;
}

static void drop(const char *name)
{
    pulse_tensor *tensor = encoder_fixture_find(&made, name);
    free((void *)(uintptr_t)tensor->name);
    free((void *)(uintptr_t)tensor->data);
    *tensor = made.tensors[--made.count];
}

static void an_int8_encoder_is_read(void **context)
{
    (void)context;
    pulse_encoder_file file;
    uint8_t *bytes;
    size_t size;
    encoder_fixture_write(&made, &bytes, &size);
    expect_ok(pulse_encoder_file_open(bytes, size, &file, error));
    assert_int_equal(file.config.layers, 2);
    assert_int_equal(file.config.width, 32);
    assert_int_equal(file.config.heads, 4);
    assert_int_equal(file.config.intermediate, 64);
    assert_int_equal(file.config.positions, 160);
    assert_int_equal(file.config.words, 80);
    assert_true(file.config.epsilon > 0.9e-12f && file.config.epsilon < 1.1e-12f);
    assert_int_equal(file.config.pooling, PULSE_POOL_MEAN);
    assert_true(file.config.normalise);
    assert_true(file.config.tokenizer.lower_case && file.config.tokenizer.strip_accents &&
                file.config.tokenizer.split_chinese);
    assert_int_equal(file.config.tokenizer.longest_word, 100);
    assert_memory_equal(file.words.int8,
                        encoder_fixture_find(&made, "embeddings.word.weight")->data, 80 * 32);
    assert_memory_equal(file.words.scale, floats("embeddings.word.scale"), 80 * 4);
    assert_null(file.words.f32);
    assert_memory_equal(file.positions.int8,
                        encoder_fixture_find(&made, "embeddings.position.weight")->data, 160 * 32);
    assert_memory_equal(file.type, floats("embeddings.type"), 32 * 4);
    assert_memory_equal(file.norm.weight, floats("embeddings.norm.weight"), 32 * 4);
    assert_memory_equal(file.norm.bias, floats("embeddings.norm.bias"), 32 * 4);
    const pulse_encoder_layer *layer = &file.layers[1];
    assert_int_equal(layer->qkv.outputs, 96);
    assert_int_equal(layer->qkv.inputs, 32);
    assert_memory_equal(layer->qkv.int8, encoder_fixture_find(&made, "layers.1.qkv.weight")->data,
                        96 * 32);
    assert_memory_equal(layer->qkv.scale, floats("layers.1.qkv.scale"), 96 * 4);
    assert_memory_equal(layer->qkv.bias, floats("layers.1.qkv.bias"), 96 * 4);
    assert_memory_equal(layer->attended_norm.bias, floats("layers.1.attended.norm.bias"), 32 * 4);
    assert_int_equal(layer->up.outputs, 64);
    assert_int_equal(layer->down.outputs, 32);
    assert_int_equal(layer->down.inputs, 64);
    assert_memory_equal(layer->down.int8, encoder_fixture_find(&made, "layers.1.down.weight")->data,
                        64 * 32);
    assert_memory_equal(layer->down_norm.weight, floats("layers.1.down.norm.weight"), 32 * 4);
    pulse_encoder_file_close(&file);
    pulse_bytes_free(bytes);
}

static void an_f32_encoder_is_read(void **context)
{
    (void)context;
    pulse_encoder_file file;
    uint8_t *bytes;
    size_t size;
    set("pooling", "\"cls\"");
    set("normalise", "false");
    encoder_fixture_write(&made, &bytes, &size);
    expect_ok(pulse_encoder_file_open(bytes, size, &file, error));
    assert_int_equal(file.config.pooling, PULSE_POOL_CLS);
    assert_false(file.config.normalise);
    assert_null(file.words.int8);
    assert_null(file.words.scale);
    assert_memory_equal(file.words.f32, floats("embeddings.word.weight"), 80 * 32 * 4);
    assert_null(file.layers[0].up.int8);
    assert_null(file.layers[0].up.scale);
    assert_memory_equal(file.layers[0].up.f32, floats("layers.0.up.weight"), 64 * 32 * 4);
    pulse_encoder_file_close(&file);
    pulse_bytes_free(bytes);
}

static void what_is_no_encoder_is_refused(void **context)
{
    (void)context;
    pulse_encoder_file file;
    pulse_encoder_config config;
    const pulse_pair metadata[] = {
        {"format", "playlistpulse-encoder"}, {"version", "2"}, {"encoder", made.settings}};
    const struct {
        const pulse_pair *metadata;
        size_t count;
        pulse_status status;
        const char *text;
    } cases[] = {{NULL, 0, PULSE_E_FORMAT, "not a lyrics encoder"},
                 {metadata, 1, PULSE_E_VERSION, "version \"\""},
                 {metadata, 3, PULSE_E_VERSION, "version \"2\""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        uint8_t *bytes;
        size_t size;
        expect_ok(pulse_safetensors_write(NULL, 0, cases[i].metadata, cases[i].count, &bytes, &size,
                                          error));
        expect_fail(cases[i].status, cases[i].text,
                    pulse_encoder_config_read(bytes, size, &config, error));
        expect_fail(cases[i].status, cases[i].text,
                    pulse_encoder_file_open(bytes, size, &file, error));
        pulse_encoder_file_close(&file);
        pulse_bytes_free(bytes);
    }
    expect_fail(PULSE_E_FORMAT, "truncated", pulse_encoder_config_read(NULL, 0, &config, error));
}

static void settings_must_be_there_typed_and_bounded(void **context)
{
    (void)context;
    static const struct {
        const char *member;
        const char *value;
        const char *text; /* of the message */
    } lies[] = {
        {"layers", "0", "\"layers\" is 0"},
        {"layers", "49", "\"layers\" is 49"},
        {"layers", "1.5", "\"layers\" is 1.5"},
        {"layers", "-1", "\"layers\" is -1"},
        {"layers", "\"2\"", "\"layers\" is a string"},
        {"width", "0", "\"width\" is 0"},
        {"width", "4097", "\"width\" is 4097"},
        {"width", "4294967328", "\"width\" is 4294967328"},
        {"width", "1e300", "\"width\" is"},
        {"heads", "0", "\"heads\" is 0"},
        {"heads", "5", "5 heads do not divide a width of 32"},
        {"heads", "64", "64 heads do not divide a width of 32"},
        {"intermediate", "0", "\"intermediate\" is 0"},
        {"intermediate", "16385", "\"intermediate\" is 16385"},
        {"positions", "2", "\"positions\" is 2"},
        {"positions", "4097", "\"positions\" is 4097"},
        {"words", "0", "\"words\" is 0"},
        {"words", "1000001", "\"words\" is 1000001"},
        {"words", "null", "\"words\" is null"},
        {"epsilon", "0", "\"epsilon\" is 0"},
        {"epsilon", "-1e-12", "\"epsilon\" is -1e-12"},
        {"epsilon", "1e-60", "\"epsilon\" is 1e-60"},
        {"epsilon", "2", "\"epsilon\" is 2"},
        {"epsilon", "1e999", "\"epsilon\""},
        {"epsilon", "true", "\"epsilon\" is true or false"},
        {"pooling", "1", "\"pooling\" is a number"},
        {"normalise", "1", "\"normalise\" is a number"},
        {"normalise", "\"true\"", "\"normalise\" is a string"},
        {"lower_case", "0", "tokenizer: \"lower_case\" is a number"},
        {"strip_accents", "null", "tokenizer: \"strip_accents\" is null"},
        {"split_chinese", "[]", "tokenizer: \"split_chinese\" is an array"},
        {"longest_word", "0", "tokenizer: \"longest_word\" is 0"},
        {"longest_word", "10001", "tokenizer: \"longest_word\" is 10001"},
        {"vocab_sha256", "\"abc\"", "\"vocab_sha256\" must be 64"},
        {"vocab_sha256", "7", "\"vocab_sha256\" is a number"},
        {"words", "80,\"words\":80", "\"words\" is there twice"},
    };
    char honest[sizeof made.settings];
    memcpy(honest, made.settings, sizeof honest);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; ++i) {
        set(lies[i].member, lies[i].value);
        expect_refused(PULSE_E_FORMAT, lies[i].text);
        memcpy(made.settings, honest, sizeof honest);
    }
    set("pooling", "\"max\"");
    expect_refused(PULSE_E_VERSION, "pooling \"max\"");
    memcpy(made.settings, honest, sizeof honest);
    static const char *const members[] = {
        "layers",     "width",         "heads",         "intermediate", "positions",
        "words",      "epsilon",       "pooling",       "normalise",    "tokenizer",
        "lower_case", "strip_accents", "split_chinese", "longest_word", "vocab_sha256"};
    for (size_t i = 0; i < sizeof members / sizeof *members; ++i) {
        char text[64];
        snprintf(text, sizeof text, "\"%s\"", members[i]);
        strstr(made.settings, text)[1] = 'X'; /* now it is another member */
        snprintf(text, sizeof text, "\"%s\" is missing", members[i]);
        expect_refused(PULSE_E_FORMAT, text);
        memcpy(made.settings, honest, sizeof honest);
    }
    static const char *const broken[] = {"", "[]", "7", "{", "{}{}", "{\"layers\":"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; ++i) {
        strcpy(made.settings, broken[i]);
        expect_refused(PULSE_E_FORMAT, "encoder settings");
    }
}

/* Settings that are legal by themselves, and not what the tensors are. */
static void settings_that_disagree_with_the_weights_are_refused(void **context)
{
    (void)context;
    static const struct {
        const char *member;
        const char *value;
        const char *text;
    } lies[] = {
        {"layers", "1", "tensor \"layers.1."},
        {"layers", "3", "tensor \"layers.2.qkv.weight\" is missing"},
        {"width", "64", "tensor \"embeddings.word.weight\" is I8 [80, 32], it must be I8 [80, 64]"},
        {"intermediate", "16384", "tensor \"layers.0.up.weight\" is I8 [64, 32]"},
        {"positions", "512", "tensor \"embeddings.position.weight\" is I8 [160, 32]"},
        {"words", "1000000", "tensor \"embeddings.word.weight\" is I8 [80, 32]"},
    };
    char honest[sizeof made.settings];
    memcpy(honest, made.settings, sizeof honest);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; ++i) {
        set(lies[i].member, lies[i].value);
        expect_refused(PULSE_E_FORMAT, lies[i].text);
        memcpy(made.settings, honest, sizeof honest);
    }
}

static void each_missing_tensor_is_named(void **context)
{
    for (size_t i = 0; i < made.count; ++i) {
        char name[64];
        char text[96];
        snprintf(name, sizeof name, "%s", made.tensors[i].name);
        drop(name);
        snprintf(text, sizeof text, "tensor \"%s\" is missing", name);
        expect_refused(PULSE_E_FORMAT, text);
        free_made(context);
        make_int8(context);
    }
}

static void each_wrong_shape_is_named(void **context)
{
    (void)context;
    for (size_t i = 0; i < made.count; ++i) {
        pulse_tensor *tensor = &made.tensors[i];
        const pulse_tensor honest = *tensor;
        char text[96];
        snprintf(text, sizeof text, "tensor \"%s\" is ", tensor->name);
        tensor->shape[0] /= 2; /* a row less */
        tensor->bytes /= 2;
        expect_refused(PULSE_E_FORMAT, text);
        *tensor = honest;
        tensor->rank = 3; /* the same bytes, in another shape */
        for (uint32_t dimension = honest.rank; dimension < 3; ++dimension)
            tensor->shape[dimension] = 1;
        expect_refused(PULSE_E_FORMAT, text);
        *tensor = honest;
        if (honest.rank == 2) { /* transposed */
            tensor->shape[0] = honest.shape[1];
            tensor->shape[1] = honest.shape[0];
            if (honest.shape[0] != honest.shape[1])
                expect_refused(PULSE_E_FORMAT, text);
        }
        *tensor = honest;
    }
    expect_ok(open_made(error));
}

static void each_wrong_dtype_is_named(void **context)
{
    (void)context;
    for (size_t i = 0; i < made.count; ++i) {
        pulse_tensor *tensor = &made.tensors[i];
        const pulse_tensor honest = *tensor;
        char text[96];
        snprintf(text, sizeof text, "tensor \"%s\" is I32", tensor->name);
        tensor->dtype = PULSE_I32;
        if (honest.dtype == PULSE_I8) {
            tensor->shape[0] /= 4;
        }
        expect_refused(PULSE_E_FORMAT, text);
        *tensor = honest;
    }
}

static void int8_and_f32_matrices_do_not_mix(void **context)
{
    (void)context;
    encoder_fixture other;
    encoder_shape shape = encoder_fixture_small();
    shape.f32 = true;
    encoder_fixture_make(&other, shape);
    pulse_tensor *tensor = encoder_fixture_find(&made, "layers.1.down.weight");
    const pulse_tensor honest = *tensor;
    *tensor = *encoder_fixture_find(&other, "layers.1.down.weight");
    expect_refused(PULSE_E_FORMAT,
                   "tensor \"layers.1.down.weight\" is F32 [32, 64], it must be I8");
    *tensor = honest;
    encoder_fixture_free(&other);
}

static void a_tensor_too_many_is_refused(void **context)
{
    (void)context;
    encoder_fixture_row(&made, "pooler.bias", 4, 0, 1);
    expect_refused(PULSE_E_FORMAT, "tensor \"pooler.bias\" is no part");
}

static void f32_weights_have_no_scales(void **context)
{
    (void)context;
    encoder_fixture_row(&made, "layers.0.qkv.scale", 96, 0, 1);
    expect_refused(PULSE_E_FORMAT, "tensor \"layers.0.qkv.scale\" is no part");
}

static void f32_weights_are_finite(void **context)
{
    (void)context;
    float *values = floats("layers.1.qkv.weight");
    const float lies[] = {NAN, INFINITY, -INFINITY, 3e38f, -1001};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; ++i) {
        values[96 * 32 - 1] = lies[i];
        expect_refused(PULSE_E_FORMAT, "tensor \"layers.1.qkv.weight\": value 3071 is");
    }
}

static void every_float_is_in_range(void **context)
{
    (void)context;
    for (size_t i = 0; i < made.count; ++i) {
        const pulse_tensor *tensor = &made.tensors[i];
        if (tensor->dtype != PULSE_F32)
            continue;
        float *last = (float *)(uintptr_t)tensor->data + tensor->shape[0] - 1;
        const float honest = *last;
        const bool scale = strstr(tensor->name, ".scale") != NULL;
        const float lies[] = {NAN, INFINITY, -INFINITY, 3e38f, scale ? -0.001f : -1001};
        char text[96];
        snprintf(text, sizeof text, "tensor \"%s\": value %u is", tensor->name,
                 (unsigned)tensor->shape[0] - 1);
        for (size_t lie = 0; lie < sizeof lies / sizeof *lies; ++lie) {
            *last = lies[lie];
            expect_refused(PULSE_E_FORMAT, text);
        }
        *last = scale ? 0 : honest; /* a row of zeros is legal */
        expect_ok(open_made(error));
        *last = honest;
    }
}

static pulse_status open_tokenizer(const char *vocab, size_t vocab_bytes, pulse_tokenizer **out,
                                   pulse_error *error)
{
    uint8_t *bytes;
    size_t size;
    encoder_fixture_write(&made, &bytes, &size);
    pulse_status status =
        pulse_encoder_tokenizer(bytes, size, (const uint8_t *)vocab, vocab_bytes, out, error);
    pulse_bytes_free(bytes);
    return status;
}

static void the_tokenizer_is_the_encoders(void **context)
{
    (void)context;
    pulse_tokenizer *tokenizer;
    pulse_token_ids ids = {0};
    expect_ok(open_tokenizer(made.vocab, made.vocab_bytes, &tokenizer, error));
    assert_int_equal(pulse_tokenizer_size(tokenizer), 80);
    expect_ok(pulse_tokenize(tokenizer, "Ab?", 3, 0, &ids, error));
    const uint32_t wanted[] = {2, 5, 32, 1, 3}; /* [CLS] a ##b [UNK] [SEP] */
    assert_int_equal(ids.count, 5);
    assert_memory_equal(ids.ids, wanted, sizeof wanted);
    pulse_tokenizer_free(tokenizer);
    set("lower_case", "false");
    set("longest_word", "1");
    expect_ok(open_tokenizer(made.vocab, made.vocab_bytes, &tokenizer, error));
    expect_ok(pulse_tokenize(tokenizer, "a A aa", 6, 0, &ids, error));
    const uint32_t cased[] = {2, 5, 1, 1, 3};
    assert_int_equal(ids.count, 5);
    assert_memory_equal(ids.ids, cased, sizeof cased);
    pulse_tokenizer_free(tokenizer);
    pulse_token_ids_free(&ids);
}

static void another_vocabulary_is_refused(void **context)
{
    (void)context;
    pulse_tokenizer *tokenizer;
    char honest[sizeof made.settings];
    memcpy(honest, made.settings, sizeof honest);
    expect_fail(PULSE_E_FORMAT, "the vocabulary is not the encoder's",
                open_tokenizer(made.vocab, made.vocab_bytes - 1, &tokenizer, error));
    assert_null(tokenizer);
    expect_fail(PULSE_E_FORMAT, "the vocabulary is not the encoder's",
                open_tokenizer(NULL, 0, &tokenizer, error));
    set("words", "81");
    expect_fail(PULSE_E_FORMAT, "has 80 tokens, the encoder has vectors for 81",
                open_tokenizer(made.vocab, made.vocab_bytes, &tokenizer, error));
    assert_null(tokenizer);
    memcpy(made.settings, honest, sizeof honest);
    set("pooling", "7");
    expect_fail(PULSE_E_FORMAT, "pooling",
                open_tokenizer(made.vocab, made.vocab_bytes, &tokenizer, error));
    assert_null(tokenizer);
}

static void try(const uint8_t *bytes, size_t size)
{
    static pulse_encoder_file file;
    pulse_error error = {0};
    if (pulse_encoder_file_open(bytes, size, &file, &error) != PULSE_OK)
        assert_true(error.message[0]);
    pulse_encoder_file_close(&file);
}

static void damage_does_no_harm(void **context)
{
    (void)context;
    uint8_t *bytes;
    size_t size;
    encoder_fixture_write(&made, &bytes, &size);
    uint64_t header = 0;
    memcpy(&header, bytes, 4);
    damage(bytes, (size_t)header + 8, 3000, try); /* the header, cut anywhere */
    uint64_t state = 99;
    for (int i = 0; i < 300; ++i) {
        uint8_t *copy = exact_copy(bytes, size);
        copy[next_random(&state) % size] ^= (uint8_t)(1u << next_random(&state) % 8);
        try(copy, i % 2 ? size : next_random(&state) % size);
        free(copy);
    }
    pulse_bytes_free(bytes);
}

static void ways_of_computing_have_names(void **context)
{
    (void)context;
    assert_string_equal(pulse_compute_name(PULSE_COMPUTE_AUTO), "auto");
    assert_string_equal(pulse_compute_name(PULSE_COMPUTE_F32), "f32");
    assert_string_equal(pulse_compute_name(PULSE_COMPUTE_F32_INT8), "f32-int8");
    assert_string_equal(pulse_compute_name(PULSE_COMPUTE_INT8), "int8");
    assert_string_equal(pulse_compute_name(PULSE_COMPUTE_INT16), "int16");
    assert_non_null(pulse_compute_name((pulse_compute)99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_int8_encoder_is_read, make_int8, free_made),
        cmocka_unit_test_setup_teardown(an_f32_encoder_is_read, make_f32, free_made),
        cmocka_unit_test_setup_teardown(what_is_no_encoder_is_refused, make_int8, free_made),
        cmocka_unit_test_setup_teardown(settings_must_be_there_typed_and_bounded, make_int8,
                                        free_made),
        cmocka_unit_test_setup_teardown(settings_that_disagree_with_the_weights_are_refused,
                                        make_int8, free_made),
        cmocka_unit_test_setup_teardown(each_missing_tensor_is_named, make_int8, free_made),
        cmocka_unit_test_setup_teardown(each_wrong_shape_is_named, make_int8, free_made),
        cmocka_unit_test_setup_teardown(each_wrong_dtype_is_named, make_int8, free_made),
        cmocka_unit_test_setup_teardown(int8_and_f32_matrices_do_not_mix, make_int8, free_made),
        cmocka_unit_test_setup_teardown(a_tensor_too_many_is_refused, make_int8, free_made),
        cmocka_unit_test_setup_teardown(f32_weights_have_no_scales, make_f32, free_made),
        cmocka_unit_test_setup_teardown(f32_weights_are_finite, make_f32, free_made),
        cmocka_unit_test_setup_teardown(every_float_is_in_range, make_int8, free_made),
        cmocka_unit_test_setup_teardown(the_tokenizer_is_the_encoders, make_int8, free_made),
        cmocka_unit_test_setup_teardown(another_vocabulary_is_refused, make_int8, free_made),
        cmocka_unit_test_setup_teardown(damage_does_no_harm, make_int8, free_made),
        cmocka_unit_test(ways_of_computing_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
