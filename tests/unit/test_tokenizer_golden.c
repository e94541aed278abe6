/*
 * Token ids equal to those of Hugging Face's BertTokenizer, on what tests/golden/tokenizer/
 * generate.py made: a corpus of every kind of text, and every character there is, in five settings
 * and with two vocabularies.
 */
#include "expect.h"

typedef struct file {
    char *bytes; /* NUL-terminated */
    size_t size;
} file;

static file read_file(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", PULSE_GOLDEN_TOKENIZER, name);
    FILE *stream = fopen(path, "rb");
    if (!stream)
        fail_msg("cannot open %s", path);
    file f = {0};
    assert_int_equal(fseek(stream, 0, SEEK_END), 0);
    f.size = (size_t)ftell(stream);
    rewind(stream);
    f.bytes = malloc(f.size + 1);
    assert_non_null(f.bytes);
    assert_int_equal(fread(f.bytes, 1, f.size, stream), f.size);
    f.bytes[f.size] = '\0';
    fclose(stream);
    return f;
}

/* UTF-8 of `c`; returns its size. */
static size_t encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

static bool is_character(uint32_t c)
{
    return c < 0xd800 || c > 0xdfff;
}

/* Nearly every character is a token, and another where it continues a word: the ids spell what a
 * text was normalised to. */
static file letters(void)
{
    static const char specials[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
    file f = {malloc(2 * 0x20000 * 7), sizeof specials - 1};
    assert_non_null(f.bytes);
    memcpy(f.bytes, specials, f.size);
    for (int continues = 0; continues < 2; ++continues) {
        for (uint32_t c = 0x21; c < 0x20000; ++c) {
            if (!is_character(c))
                continue;
            if (continues) {
                f.bytes[f.size++] = '#';
                f.bytes[f.size++] = '#';
            }
            f.size += encode(c, f.bytes + f.size);
            f.bytes[f.size++] = '\n';
        }
    }
    return f;
}

static const struct setting {
    const char *name;
    pulse_tokenizer_params params;
} settings[] = {
    {"words/uncased", {true, true, true, 0}},
    {"words/cased", {false, false, true, 0}},
    {"words/lower-accents", {true, false, true, 0}},
    {"words/cased-stripped", {false, true, true, 0}},
    {"words/whole-chinese", {true, true, false, 100}},
    {"letters/uncased", {true, true, true, 0}},
    {"letters/cased", {false, false, true, 0}},
    {"letters/lower-accents", {true, false, true, 0}},
    {"letters/cased-stripped", {false, true, true, 0}},
    {"letters/whole-chinese", {true, true, false, 100}},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

static pulse_tokenizer *make_tokenizer(const struct setting *setting)
{
    file vocab = setting->name[0] == 'l' ? letters() : read_file("vocab.txt");
    pulse_tokenizer *tokenizer;
    expect_ok(pulse_tokenizer_create((const uint8_t *)vocab.bytes, vocab.size, &setting->params,
                                     &tokenizer, error));
    free(vocab.bytes);
    return tokenizer;
}

/* The line that starts at `*at`, which moves on to the next. */
static pulse_span next_line(const file *f, size_t *at)
{
    const char *start = f->bytes + *at;
    const char *end = memchr(start, '\n', f->size - *at);
    assert_non_null(end);
    *at = (size_t)(end - f->bytes) + 1;
    return (pulse_span){start, (size_t)(end - start)};
}

static void compare_ids(size_t line, pulse_span text, const char *wanted,
                        const pulse_token_ids *got)
{
    char *end = NULL;
    for (size_t i = 0; i < got->count; ++i, wanted = end) {
        const unsigned long id = strtoul(wanted, &end, 10);
        if (end == wanted || id != got->ids[i])
            fail_msg("line %zu (\"%.*s\"): token %zu is %u, expected %lu", line,
                     (int)(text.bytes < 200 ? text.bytes : 200), text.data, i,
                     (unsigned)got->ids[i], id);
    }
    if (*wanted != '\n')
        fail_msg("line %zu (\"%.*s\"): only %zu tokens", line,
                 (int)(text.bytes < 200 ? text.bytes : 200), text.data, got->count);
}

static void every_line_of_the_corpus_has_the_reference_ids(void **context)
{
    (void)context;
    pulse_tokenizer *tokenizer = make_tokenizer(&settings[0]);
    assert_int_equal(pulse_tokenizer_size(tokenizer), 30522);
    file corpus = read_file("corpus.txt");
    file ids = read_file("ids.txt");
    pulse_token_ids tokens = {0};
    size_t lines = 0;
    for (size_t at = 0, ids_at = 0; at < corpus.size;) {
        const pulse_span text = next_line(&corpus, &at);
        const pulse_span wanted = next_line(&ids, &ids_at);
        expect_ok(pulse_tokenize(tokenizer, text.data, text.bytes, 0, &tokens, error));
        compare_ids(++lines, text, wanted.data, &tokens);
    }
    print_message("%zu lines are equal\n", lines);
    assert_true(lines >= 20000);
    pulse_token_ids_free(&tokens);
    free(corpus.bytes);
    free(ids.bytes);
    pulse_tokenizer_free(tokenizer);
}

/* What is to be hashed, as generate.py does. */
typedef struct record {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
} record;

static void add(record *r, const pulse_token_ids *tokens)
{
    const size_t more = (tokens->count + 1) * 4;
    if (r->capacity - r->size < more) {
        r->capacity = 2 * r->capacity + more;
        r->bytes = realloc(r->bytes, r->capacity);
    }
    if (!r->bytes)
        abort();
    for (size_t i = 0; i <= tokens->count; ++i) {
        const uint32_t id = i < tokens->count ? tokens->ids[i] : UINT32_MAX;
        for (int shift = 0; shift < 32; shift += 8)
            r->bytes[r->size++] = (uint8_t)(id >> shift);
    }
}

/* The setting's line of hashes, behind its name. */
static const char *hashes_of(const file *f, const char *name)
{
    for (size_t at = 0; at < f->size;) {
        const pulse_span line = next_line(f, &at);
        const size_t size = strlen(name);
        if (line.bytes > size && memcmp(line.data, name, size) == 0 && line.data[size] == ' ')
            return line.data + size;
    }
    fail_msg("no line for %s", name);
    return NULL;
}

/* Checks the next of the hashes, and starts a new record. Returns what is behind it. */
static const char *compare_hash(const char *hashes, record *r, const char *setting,
                                const char *what, size_t number)
{
    char hash[65];
    pulse_sha256_hex(r->bytes, r->size, hash);
    r->size = 0;
    if (hashes[0] != ' ' || strncmp(hashes + 1, hash, 16) != 0)
        fail_msg("%s: %s %zu (0x%zx): other ids than the reference", setting, what, number, number);
    return hashes + 17;
}

static void every_setting_has_the_reference_ids(void **context)
{
    (void)context;
    file corpus = read_file("corpus.txt");
    file hashes = read_file("settings.txt");
    pulse_token_ids tokens = {0};
    record r = {0};
    for (int s = 0; s < SETTINGS; ++s) {
        pulse_tokenizer *tokenizer = make_tokenizer(&settings[s]);
        const char *wanted = hashes_of(&hashes, settings[s].name);
        for (size_t at = 0, line = 1; at < corpus.size; ++line) {
            const pulse_span text = next_line(&corpus, &at);
            expect_ok(pulse_tokenize(tokenizer, text.data, text.bytes, 0, &tokens, error));
            add(&r, &tokens);
            if (line % 100 == 0 || at == corpus.size) {
                wanted =
                    compare_hash(wanted, &r, settings[s].name, "the hundred lines up to", line);
            }
        }
        assert_int_equal(*wanted, '\n');
        pulse_tokenizer_free(tokenizer);
    }
    pulse_token_ids_free(&tokens);
    free(r.bytes);
    free(corpus.bytes);
    free(hashes.bytes);
}

/* As generate.py's: the character within a word, by itself, and amid combining characters. */
static size_t probe(uint32_t c, char *out)
{
    static const char *const around[] = {"a", "b ", " x\xf0\x9d\x85\xad",
                                         "\xf0\x9d\x85\xa5 y\xe3\x80\xae", "\xe1\xad\x84"};
    size_t size = 0;
    for (size_t i = 0; i < 5; ++i) {
        if (i > 0)
            size += encode(c, out + size);
        const size_t length = strlen(around[i]);
        memcpy(out + size, around[i], length);
        size += length;
    }
    return size;
}

static void every_character_has_the_reference_ids(void **context)
{
    (void)context;
    file hashes = read_file("characters.txt");
    pulse_token_ids tokens = {0};
    record r = {0};
    for (int s = 0; s < SETTINGS; ++s) {
        /* The words show too little to be worth the time in every setting. */
        if (s > 0 && settings[s].name[0] == 'w')
            continue;
        pulse_tokenizer *tokenizer = make_tokenizer(&settings[s]);
        const char *wanted = hashes_of(&hashes, settings[s].name);
        for (uint32_t first = 0; first < 0x110000; first += 256) {
            for (uint32_t c = first; c < first + 256; ++c) {
                if (!is_character(c))
                    continue;
                char text[64];
                const size_t size = probe(c, text);
                expect_ok(pulse_tokenize(tokenizer, text, size, 0, &tokens, error));
                add(&r, &tokens);
            }
            wanted = compare_hash(wanted, &r, settings[s].name, "the 256 characters from", first);
        }
        assert_int_equal(*wanted, '\n');
        pulse_tokenizer_free(tokenizer);
    }
    pulse_token_ids_free(&tokens);
    free(r.bytes);
    free(hashes.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_of_the_corpus_has_the_reference_ids),
        cmocka_unit_test(every_setting_has_the_reference_ids),
        cmocka_unit_test(every_character_has_the_reference_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
