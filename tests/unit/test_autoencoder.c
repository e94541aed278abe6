/* The autoencoder: the same numbers as plain loops over the weights, and no model that does not fit
 * together. */
#include "expect.h"

#include <float.h>
#include <math.h>

static const char preprocessor[] =
    "{\"version\":1,\"modalities\":[\"audio\",\"metadata\"],\"numerical\":["
    "{\"name\":\"a\",\"modality\":\"audio\",\"mean\":0,\"scale\":1},"
    "{\"name\":\"b\",\"modality\":\"audio\",\"mean\":0,\"scale\":1},"
    "{\"name\":\"c\",\"modality\":\"audio\",\"mean\":0,\"scale\":1}],"
    "\"categorical\":[{\"name\":\"genre\",\"modality\":\"metadata\",\"values\":[\"x\",\"y\"]}]}";

enum { TARGETS = 5, INPUTS = 7, LATENT = 4, MAX_TENSORS = 40 };

/* A model as tensors, which a test may spoil before it is written. */
typedef struct model {
    pulse_tensor tensors[MAX_TENSORS];
    char names[MAX_TENSORS][32];
    size_t count;
    pulse_pair metadata[4];
    uint64_t state;
} model;

static float *add(model *m, const char *name, uint32_t rows, uint32_t columns)
{
    assert_true(m->count < MAX_TENSORS);
    size_t values = (size_t)rows * (columns ? columns : 1);
    float *data = malloc(values * sizeof *data);
    assert_non_null(data);
    for (size_t i = 0; i < values; ++i)
        data[i] = next_float(&m->state);
    snprintf(m->names[m->count], sizeof m->names[0], "%s", name);
    m->tensors[m->count] = (pulse_tensor){m->names[m->count], PULSE_F32, columns ? 2 : 1,
                                          {rows, columns},    data,      values * sizeof *data};
    ++m->count;
    return data;
}

static void add_half(model *m, const char *side, const uint32_t *widths, int layers)
{
    for (int i = 0; i < layers; ++i) {
        char name[32];
        snprintf(name, sizeof name, "%s.%d.weight", side, i);
        add(m, name, widths[i + 1], widths[i]);
        snprintf(name, sizeof name, "%s.%d.bias", side, i);
        add(m, name, widths[i + 1], 0);
    }
}

static model *new_model(const char *activation, bool skips)
{
    static const uint32_t encoder[] = {INPUTS, 9, 6, LATENT};
    static const uint32_t decoder[] = {LATENT, 11, TARGETS};
    model *m = calloc(1, sizeof *m);
    assert_non_null(m);
    m->state = 4711;
    m->metadata[0] = (pulse_pair){"format", "playlistpulse-autoencoder"};
    m->metadata[1] = (pulse_pair){"version", "1"};
    m->metadata[2] = (pulse_pair){"activation", activation};
    m->metadata[3] = (pulse_pair){"preprocessor", preprocessor};
    add_half(m, "encoder", encoder, 3);
    add_half(m, "decoder", decoder, 2);
    if (skips) {
        add(m, "encoder.skip.weight", LATENT, INPUTS);
        add(m, "decoder.skip.weight", TARGETS, LATENT);
    }
    return m;
}

static void free_model(model *m)
{
    for (size_t i = 0; i < m->count; ++i)
        free((void *)(uintptr_t)m->tensors[i].data);
    free(m);
}

static pulse_tensor *tensor(model *m, const char *name)
{
    for (size_t i = 0; i < m->count; ++i)
        if (strcmp(m->tensors[i].name, name) == 0)
            return &m->tensors[i];
    return NULL;
}

static float *values_of(model *m, const char *name)
{
    pulse_tensor *found = tensor(m, name);
    assert_non_null(found);
    return (float *)(uintptr_t)found->data;
}

static uint8_t *bytes_of(const model *m, size_t *size)
{
    uint8_t *bytes;
    expect_ok(pulse_safetensors_write(m->tensors, m->count, m->metadata, 4, &bytes, size, error));
    return bytes;
}

static pulse_status parse_model(const model *m, pulse_autoencoder **out, pulse_error *error)
{
    size_t size;
    uint8_t *bytes = bytes_of(m, &size);
    pulse_status status = pulse_autoencoder_parse(bytes, size, out, error);
    pulse_bytes_free(bytes); /* nothing may be kept of them */
    if (status != PULSE_OK)
        assert_null(*out);
    return status;
}

/* ---- The reference: doubles and loops ---- */

static double activation_of(const char *name, double value)
{
    if (strcmp(name, "relu") == 0)
        return value > 0 ? value : 0;
    if (strcmp(name, "tanh") == 0)
        return tanh(value);
    return value * 0.5 * erfc(-value / sqrt(2));
}

static void multiply(const float *weight, const float *bias, uint64_t outputs, uint64_t inputs,
                     const double *in, double *out, bool accumulate)
{
    for (uint64_t o = 0; o < outputs; ++o) {
        double sum = bias ? (double)bias[o] : 0;
        for (uint64_t i = 0; i < inputs; ++i)
            sum += (double)weight[o * inputs + i] * in[i];
        out[o] = accumulate ? out[o] + sum : sum;
    }
}

static void reference_half(model *m, const char *side, const double *in, double *out)
{
    double from[16];
    char name[32];
    memcpy(from, in, (strcmp(side, "encoder") == 0 ? INPUTS : LATENT) * sizeof *from);
    for (int i = 0;; ++i) {
        snprintf(name, sizeof name, "%s.%d.weight", side, i);
        const pulse_tensor *weight = tensor(m, name);
        if (!weight)
            break;
        snprintf(name, sizeof name, "%s.%d.bias", side, i);
        multiply(weight->data, values_of(m, name), weight->shape[0], weight->shape[1], from, out,
                 false);
        snprintf(name, sizeof name, "%s.%d.weight", side, i + 1);
        for (uint64_t o = 0; o < weight->shape[0]; ++o)
            from[o] = tensor(m, name) ? activation_of(m->metadata[2].value, out[o]) : out[o];
    }
    snprintf(name, sizeof name, "%s.skip.weight", side);
    const pulse_tensor *skip = tensor(m, name);
    if (skip)
        multiply(skip->data, NULL, skip->shape[0], skip->shape[1], in, out, true);
}

static void check_against_reference(const char *activation, bool skips, size_t n)
{
    model *m = new_model(activation, skips);
    pulse_autoencoder *a;
    expect_ok(parse_model(m, &a, error));
    assert_int_equal(pulse_autoencoder_dimensions(a), LATENT);
    float *rows = malloc(n * INPUTS * sizeof *rows);
    float *latents = malloc(n * LATENT * sizeof *latents);
    float *targets = malloc(n * TARGETS * sizeof *targets);
    assert_true(rows && latents && targets);
    for (size_t i = 0; i < n * INPUTS; ++i)
        rows[i] = 2 * next_float(&m->state);
    expect_ok(pulse_autoencoder_encode(a, rows, n, latents, error));
    expect_ok(pulse_autoencoder_reconstruct(a, rows, n, targets, error));
    for (size_t r = 0; r < n; ++r) {
        double in[INPUTS];
        double latent[16];
        double out[16];
        double length = 0;
        for (int i = 0; i < INPUTS; ++i)
            in[i] = (double)rows[r * INPUTS + (size_t)i];
        reference_half(m, "encoder", in, latent);
        reference_half(m, "decoder", latent, out);
        for (int i = 0; i < LATENT; ++i)
            length += latent[i] * latent[i];
        for (size_t i = 0; i < LATENT; ++i)
            assert_true(fabs(latent[i] / sqrt(length) - (double)latents[r * LATENT + i]) < 2e-5);
        for (size_t i = 0; i < TARGETS; ++i)
            assert_true(fabs(out[i] - (double)targets[r * TARGETS + i]) < 2e-5);
    }
    free(rows);
    free(latents);
    free(targets);
    pulse_autoencoder_free(a);
    free_model(m);
}

static void computes_what_plain_loops_compute(void **context)
{
    (void)context;
    static const char *const activations[] = {"relu", "gelu", "tanh"};
    static const size_t rows[] = {1, 2, 63, 64, 65, 300};
    for (size_t i = 0; i < 3; ++i)
        for (size_t n = 0; n < 6; ++n) {
            check_against_reference(activations[i], false, rows[n]);
            check_against_reference(activations[i], true, rows[n]);
        }
}

static void holds_its_preprocessor(void **context)
{
    (void)context;
    model *m = new_model("relu", false);
    pulse_autoencoder *a;
    expect_ok(parse_model(m, &a, error));
    pulse_layout layout;
    pulse_preprocessor_layout(pulse_autoencoder_preprocessor(a), &layout);
    assert_int_equal(layout.inputs, INPUTS);
    expect_ok(pulse_autoencoder_encode(a, NULL, 0, NULL, error));
    expect_ok(pulse_autoencoder_reconstruct(a, NULL, 0, NULL, error));
    pulse_autoencoder_free(a);
    pulse_autoencoder_free(NULL);
    free_model(m);
}

static void single_layers_are_enough(void **context)
{
    (void)context;
    static const uint32_t encoder[] = {INPUTS, 2};
    static const uint32_t decoder[] = {2, TARGETS};
    model *m = new_model("relu", false);
    for (size_t i = 0; i < m->count; ++i)
        free((void *)(uintptr_t)m->tensors[i].data);
    m->count = 0;
    add_half(m, "encoder", encoder, 1);
    add_half(m, "decoder", decoder, 1);
    pulse_autoencoder *a;
    expect_ok(parse_model(m, &a, error));
    assert_int_equal(pulse_autoencoder_dimensions(a), 2);
    /* No activation on the only layer: a latent of negative values stays one. */
    float row[INPUTS] = {0};
    float latent[2];
    float *bias = values_of(m, "encoder.0.bias");
    expect_ok(pulse_autoencoder_encode(a, row, 1, latent, error));
    double length = sqrt((double)bias[0] * (double)bias[0] + (double)bias[1] * (double)bias[1]);
    assert_true(fabs((double)latent[0] - (double)bias[0] / length) < 1e-6);
    assert_true(fabs((double)latent[1] - (double)bias[1] / length) < 1e-6);
    pulse_autoencoder_free(a);
    free_model(m);
}

static void a_latent_of_length_0_becomes_the_first_unit_vector(void **context)
{
    (void)context;
    model *m = new_model("tanh", false);
    memset(values_of(m, "encoder.2.weight"), 0, LATENT * 6 * sizeof(float));
    memset(values_of(m, "encoder.2.bias"), 0, LATENT * sizeof(float));
    pulse_autoencoder *a;
    expect_ok(parse_model(m, &a, error));
    float rows[2 * INPUTS] = {1, 2, 3};
    float latents[2 * LATENT];
    expect_ok(pulse_autoencoder_encode(a, rows, 2, latents, error));
    static const float wanted[] = {1, 0, 0, 0, 1, 0, 0, 0};
    for (size_t i = 0; i < 2 * LATENT; ++i)
        assert_true(latents[i] == wanted[i]);
    pulse_autoencoder_free(a);
    free_model(m);
}

static void numbers_that_are_not_finite_are_refused(void **context)
{
    (void)context;
    model *m = new_model("relu", false);
    pulse_autoencoder *a;
    expect_ok(parse_model(m, &a, error));
    static float rows[70 * INPUTS];
    static float out[70 * TARGETS];
    rows[66 * INPUTS + 1] = NAN;
    expect_fail(PULSE_E_ARGUMENT, "row 66: the input",
                pulse_autoencoder_encode(a, rows, 70, out, error));
    expect_fail(PULSE_E_ARGUMENT, "row 66: the input",
                pulse_autoencoder_reconstruct(a, rows, 70, out, error));
    rows[66 * INPUTS + 1] = -INFINITY;
    expect_fail(PULSE_E_ARGUMENT, "row 66: the input",
                pulse_autoencoder_encode(a, rows, 70, out, error));
    pulse_autoencoder_free(a);
    float *weight = values_of(m, "encoder.2.weight");
    for (size_t i = 0; i < LATENT * 6; ++i)
        weight[i] = FLT_MAX;
    expect_ok(parse_model(m, &a, error));
    for (size_t i = 0; i < 70 * INPUTS; ++i)
        rows[i] = i / INPUTS == 3 ? 1e6f : 0;
    expect_fail(PULSE_E_ARGUMENT, ": the latent of the autoencoder is not finite",
                pulse_autoencoder_encode(a, rows, 70, out, error));
    pulse_autoencoder_free(a);
    free_model(m);
}

static void bytes_may_stand_at_any_address(void **context)
{
    (void)context;
    model *m = new_model("relu", false);
    size_t size;
    uint8_t *bytes = bytes_of(m, &size);
    uint8_t *shifted = malloc(size + 3);
    assert_non_null(shifted);
    memcpy(shifted + 3, bytes, size);
    pulse_autoencoder *a;
    expect_ok(pulse_autoencoder_parse(shifted + 3, size, &a, error));
    pulse_autoencoder_free(a);
    free(shifted);
    pulse_bytes_free(bytes);
    free_model(m);
}

static void expect_refused(model *m, pulse_status status, const char *text)
{
    pulse_autoencoder *a;
    expect_fail(status, text, parse_model(m, &a, error));
    free_model(m);
}

static void metadata_is_checked(void **context)
{
    (void)context;
    static const struct {
        int index;
        const char *value;
        pulse_status status;
        const char *message;
    } cases[] = {
        {0, "something", PULSE_E_FORMAT, "not an autoencoder"},
        {1, "2", PULSE_E_VERSION, "is of format version \"2\", this program reads version \"1\""},
        {2, "swish", PULSE_E_VERSION, "activation \"swish\" is not known"},
        {3, "{\"version\":1", PULSE_E_FORMAT, "preprocessor: line 1, column"},
        {3, "{\"version\":9}", PULSE_E_VERSION, "preprocessor: is of version 9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        model *m = new_model("relu", false);
        m->metadata[cases[i].index].value = cases[i].value;
        expect_refused(m, cases[i].status, cases[i].message);
    }
    static const char *const lacking[] = {"not an autoencoder", "is of format version \"\"",
                                          "lack \"activation\"", "lack \"preprocessor\""};
    for (int i = 0; i < 4; ++i) {
        model *m = new_model("relu", false);
        m->metadata[i].key = "other";
        expect_refused(m, i == 1 ? PULSE_E_VERSION : PULSE_E_FORMAT, lacking[i]);
    }
}

static void drop(model *m, const char *name)
{
    pulse_tensor *found = tensor(m, name);
    assert_non_null(found);
    free((void *)(uintptr_t)found->data);
    const size_t place = (size_t)(found - m->tensors);
    *found = m->tensors[--m->count];
    memcpy(m->names[place], m->names[m->count], sizeof m->names[0]);
    found->name = m->names[place];
}

/* In another shape, of other random values. */
static void reshape(model *m, const char *name, uint32_t rows, uint32_t columns)
{
    drop(m, name);
    add(m, name, rows, columns);
}

static void layers_must_fit_together(void **context)
{
    (void)context;
    static const char *const needed[] = {"encoder.0.weight", "encoder.0.bias", "encoder.2.bias",
                                         "decoder.0.weight", "decoder.1.bias"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; ++i) {
        model *m = new_model("relu", true);
        char text[64];
        snprintf(text, sizeof text, "tensor \"%s\" is missing", needed[i]);
        drop(m, needed[i]);
        expect_refused(m, PULSE_E_FORMAT, text);
    }
    model *m = new_model("relu", true);
    reshape(m, "encoder.0.weight", 9, INPUTS + 1);
    expect_refused(m, PULSE_E_FORMAT, "\"encoder.0.weight\" is F32 [9, 8], it must be F32 [?, 7]");
    m = new_model("relu", true);
    reshape(m, "encoder.1.bias", 5, 0);
    expect_refused(m, PULSE_E_FORMAT, "\"encoder.1.bias\" is F32 [5], it must be F32 [6]");
    m = new_model("relu", true);
    reshape(m, "encoder.1.weight", 6, 8);
    expect_refused(m, PULSE_E_FORMAT, "\"encoder.1.weight\" is F32 [6, 8], it must be F32 [?, 9]");
    m = new_model("relu", true);
    reshape(m, "decoder.0.weight", 11, LATENT + 1);
    expect_refused(m, PULSE_E_FORMAT, "\"decoder.0.weight\" is F32 [11, 5]");
    m = new_model("relu", true);
    reshape(m, "decoder.1.weight", TARGETS + 1, 11);
    reshape(m, "decoder.1.bias", TARGETS + 1, 0);
    expect_refused(m, PULSE_E_FORMAT, "the decoder's last layer has 6 outputs, it must have 5");
    m = new_model("relu", true);
    reshape(m, "decoder.skip.weight", TARGETS, LATENT + 1);
    expect_refused(m, PULSE_E_FORMAT,
                   "\"decoder.skip.weight\" is F32 [5, 5], it must be F32 [5, 4]");
    m = new_model("relu", true);
    reshape(m, "encoder.skip.weight", LATENT, 0);
    expect_refused(m, PULSE_E_FORMAT, "\"encoder.skip.weight\" is F32 [4], it must be F32 [4, 7]");
    m = new_model("relu", false);
    add(m, "encoder.4.weight", 3, 3);
    expect_refused(m, PULSE_E_FORMAT, "11 tensors are named");
    m = new_model("relu", false);
    reshape(m, "encoder.2.weight", 0, 6);
    reshape(m, "encoder.2.bias", 0, 0);
    expect_refused(m, PULSE_E_FORMAT, "\"encoder.2.weight\": 0 outputs");
    m = new_model("relu", false);
    tensor(m, "encoder.2.bias")->dtype = PULSE_I32;
    expect_refused(m, PULSE_E_FORMAT, "\"encoder.2.bias\" is I32 [4], it must be F32 [4]");
}

static void weights_must_be_finite(void **context)
{
    (void)context;
    model *m = new_model("relu", true);
    values_of(m, "decoder.0.weight")[5] = NAN;
    expect_refused(m, PULSE_E_FORMAT, "tensor \"decoder.0.weight\": value 5 is not finite");
    m = new_model("relu", true);
    values_of(m, "encoder.1.bias")[0] = INFINITY;
    expect_refused(m, PULSE_E_FORMAT, "tensor \"encoder.1.bias\": value 0 is not finite");
    m = new_model("relu", true);
    values_of(m, "encoder.skip.weight")[1] = -INFINITY;
    expect_refused(m, PULSE_E_FORMAT, "tensor \"encoder.skip.weight\": value 1 is not finite");
}

static void more_than_eight_layers_are_refused(void **context)
{
    (void)context;
    for (int layers = 8; layers <= 9; ++layers) {
        model *m = new_model("gelu", false);
        for (size_t i = 0; i < m->count; ++i)
            free((void *)(uintptr_t)m->tensors[i].data);
        m->count = 0;
        static const uint32_t encoder[] = {INPUTS, 3, 3, 3, 3, 3, 3, 3, 3, 3};
        static const uint32_t decoder[] = {3, TARGETS};
        add_half(m, "encoder", encoder, layers);
        add_half(m, "decoder", decoder, 1);
        if (layers == 9) {
            expect_refused(m, PULSE_E_FORMAT, "the encoder has more than 8 layers");
            continue;
        }
        pulse_autoencoder *a;
        expect_ok(parse_model(m, &a, error));
        pulse_autoencoder_free(a);
        free_model(m);
    }
}

static void parse_and_run(const uint8_t *bytes, size_t size)
{
    pulse_error error = {0};
    pulse_autoencoder *a;
    if (pulse_autoencoder_parse(bytes, size, &a, &error) != PULSE_OK) {
        assert_true(error.message[0] != '\0');
        return;
    }
    pulse_layout layout;
    pulse_preprocessor_layout(pulse_autoencoder_preprocessor(a), &layout);
    uint32_t dimensions = pulse_autoencoder_dimensions(a);
    float *row = calloc(layout.inputs, sizeof *row);
    float *latent = calloc(dimensions, sizeof *latent);
    float *targets = calloc(layout.targets, sizeof *targets);
    assert_true(row && latent && targets);
    row[0] = 1;
    if (pulse_autoencoder_encode(a, row, 1, latent, &error) == PULSE_OK) {
        double squares = 0;
        for (uint32_t i = 0; i < dimensions; ++i)
            squares += (double)latent[i] * (double)latent[i];
        assert_true(fabs(squares - 1) < 1e-5);
    }
    pulse_autoencoder_reconstruct(a, row, 1, targets, &error);
    free(row);
    free(latent);
    free(targets);
    pulse_autoencoder_free(a);
}

static void survives_any_damage(void **context)
{
    (void)context;
    model *m = new_model("relu", true);
    size_t size;
    uint8_t *bytes = bytes_of(m, &size);
    damage(bytes, size, 8000, parse_and_run);
    pulse_bytes_free(bytes);
    free_model(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(computes_what_plain_loops_compute),
        cmocka_unit_test(holds_its_preprocessor),
        cmocka_unit_test(single_layers_are_enough),
        cmocka_unit_test(a_latent_of_length_0_becomes_the_first_unit_vector),
        cmocka_unit_test(numbers_that_are_not_finite_are_refused),
        cmocka_unit_test(bytes_may_stand_at_any_address),
        cmocka_unit_test(metadata_is_checked),
        cmocka_unit_test(layers_must_fit_together),
        cmocka_unit_test(weights_must_be_finite),
        cmocka_unit_test(more_than_eight_layers_are_refused),
        cmocka_unit_test(survives_any_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
