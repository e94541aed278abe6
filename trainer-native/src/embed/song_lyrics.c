#include "embed/song_lyrics.h"

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

int pulse_song_texts_read(pulse_song_texts *texts, uint32_t song, char **text, size_t *bytes,
                          pulse_failure *failure)
{
    *text = NULL;
    *bytes = 0;
    sqlite3_bind_int64(texts->read, 1, song);
    const int step = sqlite3_step(texts->read);
    int code = 0;
    pulse_error error;
    if (step == SQLITE_ROW) {
        const char *raw = (const char *)sqlite3_column_text(texts->read, 0);
        const size_t size = (size_t)sqlite3_column_bytes(texts->read, 0);
        if (raw &&
            pulse_lyrics_clean(raw, size, PULSE_LYRICS_SONG, text, bytes, &error) != PULSE_OK)
            code = pulse_failure_core(failure, &error);
    } else if (step == SQLITE_DONE) {
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: does not hold as many songs as it says; run playlistpulse "
                                 "ingest again",
                                 texts->workspace.path);
    } else {
        code = damaged(texts, failure);
    }
    sqlite3_reset(texts->read);
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

int pulse_song_texts_open(const char *workspace, pulse_song_texts *out, pulse_failure *failure)
{
    *out = (pulse_song_texts){0};
    int code = pulse_workspace_open(workspace, &out->workspace, failure);
    if (code)
        return code;
    out->songs = out->workspace.songs;
    out->hashes = pulse_need(out->songs, PULSE_LYRICS_HASH);
    out->known = pulse_need(out->songs, sizeof *out->known);
    out->texts = pulse_need(out->songs, sizeof *out->texts);
    if (sqlite3_prepare_v2(out->workspace.db, "SELECT lyrics FROM song WHERE id = ?", -1,
                           &out->read, NULL) != SQLITE_OK)
        return damaged(out, failure);
    code = read_all(out, failure);
    if (!code)
        drop_duplicates(out);
    return code;
}

void pulse_song_texts_close(pulse_song_texts *texts)
{
    sqlite3_finalize(texts->read);
    if (texts->workspace.path)
        pulse_workspace_close(&texts->workspace);
    free(texts->hashes);
    free(texts->known);
    free(texts->texts);
    *texts = (pulse_song_texts){0};
}
