/* Small catalogues, written to a temporary directory with the public writer. */
#ifndef PULSE_TESTS_CATALOG_FIXTURE_H
#define PULSE_TESTS_CATALOG_FIXTURE_H

#include "catalog/catalog.h"
#include "expect.h"

#include <math.h>
#include <unistd.h>

enum { FEATURES = 2 };

typedef struct row {
    const char *title;
    const char *artist;
    const char *genre;
    int32_t year;
} row;

static const pulse_feature feature_rows[FEATURES] = {
    {.name = "energy",
     .modality = "audio",
     .label = "energy",
     .unit = "",
     .low = "calm",
     .high = "energetic",
     .quantiles = {0, .1f, .2f, .3f, .4f, .5f, .6f, .7f, .8f, .9f, 1}},
    {.name = "tempo",
     .modality = "audio",
     .label = "tempo",
     .unit = "BPM",
     .low = "slow",
     .high = "fast",
     .quantiles = {40, 60, 70, 80, 90, 100, 110, 120, 140, 160, 220}},
};

/* What the tests keep their files in; made by the first use. */
static inline const char *test_path(const char *name)
{
    static char directory[] = "/tmp/pulse-catalog-XXXXXX";
    static char path[128];
    static int made;
    if (!made) {
        assert_non_null(mkdtemp(directory));
        made = 1;
    }
    snprintf(path, sizeof path, "%s%s%s", directory, *name ? "/" : "", name);
    return path;
}

static inline uint8_t *read_whole(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*size ? *size : 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static inline void write_rows(const char *path, const row *rows, size_t count)
{
    pulse_catalog_writer *writer;
    expect_ok(pulse_catalog_writer_open(path, feature_rows, FEATURES, true, &writer, error));
    for (size_t i = 0; i < count; ++i) {
        char id[24];
        snprintf(id, sizeof id, "%zu", 1000 + i);
        float features[FEATURES] = {(float)i / (float)count, i % 3 ? 40.0f + (float)i : NAN};
        pulse_catalog_song song = {.song_id = id,
                                   .title = rows[i].title,
                                   .artist = rows[i].artist,
                                   .genre = rows[i].genre,
                                   .year = rows[i].year,
                                   .features = features};
        expect_ok(pulse_catalog_writer_add(writer, &song, error));
    }
    expect_ok(pulse_catalog_writer_finish(writer, error));
    pulse_catalog_writer_free(writer);
}

/* The bytes of a catalogue of these rows. Free them after the catalogue is closed. */
static inline uint8_t *catalog_of(const row *rows, size_t count, size_t *size)
{
    const char *path = test_path("fixture.sqlite");
    write_rows(path, rows, count);
    uint8_t *bytes = read_whole(path, size);
    assert_int_equal(unlink(path), 0);
    return bytes;
}

static inline int remove_test_directory(void **state)
{
    (void)state;
    return rmdir(test_path(""));
}

#endif
