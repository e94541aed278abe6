#include "embed/cache.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/cache_file.h"

static const pulse_cache_kind kind = {
    .what = "embeddings",
    .option = "--cache",
    .application = 0x504c5045, /* "PLPE" */
    .version = 1,
    .tables = "CREATE TABLE encoder(id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL,"
              " compute TEXT NOT NULL, dimensions INTEGER NOT NULL, UNIQUE(sha256, compute));"
              "CREATE TABLE embedding(encoder INTEGER NOT NULL, lyrics BLOB NOT NULL,"
              " vector BLOB NOT NULL," /* float32, little-endian */
              " UNIQUE(encoder, lyrics));"};

char *pulse_embed_cache_default(void)
{
    return pulse_cache_file_default("embeddings.sqlite");
}

static int failed(const pulse_embed_cache *cache, pulse_failure *failure)
{
    return pulse_cache_file_failed(cache->db, cache->path, &kind, failure);
}

static int run(const pulse_embed_cache *cache, const char *sql, pulse_failure *failure)
{
    return sqlite3_exec(cache->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(cache, failure);
}

/* The encoder's row, made where it is not there. */
static int find_encoder(pulse_embed_cache *cache, const char *hash, pulse_compute compute,
                        pulse_failure *failure)
{
    static const char *const sql[] = {
        "INSERT OR IGNORE INTO encoder(sha256, compute, dimensions) VALUES(?, ?, ?)",
        "SELECT id, dimensions FROM encoder WHERE sha256 = ? AND compute = ?"};
    int code = 0;
    for (int i = 0; i < 2 && !code; ++i) {
        sqlite3_stmt *statement = NULL;
        int step = SQLITE_ERROR;
        if (sqlite3_prepare_v2(cache->db, sql[i], -1, &statement, NULL) == SQLITE_OK) {
            sqlite3_bind_text(statement, 1, hash, -1, SQLITE_STATIC);
            sqlite3_bind_text(statement, 2, pulse_compute_name(compute), -1, SQLITE_STATIC);
            if (i == 0)
                sqlite3_bind_int64(statement, 3, cache->dimensions);
            step = sqlite3_step(statement);
        }
        if (step != (i == 0 ? SQLITE_DONE : SQLITE_ROW)) {
            code = failed(cache, failure);
        } else if (i == 1) {
            cache->encoder = sqlite3_column_int64(statement, 0);
            if (sqlite3_column_int64(statement, 1) != (sqlite3_int64)cache->dimensions)
                code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                         "%s: is damaged; remove it, or choose another --cache",
                                         cache->path);
        }
        sqlite3_finalize(statement);
    }
    return code;
}

int pulse_embed_cache_open(const char *path, const char *encoder, pulse_compute compute,
                           uint32_t dimensions, pulse_embed_cache *out, pulse_failure *failure)
{
    *out = (pulse_embed_cache){.path = pulse_need_text(path), .dimensions = dimensions};
    int code = pulse_cache_file_open(out->path, &kind, true, &out->db, failure);
    if (!code)
        code = find_encoder(out, encoder, compute, failure);
    if (!code &&
        (sqlite3_prepare_v2(out->db, "SELECT vector FROM embedding WHERE encoder=? AND lyrics=?",
                            -1, &out->find, NULL) != SQLITE_OK ||
         sqlite3_prepare_v2(out->db, "INSERT OR REPLACE INTO embedding VALUES(?, ?, ?)", -1,
                            &out->add, NULL) != SQLITE_OK))
        code = failed(out, failure);
    if (code)
        pulse_embed_cache_close(out);
    return code;
}

void pulse_embed_cache_close(pulse_embed_cache *cache)
{
    sqlite3_finalize(cache->find);
    sqlite3_finalize(cache->add);
    sqlite3_close(cache->db);
    free(cache->path);
    *cache = (pulse_embed_cache){0};
}

/* What is not a vector counts as not being there, and is made again. */
static bool is_vector(const uint8_t *blob, uint32_t dimensions)
{
    for (uint32_t i = 0; i < dimensions; ++i) {
        float value; /* SQLite aligns nothing */
        memcpy(&value, blob + i * sizeof value, sizeof value);
        if (!isfinite(value))
            return false;
    }
    return true;
}

int pulse_embed_cache_find(pulse_embed_cache *cache, const uint8_t hash[PULSE_LYRICS_HASH],
                           float *vector, bool *found, pulse_failure *failure)
{
    *found = false;
    sqlite3_bind_int64(cache->find, 1, cache->encoder);
    sqlite3_bind_blob(cache->find, 2, hash, PULSE_LYRICS_HASH, SQLITE_STATIC);
    const int step = sqlite3_step(cache->find);
    int code = 0;
    if (step == SQLITE_ROW) {
        const size_t size = cache->dimensions * sizeof(float);
        const void *blob = sqlite3_column_blob(cache->find, 0);
        if (blob && (size_t)sqlite3_column_bytes(cache->find, 0) == size) {
            *found = is_vector(blob, cache->dimensions);
            if (*found && vector)
                memcpy(vector, blob, size);
        }
    } else if (step != SQLITE_DONE) {
        code = failed(cache, failure);
    }
    sqlite3_reset(cache->find);
    return code;
}

int pulse_embed_cache_add(pulse_embed_cache *cache, const uint8_t *hashes, const float *vectors,
                          size_t count, pulse_failure *failure)
{
    if (count == 0)
        return 0;
    int code = run(cache, "BEGIN IMMEDIATE", failure);
    if (code)
        return code;
    for (size_t i = 0; i < count && !code; ++i) {
        sqlite3_bind_int64(cache->add, 1, cache->encoder);
        sqlite3_bind_blob(cache->add, 2, hashes + i * PULSE_LYRICS_HASH, PULSE_LYRICS_HASH,
                          SQLITE_STATIC);
        sqlite3_bind_blob(cache->add, 3, vectors + i * cache->dimensions,
                          (int)(cache->dimensions * sizeof(float)), SQLITE_STATIC);
        if (sqlite3_step(cache->add) != SQLITE_DONE)
            code = failed(cache, failure);
        sqlite3_reset(cache->add);
    }
    if (!code)
        code = run(cache, "COMMIT", failure);
    if (code)
        sqlite3_exec(cache->db, "ROLLBACK", NULL, NULL, NULL);
    return code;
}
