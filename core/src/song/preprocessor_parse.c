/* The preprocessor's JSON, checked to the last number. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "song/preprocessor_internal.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHERE 160
#define ROOT "preprocessor"

static pulse_status copy_text(const char *text, char **out, pulse_error *error)
{
    *out = pulse_strdup(text);
    return *out ? PULSE_OK : pulse_out_of_memory(error);
}

/* Counts the array's elements, at most `max`. */
static pulse_status count_of(const cJSON *array, uint32_t max, const char *where, uint32_t *count,
                             pulse_error *error)
{
    *count = 0;
    for (const cJSON *item = array->child; item; item = item->next)
        if ((*count)++ == max)
            return pulse_fail(error, PULSE_E_FORMAT, "%s: more than %u elements", where, max);
    return PULSE_OK;
}

static int by_pointed_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static pulse_status check_unique(const char **names, size_t count, const char *where,
                                 pulse_error *error)
{
    if (count)
        qsort(names, count, sizeof *names, by_pointed_text);
    for (size_t i = 1; i < count; ++i)
        if (strcmp(names[i - 1], names[i]) == 0)
            return pulse_fail(error, PULSE_E_FORMAT, "%s: \"%.64s\" is there twice", where,
                              names[i]);
    return PULSE_OK;
}

static pulse_status read_modalities(pulse_json_object from, pulse_preprocessor *p,
                                    pulse_error *error)
{
    const cJSON *array;
    uint32_t count;
    pulse_status status = pulse_json_get(from, "modalities", PULSE_JSON_ARRAY, true, &array, error);
    if (status == PULSE_OK)
        status = count_of(array, PULSE_PREPROCESSOR_MAX_MODALITIES, ROOT ": \"modalities\"", &count,
                          error);
    if (status != PULSE_OK)
        return status;
    p->modalities = pulse_calloc(count, sizeof *p->modalities);
    if (!p->modalities)
        return pulse_out_of_memory(error);
    for (const cJSON *item = array->child; item; item = item->next) {
        if (!cJSON_IsString(item) || item->valuestring[0] == '\0')
            return pulse_fail(error, PULSE_E_FORMAT, ROOT ": \"modalities\" must be names");
        for (uint32_t i = 0; i < p->layout.modalities; ++i)
            if (strcmp(p->modalities[i], item->valuestring) == 0)
                return pulse_fail(error, PULSE_E_FORMAT, ROOT ": modality \"%.64s\" is there twice",
                                  item->valuestring);
        status = copy_text(item->valuestring, &p->modalities[p->layout.modalities], error);
        if (status != PULSE_OK)
            return status;
        ++p->layout.modalities;
    }
    return PULSE_OK;
}

static pulse_status read_modality(pulse_json_object from, const pulse_preprocessor *p,
                                  uint32_t *modality, pulse_error *error)
{
    const char *name;
    pulse_status status = pulse_json_get_text(from, "modality", true, &name, error);
    if (status != PULSE_OK)
        return status;
    for (*modality = 0; *modality < p->layout.modalities; ++*modality)
        if (strcmp(p->modalities[*modality], name) == 0)
            return PULSE_OK;
    return pulse_fail(error, PULSE_E_FORMAT,
                      "%s: \"modality\" is \"%.64s\", which \"modalities\" "
                      "does not have",
                      from.where, name);
}

static pulse_status read_weight(pulse_json_object from, double *weight, pulse_error *error)
{
    pulse_status status = pulse_json_get_number(from, "weight", false, 1.0, weight, error);
    if (status == PULSE_OK && !(*weight >= 0 && *weight <= FLT_MAX))
        return pulse_fail(error, PULSE_E_FORMAT, "%s: \"weight\" is %g, it must be 0 or more",
                          from.where, *weight);
    return status;
}

/* The name of a feature, not empty. */
static pulse_status read_name(pulse_json_object from, char **out, pulse_error *error)
{
    const char *name;
    pulse_status status = pulse_json_get_text(from, "name", true, &name, error);
    if (status == PULSE_OK && name[0] == '\0')
        return pulse_fail(error, PULSE_E_FORMAT, "%s: \"name\" is empty", from.where);
    return status == PULSE_OK ? copy_text(name, out, error) : status;
}

static pulse_status read_transform(pulse_json_object from, pulse_transform *out, pulse_error *error)
{
    static const char *const names[] = {"none", "log1p", "log", "logit", "circular"};
    const char *name;
    pulse_status status = pulse_json_get_text(from, "transform", false, &name, error);
    if (status != PULSE_OK)
        return status;
    *out = PULSE_TRANSFORM_NONE;
    if (!name)
        return PULSE_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        if (strcmp(names[i], name) == 0) {
            *out = (pulse_transform)i;
            return PULSE_OK;
        }
    }
    return pulse_fail(error, PULSE_E_VERSION,
                      "%s: transform \"%.32s\" is not known to this program: it needs a newer "
                      "playlistpulse",
                      from.where, name);
}

static pulse_status read_above_zero(pulse_json_object from, const char *name, double *out,
                                    pulse_error *error)
{
    pulse_status status = pulse_json_get_number(from, name, true, 1, out, error);
    if (status == PULSE_OK && !(*out > 0))
        return pulse_fail(error, PULSE_E_FORMAT, "%s: \"%s\" is %g, it must be above 0", from.where,
                          name, *out);
    return status;
}

static pulse_status read_numerical(pulse_json_object from, const pulse_preprocessor *p,
                                   pulse_numerical *feature, pulse_error *error)
{
    pulse_status status = read_modality(from, p, &feature->modality, error);
    if (status == PULSE_OK)
        status = read_transform(from, &feature->transform, error);
    feature->scale = 1;
    if (status == PULSE_OK && feature->transform == PULSE_TRANSFORM_CIRCULAR) {
        status = read_above_zero(from, "period", &feature->period, error);
    } else if (status == PULSE_OK) {
        status = pulse_json_get_number(from, "mean", true, 0, &feature->mean, error);
        if (status == PULSE_OK)
            status = read_above_zero(from, "scale", &feature->scale, error);
    }
    if (status == PULSE_OK)
        status = read_weight(from, &feature->weight, error);
    return status == PULSE_OK ? read_name(from, &feature->name, error) : status;
}

void pulse_preprocessor_fold(char *text)
{
    for (; *text; ++text)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const pulse_category *)a)->text, ((const pulse_category *)b)->text);
}

static int by_folded(const void *a, const void *b)
{
    const pulse_category *left = *(const pulse_category *const *)a;
    const pulse_category *right = *(const pulse_category *const *)b;
    int order = strcmp(left->folded, right->folded);
    return order ? order : (left->column > right->column) - (left->column < right->column);
}

static pulse_status sort_values(pulse_json_object from, pulse_categorical *feature,
                                pulse_error *error)
{
    if (feature->count)
        qsort(feature->by_text, feature->count, sizeof *feature->by_text, by_text);
    for (uint32_t i = 0; i < feature->count; ++i) {
        feature->by_folded[i] = &feature->by_text[i];
        if (i > 0 && strcmp(feature->by_text[i - 1].text, feature->by_text[i].text) == 0)
            return pulse_fail(error, PULSE_E_FORMAT, "%s: the value \"%.64s\" is there twice",
                              from.where, feature->by_text[i].text);
    }
    if (feature->count)
        qsort(feature->by_folded, feature->count, sizeof *feature->by_folded, by_folded);
    return PULSE_OK;
}

static pulse_status read_values(pulse_json_object from, pulse_categorical *feature,
                                pulse_error *error)
{
    const cJSON *array;
    uint32_t count;
    pulse_status status = pulse_json_get(from, "values", PULSE_JSON_ARRAY, true, &array, error);
    if (status == PULSE_OK)
        status = count_of(array, PULSE_PREPROCESSOR_MAX_VALUES, from.where, &count, error);
    if (status != PULSE_OK)
        return status;
    feature->by_text = pulse_calloc(count, sizeof *feature->by_text);
    feature->by_folded = pulse_calloc(count, sizeof *feature->by_folded);
    if (!feature->by_text || !feature->by_folded)
        return pulse_out_of_memory(error);
    for (const cJSON *item = array->child; item; item = item->next) {
        /* "" is how a missing category is given, so it cannot be one. */
        if (!cJSON_IsString(item) || item->valuestring[0] == '\0')
            return pulse_fail(error, PULSE_E_FORMAT, "%s: \"values\" must be texts, none empty",
                              from.where);
        pulse_category *value = &feature->by_text[feature->count];
        value->column = feature->count++;
        status = copy_text(item->valuestring, &value->text, error);
        if (status == PULSE_OK)
            status = copy_text(item->valuestring, &value->folded, error);
        if (status != PULSE_OK)
            return status;
        pulse_preprocessor_fold(value->folded);
    }
    return sort_values(from, feature, error);
}

static pulse_status read_categorical(pulse_json_object from, const pulse_preprocessor *p,
                                     pulse_categorical *feature, pulse_error *error)
{
    double weight;
    const cJSON *multiple = NULL;
    pulse_status status = read_modality(from, p, &feature->modality, error);
    if (status == PULSE_OK)
        status = read_weight(from, &weight, error);
    if (status == PULSE_OK)
        status = pulse_json_get(from, "multiple", PULSE_JSON_BOOLEAN, false, &multiple, error);
    if (status == PULSE_OK)
        status = read_name(from, &feature->name, error);
    if (status != PULSE_OK)
        return status;
    feature->multiple = cJSON_IsTrue(multiple);
    feature->weight = (float)weight;
    feature->first = p->layout.categorical;
    return read_values(from, feature, error);
}

/* Starts the array `name` of features: its first element and how many there are. */
static pulse_status open_features(pulse_json_object from, const char *name, uint32_t max,
                                  const cJSON **first, uint32_t *count, pulse_error *error)
{
    const cJSON *array;
    pulse_status status = pulse_json_get(from, name, PULSE_JSON_ARRAY, true, &array, error);
    if (status != PULSE_OK)
        return status;
    char where[WHERE];
    snprintf(where, sizeof where, ROOT ": \"%s\"", name);
    *first = array->child;
    return count_of(array, max, where, count, error);
}

static pulse_status feature_object(const cJSON *item, const char *name, uint32_t index,
                                   char where[WHERE], pulse_error *error)
{
    snprintf(where, WHERE, ROOT ": %s[%u]", name, index);
    if (!cJSON_IsObject(item))
        return pulse_fail(error, PULSE_E_FORMAT, "%s is %s, it must be an object", where,
                          pulse_json_type_name(item));
    return PULSE_OK;
}

static pulse_status read_all_numerical(pulse_json_object from, pulse_preprocessor *p,
                                       pulse_error *error)
{
    const cJSON *item;
    uint32_t count;
    pulse_status status =
        open_features(from, "numerical", PULSE_PREPROCESSOR_MAX_NUMERICAL, &item, &count, error);
    if (status != PULSE_OK)
        return status;
    p->numerical = pulse_calloc(count, sizeof *p->numerical);
    p->numerical_feature = pulse_calloc((size_t)2 * count, sizeof *p->numerical_feature);
    if (!p->numerical || !p->numerical_feature)
        return pulse_out_of_memory(error);
    for (; item; item = item->next) {
        char where[WHERE];
        uint32_t index = p->layout.numerical_features++;
        status = feature_object(item, "numerical", index, where, error);
        if (status == PULSE_OK)
            status =
                read_numerical((pulse_json_object){item, where}, p, &p->numerical[index], error);
        if (status != PULSE_OK)
            return status;
        p->numerical[index].first = p->layout.numerical;
        const uint32_t width = pulse_preprocessor_circular(p, index) ? 2 : 1;
        for (uint32_t c = 0; c < width; ++c)
            p->numerical_feature[p->layout.numerical++] = index;
    }
    return PULSE_OK;
}

static pulse_status read_all_categorical(pulse_json_object from, pulse_preprocessor *p,
                                         pulse_error *error)
{
    const cJSON *item;
    uint32_t count;
    pulse_status status = open_features(from, "categorical", PULSE_PREPROCESSOR_MAX_CATEGORICAL,
                                        &item, &count, error);
    if (status != PULSE_OK)
        return status;
    p->categorical = pulse_calloc(count, sizeof *p->categorical);
    if (!p->categorical)
        return pulse_out_of_memory(error);
    for (; item; item = item->next) {
        char where[WHERE];
        uint32_t index = p->layout.categorical_features++;
        status = feature_object(item, "categorical", index, where, error);
        if (status == PULSE_OK)
            status = read_categorical((pulse_json_object){item, where}, p, &p->categorical[index],
                                      error);
        if (status != PULSE_OK)
            return status;
        p->layout.categorical += p->categorical[index].count;
    }
    return PULSE_OK;
}

static pulse_status check_names(const pulse_preprocessor *p, pulse_error *error)
{
    const uint32_t numerical = p->layout.numerical_features;
    size_t count = (size_t)numerical + p->layout.categorical_features;
    const char **names = pulse_malloc_array(count, sizeof *names);
    if (!names)
        return pulse_out_of_memory(error);
    for (uint32_t i = 0; i < numerical; ++i)
        names[i] = p->numerical[i].name;
    for (uint32_t i = 0; i < p->layout.categorical_features; ++i)
        names[numerical + i] = p->categorical[i].name;
    pulse_status status = check_unique(names, count, ROOT ": feature names", error);
    pulse_free(names);
    return status;
}

static pulse_status read_lyrics(pulse_json_object from, pulse_preprocessor *p, pulse_error *error)
{
    const cJSON *json;
    pulse_status status = pulse_json_get(from, "lyrics", PULSE_JSON_OBJECT, false, &json, error);
    if (status != PULSE_OK || !json)
        return status;
    pulse_json_object lyrics = {json, ROOT ": \"lyrics\""};
    uint64_t dimensions;
    double weight;
    status = pulse_json_get_integer(lyrics, "dimensions", PULSE_PREPROCESSOR_MAX_LYRICS,
                                    &dimensions, error);
    if (status == PULSE_OK)
        status = read_weight(lyrics, &weight, error);
    if (status == PULSE_OK)
        status = read_modality(lyrics, p, &p->lyrics_modality, error);
    if (status != PULSE_OK)
        return status;
    p->layout.lyrics = (uint32_t)dimensions;
    p->lyrics_weight = (float)weight;
    return PULSE_OK;
}

/* "year" and "genre" name features by what they mean. */
static pulse_status read_meanings(pulse_json_object from, pulse_preprocessor *p, pulse_error *error)
{
    const char *year;
    const char *genre;
    pulse_status status = pulse_json_get_text(from, "year", false, &year, error);
    if (status == PULSE_OK)
        status = pulse_json_get_text(from, "genre", false, &genre, error);
    if (status != PULSE_OK)
        return status;
    for (uint32_t i = 0; year && i < p->layout.numerical_features; ++i)
        if (strcmp(p->numerical[i].name, year) == 0)
            p->year = i;
    for (uint32_t i = 0; genre && i < p->layout.categorical_features; ++i)
        if (strcmp(p->categorical[i].name, genre) == 0)
            p->genre = i;
    if (year && p->year == PULSE_PREPROCESSOR_NONE)
        return pulse_fail(error, PULSE_E_FORMAT,
                          ROOT ": \"year\" is \"%.64s\", which is no numerical feature", year);
    if (genre && p->genre == PULSE_PREPROCESSOR_NONE)
        return pulse_fail(error, PULSE_E_FORMAT,
                          ROOT ": \"genre\" is \"%.64s\", which is no categorical feature", genre);
    return PULSE_OK;
}

static pulse_status read_preprocessor(const cJSON *json, pulse_preprocessor *p, pulse_error *error)
{
    pulse_json_object from = {json, ROOT};
    if (!cJSON_IsObject(json))
        return pulse_fail(error, PULSE_E_FORMAT, ROOT " is %s, it must be an object",
                          pulse_json_type_name(json));
    uint64_t version;
    pulse_status status =
        pulse_json_get_integer(from, "version", PULSE_JSON_MAX_INTEGER, &version, error);
    if (status == PULSE_OK &&
        (version < PULSE_PREPROCESSOR_OLDEST || version > PULSE_PREPROCESSOR_VERSION))
        return pulse_fail(error, PULSE_E_VERSION,
                          ROOT ": is of version %llu, this program reads versions %d to %d",
                          (unsigned long long)version, PULSE_PREPROCESSOR_OLDEST,
                          PULSE_PREPROCESSOR_VERSION);
    if (status == PULSE_OK)
        status = read_modalities(from, p, error);
    if (status == PULSE_OK)
        status = read_all_numerical(from, p, error);
    if (status == PULSE_OK)
        status = read_all_categorical(from, p, error);
    if (status == PULSE_OK)
        status = check_names(p, error);
    if (status == PULSE_OK)
        status = read_lyrics(from, p, error);
    if (status == PULSE_OK)
        status = read_meanings(from, p, error);
    if (status != PULSE_OK)
        return status;
    pulse_layout *layout = &p->layout;
    layout->targets = layout->numerical + layout->categorical + layout->lyrics;
    layout->inputs = layout->targets + layout->modalities;
    if (layout->targets == 0)
        return pulse_fail(error, PULSE_E_FORMAT, ROOT ": there is no feature");
    return PULSE_OK;
}

pulse_status pulse_preprocessor_parse(const char *json, size_t bytes, pulse_preprocessor **out,
                                      pulse_error *error)
{
    *out = NULL;
    cJSON *root;
    pulse_status status = pulse_json_parse(json, bytes, ROOT, &root, error);
    if (status != PULSE_OK)
        return status;
    pulse_preprocessor *p = pulse_calloc(1, sizeof *p);
    if (p) {
        p->lyrics_weight = 1.0f;
        p->year = PULSE_PREPROCESSOR_NONE;
        p->genre = PULSE_PREPROCESSOR_NONE;
        status = read_preprocessor(root, p, error);
    } else {
        status = pulse_out_of_memory(error);
    }
    cJSON_Delete(root);
    if (status != PULSE_OK) {
        pulse_preprocessor_free(p);
        return status;
    }
    *out = p;
    return PULSE_OK;
}

static void free_categorical(pulse_categorical *feature)
{
    for (uint32_t i = 0; i < feature->count; ++i) {
        pulse_free(feature->by_text[i].text);
        pulse_free(feature->by_text[i].folded);
    }
    pulse_free(feature->by_text);
    pulse_free((void *)feature->by_folded);
    pulse_free(feature->name);
}

void pulse_preprocessor_free(pulse_preprocessor *p)
{
    if (!p)
        return;
    for (uint32_t i = 0; i < p->layout.modalities; ++i)
        pulse_free(p->modalities[i]);
    for (uint32_t i = 0; i < p->layout.numerical_features; ++i)
        pulse_free(p->numerical[i].name);
    for (uint32_t i = 0; i < p->layout.categorical_features; ++i)
        free_categorical(&p->categorical[i]);
    pulse_free(p->modalities);
    pulse_free(p->numerical);
    pulse_free(p->numerical_feature);
    pulse_free(p->categorical);
    pulse_free(p);
}
