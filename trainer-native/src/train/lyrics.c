#include "train/lyrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingest/workspace.h"
#include "io/files.h"

#define MOST_BYTES ((size_t)1 << 34) /* a million songs with 4,096 columns */

static int bad(const char *path, const char *why, pulse_failure *failure)
{
    return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: %s; run playlistpulse embed again",
                             path, why);
}

static bool is(const pulse_safetensors *file, const char *key, const char *value)
{
    const char *found = pulse_safetensors_metadata(file, key);
    return found && strcmp(found, value) == 0;
}

/* Each row is known or missing as a whole. */
static int count_known(pulse_song_lyrics *lyrics, uint32_t songs, const char *path,
                       pulse_failure *failure)
{
    for (uint32_t i = 0; i < songs; ++i) {
        const float *row = lyrics->embeddings + (size_t)i * lyrics->dimensions;
        uint32_t missing = 0, finite = 0;
        for (uint32_t c = 0; c < lyrics->dimensions; ++c) {
            missing += isnan(row[c]) != 0;
            finite += isfinite(row[c]) != 0;
        }
        if (finite != lyrics->dimensions && missing != lyrics->dimensions)
            return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: the embedding of song %u of %u is damaged; run "
                                     "playlistpulse embed again",
                                     path, i + 1, songs);
        lyrics->known += missing == 0;
    }
    return 0;
}

static int read_file(uint8_t *bytes, size_t size, const char *path, uint32_t songs,
                     pulse_song_lyrics *lyrics, pulse_failure *failure)
{
    pulse_safetensors *file;
    pulse_error error;
    if (pulse_safetensors_parse(bytes, size, path, &file, &error) != PULSE_OK)
        return pulse_failure_core(failure, &error);
    const pulse_tensor *tensor = NULL;
    const uint64_t shape[] = {0, 0};
    const char *encoder = pulse_safetensors_metadata(file, "encoder");
    int code = 0;
    if (!is(file, "format", "playlistpulse-lyrics") || !is(file, "version", "1") || !encoder ||
        strlen(encoder) != sizeof lyrics->encoder - 1)
        code = bad(path, "is not a file of lyrics embeddings of this version", failure);
    else if (pulse_safetensors_expect(file, "lyrics", PULSE_F32, 2, shape, &tensor, &error) !=
             PULSE_OK)
        code = pulse_failure_core(failure, &error);
    else if (tensor->shape[0] != songs)
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: holds embeddings for %llu songs, but the workspace holds "
                                 "%u; run playlistpulse embed again",
                                 path, (unsigned long long)tensor->shape[0], songs);
    else if (tensor->shape[1] < 1 || tensor->shape[1] > 4096)
        code = bad(path, "its embeddings must have 1 to 4096 columns", failure);
    if (!code && tensor) {
        lyrics->dimensions = (uint32_t)tensor->shape[1];
        memcpy(lyrics->encoder, encoder, sizeof lyrics->encoder);
        const char *made_for = pulse_safetensors_metadata(file, "workspace");
        snprintf(lyrics->songs, sizeof lyrics->songs, "%s", made_for ? made_for : "");
        memmove(bytes, tensor->data, tensor->bytes); /* over the header: the block is large */
    }
    pulse_safetensors_free(file);
    return code;
}

int pulse_song_lyrics_load(const char *workspace, uint32_t songs, pulse_song_lyrics *out,
                           pulse_failure *failure)
{
    *out = (pulse_song_lyrics){0};
    char *path = pulse_workspace_path(workspace, PULSE_WORKSPACE_LYRICS);
    uint8_t *bytes = NULL;
    size_t size = 0;
    int code = 0;
    if (access(path, F_OK) == 0) {
        code = pulse_file_read(path, MOST_BYTES, &bytes, &size, failure);
        if (!code) {
            out->embeddings = (float *)bytes; /* from malloc, so aligned */
            code = read_file(bytes, size, path, songs, out, failure);
        }
        if (!code)
            code = count_known(out, songs, path, failure);
        if (code || out->known == 0)
            pulse_song_lyrics_free(out);
    }
    free(path);
    return code;
}

void pulse_song_lyrics_free(pulse_song_lyrics *lyrics)
{
    free(lyrics->embeddings);
    *lyrics = (pulse_song_lyrics){0};
}

const float *pulse_song_lyrics_of(const pulse_song_lyrics *lyrics, uint32_t song)
{
    if (lyrics->dimensions == 0)
        return NULL;
    const float *row = lyrics->embeddings + (size_t)song * lyrics->dimensions;
    return isnan(row[0]) ? NULL : row;
}
