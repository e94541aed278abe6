#include "lyrics/cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "io/cache_file.h"

#define LONGEST_TEXT ((size_t)4 << 20)

static const pulse_cache_kind kind = {
    .what = "lyrics",
    .option = "--lyrics-cache",
    .application = 0x504c504c, /* "PLPL" */
    .version = 1,
    .tables = "CREATE TABLE answer(provider TEXT NOT NULL, artist TEXT NOT NULL,"
              " title TEXT NOT NULL, version TEXT NOT NULL, outcome INTEGER NOT NULL, text BLOB,"
              " source TEXT NOT NULL, at INTEGER NOT NULL," /* seconds since 1970 */
              " PRIMARY KEY(provider, artist, title, version)) WITHOUT ROWID;"};

static int failed(const pulse_lyrics_cache *cache, pulse_failure *failure)
{
    return pulse_cache_file_failed(cache->db, cache->path, &kind, failure);
}

static int prepare(pulse_lyrics_cache *cache, const char *sql, sqlite3_stmt **out,
                   pulse_failure *failure)
{
    return sqlite3_prepare_v2(cache->db, sql, -1, out, NULL) == SQLITE_OK ? 0
                                                                          : failed(cache, failure);
}

static int open_file(pulse_lyrics_cache *cache, bool write, pulse_failure *failure)
{
    int code = pulse_cache_file_open(cache->path, &kind, write, &cache->db, failure);
    if (!code && cache->db)
        code = prepare(cache,
                       "SELECT outcome, text, at FROM answer WHERE provider=? AND artist=? AND "
                       "title=? AND version=?",
                       &cache->find, failure);
    if (!code && write)
        code = prepare(cache,
                       "INSERT INTO answer VALUES(?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT DO UPDATE "
                       "SET outcome=?5, text=?6, source=?7, at=?8 WHERE ?5=1 OR outcome<>1",
                       &cache->put, failure);
    return code;
}

int pulse_lyrics_cache_open(const char *path, bool write, uint32_t days, pulse_lyrics_cache *out,
                            pulse_failure *failure)
{
    *out = (pulse_lyrics_cache){.path = path ? pulse_need_text(path)
                                             : pulse_cache_file_default("lyrics.sqlite"),
                                .not_found_from = INT64_MAX};
    if (days > 0)
        out->not_found_from = (int64_t)time(NULL) - (int64_t)days * 86400;
    if (!out->path)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--lyrics-cache FILE is needed: neither HOME nor XDG_CACHE_HOME "
                                 "is set");
    const int code = open_file(out, write, failure);
    if (code)
        pulse_lyrics_cache_close(out);
    return code;
}

void pulse_lyrics_cache_close(pulse_lyrics_cache *cache)
{
    sqlite3_finalize(cache->find);
    sqlite3_finalize(cache->put);
    sqlite3_close(cache->db);
    free(cache->path);
    *cache = (pulse_lyrics_cache){0};
}

static void bind_key(sqlite3_stmt *statement, const char *provider, const pulse_song_key *key)
{
    sqlite3_bind_text(statement, 1, provider, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, key->artist, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, key->title, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, key->version, -1, SQLITE_STATIC);
}

/* What is no answer counts as not being there. */
static void read_answer(const pulse_lyrics_cache *cache, sqlite3_stmt *row,
                        pulse_lyrics_answer *answer)
{
    const int outcome = sqlite3_column_int(row, 0);
    if (outcome == PULSE_ANSWER_FOUND) {
        const char *text = sqlite3_column_blob(row, 1);
        const size_t bytes = (size_t)sqlite3_column_bytes(row, 1);
        if (!text || bytes == 0 || bytes > LONGEST_TEXT)
            return;
        answer->text = pulse_need(bytes + 1, 1);
        memcpy(answer->text, text, bytes);
        answer->bytes = bytes;
    } else if (outcome == PULSE_ANSWER_NOT_FOUND) {
        if (sqlite3_column_int64(row, 2) < cache->not_found_from)
            return;
    } else if (outcome != PULSE_ANSWER_NONE) {
        return;
    }
    answer->outcome = (pulse_lyrics_outcome)outcome;
    answer->cached = true;
}

int pulse_lyrics_cache_find(pulse_lyrics_cache *cache, const char *provider,
                            const pulse_song_key *key, pulse_lyrics_answer *answer,
                            pulse_failure *failure)
{
    *answer = (pulse_lyrics_answer){.outcome = PULSE_ANSWER_UNASKED};
    if (!cache->db)
        return 0;
    bind_key(cache->find, provider, key);
    const int step = sqlite3_step(cache->find);
    int code = 0;
    if (step == SQLITE_ROW)
        read_answer(cache, cache->find, answer);
    else if (step != SQLITE_DONE)
        code = failed(cache, failure);
    sqlite3_reset(cache->find);
    return code;
}

int pulse_lyrics_cache_put(pulse_lyrics_cache *cache, const char *provider,
                           const pulse_song_key *key, const pulse_lyrics_answer *answer,
                           const char *source, pulse_failure *failure)
{
    bind_key(cache->put, provider, key);
    sqlite3_bind_int(cache->put, 5, (int)answer->outcome);
    if (answer->outcome == PULSE_ANSWER_FOUND)
        sqlite3_bind_blob64(cache->put, 6, answer->text, answer->bytes, SQLITE_STATIC);
    else
        sqlite3_bind_null(cache->put, 6);
    sqlite3_bind_text(cache->put, 7, source, -1, SQLITE_STATIC);
    sqlite3_bind_int64(cache->put, 8, (sqlite3_int64)time(NULL));
    const int code = sqlite3_step(cache->put) == SQLITE_DONE ? 0 : failed(cache, failure);
    sqlite3_reset(cache->put);
    sqlite3_clear_bindings(cache->put);
    return code;
}

int pulse_lyrics_cache_counts(pulse_lyrics_cache *cache, pulse_lyrics_cache_count *out, size_t room,
                              size_t *count, pulse_failure *failure)
{
    *count = 0;
    if (!cache->db)
        return 0;
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(cache->db,
                           "SELECT provider, sum(outcome=1), sum(outcome=2), sum(outcome=3),"
                           " sum(outcome=3 AND at<?), total(length(text)), max(at)"
                           " FROM answer GROUP BY provider ORDER BY provider",
                           -1, &statement, NULL) != SQLITE_OK)
        return failed(cache, failure);
    sqlite3_bind_int64(statement, 1, cache->not_found_from);
    int step;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW && *count < room) {
        pulse_lyrics_cache_count *row = &out[(*count)++];
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        snprintf(row->provider, sizeof row->provider, "%s", name ? name : "");
        row->found = (uint64_t)sqlite3_column_int64(statement, 1);
        row->none = (uint64_t)sqlite3_column_int64(statement, 2);
        row->not_found = (uint64_t)sqlite3_column_int64(statement, 3);
        row->expired = (uint64_t)sqlite3_column_int64(statement, 4);
        row->bytes = (uint64_t)sqlite3_column_int64(statement, 5);
        row->newest = sqlite3_column_int64(statement, 6);
    }
    const int code = step == SQLITE_ROW || step == SQLITE_DONE ? 0 : failed(cache, failure);
    sqlite3_finalize(statement);
    return code;
}
