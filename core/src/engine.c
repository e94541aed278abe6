/* The public engine: ties the rooms together, and owns nothing else. */
#include "engine.h"

#include "base/alloc.h"
#include "base/error.h"
#include "recommend/recommend.h"
#include "recommend/why.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void log_info(const pulse_engine *engine, const char *format, ...) PULSE_PRINTF(2, 3);

static void log_info(const pulse_engine *engine, const char *format, ...)
{
    if (!engine->params.log)
        return;
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    engine->params.log(engine->params.log_context, PULSE_LOG_INFO, message);
}

pulse_status pulse_engine_open(const pulse_source *source, const pulse_engine_params *params,
                               pulse_engine **out, pulse_error *error)
{
    *out = NULL;
    pulse_engine *engine = pulse_calloc(1, sizeof *engine);
    if (!engine)
        return pulse_out_of_memory(error);
    if (params)
        engine->params = *params;
    pulse_status status =
        pulse_bundle_open(source, engine->params.skip_hashes, &engine->bundle, error);
    if (status == PULSE_OK)
        status = pulse_bundle_read(engine->bundle, "catalog", &engine->catalog_file, error);
    if (status == PULSE_OK)
        status = pulse_bundle_read(engine->bundle, "vectors", &engine->vectors_file, error);
    if (status == PULSE_OK)
        status = pulse_catalog_open(engine->catalog_file.data, engine->catalog_file.size,
                                    engine->catalog_file.name, &engine->catalog, error);
    if (status == PULSE_OK)
        status = pulse_index_open(engine->vectors_file.data, engine->vectors_file.size,
                                  engine->vectors_file.name, &engine->index, error);
    if (status == PULSE_OK) {
        const uint32_t songs = pulse_catalog_columns(engine->catalog)->songs;
        const uint32_t rows = pulse_index_rows(engine->index);
        if (songs != rows)
            status = pulse_fail(error, PULSE_E_FORMAT,
                                "%s holds %u songs and %s %u vectors: they are of two bundles",
                                engine->catalog_file.name, songs, engine->vectors_file.name, rows);
    }
    if (status != PULSE_OK) {
        pulse_engine_close(engine);
        return status;
    }
    log_info(engine, "opened a bundle of %u songs", pulse_index_rows(engine->index));
    *out = engine;
    return PULSE_OK;
}

void pulse_engine_close(pulse_engine *engine)
{
    if (!engine)
        return;
    pulse_engine_close_text(engine);
    pulse_autoencoder_free(engine->autoencoder);
    pulse_index_close(engine->index);
    pulse_catalog_close(engine->catalog);
    pulse_file_close(&engine->map_file);
    pulse_file_close(&engine->vectors_file);
    pulse_file_close(&engine->catalog_file);
    pulse_bundle_close(engine->bundle);
    pulse_free(engine);
}

void pulse_engine_info(const pulse_engine *engine, pulse_info *info)
{
    const pulse_columns *columns = pulse_catalog_columns(engine->catalog);
    *info = (pulse_info){
        .songs = columns->songs,
        .artists = columns->artists,
        .dimensions = pulse_index_dimensions(engine->index),
        .year_min = columns->year_min,
        .year_max = columns->year_max,
        .genre_count = columns->genre_count,
        .genres = columns->genres,
        .feature_count = columns->feature_count,
        .features = columns->features,
        .integer_ids = columns->integer_ids,
        .text = pulse_bundle_has(engine->bundle, "encoder") &&
                pulse_bundle_has(engine->bundle, "vocab"),
        .map = pulse_bundle_has(engine->bundle, "map"),
        .manifest = pulse_bundle_manifest(engine->bundle),
    };
}

static pulse_status check_song(const pulse_engine *engine, uint32_t song, pulse_error *error)
{
    const uint32_t songs = pulse_index_rows(engine->index);
    if (song >= songs)
        return pulse_fail(error, PULSE_E_NOT_FOUND, "there is no song number %u: the bundle has %u",
                          song, songs);
    return PULSE_OK;
}

pulse_status pulse_get_song(pulse_engine *engine, uint32_t song, pulse_songs **out,
                            pulse_error *error)
{
    *out = NULL;
    pulse_status status = check_song(engine, song, error);
    return status == PULSE_OK ? pulse_catalog_songs(engine->catalog, &song, 1, out, error) : status;
}

pulse_status pulse_get_features(pulse_engine *engine, uint32_t song, float *out, pulse_error *error)
{
    pulse_status status = check_song(engine, song, error);
    if (status != PULSE_OK)
        return status;
    const uint32_t features = pulse_catalog_columns(engine->catalog)->feature_count;
    for (uint32_t f = 0; f < features; ++f)
        out[f] = pulse_catalog_value(engine->catalog, song, f);
    return PULSE_OK;
}

pulse_status pulse_get_vector(pulse_engine *engine, uint32_t song, float *out, pulse_error *error)
{
    pulse_status status = check_song(engine, song, error);
    if (status == PULSE_OK)
        pulse_index_row(engine->index, song, out);
    return status;
}

pulse_status pulse_get_map(pulse_engine *engine, const int16_t **positions, pulse_error *error)
{
    *positions = NULL;
    if (!engine->map) {
        pulse_file file;
        pulse_status status = pulse_bundle_read(engine->bundle, "map", &file, error);
        if (status == PULSE_OK)
            status = pulse_map_read(file.data, file.size, file.name,
                                    pulse_index_rows(engine->index), &engine->map, error);
        if (status != PULSE_OK) {
            pulse_file_close(&file);
            return status;
        }
        engine->map_file = file;
    }
    *positions = engine->map;
    return PULSE_OK;
}

pulse_status pulse_find_song_id(pulse_engine *engine, const char *song_id, uint32_t *song,
                                pulse_error *error)
{
    return pulse_catalog_find_id(engine->catalog, song_id, song, error);
}

pulse_status pulse_find_title(pulse_engine *engine, const char *title, const char *artist,
                              uint32_t *song, uint32_t *others, pulse_error *error)
{
    return pulse_catalog_find_title(engine->catalog, title, artist, song, others, error);
}

pulse_status pulse_search(pulse_engine *engine, const char *text, size_t limit, pulse_songs **out,
                          pulse_error *error)
{
    *out = NULL;
    const uint32_t songs = pulse_index_rows(engine->index);
    if (limit > songs)
        limit = songs;
    uint32_t *found = pulse_malloc_array(limit, sizeof *found);
    if (!found)
        return pulse_out_of_memory(error);
    size_t count = 0;
    pulse_status status = pulse_catalog_search(engine->catalog, text, limit, found, &count, error);
    if (status == PULSE_OK)
        status = pulse_catalog_songs(engine->catalog, found, count, out, error);
    pulse_free(found);
    return status;
}

pulse_query pulse_query_default(void)
{
    return (pulse_query){.k = 10};
}

/* What pulse_results_free frees: the results, and everything their strings live in. */
typedef struct owned_results {
    pulse_results results; /* first, so that a pointer to it is one to this */
    pulse_songs *songs;
    pulse_buffer texts;
    const char **reasons; /* [all results' why_count] */
} owned_results;

void pulse_results_free(pulse_results *results)
{
    if (!results)
        return;
    owned_results *owned = (owned_results *)results;
    pulse_songs_free(owned->songs);
    pulse_buffer_free(&owned->texts);
    pulse_free(owned->reasons);
    pulse_free(owned->results.items);
    pulse_free(owned);
}

static pulse_status fill_results(pulse_engine *engine, const pulse_query *query,
                                 const pulse_pick *picks, owned_results *owned, pulse_error *error)
{
    const size_t count = owned->results.count;
    uint32_t *songs = pulse_malloc_array(count, sizeof *songs);
    if (!songs)
        return pulse_out_of_memory(error);
    for (size_t i = 0; i < count; ++i)
        songs[i] = picks[i].song;
    pulse_status status = pulse_catalog_songs(engine->catalog, songs, count, &owned->songs, error);
    pulse_free(songs);
    pulse_profile *profile = NULL;
    if (status == PULSE_OK)
        status = pulse_profile_create(engine->catalog, query, &profile, error);
    size_t reasons = 0;
    for (size_t i = 0; i < count && status == PULSE_OK; ++i) {
        owned->results.items[i].song = owned->songs->items[i];
        owned->results.items[i].score = picks[i].score;
        status = pulse_explain(profile, engine->catalog, picks[i].song, &owned->texts,
                               &owned->results.items[i].why_count, error);
        reasons += owned->results.items[i].why_count;
    }
    pulse_profile_free(profile);
    if (status != PULSE_OK)
        return status;
    owned->reasons = pulse_malloc_array(reasons, sizeof *owned->reasons);
    if (!owned->reasons)
        return pulse_out_of_memory(error);
    /* Only now: while it grew, the buffer moved. */
    const char *text = owned->texts.data;
    const char **next = owned->reasons;
    for (size_t i = 0; i < count; ++i) {
        owned->results.items[i].why = next;
        for (size_t r = 0; r < owned->results.items[i].why_count; ++r) {
            *next++ = text;
            text += strlen(text) + 1;
        }
    }
    return PULSE_OK;
}

pulse_status pulse_recommend(pulse_engine *engine, const pulse_query *query, pulse_results **out,
                             pulse_error *error)
{
    *out = NULL;
    pulse_pick *picks = NULL;
    size_t count = 0;
    pulse_status status =
        pulse_recommend_pick(engine->catalog, engine->index, query, &picks, &count, error);
    if (status != PULSE_OK)
        return status;
    owned_results *owned = pulse_calloc(1, sizeof *owned);
    if (owned)
        owned->results.items = pulse_calloc(count, sizeof *owned->results.items);
    if (!owned || !owned->results.items) {
        status = pulse_out_of_memory(error);
    } else {
        owned->results.count = count;
        status = fill_results(engine, query, picks, owned, error);
    }
    pulse_free(picks);
    if (status != PULSE_OK) {
        if (owned)
            pulse_results_free(&owned->results);
        return status;
    }
    *out = &owned->results;
    return PULSE_OK;
}
