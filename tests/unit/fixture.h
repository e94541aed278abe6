/* A small bundle on disk, made with the public interface alone, for tests of the engine. */
#ifndef PULSE_TESTS_FIXTURE_H
#define PULSE_TESTS_FIXTURE_H

#include "expect.h"

#include <math.h>
#include <unistd.h>

typedef struct fixture {
    char directory[64];
    char names[6][160]; /* of the files made */
    size_t name_count;
    pulse_source source;
    pulse_engine *engine;
} fixture;

static inline uint8_t *fixture_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static inline void fixture_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Writes `bytes` under its hashed name and appends its entry to `manifest`. */
static inline void fixture_add(fixture *fixture, const char *role, const char *suffix,
                               const uint8_t *bytes, size_t size, char *manifest, size_t room)
{
    char hash[65];
    pulse_sha256_hex(bytes, size, hash);
    char *path = fixture->names[fixture->name_count++];
    snprintf(path, sizeof fixture->names[0], "%s/%s.%.16s.%s", fixture->directory, role, hash,
             suffix);
    fixture_write(path, bytes, size);
    size_t used = strlen(manifest);
    snprintf(manifest + used, room - used,
             "%s{\"role\":\"%s\",\"sha256\":\"%s\",\"bytes\":%zu,\"shards\":[{\"name\":\"%s\","
             "\"sha256\":\"%s\",\"bytes\":%zu}]}",
             fixture->name_count > 1 ? "," : "", role, hash, size, strrchr(path, '/') + 1, hash,
             size);
}

/* [count, 2] of the bundles that are opened next; NULL: they have no map. */
static const int16_t *fixture_map;
/* The autoencoder of the bundles that are opened next; NULL: they have none. */
static const uint8_t *fixture_autoencoder;
static size_t fixture_autoencoder_size;
/* Whether the songs' ids are any text, and not numbers. */
static bool fixture_text_ids;

/* `latents` [count, dimensions], of unit length or not. */
static inline void fixture_open(fixture *fixture, const pulse_feature *features,
                                size_t feature_count, const pulse_catalog_song *songs, size_t count,
                                const float *latents, uint32_t dimensions)
{
    *fixture = (struct fixture){.directory = "/tmp/pulse-test-XXXXXX"};
    assert_non_null(mkdtemp(fixture->directory));
    char path[160],
        manifest[4096] = "{\"format\":\"playlistpulse-bundle\",\"version\":1,\"files\":[";
    snprintf(path, sizeof path, "%s/building", fixture->directory);
    pulse_catalog_writer *writer;
    expect_ok(pulse_catalog_writer_open(path, features, feature_count, !fixture_text_ids, &writer,
                                        error));
    for (size_t i = 0; i < count; ++i)
        expect_ok(pulse_catalog_writer_add(writer, &songs[i], error));
    expect_ok(pulse_catalog_writer_finish(writer, error));
    pulse_catalog_writer_free(writer);
    size_t size;
    uint8_t *bytes = fixture_read(path, &size);
    fixture_add(fixture, "catalog", "sqlite", bytes, size, manifest, sizeof manifest);
    free(bytes);
    unlink(path);
    expect_ok(pulse_vectors_write(latents, NULL, count, dimensions, &bytes, &size, error));
    fixture_add(fixture, "vectors", "safetensors", bytes, size, manifest, sizeof manifest);
    pulse_bytes_free(bytes);
    if (fixture_map) {
        const pulse_tensor places = {"position", PULSE_I16,   2,
                                     {count, 2}, fixture_map, count * 2 * sizeof *fixture_map};
        expect_ok(pulse_safetensors_write(&places, 1, NULL, 0, &bytes, &size, error));
        fixture_add(fixture, "map", "safetensors", bytes, size, manifest, sizeof manifest);
        pulse_bytes_free(bytes);
    }
    if (fixture_autoencoder)
        fixture_add(fixture, "autoencoder", "safetensors", fixture_autoencoder,
                    fixture_autoencoder_size, manifest, sizeof manifest);
    strcat(manifest, "]}");
    snprintf(fixture->names[fixture->name_count], sizeof fixture->names[0], "%s/manifest.json",
             fixture->directory);
    fixture_write(fixture->names[fixture->name_count++], manifest, strlen(manifest));
    expect_ok(pulse_directory_source(fixture->directory, &fixture->source, error));
    expect_ok(pulse_engine_open(&fixture->source, NULL, &fixture->engine, error));
}

static inline void fixture_close(fixture *fixture)
{
    pulse_engine_close(fixture->engine);
    pulse_source_close(&fixture->source);
    for (size_t i = 0; i < fixture->name_count; ++i)
        unlink(fixture->names[i]);
    rmdir(fixture->directory);
}

/* xorshift64*: enough for test data, the same everywhere. */
static inline uint32_t fixture_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * UINT64_C(2685821657736338717)) >> 32);
}

#endif
