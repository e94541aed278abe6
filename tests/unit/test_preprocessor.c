/* The preprocessor: rows as docs/bundle-format.md describes them, gaps and all. */
#include "expect.h"

#include "song/preprocessor.h"

#include <float.h>
#include <math.h>

static const char sample[] =
    "{\"version\":1,\"modalities\":[\"metadata\",\"audio\",\"lyrics\",\"empty\"],"
    "\"numerical\":["
    "{\"name\":\"year\",\"modality\":\"metadata\",\"transform\":\"none\",\"mean\":1990,\"scale\":"
    "10},"
    "{\"name\":\"tempo\",\"modality\":\"audio\",\"transform\":\"log\",\"mean\":4,\"scale\":0.5,"
    "\"weight\":3},"
    "{\"name\":\"plays\",\"modality\":\"audio\",\"transform\":\"log1p\",\"mean\":0,\"scale\":1},"
    "{\"name\":\"valence\",\"modality\":\"audio\",\"transform\":\"logit\",\"mean\":0,\"scale\":2}],"
    "\"categorical\":["
    "{\"name\":\"genre\",\"modality\":\"metadata\",\"values\":[\"Pop\",\"jazz\",\"pop\","
    "\"R\\u00e9\"],"
    "\"weight\":0.5},"
    "{\"name\":\"key\",\"modality\":\"audio\",\"values\":[\"C\"]},"
    "{\"name\":\"none\",\"modality\":\"audio\",\"values\":[]}],"
    "\"lyrics\":{\"modality\":\"lyrics\",\"dimensions\":3,\"weight\":2},"
    "\"year\":\"year\",\"genre\":\"genre\",\"unknown\":{}}";

enum { NUMERICAL = 4, CATEGORICAL = 5, LYRICS = 3, MODALITIES = 4, TARGETS = 12, INPUTS = 16 };

static pulse_preprocessor *parsed(const char *text)
{
    pulse_preprocessor *p;
    expect_ok(pulse_preprocessor_parse(text, strlen(text), &p, error));
    return p;
}

static void layout_counts_columns(void **context)
{
    (void)context;
    pulse_preprocessor *p = parsed(sample);
    pulse_layout layout;
    pulse_preprocessor_layout(p, &layout);
    assert_int_equal(layout.numerical, NUMERICAL);
    assert_int_equal(layout.categorical, CATEGORICAL);
    assert_int_equal(layout.lyrics, LYRICS);
    assert_int_equal(layout.modalities, MODALITIES);
    assert_int_equal(layout.targets, TARGETS);
    assert_int_equal(layout.inputs, INPUTS);
    assert_int_equal(layout.categorical_features, 3);
    static const uint32_t modalities[TARGETS] = {0, 1, 1, 1, 0, 0, 0, 0, 1, 2, 2, 2};
    for (uint32_t i = 0; i < TARGETS; ++i)
        assert_int_equal(pulse_preprocessor_modality(p, i), modalities[i]);
    assert_string_equal(pulse_preprocessor_numerical_name(p, 1), "tempo");
    assert_string_equal(pulse_preprocessor_categorical_name(p, 1), "key");
    assert_int_equal(pulse_preprocessor_year(p), 0);
    assert_int_equal(pulse_preprocessor_genre(p), 0);
    pulse_preprocessor_free(p);
    pulse_preprocessor_free(NULL);
}

/* Applies into buffers of just the right size, and compares. */
static void check_row(const pulse_preprocessor *p, const float *numerical,
                      const char *const *categories, const float *lyrics,
                      const double wanted[INPUTS], const uint8_t wanted_present[TARGETS])
{
    float *row = malloc(INPUTS * sizeof *row);
    uint8_t *present = malloc(TARGETS);
    assert_true(row && present);
    for (int i = 0; i < INPUTS; ++i)
        row[i] = -77;
    memset(present, 9, TARGETS);
    expect_ok(pulse_preprocessor_apply(p, numerical, categories, lyrics, row, present, error));
    for (int i = 0; i < INPUTS; ++i)
        if (fabs((double)row[i] - wanted[i]) > 1e-6 * (1 + fabs(wanted[i])))
            fail_msg("column %d: %.9g, expected %.9g", i, (double)row[i], wanted[i]);
    assert_memory_equal(present, wanted_present, TARGETS);
    expect_ok(pulse_preprocessor_apply(p, numerical, categories, lyrics, row, NULL, error));
    free(row);
    free(present);
}

static void complete_songs_become_rows(void **context)
{
    (void)context;
    pulse_preprocessor *p = parsed(sample);
    const float numerical[] = {2005, 120, 9, 0.25f};
    const char *const categories[] = {"jazz", "C", "anything"};
    const float lyrics[] = {0.5f, -1, 0};
    const double wanted[INPUTS] = {1.5,       (log(120.0) - 4) / 0.5 * 3,
                                   log(10.0), log(1.0 / 3) / 2,
                                   0,         0.5,
                                   0,         0,
                                   1,         1,
                                   -2,        0,
                                   1,         1,
                                   1,         0};
    static const uint8_t present[TARGETS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    check_row(p, numerical, categories, lyrics, wanted, present);
    pulse_preprocessor_free(p);
}

static void a_target_restores_the_value_it_was_made_from(void **context)
{
    (void)context;
    pulse_preprocessor *p = parsed(sample);
    const float values[NUMERICAL] = {1969, 120, 41, 0.25f};
    const char *categories[3] = {0};
    float row[INPUTS];
    expect_ok(pulse_preprocessor_apply(p, values, categories, NULL, row, NULL, error));
    for (uint32_t i = 0; i < NUMERICAL; ++i)
        assert_float_equal(pulse_preprocessor_restore(p, i, row), values[i], 1e-3f);
    pulse_preprocessor_free(p);
}

static void missing_values_are_zero_and_absent(void **context)
{
    (void)context;
    pulse_preprocessor *p = parsed(sample);
    const float numerical[] = {NAN, NAN, NAN, NAN};
    const char *const categories[] = {NULL, "", NULL};
    static const double wanted[INPUTS] = {0};
    static const uint8_t present[TARGETS] = {0};
    check_row(p, numerical, categories, NULL, wanted, present);
    pulse_preprocessor_free(p);
}

static void values_outside_a_transform_are_missing(void **context)
{
    (void)context;
    pulse_preprocessor *p = parsed(sample);
    const float numerical[] = {NAN, 0, -0.5f, NAN};
    const char *const categories[] = {NULL, NULL, NULL};
    static const double nothing[INPUTS] = {0};
    static const uint8_t absent[TARGETS] = {0};
    check_row(p, numerical, categories, NULL, nothing, absent);
    const float edges[] = {NAN, NAN, 0, 0};
    const double clipped = log(1e-6 / (1 - 1e-6)) / 2;
    const double wanted[INPUTS] = {0, 0, 0, clipped, [13] = 1};
    static const uint8_t present[TARGETS] = {0, 0, 1, 1};
    check_row(p, edges, categories, NULL, wanted, present);
    const float above[] = {NAN, NAN, NAN, 7};
    const double wanted_above[INPUTS] = {0, 0, 0, -clipped, [13] = 1};
    static const uint8_t present_above[TARGETS] = {0, 0, 0, 1};
    check_row(p, above, categories, NULL, wanted_above, present_above);
    pulse_preprocessor_free(p);
}

static void categories_match_exactly_then_without_case(void **context)
{
    (void)context;
    static const struct {
        const char *text;
        int column; /* -1: unknown */
    } cases[] = {{"Pop", 0},       {"pop", 2},       {"POP", 0},   {"JAZZ", 1},
                 {"jazz", 1},      {"jazzy", -1},    {"jaz", -1},  {" jazz", -1},
                 {"r\xc3\xa9", 3}, {"R\xc3\xa9", 3}, {"\xff", -1}, {"zz", -1}};
    pulse_preprocessor *p = parsed(sample);
    const float numerical[] = {NAN, NAN, NAN, NAN};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const char *const categories[] = {cases[i].text, NULL, NULL};
        double wanted[INPUTS] = {0};
        uint8_t present[TARGETS] = {0};
        if (cases[i].column >= 0) {
            wanted[NUMERICAL + cases[i].column] = 0.5;
            wanted[TARGETS] = 1;
            memset(present + NUMERICAL, 1, 4);
        }
        check_row(p, numerical, categories, NULL, wanted, present);
    }
    pulse_preprocessor_free(p);
}

/* A key, which goes round after twelve, between two plain numbers; and a list of genres. */
static const char round_sample[] =
    "{\"version\":2,\"modalities\":[\"m\",\"a\"],\"numerical\":["
    "{\"name\":\"before\",\"modality\":\"m\",\"mean\":1,\"scale\":2},"
    "{\"name\":\"key\",\"modality\":\"a\",\"transform\":\"circular\",\"period\":12,\"weight\":3},"
    "{\"name\":\"after\",\"modality\":\"m\",\"mean\":0,\"scale\":1}],"
    "\"categorical\":["
    "{\"name\":\"genres\",\"modality\":\"m\",\"values\":[\"Rock\",\"pop\",\"jazz\"],\"weight\":2,"
    "\"multiple\":true},"
    "{\"name\":\"mode\",\"modality\":\"a\",\"values\":[\"0\",\"1\"],\"multiple\":false}],"
    "\"year\":\"after\",\"genre\":\"genres\"}";
enum { ROUND_NUMERICAL = 4, ROUND_TARGETS = 9, ROUND_INPUTS = 11 };

static void round_row(const pulse_preprocessor *p, const float numbers[3], const char *genres,
                      float row[ROUND_INPUTS], uint8_t present[ROUND_TARGETS])
{
    const char *const categories[] = {genres, NULL};
    for (int i = 0; i < ROUND_INPUTS; ++i)
        row[i] = -77;
    memset(present, 9, ROUND_TARGETS);
    expect_ok(pulse_preprocessor_apply(p, numbers, categories, NULL, row, present, error));
}

static void a_circular_feature_has_two_columns(void **context)
{
    (void)context;
    pulse_preprocessor *p = parsed(round_sample);
    pulse_layout layout;
    pulse_preprocessor_layout(p, &layout);
    assert_int_equal(layout.numerical_features, 3);
    assert_int_equal(layout.numerical, ROUND_NUMERICAL);
    assert_int_equal(layout.categorical, 5);
    assert_int_equal(layout.targets, ROUND_TARGETS);
    assert_int_equal(layout.inputs, ROUND_INPUTS);
    static const uint32_t modalities[ROUND_TARGETS] = {0, 1, 1, 0, 0, 0, 0, 1, 1};
    for (uint32_t i = 0; i < ROUND_TARGETS; ++i)
        assert_int_equal(pulse_preprocessor_modality(p, i), modalities[i]);
    assert_string_equal(pulse_preprocessor_numerical_name(p, 2), "after");
    assert_int_equal(pulse_preprocessor_year(p), 2);
    assert_true(pulse_preprocessor_circular(p, 1));
    assert_false(pulse_preprocessor_circular(p, 0));
    assert_true(pulse_preprocessor_multiple(p, 0));
    assert_false(pulse_preprocessor_multiple(p, 1));

    float row[ROUND_INPUTS], other[ROUND_INPUTS];
    uint8_t present[ROUND_TARGETS];
    round_row(p, (const float[]){5, 3, 7}, NULL, row, present);
    static const uint8_t known[ROUND_TARGETS] = {1, 1, 1, 1};
    assert_memory_equal(present, known, sizeof known);
    const float wanted[ROUND_INPUTS] = {2, 3, 0, 7, 0, 0, 0, 0, 0, 1, 1};
    for (int i = 0; i < ROUND_INPUTS; ++i)
        assert_float_equal(row[i], wanted[i], 1e-6f);

    /* Eleven is as near to none as one is, and a whole turn changes nothing. */
    round_row(p, (const float[]){NAN, 11, NAN}, NULL, row, present);
    round_row(p, (const float[]){NAN, 1, NAN}, NULL, other, present);
    assert_float_equal(row[1], -other[1], 1e-6f);
    assert_float_equal(row[2], other[2], 1e-6f);
    for (int turns = -3; turns <= 3; ++turns) {
        round_row(p, (const float[]){NAN, 1 + 12 * (float)turns, NAN}, NULL, row, present);
        assert_float_equal(row[1], other[1], 1e-6f);
        assert_float_equal(row[2], other[2], 1e-6f);
    }

    round_row(p, (const float[]){NAN, NAN, NAN}, NULL, row, present);
    for (int i = 0; i < ROUND_INPUTS; ++i)
        assert_true(row[i] == 0.0f);
    for (int i = 0; i < ROUND_TARGETS; ++i)
        assert_int_equal(present[i], 0);
    pulse_preprocessor_free(p);
}

static void a_circular_target_restores_where_it_points(void **context)
{
    (void)context;
    pulse_preprocessor *p = parsed(round_sample);
    float row[ROUND_INPUTS];
    uint8_t present[ROUND_TARGETS];
    for (int key = 0; key < 12; ++key) {
        round_row(p, (const float[]){NAN, (float)key, 4}, NULL, row, present);
        const float restored = pulse_preprocessor_restore(p, 1, row);
        assert_true(restored >= 0 && restored <= 12);
        assert_float_equal(cosf((restored - (float)key) * 0.5235988f), 1, 1e-5f);
        assert_float_equal(pulse_preprocessor_restore(p, 2, row), 4, 1e-6f);
    }
    row[1] = 0.4f; /* of a weight of 3: nearer to the middle than to any key */
    row[2] = -0.4f;
    assert_true(isnan(pulse_preprocessor_restore(p, 1, row)));
    pulse_preprocessor_free(p);
}

static void a_list_of_categories_sets_each_it_knows(void **context)
{
    (void)context;
    static const struct {
        const char *text;
        uint8_t set; /* bits: rock, pop, jazz */
    } cases[] = {{"rock", 1},
                 {"pop\x1fROCK", 3},
                 {"jazz\x1fskiffle\x1fpop", 6},
                 {"pop\x1fpop\x1fpop", 2},
                 {"\x1f\x1fjazz\x1f", 4},
                 {"skiffle", 0},
                 {"\x1f", 0},
                 {"", 0},
                 {"rock, pop", 0}};
    pulse_preprocessor *p = parsed(round_sample);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        float row[ROUND_INPUTS];
        uint8_t present[ROUND_TARGETS];
        round_row(p, (const float[]){NAN, NAN, NAN}, cases[i].text, row, present);
        for (int v = 0; v < 3; ++v) {
            assert_true(row[ROUND_NUMERICAL + v] == (cases[i].set >> v & 1 ? 2.0f : 0.0f));
            assert_int_equal(present[ROUND_NUMERICAL + v], cases[i].set != 0);
        }
        assert_true(row[ROUND_TARGETS] == (cases[i].set ? 1.0f : 0.0f));
    }
    /* Where a song has one value, the separator is a character like others. */
    const char *const categories[] = {NULL, "0\x1f"
                                            "1"};
    float row[ROUND_INPUTS];
    expect_ok(pulse_preprocessor_apply(p, (const float[]){NAN, NAN, NAN}, categories, NULL, row,
                                       NULL, error));
    assert_true(row[7] == 0.0f && row[8] == 0.0f);
    pulse_preprocessor_free(p);
}

static void values_that_are_not_finite_are_refused(void **context)
{
    (void)context;
    pulse_preprocessor *p = parsed(sample);
    float numerical[] = {NAN, NAN, NAN, NAN};
    const char *const categories[] = {NULL, NULL, NULL};
    float lyrics[] = {0, 0, 0};
    float row[INPUTS];
    numerical[2] = INFINITY;
    expect_fail(PULSE_E_ARGUMENT, "feature \"plays\" is infinite",
                pulse_preprocessor_apply(p, numerical, categories, lyrics, row, NULL, error));
    numerical[2] = -INFINITY;
    expect_fail(PULSE_E_ARGUMENT, "feature \"plays\" is infinite",
                pulse_preprocessor_apply(p, numerical, categories, lyrics, row, NULL, error));
    numerical[2] = NAN;
    lyrics[1] = NAN;
    expect_fail(PULSE_E_ARGUMENT, "value 1 of the lyrics embedding",
                pulse_preprocessor_apply(p, numerical, categories, lyrics, row, NULL, error));
    lyrics[1] = FLT_MAX;
    expect_fail(PULSE_E_ARGUMENT, "value 1 of the lyrics embedding",
                pulse_preprocessor_apply(p, numerical, categories, lyrics, row, NULL, error));
    pulse_preprocessor_free(p);
    p = parsed("{\"version\":1,\"modalities\":[\"a\"],\"numerical\":[{\"name\":\"x\",\"modality\":"
               "\"a\",\"mean\":0,\"scale\":1e-300}],\"categorical\":[]}");
    numerical[0] = 1e30f;
    expect_fail(PULSE_E_ARGUMENT, "feature \"x\" is 1e+30, which is too far",
                pulse_preprocessor_apply(p, numerical, categories, NULL, row, NULL, error));
    assert_int_equal(pulse_preprocessor_year(p), PULSE_PREPROCESSOR_NONE);
    assert_int_equal(pulse_preprocessor_genre(p), PULSE_PREPROCESSOR_NONE);
    pulse_preprocessor_free(p);
}

#define HEAD "{\"version\":1,\"modalities\":[\"m\"],"
#define NUM(members) HEAD "\"numerical\":[{" members "}],\"categorical\":[]}"
#define CAT(members) HEAD "\"numerical\":[],\"categorical\":[{" members "}]}"
#define GOOD "\"name\":\"x\",\"modality\":\"m\",\"mean\":0,\"scale\":1"
#define REST(rest) HEAD "\"numerical\":[{" GOOD "}],\"categorical\":[]," rest "}"

static const struct {
    const char *text;
    pulse_status status;
    const char *message;
} bad[] = {
    {"", PULSE_E_FORMAT, "preprocessor: line 1, column 1: empty"},
    {"[1,", PULSE_E_FORMAT, "preprocessor: line 1, column"},
    {"3", PULSE_E_FORMAT, "preprocessor is a number"},
    {"{}", PULSE_E_FORMAT, "preprocessor: \"version\" is missing"},
    {"{\"version\":3}", PULSE_E_VERSION, "is of version 3, this program reads versions 1 to 2"},
    {"{\"version\":0}", PULSE_E_VERSION, "is of version 0, this program reads versions 1 to 2"},
    {"{\"version\":1}", PULSE_E_FORMAT, "\"modalities\" is missing"},
    {"{\"version\":1,\"modalities\":[1]}", PULSE_E_FORMAT, "\"modalities\" must be names"},
    {"{\"version\":1,\"modalities\":[\"\"]}", PULSE_E_FORMAT, "\"modalities\" must be names"},
    {"{\"version\":1,\"modalities\":[\"m\",\"m\"]}", PULSE_E_FORMAT,
     "modality \"m\" is there twice"},
    {HEAD "\"categorical\":[]}", PULSE_E_FORMAT, "\"numerical\" is missing"},
    {HEAD "\"numerical\":[]}", PULSE_E_FORMAT, "\"categorical\" is missing"},
    {HEAD "\"numerical\":[],\"categorical\":[]}", PULSE_E_FORMAT, "there is no feature"},
    {HEAD "\"numerical\":[7],\"categorical\":[]}", PULSE_E_FORMAT, "numerical[0] is a number"},
    {HEAD "\"numerical\":[],\"categorical\":[7]}", PULSE_E_FORMAT, "categorical[0] is a number"},
    {NUM("\"name\":\"x\""), PULSE_E_FORMAT, "numerical[0]: \"modality\" is missing"},
    {NUM("\"name\":\"x\",\"modality\":\"n\""), PULSE_E_FORMAT,
     "\"modality\" is \"n\", which \"modalities\" does not have"},
    {NUM("\"modality\":\"m\",\"mean\":0,\"scale\":1"), PULSE_E_FORMAT, "\"name\" is missing"},
    {NUM("\"name\":\"\",\"modality\":\"m\",\"mean\":0,\"scale\":1"), PULSE_E_FORMAT,
     "\"name\" is empty"},
    {NUM("\"name\":\"x\",\"modality\":\"m\",\"scale\":1"), PULSE_E_FORMAT, "\"mean\" is missing"},
    {NUM("\"name\":\"x\",\"modality\":\"m\",\"mean\":0"), PULSE_E_FORMAT, "\"scale\" is missing"},
    {NUM("\"name\":\"x\",\"modality\":\"m\",\"mean\":0,\"scale\":0"), PULSE_E_FORMAT,
     "numerical[0]: \"scale\" is 0, it must be above 0"},
    {NUM("\"name\":\"x\",\"modality\":\"m\",\"mean\":0,\"scale\":-1"), PULSE_E_FORMAT,
     "\"scale\" is -1"},
    {NUM("\"name\":\"x\",\"modality\":\"m\",\"mean\":0,\"scale\":1e999"), PULSE_E_FORMAT,
     "\"scale\" is too large"},
    {NUM("\"name\":\"x\",\"modality\":\"m\",\"mean\":-1e999,\"scale\":1"), PULSE_E_FORMAT,
     "\"mean\" is too large"},
    {NUM("\"name\":\"x\",\"modality\":\"m\",\"mean\":NaN,\"scale\":1"), PULSE_E_FORMAT, "not JSON"},
    {NUM(GOOD ",\"weight\":-1"), PULSE_E_FORMAT, "\"weight\" is -1, it must be 0 or more"},
    {NUM(GOOD ",\"weight\":1e39"), PULSE_E_FORMAT, "\"weight\" is 1e+39"},
    {NUM(GOOD ",\"weight\":\"1\""), PULSE_E_FORMAT, "\"weight\" is a string"},
    {NUM(GOOD ",\"transform\":\"sqrt\""), PULSE_E_VERSION, "transform \"sqrt\" is not known"},
    {NUM("\"name\":\"x\",\"modality\":\"m\",\"transform\":\"circular\""), PULSE_E_FORMAT,
     "\"period\" is missing"},
    {NUM("\"name\":\"x\",\"modality\":\"m\",\"transform\":\"circular\",\"period\":0"),
     PULSE_E_FORMAT, "\"period\" is 0, it must be above 0"},
    {NUM("\"name\":\"x\",\"modality\":\"m\",\"transform\":\"circular\",\"period\":1e999"),
     PULSE_E_FORMAT, "\"period\" is too large"},
    {NUM(GOOD ",\"transform\":null"), PULSE_E_FORMAT, "\"transform\" is null"},
    {HEAD "\"numerical\":[{" GOOD "},{" GOOD "}],\"categorical\":[]}", PULSE_E_FORMAT,
     "\"x\" is there twice"},
    {HEAD "\"numerical\":[{" GOOD "}],\"categorical\":[{\"name\":\"x\",\"modality\":\"m\","
          "\"values\":[\"a\"]}]}",
     PULSE_E_FORMAT, "\"x\" is there twice"},
    {CAT("\"name\":\"g\",\"modality\":\"m\""), PULSE_E_FORMAT,
     "categorical[0]: \"values\" is missing"},
    {CAT("\"name\":\"g\",\"modality\":\"m\",\"values\":[1]"), PULSE_E_FORMAT,
     "\"values\" must be texts"},
    {CAT("\"name\":\"g\",\"modality\":\"m\",\"values\":[\"\"]"), PULSE_E_FORMAT, "none empty"},
    {CAT("\"name\":\"g\",\"modality\":\"m\",\"values\":[\"b\",\"a\",\"b\"]"), PULSE_E_FORMAT,
     "the value \"b\" is there twice"},
    {CAT("\"name\":\"g\",\"modality\":\"m\",\"values\":[]"), PULSE_E_FORMAT, "there is no feature"},
    {CAT("\"name\":\"g\",\"modality\":\"m\",\"values\":[\"a\"],\"multiple\":1"), PULSE_E_FORMAT,
     "\"multiple\" is a number"},
    {REST("\"lyrics\":7"), PULSE_E_FORMAT, "\"lyrics\" is a number"},
    {REST("\"lyrics\":{\"modality\":\"m\"}"), PULSE_E_FORMAT, "\"dimensions\" is missing"},
    {REST("\"lyrics\":{\"modality\":\"m\",\"dimensions\":4097}"), PULSE_E_FORMAT, "from 0 to 4096"},
    {REST("\"lyrics\":{\"dimensions\":1}"), PULSE_E_FORMAT, "\"lyrics\": \"modality\" is missing"},
    {REST("\"year\":\"y\""), PULSE_E_FORMAT, "\"year\" is \"y\", which is no numerical feature"},
    {REST("\"genre\":\"x\""), PULSE_E_FORMAT,
     "\"genre\" is \"x\", which is no categorical feature"},
};

static void names_what_is_wrong(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        pulse_preprocessor *p;
        size_t size = strlen(bad[i].text);
        uint8_t *copy = exact_copy(bad[i].text, size);
        expect_fail(bad[i].status, bad[i].message,
                    pulse_preprocessor_parse((const char *)copy, size, &p, error));
        assert_null(p);
        free(copy);
    }
}

/* `head`, `item` with its number `count` times with commas, `tail`. */
static void check_limit(const char *head, const char *item, int limit, const char *tail)
{
    for (int count = limit; count <= limit + 1; ++count) {
        size_t room = strlen(head) + (strlen(item) + 16) * (size_t)count + strlen(tail) + 1;
        char *text = malloc(room);
        assert_non_null(text);
        size_t used = (size_t)snprintf(text, room, "%s", head);
        for (int i = 0; i < count; ++i) {
            if (i)
                text[used++] = ',';
            used += (size_t)snprintf(text + used, room - used, item, i);
        }
        used += (size_t)snprintf(text + used, room - used, "%s", tail);
        pulse_preprocessor *p;
        if (count == limit) {
            expect_ok(pulse_preprocessor_parse(text, used, &p, error));
            pulse_preprocessor_free(p);
        } else {
            expect_fail(PULSE_E_FORMAT, "more than",
                        pulse_preprocessor_parse(text, used, &p, error));
        }
        free(text);
    }
}

static void keeps_to_its_limits(void **context)
{
    (void)context;
    check_limit(HEAD "\"numerical\":[",
                "{\"name\":\"x%d\",\"modality\":\"m\",\"mean\":0,\"scale\":1}", 4096,
                "],\"categorical\":[]}");
    check_limit(HEAD "\"numerical\":[],\"categorical\":[",
                "{\"name\":\"x%d\",\"modality\":\"m\",\"values\":[\"v\"]}", 256, "]}");
    check_limit(HEAD "\"numerical\":[],\"categorical\":[{\"name\":\"x\",\"modality\":\"m\","
                     "\"values\":[",
                "\"v%d\"", 4096, "]}]}");
    check_limit("{\"version\":1,\"modalities\":[", "\"m%d\"", 64,
                "],\"numerical\":[{\"name\":\"x\",\"modality\":\"m0\",\"mean\":0,\"scale\":1}],"
                "\"categorical\":[]}");
}

/* Before cJSON spends memory on them. */
static void refuses_millions_of_values(void **context)
{
    (void)context;
    const size_t size = 5000000;
    char *text = malloc(size);
    assert_non_null(text);
    for (size_t i = 0; i < size; ++i)
        text[i] = i % 2 ? ',' : '1';
    text[0] = '[';
    pulse_preprocessor *p;
    expect_fail(PULSE_E_FORMAT, "too many values", pulse_preprocessor_parse(text, size, &p, error));
    free(text);
}

static void parse_and_apply(const uint8_t *bytes, size_t size)
{
    pulse_preprocessor *p;
    pulse_error error = {0};
    if (pulse_preprocessor_parse((const char *)bytes, size, &p, &error) != PULSE_OK) {
        assert_true(error.message[0] != '\0');
        return;
    }
    pulse_layout layout;
    pulse_preprocessor_layout(p, &layout);
    float *numerical = calloc(layout.numerical + 1, sizeof *numerical);
    const char **categories = calloc(layout.categorical_features + 1, sizeof *categories);
    float *lyrics = calloc(layout.lyrics + 1, sizeof *lyrics);
    float *row = malloc(layout.inputs * sizeof *row);
    uint8_t *present = malloc(layout.targets);
    assert_true(numerical && categories && lyrics && row && present);
    for (uint32_t i = 0; i < layout.numerical; ++i)
        numerical[i] = 0.5f;
    for (uint32_t i = 0; i < layout.categorical_features; ++i)
        categories[i] = "JAZZ";
    if (pulse_preprocessor_apply(p, numerical, categories, lyrics, row, present, &error) ==
        PULSE_OK)
        for (uint32_t i = 0; i < layout.inputs; ++i)
            assert_true(isfinite(row[i]));
    for (uint32_t i = 0; i < layout.targets; ++i)
        assert_true(pulse_preprocessor_modality(p, i) < layout.modalities);
    free(numerical);
    free((void *)categories);
    free(lyrics);
    free(row);
    free(present);
    pulse_preprocessor_free(p);
}

static void survives_any_damage(void **context)
{
    (void)context;
    damage((const uint8_t *)sample, sizeof sample - 1, 20000, parse_and_apply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_counts_columns),
        cmocka_unit_test(complete_songs_become_rows),
        cmocka_unit_test(a_target_restores_the_value_it_was_made_from),
        cmocka_unit_test(missing_values_are_zero_and_absent),
        cmocka_unit_test(values_outside_a_transform_are_missing),
        cmocka_unit_test(categories_match_exactly_then_without_case),
        cmocka_unit_test(a_circular_feature_has_two_columns),
        cmocka_unit_test(a_circular_target_restores_where_it_points),
        cmocka_unit_test(a_list_of_categories_sets_each_it_knows),
        cmocka_unit_test(values_that_are_not_finite_are_refused),
        cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(keeps_to_its_limits),
        cmocka_unit_test(refuses_millions_of_values),
        cmocka_unit_test(survives_any_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
