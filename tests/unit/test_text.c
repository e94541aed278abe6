/* Folding: what a person types and what a title says must meet, whatever the script. */
#include "catalog/text.h"
#include "expect.h"

typedef bool fold_fn(const char *text, size_t bytes, pulse_buffer *out);

static void check(fold_fn *fold, const char *text, size_t bytes, const char *expected)
{
    /* Just as many bytes as there are, so that ASan sees a read beyond them. */
    uint8_t *exact = exact_copy(text, bytes);
    pulse_buffer out = {0};
    /* What stood in the buffer stays. */
    assert_true(pulse_buffer_append_text(&out, "x|"));
    assert_true(fold((const char *)exact, bytes, &out));
    assert_true(pulse_buffer_terminate(&out));
    if (memcmp(out.data, "x|", 2) != 0 || strcmp(out.data + 2, expected) != 0)
        fail_msg("\"%s\" folds to \"%s\", expected \"%s\"", text, out.data + 2, expected);
    pulse_buffer_free(&out);
    free(exact);
}

typedef struct pair {
    const char *text;
    const char *expected;
} pair;

static void check_all(fold_fn *fold, const pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        check(fold, pairs[i].text, strlen(pairs[i].text), pairs[i].expected);
}

#define check_table(fold, table) check_all(fold, table, sizeof(table) / sizeof *(table))

static void fold_drops_case_accents_and_punctuation(void **state)
{
    (void)state;
    static const pair table[] = {
        {"", ""},
        {"   ", ""},
        {"?!...", ""},
        {"Hello World", "hello world"},
        {"  Hello,   World!  ", "hello world"},
        {"Beyonc\u00e9", "beyonce"},
        {"Beyonce\u0301", "beyonce"},
        {"Mot\u00f6rhead", "motorhead"},
        {"BJ\u00d6RK", "bjork"},
        {"Sigur R\u00f3s", "sigur ros"},
        {"S\u00f8ren \u0141\u00f3d\u017a", "soren lodz"},
        {"\u00c6nema", "aenema"},
        {"\u0152uvre", "oeuvre"},
        {"Stra\u00dfe", "strasse"},
        {"STRASSE", "strasse"},
        {"\u0130stanbul", "istanbul"},
        {"Is\u0131k", "isik"},
        {"\u1e9e", "ss"},
        {"don't", "dont"},
        {"don\u2019t", "dont"},
        {"d\u00b4amour", "damour"},
        {"rock 'n' roll", "rock n roll"},
        {"\uff21\uff22\uff23\uff11", "abc1"},
        {"\ufb01re", "fire"},
        {"x\u00b2", "x2"},
        {"a\u00a0b", "a b"},
        {"soft\u00adhyphen", "softhyphen"},
        {"\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
         "\u03c3\u03b9\u03c3\u03c5\u03c6\u03bf\u03c3"},
        {"\u0414\u044d\u0444\u043e\u043b\u0438\u0430\u043d\u0442",
         "\u0434\u044d\u0444\u043e\u043b\u0438\u0430\u043d\u0442"},
        {"\u7ae5\u8a71", "\u7ae5\u8a71"},
        {"love \u2764\ufe0f you", "love you"},
        {"\U0001f600", ""},
        {"one\u2014two\u2013three", "one two three"},
        {"AC/DC", "ac dc"},
    };
    check_table(pulse_text_fold, table);
}

static void fold_reads_spelled_words_as_words(void **state)
{
    (void)state;
    static const pair table[] = {
        {"R.E.M.", "rem"},
        {"r.e.m", "rem"},
        {"J.J. Cale", "jj cale"},
        {"J. J. Cale", "j j cale"},
        {"Dr. Dre", "dr dre"},
        {"feat.parliament", "feat parliament"},
        {"d.ace", "d ace"},
        {"will.i.am", "will i am"},
        {"version 2.0", "version 2 0"},
        {"A$AP Rocky", "asap rocky"},
        {"curren$y", "currensy"},
        {"$20 fine", "20 fine"},
        {"P!nk", "pink"},
        {"Wham! Rap", "wham rap"},
        {"Simon & Garfunkel", "simon and garfunkel"},
        {"R&B", "r and b"},
        {"&", "and"},
    };
    check_table(pulse_text_fold, table);
}

static void fold_keeps_the_vowels_of_indian_scripts(void **state)
{
    (void)state;
    /* "hindi": the vowel signs stay, the virama goes. */
    static const pair table[] = {
        {"\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928\u0926\u0940"},
        {"\u0643\u064e\u062a\u064e\u0628", "\u0643\u062a\u0628"}, /* Arabic without its points */
    };
    check_table(pulse_text_fold, table);
}

static void fold_takes_bytes_that_are_not_utf8_for_spaces(void **state)
{
    (void)state;
    check(pulse_text_fold,
          "a\xff"
          "b",
          3, "a b");
    check(pulse_text_fold, "a\xc3", 2, "a");
    check(pulse_text_fold,
          "\xc3"
          "a",
          2, "a");
    check(pulse_text_fold, "\xe2\x82", 2, "");
    check(pulse_text_fold,
          "a\xed\xa0\x80"
          "b",
          5, "a b"); /* a surrogate */
    check(pulse_text_fold,
          "a\xc0\x80"
          "b",
          4, "a b"); /* an overlong NUL */
    check(pulse_text_fold,
          "a\xf4\x90\x80\x80"
          "b",
          6, "a b");
    check(pulse_text_fold, "a\0b", 3, "a b");
    check(pulse_text_fold, "caf\xe9", 4, "caf"); /* Latin-1 */
}

static void fold_is_stable_and_linear_on_random_bytes(void **state)
{
    (void)state;
    uint64_t random = 42;
    for (int round = 0; round < 2000; ++round) {
        char text[64];
        size_t bytes = next_random(&random) % sizeof text;
        for (size_t i = 0; i < bytes; ++i)
            text[i] = (char)next_random(&random);
        uint8_t *exact = exact_copy(text, bytes);
        pulse_buffer once = {0};
        pulse_buffer twice = {0};
        assert_true(pulse_text_fold((char *)exact, bytes, &once));
        assert_true(pulse_text_fold(once.data ? once.data : "", once.size, &twice));
        assert_int_equal(once.size, twice.size);
        if (once.size)
            assert_memory_equal(once.data, twice.data, once.size);
        assert_true(pulse_text_is_valid(once.data ? once.data : "", once.size));
        pulse_buffer work = {0};
        assert_true(pulse_text_fold_work((char *)exact, bytes, &work));
        assert_true(work.size <= once.size && (work.size > 0 || once.size == 0));
        pulse_buffer_free(&work);
        pulse_buffer_free(&once);
        pulse_buffer_free(&twice);
        free(exact);
    }
}

static void work_drops_what_tells_versions_apart(void **state)
{
    (void)state;
    static const pair table[] = {
        {"Wonderwall (Live)", "wonderwall"},
        {"Wonderwall [live at Knebworth, 10 August 1996]", "wonderwall"},
        {"Wonderwall - Live in Paris", "wonderwall"},
        {"Wonderwall (Live from the Royal Albert Hall) [2014 Remaster]", "wonderwall"},
        {"Wonderwall - Live at Wembley - 1986", "wonderwall"},
        {"Wonderwall \u2013 Live at Wembley", "wonderwall"},
        {"Wonderwall (Acoustic, Live in the Studio)", "wonderwall"},
        {"Wonderwall (Remastered 2011)", "wonderwall"},
        {"Wonderwall - Remastered", "wonderwall"},
        {"Wonderwall - 2009 Remaster", "wonderwall"},
        {"Wonderwall - Remastered 2009 / Stereo", "wonderwall"},
        {"Wonderwall Remastered 2009", "wonderwall"},
        {"Wonderwall (re-recorded / remastered)", "wonderwall"},
        {"Wonderwall (re-recorded) [remastered]", "wonderwall"},
        {"Wonderwall (Radio Edit)", "wonderwall"},
        {"Wonderwall - Radio Mix", "wonderwall"},
        {"Wonderwall radio edit", "wonderwall"},
        {"Wonderwall (Single Version)", "wonderwall"},
        {"Wonderwall (Album Version)", "wonderwall"},
        {"Wonderwall (Mono)", "wonderwall"},
        {"Wonderwall - Stereo Mix", "wonderwall"},
        {"Wonderwall (Extended Version)", "wonderwall"},
        {"Wonderwall (Original Mix)", "wonderwall"},
        {"Wonderwall (7\" version)", "wonderwall"},
        {"Wonderwall (Acoustic)", "wonderwall"},
        {"Wonderwall - Acoustic Version", "wonderwall"},
        {"Wonderwall (Demo)", "wonderwall"},
        {"Wonderwall - Original Studio Demo", "wonderwall"},
        {"Wonderwall (Alternate Take)", "wonderwall"},
        {"Wonderwall (take 3)", "wonderwall"},
        {"Wonderwall (Bonus Track)", "wonderwall"},
        {"Wonderwall (Deluxe Edition)", "wonderwall"},
        {"Wonderwall (Explicit)", "wonderwall"},
        {"Wonderwall - Clean", "wonderwall"},
        {"Wonderwall (feat. Someone Else)", "wonderwall"},
        {"Wonderwall ft. Someone Else", "wonderwall"},
        {"Wonderwall featuring Someone Else", "wonderwall"},
        {"Wonderwall feat. Someone (Some DJ remix)", "wonderwall some dj remix"},
        {"Wonderwall (with Another Singer)", "wonderwall"},
        {"Wonderwall (with the Someones)", "wonderwall"},
        {"Wonderwall (from the motion picture \"Walls\")", "wonderwall"},
        {"Wonderwall (From \"Walls\")", "wonderwall"},
        {"Wonderwall (Live", "wonderwall"},
        {"Wonderwall (Taylor's Version)", "wonderwall"},
    };
    check_table(pulse_text_fold_work, table);
}

static void work_keeps_what_is_the_title(void **state)
{
    (void)state;
    static const pair table[] = {
        {"Live Forever", "live forever"},
        {"Live and Let Die", "live and let die"},
        {"Live and Let Live", "live and let live"},
        {"How Do I Live", "how do i live"},
        {"Long Live", "long live"},
        {"(I Can't Get No) Satisfaction", "i cant get no satisfaction"},
        {"Clean", "clean"},
        {"Demo", "demo"},
        {"Live", "live"},
        {"(Live)", "live"},
        {"Remastered", "remastered"},
        {"Brace for Impact (Live a Little)", "brace for impact live a little"},
        {"Sing (Live for Today)", "sing live for today"},
        {"Home (Live in My Heart)", "home live in my heart"},
        {"Today (Live in the Moment)", "today live in the moment"},
        {"Dancing (With Myself)", "dancing with myself"},
        {"Quit Playing Games (with my heart)", "quit playing games with my heart"},
        {"Ever Fallen in Love (with someone you knew)",
         "ever fallen in love with someone you knew"},
        {"Stay (with the lights on)", "stay with the lights on"},
        {"Untitled (Track 10)", "untitled track 10"},
        {"Song (Part 2)", "song part 2"},
        {"Song (2011)", "song 2011"},
        {"20 ft tall", "20 ft tall"},
        {"Ignition (Remix)", "ignition remix"},
        {"Song (Spanish Version)", "song spanish version"},
        {"Song (Some Cast Version)", "song some cast version"},
        {"Radio", "radio"},
        {"Song - Part One", "song part one"},
        {"In the Mix", "in the mix"},
        {"After (from now on)", "after from now on"},
        {"Version", "version"},
        {"Feat. of Strength", "feat of strength"},
    };
    check_table(pulse_text_fold_work, table);
}

static void work_of_a_pathological_title_takes_no_time(void **state)
{
    (void)state;
    enum { BYTES = 1 << 20 };
    char *text = malloc(BYTES);
    assert_non_null(text);
    static const char *const patterns[] = {"(", "([{", " - ", "(live)", ")", "feat. "};
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns; ++p) {
        size_t length = strlen(patterns[p]);
        for (size_t i = 0; i < BYTES; ++i)
            text[i] = patterns[p][i % length];
        pulse_buffer out = {0};
        assert_true(pulse_text_fold_work(text, BYTES, &out));
        assert_true(out.size <= BYTES);
        pulse_buffer_free(&out);
    }
    free(text);
}

static void repair_replaces_each_bad_byte(void **state)
{
    (void)state;
    check(pulse_text_repair, "caf\u00e9", 5, "caf\u00e9");
    check(pulse_text_repair, "caf\xe9!", 5, "caf\ufffd!");
    check(pulse_text_repair, "a\0b", 3, "a\ufffdb");
    check(pulse_text_repair, "\xe2\x82", 2, "\ufffd\ufffd");
    assert_true(pulse_text_is_valid("caf\u00e9", 5));
    assert_false(pulse_text_is_valid("caf\xe9", 4));
    assert_false(pulse_text_is_valid("a\0b", 3));
    assert_true(pulse_text_is_valid("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fold_drops_case_accents_and_punctuation),
        cmocka_unit_test(fold_reads_spelled_words_as_words),
        cmocka_unit_test(fold_keeps_the_vowels_of_indian_scripts),
        cmocka_unit_test(fold_takes_bytes_that_are_not_utf8_for_spaces),
        cmocka_unit_test(fold_is_stable_and_linear_on_random_bytes),
        cmocka_unit_test(work_drops_what_tells_versions_apart),
        cmocka_unit_test(work_keeps_what_is_the_title),
        cmocka_unit_test(work_of_a_pathological_title_takes_no_time),
        cmocka_unit_test(repair_replaces_each_bad_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
