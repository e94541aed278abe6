/* Any bytes as manifest.json: refused with a message, or a manifest that keeps its promises. */
#include "bundle/limits.h"
#include "bundle/manifest.h"
#include "bundle/sha256.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_file(const pulse_manifest *manifest, const pulse_manifest_file *file)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < file->shard_count; ++i) {
        if (!pulse_bundle_name_is_safe(file->shards[i].name) ||
            !pulse_sha256_is_hex(file->shards[i].sha256))
            abort();
        sum += file->shards[i].bytes;
    }
    if (file->shard_count == 0 || sum != file->bytes || sum > PULSE_BUNDLE_MAX_FILE ||
        !pulse_sha256_is_hex(file->sha256) || pulse_manifest_find(manifest, file->role) != file)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pulse_manifest *manifest;
    pulse_error error = {0};
    if (pulse_manifest_parse((const char *)data, size, "manifest.json", &manifest, &error) !=
        PULSE_OK) {
        if (manifest || !error.message[0])
            abort();
        return 0;
    }
    for (uint32_t i = 0; i < manifest->file_count; ++i)
        check_file(manifest, &manifest->files[i]);
    pulse_manifest_free(manifest);
    return 0;
}
