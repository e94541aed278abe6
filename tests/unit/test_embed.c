/* Songs that are not in the catalogue, by what is known of them: numbers, one that goes round, and
 * categories, one of which a song may have several of. */
#include "fixture.h"

/* Columns: sine and cosine of the key, energy; rock, pop, jazz; minor, major; and the flag. The
 * model leaves them as they are. */
enum { COLUMNS = 8, INPUTS = 9, SONGS = 7 };

static const char preprocessor[] =
    "{\"version\":2,\"modalities\":[\"all\"],\"numerical\":["
    "{\"name\":\"key\",\"modality\":\"all\",\"transform\":\"circular\",\"period\":12},"
    "{\"name\":\"energy\",\"modality\":\"all\",\"mean\":0,\"scale\":1}],"
    "\"categorical\":["
    "{\"name\":\"tags\",\"modality\":\"all\",\"multiple\":true,"
    "\"values\":[\"rock\",\"pop\",\"jazz\"]},"
    "{\"name\":\"mode\",\"modality\":\"all\",\"values\":[\"minor\",\"major\"]}],"
    "\"genre\":\"tags\"}";

static const pulse_feature features[2] = {
    {"key", "all", "key", "", "", "", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11}},
    {"energy",
     "all",
     "energy",
     "",
     "calm",
     "energetic",
     {0, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f, 0.9f, 1}},
};

static uint8_t *make_autoencoder(size_t *size)
{
    static float encoder[COLUMNS][INPUTS], decoder[COLUMNS][COLUMNS], none[COLUMNS];
    for (int i = 0; i < COLUMNS; ++i)
        encoder[i][i] = decoder[i][i] = 1;
    const pulse_tensor tensors[] = {
        {"encoder.0.weight", PULSE_F32, 2, {COLUMNS, INPUTS}, encoder, sizeof encoder},
        {"encoder.0.bias", PULSE_F32, 1, {COLUMNS}, none, sizeof none},
        {"decoder.0.weight", PULSE_F32, 2, {COLUMNS, COLUMNS}, decoder, sizeof decoder},
        {"decoder.0.bias", PULSE_F32, 1, {COLUMNS}, none, sizeof none}};
    const pulse_pair metadata[] = {{"format", "playlistpulse-autoencoder"},
                                   {"version", "1"},
                                   {"activation", "relu"},
                                   {"preprocessor", preprocessor}};
    uint8_t *bytes;
    expect_ok(pulse_safetensors_write(tensors, 4, metadata, 4, &bytes, size, error));
    return bytes;
}

static int set_up(void **state)
{
    /* Each song is in the direction of what its title says. */
    static const float values[2] = {NAN, NAN};
    static const char *const titles[SONGS] = {"key 3",    "key 0", "key 9", "rock",
                                              "rock pop", "jazz",  "major"};
    static const float latents[SONGS][COLUMNS] = {
        {1},
        {0, 1},
        {-1},
        {0, 0, 0, 1},
        {0, 0, 0, 1, 1},
        {0, 0, 0, 0, 0, 1},
        {0, 0, 0, 0, 0, 0, 0, 1},
    };
    pulse_catalog_song songs[SONGS];
    char ids[SONGS][2] = {{0}};
    for (int i = 0; i < SONGS; ++i) {
        ids[i][0] = (char)('0' + i);
        songs[i] = (pulse_catalog_song){
            .song_id = ids[i], .title = titles[i], .artist = titles[i], .features = values};
    }
    fixture *bundle = calloc(1, sizeof *bundle);
    uint8_t *autoencoder = make_autoencoder(&fixture_autoencoder_size);
    fixture_autoencoder = autoencoder;
    fixture_open(bundle, features, 2, songs, SONGS, &latents[0][0], COLUMNS);
    fixture_autoencoder = NULL;
    pulse_bytes_free(autoencoder);
    *state = bundle;
    return 0;
}

static int tear_down(void **state)
{
    fixture_close(*state);
    free(*state);
    return 0;
}

static void a_song_lands_where_its_values_are(void **state)
{
    const fixture *bundle = *state;
    static const struct {
        const char *features, *nearest;
    } cases[] = {
        {"{\"key\":3}", "key 3"},
        {"{\"key\":0}", "key 0"},
        {"{\"key\":12}", "key 0"},
        {"{\"key\":9}", "key 9"},
        {"{\"key\":11}", "key 0"},
        {"{\"tags\":\"rock\"}", "rock"},
        {"{\"tags\":[\"ROCK\"]}", "rock"},
        {"{\"tags\":[\"rock\",\"pop\"]}", "rock pop"},
        {"{\"tags\":[\"pop\",\"unheard of\",\"rock\"]}", "rock pop"},
        {"{\"genre\":[\"jazz\"]}", "jazz"},
        {"{\"mode\":\"major\"}", "major"},
        {"{\"mode\":[\"major\"],\"tags\":[]}", "major"},
        {"{\"key\":0,\"energy\":false,\"tags\":[]}", "key 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char request[256], wanted[64], *json;
        snprintf(request, sizeof request, "{\"features\":%s,\"k\":1}", cases[i].features);
        snprintf(wanted, sizeof wanted, "\"title\":\"%s\"", cases[i].nearest);
        expect_ok(pulse_recommend_json(bundle->engine, request, strlen(request), &json, error));
        if (!strstr(json, wanted))
            fail_msg("%s gave %s", request, json);
        pulse_string_free(json);
    }
}

static void values_that_do_not_fit_are_refused(void **state)
{
    const fixture *bundle = *state;
    static const struct {
        const char *features, *message;
    } cases[] = {
        {"{\"key\":[3]}", "\"key\" must be a number"},
        {"{\"key\":\"C\"}", "\"key\" must be a number"},
        {"{\"tags\":3}", "\"tags\" must be a text or a list of texts"},
        {"{\"tags\":true}", "\"tags\" must be a text or a list of texts"},
        {"{\"tags\":[\"rock\",3]}", "\"tags\" must be a number, a text or a list of texts"},
        {"{\"tags\":[[\"rock\"]]}", "\"tags\" must be a number, a text or a list of texts"},
        {"{\"tags\":{\"rock\":1}}", "\"tags\" must be a number, a text or a list of texts"},
        {"{\"mode\":[\"minor\",\"major\"]}", "\"mode\" must be a text"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char request[256], *json;
        snprintf(request, sizeof request, "{\"features\":%s}", cases[i].features);
        expect_fail(PULSE_E_ARGUMENT, cases[i].message,
                    pulse_recommend_json(bundle->engine, request, strlen(request), &json, error));
    }
}

static void values_given_are_known_of_the_song(void **state)
{
    const fixture *bundle = *state;
    const pulse_value values[] = {{.name = "key", .number = 7},
                                  {.name = "tags", .text = "rock" PULSE_LIST_SEPARATOR "jazz"}};
    float vector[COLUMNS], known[2];
    expect_ok(pulse_embed_song(bundle->engine, values, 2, NULL, 0, vector, known, error));
    assert_true(known[0] == 7.0f);
    assert_true(isnan(known[1]));
    const double length = sqrt(3); /* a point on the circle, and two tags */
    assert_float_equal(vector[0], -0.5 / length, 1e-6);
    assert_float_equal(vector[1], -sqrt(0.75) / length, 1e-6);
    assert_float_equal(vector[3], 1 / length, 1e-6);
    assert_float_equal(vector[5], 1 / length, 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_song_lands_where_its_values_are),
        cmocka_unit_test(values_that_do_not_fit_are_refused),
        cmocka_unit_test(values_given_are_known_of_the_song),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
