/* The songs' lyrics, from wherever they are, cleaned and hashed: a song's text is read when it is
 * needed, and not kept. */
#ifndef PULSE_TRAINER_SONG_LYRICS_H
#define PULSE_TRAINER_SONG_LYRICS_H

#include "embed/cache.h"
#include "ingest/workspace.h"
#include "lyrics/sources.h"

typedef struct pulse_lyrics_text {
    uint8_t hash[PULSE_LYRICS_HASH]; /* SHA-256 of the cleaned lyrics */
    uint32_t song;                   /* the first with these lyrics */
    uint32_t bytes;                  /* of the cleaned lyrics */
} pulse_lyrics_text;

typedef struct pulse_song_texts {
    pulse_workspace workspace;
    pulse_lyrics_sources sources;
    sqlite3_stmt *name; /* artist and title, for sources that need them; otherwise NULL */
    uint8_t *hashes;    /* [songs, PULSE_LYRICS_HASH] */
    bool *known;        /* [songs] whether the song has lyrics */
    uint32_t songs;
    uint32_t with_lyrics;     /* songs */
    uint32_t count;           /* different lyrics */
    pulse_lyrics_text *texts; /* [count] by `song` */
} pulse_song_texts;

/* Whether ingest found a column of lyrics. */
int pulse_workspace_has_lyrics(const char *workspace, bool *has, pulse_failure *failure);

/* Reads every song's lyrics. `sources` as --lyrics lists them; `cache` of what was fetched, NULL:
 * the user's. Call pulse_song_texts_close in every case. */
int pulse_song_texts_open(const char *workspace, const char *sources, const char *cache,
                          pulse_song_texts *out, pulse_failure *failure);
void pulse_song_texts_close(pulse_song_texts *texts);

/* The cleaned lyrics of a song, NULL where it has none; pulse_string_free. */
int pulse_song_texts_read(pulse_song_texts *texts, uint32_t song, char **text, size_t *bytes,
                          pulse_failure *failure);

#endif
