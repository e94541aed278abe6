/*
 * Token ids equal to those of Hugging Face's BertTokenizer, on what tests/golden/tokenizer/
 * generate.py made: a corpus of every kind of text, and every character there is, in five settings.
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

static const struct setting {
    const char *name;
    pulse_tokenizer_params params;
} settings[] = {
    {"uncased", {true, true, true, 0}},          {"cased", {false, false, true, 0}},
    {"lower-accents", {true, false, true, 0}},   {"cased-stripped", {false, true, true, 0}},
    {"whole-chinese", {true, true, false, 100}},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

static pulse_tokenizer *make_tokenizer(const pulse_tokenizer_params *params)
{
    file vocab = read_file("vocab.txt");
    pulse_tokenizer *tokenizer;
    expect_ok(pulse_tokenizer_create((const uint8_t *)vocab.bytes, vocab.size, params, &tokenizer,
                                     error));
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
    pulse_tokenizer *tokenizer = make_tokenizer(NULL);
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

/* As generate.py's. */
static uint64_t hash_on(uint64_t hash, const pulse_token_ids *tokens)
{
    for (size_t i = 0; i <= tokens->count; ++i) {
        const uint32_t id = i < tokens->count ? tokens->ids[i] : UINT32_MAX;
        for (int shift = 0; shift < 32; shift += 8)
            hash = (hash ^ (id >> shift & 0xff)) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static const uint64_t hash_of_nothing = UINT64_C(0xcbf29ce484222325);

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

static const char *compare_hash(const char *hashes, uint64_t hash, const char *setting,
                                const char *what, size_t number)
{
    char *end;
    const unsigned long long wanted = strtoull(hashes, &end, 16);
    if (end == hashes || wanted != hash)
        fail_msg("%s: %s %zx: other ids than the reference", setting, what, number);
    return end;
}

static void every_setting_has_the_reference_ids(void **context)
{
    (void)context;
    file corpus = read_file("corpus.txt");
    file hashes = read_file("settings.txt");
    pulse_token_ids tokens = {0};
    for (int s = 0; s < SETTINGS; ++s) {
        pulse_tokenizer *tokenizer = make_tokenizer(&settings[s].params);
        const char *wanted = hashes_of(&hashes, settings[s].name);
        uint64_t hash = hash_of_nothing;
        for (size_t at = 0, line = 1; at < corpus.size; ++line) {
            const pulse_span text = next_line(&corpus, &at);
            expect_ok(pulse_tokenize(tokenizer, text.data, text.bytes, 0, &tokens, error));
            hash = hash_on(hash, &tokens);
            if (line % 100 == 0 || at == corpus.size) {
                wanted =
                    compare_hash(wanted, hash, settings[s].name, "the hundred lines up to", line);
                hash = hash_of_nothing;
            }
        }
        assert_int_equal(*wanted, '\n');
        pulse_tokenizer_free(tokenizer);
    }
    pulse_token_ids_free(&tokens);
    free(corpus.bytes);
    free(hashes.bytes);
}

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

static void every_character_has_the_reference_ids(void **context)
{
    (void)context;
    file hashes = read_file("characters.txt");
    pulse_token_ids tokens = {0};
    for (int s = 0; s < SETTINGS; ++s) {
        pulse_tokenizer *tokenizer = make_tokenizer(&settings[s].params);
        const char *wanted = hashes_of(&hashes, settings[s].name);
        for (uint32_t first = 0; first < 0x110000; first += 256) {
            uint64_t hash = hash_of_nothing;
            for (uint32_t c = first; c < first + 256; ++c) {
                if (c >= 0xd800 && c < 0xe000)
                    continue;
                char text[16] = "a";
                size_t size = 1 + encode(c, text + 1);
                text[size++] = 'b';
                text[size++] = ' ';
                size += encode(c, text + size);
                expect_ok(pulse_tokenize(tokenizer, text, size, 0, &tokens, error));
                hash = hash_on(hash, &tokens);
            }
            wanted = compare_hash(wanted, hash, settings[s].name, "the 256 characters from", first);
        }
        assert_int_equal(*wanted, '\n');
        pulse_tokenizer_free(tokenizer);
    }
    pulse_token_ids_free(&tokens);
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
