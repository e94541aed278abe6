/* The tokenizer's behaviours, one by one, with a vocabulary that shows them; hostile texts and
 * vocabularies. That ids equal the published tokenizer's is shown by test_tokenizer_golden.c. */
#include "run_out.h"

#include <stdarg.h>

enum {
    PAD,
    UNK,
    CLS,
    SEP,
    MASK,
    A,
    CAFE,
    LONG,
    LONGER,
    CONTINUED,
    CONTINUED_ER,
    DOT,
    COMMA,
    OPEN,
    CLOSE,
    HAN,
    HAN_TWO,
    CAPITAL_CAFE,
    ACCENTED_CAFE,
    DOTTED,
    SIGMA,
    HASH,
    LATIN_SE,
    EXPLICIT_MARK,
    COUNT
};
static const char vocabulary[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"
                                 "a\ncafe\nlong\nlonger\n##a\n##er\n.\n,\n[\n]\n"
                                 "\xe4\xb8\xad\n\xe4\xb8\xad\xe5\x9b\xbd\nCafe\ncaf\xc3\xa9\n"
                                 "i\xcc\x87\n\xcf\x83\n#\nse\na\xe3\x80\xaf\xe3\x80\xae\n";

static pulse_tokenizer *make(const pulse_tokenizer_params *params)
{
    pulse_tokenizer *tokenizer;
    uint8_t *bytes = exact_copy(vocabulary, sizeof vocabulary - 1);
    expect_ok(pulse_tokenizer_create(bytes, sizeof vocabulary - 1, params, &tokenizer, error));
    free(bytes); /* it was copied */
    assert_int_equal(pulse_tokenizer_size(tokenizer), COUNT);
    return tokenizer;
}

/* The ids of `text` are [CLS], those that follow up to -1, and [SEP]. */
static void expect_bytes(const pulse_tokenizer_params *params, const char *text, size_t bytes, ...)
{
    pulse_tokenizer *tokenizer = make(params);
    pulse_token_ids tokens = {0};
    uint8_t *copy = exact_copy(text, bytes);
    expect_ok(pulse_tokenize(tokenizer, (const char *)copy, bytes, 0, &tokens, error));
    free(copy);
    size_t count = 0;
    assert_true(tokens.count >= 2);
    assert_int_equal(tokens.ids[count++], CLS);
    va_list ids;
    va_start(ids, bytes);
    for (int id = va_arg(ids, int); id != -1; id = va_arg(ids, int)) {
        assert_true(count < tokens.count);
        assert_int_equal(tokens.ids[count++], id);
    }
    va_end(ids);
    assert_int_equal(count + 1, tokens.count);
    assert_int_equal(tokens.ids[count], SEP);
    pulse_token_ids_free(&tokens);
    assert_null(tokens.ids);
    pulse_tokenizer_free(tokenizer);
}

#define expect_ids(text, ...) expect_bytes(NULL, text, sizeof(text) - 1, __VA_ARGS__)
#define expect_ids_with(params, text, ...) expect_bytes(params, text, sizeof(text) - 1, __VA_ARGS__)

static const pulse_tokenizer_params nothing = {false, false, false, 0};

static void nothing_is_cls_and_sep(void **context)
{
    (void)context;
    expect_ids("", -1);
    expect_ids(" \t\r\n\xc2\xa0\xe3\x80\x80", -1);
    expect_bytes(NULL, NULL, 0, -1);
}

static void the_longest_piece_is_taken_first(void **context)
{
    (void)context;
    expect_ids("long longer longera longaer", LONG, LONGER, LONGER, CONTINUED, LONG, CONTINUED,
               CONTINUED_ER, -1);
}

static void a_word_whose_rest_is_unknown_is_unknown_as_a_whole(void **context)
{
    (void)context;
    expect_ids("longx a longerx", UNK, A, UNK, -1);
    expect_ids("er", UNK, -1); /* only known where it continues */
}

static void accents_and_capitals_go(void **context)
{
    (void)context;
    expect_ids("CAF\xc3\x89 cafe\xcc\x81 Cafe", CAFE, CAFE, CAFE, -1);
    /* The dotted capital I loses its dot with the accents. */
    expect_ids("\xc4\xb0", UNK, -1);
    /* No sigma is final, unlike with Python's lower(). */
    expect_ids("\xce\xa3", SIGMA, -1);
}

static void what_is_turned_off_is_left_alone(void **context)
{
    (void)context;
    expect_ids_with(&nothing, "Cafe cafe caf\xc3\xa9 CAFE", CAPITAL_CAFE, CAFE, ACCENTED_CAFE, UNK,
                    -1);
    expect_ids_with(&nothing, "\xe4\xb8\xad\xe5\x9b\xbd", HAN_TWO, -1);
    static const pulse_tokenizer_params lower = {true, false, false, 0};
    expect_ids_with(&lower, "CAF\xc3\x89 \xc4\xb0", ACCENTED_CAFE, DOTTED, -1);
    static const pulse_tokenizer_params strip = {false, true, false, 0};
    expect_ids_with(&strip, "Caf\xc3\xa9 \xc4\xb0", CAPITAL_CAFE, UNK, -1);
}

static void ideographs_are_words(void **context)
{
    (void)context;
    expect_ids("a\xe4\xb8\xad\xe4\xb8\xad"
               "a\xe5\x9b\xbd",
               A, HAN, HAN, A, UNK, -1);
    /* A mark behind one is a word of its own where it is none that is stripped. */
    expect_ids("\xe4\xb8\xad\xcc\x81\xe3\x80\xae", HAN, UNK, -1);
}

static void punctuation_is_words(void **context)
{
    (void)context;
    expect_ids("a.,a..", A, DOT, COMMA, A, DOT, DOT, -1);
    /* No piece that starts with "##" is ever a word. */
    expect_ids("##a", HASH, HASH, A, -1);
    /* Punctuation of Unicode 8 is; what came after is a letter to the reference. */
    expect_ids("a\xe2\x80\x94"
               "a",
               A, UNK, A, -1);
    expect_ids("a\xe2\xb9\x92"
               "a",
               UNK, -1);
}

static void controls_are_dropped_within_words(void **context)
{
    (void)context;
    expect_ids("lo\x01n\x7fg", LONG, -1);
    expect_bytes(NULL, "lo\0ng\0", 6, LONG, -1);
    expect_ids("lo\xc2\xadng\xe2\x80\x8b"
               "er \xef\xbb\xbf"
               "a\xee\x80\x80",
               LONGER, A, -1);
    /* Line feeds and their like are white space, though controls. */
    expect_ids("a\na\ra\ta", A, A, A, A, -1);
    expect_ids("a\x0b\x0c"
               "a",
               A, CONTINUED, -1);
}

static void what_is_not_utf8_is_dropped_like_the_replacement_character(void **context)
{
    (void)context;
    expect_ids("lo\xef\xbf\xbdng", LONG, -1);
    expect_ids("lo\xffng\xc3", LONG, -1);
    expect_ids("lo\xed\xa0\x80ng", LONG, -1);     /* a surrogate */
    expect_ids("lo\xc1\x81ng", LONG, -1);         /* a letter in two bytes */
    expect_ids("lo\xf4\x90\x80\x80ng", LONG, -1); /* beyond U+10FFFF */
    expect_ids("lo\xe2\x82ng", LONG, -1);         /* cut short by the next letter */
    expect_ids("\xe4\xb8", -1);
}

static void special_tokens_in_the_text_are_those_tokens(void **context)
{
    (void)context;
    expect_ids("a[SEP]a [MASK][CLS]", A, SEP, A, MASK, CLS, -1);
    expect_ids("[UNK].[PAD]", UNK, DOT, PAD, -1);
    expect_ids("[sep] [SE\xe2\x80\x8bP]", OPEN, UNK, CLOSE, OPEN, UNK, CLOSE, -1);
    expect_ids("[[SEP]]", OPEN, SEP, CLOSE, -1);
    expect_ids("lo[SEP]ng", UNK, SEP, UNK, -1);
    expect_ids("[SEP", OPEN, UNK, -1);
}

static void marks_come_in_canonical_order(void **context)
{
    (void)context;
    /* Two tone marks of one class stay in their order. */
    expect_ids("a\xe3\x80\xaf\xe3\x80\xae", EXPLICIT_MARK, -1);
    expect_ids("a\xe3\x80\xae\xe3\x80\xaf", UNK, -1);

    /* U+1D165 is of class 216 and U+302E of 224. U+0345, of class 240 and stripped, is not in their
     * way; U+094D, of class 9 neither; U+0903, of class 0, is. */
    static const char tokens[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\xf0\x9d\x85\xa5\xe3\x80\xae\n";
    static const struct {
        const char *text;
        uint32_t id;
    } cases[] = {{"a\xf0\x9d\x85\xa5\xe3\x80\xae", 4},
                 {"a\xe3\x80\xae\xf0\x9d\x85\xa5", 4},
                 {"a\xe3\x80\xae\xcd\x85\xf0\x9d\x85\xa5", 4},
                 {"a\xe3\x80\xae\xe2\x80\x8b\xf0\x9d\x85\xa5", 4},
                 {"a\xe3\x80\xae\xcd\x8f\xf0\x9d\x85\xa5", 1}}; /* U+034F: class 0, stripped */
    pulse_tokenizer *tokenizer;
    expect_ok(pulse_tokenizer_create((const uint8_t *)tokens, sizeof tokens - 1, NULL, &tokenizer,
                                     error));
    pulse_token_ids ids = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        expect_ok(pulse_tokenize(tokenizer, cases[i].text, strlen(cases[i].text), 0, &ids, error));
        assert_int_equal(ids.count, 3);
        assert_int_equal(ids.ids[1], cases[i].id);
    }
    pulse_token_ids_free(&ids);
    pulse_tokenizer_free(tokenizer);
}

static void words_beyond_the_longest_are_unknown(void **context)
{
    (void)context;
    char text[1024];
    memset(text, 'a', sizeof text);
    pulse_token_ids tokens = {0};
    const uint32_t longest[] = {100, 1, 7, 256};
    for (size_t i = 0; i < 4; ++i) {
        const pulse_tokenizer_params params = {true, true, true, i ? longest[i] : 0};
        pulse_tokenizer *tokenizer = make(&params);
        expect_ok(pulse_tokenize(tokenizer, text, longest[i], 0, &tokens, error));
        assert_int_equal(tokens.count, longest[i] + 2);
        assert_int_equal(tokens.ids[1], A);
        expect_ok(pulse_tokenize(tokenizer, text, longest[i] + 1, 0, &tokens, error));
        assert_int_equal(tokens.count, 3);
        assert_int_equal(tokens.ids[1], UNK);
        expect_ok(pulse_tokenize(tokenizer, text, sizeof text, 0, &tokens, error));
        assert_int_equal(tokens.count, 3);
        pulse_tokenizer_free(tokenizer);
    }
    pulse_token_ids_free(&tokens);
    const pulse_tokenizer_params too_long = {true, true, true, 257};
    pulse_tokenizer *none;
    expect_fail(PULSE_E_ARGUMENT, "257",
                pulse_tokenizer_create((const uint8_t *)vocabulary, sizeof vocabulary - 1,
                                       &too_long, &none, error));
    assert_null(none);
}

static void a_limit_keeps_the_first_tokens_and_sep(void **context)
{
    (void)context;
    static const char text[] = "a. longera"; /* four words, five pieces */
    static const uint32_t all[] = {CLS, A, DOT, LONGER, CONTINUED, SEP};
    pulse_tokenizer *tokenizer = make(NULL);
    pulse_token_ids tokens = {0};
    for (size_t limit = 2; limit < 9; ++limit) {
        expect_ok(pulse_tokenize(tokenizer, text, sizeof text - 1, limit, &tokens, error));
        const size_t count = limit < 6 ? limit : 6;
        assert_int_equal(tokens.count, count);
        assert_memory_equal(tokens.ids, all, (count - 1) * sizeof *all);
        assert_int_equal(tokens.ids[count - 1], SEP);
    }
    expect_fail(PULSE_E_ARGUMENT, "limit",
                pulse_tokenize(tokenizer, text, sizeof text - 1, 1, &tokens, error));
    assert_int_equal(tokens.count, 0);
    pulse_token_ids_free(&tokens);
    pulse_tokenizer_free(tokenizer);
}

/* Ten megabytes of one thing, over and over. What is not linear in them does not end in the time
 * that a test has. */
static void long_hostile_texts_take_linear_time(void **context)
{
    (void)context;
    static const char *const pieces[] = {
        "a",
        "x",
        "\xc3\xa9",
        "\xcc\x81",                                     /* a stripped mark */
        "\xf0\x9e\xa5\x8a\xe3\x80\xae\xf0\x9d\x85\xad", /* kept marks, classes descending */
        "\xe1\xad\x84",                                 /* a kept mark */
        "\xcd\x8f\xe3\x80\xae",                         /* kept marks between stripped starters */
        "[",
        "[SEP",
        "[SEP]",
        "#",
        "\xe4\xb8\xad",
        "\xed\x95\x9c", /* a syllable of three */
        "\xff",
        "\xf0\x9f",
        "\x01",
        "a ",
        "longera",
        "",
    };
    enum { SIZE = 10000000 };
    char *text = malloc(SIZE);
    assert_non_null(text);
    pulse_tokenizer *tokenizer = make(NULL);
    pulse_token_ids tokens = {0};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; ++i) {
        const size_t size = *pieces[i] ? strlen(pieces[i]) : 1;
        for (size_t at = 0; at < SIZE; ++at)
            text[at] = pieces[i][at % size];
        expect_ok(pulse_tokenize(tokenizer, text, SIZE, 0, &tokens, error));
        assert_true(tokens.count >= 2 && tokens.count <= SIZE + 2);
        expect_ok(pulse_tokenize(tokenizer, text, SIZE, 128, &tokens, error));
        assert_true(tokens.count >= 2 && tokens.count <= 128);
        assert_int_equal(tokens.ids[tokens.count - 1], SEP);
    }
    pulse_token_ids_free(&tokens);
    pulse_tokenizer_free(tokenizer);
    free(text);
}

/* ---- vocabularies ---- */

#define SPECIALS "[PAD]\n[UNK]\n[CLS]\n[SEP]\n"

static pulse_status create(const char *text, size_t bytes, pulse_error *error)
{
    uint8_t *copy = exact_copy(text, bytes);
    pulse_tokenizer *tokenizer = (pulse_tokenizer *)copy;
    pulse_status status = pulse_tokenizer_create(copy, bytes, NULL, &tokenizer, error);
    assert_true((status == PULSE_OK) == (tokenizer != NULL));
    pulse_tokenizer_free(tokenizer);
    free(copy);
    return status;
}

#define refuse(text, why) expect_fail(PULSE_E_FORMAT, why, create(text, sizeof(text) - 1, error))

static void a_damaged_vocabulary_is_refused_with_its_line(void **context)
{
    (void)context;
    refuse("", "[CLS] is missing");
    refuse("[PAD]\n[UNK]\n[CLS]\n", "[SEP] is missing");
    refuse("[UNK]\n[CLS]\n[SEP]\n", "[PAD] is missing");
    refuse("[PAD]\n[CLS]\n[SEP]\n", "[UNK] is missing");
    refuse(SPECIALS "a\nb\na\n", "lines 5 and 7 are the same token, \"a\"");
    refuse(SPECIALS "[SEP]\n", "lines 4 and 5");
    refuse(SPECIALS "\na\n", "line 5 is empty");
    refuse(SPECIALS "a\n\n", "line 6 is empty");
    refuse(SPECIALS "\r\na\r\n", "line 5 is empty");
    refuse(SPECIALS "a\n\xff\n", "line 6 is not UTF-8");
    refuse(SPECIALS "a\0b\n", "line 5 is not UTF-8");
    refuse(SPECIALS "\xed\xa0\x80", "line 5 is not UTF-8");
}

static void lines_may_end_in_cr_lf_and_the_last_one_in_nothing(void **context)
{
    (void)context;
    expect_ok(create("[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\na", 29, error));
    expect_ok(create(SPECIALS, sizeof SPECIALS - 2, error));
    expect_ok(create(SPECIALS, sizeof SPECIALS - 1, error));
}

static void a_vocabulary_without_mask_reads_it_as_text(void **context)
{
    (void)context;
    static const char text[] = SPECIALS "[\n]\nmask\n";
    pulse_tokenizer *tokenizer;
    expect_ok(
        pulse_tokenizer_create((const uint8_t *)text, sizeof text - 1, NULL, &tokenizer, error));
    pulse_token_ids tokens = {0};
    expect_ok(pulse_tokenize(tokenizer, "[MASK]", 6, 0, &tokens, error));
    assert_int_equal(tokens.count, 5);
    assert_int_equal(tokens.ids[2], 6);
    pulse_token_ids_free(&tokens);
    pulse_tokenizer_free(tokenizer);
}

static void vocabularies_have_limits(void **context)
{
    (void)context;
    enum { LONGEST = 1024, TOKENS = 1000000 };
    const size_t head = sizeof SPECIALS - 1;
    char *text = malloc(head + (size_t)TOKENS * 8);
    assert_non_null(text);
    memcpy(text, SPECIALS, head);
    memset(text + head, 'x', LONGEST + 2);
    expect_ok(create(text, head + LONGEST, error));
    expect_fail(PULSE_E_FORMAT, "line 5 is longer than 1024 bytes",
                create(text, head + LONGEST + 1, error));
    expect_fail(PULSE_E_FORMAT, "line 5 is longer than 1024 bytes",
                create(text, head + LONGEST + 2, error));
    text[head + LONGEST] = '\r';
    expect_ok(create(text, head + LONGEST + 1, error));

    /* A million tokens are read, and one more are not. */
    size_t size = head;
    for (uint32_t i = 4; i < TOKENS; ++i, size += 8)
        snprintf(text + size, 9, "%07u\n", (unsigned)i);
    expect_ok(create(text, size, error));
    text[size++] = 'y';
    expect_fail(PULSE_E_FORMAT, "more than 1000000", create(text, size, error));
    free(text);
}

static void use_damaged(const uint8_t *bytes, size_t size)
{
    pulse_tokenizer *tokenizer;
    pulse_error error = {0};
    if (pulse_tokenizer_create(bytes, size, NULL, &tokenizer, &error) != PULSE_OK) {
        assert_null(tokenizer);
        assert_true(error.message[0] != '\0');
        return;
    }
    pulse_token_ids tokens = {0};
    expect_ok(pulse_tokenize(tokenizer, "Longer [SEP] caf\xc3\xa9.", 18, 0, &tokens, error));
    for (size_t i = 0; i < tokens.count; ++i)
        assert_true(tokens.ids[i] < pulse_tokenizer_size(tokenizer));
    pulse_token_ids_free(&tokens);
    pulse_tokenizer_free(tokenizer);
}

static void damaged_vocabularies_are_refused_or_work(void **context)
{
    (void)context;
    damage((const uint8_t *)vocabulary, sizeof vocabulary - 1, 2000, use_damaged);
}

/* ---- memory ---- */

static pulse_status create_and_tokenize(pulse_error *error)
{
    pulse_tokenizer *tokenizer;
    pulse_status status = pulse_tokenizer_create((const uint8_t *)vocabulary, sizeof vocabulary - 1,
                                                 NULL, &tokenizer, error);
    assert_true((status == PULSE_OK) == (tokenizer != NULL));
    if (status != PULSE_OK)
        return status;
    char text[1000];
    memset(text, '.', sizeof text);
    pulse_token_ids tokens = {0};
    status = pulse_tokenize(tokenizer, text, sizeof text, 0, &tokens, error);
    assert_int_equal(tokens.count, status == PULSE_OK ? sizeof text + 2 : 0);
    pulse_token_ids_free(&tokens);
    pulse_tokenizer_free(tokenizer);
    return status;
}
RUN_OUT(create_and_tokenize)

static void ids_that_are_reused_are_not_allocated_again(void **context)
{
    (void)context;
    pulse_tokenizer *tokenizer = make(NULL);
    pulse_token_ids tokens = {0};
    expect_ok(pulse_tokenize(tokenizer, "a longer a", 10, 0, &tokens, error));
    pulse_test_fail_allocation(-1, 0);
    expect_ok(pulse_tokenize(tokenizer, "longera [SEP] \xc3\xa9", 16, 0, &tokens, error));
    assert_int_equal(pulse_test_fail_allocation(-1, 0), 0);
    pulse_token_ids_free(&tokens);
    pulse_tokenizer_free(tokenizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_cls_and_sep),
        cmocka_unit_test(the_longest_piece_is_taken_first),
        cmocka_unit_test(a_word_whose_rest_is_unknown_is_unknown_as_a_whole),
        cmocka_unit_test(accents_and_capitals_go),
        cmocka_unit_test(what_is_turned_off_is_left_alone),
        cmocka_unit_test(ideographs_are_words),
        cmocka_unit_test(punctuation_is_words),
        cmocka_unit_test(controls_are_dropped_within_words),
        cmocka_unit_test(what_is_not_utf8_is_dropped_like_the_replacement_character),
        cmocka_unit_test(special_tokens_in_the_text_are_those_tokens),
        cmocka_unit_test(marks_come_in_canonical_order),
        cmocka_unit_test(words_beyond_the_longest_are_unknown),
        cmocka_unit_test(a_limit_keeps_the_first_tokens_and_sep),
        cmocka_unit_test(long_hostile_texts_take_linear_time),
        cmocka_unit_test(a_damaged_vocabulary_is_refused_with_its_line),
        cmocka_unit_test(lines_may_end_in_cr_lf_and_the_last_one_in_nothing),
        cmocka_unit_test(a_vocabulary_without_mask_reads_it_as_text),
        cmocka_unit_test(vocabularies_have_limits),
        cmocka_unit_test(damaged_vocabularies_are_refused_or_work),
        cmocka_unit_test(create_and_tokenize_runs_out_of_memory),
        cmocka_unit_test(ids_that_are_reused_are_not_allocated_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
