/*
 * Memory runs out at the n-th allocation, for every n, in every call of the rooms below the engine:
 * each says so, gives nothing, and leaks nothing (which ASan checks).
 */
#include "run_out.h"

#include "bundle/bundle.h"
#include "bundle/manifest.h"
#include "nn/linear.h"

static const char preprocessor[] =
    "{\"version\":1,\"modalities\":[\"m\",\"l\"],\"numerical\":[{\"name\":\"a\",\"modality\":\"m\","
    "\"mean\":0,\"scale\":1},{\"name\":\"b\",\"modality\":\"m\",\"mean\":0,\"scale\":1}],"
    "\"categorical\":[{\"name\":\"g\",\"modality\":\"m\",\"values\":[\"x\",\"y\"]}],"
    "\"lyrics\":{\"modality\":\"l\",\"dimensions\":1}}";
enum { TARGETS = 5, INPUTS = 7 };

#define H "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHARD "{\"name\":\"part\",\"sha256\":\"" H "\",\"bytes\":4}"
static const char manifest_text[] =
    "{\"format\":\"playlistpulse-bundle\",\"version\":1,\"files\":[{\"role\":\"one\",\"sha256\":"
    "\"" H "\",\"bytes\":4,\"shards\":[" SHARD "]},{\"role\":\"two\",\"sha256\":\"" H
    "\",\"bytes\":8,\"shards\":[" SHARD "," SHARD "]}]}";

static pulse_status parse_manifest(pulse_error *error)
{
    pulse_manifest *manifest;
    pulse_status status =
        pulse_manifest_parse(manifest_text, sizeof manifest_text - 1, "m", &manifest, error);
    assert_true((status == PULSE_OK) == (manifest != NULL));
    pulse_manifest_free(manifest);
    return status;
}

static pulse_status memory_open(void *context, const char *name, const uint8_t **data, size_t *size,
                                pulse_error *error)
{
    (void)error;
    const bool manifest = strcmp(name, "manifest.json") == 0;
    *size = manifest ? sizeof manifest_text - 1 : 4;
    *data = exact_copy(manifest ? manifest_text : "part", *size);
    ++*(int *)context;
    return PULSE_OK;
}

static void memory_close(void *context, const uint8_t *data, size_t size)
{
    (void)size;
    free((void *)(uintptr_t)data);
    --*(int *)context;
}

static pulse_status read_bundle(pulse_error *error)
{
    int opened = 0;
    const pulse_source source = {&opened, memory_open, memory_close, NULL};
    pulse_bundle *bundle;
    pulse_status status = pulse_bundle_open(&source, true, &bundle, error);
    if (status == PULSE_OK) {
        pulse_file file;
        status = pulse_bundle_read(bundle, "one", &file, error);
        pulse_file_close(&file);
        if (status == PULSE_OK)
            status = pulse_bundle_read(bundle, "two", &file, error);
        assert_true((status == PULSE_OK) == (file.data != NULL));
        pulse_file_close(&file);
    }
    pulse_bundle_close(bundle);
    assert_int_equal(opened, 0);
    return status;
}

static pulse_status read_directory(pulse_error *error)
{
    pulse_source source;
    pulse_status status =
        pulse_directory_source(PULSE_SOURCE_DIR "/core/src/bundle", &source, error);
    if (status == PULSE_OK) {
        const uint8_t *data;
        size_t size;
        status = source.open(source.context, "bundle.h", &data, &size, error);
        if (status == PULSE_OK)
            source.close(source.context, data, size);
    }
    pulse_source_close(&source);
    return status;
}

static pulse_status parse_preprocessor(pulse_error *error)
{
    pulse_preprocessor *p;
    pulse_status status =
        pulse_preprocessor_parse(preprocessor, sizeof preprocessor - 1, &p, error);
    if (status == PULSE_OK) {
        const float numerical[] = {1, 2};
        const char *const categories[] = {"X"}; /* folded, for which memory is needed */
        float row[INPUTS];
        status = pulse_preprocessor_apply(p, numerical, categories, NULL, row, NULL, error);
    }
    pulse_preprocessor_free(p);
    return status;
}

static pulse_status write_model(uint8_t **bytes, size_t *size, pulse_error *error)
{
    static const float zeros[INPUTS * 3];
    static const pulse_pair metadata[] = {{"format", "playlistpulse-autoencoder"},
                                          {"version", "1"},
                                          {"activation", "relu"},
                                          {"preprocessor", preprocessor}};
    const pulse_tensor tensors[] = {
        {"encoder.0.weight", PULSE_F32, 2, {3, INPUTS}, zeros, 3 * INPUTS * 4},
        {"encoder.0.bias", PULSE_F32, 1, {3}, zeros, 3 * 4},
        {"encoder.skip.weight", PULSE_F32, 2, {3, INPUTS}, zeros, 3 * INPUTS * 4},
        {"decoder.0.weight", PULSE_F32, 2, {TARGETS, 3}, zeros, TARGETS * 3 * 4},
        {"decoder.0.bias", PULSE_F32, 1, {TARGETS}, zeros, TARGETS * 4}};
    return pulse_safetensors_write(tensors, 5, metadata, 4, bytes, size, error);
}

static pulse_status write_and_parse_model(pulse_error *error)
{
    uint8_t *bytes;
    size_t size;
    pulse_autoencoder *a = NULL;
    pulse_status status = write_model(&bytes, &size, error);
    if (status == PULSE_OK)
        status = pulse_autoencoder_parse(bytes, size, &a, error);
    assert_true((status == PULSE_OK) == (a != NULL));
    pulse_autoencoder_free(a);
    pulse_bytes_free(bytes);
    return status;
}

static pulse_status write_vectors(pulse_error *error)
{
    const float rows[] = {1, 0, 0, 1};
    uint8_t *bytes;
    size_t size;
    pulse_status status = pulse_vectors_write(rows, NULL, 2, 2, &bytes, &size, error);
    assert_true((status == PULSE_OK) == (bytes != NULL));
    pulse_bytes_free(bytes);
    return status;
}

static pulse_status make_layer(pulse_error *error)
{
    const float weight = 1;
    pulse_linear *linear;
    pulse_status status = pulse_linear_create(1, 1, &weight, NULL, PULSE_RELU, &linear, error);
    assert_true((status == PULSE_OK) == (linear != NULL));
    pulse_linear_free(linear);
    return status;
}

RUN_OUT(parse_manifest)
RUN_OUT(read_bundle)
RUN_OUT(read_directory)
RUN_OUT(parse_preprocessor)
RUN_OUT(write_and_parse_model)
RUN_OUT(write_vectors)
RUN_OUT(make_layer)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_manifest_runs_out_of_memory),
        cmocka_unit_test(read_bundle_runs_out_of_memory),
        cmocka_unit_test(read_directory_runs_out_of_memory),
        cmocka_unit_test(parse_preprocessor_runs_out_of_memory),
        cmocka_unit_test(write_and_parse_model_runs_out_of_memory),
        cmocka_unit_test(write_vectors_runs_out_of_memory),
        cmocka_unit_test(make_layer_runs_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
