/*
 * Answers about lyrics that came from outside, in an SQLite file of the user's: texts, and also
 * that there is none. It is read by embed, and nothing in it goes into a workspace or a bundle.
 * Several processes may use one cache; an answer is in it once it came, whatever ends the process.
 */
#ifndef PULSE_TRAINER_LYRICS_CACHE_H
#define PULSE_TRAINER_LYRICS_CACHE_H

#include <sqlite3.h>

#include "lyrics/match.h"
#include "lyrics/provider.h"

/* Days after which "not found" is forgotten: songs are added every day. */
#define PULSE_LYRICS_CACHE_DAYS 30

typedef struct pulse_lyrics_cache {
    char *path;
    sqlite3 *db; /* NULL where there is no file yet, and it was opened to be read */
    sqlite3_stmt *find, *put;
    int64_t not_found_from; /* "not found" counts where it is as new as this; seconds since 1970 */
} pulse_lyrics_cache;

/* `path` NULL: $XDG_CACHE_HOME/playlistpulse/lyrics.sqlite, or in ~/.cache. `write`: makes the
 * file, readable for its owner alone, and its directory where they are not there; otherwise a file
 * that is not there is a cache without answers. `days`: how long "not found" counts; 0: never. */
int pulse_lyrics_cache_open(const char *path, bool write, uint32_t days, pulse_lyrics_cache *out,
                            pulse_failure *failure);
void pulse_lyrics_cache_close(pulse_lyrics_cache *cache);

/* Fills `answer`: UNASKED where the cache does not know. */
int pulse_lyrics_cache_find(pulse_lyrics_cache *cache, const char *provider,
                            const pulse_song_key *key, pulse_lyrics_answer *answer,
                            pulse_failure *failure);
/* FOUND, NONE or NOT_FOUND; a text is not replaced by there being none. `source`: where it is from,
 * a URL. */
int pulse_lyrics_cache_put(pulse_lyrics_cache *cache, const char *provider,
                           const pulse_song_key *key, const pulse_lyrics_answer *answer,
                           const char *source, pulse_failure *failure);

typedef struct pulse_lyrics_cache_count {
    char provider[32];
    uint64_t found, none, not_found; /* songs */
    uint64_t expired;                /* of those not found: will be asked for again */
    uint64_t bytes;                  /* of texts */
    int64_t newest;                  /* seconds since 1970 */
} pulse_lyrics_cache_count;

/* By provider, at most `room` of them. */
int pulse_lyrics_cache_counts(pulse_lyrics_cache *cache, pulse_lyrics_cache_count *out, size_t room,
                              size_t *count, pulse_failure *failure);

#endif
