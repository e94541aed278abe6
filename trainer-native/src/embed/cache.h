/*
 * Embeddings that were made before, in an SQLite file: keyed by the SHA-256 of the cleaned lyrics,
 * the SHA-256 of the encoder, and the way it multiplied. Several processes may use one cache; each
 * transaction is whole, whatever ends the process.
 */
#ifndef PULSE_TRAINER_EMBED_CACHE_H
#define PULSE_TRAINER_EMBED_CACHE_H

#include <sqlite3.h>

#include "base/failure.h"

#define PULSE_LYRICS_HASH 32 /* bytes */

typedef struct pulse_embed_cache {
    char *path;
    sqlite3 *db;
    sqlite3_stmt *find, *add;
    sqlite3_int64 encoder; /* the row of the encoder and its way */
    uint32_t dimensions;
} pulse_embed_cache;

/* $XDG_CACHE_HOME/playlistpulse/embeddings.sqlite, or in ~/.cache. The caller frees it; NULL where
 * neither is known. */
char *pulse_embed_cache_default(void);

/* Makes the file, and its directory, where they are not there. `encoder`: its SHA-256. */
int pulse_embed_cache_open(const char *path, const char *encoder, pulse_compute compute,
                           uint32_t dimensions, pulse_embed_cache *out, pulse_failure *failure);
void pulse_embed_cache_close(pulse_embed_cache *cache);

/* Whether it is there; then it is copied into `vector` [dimensions], which may be NULL. */
int pulse_embed_cache_find(pulse_embed_cache *cache, const uint8_t hash[PULSE_LYRICS_HASH],
                           float *vector, bool *found, pulse_failure *failure);

/* All of them in one transaction: hashes [count, PULSE_LYRICS_HASH], vectors [count, dimensions].
 */
int pulse_embed_cache_add(pulse_embed_cache *cache, const uint8_t *hashes, const float *vectors,
                          size_t count, pulse_failure *failure);

#endif
