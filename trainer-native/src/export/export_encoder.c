#include "export/export_encoder.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/workspace.h"
#include "io/files.h"

#define SHARD_LIMIT                                                                                \
    ((size_t)8 << 20) /* so that a page can show progress, and go on after a cut                   \
                       */
#define WEIGHTS_LIMIT ((size_t)2 << 30)
#define VOCAB_LIMIT ((size_t)64 << 20)

/* Members of the encoder's own settings. */
static cJSON *describe(const uint8_t *weights, size_t size, const pulse_song_lyrics *lyrics)
{
    static const char *const taken[] = {"name", "licence", "layers", "width"};
    pulse_safetensors *view = NULL;
    cJSON *settings = NULL;
    if (pulse_safetensors_parse(weights, size, NULL, &view, NULL) == PULSE_OK) {
        const char *text = pulse_safetensors_metadata(view, "encoder");
        settings = cJSON_Parse(text ? text : "");
    }
    cJSON *about = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof taken / sizeof *taken; ++i) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(settings, taken[i]);
        if (value)
            cJSON_AddItemToObject(about, taken[i], cJSON_Duplicate(value, 1));
    }
    cJSON_AddNumberToObject(about, "dimensions", lyrics->dimensions);
    cJSON_AddNumberToObject(about, "songs", lyrics->known);
    cJSON_Delete(settings);
    pulse_safetensors_free(view);
    return about;
}

int pulse_export_encoder(const char *workspace, const pulse_song_lyrics *lyrics,
                         pulse_bundle_writer *bundle, cJSON **about, pulse_failure *failure)
{
    *about = NULL;
    if (lyrics->dimensions == 0)
        return 0;
    char *weights_path = pulse_workspace_path(workspace, PULSE_WORKSPACE_ENCODER);
    char *vocab_path = pulse_workspace_path(workspace, PULSE_WORKSPACE_VOCAB);
    uint8_t *weights = NULL, *vocab = NULL;
    size_t weights_size = 0, vocab_size = 0;
    int code = pulse_file_read(weights_path, WEIGHTS_LIMIT, &weights, &weights_size, failure);
    if (!code)
        code = pulse_file_read(vocab_path, VOCAB_LIMIT, &vocab, &vocab_size, failure);
    char hash[65];
    pulse_sha256_hex(weights, weights_size, hash);
    if (!code && strcmp(hash, lyrics->encoder) != 0)
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: is not the encoder that made %s/%s; run playlistpulse embed "
                                 "again",
                                 weights_path, workspace, PULSE_WORKSPACE_LYRICS);
    if (!code)
        code = pulse_bundle_writer_add_shards(bundle, "encoder", "safetensors", SHARD_LIMIT,
                                              weights, weights_size, failure);
    if (!code)
        code = pulse_bundle_writer_add(bundle, "vocab", "txt", vocab, vocab_size, failure);
    if (!code)
        *about = describe(weights, weights_size, lyrics);
    free(weights);
    free(vocab);
    free(weights_path);
    free(vocab_path);
    return code;
}
