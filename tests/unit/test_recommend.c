/* What a listener may rely on, through the public interface. */
#include "fixture.h"

#define SONGS 600
#define ARTISTS 40
#define DIMENSIONS 24
#define GENRES 5

static const pulse_feature features[2] = {
    {"energy",
     "audio",
     "energy",
     "",
     "calm",
     "energetic",
     {0, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f, 0.9f, 1}},
    {"tempo",
     "audio",
     "tempo",
     "BPM",
     "slow",
     "fast",
     {60, 72, 84, 96, 108, 120, 132, 144, 156, 168, 180}},
};

static const char *const genre_names[GENRES] = {"ambient", "folk", "polka", "surf", "techno"};

/* The whole catalogue, kept for the tests to check answers against. */
typedef struct world {
    fixture bundle;
    float latents[SONGS][DIMENSIONS];
    float values[SONGS][2];
    char titles[SONGS][32], artists[SONGS][32], ids[SONGS][16];
    pulse_catalog_song songs[SONGS];
} world;

static int set_up(void **state)
{
    world *world = calloc(1, sizeof *world);
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < SONGS; ++i) {
        for (int d = 0; d < DIMENSIONS; ++d)
            world->latents[i][d] = (float)fixture_random(&random) / 2147483648.0f - 1.0f;
        world->values[i][0] = i % 50 == 7 ? NAN : (float)(i % 101) / 100.0f;
        world->values[i][1] = 60.0f + (float)(i % 121);
        snprintf(world->ids[i], sizeof world->ids[i], "%d", 1000 + i);
        /* Songs 590 .. 599 are live versions of 0 .. 9. */
        const int work = i >= 590 ? i - 590 : i;
        snprintf(world->titles[i], sizeof world->titles[i], "Tune %d%s", work,
                 i >= 590 ? " (Live)" : "");
        snprintf(world->artists[i], sizeof world->artists[i], "Band %d", work % ARTISTS);
        world->songs[i] = (pulse_catalog_song){.song_id = world->ids[i],
                                               .title = world->titles[i],
                                               .artist = world->artists[i],
                                               .genre = i % 9 == 4 ? NULL : genre_names[i % GENRES],
                                               .year = i % 10 == 3 ? 0 : 1960 + i % 60,
                                               .features = world->values[i]};
    }
    fixture_open(&world->bundle, features, 2, world->songs, SONGS, &world->latents[0][0],
                 DIMENSIONS);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world *world = *state;
    fixture_close(&world->bundle);
    free(world);
    return 0;
}

static pulse_results *recommend(world *world, const pulse_query *query)
{
    pulse_results *results;
    expect_ok(pulse_recommend(world->bundle.engine, query, &results, error));
    return results;
}

static pulse_status recommend_status(world *world, const pulse_query *query, pulse_error *error)
{
    pulse_results *results = (pulse_results *)world;
    pulse_status status = pulse_recommend(world->bundle.engine, query, &results, error);
    assert_null(results);
    return status;
}

static pulse_query one_seed(const pulse_seed *seed)
{
    pulse_query query = pulse_query_default();
    query.seeds = seed;
    query.seed_count = 1;
    return query;
}

static double cosine(const float *a, const float *b)
{
    double ab = 0, aa = 0, bb = 0;
    for (int d = 0; d < DIMENSIONS; ++d) {
        ab += (double)a[d] * b[d];
        aa += (double)a[d] * a[d];
        bb += (double)b[d] * b[d];
    }
    return ab / sqrt(aa * bb);
}

static void recommend_orders_by_cosine(void **state)
{
    world *world = *state;
    const pulse_seed seed = {17, 1.0f};
    pulse_query query = one_seed(&seed);
    query.k = SONGS;
    query.keep_versions = true;
    pulse_results *results = recommend(world, &query);
    assert_int_equal(results->count, SONGS - 1);
    for (size_t i = 0; i < results->count; ++i) {
        const pulse_result *result = &results->items[i];
        double expected = cosine(world->latents[17], world->latents[result->song.song]);
        assert_true(fabs(expected - result->score) < 0.02);
        assert_true(i == 0 || result->score <= results->items[i - 1].score);
    }
    pulse_results_free(results);
}

static void recommend_never_returns_a_seed_nor_a_version_of_it(void **state)
{
    world *world = *state;
    const pulse_seed seeds[2] = {{3, 1.0f}, {595, 0.5f}};
    pulse_query query = pulse_query_default();
    query.seeds = seeds;
    query.seed_count = 2;
    query.k = SONGS;
    pulse_results *results = recommend(world, &query);
    for (size_t i = 0; i < results->count; ++i) {
        const uint32_t song = results->items[i].song.song;
        assert_true(song != 3 && song != 593 && song != 5 && song != 595);
    }
    /* 600 songs in 590 works, two of which are the seeds'. */
    assert_int_equal(results->count, 588);
    pulse_results_free(results);
}

static void recommend_returns_the_better_version_only(void **state)
{
    world *world = *state;
    const pulse_seed seed = {100, 1.0f};
    pulse_query query = one_seed(&seed);
    query.k = SONGS;
    pulse_results *folded = recommend(world, &query);
    query.keep_versions = true;
    pulse_results *all = recommend(world, &query);
    bool seen[10] = {false};
    size_t next = 0;
    for (size_t i = 0; i < all->count; ++i) {
        const uint32_t song = all->items[i].song.song;
        const uint32_t work = song >= 590 ? song - 590 : song;
        if (work < 10 && seen[work])
            continue;
        if (work < 10)
            seen[work] = true;
        assert_int_equal(folded->items[next++].song.song, song);
    }
    assert_int_equal(folded->count, next);
    pulse_results_free(folded);
    pulse_results_free(all);
}

static void recommend_shares_places_among_artists(void **state)
{
    world *world = *state;
    const pulse_seed seed = {41, 1.0f};
    pulse_query query = one_seed(&seed);
    query.k = SONGS;
    query.max_per_artist = 2;
    pulse_results *results = recommend(world, &query);
    assert_int_equal(results->count, 2 * ARTISTS);
    query.k = 2 * ARTISTS - 1;
    query.diversity = 0.7f;
    pulse_results *diverse = recommend(world, &query);
    assert_int_equal(diverse->count, query.k);
    for (int pass = 0; pass < 2; ++pass) {
        const pulse_results *list = pass ? diverse : results;
        int by_artist[ARTISTS] = {0};
        for (size_t i = 0; i < list->count; ++i)
            assert_true(++by_artist[atoi(list->items[i].song.artist + 5)] <= 2);
    }
    pulse_results_free(results);
    pulse_results_free(diverse);
}

static void recommend_holds_every_filter(void **state)
{
    world *world = *state;
    const pulse_seed seed = {41, 1.0f};
    const uint32_t exclude[2] = {45, 50};
    pulse_query query = one_seed(&seed);
    pulse_info info;
    pulse_engine_info(world->bundle.engine, &info);
    uint32_t folk = 0;
    while (strcmp(info.genres[folk], "folk") != 0)
        ++folk;
    const pulse_range range = {0, 0.2f, 0.8f};
    query.k = SONGS;
    query.exclude = exclude;
    query.exclude_count = 2;
    query.exclude_seed_artists = true;
    query.genres = &folk;
    query.genre_count = 1;
    query.year_min = 1970;
    query.year_max = 1999;
    query.ranges = &range;
    query.range_count = 1;
    pulse_results *results = recommend(world, &query);
    size_t expected = 0;
    for (uint32_t i = 0; i < SONGS; ++i) {
        const pulse_catalog_song *song = &world->songs[i];
        const uint32_t work = i >= 590 ? i - 590 : i;
        expected += song->genre && strcmp(song->genre, "folk") == 0 && song->year >= 1970 &&
                    song->year <= 1999 && world->values[i][0] > 0.1999f &&
                    world->values[i][0] < 0.8001f && work % ARTISTS != 1 && i < 590;
    }
    assert_true(expected > 10);
    assert_int_equal(results->count, expected);
    for (size_t i = 0; i < results->count; ++i) {
        const pulse_song *song = &results->items[i].song;
        assert_string_equal(song->genre, "folk");
        assert_in_range(song->year, 1970, 1999);
        assert_string_not_equal(song->artist, "Band 1");
    }
    pulse_results_free(results);
}

static void recommend_gives_k_while_candidates_remain(void **state)
{
    world *world = *state;
    const pulse_seed seed = {41, 1.0f};
    pulse_query query = one_seed(&seed);
    const uint32_t ks[] = {1, 10, 511, 513, 588, 1000000};
    for (size_t i = 0; i < sizeof ks / sizeof *ks; ++i) {
        for (int diverse = 0; diverse < 2; ++diverse) {
            query.k = ks[i];
            query.diversity = diverse ? 1.0f : 0.0f;
            pulse_results *results = recommend(world, &query);
            assert_int_equal(results->count, ks[i] < 589 ? ks[i] : 589);
            uint8_t seen[SONGS] = {0};
            for (size_t r = 0; r < results->count; ++r)
                assert_int_equal(seen[results->items[r].song.song]++, 0);
            pulse_results_free(results);
        }
    }
}

static void diversity_makes_results_less_alike(void **state)
{
    world *world = *state;
    const pulse_seed seed = {200, 1.0f};
    pulse_query query = one_seed(&seed);
    double alike[3];
    for (int step = 0; step < 3; ++step) {
        query.diversity = (float)step / 2.0f;
        pulse_results *results = recommend(world, &query);
        alike[step] = 0;
        for (size_t a = 0; a < results->count; ++a)
            for (size_t b = 0; b < a; ++b)
                alike[step] += cosine(world->latents[results->items[a].song.song],
                                      world->latents[results->items[b].song.song]);
        pulse_results_free(results);
    }
    assert_true(alike[0] > alike[1] && alike[1] > alike[2]);
}

static void a_negative_seed_pushes_its_neighbours_down(void **state)
{
    world *world = *state;
    const pulse_seed seeds[2] = {{10, 1.0f}, {20, -0.8f}};
    pulse_query query = pulse_query_default();
    query.seeds = seeds;
    query.k = 20;
    double near[2] = {0};
    for (size_t count = 1; count <= 2; ++count) {
        query.seed_count = count;
        pulse_results *results = recommend(world, &query);
        for (size_t i = 0; i < results->count; ++i)
            near[count - 1] +=
                cosine(world->latents[20], world->latents[results->items[i].song.song]);
        pulse_results_free(results);
    }
    assert_true(near[1] < near[0]);
}

static void a_result_says_why_in_a_listeners_words(void **state)
{
    world *world = *state;
    const pulse_seed seed = {95, 1.0f}; /* energy 0.95, ambient, Band 15, 1995 */
    pulse_query query = one_seed(&seed);
    query.k = SONGS;
    pulse_results *results = recommend(world, &query);
    size_t energetic = 0, same_artist = 0;
    for (size_t i = 0; i < results->count; ++i) {
        const pulse_result *result = &results->items[i];
        const float energy = world->values[result->song.song][0];
        assert_in_range(result->why_count, 0, 3);
        for (size_t w = 0; w < result->why_count; ++w) {
            if (strcmp(result->why[w], "energetic") == 0) {
                assert_true(energy >= 0.65f);
                ++energetic;
            }
            if (strcmp(result->why[w], "same artist") == 0) {
                assert_string_equal(result->song.artist, "Band 15");
                assert_int_equal(w, 0);
                ++same_artist;
            }
            assert_string_not_equal(result->why[w], "calm");
        }
    }
    assert_true(energetic > 50);
    assert_int_equal(same_artist, 14);
    pulse_results_free(results);
}

static void a_vector_is_as_good_as_a_seed(void **state)
{
    world *world = *state;
    float vector[DIMENSIONS];
    expect_ok(pulse_get_vector(world->bundle.engine, 77, vector, error));
    const pulse_seed seed = {77, 2.0f};
    pulse_query query = one_seed(&seed);
    query.keep_versions = true;
    pulse_results *by_seed = recommend(world, &query);
    query = pulse_query_default();
    query.vector = vector;
    query.keep_versions = true;
    query.k = 11;
    pulse_results *by_vector = recommend(world, &query);
    assert_int_equal(by_vector->items[0].song.song, 77);
    for (size_t i = 0; i < 10; ++i)
        assert_int_equal(by_vector->items[i + 1].song.song, by_seed->items[i].song.song);
    pulse_results_free(by_seed);
    pulse_results_free(by_vector);
}

static void a_query_that_cannot_be_is_refused(void **state)
{
    world *world = *state;
    const pulse_seed good = {1, 1.0f}, absent = {SONGS, 1.0f}, weightless = {1, 0.0f};
    const pulse_seed not_a_number = {1, NAN}, cancelling[2] = {{1, 1.0f}, {1, -1.0f}};
    const uint32_t far = SONGS, no_genre = GENRES;
    const pulse_range no_feature = {2, 0, 1}, backwards = {0, 1, 0};
    pulse_error error;
    pulse_query query = pulse_query_default();
    assert_int_equal(recommend_status(world, &query, &error), PULSE_E_ARGUMENT);
    query = one_seed(&absent);
    assert_int_equal(recommend_status(world, &query, &error), PULSE_E_NOT_FOUND);
    query = one_seed(&weightless);
    assert_int_equal(recommend_status(world, &query, &error), PULSE_E_ARGUMENT);
    query = one_seed(&not_a_number);
    assert_int_equal(recommend_status(world, &query, &error), PULSE_E_ARGUMENT);
    query = one_seed(cancelling);
    query.seed_count = 2;
    assert_int_equal(recommend_status(world, &query, &error), PULSE_E_ARGUMENT);
    assert_non_null(strstr(error.message, "cancel"));
    query = one_seed(&good);
    query.k = 0;
    assert_int_equal(recommend_status(world, &query, &error), PULSE_E_ARGUMENT);
    query = one_seed(&good);
    query.diversity = 1.5f;
    assert_int_equal(recommend_status(world, &query, NULL), PULSE_E_ARGUMENT);
    query.diversity = NAN;
    assert_int_equal(recommend_status(world, &query, NULL), PULSE_E_ARGUMENT);
    query = one_seed(&good);
    query.exclude = &far;
    query.exclude_count = 1;
    assert_int_equal(recommend_status(world, &query, NULL), PULSE_E_NOT_FOUND);
    query = one_seed(&good);
    query.genres = &no_genre;
    query.genre_count = 1;
    assert_int_equal(recommend_status(world, &query, NULL), PULSE_E_NOT_FOUND);
    query = one_seed(&good);
    query.ranges = &no_feature;
    query.range_count = 1;
    assert_int_equal(recommend_status(world, &query, NULL), PULSE_E_NOT_FOUND);
    query.ranges = &backwards;
    assert_int_equal(recommend_status(world, &query, NULL), PULSE_E_ARGUMENT);
    query = one_seed(&good);
    query.year_min = 2000;
    query.year_max = 1990;
    assert_int_equal(recommend_status(world, &query, NULL), PULSE_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recommend_orders_by_cosine),
        cmocka_unit_test(recommend_never_returns_a_seed_nor_a_version_of_it),
        cmocka_unit_test(recommend_returns_the_better_version_only),
        cmocka_unit_test(recommend_shares_places_among_artists),
        cmocka_unit_test(recommend_holds_every_filter),
        cmocka_unit_test(recommend_gives_k_while_candidates_remain),
        cmocka_unit_test(diversity_makes_results_less_alike),
        cmocka_unit_test(a_negative_seed_pushes_its_neighbours_down),
        cmocka_unit_test(a_result_says_why_in_a_listeners_words),
        cmocka_unit_test(a_vector_is_as_good_as_a_seed),
        cmocka_unit_test(a_query_that_cannot_be_is_refused),
    };
    return cmocka_run_group_tests_name("recommend", tests, set_up, tear_down);
}
