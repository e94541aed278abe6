#include "bundle/manifest.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "bundle/bundle.h"
#include "bundle/limits.h"
#include "bundle/sha256.h"

#include <stdio.h>
#include <string.h>

bool pulse_bundle_name_is_safe(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strlen(name);
    return length > 0 && length <= PULSE_BUNDLE_MAX_NAME && name[0] != '.' &&
           strspn(name, allowed) == length;
}

void pulse_manifest_free(pulse_manifest *manifest)
{
    if (!manifest)
        return;
    for (uint32_t f = 0; f < manifest->file_count; ++f) {
        pulse_manifest_file *file = &manifest->files[f];
        for (uint32_t s = 0; s < file->shard_count; ++s)
            pulse_free(file->shards[s].name);
        pulse_free(file->shards);
        pulse_free(file->role);
    }
    pulse_free(manifest->files);
    pulse_free(manifest);
}

const pulse_manifest_file *pulse_manifest_find(const pulse_manifest *manifest, const char *role)
{
    for (uint32_t f = 0; f < manifest->file_count; ++f)
        if (strcmp(manifest->files[f].role, role) == 0)
            return &manifest->files[f];
    return NULL;
}

static pulse_status read_hash(pulse_json_object from, char out[65], pulse_error *error)
{
    const char *text;
    pulse_status status = pulse_json_get_text(from, "sha256", true, &text, error);
    if (status != PULSE_OK)
        return status;
    if (!pulse_sha256_is_hex(text))
        return pulse_fail(error, PULSE_E_FORMAT, "%s: \"sha256\" must be 64 lower-case hex digits",
                          from.where);
    memcpy(out, text, 65);
    return PULSE_OK;
}

static pulse_status read_shard(const cJSON *json, const char *where, pulse_manifest_shard *shard,
                               pulse_error *error)
{
    pulse_json_object from = {json, where};
    if (!cJSON_IsObject(json))
        return pulse_fail(error, PULSE_E_FORMAT, "%s is %s, it must be an object", where,
                          pulse_json_type_name(json));
    const char *name;
    pulse_status status = pulse_json_get_text(from, "name", true, &name, error);
    if (status != PULSE_OK)
        return status;
    if (!pulse_bundle_name_is_safe(name))
        return pulse_fail(error, PULSE_E_FORMAT,
                          "%s: \"name\" must be 1 to %d letters, digits, '.', '_' or '-', and not "
                          "start with '.'",
                          where, PULSE_BUNDLE_MAX_NAME);
    status = read_hash(from, shard->sha256, error);
    if (status == PULSE_OK)
        status = pulse_json_get_integer(from, "bytes", PULSE_BUNDLE_MAX_FILE, &shard->bytes, error);
    if (status != PULSE_OK)
        return status;
    shard->name = pulse_strdup(name);
    return shard->name ? PULSE_OK : pulse_out_of_memory(error);
}

/* `*shards_left`: of the whole manifest's allowance. */
static pulse_status read_shards(pulse_json_object from, pulse_manifest_file *file,
                                uint32_t *shards_left, pulse_error *error)
{
    const cJSON *array;
    pulse_status status = pulse_json_get(from, "shards", PULSE_JSON_ARRAY, true, &array, error);
    if (status != PULSE_OK)
        return status;
    uint32_t count = 0;
    for (const cJSON *item = array->child; item; item = item->next)
        if (count++ == *shards_left)
            return pulse_fail(error, PULSE_E_FORMAT, "%s: more than %d shards in all", from.where,
                              PULSE_BUNDLE_MAX_SHARDS);
    if (count == 0)
        return pulse_fail(error, PULSE_E_FORMAT, "%s: \"shards\" is empty", from.where);
    *shards_left -= count;
    file->shards = pulse_calloc(count, sizeof *file->shards);
    if (!file->shards)
        return pulse_out_of_memory(error);
    uint64_t sum = 0;
    for (const cJSON *item = array->child; item; item = item->next) {
        char where[256];
        snprintf(where, sizeof where, "%s: shards[%u]", from.where, file->shard_count);
        pulse_manifest_shard *shard = &file->shards[file->shard_count];
        status = read_shard(item, where, shard, error);
        if (status != PULSE_OK)
            return status;
        ++file->shard_count;
        sum += shard->bytes; /* 4096 times 2^30 at most: no overflow */
    }
    if (sum != file->bytes)
        return pulse_fail(error, PULSE_E_FORMAT,
                          "%s: the shards add up to %llu bytes, \"bytes\" says %llu", from.where,
                          (unsigned long long)sum, (unsigned long long)file->bytes);
    if (count == 1 && strcmp(file->sha256, file->shards[0].sha256) != 0)
        return pulse_fail(error, PULSE_E_FORMAT,
                          "%s: \"sha256\" differs from that of its only shard", from.where);
    return PULSE_OK;
}

static pulse_status read_file(const cJSON *json, const char *where, pulse_manifest *manifest,
                              uint32_t *shards_left, pulse_error *error)
{
    pulse_json_object from = {json, where};
    pulse_manifest_file *file = &manifest->files[manifest->file_count];
    if (!cJSON_IsObject(json))
        return pulse_fail(error, PULSE_E_FORMAT, "%s is %s, it must be an object", where,
                          pulse_json_type_name(json));
    const char *role;
    pulse_status status = pulse_json_get_text(from, "role", true, &role, error);
    if (status != PULSE_OK)
        return status;
    /* Roles are held to the alphabet of file names, since messages repeat them. */
    if (!pulse_bundle_name_is_safe(role))
        return pulse_fail(error, PULSE_E_FORMAT,
                          "%s: \"role\" must be letters, digits, '.', '_' or '-'", where);
    if (pulse_manifest_find(manifest, role))
        return pulse_fail(error, PULSE_E_FORMAT, "%s: role \"%s\" is there twice", where, role);
    status = read_hash(from, file->sha256, error);
    if (status == PULSE_OK)
        status = pulse_json_get_integer(from, "bytes", PULSE_BUNDLE_MAX_FILE, &file->bytes, error);
    if (status != PULSE_OK)
        return status;
    file->role = pulse_strdup(role);
    if (!file->role)
        return pulse_out_of_memory(error);
    ++manifest->file_count; /* what read_shards leaves half done is freed from here on */
    return read_shards(from, file, shards_left, error);
}

static pulse_status read_files(pulse_json_object from, pulse_manifest *manifest, pulse_error *error)
{
    const cJSON *array;
    pulse_status status = pulse_json_get(from, "files", PULSE_JSON_ARRAY, true, &array, error);
    if (status != PULSE_OK)
        return status;
    uint32_t count = 0;
    for (const cJSON *item = array->child; item; item = item->next)
        if (count++ == PULSE_BUNDLE_MAX_FILES)
            return pulse_fail(error, PULSE_E_FORMAT, "%s: more than %d files", from.where,
                              PULSE_BUNDLE_MAX_FILES);
    manifest->files = pulse_calloc(count, sizeof *manifest->files);
    if (!manifest->files)
        return pulse_out_of_memory(error);
    uint32_t shards_left = PULSE_BUNDLE_MAX_SHARDS;
    uint32_t index = 0;
    for (const cJSON *item = array->child; item; item = item->next) {
        char where[192];
        snprintf(where, sizeof where, "%.128s: files[%u]", from.where, index++);
        status = read_file(item, where, manifest, &shards_left, error);
        if (status != PULSE_OK)
            return status;
    }
    return PULSE_OK;
}

/* Before anything else: what a later version means by the other members is not ours to judge. */
static pulse_status check_version(pulse_json_object from, pulse_error *error)
{
    const char *format;
    pulse_status status = pulse_json_get_text(from, "format", true, &format, error);
    if (status != PULSE_OK)
        return status;
    if (strcmp(format, PULSE_BUNDLE_FORMAT) != 0)
        return pulse_fail(error, PULSE_E_FORMAT,
                          "%s: \"format\" is not \"" PULSE_BUNDLE_FORMAT "\": this is the manifest "
                          "of something else",
                          from.where);
    uint64_t version;
    status = pulse_json_get_integer(from, "version", PULSE_JSON_MAX_INTEGER, &version, error);
    if (status != PULSE_OK)
        return status;
    if (version != PULSE_BUNDLE_VERSION)
        return pulse_fail(
            error, PULSE_E_VERSION,
            "%s: the bundle is of format version %llu, this program reads version %d%s", from.where,
            (unsigned long long)version, PULSE_BUNDLE_VERSION,
            version > PULSE_BUNDLE_VERSION ? ": it needs a newer playlistpulse" : "");
    return PULSE_OK;
}

/* Members that the reader hands on unread must at least be what others will take them for. */
static pulse_status check_descriptions(pulse_json_object from, pulse_error *error)
{
    static const char *const names[] = {"generator", "data", "model", "quality"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        const cJSON *item;
        pulse_status status =
            pulse_json_get(from, names[i], PULSE_JSON_OBJECT, false, &item, error);
        if (status != PULSE_OK)
            return status;
    }
    return PULSE_OK;
}

static pulse_status read_manifest(const cJSON *json, const char *what, pulse_manifest *manifest,
                                  pulse_error *error)
{
    pulse_json_object from = {json, what};
    if (!cJSON_IsObject(json))
        return pulse_fail(error, PULSE_E_FORMAT, "%s is %s, it must be an object", what,
                          pulse_json_type_name(json));
    pulse_status status = check_version(from, error);
    if (status == PULSE_OK)
        status = check_descriptions(from, error);
    if (status == PULSE_OK)
        status = read_files(from, manifest, error);
    return status;
}

pulse_status pulse_manifest_parse(const char *text, size_t bytes, const char *what,
                                  pulse_manifest **out, pulse_error *error)
{
    *out = NULL;
    if (bytes > PULSE_BUNDLE_MAX_MANIFEST)
        return pulse_fail(error, PULSE_E_FORMAT, "%s: is %zu bytes, the limit is %llu", what, bytes,
                          (unsigned long long)PULSE_BUNDLE_MAX_MANIFEST);
    cJSON *json;
    pulse_status status = pulse_json_parse(text, bytes, what, &json, error);
    if (status != PULSE_OK)
        return status;
    pulse_manifest *manifest = pulse_calloc(1, sizeof *manifest);
    status = manifest ? read_manifest(json, what, manifest, error) : pulse_out_of_memory(error);
    cJSON_Delete(json);
    if (status != PULSE_OK) {
        pulse_manifest_free(manifest);
        return status;
    }
    *out = manifest;
    return PULSE_OK;
}
