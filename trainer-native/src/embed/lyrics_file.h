/* Writes the workspace's lyrics.safetensors (train/lyrics.h reads it), a song at a time. */
#ifndef PULSE_TRAINER_LYRICS_FILE_H
#define PULSE_TRAINER_LYRICS_FILE_H

#include "embed/song_lyrics.h"

/* Which embeddings a file would hold. */
typedef struct pulse_lyrics_file {
    char *path;
    char *header; /* [header_size] as it stands at the beginning of the file */
    size_t header_size;
    uint64_t size; /* of the whole file */
} pulse_lyrics_file;

/* `encoder`: its SHA-256. */
void pulse_lyrics_file_describe(const char *workspace, const pulse_song_texts *texts,
                                const char *encoder, pulse_compute compute, uint32_t dimensions,
                                pulse_lyrics_file *out);
void pulse_lyrics_file_free(pulse_lyrics_file *file);

/* Whether that very file is there: it names the lyrics and the encoder by their hashes. */
bool pulse_lyrics_file_is_there(const pulse_lyrics_file *file);

/* From the cache, which must hold every song's. */
int pulse_lyrics_file_write(const pulse_lyrics_file *file, const pulse_song_texts *texts,
                            pulse_embed_cache *cache, pulse_failure *failure);

#endif
