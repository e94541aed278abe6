/* What comes back for what is typed, and in which order. */
#include "catalog/edit.h"
#include "catalog_fixture.h"

static const row ROWS[] = {
    /*  0 */ {"Copper", "Anna Reed", "pop", 2001},
    /*  1 */ {"Copper Moon", "Anna Reed", "pop", 2002},
    /*  2 */ {"The Copper Mine", "Low Tide", "rock", 1990},
    /*  3 */ {"Dust", "Copper", "rock", 1991},
    /*  4 */ {"Ash", "Copperhead Lane", "rock", 1992},
    /*  5 */ {"Copper (Live at the Quay)", "Anna Reed", "pop", 2003},
    /*  6 */ {"Harbour Lights", "Low Tide", "rock", 1993},
    /*  7 */ {"Lights of the Harbour", "Zo\u00e9 M\u00fcller", "jazz", 1970},
    /*  8 */ {"Stand by the Door", "The Fen", "folk", 1965},
    /*  9 */ {"Harbour Lights - 2011 Remaster", "Low Tide", "rock", 2011},
    /* 10 */ {"Copper", "Zo\u00e9 M\u00fcller", "jazz", 1969},
    /* 11 */ {"Velvet", "Harbour Choir", "folk", 1966},
    /* 12 */ {"\u7ae5\u8a71", "\u5f35\u9732", "pop", 2006},
    /* 13 */ {"Don't Go", "R.E.D.", "pop", 2006},
    /* 14 */ {"???", "!!!", "pop", 2006},
    /* 15 */ {"Paper Boats (Live)", "The Fen", "folk", 1967},
    /* 16 */ {"\u041c\u043e\u0441\u043a\u0432\u0430", "Low Tide", "rock", 1994},
};
enum { ROW_COUNT = sizeof ROWS / sizeof *ROWS };

typedef struct open_catalog {
    uint8_t *bytes;
    pulse_catalog *catalog;
} open_catalog;

static int open_rows(void **state)
{
    static open_catalog opened;
    size_t size;
    opened.bytes = catalog_of(ROWS, ROW_COUNT, &size);
    expect_ok(pulse_catalog_open(opened.bytes, size, "test", &opened.catalog, error));
    *state = &opened;
    return 0;
}

static int close_rows(void **state)
{
    open_catalog *opened = *state;
    pulse_catalog_close(opened->catalog);
    free(opened->bytes);
    return remove_test_directory(state);
}

/* `expected` are the songs, ended by -1. */
static void check_search(void **state, const char *text, size_t limit, const int *expected)
{
    open_catalog *opened = *state;
    uint32_t songs[ROW_COUNT];
    size_t count = 99;
    expect_ok(pulse_catalog_search(opened->catalog, text, limit, songs, &count, error));
    char got[200] = "";
    char wanted[200] = "";
    for (size_t i = 0; i < count; ++i)
        snprintf(got + strlen(got), sizeof got - strlen(got), " %u", songs[i]);
    for (; *expected >= 0; ++expected)
        snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), " %d", *expected);
    if (strcmp(got, wanted) != 0)
        fail_msg("\"%s\" finds%s, expected%s", text, got, wanted);
}

#define finds(text, limit, ...) check_search(state, text, limit, (const int[]){__VA_ARGS__, -1})
#define finds_none(text) check_search(state, text, ROW_COUNT, (const int[]){-1})

static void exact_titles_come_before_beginnings_before_the_rest(void **state)
{
    /* Exact; beginnings, with versions last; the artist of that name; artists that begin so;
     * the word inside a title. */
    finds("copper", ROW_COUNT, 0, 10, 1, 5, 3, 4, 2);
    finds("COPPER!", 3, 0, 10, 1);
    finds("c", ROW_COUNT, 0, 10, 1, 5, 4, 3, 2, 11);
    finds("harbour", ROW_COUNT, 6, 9, 11, 7);
}

static void title_and_artist_together_are_exact_in_either_order(void **state)
{
    finds("copper anna reed", 2, 0, 1);
    finds("anna reed copper", 1, 0);
    finds("zoe muller copper", ROW_COUNT, 10);
    finds("copper zoe m", ROW_COUNT, 10);
}

static void words_come_in_any_order_and_the_last_is_a_prefix(void **state)
{
    finds("lights harbour", ROW_COUNT, 6, 7, 9);
    finds("lights har", ROW_COUNT, 6, 7, 9);
    finds("har lights", ROW_COUNT,
          -1); /* only the last word is a prefix, and short ones are exact */
    finds("tide lig", ROW_COUNT, 6, 9);
    finds("M\u00dcLLER lights", ROW_COUNT, 7);
}

static void by_may_stand_between_title_and_artist(void **state)
{
    finds("copper by anna reed", ROW_COUNT, 0, 1, 5);
    finds("copper by zoe", ROW_COUNT, 10);
    finds("velvet by", ROW_COUNT, 11);
    finds("stand by the door", ROW_COUNT, 8);
    finds("stand by", ROW_COUNT, 8);
    finds("by", ROW_COUNT, 8);
    finds("coppre by zoe", ROW_COUNT, 10);
}

static void one_edit_is_forgiven_in_words_of_five_letters(void **state)
{
    finds("velvte", ROW_COUNT, 11);  /* swapped */
    finds("velvett", ROW_COUNT, 11); /* one too many */
    finds("vlvet", ROW_COUNT, 11);   /* one too few */
    finds("velwet", ROW_COUNT, 11);  /* another one */
    finds("welvet", ROW_COUNT, 11);  /* the first */
    finds("welve", ROW_COUNT, 11);   /* still typing */
    finds("harbor lights", ROW_COUNT, 6, 7, 9);
    finds("harbuor ligths", ROW_COUNT, 6, 7, 9);
    finds("ahsh", ROW_COUNT, -1);                                 /* four letters */
    finds("velvxx", ROW_COUNT, -1);                               /* two edits */
    finds("\u043c\u043e\u0441\u043a\u0432\u043e", ROW_COUNT, 16); /* letters of two bytes */
}

static void fuzzy_songs_only_fill_what_exact_ones_leave(void **state)
{
    finds("copper", 2, 0, 10);
    /* "copperhead" is exact as the beginning of an artist; "copper" and "coppre" are not alike. */
    finds("copperhead", ROW_COUNT, 4);
    finds("coppe", 1, 0);
}

static void scripts_and_spellings_are_found(void **state)
{
    finds("\u7ae5\u8a71", ROW_COUNT, 12);
    finds("\u7ae5", ROW_COUNT, 12);
    finds("\u5f35\u9732", ROW_COUNT, 12);
    finds("dont go", ROW_COUNT, 13);
    finds("don\u2019t go", ROW_COUNT, 13);
    finds("red", ROW_COUNT, 13);
    finds("Zoe\u0301", ROW_COUNT, 10, 7);
}

static void nothing_typed_finds_nothing(void **state)
{
    finds_none("");
    finds_none("   ");
    finds_none("?!\"*");
    finds_none("\xff\xfe");
    finds_none("qqqqq");
    check_search(state, "copper", 0, (const int[]){-1});
}

static void text_for_the_index_language_is_only_text(void **state)
{
    finds("copper AND moon", ROW_COUNT, -1);
    finds_none("title:copper");
    finds("\"copper\" moon*", ROW_COUNT, 1);
    finds("copper) (moon", ROW_COUNT, 1);
    finds_none("copper NOT moon");
    finds_none("NEAR(copper moon)");
}

static void very_long_text_is_read_up_to_a_point(void **state)
{
    open_catalog *opened = *state;
    enum { BYTES = 1 << 20 };
    static const char *const patterns[] = {"a", "copper ", "\u7ae5", "by ", "\xff", "velvte "};
    char *text = malloc(BYTES + 1);
    assert_non_null(text);
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns; ++p) {
        for (size_t i = 0; i < BYTES; ++i)
            text[i] = patterns[p][i % strlen(patterns[p])];
        text[BYTES] = '\0';
        uint32_t songs[ROW_COUNT];
        size_t count;
        expect_ok(pulse_catalog_search(opened->catalog, text, ROW_COUNT, songs, &count, error));
        uint32_t song;
        pulse_error error_;
        assert_int_equal(
            pulse_catalog_find_title(opened->catalog, text, text, &song, NULL, &error_),
            PULSE_E_NOT_FOUND);
    }
    free(text);
}

static void check_title(void **state, const char *title, const char *artist, uint32_t expected,
                        uint32_t expected_others)
{
    open_catalog *opened = *state;
    uint32_t song = 99;
    uint32_t others = 99;
    expect_ok(pulse_catalog_find_title(opened->catalog, title, artist, &song, &others, error));
    assert_int_equal(song, expected);
    assert_int_equal(others, expected_others);
}

static void titles_are_found_by_their_folded_form(void **state)
{
    check_title(state, "copper", NULL, 0, 1);
    check_title(state, "COPPER", "zoe muller", 10, 0);
    check_title(state, "Copper", "ANNA REED", 0, 0);
    check_title(state, "copper (live at the quay)", NULL, 5, 0);
    check_title(state, "harbour lights", NULL, 6, 0);
    check_title(state, "dont go", "red", 13, 0);
    check_title(state, "???", NULL, 14, 0);
    /* There is only a live version. */
    check_title(state, "Paper Boats", NULL, 15, 0);
}

static void a_title_that_is_not_there_names_near_misses(void **state)
{
    open_catalog *opened = *state;
    uint32_t song;
    expect_fail(PULSE_E_NOT_FOUND,
                "no song \"Velvte\"; did you mean \"Velvet\" by \"Harbour Choir\"?",
                pulse_catalog_find_title(opened->catalog, "Velvte", NULL, &song, NULL, error));
    expect_fail(PULSE_E_NOT_FOUND, "no song \"Copper\" by \"Nobody\"; did you mean \"Copper\" by",
                pulse_catalog_find_title(opened->catalog, "Copper", "Nobody", &song, NULL, error));
    expect_fail(PULSE_E_NOT_FOUND, "no song \"qqqqq\"",
                pulse_catalog_find_title(opened->catalog, "qqqqq", NULL, &song, NULL, error));
    expect_fail(PULSE_E_NOT_FOUND, "no song \"\"",
                pulse_catalog_find_title(opened->catalog, "", NULL, &song, NULL, error));
}

static void one_edit_is_symmetric_where_it_should_be(void **state)
{
    (void)state;
    static const struct {
        const char *typed;
        const char *word;
        bool whole;
        bool prefix;
    } table[] = {
        {"abcde", "abxde", true, true},     {"abcde", "abde", true, true},
        {"abde", "abcde", true, true},      {"abcde", "bacde", true, true},
        {"abcde", "abced", true, true},     {"abcde", "abcd", true, true},
        {"abcd", "abcde", true, true},      {"abcde", "abxdefgh", false, true},
        {"abcde", "badce", false, false},   {"abcde", "edcba", false, false},
        {"abcde", "abc", false, false},     {"abcde", "", false, false},
        {"\u00e4b", "\u00f6b", true, true}, {"\u00e4\u00f6", "\u00f6\u00e4", true, true},
        {"\u00e4", "a", true, true},        {"abc\u00e4", "abc\u00e4x", true, true},
        {"a\u7ae5", "\u7ae5a", true, true}, {"\u7ae5\u8a71", "\u8a71", true, true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; ++i) {
        const char *typed = table[i].typed;
        const char *word = table[i].word;
        bool whole = pulse_one_edit(typed, strlen(typed), word, strlen(word), false);
        bool prefix = pulse_one_edit(typed, strlen(typed), word, strlen(word), true);
        if (whole != table[i].whole || prefix != table[i].prefix)
            fail_msg("%s, %s: %d %d", typed, word, whole, prefix);
        assert_int_equal(pulse_one_edit(word, strlen(word), typed, strlen(typed), false), whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_titles_come_before_beginnings_before_the_rest),
        cmocka_unit_test(title_and_artist_together_are_exact_in_either_order),
        cmocka_unit_test(words_come_in_any_order_and_the_last_is_a_prefix),
        cmocka_unit_test(by_may_stand_between_title_and_artist),
        cmocka_unit_test(one_edit_is_forgiven_in_words_of_five_letters),
        cmocka_unit_test(fuzzy_songs_only_fill_what_exact_ones_leave),
        cmocka_unit_test(scripts_and_spellings_are_found),
        cmocka_unit_test(nothing_typed_finds_nothing),
        cmocka_unit_test(text_for_the_index_language_is_only_text),
        cmocka_unit_test(very_long_text_is_read_up_to_a_point),
        cmocka_unit_test(titles_are_found_by_their_folded_form),
        cmocka_unit_test(a_title_that_is_not_there_names_near_misses),
        cmocka_unit_test(one_edit_is_symmetric_where_it_should_be),
    };
    return cmocka_run_group_tests(tests, open_rows, close_rows);
}
