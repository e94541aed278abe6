/* The engine in JSON: what a page, a program or a hostile client sends, and what comes back. */
#include "fixture.h"

#include <cjson/cJSON.h>

static const pulse_feature features[1] = {
    {"energy",
     "audio",
     "energy",
     "",
     "calm",
     "energetic",
     {0, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f, 0.9f, 1}},
};

#define SONGS 6

static int set_up(void **state)
{
    static const float values[SONGS] = {0.9f, 0.85f, 0.1f, NAN, 0.95f, 0.5f};
    static const float latents[SONGS][2] = {{1, 0},    {0.9f, 0.1f}, {0, 1},
                                            {-1, 0.f}, {0.7f, 0.7f}, {0.8f, -0.1f}};
    pulse_catalog_song songs[SONGS] = {
        {"10", "Glass \"Harbour\"", "Anna \\ Bo", "folk", 1999, &values[0]},
        {"11", "Paper Moons", "Cé", "folk", 2001, &values[1]},
        {"12", "Tin", "Dee", "surf", 1980, &values[2]},
        {"13", "Rust", "Eff", NULL, 0, &values[3]},
        {"14", "Salt", "Gee", "folk", 2000, &values[4]},
        {"15", "Sand", "Gee", "surf", 1998, &values[5]},
    };
    fixture *bundle = calloc(1, sizeof *bundle);
    fixture_open(bundle, features, 1, songs, SONGS, &latents[0][0], 2);
    *state = bundle;
    return 0;
}

static int tear_down(void **state)
{
    fixture_close(*state);
    free(*state);
    return 0;
}

static cJSON *recommend(fixture *bundle, const char *request)
{
    char *text;
    expect_ok(pulse_recommend_json(bundle->engine, request, strlen(request), &text, error));
    cJSON *json = cJSON_Parse(text);
    assert_non_null(json);
    pulse_string_free(text);
    return json;
}

static const cJSON *get(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    assert_non_null(value);
    return value;
}

static void recommend_gives_the_documented_members(void **state)
{
    cJSON *json = recommend(*state, "{\"seeds\":[{\"song_id\":10}],\"k\":10}");
    const cJSON *seed = cJSON_GetArrayItem(get(json, "seeds"), 0);
    assert_true(get(seed, "song_id")->valuedouble == 10.0);
    assert_string_equal(get(seed, "title")->valuestring, "Glass \"Harbour\"");
    assert_string_equal(get(seed, "artist")->valuestring, "Anna \\ Bo");
    const cJSON *results = get(json, "results");
    assert_int_equal(cJSON_GetArraySize(results), SONGS - 1);
    const cJSON *first = cJSON_GetArrayItem(results, 0);
    assert_true(get(first, "song_id")->valuedouble == 11.0);
    assert_string_equal(get(first, "artist")->valuestring, "Cé");
    assert_string_equal(get(first, "genre")->valuestring, "folk");
    assert_true(get(first, "year")->valuedouble == 2001.0);
    assert_true(get(first, "score")->valuedouble > 0.98);
    assert_true(cJSON_GetArraySize(get(first, "why")) > 0);
    const cJSON *last = cJSON_GetArrayItem(results, SONGS - 2);
    assert_true(cJSON_IsNull(get(last, "genre")));
    assert_true(cJSON_IsNull(get(last, "year")));
    cJSON_Delete(json);
}

static void seeds_are_named_by_number_by_text_and_by_title(void **state)
{
    const char *const requests[] = {
        "{\"seeds\":[{\"song_id\":11}]}",
        "{\"seeds\":[{\"song_id\":\"11\"}]}",
        "{\"seeds\":[{\"title\":\"paper moons\"}]}",
        "{\"seeds\":[{\"title\":\"PAPER MOONS\",\"artist\":\"ce\",\"weight\":2}]}",
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; ++i) {
        cJSON *json = recommend(*state, requests[i]);
        assert_true(get(cJSON_GetArrayItem(get(json, "seeds"), 0), "song_id")->valuedouble == 11.0);
        cJSON_Delete(json);
    }
}

static void every_member_of_a_request_counts(void **state)
{
    const struct {
        const char *request;
        int count;
    } cases[] = {
        {"{\"seeds\":[{\"song_id\":10}],\"k\":2}", 2},
        {"{\"seeds\":[{\"song_id\":10}],\"exclude\":[11,\"12\"]}", 3},
        {"{\"seeds\":[{\"song_id\":14}],\"exclude_seed_artists\":true}", 4},
        {"{\"seeds\":[{\"song_id\":10}],\"max_per_artist\":1}", 4},
        {"{\"seeds\":[{\"song_id\":10}],\"diversity\":0.5,\"keep_versions\":true}", 5},
        {"{\"seeds\":[{\"song_id\":10}],\"filters\":{\"genres\":[\"surf\"]}}", 2},
        {"{\"seeds\":[{\"song_id\":10}],\"filters\":{\"year_min\":2000}}", 2},
        {"{\"seeds\":[{\"song_id\":10}],\"filters\":{\"year_min\":null,\"year_max\":1998}}", 2},
        {"{\"seeds\":[{\"song_id\":10}],\"filters\":{\"features\":{\"energy\":[0.8,1]}}}", 2},
        {"{\"seeds\":[{\"song_id\":10}],\"filters\":{}}", 5},
        {" {\"seeds\":[{\"song_id\":10}]} \n", 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        cJSON *json = recommend(*state, cases[i].request);
        assert_int_equal(cJSON_GetArraySize(get(json, "results")), cases[i].count);
        cJSON_Delete(json);
    }
}

static void a_bad_request_is_refused_with_the_member_named(void **state)
{
    const struct {
        const char *request;
        pulse_status status;
        const char *named;
    } cases[] = {
        {"", PULSE_E_ARGUMENT, "request"},
        {"{", PULSE_E_ARGUMENT, "request"},
        {"[]", PULSE_E_ARGUMENT, "object"},
        {"{} {}", PULSE_E_ARGUMENT, "request"},
        {"{}", PULSE_E_ARGUMENT, "seed"},
        {"{\"seeds\":[]}", PULSE_E_ARGUMENT, "seed"},
        {"{\"seeds\":7}", PULSE_E_ARGUMENT, "seeds"},
        {"{\"seeds\":[7]}", PULSE_E_ARGUMENT, "seeds"},
        {"{\"seeds\":[{}]}", PULSE_E_ARGUMENT, "song_id"},
        {"{\"seeds\":[{\"song_id\":10,\"title\":\"Tin\"}]}", PULSE_E_ARGUMENT, "song_id"},
        {"{\"seeds\":[{\"song_id\":10.5}]}", PULSE_E_ARGUMENT, "song_id"},
        {"{\"seeds\":[{\"song_id\":[10]}]}", PULSE_E_ARGUMENT, "song_id"},
        {"{\"seeds\":[{\"song_id\":99}]}", PULSE_E_NOT_FOUND, "99"},
        {"{\"seeds\":[{\"song_id\":\"x\"}]}", PULSE_E_NOT_FOUND, "x"},
        {"{\"seeds\":[{\"title\":\"Nowhere To Be Found\"}]}", PULSE_E_NOT_FOUND, "Nowhere"},
        {"{\"seeds\":[{\"song_id\":10,\"wieght\":1}]}", PULSE_E_ARGUMENT, "wieght"},
        {"{\"seeds\":[{\"song_id\":10,\"weight\":1e999}]}", PULSE_E_ARGUMENT, "weight"},
        {"{\"seeds\":[{\"song_id\":10}],\"k\":0}", PULSE_E_ARGUMENT, "k"},
        {"{\"seeds\":[{\"song_id\":10}],\"k\":1.5}", PULSE_E_ARGUMENT, "k"},
        {"{\"seeds\":[{\"song_id\":10}],\"k\":\"5\"}", PULSE_E_ARGUMENT, "k"},
        {"{\"seeds\":[{\"song_id\":10}],\"K\":5}", PULSE_E_ARGUMENT, "K"},
        {"{\"seeds\":[{\"song_id\":10}],\"diversity\":2}", PULSE_E_ARGUMENT, "diversity"},
        {"{\"seeds\":[{\"song_id\":10}],\"exclude\":{}}", PULSE_E_ARGUMENT, "exclude"},
        {"{\"seeds\":[{\"song_id\":10}],\"keep_versions\":1}", PULSE_E_ARGUMENT, "keep_versions"},
        {"{\"seeds\":[{\"song_id\":10}],\"filters\":[]}", PULSE_E_ARGUMENT, "filters"},
        {"{\"seeds\":[{\"song_id\":10}],\"filters\":{\"genres\":[\"gabber\"]}}", PULSE_E_NOT_FOUND,
         "gabber"},
        {"{\"seeds\":[{\"song_id\":10}],\"filters\":{\"genres\":[1]}}", PULSE_E_ARGUMENT, "genres"},
        {"{\"seeds\":[{\"song_id\":10}],\"filters\":{\"features\":{\"mood\":[0,1]}}}",
         PULSE_E_NOT_FOUND, "mood"},
        {"{\"seeds\":[{\"song_id\":10}],\"filters\":{\"features\":{\"energy\":[0]}}}",
         PULSE_E_ARGUMENT, "energy"},
        {"{\"seeds\":[{\"song_id\":10}],\"filters\":{\"features\":{\"energy\":[1,0]}}}",
         PULSE_E_ARGUMENT, "energy"},
        {"{\"features\":{\"energy\":0.5}}", PULSE_E_UNSUPPORTED, "autoencoder"},
        {"{\"features\":{}}", PULSE_E_ARGUMENT, "features"},
        {"{\"features\":{\"energy\":null}}", PULSE_E_ARGUMENT, "energy"},
    };
    fixture *bundle = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char *text = (char *)state;
        pulse_error error = {0};
        pulse_status status = pulse_recommend_json(bundle->engine, cases[i].request,
                                                   strlen(cases[i].request), &text, &error);
        if (status != cases[i].status || text || !strstr(error.message, cases[i].named))
            fail_msg("%s: %s: %s", cases[i].request, pulse_status_name(status), error.message);
    }
}

static void search_gives_songs_and_repeats_the_query(void **state)
{
    fixture *bundle = *state;
    char *text;
    expect_ok(pulse_search_json(bundle->engine, "glass \"h", 10, &text, error));
    cJSON *json = cJSON_Parse(text);
    assert_string_equal(get(json, "query")->valuestring, "glass \"h");
    const cJSON *song = cJSON_GetArrayItem(get(json, "results"), 0);
    assert_true(get(song, "song_id")->valuedouble == 10.0);
    assert_null(cJSON_GetObjectItem(song, "score"));
    cJSON_Delete(json);
    pulse_string_free(text);
    expect_ok(pulse_search_json(bundle->engine, "", 10, &text, error));
    assert_string_equal(text, "{\"query\":\"\",\"results\":[]}");
    pulse_string_free(text);
}

static void info_and_song_tell_what_the_catalogue_holds(void **state)
{
    fixture *bundle = *state;
    char *text;
    expect_ok(pulse_info_json(bundle->engine, &text, error));
    cJSON *json = cJSON_Parse(text);
    assert_true(get(json, "songs")->valuedouble == SONGS);
    assert_true(get(json, "artists")->valuedouble == 5);
    assert_true(get(json, "dimensions")->valuedouble == 2);
    assert_true(get(json, "year_min")->valuedouble == 1980);
    assert_true(get(json, "year_max")->valuedouble == 2001);
    assert_int_equal(cJSON_GetArraySize(get(json, "genres")), 2);
    const cJSON *folk = cJSON_GetArrayItem(get(json, "genres"), 0);
    assert_string_equal(get(folk, "name")->valuestring, "folk");
    assert_true(get(folk, "songs")->valuedouble == 3);
    assert_int_equal(
        cJSON_GetArraySize(get(cJSON_GetArrayItem(get(json, "features"), 0), "quantiles")), 11);
    assert_string_equal(get(get(json, "manifest"), "format")->valuestring, "playlistpulse-bundle");
    cJSON_Delete(json);
    pulse_string_free(text);

    expect_ok(pulse_song_json(bundle->engine, "12", &text, error));
    json = cJSON_Parse(text);
    assert_true(fabs(get(get(json, "features"), "energy")->valuedouble - 0.1) < 1e-4);
    cJSON_Delete(json);
    pulse_string_free(text);
    expect_ok(pulse_song_json(bundle->engine, "13", &text, error));
    json = cJSON_Parse(text);
    assert_true(cJSON_IsNull(get(get(json, "features"), "energy")));
    cJSON_Delete(json);
    pulse_string_free(text);
    assert_int_equal(pulse_song_json(bundle->engine, "16", &text, NULL), PULSE_E_NOT_FOUND);
    assert_null(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recommend_gives_the_documented_members),
        cmocka_unit_test(seeds_are_named_by_number_by_text_and_by_title),
        cmocka_unit_test(every_member_of_a_request_counts),
        cmocka_unit_test(a_bad_request_is_refused_with_the_member_named),
        cmocka_unit_test(search_gives_songs_and_repeats_the_query),
        cmocka_unit_test(info_and_song_tell_what_the_catalogue_holds),
    };
    return cmocka_run_group_tests_name("json", tests, set_up, tear_down);
}
