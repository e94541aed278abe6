/* manifest.json: which files a bundle has, and what they must be. */
#ifndef PULSE_BUNDLE_MANIFEST_H
#define PULSE_BUNDLE_MANIFEST_H

#include "pulse.h"

typedef struct pulse_manifest_shard {
    char *name;
    char sha256[65];
    uint64_t bytes;
} pulse_manifest_shard;

typedef struct pulse_manifest_file {
    char *role;
    char sha256[65]; /* of the shards joined */
    uint64_t bytes;
    uint32_t shard_count; /* at least 1 */
    pulse_manifest_shard *shards;
} pulse_manifest_file;

typedef struct pulse_manifest {
    uint32_t file_count;
    pulse_manifest_file *files;
} pulse_manifest;

/* Checks everything that can be known without the files. `what` names the manifest in messages.
 * Members and roles that this version does not know are let be. */
pulse_status pulse_manifest_parse(const char *text, size_t bytes, const char *what,
                                  pulse_manifest **out, pulse_error *error);
void pulse_manifest_free(pulse_manifest *manifest);

/* NULL where there is no such role. */
const pulse_manifest_file *pulse_manifest_find(const pulse_manifest *manifest, const char *role);

#endif
