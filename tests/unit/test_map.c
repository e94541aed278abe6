/* The map of a bundle: read when asked for, refused where it is another bundle's, and not missed by
 * a bundle that has none. */
#include "fixture.h"

#include "map/map_file.h"

enum { SONGS = 3 };
static const int16_t places[SONGS][2] = {{-32767, 32767}, {0, -1}, {12345, 258}};

static uint8_t *write_map(const char *name, pulse_dtype dtype, uint64_t rows, uint64_t columns,
                          const void *data, size_t bytes, size_t *size)
{
    const pulse_tensor tensor = {name, dtype, 2, {rows, columns}, data, bytes};
    uint8_t *file;
    expect_ok(pulse_safetensors_write(&tensor, 1, NULL, 0, &file, size, error));
    return file;
}

static void a_map_reads_back(void **state)
{
    (void)state;
    size_t size;
    uint8_t *file = write_map("position", PULSE_I16, SONGS, 2, places, sizeof places, &size);
    const int16_t *found;
    expect_ok(pulse_map_read(file, size, "map", SONGS, &found, error));
    assert_memory_equal(found, places, sizeof places);
    pulse_bytes_free(file);
}

static void expect_refused(uint8_t *file, size_t size, const char *why)
{
    const int16_t *found = &places[0][0];
    expect_fail(PULSE_E_FORMAT, why, pulse_map_read(file, size, "map", SONGS, &found, error));
    assert_null(found);
    pulse_bytes_free(file);
}

static void a_map_that_is_not_this_bundles_is_refused(void **state)
{
    (void)state;
    size_t size;
    uint8_t *file = write_map("position", PULSE_I16, 2, 2, places, 8, &size);
    expect_refused(file, size, "map: tensor \"position\" is I16 [2, 2], it must be I16 [3, 2]");
    file = write_map("position", PULSE_I16, SONGS, 1, places, 6, &size);
    expect_refused(file, size, "is I16 [3, 1], it must be I16 [3, 2]");
    static const float floats[SONGS * 2] = {0};
    file = write_map("position", PULSE_F32, SONGS, 2, floats, sizeof floats, &size);
    expect_refused(file, size, "is F32 [3, 2], it must be I16 [3, 2]");
    file = write_map("place", PULSE_I16, SONGS, 2, places, sizeof places, &size);
    expect_refused(file, size, "map: tensor \"position\" is missing");
    static const int16_t off[SONGS * 2] = {0, 0, 0, INT16_MIN, 0, 0};
    file = write_map("position", PULSE_I16, SONGS, 2, off, sizeof off, &size);
    expect_refused(file, size, "map: song 1 lies at -32768");
}

static void read_damaged(const uint8_t *bytes, size_t size)
{
    const int16_t *found;
    pulse_error error;
    if (pulse_map_read(bytes, size, "map", SONGS, &found, &error) != PULSE_OK) {
        assert_null(found);
        return;
    }
    for (int i = 0; i < SONGS * 2; ++i)
        assert_int_not_equal(found[i], INT16_MIN);
}

static void a_damaged_map_is_refused_or_whole(void **state)
{
    (void)state;
    size_t size;
    uint8_t *file = write_map("position", PULSE_I16, SONGS, 2, places, sizeof places, &size);
    damage(file, size, 20000, read_damaged);
    pulse_bytes_free(file);
}

/* ---- In an engine --------------------------------------------------------------------------- */

static void open_bundle(fixture *bundle, const int16_t *map)
{
    static const float latents[SONGS][2] = {{1, 0}, {0, 1}, {0.6f, 0.8f}};
    const pulse_catalog_song songs[SONGS] = {
        {"10", "Copper", "Low Tide", "folk", 1999, NULL},
        {"7", "Velvet", "Harbour Choir", NULL, 0, NULL},
        {"12", "Tin", "Low Tide", "surf", 1980, NULL},
    };
    fixture_map = map;
    fixture_open(bundle, NULL, 0, songs, SONGS, &latents[0][0], 2);
}

static void an_engine_gives_the_map_and_says_that_it_has_one(void **state)
{
    (void)state;
    fixture bundle;
    open_bundle(&bundle, &places[0][0]);
    pulse_info info;
    pulse_engine_info(bundle.engine, &info);
    assert_true(info.map);
    const int16_t *first, *second;
    expect_ok(pulse_get_map(bundle.engine, &first, error));
    assert_memory_equal(first, places, sizeof places);
    expect_ok(pulse_get_map(bundle.engine, &second, error));
    assert_ptr_equal(first, second);
    char *json;
    expect_ok(pulse_map_json(bundle.engine, &json, error));
    assert_string_equal(json,
                        "{\"song_ids\":[10,7,12],\"positions\":[-32767,32767,0,-1,12345,258]}");
    pulse_string_free(json);
    fixture_close(&bundle);
}

static void ids_that_are_texts_are_written_as_json_has_them(void **state)
{
    (void)state;
    static const float latents[SONGS][2] = {{1, 0}, {0, 1}, {0.6f, 0.8f}};
    const pulse_catalog_song songs[SONGS] = {
        {"a\"\\b", "Copper", "Low Tide", "folk", 1999, NULL},
        {"7", "Velvet", "Harbour Choir", NULL, 0, NULL},
        {"\xc3\xa9 ", "Tin", "Low Tide", "surf", 1980, NULL},
    };
    fixture bundle;
    fixture_map = &places[0][0];
    fixture_text_ids = true;
    fixture_open(&bundle, NULL, 0, songs, SONGS, &latents[0][0], 2);
    fixture_text_ids = false;
    char *json;
    expect_ok(pulse_map_json(bundle.engine, &json, error));
    assert_string_equal(json, "{\"song_ids\":[\"a\\\"\\\\b\",\"7\",\"\xc3\xa9 \"],"
                              "\"positions\":[-32767,32767,0,-1,12345,258]}");
    pulse_string_free(json);
    fixture_close(&bundle);
}

static void a_bundle_without_a_map_opens_and_says_so(void **state)
{
    (void)state;
    fixture bundle;
    open_bundle(&bundle, NULL);
    pulse_info info;
    pulse_engine_info(bundle.engine, &info);
    assert_false(info.map);
    const int16_t *positions;
    expect_fail(PULSE_E_UNSUPPORTED, "no file of role \"map\"",
                pulse_get_map(bundle.engine, &positions, error));
    assert_null(positions);
    char *json;
    expect_fail(PULSE_E_UNSUPPORTED, "map", pulse_map_json(bundle.engine, &json, error));
    assert_null(json);
    fixture_close(&bundle);
}

static void a_map_whose_bytes_have_changed_is_refused_each_time(void **state)
{
    (void)state;
    fixture bundle;
    open_bundle(&bundle, &places[0][0]);
    const char *path = NULL;
    for (size_t i = 0; i < bundle.name_count; ++i)
        if (strstr(bundle.names[i], "/map."))
            path = bundle.names[i];
    assert_non_null(path);
    size_t size;
    uint8_t *file = fixture_read(path, &size);
    file[size - 1] ^= 1;
    fixture_write(path, file, size);
    const int16_t *positions;
    for (int again = 0; again < 2; ++again)
        expect_fail(PULSE_E_FORMAT, "its SHA-256 is",
                    pulse_get_map(bundle.engine, &positions, error));
    fixture_write(path, file, size - 2);
    expect_fail(PULSE_E_FORMAT, "truncated", pulse_get_map(bundle.engine, &positions, error));
    file[size - 1] ^= 1;
    fixture_write(path, file, size);
    expect_ok(pulse_get_map(bundle.engine, &positions, error));
    free(file);
    fixture_close(&bundle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_reads_back),
        cmocka_unit_test(a_map_that_is_not_this_bundles_is_refused),
        cmocka_unit_test(a_damaged_map_is_refused_or_whole),
        cmocka_unit_test(an_engine_gives_the_map_and_says_that_it_has_one),
        cmocka_unit_test(ids_that_are_texts_are_written_as_json_has_them),
        cmocka_unit_test(a_bundle_without_a_map_opens_and_says_so),
        cmocka_unit_test(a_map_whose_bytes_have_changed_is_refused_each_time),
    };
    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
