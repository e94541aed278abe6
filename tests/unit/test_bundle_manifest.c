/* manifest.json: whatever is in it, the answer is a manifest or a message that names the member. */
#include "expect.h"

#include "bundle/limits.h"
#include "bundle/manifest.h"

#define H "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEAD "{\"format\":\"playlistpulse-bundle\",\"version\":1,"
#define SHARD "{\"name\":\"x.bin\",\"sha256\":\"" H "\",\"bytes\":7}"
#define ENTRY(role)                                                                                \
    "{\"role\":\"" role "\",\"sha256\":\"" H "\",\"bytes\":7,\"shards\":[" SHARD "]}"
#define FILES(entries) HEAD "\"files\":[" entries "]}"
#define FILE_WITH(shards, bytes)                                                                   \
    FILES("{\"role\":\"a\",\"sha256\":\"" H "\",\"bytes\":" bytes ",\"shards\":[" shards "]}")
#define ONE_SHARD(name, hash, bytes)                                                               \
    FILE_WITH("{\"name\":" name ",\"sha256\":" hash ",\"bytes\":" bytes "}", "7")

static pulse_status parse(const char *text, size_t size, pulse_manifest **out, pulse_error *error)
{
    uint8_t *copy = exact_copy(text, size);
    pulse_status status =
        pulse_manifest_parse((const char *)copy, size, "manifest.json", out, error);
    free(copy);
    if (status != PULSE_OK)
        assert_null(*out);
    return status;
}

static void reads_files_and_shards(void **context)
{
    (void)context;
    static const char text[] =
        "\r\n\t " HEAD "\"generator\":{\"seed\":1},\"data\":{\"title\":\"\\u00e9\\ud83c\\udfb5\"},"
        "\"later\":[1,{}],\"files\":[" ENTRY("catalog") "," ENTRY(
            "of-the-future") ",{\"role\":\"encoder\",\"sha256\":\"" H
                             "\",\"bytes\":14,\"extra\":null,\"shards\":[" SHARD "," SHARD
                             "]}]} \n";
    pulse_manifest *manifest;
    expect_ok(parse(text, sizeof text - 1, &manifest, error));
    assert_int_equal(manifest->file_count, 3);
    assert_null(pulse_manifest_find(manifest, "vectors"));
    const pulse_manifest_file *file = pulse_manifest_find(manifest, "encoder");
    assert_non_null(file);
    assert_int_equal(file->bytes, 14);
    assert_int_equal(file->shard_count, 2);
    assert_string_equal(file->sha256, H);
    assert_string_equal(file->shards[1].name, "x.bin");
    assert_string_equal(file->shards[1].sha256, H);
    assert_int_equal(file->shards[1].bytes, 7);
    pulse_manifest_free(manifest);
    expect_ok(parse(FILES(""), strlen(FILES("")), &manifest, error));
    assert_int_equal(manifest->file_count, 0);
    pulse_manifest_free(manifest);
    pulse_manifest_free(NULL);
}

static const struct {
    const char *text;
    pulse_status status;
    const char *message;
} bad[] = {
    {"", PULSE_E_FORMAT, "manifest.json: line 1, column 1: empty"},
    {"{", PULSE_E_FORMAT, "manifest.json: line 1, column"},
    {"{\n  \"format\" \"x\"}", PULSE_E_FORMAT,
     "manifest.json: line 2, column 12: this is not JSON"},
    {"[]", PULSE_E_FORMAT, "manifest.json is an array, it must be an object"},
    {"null", PULSE_E_FORMAT, "manifest.json is null"},
    {FILES("") " x", PULSE_E_FORMAT, "more text behind the end"},
    {FILES("") FILES(""), PULSE_E_FORMAT, "more text behind the end"},
    {"{\"format\":\"a\x01\"}", PULSE_E_FORMAT, "control character"},
    {"{\"format\":\"\xff\"}", PULSE_E_FORMAT, "column 12: not valid UTF-8"},
    {"{\"format\":\"\xc0\x80\"}", PULSE_E_FORMAT, "not valid UTF-8"},
    {"{\"format\":\"\xed\xa0\x80\"}", PULSE_E_FORMAT, "not valid UTF-8"},
    {"{\"format\":\"\xf4\x90\x80\x80\"}", PULSE_E_FORMAT, "not valid UTF-8"},
    {"{\"format\":\"a\\u0000b\"}", PULSE_E_FORMAT, "U+0000"},
    {"{\x0b\"format\":1}", PULSE_E_FORMAT, "a character that JSON does not have here"},
    {"{}", PULSE_E_FORMAT, "manifest.json: \"format\" is missing"},
    {"{\"format\":1}", PULSE_E_FORMAT, "\"format\" is a number, it must be a string"},
    {"{\"format\":\"a\",\"format\":\"b\"}", PULSE_E_FORMAT, "\"format\" is there twice"},
    {"{\"format\":\"something\"}", PULSE_E_FORMAT, "manifest of something else"},
    {"{\"format\":\"playlistpulse-bundle\"}", PULSE_E_FORMAT, "\"version\" is missing"},
    {"{\"format\":\"playlistpulse-bundle\",\"version\":\"1\"}", PULSE_E_FORMAT,
     "\"version\" is a string, it must be a number"},
    {"{\"format\":\"playlistpulse-bundle\",\"version\":1.5}", PULSE_E_FORMAT, "\"version\" is 1.5"},
    {"{\"format\":\"playlistpulse-bundle\",\"version\":-1}", PULSE_E_FORMAT, "\"version\" is -1"},
    {"{\"format\":\"playlistpulse-bundle\",\"version\":1e999}", PULSE_E_FORMAT,
     "\"version\" is inf"},
    {"{\"format\":\"playlistpulse-bundle\",\"version\":0}", PULSE_E_VERSION, "format version 0"},
    /* The version comes before every other complaint. */
    {"{\"files\":7,\"data\":1,\"version\":2,\"format\":\"playlistpulse-bundle\"}", PULSE_E_VERSION,
     "format version 2, this program reads version 1: it needs a newer"},
    {"{\"format\":\"playlistpulse-bundle\",\"version\":1}", PULSE_E_FORMAT, "\"files\" is missing"},
    {HEAD "\"files\":{}}", PULSE_E_FORMAT, "\"files\" is an object, it must be an array"},
    {HEAD "\"files\":[],\"model\":3}", PULSE_E_FORMAT, "\"model\" is a number"},
    {HEAD "\"files\":[],\"generator\":[]}", PULSE_E_FORMAT, "\"generator\" is an array"},
    {FILES("true"), PULSE_E_FORMAT, "manifest.json: files[0] is true or false"},
    {FILES("{}"), PULSE_E_FORMAT, "files[0]: \"role\" is missing"},
    {FILES(ENTRY("a") ",{\"role\":7}"), PULSE_E_FORMAT, "files[1]: \"role\" is a number"},
    {FILES(ENTRY("")), PULSE_E_FORMAT, "files[0]: \"role\" must be letters"},
    {FILES(ENTRY("a b")), PULSE_E_FORMAT, "files[0]: \"role\" must be letters"},
    {FILES(ENTRY("a") "," ENTRY("b") "," ENTRY("a")), PULSE_E_FORMAT,
     "files[2]: role \"a\" is there twice"},
    {FILES("{\"role\":\"a\"}"), PULSE_E_FORMAT, "\"sha256\" is missing"},
    {FILES("{\"role\":\"a\",\"sha256\":\"12\"}"), PULSE_E_FORMAT, "64 lower-case hex digits"},
    {FILES("{\"role\":\"a\",\"sha256\":\"" H "\"}"), PULSE_E_FORMAT, "\"bytes\" is missing"},
    {FILES("{\"role\":\"a\",\"sha256\":\"" H "\",\"bytes\":7}"), PULSE_E_FORMAT,
     "\"shards\" is missing"},
    {FILE_WITH("", "7"), PULSE_E_FORMAT, "\"shards\" is empty"},
    {FILE_WITH(SHARD, "8"), PULSE_E_FORMAT, "add up to 7 bytes, \"bytes\" says 8"},
    {FILE_WITH(SHARD "," SHARD, "7"), PULSE_E_FORMAT, "add up to 14 bytes"},
    {FILE_WITH(SHARD, "1073741825"), PULSE_E_FORMAT, "a whole number from 0 to 1073741824"},
    {FILE_WITH(SHARD, "-7"), PULSE_E_FORMAT, "\"bytes\" is -7"},
    {FILE_WITH(SHARD ",[]", "7"), PULSE_E_FORMAT, "files[0]: shards[1] is an array"},
    {FILE_WITH("{}", "7"), PULSE_E_FORMAT, "files[0]: shards[0]: \"name\" is missing"},
    {ONE_SHARD("\"../x\"", "\"" H "\"", "7"), PULSE_E_FORMAT,
     "shards[0]: \"name\" must be 1 to 128"},
    {ONE_SHARD("\"\"", "\"" H "\"", "7"), PULSE_E_FORMAT, "shards[0]: \"name\" must be 1 to 128"},
    {ONE_SHARD("\".x\"", "\"" H "\"", "7"), PULSE_E_FORMAT, "\"name\" must be 1 to 128"},
    {ONE_SHARD("\"a/b\"", "\"" H "\"", "7"), PULSE_E_FORMAT, "\"name\" must be 1 to 128"},
    {ONE_SHARD("\"x\"", "7", "7"), PULSE_E_FORMAT, "shards[0]: \"sha256\" is a number"},
    {ONE_SHARD("\"x\"", "\"" H "\"", "\"7\""), PULSE_E_FORMAT, "shards[0]: \"bytes\" is a string"},
    {ONE_SHARD("\"x\"", "\"" H "\"", "7.25"), PULSE_E_FORMAT, "shards[0]: \"bytes\" is 7.25"},
    {ONE_SHARD("\"x\"", "\"1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"",
               "7"),
     PULSE_E_FORMAT, "differs from that of its only shard"},
};

static void names_what_is_wrong(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        pulse_manifest *manifest;
        expect_fail(bad[i].status, bad[i].message,
                    parse(bad[i].text, strlen(bad[i].text), &manifest, error));
    }
}

/* `head`, `count` times `item` with commas, `tail`. */
static char *repeat(const char *head, const char *item, int count, const char *tail)
{
    size_t room = strlen(head) + (strlen(item) + 16) * (size_t)count + strlen(tail) + 1;
    char *text = malloc(room);
    assert_non_null(text);
    size_t used = (size_t)snprintf(text, room, "%s", head);
    for (int i = 0; i < count; ++i) {
        if (i)
            text[used++] = ',';
        used += (size_t)snprintf(text + used, room - used, item, i);
    }
    snprintf(text + used, room - used, "%s", tail);
    return text;
}

static void keeps_to_its_limits(void **context)
{
    (void)context;
    static const char entry[] = "{\"role\":\"r%d\",\"sha256\":\"" H "\",\"bytes\":7,\"shards\":["
                                "{\"name\":\"x\",\"sha256\":\"" H "\",\"bytes\":7}]}";
    pulse_manifest *manifest;
    char *text = repeat(HEAD "\"files\":[", entry, PULSE_BUNDLE_MAX_FILES, "]}");
    expect_ok(parse(text, strlen(text), &manifest, error));
    pulse_manifest_free(manifest);
    free(text);
    text = repeat(HEAD "\"files\":[", entry, PULSE_BUNDLE_MAX_FILES + 1, "]}");
    expect_fail(PULSE_E_FORMAT, "more than 64 files", parse(text, strlen(text), &manifest, error));
    free(text);

    static const char head[] =
        HEAD "\"files\":[{\"role\":\"a\",\"sha256\":\"" H "\",\"bytes\":0,\"shards\":[";
    static const char shard[] = "{\"name\":\"s%d\",\"sha256\":\"" H "\",\"bytes\":0}";
    text = repeat(head, shard, PULSE_BUNDLE_MAX_SHARDS, "]}]}");
    expect_ok(parse(text, strlen(text), &manifest, error));
    assert_int_equal(manifest->files[0].shard_count, PULSE_BUNDLE_MAX_SHARDS);
    pulse_manifest_free(manifest);
    free(text);
    text = repeat(head, shard, PULSE_BUNDLE_MAX_SHARDS + 1, "]}]}");
    expect_fail(PULSE_E_FORMAT, "more than 4096 shards",
                parse(text, strlen(text), &manifest, error));
    free(text);

    size_t size = PULSE_BUNDLE_MAX_MANIFEST + 1;
    text = malloc(size);
    assert_non_null(text);
    memset(text, ' ', size);
    memcpy(text, FILES(""), strlen(FILES("")));
    expect_ok(parse(text, size - 1, &manifest, error));
    pulse_manifest_free(manifest);
    expect_fail(PULSE_E_FORMAT, "is 1048577 bytes, the limit is 1048576",
                parse(text, size, &manifest, error));
    memset(text, '[', size - 1);
    expect_fail(PULSE_E_FORMAT, "line 1, column 33: nested too deeply",
                parse(text, size - 1, &manifest, error));
    free(text);
}

static void parse_anything(const uint8_t *bytes, size_t size)
{
    pulse_error error = {0};
    pulse_manifest *manifest;
    if (pulse_manifest_parse((const char *)bytes, size, "manifest.json", &manifest, &error) ==
        PULSE_OK)
        pulse_manifest_free(manifest);
    else
        assert_true(error.message[0] != '\0');
}

static void survives_any_damage(void **context)
{
    (void)context;
    static const char text[] = HEAD
        "\"data\":{\"title\":\"\\u00e9\"},\"files\":[" ENTRY("catalog") "," ENTRY("vectors") "]}";
    damage((const uint8_t *)text, sizeof text - 1, 20000, parse_anything);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_files_and_shards),
        cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(keeps_to_its_limits),
        cmocka_unit_test(survives_any_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
