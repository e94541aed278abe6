/* The first line: values and a category; the rest: a preprocessor's JSON. Refused, or it makes rows
 * of finite numbers. */
#include "pulse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void apply(const pulse_preprocessor *preprocessor, const uint8_t *values, size_t size)
{
    pulse_layout layout;
    pulse_preprocessor_layout(preprocessor, &layout);
    if (layout.inputs != layout.targets + layout.modalities || layout.targets == 0)
        abort();
    float *numerical = malloc((layout.numerical + 1) * sizeof *numerical);
    float *lyrics = malloc((layout.lyrics + 1) * sizeof *lyrics);
    const char **categories = malloc((layout.categorical_features + 1) * sizeof *categories);
    float *row = malloc(layout.inputs * sizeof *row);
    uint8_t *present = malloc(layout.targets);
    char *category = malloc(size + 1);
    if (!numerical || !lyrics || !categories || !row || !present || !category)
        abort();
    memcpy(category, values, size);
    category[size] = '\0';
    /* Four bytes are one value, as their bits say: NaN, infinities and denormals among them. */
    for (size_t i = 0; i < layout.numerical; ++i) {
        numerical[i] = 0.5f;
        if (size >= 4)
            memcpy(&numerical[i], values + (i * 4 % (size - 3)), 4);
    }
    for (uint32_t i = 0; i < layout.lyrics; ++i)
        lyrics[i] = i < layout.numerical ? numerical[i] : 0.25f;
    for (uint32_t i = 0; i < layout.categorical_features; ++i)
        categories[i] = i % 3 == 2 ? NULL : category;
    pulse_error error;
    if (pulse_preprocessor_apply(preprocessor, numerical, categories, size % 2 ? lyrics : NULL, row,
                                 present, &error) == PULSE_OK) {
        for (uint32_t i = 0; i < layout.inputs; ++i)
            if (!isfinite(row[i]))
                abort();
        for (uint32_t i = 0; i < layout.targets; ++i)
            if (present[i] > 1 || (!present[i] && row[i] != 0) ||
                pulse_preprocessor_modality(preprocessor, i) >= layout.modalities)
                abort();
    }
    free(numerical);
    free(lyrics);
    free((void *)categories);
    free(row);
    free(present);
    free(category);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
    if (!line)
        return 0;
    const uint8_t *json = line + 1;
    pulse_preprocessor *preprocessor;
    pulse_error error;
    if (pulse_preprocessor_parse((const char *)json, size - (size_t)(json - data), &preprocessor,
                                 &error) != PULSE_OK)
        return 0;
    apply(preprocessor, data, (size_t)(line - data));
    pulse_preprocessor_free(preprocessor);
    return 0;
}
