#include "json/request.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "json/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* More than any person or page asks for; keeps a hostile request cheap. */
#define MAX_ITEMS 100000

void pulse_request_free(pulse_request *request)
{
    pulse_free(request->seeds);
    pulse_free(request->exclude);
    pulse_free(request->genres);
    pulse_free(request->ranges);
    pulse_free(request->vector);
    pulse_free(request->vector_features);
    *request = (pulse_request){0};
}

/* Everything a member's reader needs. */
typedef struct request_reader {
    pulse_engine *engine;
    pulse_info info;
    pulse_request *request;
    const cJSON *features; /* of the song that is not in the catalogue; NULL: not given */
    const char *text;      /* its lyrics, or a description; NULL: not given */
    pulse_error *error;
} request_reader;

typedef pulse_status (*member_fn)(request_reader *reader, const cJSON *value);

typedef struct known_member {
    const char *name;
    member_fn read;
} known_member;

/* Calls the function of each member of `object`; an unknown one is a slip that must not pass. */
static pulse_status read_members(request_reader *reader, const cJSON *object, const char *where,
                                 const known_member *members, size_t count)
{
    if (!cJSON_IsObject(object))
        return pulse_fail(reader->error, PULSE_E_ARGUMENT, "%s: expected a JSON object", where);
    const cJSON *value;
    cJSON_ArrayForEach(value, object)
    {
        size_t i = 0;
        while (i < count && strcmp(members[i].name, value->string) != 0)
            ++i;
        if (i == count)
            return pulse_fail(reader->error, PULSE_E_ARGUMENT, "%s: unknown member \"%.64s\"",
                              where, value->string);
        pulse_status status = members[i].read(reader, value);
        if (status != PULSE_OK)
            return status;
    }
    return PULSE_OK;
}

static pulse_status expect(const request_reader *reader, bool holds, const char *member,
                           const char *what)
{
    return holds ? PULSE_OK
                 : pulse_fail(reader->error, PULSE_E_ARGUMENT, "request: \"%s\" must be %s", member,
                              what);
}

/* An array for `list`, or an error; `*count` gets its length. */
static pulse_status new_array(const request_reader *reader, const cJSON *list, const char *member,
                              size_t element, void **array, size_t *count)
{
    pulse_status status = expect(reader, cJSON_IsArray(list), member, "a list");
    if (status != PULSE_OK)
        return status;
    size_t items = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)++ items;
    if (items > MAX_ITEMS)
        return pulse_fail(reader->error, PULSE_E_ARGUMENT, "request: \"%s\" has more than %d items",
                          member, MAX_ITEMS);
    pulse_free(*array); /* a member given twice */
    *array = pulse_calloc(items, element);
    *count = items;
    return *array ? PULSE_OK : pulse_out_of_memory(reader->error);
}

static pulse_status read_whole(const request_reader *reader, const cJSON *value, const char *member,
                               double min, double max, double *out)
{
    bool whole = cJSON_IsNumber(value) && value->valuedouble >= min && value->valuedouble <= max &&
                 floor(value->valuedouble) == value->valuedouble;
    char what[64];
    snprintf(what, sizeof what, "a whole number from %.0f to %.0f", min, max);
    *out = whole ? value->valuedouble : 0.0;
    return expect(reader, whole, member, what);
}

static pulse_status read_bool(const request_reader *reader, const cJSON *value, const char *member,
                              bool *out)
{
    *out = cJSON_IsTrue(value);
    return expect(reader, cJSON_IsBool(value), member, "true or false");
}

static pulse_status read_id(const request_reader *reader, const cJSON *value, const char *member,
                            uint32_t *song)
{
    char text[PULSE_NUMBER_TEXT];
    const char *id = cJSON_GetStringValue(value);
    if (!id && cJSON_IsNumber(value) && pulse_number_text(value->valuedouble, text))
        id = text;
    pulse_status status = expect(reader, id != NULL, member, "a song's identifier");
    return status == PULSE_OK ? pulse_find_song_id(reader->engine, id, song, reader->error)
                              : status;
}

/* ---- seeds ---------------------------------------------------------------------------------- */

static pulse_status read_seed(const request_reader *reader, const cJSON *object, pulse_seed *seed)
{
    const cJSON *id = NULL, *title = NULL, *artist = NULL, *value;
    seed->weight = 1.0f;
    pulse_status status = expect(reader, cJSON_IsObject(object), "seeds", "a list of objects");
    if (status != PULSE_OK)
        return status;
    cJSON_ArrayForEach(value, object)
    {
        if (strcmp(value->string, "song_id") == 0) {
            id = value;
        } else if (strcmp(value->string, "title") == 0 && cJSON_IsString(value)) {
            title = value;
        } else if (strcmp(value->string, "artist") == 0 && cJSON_IsString(value)) {
            artist = value;
        } else if (strcmp(value->string, "weight") == 0 && cJSON_IsNumber(value)) {
            seed->weight = (float)value->valuedouble;
        } else {
            return pulse_fail(reader->error, PULSE_E_ARGUMENT,
                              "request: a seed has \"song_id\", or \"title\" and \"artist\" as "
                              "texts, and \"weight\" as a number; this one has \"%.64s\"",
                              value->string);
        }
    }
    if (!id == !title || (id && artist))
        return pulse_fail(reader->error, PULSE_E_ARGUMENT,
                          "request: a seed is named by \"song_id\" or by \"title\", one of them");
    if (id)
        return read_id(reader, id, "song_id", &seed->song);
    return pulse_find_title(reader->engine, title->valuestring, artist ? artist->valuestring : NULL,
                            &seed->song, NULL, reader->error);
}

static pulse_status read_seeds(request_reader *reader, const cJSON *value)
{
    pulse_request *request = reader->request;
    pulse_status status = new_array(reader, value, "seeds", sizeof *request->seeds,
                                    (void **)&request->seeds, &request->query.seed_count);
    pulse_seed *next = request->seeds;
    const cJSON *item;
    for (item = status == PULSE_OK ? value->child : NULL; item && status == PULSE_OK;
         item = item->next)
        status = read_seed(reader, item, next++);
    request->query.seeds = request->seeds;
    return status;
}

static pulse_status read_features(request_reader *reader, const cJSON *object)
{
    reader->features = object;
    return expect(reader, cJSON_IsObject(object) && object->child, "features",
                  "an object of values");
}

static pulse_status read_text(request_reader *reader, const cJSON *value)
{
    reader->text = cJSON_GetStringValue(value);
    return expect(reader, reader->text != NULL, "text", "a text");
}

/* A list of texts as one, with PULSE_LIST_SEPARATOR between them; the caller frees it. */
static pulse_status join(const request_reader *reader, const cJSON *list, char **out)
{
    size_t bytes = 1;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item))
            return expect(reader, false, list->string, "a number, a text or a list of texts");
        bytes += strlen(item->valuestring) + 1;
    }
    char *end = *out = pulse_malloc(bytes);
    if (!end)
        return pulse_out_of_memory(reader->error);
    cJSON_ArrayForEach(item, list)
    {
        if (item != list->child)
            *end++ = PULSE_LIST_SEPARATOR[0];
        const size_t size = strlen(item->valuestring);
        memcpy(end, item->valuestring, size);
        end += size;
    }
    *end = '\0';
    return PULSE_OK;
}

static pulse_status read_value(const request_reader *reader, const cJSON *json, pulse_value *value,
                               char **joined)
{
    *value = (pulse_value){.name = json->string,
                           .text = cJSON_GetStringValue(json),
                           .number = (float)json->valuedouble};
    if (cJSON_IsBool(json))
        value->number = cJSON_IsTrue(json) ? 1.0f : 0.0f;
    if (cJSON_IsArray(json)) {
        const pulse_status status = join(reader, json, joined);
        value->text = *joined;
        return status;
    }
    return expect(reader, value->text || cJSON_IsNumber(json) || cJSON_IsBool(json), json->string,
                  "a number, a text or a list of texts");
}

/* The song that is not in the catalogue, once all that is known of it has been read. */
static pulse_status embed(request_reader *reader)
{
    pulse_request *request = reader->request;
    const size_t count = reader->features ? (size_t)cJSON_GetArraySize(reader->features) : 0;
    pulse_value *values = pulse_calloc(count, sizeof *values);
    char **joined = pulse_calloc(count, sizeof *joined); /* the texts of lists */
    request->vector = pulse_malloc_array(reader->info.dimensions, sizeof *request->vector);
    request->vector_features =
        pulse_malloc_array(reader->info.feature_count, sizeof *request->vector_features);
    const bool room = values && joined && request->vector && request->vector_features;
    pulse_status status = room ? PULSE_OK : pulse_out_of_memory(reader->error);
    size_t i = 0;
    const cJSON *value = room && reader->features ? reader->features->child : NULL;
    for (; value && status == PULSE_OK; value = value->next, ++i)
        status = read_value(reader, value, &values[i], &joined[i]);
    if (status == PULSE_OK)
        status = pulse_embed_song(reader->engine, values, count, reader->text,
                                  reader->text ? strlen(reader->text) : 0, request->vector,
                                  request->vector_features, reader->error);
    for (i = 0; joined && i < count; ++i)
        pulse_free(joined[i]);
    pulse_free(joined);
    pulse_free(values);
    request->query.vector = request->vector;
    request->query.vector_features = request->vector_features;
    return status;
}

/* ---- what is wanted ------------------------------------------------------------------------- */

static pulse_status read_k(request_reader *reader, const cJSON *value)
{
    double k;
    pulse_status status = read_whole(reader, value, "k", 1, UINT32_MAX, &k);
    reader->request->query.k = (uint32_t)k;
    return status;
}

static pulse_status read_exclude(request_reader *reader, const cJSON *value)
{
    pulse_request *request = reader->request;
    pulse_status status = new_array(reader, value, "exclude", sizeof *request->exclude,
                                    (void **)&request->exclude, &request->query.exclude_count);
    uint32_t *next = request->exclude;
    for (const cJSON *item = status == PULSE_OK ? value->child : NULL; item && status == PULSE_OK;
         item = item->next)
        status = read_id(reader, item, "exclude", next++);
    request->query.exclude = request->exclude;
    return status;
}

static pulse_status read_exclude_seed_artists(request_reader *reader, const cJSON *value)
{
    return read_bool(reader, value, "exclude_seed_artists",
                     &reader->request->query.exclude_seed_artists);
}

static pulse_status read_keep_versions(request_reader *reader, const cJSON *value)
{
    return read_bool(reader, value, "keep_versions", &reader->request->query.keep_versions);
}

static pulse_status read_max_per_artist(request_reader *reader, const cJSON *value)
{
    double most;
    pulse_status status = read_whole(reader, value, "max_per_artist", 0, UINT32_MAX, &most);
    reader->request->query.max_per_artist = (uint32_t)most;
    return status;
}

static pulse_status read_diversity(request_reader *reader, const cJSON *value)
{
    reader->request->query.diversity = (float)value->valuedouble;
    return expect(reader, cJSON_IsNumber(value), "diversity", "a number from 0 to 1");
}

/* ---- filters -------------------------------------------------------------------------------- */

static pulse_status read_genres(request_reader *reader, const cJSON *value)
{
    pulse_request *request = reader->request;
    pulse_status status = new_array(reader, value, "genres", sizeof *request->genres,
                                    (void **)&request->genres, &request->query.genre_count);
    uint32_t *next = request->genres;
    request->query.genres = request->genres;
    for (const cJSON *item = status == PULSE_OK ? value->child : NULL; item && status == PULSE_OK;
         item = item->next) {
        const char *name = cJSON_GetStringValue(item);
        status = expect(reader, name != NULL, "genres", "a list of texts");
        uint32_t g = 0;
        while (name && g < reader->info.genre_count && strcmp(reader->info.genres[g], name) != 0)
            ++g;
        if (status == PULSE_OK && g == reader->info.genre_count)
            status = pulse_fail(reader->error, PULSE_E_NOT_FOUND,
                                "there is no genre \"%.64s\" in this bundle", name);
        *next++ = g;
    }
    return status;
}

static pulse_status read_year(const request_reader *reader, const cJSON *value, const char *member,
                              int32_t *year)
{
    double number = 0;
    pulse_status status =
        cJSON_IsNull(value) ? PULSE_OK : read_whole(reader, value, member, -9999, 9999, &number);
    *year = (int32_t)number;
    return status;
}

static pulse_status read_year_min(request_reader *reader, const cJSON *value)
{
    return read_year(reader, value, "year_min", &reader->request->query.year_min);
}

static pulse_status read_year_max(request_reader *reader, const cJSON *value)
{
    return read_year(reader, value, "year_max", &reader->request->query.year_max);
}

static pulse_status read_range(const request_reader *reader, const cJSON *value, pulse_range *range)
{
    range->feature = 0;
    while (range->feature < reader->info.feature_count &&
           strcmp(reader->info.features[range->feature].name, value->string) != 0)
        ++range->feature;
    if (range->feature == reader->info.feature_count)
        return pulse_fail(reader->error, PULSE_E_NOT_FOUND,
                          "there is no numerical feature \"%.64s\" in this bundle", value->string);
    const cJSON *min = cJSON_GetArrayItem(value, 0), *max = cJSON_GetArrayItem(value, 1);
    pulse_status status = expect(reader,
                                 cJSON_IsArray(value) && cJSON_GetArraySize(value) == 2 &&
                                     cJSON_IsNumber(min) && cJSON_IsNumber(max),
                                 value->string, "[MIN,MAX]");
    if (status == PULSE_OK) {
        range->min = (float)min->valuedouble;
        range->max = (float)max->valuedouble;
    }
    return status;
}

static pulse_status read_ranges(request_reader *reader, const cJSON *object)
{
    pulse_request *request = reader->request;
    pulse_status status = expect(reader, cJSON_IsObject(object), "features", "an object of ranges");
    if (status != PULSE_OK)
        return status;
    const size_t count = (size_t)cJSON_GetArraySize(object);
    pulse_free(request->ranges);
    request->ranges = pulse_calloc(count, sizeof *request->ranges);
    if (!request->ranges)
        return pulse_out_of_memory(reader->error);
    request->query.ranges = request->ranges;
    request->query.range_count = count;
    pulse_range *next = request->ranges;
    for (const cJSON *item = object->child; item && status == PULSE_OK; item = item->next)
        status = read_range(reader, item, next++);
    return status;
}

static pulse_status read_filters(request_reader *reader, const cJSON *value)
{
    static const known_member members[] = {{"genres", read_genres},
                                           {"year_min", read_year_min},
                                           {"year_max", read_year_max},
                                           {"features", read_ranges}};
    return read_members(reader, value, "request: filters", members,
                        sizeof members / sizeof *members);
}

pulse_status pulse_request_parse(pulse_engine *engine, const char *text, size_t bytes,
                                 pulse_request *request, pulse_error *error)
{
    static const known_member members[] = {{"seeds", read_seeds},
                                           {"features", read_features},
                                           {"text", read_text},
                                           {"k", read_k},
                                           {"exclude", read_exclude},
                                           {"exclude_seed_artists", read_exclude_seed_artists},
                                           {"max_per_artist", read_max_per_artist},
                                           {"diversity", read_diversity},
                                           {"keep_versions", read_keep_versions},
                                           {"filters", read_filters}};
    *request = (pulse_request){.query = pulse_query_default()};
    cJSON *json;
    pulse_status status = pulse_json_parse(text, bytes, "request", &json, error);
    if (status == PULSE_E_FORMAT) {
        status = PULSE_E_ARGUMENT; /* no file is damaged: the caller's text is */
        if (error)
            error->status = status;
    }
    request_reader reader = {.engine = engine, .request = request, .error = error};
    pulse_engine_info(engine, &reader.info);
    if (status == PULSE_OK)
        status = read_members(&reader, json, "request", members, sizeof members / sizeof *members);
    if (status == PULSE_OK && (reader.features || reader.text))
        status = embed(&reader);
    cJSON_Delete(json);
    return status;
}
