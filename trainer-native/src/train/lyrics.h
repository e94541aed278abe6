/*
 * The songs' lyrics embeddings, from the workspace's lyrics.safetensors: F32 `lyrics` [songs,
 * dimensions], a row of NAN for a song without lyrics; metadata `format` = `playlistpulse-lyrics`,
 * `version` = `1`, `encoder` = the SHA-256 of the encoder that made them, `workspace` = the
 * fingerprint of the songs they were made for (ingest/fingerprint.h).
 */
#ifndef PULSE_TRAINER_LYRICS_H
#define PULSE_TRAINER_LYRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"

/* Zero: there are none. */
typedef struct pulse_song_lyrics {
    uint32_t dimensions;
    uint32_t known;    /* songs that have one */
    char encoder[65];  /* the hash */
    char songs[65];    /* the workspace's fingerprint when they were made, or "" */
    float *embeddings; /* [songs, dimensions] */
} pulse_song_lyrics;

/* No file is no error: `out` is zero then, as it is where no song has lyrics. A file for another
 * number of songs than `songs`, or with values that are not finite in a row that has others, is. */
int pulse_song_lyrics_load(const char *workspace, uint32_t songs, pulse_song_lyrics *out,
                           pulse_failure *failure);
void pulse_song_lyrics_free(pulse_song_lyrics *lyrics);

/* [dimensions], or NULL for a song without. */
const float *pulse_song_lyrics_of(const pulse_song_lyrics *lyrics, uint32_t song);

#endif
