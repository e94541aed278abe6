#include "embed/song_lyrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/log.h"

int pulse_workspace_has_lyrics(const char *workspace, bool *has, pulse_failure *failure)
{
    pulse_workspace opened;
    *has = false;
    const int code = pulse_workspace_open(workspace, &opened, failure);
    if (code)
        return code;
    *has = pulse_schema_find(&opened.schema, PULSE_ROLE_LYRICS) >= 0;
    pulse_workspace_close(&opened);
    return 0;
}

static int damaged(const pulse_song_texts *texts, pulse_failure *failure)
{
    return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: %s; run playlistpulse ingest again",
                             texts->workspace.path, sqlite3_errmsg(texts->workspace.db));
}

static uint8_t digit(char hex)
{
    return (uint8_t)(hex <= '9' ? hex - '0' : hex - 'a' + 10);
}

static void hash_of(const char *text, size_t bytes, uint8_t hash[PULSE_LYRICS_HASH])
{
    char hex[65];
    pulse_sha256_hex(text, bytes, hex);
    for (size_t i = 0; i < PULSE_LYRICS_HASH; ++i)
        hash[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
}

/* Artists and title, which live until the statement is reset. */
static int read_name(pulse_song_texts *texts, pulse_lyrics_song *song, pulse_failure *failure)
{
    sqlite3_bind_int64(texts->name, 1, song->number);
    if (sqlite3_step(texts->name) != SQLITE_ROW)
        return damaged(texts, failure);
    song->artist = (const char *)sqlite3_column_text(texts->name, 0);
    song->title = (const char *)sqlite3_column_text(texts->name, 1);
    song->lead = (const char *)sqlite3_column_text(texts->name, 2);
    return song->artist && song->title && song->lead ? 0 : damaged(texts, failure);
}

int pulse_song_texts_read(pulse_song_texts *texts, uint32_t song, char **text, size_t *bytes,
                          pulse_failure *failure)
{
    *text = NULL;
    *bytes = 0;
    pulse_lyrics_song asked = {
        .number = song, .artist = "", .lead = "", .title = "", .seconds = NAN};
    int code = texts->name ? read_name(texts, &asked, failure) : 0;
    if (!code)
        code = pulse_lyrics_sources_read(&texts->sources, &asked, text, bytes, failure);
    if (texts->name)
        sqlite3_reset(texts->name);
    return code;
}

static int by_hash(const void *a, const void *b)
{
    const pulse_lyrics_text *left = a, *right = b;
    const int order = memcmp(left->hash, right->hash, PULSE_LYRICS_HASH);
    return order ? order : (left->song > right->song) - (left->song < right->song);
}

static int by_song(const void *a, const void *b)
{
    const pulse_lyrics_text *left = a, *right = b;
    return (left->song > right->song) - (left->song < right->song);
}

/* Of songs with the same lyrics the first stays. */
static void drop_duplicates(pulse_song_texts *texts)
{
    if (texts->with_lyrics == 0)
        return;
    qsort(texts->texts, texts->with_lyrics, sizeof *texts->texts, by_hash);
    for (uint32_t i = 0; i < texts->with_lyrics; ++i) {
        if (i == 0 || memcmp(texts->texts[i].hash, texts->texts[texts->count - 1].hash,
                             PULSE_LYRICS_HASH) != 0)
            texts->texts[texts->count++] = texts->texts[i];
    }
    qsort(texts->texts, texts->count, sizeof *texts->texts, by_song);
}

static int read_all(pulse_song_texts *texts, pulse_failure *failure)
{
    int code = 0;
    for (uint32_t song = 0; song < texts->songs && !code; ++song) {
        char *text;
        size_t bytes;
        code = pulse_song_texts_read(texts, song, &text, &bytes, failure);
        if (!code && text) {
            uint8_t *hash = texts->hashes + (size_t)song * PULSE_LYRICS_HASH;
            hash_of(text, bytes, hash);
            texts->known[song] = true;
            pulse_lyrics_text *entry = &texts->texts[texts->with_lyrics++];
            memcpy(entry->hash, hash, PULSE_LYRICS_HASH);
            entry->song = song;
            entry->bytes = bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
        }
        pulse_string_free(text);
        if (song % 256 == 0)
            pulse_progress("read", song, texts->songs, "lyrics");
        if (!code && pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    pulse_progress_clear();
    return code;
}

/* Workspaces of version 1 know no lead artist. */
static int prepare_names(pulse_song_texts *texts, pulse_failure *failure)
{
    static const char *const sql[] = {"SELECT artist, title, lead FROM song WHERE id = ?",
                                      "SELECT artist, title, artist FROM song WHERE id = ?"};
    for (int i = 0; i < 2; ++i) {
        if (sqlite3_prepare_v2(texts->workspace.db, sql[i], -1, &texts->name, NULL) == SQLITE_OK)
            return 0;
    }
    return damaged(texts, failure);
}

int pulse_song_texts_open(const char *workspace, const char *sources, const char *cache,
                          pulse_song_texts *out, pulse_failure *failure)
{
    *out = (pulse_song_texts){0};
    int code = pulse_workspace_open(workspace, &out->workspace, failure);
    if (code)
        return code;
    out->songs = out->workspace.songs;
    out->hashes = pulse_need(out->songs, PULSE_LYRICS_HASH);
    out->known = pulse_need(out->songs, sizeof *out->known);
    out->texts = pulse_need(out->songs, sizeof *out->texts);
    code = pulse_lyrics_sources_open(sources, out->workspace.db, cache, &out->sources, failure);
    if (!code && out->sources.needs_names)
        code = prepare_names(out, failure);
    if (!code)
        code = read_all(out, failure);
    if (!code)
        pulse_lyrics_sources_sum_up(&out->sources);
    if (!code)
        drop_duplicates(out);
    return code;
}

void pulse_song_texts_close(pulse_song_texts *texts)
{
    sqlite3_finalize(texts->name);
    pulse_lyrics_sources_close(&texts->sources);
    if (texts->workspace.path)
        pulse_workspace_close(&texts->workspace);
    free(texts->hashes);
    free(texts->known);
    free(texts->texts);
    *texts = (pulse_song_texts){0};
}
