/* What a column is taken for, from its name and values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ingest/infer.h"

enum { ROWS = 200, MOST = 12 };

/* Columns given as functions of the row. */
typedef void (*column_fn)(int row, char *out);

typedef struct sheet {
    pulse_schema schema;
    column_fn columns[MOST];
    pulse_column_stats stats[MOST];
    double samples[ROWS * MOST];
} sheet;

static void number(int row, char *out)
{
    sprintf(out, "0.%03d", (row * 37 + 11) % 991);
}
static void number_scaled(int row, char *out)
{
    sprintf(out, "%g", 100 - 50 * ((row * 37 + 11) % 991) / 1000.0);
}
static void other_number(int row, char *out)
{
    sprintf(out, "%d.5", (row * 71 + 3) % 97);
}
static void long_tailed_count(int row, char *out)
{
    sprintf(out, "%d", row % 50 ? 1 + (row * 37) % 173 : 80000 + row);
}
static void long_tailed_share(int row, char *out)
{
    sprintf(out, "%g", row % 40 != 13 ? 0.0005 + (row * 37) % 173 * 1e-6 : 0.9 - row * 1e-4);
}
static void few(int row, char *out)
{
    sprintf(out, "kind %d", row % 5);
}
static void many(int row, char *out)
{
    sprintf(out, "name %d", row);
}
static void counter(int row, char *out)
{
    sprintf(out, "%d", row + 100);
}
static void year(int row, char *out)
{
    sprintf(out, "%d", 1950 + (row * 13) % 70);
}
static void date(int row, char *out)
{
    sprintf(out, "%d-0%d-1%d", 1950 + (row * 13) % 70, 1 + row % 9, row % 10);
}
static void words(int row, char *out)
{
    sprintf(out, "la la la number %d goes on and on and on", row);
}
static void constant(int row, char *out)
{
    (void)row;
    strcpy(out, "0.5");
}
static void nothing(int row, char *out)
{
    (void)row;
    out[0] = 0;
}
static void number_with_gaps(int row, char *out)
{
    if (row % 3 == 0)
        strcpy(out, row % 2 ? "NaN" : "");
    else
        other_number(row, out);
}
static void number_with_slips(int row, char *out)
{
    if (row % 20 == 7)
        strcpy(out, "n.n.");
    else
        other_number(row, out);
}

static sheet *make(const char *const *names, const column_fn *columns, uint32_t count)
{
    sheet *s = calloc(1, sizeof *s);
    s->schema.columns = pulse_need(count, sizeof *s->schema.columns);
    s->schema.count = count;
    for (uint32_t c = 0; c < count; ++c) {
        s->schema.columns[c].name = pulse_need_text(names[c]);
        s->columns[c] = columns[c];
    }
    return s;
}

static int infer(sheet *s, const pulse_declaration *declaration, pulse_failure *failure)
{
    static const pulse_reading any = {true, true, true, true};
    const int code = pulse_infer_begin("songs.csv", &s->schema, declaration, failure);
    if (code)
        return code;
    for (uint32_t c = 0; c < s->schema.count; ++c) {
        for (int row = 0; row < ROWS; ++row) {
            char text[128];
            s->columns[c](row, text);
            pulse_column_stats_add(&s->stats[c], &s->schema.columns[c], text, strlen(text),
                                   (uint64_t)row + 2);
            pulse_column_value(&s->schema.columns[c], any, text,
                               &s->samples[(size_t)row * s->schema.count + c]);
        }
    }
    return pulse_infer("songs.csv", &s->schema, s->stats, s->samples, ROWS, declaration, failure);
}

static void done(sheet *s)
{
    for (uint32_t c = 0; c < s->schema.count; ++c)
        pulse_column_stats_free(&s->stats[c]);
    pulse_schema_free(&s->schema);
    free(s);
}

static pulse_role role_of(const sheet *s, const char *name)
{
    return s->schema.columns[pulse_schema_column(&s->schema, name)].role;
}

static void knows_roles_by_their_names(void **state)
{
    (void)state;
    const char *const names[] = {"Track ID",       "Name",   "Artists", "album_release_date",
                                 "Playlist Genre", "lyrics", "energy"};
    const column_fn columns[] = {many, many, few, date, few, words, number};
    sheet *s = make(names, columns, 7);
    pulse_failure failure;
    assert_int_equal(infer(s, NULL, &failure), 0);
    assert_int_equal(role_of(s, "Track ID"), PULSE_ROLE_ID);
    assert_int_equal(role_of(s, "Name"), PULSE_ROLE_TITLE);
    assert_int_equal(role_of(s, "Artists"), PULSE_ROLE_ARTIST);
    assert_int_equal(role_of(s, "album_release_date"), PULSE_ROLE_YEAR);
    assert_int_equal(role_of(s, "Playlist Genre"), PULSE_ROLE_GENRE);
    assert_int_equal(role_of(s, "lyrics"), PULSE_ROLE_LYRICS);
    assert_int_equal(role_of(s, "energy"), PULSE_ROLE_NUMERICAL);
    const pulse_column *energy = &s->schema.columns[6];
    assert_string_equal(energy->modality, "audio");
    assert_string_equal(energy->low, "calm");
    assert_string_equal(energy->high, "energetic");
    done(s);
}

static void knows_features_by_their_values(void **state)
{
    (void)state;
    const char *const names[] = {"title", "artist", "glow", "mood kind", "notes",
                                 "seen",  "empty",  "flat", "gaps",      "slips"};
    const column_fn columns[] = {many,
                                 few,
                                 number,
                                 few,
                                 many,
                                 counter,
                                 nothing,
                                 constant,
                                 number_with_gaps,
                                 number_with_slips};
    sheet *s = make(names, columns, 10);
    pulse_failure failure;
    assert_int_equal(infer(s, NULL, &failure), 0);
    assert_int_equal(role_of(s, "glow"), PULSE_ROLE_NUMERICAL);
    assert_string_equal(s->schema.columns[2].modality, "descriptors");
    assert_string_equal(s->schema.columns[2].high, "high glow");
    assert_int_equal(role_of(s, "mood kind"), PULSE_ROLE_CATEGORICAL);
    const char *const ignored[] = {"notes", "seen", "empty", "flat"};
    for (size_t i = 0; i < 4; ++i) {
        assert_int_equal(role_of(s, ignored[i]), PULSE_ROLE_IGNORED);
        assert_non_null(s->schema.columns[pulse_schema_column(&s->schema, ignored[i])].reason);
    }
    assert_int_equal(role_of(s, "gaps"), PULSE_ROLE_NUMERICAL);
    assert_int_equal(role_of(s, "slips"), PULSE_ROLE_IGNORED); /* says the same as gaps */
    done(s);
}

static void leaves_out_what_another_column_says(void **state)
{
    (void)state;
    const char *const names[] = {"age", "title", "artist", "year", "glow", "dim"};
    const column_fn columns[] = {year, many, few, year, number, number_scaled};
    sheet *s = make(names, columns, 6);
    pulse_failure failure;
    assert_int_equal(infer(s, NULL, &failure), 0);
    assert_int_equal(role_of(s, "year"), PULSE_ROLE_YEAR);
    assert_int_equal(role_of(s, "age"), PULSE_ROLE_IGNORED); /* though it comes first */
    assert_int_equal(role_of(s, "glow"), PULSE_ROLE_NUMERICAL);
    assert_int_equal(role_of(s, "dim"), PULSE_ROLE_IGNORED);
    done(s);
}

static void a_declaration_wins(void **state)
{
    (void)state;
    const char *const names[] = {"title", "caption", "artist", "glow", "dust", "kind"};
    const column_fn columns[] = {many, many, few, number, other_number, few};
    sheet *s = make(names, columns, 6);
    pulse_declaration declaration = {
        .json = cJSON_Parse("{\"title\":\"caption\",\"numerical\":[{\"column\":\"glow\",\"high\":"
                            "\"shiny\",\"transform\":\"logit\"}]}"),
        .path = "schema.json"};
    pulse_failure failure;
    assert_int_equal(infer(s, &declaration, &failure), 0);
    assert_int_equal(role_of(s, "caption"), PULSE_ROLE_TITLE);
    assert_int_not_equal(role_of(s, "title"), PULSE_ROLE_TITLE);
    assert_int_equal(role_of(s, "glow"), PULSE_ROLE_NUMERICAL);
    assert_string_equal(s->schema.columns[3].high, "shiny");
    assert_string_equal(s->schema.columns[3].transform, "logit");
    assert_int_equal(role_of(s, "dust"), PULSE_ROLE_IGNORED); /* the list is complete */
    assert_int_equal(role_of(s, "kind"), PULSE_ROLE_CATEGORICAL);
    cJSON_Delete(declaration.json);
    done(s);
}

static void refused(const char *const *names, const column_fn *columns, uint32_t count,
                    const char *declared, const char *expected)
{
    sheet *s = make(names, columns, count);
    pulse_declaration declaration = {.json = cJSON_Parse(declared), .path = "schema.json"};
    pulse_failure failure = {0};
    assert_int_equal(infer(s, declared[0] ? &declaration : NULL, &failure), PULSE_EXIT_INPUT);
    if (!strstr(failure.message, expected))
        fail_msg("\"%s\" lacks \"%s\"", failure.message, expected);
    cJSON_Delete(declaration.json);
    done(s);
}

static void looks_at_counts_by_their_logarithm_and_at_shares_as_they_are(void **state)
{
    (void)state;
    const char *const names[] = {"title", "artist", "plays", "share", "energy"};
    const column_fn columns[] = {many, few, long_tailed_count, long_tailed_share, number};
    sheet *s = make(names, columns, 5);
    pulse_failure failure;
    assert_int_equal(infer(s, NULL, &failure), 0);
    assert_string_equal(s->schema.columns[2].transform, "log");
    for (int column = 3; column < 5; ++column) {
        const char *transform = s->schema.columns[column].transform;
        assert_int_equal(s->schema.columns[column].role, PULSE_ROLE_NUMERICAL);
        assert_string_equal(transform ? transform : "none", "none");
    }
    done(s);
}

static void refuses_what_cannot_be_a_catalogue(void **state)
{
    (void)state;
    const char *const names[] = {"title", "artist", "glow", "kind"};
    const column_fn columns[] = {many, few, number, few};
    refused(names + 1, columns + 1, 3, "", "title");
    const char *const no_artist[] = {"title", "glow"};
    const column_fn no_artist_columns[] = {many, number};
    refused(no_artist, no_artist_columns, 2, "", "artist");
    refused(names, columns, 2, "", "feature");
    refused(names, columns, 4, "{\"title\":\"nope\"}", "nope");
    refused(names, columns, 4, "{\"numerical\":[\"kind\"]}", "line 2, column \"kind\"");
    refused(names, columns, 4, "{\"title\":\"kind\",\"categorical\":[\"kind\"]}", "twice");
}

static void reads_numbers_strictly(void **state)
{
    (void)state;
    double value;
    assert_int_equal(pulse_cell_number("1.5e3", &value), PULSE_CELL_NUMBER);
    assert_true(value == 1500.0);
    assert_int_equal(pulse_cell_number(" -.5 ", &value), PULSE_CELL_NUMBER);
    const char *const texts[] = {"12x", "0x10", "1,5", "one", "1 2", "--1", "."};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
        assert_int_equal(pulse_cell_number(texts[i], &value), PULSE_CELL_TEXT);
        assert_true(isnan(value));
    }
    const char *const missing[] = {"", "NaN", "null", "N/A", "None"};
    for (size_t i = 0; i < sizeof missing / sizeof *missing; ++i)
        assert_int_equal(pulse_cell_number(missing[i], &value), PULSE_CELL_MISSING);
    const char *const infinite[] = {"inf", "-Infinity", "1e999"};
    for (size_t i = 0; i < sizeof infinite / sizeof *infinite; ++i)
        assert_int_equal(pulse_cell_number(infinite[i], &value), PULSE_CELL_INFINITE);
}

static void reads_years_and_dates(void **state)
{
    (void)state;
    const char *const good[] = {"1999",          "1999-03",      "1999-03-01",
                                "1999/3/1",      "1999.0",       " 1999 ",
                                "03/01/1999",    "1.3.1999",     "1999-03-01T00:00:00Z",
                                "March 1, 1999", "1 March 1999", "Mar-1999"};
    for (size_t i = 0; i < sizeof good / sizeof *good; ++i)
        assert_int_equal(pulse_cell_year(good[i]), 1999);
    const char *const bad[] = {"",       "99",     "19990",     "1999x",    "1999-",   "0099",
                               "1999.5", "3/1/99", "line 1999", "123 1999", "sixties", "1 1999x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i)
        assert_int_equal(pulse_cell_year(bad[i]), 0);
}

static void key(int row, char *out)
{
    sprintf(out, "%d", row % 9 == 4 ? -1 : (row * 5) % 12);
}
static void key_name(int row, char *out)
{
    static const char *const names[] = {"C", "C#", "D", "Eb"};
    strcpy(out, names[row % 4]);
}
static void python_list(int row, char *out)
{
    sprintf(out, row % 3 ? "['mood %d']" : "['mood %d', 'mood %d']", row % 5, row % 7);
}
static void comma_list(int row, char *out)
{
    sprintf(out, row % 2 ? "kind %d, kind %d" : "kind %d", row % 9, (row + 3) % 9);
}
static void bar_list(int row, char *out)
{
    sprintf(out, row % 2 ? "tag %d|tag %d" : "tag %d", row % 9, (row + 3) % 9);
}
static void vector(int row, char *out)
{
    sprintf(out, "[0.%d, 0.%d]", row % 10, row % 7);
}
static void title_with_comma(int row, char *out)
{
    sprintf(out, "name %d, part %d", row, row % 3);
}
static void two_artists(int row, char *out)
{
    sprintf(out, row % 6 ? "Band %d" : "Band %d; Guest, of Town %d", row % 30, row % 4);
}
static void truth(int row, char *out)
{
    strcpy(out, row % 3 ? "False" : "True");
}
static void decimal_comma(int row, char *out)
{
    sprintf(out, "%d,%d", row % 7, (row * 37) % 91);
}
static void thousands(int row, char *out)
{
    sprintf(out, "%d,%03d", 1 + row % 7, (row * 37) % 991);
}
static void tempo(int row, char *out)
{
    sprintf(out, "%d", row % 10 ? 80 + (row * 7) % 61 : 0);
}
static void duration(int row, char *out)
{
    sprintf(out, "%d", 120000 + (row * 7919) % 200000);
}
static void decibels(int row, char *out)
{
    sprintf(out, "-%d.%d", 3 + row % 20, row % 10);
}
static void gappy_counter(int row, char *out)
{
    sprintf(out, "%d", row * 3 + row % 2);
}

static const pulse_column *column_of(const sheet *s, const char *name)
{
    return &s->schema.columns[pulse_schema_column(&s->schema, name)];
}

static void handles_features_as_they_are_meant(void **state)
{
    (void)state;
    const char *const names[] = {"name",          "artist", "Key",      "Tempo",
                                 "Duration (ms)", "mode",   "loudness", "Explicit",
                                 "glow",          "plays",  "scale",    "Release Date"};
    const column_fn columns[] = {many,     few,   key,           tempo,     duration, few,
                                 decibels, truth, decimal_comma, thousands, key_name, date};
    sheet *s = make(names, columns, 12);
    pulse_failure failure;
    assert_int_equal(infer(s, NULL, &failure), 0);
    const pulse_column *found = column_of(s, "Key");
    assert_int_equal(found->role, PULSE_ROLE_NUMERICAL);
    assert_string_equal(found->transform, "circular");
    assert_true(found->period == 12);
    assert_int_equal(found->unknown_count, 1);
    assert_int_equal(s->stats[2].unknown, 22);
    assert_true(s->stats[2].minimum == 0);
    assert_true(isnan(s->samples[4 * 12 + 2]));
    assert_true(s->stats[3].minimum >= 80); /* no song has no beats a minute */
    assert_string_equal(column_of(s, "Duration (ms)")->transform, "log");
    assert_string_equal(column_of(s, "Duration (ms)")->unit, "ms");
    assert_string_equal(column_of(s, "loudness")->transform, "none");
    assert_string_equal(column_of(s, "loudness")->unit, "dB");
    assert_int_equal(column_of(s, "mode")->role, PULSE_ROLE_CATEGORICAL);
    assert_int_equal(column_of(s, "Explicit")->role, PULSE_ROLE_NUMERICAL);
    assert_true(s->samples[7] == 1 && s->samples[12 + 7] == 0);
    assert_int_equal(column_of(s, "glow")->role, PULSE_ROLE_NUMERICAL);
    assert_true(s->stats[8].maximum > 6 && s->stats[8].maximum < 7);
    /* 1,234 may be a thousand or one and a bit: nobody but a person knows. */
    assert_int_equal(column_of(s, "plays")->role, PULSE_ROLE_IGNORED);
    assert_int_equal(column_of(s, "scale")->role, PULSE_ROLE_CATEGORICAL);
    assert_int_equal(column_of(s, "Release Date")->role, PULSE_ROLE_YEAR);
    done(s);
}

static void clock(int row, char *out)
{
    sprintf(out, "%d:%02d", 2 + row % 4, (row * 7) % 60);
}

static void reads_durations_as_clocks_show_them(void **state)
{
    (void)state;
    const char *const names[] = {"name", "artist", "Duration", "glow"};
    const column_fn columns[] = {many, few, clock, number};
    sheet *s = make(names, columns, 4);
    pulse_failure failure;
    assert_int_equal(infer(s, NULL, &failure), 0);
    assert_int_equal(column_of(s, "Duration")->role, PULSE_ROLE_NUMERICAL);
    assert_string_equal(column_of(s, "Duration")->unit, "s");
    assert_string_equal(column_of(s, "Duration")->transform, "log");
    assert_true(s->samples[4 + 2] == 3 * 60 + 7);
    assert_true(s->stats[2].minimum == 120);
    done(s);
}

static void a_key_by_its_name_is_a_category(void **state)
{
    (void)state;
    const char *const names[] = {"name", "artist", "key"};
    const column_fn columns[] = {many, few, key_name};
    sheet *s = make(names, columns, 3);
    pulse_failure failure;
    assert_int_equal(infer(s, NULL, &failure), 0);
    assert_int_equal(column_of(s, "key")->role, PULSE_ROLE_CATEGORICAL);
    done(s);
}

static void knows_lists_by_their_values(void **state)
{
    (void)state;
    const char *const names[] = {"", "title", "artist", "moods", "kinds", "genres", "vector"};
    const column_fn columns[] = {gappy_counter, title_with_comma, two_artists, python_list,
                                 comma_list,    bar_list,         vector};
    sheet *s = make(names, columns, 7);
    free(s->schema.columns[0].name);
    s->schema.columns[0].name = pulse_need_text("column 1"); /* as csv.c calls it */
    pulse_failure failure;
    assert_int_equal(infer(s, NULL, &failure), 0);
    assert_int_equal(s->schema.columns[0].role, PULSE_ROLE_IGNORED);
    assert_false(column_of(s, "title")->multiple);
    assert_true(column_of(s, "artist")->multiple);
    assert_string_equal(column_of(s, "artist")->separator, ";");
    static const struct {
        const char *name, *separator;
        pulse_role role;
    } lists[] = {{"moods", "", PULSE_ROLE_CATEGORICAL},
                 {"kinds", ",", PULSE_ROLE_CATEGORICAL},
                 {"genres", "|", PULSE_ROLE_GENRE}};
    for (size_t i = 0; i < 3; ++i) {
        const pulse_column *column = column_of(s, lists[i].name);
        assert_int_equal(column->role, lists[i].role);
        assert_true(column->multiple);
        assert_string_equal(column->separator, lists[i].separator);
    }
    assert_int_equal(column_of(s, "vector")->role, PULSE_ROLE_IGNORED);
    assert_string_equal(column_of(s, "vector")->reason, "holds lists of numbers");
    done(s);
}

static void a_declaration_tells_the_details(void **state)
{
    (void)state;
    const char *const names[] = {"title", "artist", "hour", "kinds", "seen"};
    const column_fn columns[] = {many, two_artists, key, comma_list, date};
    sheet *s = make(names, columns, 5);
    pulse_declaration declaration = {
        .json = cJSON_Parse("{\"artist\":{\"column\":\"artist\",\"multiple\":false},"
                            "\"numerical\":[{\"column\":\"hour\",\"transform\":\"circular\","
                            "\"period\":24,\"unknown\":[-1,7]},\"seen\"],"
                            "\"categorical\":[{\"column\":\"kinds\",\"multiple\":true}],"
                            "\"year\":null,\"duplicates\":\"first\"}"),
        .path = "schema.json"};
    pulse_failure failure;
    assert_int_equal(infer(s, &declaration, &failure), 0);
    assert_true(s->schema.keep_first_duplicate);
    assert_false(column_of(s, "artist")->multiple);
    assert_string_equal(column_of(s, "hour")->transform, "circular");
    assert_true(column_of(s, "hour")->period == 24);
    uint64_t unknown = 0;
    for (int row = 0; row < ROWS; ++row)
        unknown += row % 9 == 4 || (row * 5) % 12 == 7;
    assert_int_equal(s->stats[2].unknown, unknown);
    assert_string_equal(column_of(s, "kinds")->separator, ",");
    assert_int_equal(column_of(s, "seen")->role, PULSE_ROLE_NUMERICAL);
    assert_true(s->samples[4] == 1950); /* of a date, its year */

    /* What was written down says the same. */
    pulse_declaration again = {.json = pulse_schema_to_declaration(&s->schema),
                               .path = "again.json"};
    sheet *t = make(names, columns, 5);
    assert_int_equal(infer(t, &again, &failure), 0);
    char *one = pulse_schema_to_json(&s->schema), *other = pulse_schema_to_json(&t->schema);
    assert_string_equal(one, other);
    free(one);
    free(other);
    cJSON_Delete(declaration.json);
    cJSON_Delete(again.json);
    done(s);
    done(t);
}

static void a_schema_comes_back_from_its_text(void **state)
{
    (void)state;
    const char *const names[] = {"title", "artist", "valence"};
    const column_fn columns[] = {many, few, number};
    sheet *s = make(names, columns, 3);
    pulse_failure failure;
    assert_int_equal(infer(s, NULL, &failure), 0);
    char *json = pulse_schema_to_json(&s->schema);
    pulse_schema again;
    assert_int_equal(pulse_schema_from_json(json, "x", &again, &failure), 0);
    assert_int_equal(again.count, 3);
    assert_int_equal(again.columns[2].role, PULSE_ROLE_NUMERICAL);
    assert_string_equal(again.columns[2].high, s->schema.columns[2].high);
    pulse_schema_free(&again);
    free(json);
    done(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_roles_by_their_names),
        cmocka_unit_test(knows_features_by_their_values),
        cmocka_unit_test(leaves_out_what_another_column_says),
        cmocka_unit_test(a_declaration_wins),
        cmocka_unit_test(looks_at_counts_by_their_logarithm_and_at_shares_as_they_are),
        cmocka_unit_test(refuses_what_cannot_be_a_catalogue),
        cmocka_unit_test(reads_numbers_strictly),
        cmocka_unit_test(reads_years_and_dates),
        cmocka_unit_test(handles_features_as_they_are_meant),
        cmocka_unit_test(reads_durations_as_clocks_show_them),
        cmocka_unit_test(a_key_by_its_name_is_a_category),
        cmocka_unit_test(knows_lists_by_their_values),
        cmocka_unit_test(a_declaration_tells_the_details),
        cmocka_unit_test(a_schema_comes_back_from_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
