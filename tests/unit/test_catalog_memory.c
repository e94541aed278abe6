/* Every call survives each of its allocations failing: a status, no leak, and it works afterwards.
 */

/* The allocator with its hook, compiled into this program: the library's own is then not linked. */
#define PULSE_TEST_ALLOC
#include "base/alloc.c"

#include "catalog/text.h"
#include "catalog_fixture.h"

static const row ROWS[] = {
    {"Copper Moon (Live)", "Anna Reed", "pop", 2002},
    {"Copper", "Low Tide", "rock", 1990},
    {"Velvet", "Harbour Choir", NULL, 0},
};
enum { ROW_COUNT = sizeof ROWS / sizeof *ROWS };

static uint8_t *image;
static size_t image_size;

/* Each returns the status of the first call that failed. */
typedef pulse_status scenario(pulse_error *error);

static pulse_status open_and_close(pulse_error *error)
{
    pulse_catalog *catalog;
    pulse_status status = pulse_catalog_open(image, image_size, "test", &catalog, error);
    assert_true((status == PULSE_OK) == (catalog != NULL));
    pulse_catalog_close(catalog);
    return status;
}

static pulse_status search_and_show(pulse_error *error)
{
    pulse_catalog *catalog;
    pulse_status status = pulse_catalog_open(image, image_size, "test", &catalog, error);
    uint32_t found[ROW_COUNT];
    size_t count = 0;
    pulse_songs *songs = NULL;
    static const char *const texts[] = {"copper", "low cop", "velvte", "velvet by harbuor"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts && status == PULSE_OK; ++i) {
        status = pulse_catalog_search(catalog, texts[i], ROW_COUNT, found, &count, error);
        if (status == PULSE_OK)
            assert_true(count > 0);
    }
    if (status == PULSE_OK)
        status = pulse_catalog_songs(catalog, found, count, &songs, error);
    pulse_songs_free(songs);
    pulse_catalog_close(catalog);
    return status;
}

static pulse_status find_songs(pulse_error *error)
{
    pulse_catalog *catalog;
    pulse_status status = pulse_catalog_open(image, image_size, "test", &catalog, error);
    uint32_t song;
    if (status == PULSE_OK)
        status = pulse_catalog_find_id(catalog, "1001", &song, error);
    if (status == PULSE_OK)
        status = pulse_catalog_find_title(catalog, "copper moon", "anna reed", &song, NULL, error);
    if (status == PULSE_OK) {
        status = pulse_catalog_find_title(catalog, "Velvte", "harbour choir", &song, NULL, error);
        assert_int_not_equal(status, PULSE_OK);
        status = status == PULSE_E_NOT_FOUND ? PULSE_OK : status;
    }
    pulse_catalog_close(catalog);
    return status;
}

static pulse_status write_all(pulse_error *error)
{
    pulse_catalog_writer *writer;
    pulse_status status = pulse_catalog_writer_open(test_path("written"), feature_rows, FEATURES,
                                                    true, &writer, error);
    for (size_t i = 0; i < ROW_COUNT && status == PULSE_OK; ++i) {
        static const float features[FEATURES] = {.5f, 100};
        pulse_catalog_song song = {.song_id = "1",
                                   .title = ROWS[i].title,
                                   .artist = ROWS[i].artist,
                                   .genre = ROWS[i].genre,
                                   .features = features};
        status = pulse_catalog_writer_add(writer, &song, error);
    }
    if (status == PULSE_OK)
        status = pulse_catalog_writer_finish(writer, error);
    pulse_catalog_writer_free(writer);
    unlink(test_path("written"));
    return status;
}

static void check_scenario(scenario *run)
{
    pulse_test_fail_allocation(-1, 0);
    pulse_error error = {0};
    assert_int_equal(run(&error), PULSE_OK);
    long allocations = pulse_test_fail_allocation(-1, 0);
    assert_true(allocations > 3);
    for (int sticky = 0; sticky < 2; ++sticky) {
        for (long n = 0; n < allocations; ++n) {
            pulse_test_fail_allocation(n, sticky);
            pulse_status status = run(&error);
            pulse_test_fail_allocation(-1, 0);
            if (status != PULSE_E_NO_MEMORY)
                fail_msg("allocation %ld of %ld: %s: %s", n, allocations, pulse_status_name(status),
                         error.message);
        }
    }
    assert_int_equal(run(&error), PULSE_OK);
}

static void opening_survives_without_memory(void **state)
{
    (void)state;
    check_scenario(open_and_close);
}

static void searching_survives_without_memory(void **state)
{
    (void)state;
    check_scenario(search_and_show);
}

static void finding_survives_without_memory(void **state)
{
    (void)state;
    check_scenario(find_songs);
}

static void writing_survives_without_memory(void **state)
{
    (void)state;
    check_scenario(write_all);
}

static void a_search_that_failed_can_be_tried_again(void **state)
{
    (void)state;
    pulse_catalog *catalog;
    expect_ok(pulse_catalog_open(image, image_size, "test", &catalog, error));
    for (long n = 0;; ++n) {
        uint32_t found[ROW_COUNT];
        size_t count;
        pulse_error error;
        pulse_test_fail_allocation(n, 0);
        pulse_status status =
            pulse_catalog_search(catalog, "velvte", ROW_COUNT, found, &count, &error);
        pulse_test_fail_allocation(-1, 0);
        if (status == PULSE_OK) {
            assert_true(n > 3);
            assert_int_equal(count, 1);
            assert_int_equal(found[0], 2);
            break;
        }
        assert_int_equal(status, PULSE_E_NO_MEMORY);
        assert_int_equal(count, 0);
    }
    pulse_catalog_close(catalog);
}

static int make_image(void **state)
{
    (void)state;
    image = catalog_of(ROWS, ROW_COUNT, &image_size);
    return 0;
}

static int drop_image(void **state)
{
    free(image);
    return remove_test_directory(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_survives_without_memory),
        cmocka_unit_test(searching_survives_without_memory),
        cmocka_unit_test(finding_survives_without_memory),
        cmocka_unit_test(writing_survives_without_memory),
        cmocka_unit_test(a_search_that_failed_can_be_tried_again),
    };
    return cmocka_run_group_tests(tests, make_image, drop_image);
}
