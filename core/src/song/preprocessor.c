/* From a song's raw values to the autoencoder's input row. */
#include "song/preprocessor.h"

#include "base/alloc.h"
#include "base/error.h"
#include "song/preprocessor_internal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void pulse_preprocessor_layout(const pulse_preprocessor *preprocessor, pulse_layout *layout)
{
    *layout = preprocessor->layout;
}

const char *pulse_preprocessor_numerical_name(const pulse_preprocessor *preprocessor,
                                              uint32_t numerical)
{
    return preprocessor->numerical[numerical].name;
}

const char *pulse_preprocessor_categorical_name(const pulse_preprocessor *preprocessor,
                                                uint32_t categorical)
{
    return preprocessor->categorical[categorical].name;
}

uint32_t pulse_preprocessor_year(const pulse_preprocessor *preprocessor)
{
    return preprocessor->year;
}

uint32_t pulse_preprocessor_genre(const pulse_preprocessor *preprocessor)
{
    return preprocessor->genre;
}

bool pulse_preprocessor_multiple(const pulse_preprocessor *preprocessor, uint32_t categorical)
{
    return preprocessor->categorical[categorical].multiple;
}

bool pulse_preprocessor_circular(const pulse_preprocessor *preprocessor, uint32_t numerical)
{
    return preprocessor->numerical[numerical].transform == PULSE_TRANSFORM_CIRCULAR;
}

uint32_t pulse_preprocessor_modality(const pulse_preprocessor *p, uint32_t column)
{
    if (column < p->layout.numerical)
        return p->numerical[p->numerical_feature[column]].modality;
    column -= p->layout.numerical;
    for (uint32_t i = 0; i < p->layout.categorical_features; ++i)
        if (column - p->categorical[i].first < p->categorical[i].count)
            return p->categorical[i].modality;
    return p->lyrics_modality;
}

/* NAN where the transform is not defined: such a value is as good as missing. */
static double transform(pulse_transform how, double value)
{
    switch (how) {
    case PULSE_TRANSFORM_NONE:
    case PULSE_TRANSFORM_CIRCULAR:
        return value;
    case PULSE_TRANSFORM_LOG1P:
        return value >= 0 ? log1p(value) : (double)NAN;
    case PULSE_TRANSFORM_LOG:
        return value > 0 ? log(value) : (double)NAN;
    case PULSE_TRANSFORM_LOGIT:
        value = fmin(fmax(value, 1e-6), 1 - 1e-6);
        return log(value / (1 - value));
    }
    return value;
}

#define TURN 6.283185307179586 /* in radians */
/* A reconstruction is a mean of points on the circle; nearer to the centre than this it points
 * nowhere. */
#define SHORTEST_HAND 0.5

static double restore_circular(const pulse_numerical *feature, const float *targets)
{
    const double sine = (double)targets[0] / feature->weight;
    const double cosine = (double)targets[1] / feature->weight;
    if (!(hypot(sine, cosine) >= SHORTEST_HAND))
        return (double)NAN;
    const double share = atan2(sine, cosine) / TURN;
    return (share < 0 ? share + 1 : share) * feature->period;
}

float pulse_preprocessor_restore(const pulse_preprocessor *p, uint32_t numerical,
                                 const float *targets)
{
    const pulse_numerical *feature = &p->numerical[numerical];
    targets += feature->first;
    if (feature->weight == 0)
        return NAN;
    const double value = (double)targets[0] / feature->weight * feature->scale + feature->mean;
    switch (feature->transform) {
    case PULSE_TRANSFORM_CIRCULAR:
        return (float)restore_circular(feature, targets);
    case PULSE_TRANSFORM_NONE:
        return (float)value;
    case PULSE_TRANSFORM_LOG1P:
        return (float)expm1(fmax(value, 0));
    case PULSE_TRANSFORM_LOG:
        return (float)exp(value);
    case PULSE_TRANSFORM_LOGIT:
        return (float)(1 / (1 + exp(-value)));
    }
    return NAN;
}

static void apply_circular(const pulse_numerical *feature, double value, float *out)
{
    /* The remainder first: the sine of a large angle has few right digits. */
    const double angle = TURN * (fmod(value, feature->period) / feature->period);
    out[0] = (float)(sin(angle) * feature->weight);
    out[1] = (float)(cos(angle) * feature->weight);
}

/* Whether the value is known: `*out`, and of a circular feature the second too, stays as it was
 * where not. */
static pulse_status apply_numerical(const pulse_numerical *feature, float raw, float *out,
                                    bool *known, pulse_error *error)
{
    *known = false;
    if (isnan(raw))
        return PULSE_OK;
    if (isinf(raw))
        return pulse_fail(error, PULSE_E_ARGUMENT, "feature \"%.64s\" is infinite", feature->name);
    double value = transform(feature->transform, (double)raw);
    if (isnan(value))
        return PULSE_OK;
    if (feature->transform == PULSE_TRANSFORM_CIRCULAR) {
        apply_circular(feature, value, out);
        *known = true;
        return PULSE_OK;
    }
    value = (value - feature->mean) / feature->scale * feature->weight;
    if (!(fabs(value) <= FLT_MAX))
        return pulse_fail(error, PULSE_E_ARGUMENT,
                          "feature \"%.64s\" is %g, which is too far from the values it was "
                          "standardised by",
                          feature->name, (double)raw);
    *out = (float)value;
    *known = true;
    return PULSE_OK;
}

static int text_to_category(const void *key, const void *element)
{
    return strcmp(key, ((const pulse_category *)element)->text);
}

/* The first category whose folded text is not less than `folded`: of equal ones the first value. */
static const pulse_category *find_folded(const pulse_categorical *feature, const char *folded)
{
    uint32_t low = 0;
    uint32_t high = feature->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strcmp(feature->by_folded[middle]->folded, folded) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == feature->count || strcmp(feature->by_folded[low]->folded, folded) != 0)
        return NULL;
    return feature->by_folded[low];
}

/* By the same bytes, else by the same text but for the case of ASCII letters, which `text` loses.
 */
static const pulse_category *find_category(const pulse_categorical *feature, char *text)
{
    if (feature->count == 0)
        return NULL;
    const pulse_category *found =
        bsearch(text, feature->by_text, feature->count, sizeof *feature->by_text, text_to_category);
    if (found)
        return found;
    pulse_preprocessor_fold(text);
    return find_folded(feature, text);
}

/* Sets the columns of a song's value or, separated by PULSE_LIST_SEPARATOR, values. Whether there
 * is one that the feature knows. */
static pulse_status apply_category(const pulse_categorical *feature, const char *values,
                                   float *columns, bool *known, pulse_error *error)
{
    *known = false;
    char *copy = pulse_strdup(values);
    if (!copy)
        return pulse_out_of_memory(error);
    for (char *at = copy, *end; at; at = end) {
        end = feature->multiple ? strchr(at, PULSE_LIST_SEPARATOR[0]) : NULL;
        if (end)
            *end++ = '\0';
        const pulse_category *category = find_category(feature, at);
        if (!category)
            continue;
        columns[category->column] = feature->weight;
        *known = true;
    }
    pulse_free(copy);
    return PULSE_OK;
}

/* Where in a row the parts start. */
typedef struct row_parts {
    float *numerical;
    float *categorical;
    float *lyrics;
    float *flags;
} row_parts;

static pulse_status apply_categories(const pulse_preprocessor *p, const char *const *categories,
                                     row_parts row, uint8_t *present, pulse_error *error)
{
    for (uint32_t i = 0; i < p->layout.categorical_features; ++i) {
        const pulse_categorical *feature = &p->categorical[i];
        if (!categories[i] || categories[i][0] == '\0')
            continue;
        bool known;
        pulse_status status =
            apply_category(feature, categories[i], row.categorical + feature->first, &known, error);
        if (status != PULSE_OK)
            return status;
        if (!known)
            continue;
        row.flags[feature->modality] = 1;
        if (present)
            memset(present + p->layout.numerical + feature->first, 1, feature->count);
    }
    return PULSE_OK;
}

static pulse_status apply_lyrics(const pulse_preprocessor *p, const float *lyrics, row_parts row,
                                 uint8_t *present, pulse_error *error)
{
    if (!lyrics || p->layout.lyrics == 0)
        return PULSE_OK;
    for (uint32_t i = 0; i < p->layout.lyrics; ++i) {
        row.lyrics[i] = lyrics[i] * p->lyrics_weight;
        if (!isfinite(row.lyrics[i]))
            return pulse_fail(error, PULSE_E_ARGUMENT,
                              "value %u of the lyrics embedding is not finite", i);
    }
    row.flags[p->lyrics_modality] = 1;
    if (present)
        memset(present + p->layout.targets - p->layout.lyrics, 1, p->layout.lyrics);
    return PULSE_OK;
}

pulse_status pulse_preprocessor_apply(const pulse_preprocessor *p, const float *numerical,
                                      const char *const *categories, const float *lyrics,
                                      float *row, uint8_t *present, pulse_error *error)
{
    const pulse_layout *layout = &p->layout;
    const row_parts parts = {row, row + layout->numerical,
                             row + layout->numerical + layout->categorical, row + layout->targets};
    memset(row, 0, layout->inputs * sizeof *row);
    if (present)
        memset(present, 0, layout->targets);
    for (uint32_t i = 0; i < layout->numerical_features; ++i) {
        const uint32_t first = p->numerical[i].first;
        bool known;
        pulse_status status =
            apply_numerical(&p->numerical[i], numerical[i], parts.numerical + first, &known, error);
        if (status != PULSE_OK)
            return status;
        if (!known)
            continue;
        parts.flags[p->numerical[i].modality] = 1;
        for (uint32_t c = first; present && c < layout->numerical && p->numerical_feature[c] == i;
             ++c)
            present[c] = 1;
    }
    pulse_status status = apply_categories(p, categories, parts, present, error);
    return status == PULSE_OK ? apply_lyrics(p, lyrics, parts, present, error) : status;
}
