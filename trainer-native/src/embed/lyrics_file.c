#include "embed/lyrics_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cjson/cJSON.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "ingest/fingerprint.h"
#include "io/files.h"

/* One hash for the lyrics of all songs; a song without has 32 zeros. */
static void hash_texts(const pulse_song_texts *texts, char out[65])
{
    pulse_sha256_hex(texts->hashes, (size_t)texts->songs * PULSE_LYRICS_HASH, out);
}

void pulse_lyrics_file_describe(const char *workspace, const pulse_song_texts *texts,
                                const char *encoder, pulse_compute compute, uint32_t dimensions,
                                pulse_lyrics_file *out)
{
    char hash[65], songs[16], fingerprint[65] = "";
    pulse_failure ignored; /* without a fingerprint, train asks for another embed */
    hash_texts(texts, hash);
    if (pulse_workspace_fingerprint(workspace, fingerprint, &ignored) != 0)
        fingerprint[0] = 0;
    snprintf(songs, sizeof songs, "%u", texts->songs);
    const uint64_t bytes = (uint64_t)texts->songs * dimensions * sizeof(float);
    cJSON *json = cJSON_CreateObject();
    cJSON *metadata = cJSON_AddObjectToObject(json, "__metadata__");
    cJSON_AddStringToObject(metadata, "format", "playlistpulse-lyrics");
    cJSON_AddStringToObject(metadata, "version", "1");
    cJSON_AddStringToObject(metadata, "encoder", encoder);
    cJSON_AddStringToObject(metadata, "compute", pulse_compute_name(compute));
    cJSON_AddStringToObject(metadata, "songs", songs);
    cJSON_AddStringToObject(metadata, "texts", hash);
    cJSON_AddStringToObject(metadata, "workspace", fingerprint);
    cJSON *tensor = cJSON_AddObjectToObject(json, "lyrics");
    cJSON_AddStringToObject(tensor, "dtype", "F32");
    const double shape[] = {texts->songs, dimensions}, offsets[] = {0, (double)bytes};
    cJSON_AddItemToObject(tensor, "shape", cJSON_CreateDoubleArray(shape, 2));
    cJSON_AddItemToObject(tensor, "data_offsets", cJSON_CreateDoubleArray(offsets, 2));
    char *text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    pulse_text header = {0};
    pulse_text_append(&header, "\0\0\0\0\0\0\0\0", 8);
    pulse_text_append(&header, text ? text : "", text ? strlen(text) : 0);
    cJSON_free(text);
    while (header.size % 8)
        pulse_text_append(&header, " ", 1);
    for (int i = 0; i < 8; ++i)
        header.data[i] = (char)(uint8_t)((uint64_t)(header.size - 8) >> (8 * i));
    *out = (pulse_lyrics_file){.path = pulse_workspace_path(workspace, PULSE_WORKSPACE_LYRICS),
                               .header = header.data,
                               .header_size = header.size,
                               .size = header.size + bytes};
}

void pulse_lyrics_file_free(pulse_lyrics_file *file)
{
    free(file->path);
    free(file->header);
    *file = (pulse_lyrics_file){0};
}

bool pulse_lyrics_file_is_there(const pulse_lyrics_file *file)
{
    struct stat about;
    if (stat(file->path, &about) != 0 || (uint64_t)about.st_size != file->size)
        return false;
    FILE *opened = fopen(file->path, "rb");
    if (!opened)
        return false;
    char *header = pulse_need(file->header_size, 1);
    const bool same = fread(header, 1, file->header_size, opened) == file->header_size &&
                      memcmp(header, file->header, file->header_size) == 0;
    free(header);
    fclose(opened);
    return same;
}

static int write_rows(FILE *to, const pulse_lyrics_file *file, const pulse_song_texts *texts,
                      pulse_embed_cache *cache, pulse_failure *failure)
{
    float *row = pulse_need(cache->dimensions, sizeof *row);
    int code = 0;
    for (uint32_t song = 0; song < texts->songs && !code; ++song) {
        bool found = false;
        if (texts->known[song]) {
            code = pulse_embed_cache_find(cache, texts->hashes + (size_t)song * PULSE_LYRICS_HASH,
                                          row, &found, failure);
            if (!code && !found)
                code = pulse_failure_set(failure, PULSE_EXIT_FAILED,
                                         "%s: lost an embedding while this ran; run embed again",
                                         cache->path);
        } else {
            for (uint32_t i = 0; i < cache->dimensions; ++i)
                row[i] = NAN;
        }
        if (!code && fwrite(row, sizeof *row, cache->dimensions, to) != cache->dimensions)
            code = pulse_failure_system(failure, PULSE_EXIT_FAILED, errno, "%s: cannot write",
                                        file->path);
        if (!code && pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    free(row);
    return code;
}

int pulse_lyrics_file_write(const pulse_lyrics_file *file, const pulse_song_texts *texts,
                            pulse_embed_cache *cache, pulse_failure *failure)
{
    char *temporary = pulse_temporary_name(file->path);
    pulse_temporary_remember(temporary);
    FILE *to = fopen(temporary, "wb");
    int code = 0;
    if (!to)
        code =
            pulse_failure_system(failure, PULSE_EXIT_FAILED, errno, "%s: cannot write", file->path);
    if (!code && fwrite(file->header, 1, file->header_size, to) != file->header_size)
        code =
            pulse_failure_system(failure, PULSE_EXIT_FAILED, errno, "%s: cannot write", file->path);
    if (!code)
        code = write_rows(to, file, texts, cache, failure);
    if (to && fclose(to) != 0 && !code)
        code =
            pulse_failure_system(failure, PULSE_EXIT_FAILED, errno, "%s: cannot write", file->path);
    if (!code)
        code = pulse_file_commit(temporary, file->path, failure);
    if (code) {
        pulse_path_remove(temporary);
        pulse_temporary_keep(temporary);
    }
    free(temporary);
    return code;
}
