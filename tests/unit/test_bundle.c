/* Bundles on disk and from other sources: what is read is what the manifest promises, or nothing.
 */
#include "expect.h"

#include "bundle/bundle.h"
#include "bundle/limits.h"

#include <sys/stat.h>
#include <unistd.h>

typedef struct state {
    char directory[128];
    pulse_source source;
} state;

static void path_of(const state *state, const char *name, char out[320])
{
    snprintf(out, 320, "%s/%s", state->directory, name);
}

static void write_file(const state *state, const char *name, const void *bytes, size_t size)
{
    char path[320];
    path_of(state, name, path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **context)
{
    state *made = calloc(1, sizeof *made);
    const char *base = getenv("TMPDIR");
    snprintf(made->directory, sizeof made->directory, "%s/pulse-bundle-XXXXXX",
             base && strlen(base) < 90 ? base : "/tmp");
    if (!mkdtemp(made->directory))
        return -1;
    *context = made;
    return pulse_directory_source(made->directory, &made->source, NULL) == PULSE_OK ? 0 : -1;
}

static int tear_down(void **context)
{
    static const char *const names[] = {"manifest.json", "a.bin", "b.bin",     "c.bin",
                                        "empty",         "fifo",  "whole.bin", "huge"};
    state *state = *context;
    pulse_source_close(&state->source);
    char path[320];
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        path_of(state, names[i], path);
        unlink(path);
    }
    path_of(state, "sub", path);
    rmdir(path);
    int result = rmdir(state->directory);
    free(state);
    return result;
}

static pulse_status open_name(const pulse_source *source, const char *name, const uint8_t **data,
                              size_t *size, pulse_error *error)
{
    return source->open(source->context, name, data, size, error);
}

/* ---- SHA-256 ---- */

static void sha256_matches_fips_180_4(void **context)
{
    (void)context;
    char hex[65];
    pulse_sha256_hex(NULL, 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    pulse_sha256_hex("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    char *many = malloc(1000000);
    assert_non_null(many);
    memset(many, 'a', 1000000);
    pulse_sha256_hex(many, 1000000, hex);
    free(many);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* ---- The directory source ---- */

static void directory_source_reads_a_file(void **context)
{
    state *state = *context;
    write_file(state, "a.bin", "one\0two", 7);
    const uint8_t *data;
    size_t size;
    expect_ok(open_name(&state->source, "a.bin", &data, &size, error));
    assert_int_equal(size, 7);
    assert_memory_equal(data, "one\0two", 7);
    state->source.close(state->source.context, data, size);
    write_file(state, "empty", "", 0);
    expect_ok(open_name(&state->source, "empty", &data, &size, error));
    assert_int_equal(size, 0);
    state->source.close(state->source.context, data, size);
}

static void directory_source_keeps_what_it_read_when_the_file_changes(void **context)
{
    state *state = *context;
    write_file(state, "a.bin", "before", 6);
    const uint8_t *data;
    size_t size;
    expect_ok(open_name(&state->source, "a.bin", &data, &size, error));
    write_file(state, "a.bin", "AFTER!", 6);
    assert_memory_equal(data, "before", 6);
    char path[320];
    path_of(state, "a.bin", path);
    assert_int_equal(truncate(path, 0), 0);
    assert_memory_equal(data, "before", 6);
    state->source.close(state->source.context, data, size);
}

static void directory_source_says_why_a_file_cannot_be_read(void **context)
{
    state *state = *context;
    const uint8_t *data;
    size_t size;
    char path[320];
    expect_fail(PULSE_E_NOT_FOUND, "a.bin: No such file",
                open_name(&state->source, "a.bin", &data, &size, error));
    assert_null(data);
    path_of(state, "sub", path);
    assert_int_equal(mkdir(path, 0700), 0);
    expect_fail(PULSE_E_IO, "sub: not a regular file",
                open_name(&state->source, "sub", &data, &size, error));
    path_of(state, "fifo", path);
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_fail(PULSE_E_IO, "fifo: not a regular file",
                open_name(&state->source, "fifo", &data, &size, error));
    write_file(state, "huge", "", 0);
    path_of(state, "huge", path);
    assert_int_equal(truncate(path, (off_t)PULSE_BUNDLE_MAX_FILE + 1), 0);
    expect_fail(PULSE_E_FORMAT, "huge: is 1073741825 bytes, the limit is 1073741824",
                open_name(&state->source, "huge", &data, &size, error));
}

static void directory_source_never_leaves_its_directory(void **context)
{
    static const char *const names[] = {"../a.bin", "/etc/hostname", "..",   ".",   "",
                                        "a/b",      ".hidden",       "a\\b", "a b", "\xc3\xa9"};
    state *state = *context;
    const uint8_t *data;
    size_t size;
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        expect_fail(PULSE_E_ARGUMENT, "such a name",
                    open_name(&state->source, names[i], &data, &size, error));
    char longest[PULSE_BUNDLE_MAX_NAME + 2];
    memset(longest, 'x', sizeof longest);
    longest[PULSE_BUNDLE_MAX_NAME] = '\0';
    assert_true(pulse_bundle_name_is_safe(longest));
    longest[PULSE_BUNDLE_MAX_NAME] = 'x';
    longest[PULSE_BUNDLE_MAX_NAME + 1] = '\0';
    assert_false(pulse_bundle_name_is_safe(longest));
}

static void directory_source_needs_a_directory(void **context)
{
    state *state = *context;
    char path[320];
    pulse_source source;
    path_of(state, "nowhere", path);
    expect_fail(PULSE_E_NOT_FOUND, "nowhere: No such file",
                pulse_directory_source(path, &source, error));
    assert_null(source.open);
    write_file(state, "a.bin", "x", 1);
    path_of(state, "a.bin", path);
    expect_fail(PULSE_E_IO, "a.bin: Not a directory", pulse_directory_source(path, &source, error));
    pulse_source_close(&source);
    pulse_source_close(NULL);
}

/* ---- Bundles ---- */

/* One file in three shards, one in a single shard. */
static const char *const shard_names[] = {"a.bin", "b.bin", "c.bin"};
static const char *const shard_texts[] = {"first,", "second,", "third"};
#define JOINED "first,second,third"
#define SINGLE "all in one"

static void write_bundle_with(const state *state, const char *whole_hash)
{
    char text[4096];
    char whole[65];
    char single[65];
    pulse_sha256_hex(JOINED, strlen(JOINED), whole);
    pulse_sha256_hex(SINGLE, strlen(SINGLE), single);
    int used = snprintf(text, sizeof text,
                        "{\"format\":\"playlistpulse-bundle\",\"version\":1,\"files\":[{\"role\":"
                        "\"encoder\",\"sha256\":\"%s\",\"bytes\":%zu,\"shards\":[",
                        whole_hash ? whole_hash : whole, strlen(JOINED));
    for (int i = 0; i < 3; ++i) {
        char hash[65];
        pulse_sha256_hex(shard_texts[i], strlen(shard_texts[i]), hash);
        write_file(state, shard_names[i], shard_texts[i], strlen(shard_texts[i]));
        used += snprintf(text + used, sizeof text - (size_t)used,
                         "%s{\"name\":\"%s\",\"sha256\":\"%s\",\"bytes\":%zu}", i ? "," : "",
                         shard_names[i], hash, strlen(shard_texts[i]));
    }
    used += snprintf(text + used, sizeof text - (size_t)used,
                     "]},{\"role\":\"catalog\",\"sha256\":\"%s\",\"bytes\":%zu,\"shards\":[{"
                     "\"name\":\"whole.bin\",\"sha256\":\"%s\",\"bytes\":%zu}]}]}",
                     single, strlen(SINGLE), single, strlen(SINGLE));
    write_file(state, "whole.bin", SINGLE, strlen(SINGLE));
    write_file(state, "manifest.json", text, (size_t)used);
}

static void write_bundle(const state *state)
{
    write_bundle_with(state, NULL);
}

static void bundle_gives_whole_files(void **context)
{
    state *state = *context;
    write_bundle(state);
    pulse_bundle *bundle;
    pulse_file file;
    for (int skip = 0; skip < 2; ++skip) {
        expect_ok(pulse_bundle_open(&state->source, skip, &bundle, error));
        assert_non_null(strstr(pulse_bundle_manifest(bundle), "\"version\":1"));
        expect_ok(pulse_bundle_read(bundle, "catalog", &file, error));
        assert_int_equal(file.size, strlen(SINGLE));
        assert_memory_equal(file.data, SINGLE, file.size);
        assert_string_equal(file.name, "whole.bin");
        pulse_file_close(&file);
        assert_null(file.data);
        pulse_file_close(&file);
        expect_ok(pulse_bundle_read(bundle, "encoder", &file, error));
        assert_int_equal(file.size, strlen(JOINED));
        assert_memory_equal(file.data, JOINED, file.size);
        assert_string_equal(file.name, "a.bin");
        pulse_file_close(&file);
        pulse_bundle_close(bundle);
    }
    pulse_bundle_close(NULL);
    pulse_file_close(NULL);
}

static void bundle_without_a_manifest_is_not_found(void **context)
{
    state *state = *context;
    pulse_bundle *bundle;
    expect_fail(PULSE_E_NOT_FOUND, "manifest.json: No such file",
                pulse_bundle_open(&state->source, false, &bundle, error));
    assert_null(bundle);
}

static void bundle_without_a_role_does_not_support_it(void **context)
{
    state *state = *context;
    write_bundle(state);
    pulse_bundle *bundle;
    pulse_file file;
    expect_ok(pulse_bundle_open(&state->source, false, &bundle, error));
    expect_fail(PULSE_E_UNSUPPORTED, "no file of role \"vectors\"",
                pulse_bundle_read(bundle, "vectors", &file, error));
    assert_null(file.data);
    pulse_bundle_close(bundle);
}

static void read_fails(const state *state, bool skip, const char *role, pulse_status status,
                       const char *text)
{
    pulse_bundle *bundle;
    pulse_file file;
    expect_ok(pulse_bundle_open(&state->source, skip, &bundle, error));
    expect_fail(status, text, pulse_bundle_read(bundle, role, &file, error));
    assert_null(file.data);
    pulse_bundle_close(bundle);
}

static void bundle_refuses_truncated_and_grown_files(void **context)
{
    state *state = *context;
    write_bundle(state);
    write_file(state, "whole.bin", SINGLE, 4);
    for (int skip = 0; skip < 2; ++skip)
        read_fails(state, skip, "catalog", PULSE_E_FORMAT,
                   "whole.bin: is 4 bytes, the manifest says 10: the file is truncated");
    write_file(state, "whole.bin", SINGLE "!", strlen(SINGLE) + 1);
    read_fails(state, false, "catalog", PULSE_E_FORMAT, "whole.bin: is 11 bytes");
    write_file(state, "b.bin", "", 0);
    read_fails(state, true, "encoder", PULSE_E_FORMAT, "b.bin: is 0 bytes, the manifest says 7");
}

static void bundle_refuses_every_flipped_bit(void **context)
{
    state *state = *context;
    write_bundle(state);
    for (size_t bit = 0; bit < 8 * strlen(SINGLE); bit += 7) {
        char text[] = SINGLE;
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
        write_file(state, "whole.bin", text, strlen(SINGLE));
        read_fails(state, false, "catalog", PULSE_E_FORMAT, "whole.bin: its SHA-256 is ");
    }
    write_file(state, "c.bin", "THIRD", 5);
    read_fails(state, false, "encoder", PULSE_E_FORMAT, "c.bin: its SHA-256 is ");
    pulse_bundle *bundle;
    pulse_file file;
    expect_ok(pulse_bundle_open(&state->source, true, &bundle, error));
    expect_ok(pulse_bundle_read(bundle, "encoder", &file, error)); /* hashes were checked before */
    pulse_file_close(&file);
    pulse_bundle_close(bundle);
}

static void bundle_blames_the_manifest_when_only_the_whole_differs(void **context)
{
    state *state = *context;
    char hash[65];
    pulse_sha256_hex("something else", 14, hash);
    write_bundle_with(state, hash);
    read_fails(state, false, "encoder", PULSE_E_FORMAT, "manifest is damaged");
}

static void bundle_with_a_missing_shard_is_not_found(void **context)
{
    state *state = *context;
    write_bundle(state);
    char path[320];
    path_of(state, "b.bin", path);
    assert_int_equal(unlink(path), 0);
    read_fails(state, false, "encoder", PULSE_E_NOT_FOUND, "b.bin: No such file");
    path_of(state, "whole.bin", path);
    assert_int_equal(unlink(path), 0);
    read_fails(state, false, "catalog", PULSE_E_NOT_FOUND, "whole.bin: No such file");
}

/* ---- Sources of other people ---- */

static pulse_status open_silently(void *context, const char *name, const uint8_t **data,
                                  size_t *size, pulse_error *error)
{
    (void)name;
    (void)data;
    (void)error;
    *size = 5;
    return *(pulse_status *)context;
}

static void close_nothing(void *context, const uint8_t *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
}

static void bundle_names_the_file_when_a_source_does_not(void **context)
{
    (void)context;
    pulse_status status = PULSE_E_NOT_FOUND;
    const pulse_source source = {&status, open_silently, close_nothing, NULL};
    pulse_bundle *bundle;
    expect_fail(PULSE_E_NOT_FOUND, "manifest.json: not found",
                pulse_bundle_open(&source, false, &bundle, error));
    status = PULSE_OK;
    expect_fail(PULSE_E_INTERNAL, "manifest.json: the source gave 5 bytes at NULL",
                pulse_bundle_open(&source, false, &bundle, error));
    assert_int_equal(pulse_bundle_open(&source, false, &bundle, NULL), PULSE_E_INTERNAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_matches_fips_180_4),
        TEST(directory_source_reads_a_file),
        TEST(directory_source_keeps_what_it_read_when_the_file_changes),
        TEST(directory_source_says_why_a_file_cannot_be_read),
        TEST(directory_source_never_leaves_its_directory),
        TEST(directory_source_needs_a_directory),
        TEST(bundle_gives_whole_files),
        TEST(bundle_without_a_manifest_is_not_found),
        TEST(bundle_without_a_role_does_not_support_it),
        TEST(bundle_refuses_truncated_and_grown_files),
        TEST(bundle_refuses_every_flipped_bit),
        TEST(bundle_blames_the_manifest_when_only_the_whole_differs),
        TEST(bundle_with_a_missing_shard_is_not_found),
        cmocka_unit_test(bundle_names_the_file_when_a_source_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
