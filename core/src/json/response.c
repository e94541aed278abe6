/* Tier 4 of pulse.h: the engine's calls with JSON in and out. */
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "engine.h"
#include "json/request.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pulse_string_free(char *text)
{
    cJSON_free(text);
}

/* Prints and deletes `json`; NULL, or memory running out in between, is PULSE_E_NO_MEMORY. */
static pulse_status finish(cJSON *json, bool complete, char **out, pulse_error *error)
{
    *out = complete ? cJSON_PrintUnformatted(json) : NULL;
    cJSON_Delete(json);
    return *out ? PULSE_OK : pulse_out_of_memory(error);
}

/* Six decimals: what a float score holds, without the digits that are only its binary tail. */
static double rounded(float value)
{
    return round((double)value * 1e6) / 1e6;
}

static bool add_number(cJSON *object, const char *name, double value)
{
    return cJSON_AddNumberToObject(object, name, value) != NULL;
}

static bool add_text(cJSON *object, const char *name, const char *value)
{
    return cJSON_AddStringToObject(object, name, value) != NULL;
}

static bool add_song(cJSON *object, const pulse_song *song, bool integer_ids)
{
    bool added = integer_ids ? add_number(object, "song_id", strtod(song->song_id, NULL))
                             : add_text(object, "song_id", song->song_id);
    added = added && add_text(object, "title", song->title);
    added = added && add_text(object, "artist", song->artist);
    added = added && (song->genre[0] ? add_text(object, "genre", song->genre)
                                     : cJSON_AddNullToObject(object, "genre") != NULL);
    return added && (song->year ? add_number(object, "year", song->year)
                                : cJSON_AddNullToObject(object, "year") != NULL);
}

/* A new object at the end of `array`, or NULL. */
static cJSON *append_object(cJSON *array)
{
    cJSON *object = array ? cJSON_CreateObject() : NULL;
    if (object && !cJSON_AddItemToArray(array, object)) {
        cJSON_Delete(object);
        object = NULL;
    }
    return object;
}

static bool add_songs(cJSON *parent, const char *name, const pulse_songs *songs, bool integer_ids)
{
    cJSON *array = cJSON_AddArrayToObject(parent, name);
    bool complete = array != NULL;
    for (size_t i = 0; complete && i < songs->count; ++i) {
        cJSON *object = append_object(array);
        complete = object && add_song(object, &songs->items[i], integer_ids);
    }
    return complete;
}

/* ---- info ----------------------------------------------------------------------------------- */

static bool add_genres(cJSON *parent, const pulse_columns *columns)
{
    cJSON *array = cJSON_AddArrayToObject(parent, "genres");
    uint32_t *songs = pulse_calloc(columns->genre_count, sizeof *songs);
    bool complete = array && songs;
    for (uint32_t i = 0; complete && i < columns->songs; ++i)
        if (columns->genre[i] != PULSE_CATALOG_UNKNOWN)
            ++songs[columns->genre[i]];
    for (uint32_t g = 0; complete && g < columns->genre_count; ++g) {
        cJSON *object = append_object(array);
        complete = object && add_text(object, "name", columns->genres[g]) &&
                   add_number(object, "songs", songs[g]);
    }
    pulse_free(songs);
    return complete;
}

static bool add_feature(cJSON *array, const pulse_feature *feature)
{
    cJSON *object = append_object(array);
    bool complete =
        object && add_text(object, "name", feature->name) &&
        add_text(object, "modality", feature->modality) &&
        add_text(object, "label", feature->label) && add_text(object, "unit", feature->unit) &&
        add_text(object, "low", feature->low) && add_text(object, "high", feature->high) &&
        add_number(object, "min", rounded(feature->quantiles[0])) &&
        add_number(object, "max", rounded(feature->quantiles[10]));
    cJSON *quantiles = complete ? cJSON_AddArrayToObject(object, "quantiles") : NULL;
    complete = quantiles != NULL;
    for (int i = 0; complete && i <= 10; ++i)
        complete =
            cJSON_AddItemToArray(quantiles, cJSON_CreateNumber(rounded(feature->quantiles[i])));
    return complete;
}

pulse_status pulse_info_json(pulse_engine *engine, char **json, pulse_error *error)
{
    *json = NULL;
    const pulse_columns *columns = pulse_catalog_columns(engine->catalog);
    pulse_info info;
    pulse_engine_info(engine, &info);
    /* Parsed, although the text is at hand: the answer is one line, whatever the file's layout. */
    cJSON *manifest;
    pulse_status status =
        pulse_json_parse(info.manifest, strlen(info.manifest), "manifest.json", &manifest, error);
    if (status != PULSE_OK)
        return status;
    cJSON *object = cJSON_CreateObject();
    bool complete = object && add_number(object, "songs", info.songs) &&
                    add_number(object, "artists", info.artists) &&
                    add_number(object, "dimensions", info.dimensions);
    const char *const names[2] = {"year_min", "year_max"};
    const int32_t years[2] = {info.year_min, info.year_max};
    for (int i = 0; complete && i < 2; ++i)
        complete = years[i] ? add_number(object, names[i], years[i])
                            : cJSON_AddNullToObject(object, names[i]) != NULL;
    complete = complete && add_genres(object, columns);
    cJSON *features = complete ? cJSON_AddArrayToObject(object, "features") : NULL;
    complete = features != NULL;
    for (uint32_t f = 0; complete && f < info.feature_count; ++f)
        complete = add_feature(features, &info.features[f]);
    complete = complete && cJSON_AddBoolToObject(object, "integer_ids", info.integer_ids) &&
               cJSON_AddBoolToObject(object, "text", info.text) &&
               cJSON_AddBoolToObject(object, "map", info.map);
    if (!complete || !cJSON_AddItemToObject(object, "manifest", manifest)) {
        cJSON_Delete(manifest);
        complete = false;
    }
    return finish(object, complete, json, error);
}

/* ---- songs ---------------------------------------------------------------------------------- */

pulse_status pulse_song_json(pulse_engine *engine, const char *song_id, char **json,
                             pulse_error *error)
{
    *json = NULL;
    uint32_t song;
    pulse_songs *songs = NULL;
    pulse_status status = pulse_find_song_id(engine, song_id, &song, error);
    if (status == PULSE_OK)
        status = pulse_get_song(engine, song, &songs, error);
    if (status != PULSE_OK)
        return status;
    const pulse_columns *columns = pulse_catalog_columns(engine->catalog);
    cJSON *object = cJSON_CreateObject();
    bool complete = object && add_song(object, &songs->items[0], columns->integer_ids);
    cJSON *features = complete ? cJSON_AddObjectToObject(object, "features") : NULL;
    complete = features != NULL;
    for (uint32_t f = 0; complete && f < columns->feature_count; ++f) {
        const float value = pulse_catalog_value(engine->catalog, song, f);
        const char *name = columns->features[f].name;
        complete = isnan(value) ? cJSON_AddNullToObject(features, name) != NULL
                                : add_number(features, name, rounded(value));
    }
    pulse_songs_free(songs);
    return finish(object, complete, json, error);
}

pulse_status pulse_search_json(pulse_engine *engine, const char *text, size_t limit, char **json,
                               pulse_error *error)
{
    *json = NULL;
    pulse_songs *songs = NULL;
    pulse_status status = pulse_search(engine, text, limit, &songs, error);
    if (status != PULSE_OK)
        return status;
    cJSON *object = cJSON_CreateObject();
    bool complete =
        object && add_text(object, "query", text) &&
        add_songs(object, "results", songs, pulse_catalog_columns(engine->catalog)->integer_ids);
    pulse_songs_free(songs);
    return finish(object, complete, json, error);
}

/* ---- the map -------------------------------------------------------------------------------- */

/* Written as text at once: of a million songs, a cJSON item for each number would be 200 MB. */

static bool append_id(pulse_buffer *out, const char *id, bool is_integer)
{
    if (is_integer) {
        char number[32];
        snprintf(number, sizeof number, "%.0f", strtod(id, NULL));
        return pulse_buffer_append_text(out, number);
    }
    cJSON *text = cJSON_CreateStringReference(id);
    char *quoted = text ? cJSON_PrintUnformatted(text) : NULL;
    const bool appended = quoted && pulse_buffer_append_text(out, quoted);
    cJSON_free(quoted);
    cJSON_Delete(text);
    return appended;
}

/* The ids of all songs, in the order of their numbers. */
static pulse_status append_ids(pulse_engine *engine, pulse_buffer *out, pulse_error *error)
{
    enum { PART = 1024 };
    const pulse_columns *columns = pulse_catalog_columns(engine->catalog);
    for (uint32_t first = 0; first < columns->songs; first += PART) {
        uint32_t numbers[PART];
        uint32_t count = 0;
        for (; count < PART && count < columns->songs - first; ++count)
            numbers[count] = first + count;
        pulse_songs *songs;
        pulse_status status = pulse_catalog_songs(engine->catalog, numbers, count, &songs, error);
        if (status != PULSE_OK)
            return status;
        bool complete = true;
        for (uint32_t i = 0; complete && i < count; ++i)
            complete = (first + i == 0 || pulse_buffer_append(out, ",", 1)) &&
                       append_id(out, songs->items[i].song_id, columns->integer_ids);
        pulse_songs_free(songs);
        if (!complete)
            return pulse_out_of_memory(error);
    }
    return PULSE_OK;
}

static bool append_positions(pulse_buffer *out, const int16_t *positions, size_t count)
{
    bool complete = true;
    for (size_t i = 0; complete && i < count; ++i) {
        char number[16];
        snprintf(number, sizeof number, i ? ",%d" : "%d", positions[i]);
        complete = pulse_buffer_append_text(out, number);
    }
    return complete;
}

pulse_status pulse_map_json(pulse_engine *engine, char **json, pulse_error *error)
{
    *json = NULL;
    const int16_t *positions;
    pulse_status status = pulse_get_map(engine, &positions, error);
    if (status != PULSE_OK)
        return status;
    pulse_buffer out = {0};
    status = pulse_buffer_append_text(&out, "{\"song_ids\":[") ? append_ids(engine, &out, error)
                                                               : pulse_out_of_memory(error);
    const size_t values = (size_t)pulse_index_rows(engine->index) * 2;
    if (status == PULSE_OK &&
        !(pulse_buffer_append_text(&out, "],\"positions\":[") &&
          append_positions(&out, positions, values) && pulse_buffer_append_text(&out, "]}") &&
          pulse_buffer_terminate(&out)))
        status = pulse_out_of_memory(error);
    if (status == PULSE_OK)
        *json = out.data;
    else
        pulse_buffer_free(&out);
    return status;
}

/* ---- recommendations ------------------------------------------------------------------------ */

static bool add_result(cJSON *array, const pulse_result *result, bool integer_ids)
{
    cJSON *object = append_object(array);
    bool complete = object && add_song(object, &result->song, integer_ids) &&
                    add_number(object, "score", rounded(result->score));
    cJSON *why = complete ? cJSON_AddArrayToObject(object, "why") : NULL;
    complete = why != NULL;
    for (size_t i = 0; complete && i < result->why_count; ++i)
        complete = cJSON_AddItemToArray(why, cJSON_CreateString(result->why[i]));
    return complete;
}

static pulse_status seed_songs(pulse_engine *engine, const pulse_query *query, pulse_songs **out,
                               pulse_error *error)
{
    uint32_t *songs = pulse_malloc_array(query->seed_count, sizeof *songs);
    if (!songs)
        return pulse_out_of_memory(error);
    for (size_t i = 0; i < query->seed_count; ++i)
        songs[i] = query->seeds[i].song;
    pulse_status status =
        pulse_catalog_songs(engine->catalog, songs, query->seed_count, out, error);
    pulse_free(songs);
    return status;
}

pulse_status pulse_recommend_json(pulse_engine *engine, const char *request_text, size_t bytes,
                                  char **json, pulse_error *error)
{
    *json = NULL;
    pulse_request request;
    pulse_results *results = NULL;
    pulse_songs *seeds = NULL;
    pulse_status status = pulse_request_parse(engine, request_text, bytes, &request, error);
    if (status == PULSE_OK)
        status = pulse_recommend(engine, &request.query, &results, error);
    if (status == PULSE_OK)
        status = seed_songs(engine, &request.query, &seeds, error);
    if (status == PULSE_OK) {
        const bool integer_ids = pulse_catalog_columns(engine->catalog)->integer_ids;
        cJSON *object = cJSON_CreateObject();
        bool complete = object && add_songs(object, "seeds", seeds, integer_ids);
        cJSON *array = complete ? cJSON_AddArrayToObject(object, "results") : NULL;
        complete = array != NULL;
        for (size_t i = 0; complete && i < results->count; ++i)
            complete = add_result(array, &results->items[i], integer_ids);
        status = finish(object, complete, json, error);
    }
    pulse_songs_free(seeds);
    pulse_results_free(results);
    pulse_request_free(&request);
    return status;
}

/* ---- texts ---------------------------------------------------------------------------------- */

pulse_status pulse_tokenize_json(pulse_engine *engine, const char *text, size_t bytes, char **json,
                                 pulse_error *error)
{
    *json = NULL;
    const pulse_tokenizer *tokenizer;
    pulse_token_ids tokens = {0};
    pulse_status status = pulse_engine_tokenizer(engine, &tokenizer, error);
    if (status == PULSE_OK)
        status = pulse_tokenize(tokenizer, text, bytes, 0, &tokens, error);
    if (status == PULSE_OK) {
        cJSON *object = cJSON_CreateObject();
        cJSON *array = cJSON_AddArrayToObject(object, "ids");
        bool complete = array != NULL;
        for (size_t i = 0; complete && i < tokens.count; ++i)
            complete = cJSON_AddItemToArray(array, cJSON_CreateNumber(tokens.ids[i]));
        status = finish(object, complete, json, error);
    }
    pulse_token_ids_free(&tokens);
    return status;
}

pulse_status pulse_encode_json(pulse_engine *engine, const char *text, size_t bytes, char **json,
                               pulse_error *error)
{
    *json = NULL;
    pulse_encoder *encoder;
    pulse_status status = pulse_engine_encoder(engine, &encoder, error);
    if (status != PULSE_OK)
        return status;
    const uint32_t dimensions = pulse_encoder_dimensions(encoder);
    float *vector = pulse_malloc_array(dimensions, sizeof *vector);
    if (!vector)
        return pulse_out_of_memory(error);
    status = pulse_encoder_encode(encoder, &(pulse_span){.data = text, .bytes = bytes}, 1, vector,
                                  error);
    if (status == PULSE_OK) {
        cJSON *object = cJSON_CreateObject();
        cJSON *array = cJSON_AddArrayToObject(object, "embedding");
        bool complete = array != NULL;
        for (uint32_t i = 0; complete && i < dimensions; ++i)
            complete =
                cJSON_AddItemToArray(array, cJSON_CreateNumber(round(vector[i] * 1e8) / 1e8));
        status = finish(object, complete, json, error);
    }
    pulse_free(vector);
    return status;
}
