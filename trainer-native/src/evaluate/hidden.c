#include "evaluate/hidden.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/random.h"
#include "cli/log.h"
#include "train/certainty.h"

/* ---- A bundle with other vectors ------------------------------------------------------------ */

/* Of a file that is replaced: the names and sizes of its shards, one after the other. */
typedef struct shard {
    char *name;
    size_t offset, size;
} shard;

typedef struct pulse_overlay {
    pulse_source source; /* what the engine is given */
    const pulse_source *below;
    uint8_t *bytes; /* of the file */
    size_t size;
    shard *shards;
    uint32_t count;
} pulse_overlay;

static pulse_status overlay_open(void *context, const char *name, const uint8_t **data,
                                 size_t *size, pulse_error *error)
{
    const pulse_overlay *overlay = context;
    for (uint32_t i = 0; i < overlay->count; ++i) {
        if (strcmp(overlay->shards[i].name, name) == 0) {
            *data = overlay->bytes + overlay->shards[i].offset;
            *size = overlay->shards[i].size;
            return PULSE_OK;
        }
    }
    return overlay->below->open(overlay->below->context, name, data, size, error);
}

static void overlay_close(void *context, const uint8_t *data, size_t size)
{
    const pulse_overlay *overlay = context;
    for (uint32_t i = 0; i < overlay->count; ++i) {
        if (data == overlay->bytes + overlay->shards[i].offset)
            return;
    }
    overlay->below->close(overlay->below->context, data, size);
}

static void overlay_free(pulse_overlay *overlay)
{
    if (!overlay)
        return;
    for (uint32_t i = 0; i < overlay->count; ++i)
        free(overlay->shards[i].name);
    free(overlay->shards);
    pulse_bytes_free(overlay->bytes);
    free(overlay);
}

/* The engine has opened the bundle: its manifest is sound. */
static void find_shards(pulse_overlay *overlay, const char *text, const char *role)
{
    cJSON *manifest = cJSON_Parse(text);
    const cJSON *file, *part;
    size_t offset = 0;
    cJSON_ArrayForEach(file, cJSON_GetObjectItemCaseSensitive(manifest, "files"))
    {
        const char *of = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(file, "role"));
        if (!of || strcmp(of, role) != 0)
            continue;
        cJSON_ArrayForEach(part, cJSON_GetObjectItemCaseSensitive(file, "shards"))
        {
            const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(part, "name"));
            const cJSON *bytes = cJSON_GetObjectItemCaseSensitive(part, "bytes");
            if (!name || !cJSON_IsNumber(bytes))
                continue;
            overlay->shards = pulse_need_more(overlay->shards, overlay->count + 1, sizeof(shard));
            const size_t size = (size_t)bytes->valuedouble;
            overlay->shards[overlay->count++] = (shard){pulse_need_text(name), offset, size};
            offset += size;
        }
    }
    overlay->size = offset;
    cJSON_Delete(manifest);
}

static int open_overlay(const pulse_source *source, const char *manifest, const float *latents,
                        const float *lengths, const pulse_facts *facts, pulse_hidden *out,
                        pulse_failure *failure)
{
    pulse_overlay *overlay = pulse_need(1, sizeof *overlay);
    out->overlay = overlay;
    overlay->below = source;
    find_shards(overlay, manifest, "vectors");
    size_t size = 0;
    pulse_error error;
    if (pulse_vectors_write(latents, lengths, facts->songs, facts->dimensions, &overlay->bytes,
                            &size, &error) != PULSE_OK)
        return pulse_failure_core(failure, &error);
    if (size != overlay->size)
        return pulse_failure_set(failure, PULSE_EXIT_FAILED,
                                 "the bundle's vectors are not stored as this program stores them; "
                                 "build it again");
    overlay->source = (pulse_source){overlay, overlay_open, overlay_close, NULL};
    /* The other files were checked when the bundle itself was opened. */
    const pulse_engine_params params = {.log = pulse_log_to_stderr, .skip_hashes = true};
    if (pulse_engine_open(&overlay->source, &params, &out->engine, &error) != PULSE_OK)
        return pulse_failure_core(failure, &error);
    return 0;
}

/* ---- Songs with less ------------------------------------------------------------------------ */

static void draw_songs(uint32_t songs, double share, uint64_t seed, pulse_hidden *out)
{
    uint32_t *order = pulse_need(songs, sizeof *order);
    for (uint32_t i = 0; i < songs; ++i)
        order[i] = i;
    pulse_random random = pulse_random_make(seed, 14);
    pulse_random_shuffle(&random, order, songs);
    out->songs = (uint32_t)lround(share * songs);
    out->flags = pulse_need(songs, 1);
    for (uint32_t i = 0; i < out->songs && i < songs; ++i)
        out->flags[order[i]] = 1;
    free(order);
}

static int encode_without(const pulse_facts *facts, pulse_autoencoder *autoencoder,
                          uint32_t modality, const uint8_t *flags, float *latents,
                          pulse_failure *failure)
{
    const pulse_preprocessor *preprocessor = pulse_autoencoder_preprocessor(autoencoder);
    pulse_layout layout;
    pulse_preprocessor_layout(preprocessor, &layout);
    float *row = pulse_need(layout.inputs, sizeof *row);
    int code = 0;
    for (uint32_t i = 0; i < facts->songs && !code; ++i) {
        if (!flags[i])
            continue;
        code = pulse_song_table_rows(&facts->table, preprocessor, i, 1, row, NULL, failure);
        for (uint32_t c = 0; c < layout.targets; ++c) {
            if (pulse_preprocessor_modality(preprocessor, c) == modality)
                row[c] = 0;
        }
        row[layout.targets + modality] = 0;
        pulse_error error;
        if (!code &&
            pulse_autoencoder_encode(autoencoder, row, 1, latents + (size_t)i * facts->dimensions,
                                     &error) != PULSE_OK)
            code = pulse_failure_core(failure, &error);
        if (i % 256 == 0)
            pulse_progress("evaluate", i, facts->songs, "songs with less");
        if (!code && pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    pulse_progress_clear();
    free(row);
    return code;
}

/* What the songs' vectors are long, as an export of such a catalogue would make them. */
static int measure_lengths(const pulse_facts *facts, pulse_autoencoder *autoencoder,
                           uint32_t modality, const uint8_t *flags, float *lengths,
                           pulse_failure *failure)
{
    uint64_t *known = pulse_need(facts->songs, sizeof *known);
    int code = pulse_known_read(&facts->table, pulse_autoencoder_preprocessor(autoencoder), known,
                                failure);
    for (uint32_t i = 0; i < facts->songs; ++i) {
        if (flags[i])
            known[i] &= ~(UINT64_C(1) << modality);
    }
    if (!code)
        code = pulse_certainty_measure(&facts->table, autoencoder, known, lengths, failure);
    free(known);
    return code;
}

int pulse_hidden_make(const pulse_source *source, const char *manifest, const pulse_facts *facts,
                      pulse_autoencoder *autoencoder, uint32_t modality, double share,
                      uint64_t seed, pulse_hidden *out, pulse_failure *failure)
{
    *out = (pulse_hidden){0};
    draw_songs(facts->songs, share, seed, out);
    const size_t size = (size_t)facts->songs * facts->dimensions;
    float *latents = pulse_need(size, sizeof *latents);
    memcpy(latents, facts->latents, size * sizeof *latents);
    float *lengths = pulse_need(facts->songs, sizeof *lengths);
    int code = encode_without(facts, autoencoder, modality, out->flags, latents, failure);
    if (!code)
        code = measure_lengths(facts, autoencoder, modality, out->flags, lengths, failure);
    if (!code)
        code = open_overlay(source, manifest, latents, lengths, facts, out, failure);
    free(lengths);
    free(latents);
    if (code)
        pulse_hidden_free(out);
    return code;
}

void pulse_hidden_free(pulse_hidden *hidden)
{
    pulse_engine_close(hidden->engine);
    overlay_free(hidden->overlay);
    free(hidden->flags);
    *hidden = (pulse_hidden){0};
}
