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

uint32_t pulse_preprocessor_modality(const pulse_preprocessor *p, uint32_t column)
{
    if (column < p->layout.numerical)
        return p->numerical[column].modality;
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

float pulse_preprocessor_restore(const pulse_preprocessor *p, uint32_t numerical, float target)
{
    const pulse_numerical *feature = &p->numerical[numerical];
    if (feature->weight == 0)
        return NAN;
    const double value = (double)target / feature->weight * feature->scale + feature->mean;
    switch (feature->transform) {
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

/* Whether the value is known: `*out` is 0 where not. */
static pulse_status apply_numerical(const pulse_numerical *feature, float raw, float *out,
                                    bool *known, pulse_error *error)
{
    *out = 0;
    *known = false;
    if (isnan(raw))
        return PULSE_OK;
    if (isinf(raw))
        return pulse_fail(error, PULSE_E_ARGUMENT, "feature \"%.64s\" is infinite", feature->name);
    double value = transform(feature->transform, (double)raw);
    if (isnan(value))
        return PULSE_OK;
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

/* By the same bytes, else by the same text but for the case of ASCII letters. */
static pulse_status find_category(const pulse_categorical *feature, const char *text,
                                  const pulse_category **out, pulse_error *error)
{
    *out = feature->count ? bsearch(text, feature->by_text, feature->count,
                                    sizeof *feature->by_text, text_to_category)
                          : NULL;
    if (*out)
        return PULSE_OK;
    char *folded = pulse_strdup(text);
    if (!folded)
        return pulse_out_of_memory(error);
    pulse_preprocessor_fold(folded);
    *out = find_folded(feature, folded);
    pulse_free(folded);
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
        const pulse_category *category;
        pulse_status status = find_category(feature, categories[i], &category, error);
        if (status != PULSE_OK)
            return status;
        if (!category)
            continue;
        row.categorical[feature->first + category->column] = feature->weight;
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
    for (uint32_t i = 0; i < layout->numerical; ++i) {
        bool known;
        pulse_status status =
            apply_numerical(&p->numerical[i], numerical[i], &parts.numerical[i], &known, error);
        if (status != PULSE_OK)
            return status;
        if (!known)
            continue;
        parts.flags[p->numerical[i].modality] = 1;
        if (present)
            present[i] = 1;
    }
    pulse_status status = apply_categories(p, categories, parts, present, error);
    return status == PULSE_OK ? apply_lyrics(p, lyrics, parts, present, error) : status;
}
