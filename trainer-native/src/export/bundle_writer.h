/* A bundle directory: files named by their hash, and last the manifest that lists them. */
#ifndef PULSE_TRAINER_BUNDLE_WRITER_H
#define PULSE_TRAINER_BUNDLE_WRITER_H

#include <cjson/cJSON.h>

#include "base/failure.h"

#define PULSE_SHARD_LIMIT                                                                          \
    (24u << 20) /* bytes: what static hosts and caches take without trouble                        \
                 */

typedef struct pulse_bundle_writer {
    char *directory; /* temporary, until the commit */
    char *target;
    cJSON *files;
    int lock; /* a descriptor + 1 of `directory`, so that others see that it is at work; 0: none */
} pulse_bundle_writer;

/* Makes a temporary directory beside `target`, and removes those of writers that were killed. */
int pulse_bundle_writer_open(const char *target, pulse_bundle_writer *out, pulse_failure *failure);
/* One file, in as many shards as it needs: <role>.<hash>.<ending>. */
int pulse_bundle_writer_add(pulse_bundle_writer *writer, const char *role, const char *ending,
                            const uint8_t *bytes, size_t size, pulse_failure *failure);
/* One file in shards of at most `limit` bytes: <role>.<hash of the file>.<ending>.<0, 1, ...>. */
int pulse_bundle_writer_add_shards(pulse_bundle_writer *writer, const char *role,
                                   const char *ending, size_t limit, const uint8_t *bytes,
                                   size_t size, pulse_failure *failure);
/* Writes manifest.json: `manifest`'s members, then "files". May be called again. */
int pulse_bundle_writer_manifest(pulse_bundle_writer *writer, cJSON *manifest,
                                 pulse_failure *failure);
/* Puts the bundle in its place. */
int pulse_bundle_writer_commit(pulse_bundle_writer *writer, pulse_failure *failure);
/* Without a commit nothing stays. */
void pulse_bundle_writer_close(pulse_bundle_writer *writer);

#endif
