/* Writing a catalogue and reading it back. */
#include "catalog_fixture.h"

#include <dirent.h>
#include <sqlite3.h>
#include <sys/stat.h>

static const row ROWS[] = {
    {"Clouds of Tin", "The Tin Men", "rock", 1999},
    {"Clouds of Tin (Live at the Barn)", "the tin men", "rock", 2001},
    {"Caf\u00e9 Noir", "Zo\u00e9", "jazz", 0},
    {"clouds of tin - 2011 remaster", "The Tin Men!", NULL, 2011},
    {"Clouds of Tin", "Somebody Else", "", 1950},
    {"???", "!!!", "rock", 2020},
    {"??", "!!!", "rock", 2020},
};
enum { ROW_COUNT = sizeof ROWS / sizeof *ROWS };

static size_t files_in_directory(void)
{
    DIR *directory = opendir(test_path(""));
    assert_non_null(directory);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(directory));)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static void rows_come_back_as_they_were_written(void **state)
{
    (void)state;
    size_t size;
    uint8_t *bytes = catalog_of(ROWS, ROW_COUNT, &size);
    pulse_catalog *catalog;
    expect_ok(pulse_catalog_open(bytes, size, "test", &catalog, error));
    const pulse_columns *columns = pulse_catalog_columns(catalog);
    assert_int_equal(columns->songs, ROW_COUNT);
    assert_int_equal(columns->artists, 4); /* spellings that fold alike are one */
    assert_int_equal(columns->genre_count, 2);
    assert_string_equal(columns->genres[0], "rock");
    assert_string_equal(columns->genres[1], "jazz");
    assert_int_equal(columns->genre[3], PULSE_CATALOG_UNKNOWN);
    assert_int_equal(columns->genre[4], PULSE_CATALOG_UNKNOWN);
    assert_int_equal(columns->year_min, 1950);
    assert_int_equal(columns->year_max, 2020);
    assert_int_equal(columns->year[2], 0);
    assert_true(columns->integer_ids);
    assert_int_equal(columns->feature_count, FEATURES);
    assert_string_equal(columns->features[1].name, "tempo");
    assert_string_equal(columns->features[1].unit, "BPM");
    assert_string_equal(columns->features[0].high, "energetic");
    assert_true(columns->features[1].quantiles[10] == 220.0f);

    static const uint32_t order[] = {2, 0, 3, 2};
    pulse_songs *songs;
    expect_ok(pulse_catalog_songs(catalog, order, 4, &songs, error));
    pulse_catalog_close(catalog); /* the rows own their strings */
    free(bytes);
    assert_int_equal(songs->count, 4);
    assert_int_equal(songs->items[0].song, 2);
    assert_string_equal(songs->items[0].song_id, "1002");
    assert_string_equal(songs->items[0].title, "Caf\u00e9 Noir");
    assert_string_equal(songs->items[0].artist, "Zo\u00e9");
    assert_string_equal(songs->items[0].genre, "jazz");
    assert_int_equal(songs->items[1].year, 1999);
    assert_string_equal(songs->items[2].artist, "The Tin Men"); /* as first spelled */
    assert_string_equal(songs->items[2].genre, "");
    assert_string_equal(songs->items[3].title, "Caf\u00e9 Noir");
    pulse_songs_free(songs);
    pulse_songs_free(NULL);
}

static void versions_share_the_first_song_of_the_same_artist(void **state)
{
    (void)state;
    size_t size;
    uint8_t *bytes = catalog_of(ROWS, ROW_COUNT, &size);
    pulse_catalog *catalog;
    expect_ok(pulse_catalog_open(bytes, size, "test", &catalog, error));
    static const uint32_t versions[] = {0, 0, 2, 0, 4, 5, 6};
    assert_memory_equal(pulse_catalog_columns(catalog)->version, versions, sizeof versions);
    pulse_catalog_close(catalog);
    free(bytes);
}

static void values_are_quantised_to_half_a_step(void **state)
{
    (void)state;
    enum { SONGS = 500 };
    static const float extremes[] = {0, 1, .5f, -3, 7};
    float written[SONGS][FEATURES];
    uint64_t random = 7;
    pulse_catalog_writer *writer;
    expect_ok(pulse_catalog_writer_open(test_path("values.sqlite"), feature_rows, FEATURES, true,
                                        &writer, error));
    for (int i = 0; i < SONGS; ++i) {
        written[i][0] = i < 5 ? extremes[i] : next_float(&random) * .5f + .5f;
        written[i][1] = i % 4 ? 130.0f + 90.0f * next_float(&random) : NAN;
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        pulse_catalog_song song = {
            .song_id = id, .title = "a", .artist = "b", .features = written[i]};
        expect_ok(pulse_catalog_writer_add(writer, &song, error));
    }
    expect_ok(pulse_catalog_writer_finish(writer, error));
    pulse_catalog_writer_free(writer);
    size_t size;
    uint8_t *bytes = read_whole(test_path("values.sqlite"), &size);
    pulse_catalog *catalog;
    expect_ok(pulse_catalog_open(bytes, size, "test", &catalog, error));
    for (uint32_t i = 0; i < SONGS; ++i) {
        for (uint32_t f = 0; f < FEATURES; ++f) {
            float low = feature_rows[f].quantiles[0];
            float high = feature_rows[f].quantiles[10];
            float value = pulse_catalog_value(catalog, i, f);
            float wanted = fminf(fmaxf(written[i][f], low), high);
            if (isnan(written[i][f]))
                assert_true(isnan(value));
            else
                assert_true(fabsf(value - wanted) <= (high - low) / 65534 * .5001f + high * 6e-8f);
        }
    }
    /* The ends are exact. */
    assert_true(pulse_catalog_value(catalog, 0, 0) == 0.0f);
    assert_true(pulse_catalog_value(catalog, 1, 0) == 1.0f);
    pulse_catalog_close(catalog);
    free(bytes);
    unlink(test_path("values.sqlite"));
}

static void the_same_rows_make_the_same_bytes(void **state)
{
    (void)state;
    size_t size;
    size_t other_size;
    uint8_t *bytes = catalog_of(ROWS, ROW_COUNT, &size);
    uint8_t *other = catalog_of(ROWS, ROW_COUNT, &other_size);
    assert_int_equal(size, other_size);
    assert_memory_equal(bytes, other, size);
    free(bytes);
    free(other);
}

static void ids_are_found_as_integers_and_as_text(void **state)
{
    (void)state;
    static const char *const texts[] = {"0",    "-5",       "17", "9007199254740991",
                                        "id:a", "id\u00e9", ""};
    for (int integers = 0; integers < 2; ++integers) {
        size_t count = integers ? 4 : 7;
        pulse_catalog_writer *writer;
        expect_ok(
            pulse_catalog_writer_open(test_path("ids.sqlite"), NULL, 0, integers, &writer, error));
        for (size_t i = 0; i < count; ++i) {
            pulse_catalog_song song = {.song_id = texts[i], .title = "a", .artist = "b"};
            expect_ok(pulse_catalog_writer_add(writer, &song, error));
        }
        expect_ok(pulse_catalog_writer_finish(writer, error));
        pulse_catalog_writer_free(writer);
        size_t size;
        uint8_t *bytes = read_whole(test_path("ids.sqlite"), &size);
        pulse_catalog *catalog;
        expect_ok(pulse_catalog_open(bytes, size, "test", &catalog, error));
        for (uint32_t i = 0; i < count; ++i) {
            uint32_t song;
            expect_ok(pulse_catalog_find_id(catalog, texts[i], &song, error));
            assert_int_equal(song, i);
            pulse_songs *songs;
            expect_ok(pulse_catalog_songs(catalog, &song, 1, &songs, error));
            assert_string_equal(songs->items[0].song_id, texts[i]);
            pulse_songs_free(songs);
        }
        uint32_t song;
        static const char *const unknown[] = {
            "1", "017", "+17", " 17", "-0", "id:b", "99999999999999999999"};
        for (size_t i = 0; i < sizeof unknown / sizeof *unknown; ++i)
            expect_fail(PULSE_E_NOT_FOUND, unknown[i],
                        pulse_catalog_find_id(catalog, unknown[i], &song, error));
        pulse_catalog_close(catalog);
        free(bytes);
        unlink(test_path("ids.sqlite"));
    }
}

static void an_empty_catalogue_and_one_without_features_open(void **state)
{
    (void)state;
    size_t size;
    uint8_t *bytes = catalog_of(NULL, 0, &size);
    pulse_catalog *catalog;
    expect_ok(pulse_catalog_open(bytes, size, "test", &catalog, error));
    assert_int_equal(pulse_catalog_columns(catalog)->songs, 0);
    uint32_t song = 7;
    size_t count = 7;
    expect_ok(pulse_catalog_search(catalog, "anything", 1, &song, &count, error));
    assert_int_equal(count, 0);
    expect_fail(PULSE_E_NOT_FOUND, "no song \"a\"",
                pulse_catalog_find_title(catalog, "a", NULL, &song, NULL, error));
    expect_fail(PULSE_E_NOT_FOUND, "5", pulse_catalog_find_id(catalog, "5", &song, error));
    song = 0;
    pulse_songs *songs;
    expect_fail(PULSE_E_ARGUMENT, "no song 0",
                pulse_catalog_songs(catalog, &song, 1, &songs, error));
    assert_null(songs);
    expect_ok(pulse_catalog_songs(catalog, NULL, 0, &songs, error));
    assert_int_equal(songs->count, 0);
    pulse_songs_free(songs);
    pulse_catalog_close(catalog);
    free(bytes);
}

static void text_that_is_not_utf8_is_repaired_on_the_way_in(void **state)
{
    (void)state;
    static const row rows[] = {{"caf\xe9", "\xff", "ro\xc3", 2000}};
    size_t size;
    uint8_t *bytes = catalog_of(rows, 1, &size);
    pulse_catalog *catalog;
    expect_ok(pulse_catalog_open(bytes, size, "test", &catalog, error));
    uint32_t song = 0;
    pulse_songs *songs;
    expect_ok(pulse_catalog_songs(catalog, &song, 1, &songs, error));
    assert_string_equal(songs->items[0].title, "caf\ufffd");
    assert_string_equal(songs->items[0].artist, "\ufffd");
    assert_string_equal(songs->items[0].genre, "ro\ufffd");
    pulse_songs_free(songs);
    pulse_catalog_close(catalog);
    free(bytes);
}

static pulse_status add_one(pulse_catalog_writer *writer, const char *id, float value,
                            pulse_error *error)
{
    float features[FEATURES] = {value, 100};
    pulse_catalog_song song = {.song_id = id, .title = "a", .artist = "b", .features = features};
    return pulse_catalog_writer_add(writer, &song, error);
}

static void a_refused_song_leaves_the_writer_usable(void **state)
{
    (void)state;
    pulse_catalog_writer *writer;
    expect_ok(pulse_catalog_writer_open(test_path("refused.sqlite"), feature_rows, FEATURES, true,
                                        &writer, error));
    expect_ok(add_one(writer, "1", .5f, error));
    expect_fail(PULSE_E_ARGUMENT, "\"x1\" is not an integer", add_one(writer, "x1", .5f, error));
    expect_fail(PULSE_E_ARGUMENT, "infinite", add_one(writer, "2", INFINITY, error));
    pulse_catalog_song empty = {.song_id = "3", .title = "a"};
    expect_fail(PULSE_E_ARGUMENT, "lacks", pulse_catalog_writer_add(writer, &empty, error));
    expect_ok(add_one(writer, "4", .25f, error));
    expect_ok(pulse_catalog_writer_finish(writer, error));
    expect_fail(PULSE_E_ARGUMENT, "nothing to finish", pulse_catalog_writer_finish(writer, error));
    pulse_catalog_writer_free(writer);
    size_t size;
    uint8_t *bytes = read_whole(test_path("refused.sqlite"), &size);
    pulse_catalog *catalog;
    expect_ok(pulse_catalog_open(bytes, size, "test", &catalog, error));
    assert_int_equal(pulse_catalog_columns(catalog)->songs, 2);
    uint32_t song;
    expect_ok(pulse_catalog_find_id(catalog, "4", &song, error));
    assert_int_equal(song, 1);
    pulse_catalog_close(catalog);
    free(bytes);
    unlink(test_path("refused.sqlite"));
}

static void features_must_have_finite_rising_quantiles(void **state)
{
    (void)state;
    pulse_catalog_writer *writer;
    pulse_feature feature = feature_rows[0];
    feature.quantiles[3] = NAN;
    expect_fail(PULSE_E_ARGUMENT, "quantile 3 is not finite",
                pulse_catalog_writer_open(test_path("bad"), &feature, 1, true, &writer, error));
    assert_null(writer);
    feature.quantiles[3] = -1;
    expect_fail(PULSE_E_ARGUMENT, "is less than",
                pulse_catalog_writer_open(test_path("bad"), &feature, 1, true, &writer, error));
    feature = feature_rows[0];
    feature.low = NULL;
    expect_fail(PULSE_E_ARGUMENT, "texts",
                pulse_catalog_writer_open(test_path("bad"), &feature, 1, true, &writer, error));
    assert_int_equal(files_in_directory(), 0);
}

static void a_constant_feature_comes_back(void **state)
{
    (void)state;
    pulse_feature feature = feature_rows[0];
    for (int i = 0; i < 11; ++i)
        feature.quantiles[i] = 3.5f;
    pulse_catalog_writer *writer;
    expect_ok(pulse_catalog_writer_open(test_path("constant"), &feature, 1, true, &writer, error));
    float value = 3.5f;
    pulse_catalog_song song = {.song_id = "1", .title = "a", .artist = "b", .features = &value};
    expect_ok(pulse_catalog_writer_add(writer, &song, error));
    expect_ok(pulse_catalog_writer_finish(writer, error));
    pulse_catalog_writer_free(writer);
    size_t size;
    uint8_t *bytes = read_whole(test_path("constant"), &size);
    pulse_catalog *catalog;
    expect_ok(pulse_catalog_open(bytes, size, "test", &catalog, error));
    assert_true(pulse_catalog_value(catalog, 0, 0) == 3.5f);
    pulse_catalog_close(catalog);
    free(bytes);
    unlink(test_path("constant"));
}

static void a_writer_that_does_not_finish_leaves_nothing(void **state)
{
    (void)state;
    pulse_catalog_writer *writer;
    expect_ok(pulse_catalog_writer_open(test_path("gone.sqlite"), feature_rows, FEATURES, true,
                                        &writer, error));
    expect_ok(add_one(writer, "1", .5f, error));
    assert_int_equal(files_in_directory(), 1);
    pulse_catalog_writer_free(writer);
    assert_int_equal(files_in_directory(), 0);
    pulse_catalog_writer_free(NULL);

    expect_fail(PULSE_E_IO, "no/such",
                pulse_catalog_writer_open(test_path("no/such/file"), feature_rows, FEATURES, true,
                                          &writer, error));
    assert_null(writer);

    /* The name is taken by a directory: the rename fails, and the rest is cleaned up. */
    assert_int_equal(mkdir(test_path("taken"), 0755), 0);
    expect_ok(pulse_catalog_writer_open(test_path("taken"), feature_rows, FEATURES, true, &writer,
                                        error));
    expect_fail(PULSE_E_IO, "cannot rename", pulse_catalog_writer_finish(writer, error));
    pulse_catalog_writer_free(writer);
    assert_int_equal(files_in_directory(), 1);
    assert_int_equal(rmdir(test_path("taken")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_back_as_they_were_written),
        cmocka_unit_test(versions_share_the_first_song_of_the_same_artist),
        cmocka_unit_test(values_are_quantised_to_half_a_step),
        cmocka_unit_test(the_same_rows_make_the_same_bytes),
        cmocka_unit_test(ids_are_found_as_integers_and_as_text),
        cmocka_unit_test(an_empty_catalogue_and_one_without_features_open),
        cmocka_unit_test(text_that_is_not_utf8_is_repaired_on_the_way_in),
        cmocka_unit_test(a_refused_song_leaves_the_writer_usable),
        cmocka_unit_test(features_must_have_finite_rising_quantiles),
        cmocka_unit_test(a_constant_feature_comes_back),
        cmocka_unit_test(a_writer_that_does_not_finish_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, remove_test_directory);
}
