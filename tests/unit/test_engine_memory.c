/* The engine survives each of its allocations failing: a status, no leak, and it works afterwards.
 */

/* The allocator with its hook, compiled into this program: the library's own is then not linked. */
#define PULSE_TEST_ALLOC
#include "base/alloc.c"

#include "fixture.h"

static const pulse_feature features[1] = {
    {"energy",
     "audio",
     "energy",
     "",
     "calm",
     "energetic",
     {0, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f, 0.9f, 1}},
};

static fixture bundle;

static int set_up(void **state)
{
    (void)state;
    static const float values[4] = {0.9f, 0.85f, 0.1f, 0.95f};
    static const float latents[4][2] = {{1, 0}, {0.9f, 0.1f}, {0, 1}, {0.7f, 0.7f}};
    const pulse_catalog_song songs[4] = {
        {"1", "Copper", "Low Tide", "folk", 1999, &values[0]},
        {"2", "Velvet", "Harbour Choir", "folk", 2001, &values[1]},
        {"3", "Tin", "Low Tide", "surf", 1980, &values[2]},
        {"4", "Salt", "Anna Reed", NULL, 0, &values[3]},
    };
    static const int16_t map[4][2] = {{0, 1}, {2, 3}, {4, 5}, {6, 7}};
    fixture_map = &map[0][0];
    fixture_open(&bundle, features, 1, songs, 4, &latents[0][0], 2);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&bundle);
    return 0;
}

static pulse_status recommend(pulse_error *error)
{
    const pulse_seed seed = {0, 1.0f};
    const uint32_t genre = 0, exclude = 2;
    const pulse_range range = {0, 0.0f, 1.0f};
    pulse_query query = pulse_query_default();
    query.seeds = &seed;
    query.seed_count = 1;
    query.diversity = 0.5f;
    query.max_per_artist = 1;
    query.exclude_seed_artists = true;
    query.genres = &genre;
    query.genre_count = 1;
    query.exclude = &exclude;
    query.exclude_count = 1;
    query.ranges = &range;
    query.range_count = 1;
    pulse_results *results;
    pulse_status status = pulse_recommend(bundle.engine, &query, &results, error);
    assert_true((status == PULSE_OK) == (results != NULL));
    if (results)
        assert_int_equal(results->count, 1);
    pulse_results_free(results);
    return status;
}

static pulse_status recommend_in_json(pulse_error *error)
{
    static const char request[] =
        "{\"seeds\":[{\"title\":\"copper\",\"artist\":\"low tide\"},{\"song_id\":2}],"
        "\"exclude\":[4],\"filters\":{\"genres\":[\"surf\"],\"features\":{\"energy\":[0,1]}}}";
    char *json;
    pulse_status status =
        pulse_recommend_json(bundle.engine, request, sizeof request - 1, &json, error);
    assert_true((status == PULSE_OK) == (json != NULL));
    pulse_string_free(json);
    return status;
}

static pulse_status open_another(pulse_error *error)
{
    pulse_engine *engine;
    pulse_status status = pulse_engine_open(&bundle.source, NULL, &engine, error);
    assert_true((status == PULSE_OK) == (engine != NULL));
    char *json = NULL;
    if (status == PULSE_OK)
        status = pulse_info_json(engine, &json, error);
    pulse_string_free(json);
    pulse_engine_close(engine);
    return status;
}

static pulse_status read_map(pulse_error *error)
{
    pulse_engine *engine;
    pulse_status status = pulse_engine_open(&bundle.source, NULL, &engine, error);
    char *json = NULL;
    if (status == PULSE_OK)
        status = pulse_map_json(engine, &json, error);
    assert_true((status == PULSE_OK) == (json != NULL));
    pulse_string_free(json);
    pulse_engine_close(engine);
    return status;
}

static void survives(pulse_status (*call)(pulse_error *))
{
    pulse_error error = {0};
    /* The first call builds what later ones use: it is not the one to count. */
    assert_int_equal(call(&error), PULSE_OK);
    pulse_test_fail_allocation(-1, 0);
    assert_int_equal(call(&error), PULSE_OK);
    const long allocations = pulse_test_fail_allocation(-1, 0);
    assert_true(allocations > 3);
    for (int sticky = 0; sticky < 2; ++sticky) {
        for (long n = 0; n < allocations; ++n) {
            pulse_test_fail_allocation(n, sticky);
            const pulse_status status = call(&error);
            pulse_test_fail_allocation(-1, 0);
            if (status != PULSE_E_NO_MEMORY)
                fail_msg("allocation %ld of %ld: %s: %s", n, allocations, pulse_status_name(status),
                         error.message);
        }
    }
    assert_int_equal(call(&error), PULSE_OK);
}

static void recommending_survives_without_memory(void **state)
{
    (void)state;
    survives(recommend);
}

static void recommending_in_json_survives_without_memory(void **state)
{
    (void)state;
    survives(recommend_in_json);
}

static void opening_survives_without_memory(void **state)
{
    (void)state;
    survives(open_another);
}

static void reading_the_map_survives_without_memory(void **state)
{
    (void)state;
    survives(read_map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recommending_survives_without_memory),
        cmocka_unit_test(recommending_in_json_survives_without_memory),
        cmocka_unit_test(opening_survives_without_memory),
        cmocka_unit_test(reading_the_map_survives_without_memory),
    };
    return cmocka_run_group_tests_name("engine memory", tests, set_up, tear_down);
}
