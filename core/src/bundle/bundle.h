/* A bundle: its manifest, and its files checked against it. */
#ifndef PULSE_BUNDLE_BUNDLE_H
#define PULSE_BUNDLE_BUNDLE_H

#include "pulse.h"

#define PULSE_BUNDLE_FORMAT "playlistpulse-bundle"
#define PULSE_BUNDLE_VERSION 1
#define PULSE_BUNDLE_MANIFEST "manifest.json"

typedef struct pulse_bundle pulse_bundle;

/* Reads and checks the manifest; files are read when asked for. `source` must outlive the bundle.
 */
pulse_status pulse_bundle_open(const pulse_source *source, bool skip_hashes, pulse_bundle **out,
                               pulse_error *error);
void pulse_bundle_close(pulse_bundle *bundle);
const char *pulse_bundle_manifest(const pulse_bundle *bundle); /* JSON text */

bool pulse_bundle_has(const pulse_bundle *bundle, const char *role);

/* One whole file of the bundle, its shards joined, checked against the manifest's size and hash. */
typedef struct pulse_file {
    const uint8_t *data;
    size_t size;
    const char *name; /* for messages: the (first) shard's name; belongs to the bundle */
    void *owner;      /* private to bundle.c */
    bool joined;      /* private to bundle.c: `data` is a copy of ours, not the source's */
} pulse_file;

/* `role`: "catalog", "vectors", "autoencoder", ... PULSE_E_UNSUPPORTED where the manifest has no
 * such role; a file that is named but missing is PULSE_E_NOT_FOUND. */
pulse_status pulse_bundle_read(pulse_bundle *bundle, const char *role, pulse_file *out,
                               pulse_error *error);
void pulse_file_close(pulse_file *file);

#endif
