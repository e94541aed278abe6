#include "bundle/bundle.h"

#include "base/alloc.h"
#include "base/error.h"
#include "bundle/limits.h"
#include "bundle/manifest.h"

#include <string.h>

struct pulse_bundle {
    const pulse_source *source;
    bool skip_hashes;
    pulse_manifest *manifest;
    char *text; /* the manifest's, NUL-terminated */
};

/* One file of the source, with a message whatever the source has left in `error`. */
static pulse_status source_open(const pulse_source *source, const char *name, const uint8_t **data,
                                size_t *size, pulse_error *error)
{
    pulse_error inner = {0};
    *data = NULL;
    *size = 0;
    pulse_status status = source->open(source->context, name, data, size, &inner);
    if (status == PULSE_OK && !*data && *size > 0)
        return pulse_fail(error, PULSE_E_INTERNAL, "%s: the source gave %zu bytes at NULL", name,
                          *size);
    if (status == PULSE_OK)
        return PULSE_OK;
    if (inner.message[0] == '\0')
        return pulse_fail(error, status, "%s: %s", name, pulse_status_name(status));
    return pulse_fail(error, status, "%s", inner.message);
}

pulse_status pulse_bundle_open(const pulse_source *source, bool skip_hashes, pulse_bundle **out,
                               pulse_error *error)
{
    *out = NULL;
    const uint8_t *data;
    size_t size;
    pulse_status status = source_open(source, PULSE_BUNDLE_MANIFEST, &data, &size, error);
    if (status != PULSE_OK)
        return status;
    pulse_manifest *manifest;
    status =
        pulse_manifest_parse((const char *)data, size, PULSE_BUNDLE_MANIFEST, &manifest, error);
    char *text = NULL;
    pulse_bundle *bundle = NULL;
    if (status == PULSE_OK) {
        text = pulse_malloc(size + 1);
        bundle = pulse_malloc(sizeof *bundle);
        if (!text || !bundle)
            status = pulse_out_of_memory(error);
    }
    if (status == PULSE_OK) {
        memcpy(text, data, size);
        text[size] = '\0';
        *bundle = (pulse_bundle){source, skip_hashes, manifest, text};
        *out = bundle;
    } else {
        pulse_manifest_free(manifest);
        pulse_free(text);
        pulse_free(bundle);
    }
    source->close(source->context, data, size);
    return status;
}

void pulse_bundle_close(pulse_bundle *bundle)
{
    if (!bundle)
        return;
    pulse_manifest_free(bundle->manifest);
    pulse_free(bundle->text);
    pulse_free(bundle);
}

const char *pulse_bundle_manifest(const pulse_bundle *bundle)
{
    return bundle->text;
}

bool pulse_bundle_has(const pulse_bundle *bundle, const char *role)
{
    return pulse_manifest_find(bundle->manifest, role) != NULL;
}

static pulse_status check_hash(const uint8_t *data, size_t size, const char *expected,
                               const char *name, pulse_error *error)
{
    char found[65];
    pulse_sha256_hex(data, size, found);
    if (strcmp(found, expected) == 0)
        return PULSE_OK;
    return pulse_fail(error, PULSE_E_FORMAT,
                      "%s: its SHA-256 is %s, the manifest says %s: the file is damaged or of "
                      "another bundle",
                      name, found, expected);
}

/* A shard of the size that the manifest gives; its hash is not checked here. */
static pulse_status open_shard(const pulse_source *source, const pulse_manifest_shard *shard,
                               const uint8_t **data, size_t *size, pulse_error *error)
{
    pulse_status status = source_open(source, shard->name, data, size, error);
    if (status != PULSE_OK || *size == shard->bytes)
        return status;
    pulse_error_set(error, PULSE_E_FORMAT,
                    "%s: is %zu bytes, the manifest says %llu: the file is %s or of another bundle",
                    shard->name, *size, (unsigned long long)shard->bytes,
                    *size < shard->bytes ? "truncated" : "too long");
    source->close(source->context, *data, *size);
    return PULSE_E_FORMAT;
}

/* The hash of the whole says whether all is well; only where not, the shards' say which is to
 * blame. */
static pulse_status check_joined(const pulse_manifest_file *file, const uint8_t *data,
                                 pulse_error *error)
{
    if (check_hash(data, (size_t)file->bytes, file->sha256, file->role, NULL) == PULSE_OK)
        return PULSE_OK;
    const uint8_t *shard = data;
    for (uint32_t i = 0; i < file->shard_count; ++i) {
        pulse_status status = check_hash(shard, (size_t)file->shards[i].bytes,
                                         file->shards[i].sha256, file->shards[i].name, error);
        if (status != PULSE_OK)
            return status;
        shard += file->shards[i].bytes;
    }
    return pulse_fail(error, PULSE_E_FORMAT,
                      PULSE_BUNDLE_MANIFEST ": each shard of \"%s\" has its SHA-256, all together "
                                            "they do not have \"sha256\": the manifest is damaged",
                      file->role);
}

static pulse_status read_joined(const pulse_bundle *bundle, const pulse_manifest_file *file,
                                pulse_file *out, pulse_error *error)
{
    uint8_t *joined = pulse_malloc((size_t)file->bytes);
    if (!joined)
        return pulse_out_of_memory(error);
    size_t used = 0;
    pulse_status status = PULSE_OK;
    for (uint32_t i = 0; i < file->shard_count && status == PULSE_OK; ++i) {
        const uint8_t *data;
        size_t size;
        status = open_shard(bundle->source, &file->shards[i], &data, &size, error);
        if (status != PULSE_OK)
            break;
        if (size)
            memcpy(joined + used, data, size);
        used += size;
        bundle->source->close(bundle->source->context, data, size);
    }
    if (status == PULSE_OK && !bundle->skip_hashes)
        status = check_joined(file, joined, error);
    if (status != PULSE_OK) {
        pulse_free(joined);
        return status;
    }
    *out = (pulse_file){
        .data = joined, .size = (size_t)file->bytes, .name = file->shards[0].name, .joined = true};
    return PULSE_OK;
}

static pulse_status read_single(const pulse_bundle *bundle, const pulse_manifest_file *file,
                                pulse_file *out, pulse_error *error)
{
    const uint8_t *data;
    size_t size;
    pulse_status status = open_shard(bundle->source, &file->shards[0], &data, &size, error);
    if (status != PULSE_OK)
        return status;
    if (!bundle->skip_hashes)
        status = check_hash(data, size, file->sha256, file->shards[0].name, error);
    if (status != PULSE_OK) {
        bundle->source->close(bundle->source->context, data, size);
        return status;
    }
    *out = (pulse_file){.data = data,
                        .size = size,
                        .name = file->shards[0].name,
                        .owner = (void *)(uintptr_t)bundle->source};
    return PULSE_OK;
}

pulse_status pulse_bundle_read(pulse_bundle *bundle, const char *role, pulse_file *out,
                               pulse_error *error)
{
    *out = (pulse_file){0};
    const pulse_manifest_file *file = pulse_manifest_find(bundle->manifest, role);
    if (!file)
        return pulse_fail(error, PULSE_E_UNSUPPORTED,
                          PULSE_BUNDLE_MANIFEST ": the bundle has no file of role \"%s\"", role);
    return file->shard_count > 1 ? read_joined(bundle, file, out, error)
                                 : read_single(bundle, file, out, error);
}

void pulse_file_close(pulse_file *file)
{
    if (!file)
        return;
    if (file->joined) {
        pulse_free((void *)(uintptr_t)file->data);
    } else if (file->owner) {
        const pulse_source *source = file->owner;
        source->close(source->context, file->data, file->size);
    }
    *file = (pulse_file){0};
}
