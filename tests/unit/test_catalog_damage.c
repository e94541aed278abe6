/* Catalogues that were cut, flipped or made by someone else: an error or an answer, never a crash.
 */
#include "catalog/schema.h"
#include "catalog_fixture.h"

#include <sqlite3.h>

enum { SONGS = 300, BIT_FLIPS = 3000, BYTE_RUNS = 1000 };

static uint8_t *image;
static size_t image_size;

static int make_image(void **state)
{
    (void)state;
    static char titles[SONGS][48];
    static char artists[SONGS][32];
    static row rows[SONGS];
    uint64_t random = 11;
    for (int i = 0; i < SONGS; ++i) {
        snprintf(titles[i], sizeof titles[i], "song %u of %u%s", next_random(&random) % 90,
                 next_random(&random) % 1000, i % 7 ? "" : " (live)");
        snprintf(artists[i], sizeof artists[i], "artist%u", next_random(&random) % 40);
        rows[i] = (row){titles[i], artists[i], i % 2 ? "rock" : "pop", 1950 + i % 70};
    }
    image = catalog_of(rows, SONGS, &image_size);
    return 0;
}

static int drop_image(void **state)
{
    free(image);
    return remove_test_directory(state);
}

static void check_text(const char *text)
{
    assert_non_null(text);
    assert_true(strlen(text) <= PULSE_CATALOG_MAX_TEXT);
}

/* Opens and uses the bytes in every way. What comes back must be within bounds; true if it opened.
 */
static bool use(const uint8_t *bytes, size_t size)
{
    pulse_catalog *catalog;
    pulse_error error = {0};
    pulse_status status = pulse_catalog_open(bytes, size, "test", &catalog, &error);
    if (status != PULSE_OK) {
        assert_null(catalog);
        assert_true(error.status == status && strlen(error.message) > 4);
        return false;
    }
    const pulse_columns *columns = pulse_catalog_columns(catalog);
    for (uint32_t i = 0; i < columns->songs; ++i) {
        assert_true(columns->artist[i] < columns->artists);
        assert_true(columns->genre[i] < columns->genre_count ||
                    columns->genre[i] == PULSE_CATALOG_UNKNOWN);
        assert_true(columns->version[i] <= i);
        for (uint32_t f = 0; f < columns->feature_count; ++f) {
            float value = pulse_catalog_value(catalog, i, f);
            assert_true(isnan(value) || isfinite(value));
        }
    }
    static const char *const texts[] = {"s",           "song 1",          "artist1",
                                        "sogn artist", "of song artist2", "live by artist"};
    for (size_t t = 0; t < sizeof texts / sizeof *texts; ++t) {
        uint32_t found[20];
        size_t count;
        pulse_songs *songs;
        if (pulse_catalog_search(catalog, texts[t], 20, found, &count, &error) != PULSE_OK)
            continue;
        if (pulse_catalog_songs(catalog, found, count, &songs, &error) != PULSE_OK)
            continue;
        for (size_t i = 0; i < songs->count; ++i) {
            check_text(songs->items[i].song_id);
            check_text(songs->items[i].title);
            check_text(songs->items[i].artist);
        }
        pulse_songs_free(songs);
    }
    uint32_t song = 0;
    if (pulse_catalog_find_id(catalog, "1007", &song, &error) == PULSE_OK)
        assert_true(song < columns->songs);
    if (pulse_catalog_find_title(catalog, "song 5", NULL, &song, NULL, &error) == PULSE_OK)
        assert_true(song < columns->songs);
    pulse_catalog_close(catalog);
    return true;
}

static void a_cut_file_is_refused(void **state)
{
    (void)state;
    assert_true(use(image, image_size));
    for (size_t size = 0; size < image_size; size += 512) {
        uint8_t *copy = exact_copy(image, size);
        assert_false(use(copy, size));
        free(copy);
    }
    for (size_t size = 1; size < 110; ++size) {
        uint8_t *copy = exact_copy(image, size);
        assert_false(use(copy, size));
        free(copy);
    }
}

static void turned_bits_never_crash(void **state)
{
    (void)state;
    uint64_t random = 2024;
    int opened = 0;
    for (int i = 0; i < BIT_FLIPS; ++i) {
        uint8_t *copy = exact_copy(image, image_size);
        for (uint32_t n = 1 + next_random(&random) % 8; n > 0; --n)
            copy[next_random(&random) % image_size] ^= (uint8_t)(1u << next_random(&random) % 8);
        opened += use(copy, image_size);
        free(copy);
    }
    /* Some land where nobody looks, some do not. */
    assert_true(opened > 0 && opened < BIT_FLIPS);
}

static void overwritten_runs_never_crash(void **state)
{
    (void)state;
    uint64_t random = 77;
    for (int i = 0; i < BYTE_RUNS; ++i) {
        uint8_t *copy = exact_copy(image, image_size);
        size_t length = 1 + next_random(&random) % 64;
        size_t at = next_random(&random) % (image_size - length);
        /* Half of them in the headers of pages, where the structure is. */
        if (i % 2)
            at = at / 4096 * 4096;
        for (size_t k = 0; k < length; ++k)
            copy[at + k] = i % 4 < 2 ? (uint8_t)next_random(&random) : i % 8 < 4 ? 0 : 0xff;
        use(copy, image_size);
        free(copy);
    }
}

static void the_header_says_what_is_wrong(void **state)
{
    (void)state;
    pulse_catalog *catalog;
    expect_fail(PULSE_E_FORMAT, "test: not an SQLite file",
                pulse_catalog_open((const uint8_t *)"hello", 5, "test", &catalog, error));
    uint8_t *copy = exact_copy(image, image_size);
    expect_fail(PULSE_E_FORMAT, "cut short",
                pulse_catalog_open(copy, image_size - 4096, "test", &catalog, error));
    copy[63] = 9;
    expect_fail(PULSE_E_VERSION, "catalogue version 9, but this build reads version 1",
                pulse_catalog_open(copy, image_size, "test", &catalog, error));
    copy[63] = 1;
    copy[68] ^= 1;
    expect_fail(PULSE_E_FORMAT, "not a song catalogue",
                pulse_catalog_open(copy, image_size, "test", &catalog, error));
    copy[68] ^= 1;
    copy[18] = 2;
    expect_fail(PULSE_E_FORMAT, "write-ahead",
                pulse_catalog_open(copy, image_size, "test", &catalog, error));
    copy[18] = 1;
    assert_true(use(copy, image_size));
    free(copy);
}

/* The image after `sql`. */
static uint8_t *changed_by(const char *sql, size_t *size)
{
    const char *path = test_path("changed.sqlite");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(image, 1, image_size, file), image_size);
    assert_int_equal(fclose(file), 0);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    uint8_t *bytes = read_whole(path, size);
    assert_int_equal(unlink(path), 0);
    return bytes;
}

static void a_well_formed_file_with_wrong_content_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        const char *message;
    } table[] = {
        {"CREATE VIEW v AS SELECT 1", "it has a view \"v\""},
        {"CREATE TABLE extra(a)", "it has a table \"extra\""},
        {"CREATE INDEX i ON song(title)", "it has a index \"i\""},
        {"CREATE TRIGGER t AFTER INSERT ON song BEGIN SELECT 1; END", "it has a trigger \"t\""},
        {"DROP TABLE genre", "it has no table genre"},
        {"DROP TABLE song_text", "it has no table song_text"},
        {"DROP TABLE genre; CREATE TABLE genre(id INTEGER PRIMARY KEY, name)",
         "its table genre is not as it should be"},
        {"PRAGMA journal_mode=WAL", "write-ahead"},
        {"DELETE FROM setting WHERE name = 'songs'", "no setting \"songs\""},
        {"UPDATE setting SET value = '-1' WHERE name = 'songs'", "setting \"songs\""},
        {"UPDATE setting SET value = '99999999999' WHERE name = 'songs'", "setting \"songs\""},
        {"UPDATE setting SET value = '100000000' WHERE name = 'songs'", "setting \"songs\""},
        {"UPDATE setting SET value = '299' WHERE name = 'songs'", "more songs"},
        {"UPDATE setting SET value = '301' WHERE name = 'songs'", "300 songs instead of 301"},
        {"UPDATE setting SET value = '3' WHERE name = 'artists'", "artists instead of 3"},
        {"UPDATE setting SET value = '0' WHERE name = 'integer_ids'", "song 0 has a bad song_id"},
        {"DELETE FROM song WHERE id = 17", "row 18 where 17 belongs"},
        {"UPDATE song SET id = 5000 WHERE id = 299", "row 5000 where 299 belongs"},
        {"UPDATE artist SET name = x'ff' WHERE id = 3", "artist 3 has a name"},
        {"UPDATE artist SET name = CAST(x'ff' AS TEXT) WHERE id = 3", "artist 3 has a name"},
        {"UPDATE genre SET name = CAST(x'ff' AS TEXT) WHERE id = 1", "genre 1"},
        {"UPDATE song SET title = x'6162' WHERE id = 4", "song 4 has a bad title"},
        {"UPDATE song SET title = CAST(x'610062' AS TEXT) WHERE id = 4", "song 4 has a bad title"},
        {"UPDATE song SET title = CAST(zeroblob(70000) AS TEXT) WHERE id = 4", "song 4 has a bad"},
        {"UPDATE song SET song_id = 'abc' WHERE id = 4", "song 4 has a bad song_id"},
        {"UPDATE song SET song_id = 9007199254740992 WHERE id = 4", "song 4 has a bad song_id"},
        {"UPDATE song SET artist = 1000 WHERE id = 4", "song 4 has a bad artist"},
        {"UPDATE song SET artist = -1 WHERE id = 4", "song 4 has a bad artist"},
        {"UPDATE song SET artist = 1.5 WHERE id = 4", "song 4 has a bad artist"},
        {"UPDATE song SET genre = 2 WHERE id = 4", "song 4 has a bad genre"},
        {"UPDATE song SET genre = 'rock' WHERE id = 4", "song 4 has a bad genre"},
        {"UPDATE song SET year = 3000000000 WHERE id = 4", "song 4 has a bad year"},
        {"UPDATE song SET year = 'old' WHERE id = 4", "song 4 has a bad year"},
        {"UPDATE song SET version = 5 WHERE id = 4", "song 4 has a bad version"},
        {"UPDATE song SET features = x'0000' WHERE id = 4", "song 4 has a bad row of features"},
        {"UPDATE song SET features = 'abcd' WHERE id = 4", "song 4 has a bad row of features"},
        {"UPDATE feature SET name = 'energy'", "two features are called energy"},
        {"UPDATE feature SET name = '' WHERE id = 1", "feature 1 lacks"},
        {"UPDATE feature SET quantiles = zeroblob(43)", "feature energy does not have eleven"},
        {"UPDATE feature SET quantiles = x'ffffffff' || zeroblob(40)", "feature energy"},
        {"DELETE FROM feature WHERE id = 1", "bad row of features"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; ++i) {
        size_t size;
        uint8_t *bytes = changed_by(table[i].sql, &size);
        pulse_catalog *catalog;
        expect_fail(PULSE_E_FORMAT, table[i].message,
                    pulse_catalog_open(bytes, size, "test", &catalog, error));
        assert_null(catalog);
        free(bytes);
    }
}

static void a_lying_text_index_finds_nothing_wrong(void **state)
{
    (void)state;
    size_t size;
    /* Songs that are not there are an error, those without the words are passed over. */
    uint8_t *bytes = changed_by(
        "INSERT INTO song_text(rowid, title, artist) VALUES(123456, 'zebra', 'x')", &size);
    pulse_catalog *catalog;
    expect_ok(pulse_catalog_open(bytes, size, "test", &catalog, error));
    uint32_t song;
    size_t count;
    expect_fail(PULSE_E_FORMAT, "names a song that is not there",
                pulse_catalog_search(catalog, "zebra", 1, &song, &count, error));
    pulse_catalog_close(catalog);
    free(bytes);
    bytes =
        changed_by("INSERT INTO song_text(rowid, title, artist) VALUES(12, 'zebra', 'x')", &size);
    expect_ok(pulse_catalog_open(bytes, size, "test", &catalog, error));
    expect_ok(pulse_catalog_search(catalog, "zebra", 1, &song, &count, error));
    assert_int_equal(count, 0);
    pulse_catalog_close(catalog);
    free(bytes);
    bytes = changed_by("UPDATE song_text_data SET block = x'00'", &size);
    use(bytes, size);
    free(bytes);
    bytes = changed_by("DELETE FROM song_text_data; DELETE FROM song_text_config", &size);
    use(bytes, size);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_file_is_refused),
        cmocka_unit_test(turned_bits_never_crash),
        cmocka_unit_test(overwritten_runs_never_crash),
        cmocka_unit_test(the_header_says_what_is_wrong),
        cmocka_unit_test(a_well_formed_file_with_wrong_content_is_refused),
        cmocka_unit_test(a_lying_text_index_finds_nothing_wrong),
    };
    return cmocka_run_group_tests(tests, make_image, drop_image);
}
