/* Vectors of raw values: the spaces that need no model. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "evaluate/facts.h"
#include "evaluate/space.h"

typedef struct column_range {
    double mean, deviation, least, most;
    uint32_t known;
} column_range;

static column_range range_of(const float *values, uint32_t songs)
{
    column_range range = {.least = INFINITY, .most = -INFINITY};
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < songs; ++i) {
        const double value = values[i];
        if (isnan(value))
            continue;
        ++range.known;
        sum += value;
        range.least = fmin(range.least, value);
        range.most = fmax(range.most, value);
    }
    range.mean = range.known ? sum / range.known : 0;
    for (uint32_t i = 0; i < songs; ++i) {
        const double difference = isnan(values[i]) ? 0 : values[i] - range.mean;
        squares += difference * difference;
    }
    range.deviation = range.known ? sqrt(squares / range.known) : 0;
    return range;
}

static bool is_chosen(const pulse_plain_column *column, pulse_plain_choice choice)
{
    const bool audio = column->kind == PULSE_PLAIN_NUMBER && strcmp(column->modality, "audio") == 0;
    switch (choice) {
    case PULSE_PLAIN_ALL:
        return true;
    case PULSE_PLAIN_AUDIO:
        return audio;
    case PULSE_PLAIN_AUDIO_GENRE_YEAR:
        return audio || column->kind == PULSE_PLAIN_GENRE || column->kind == PULSE_PLAIN_YEAR;
    }
    return false;
}

/* Into every `stride`-th of `out`. */
static void put_column(const pulse_plain_column *column, bool to_extremes, const uint8_t *hidden,
                       uint32_t songs, float *out, uint32_t stride)
{
    const bool one_hot = column->kind == PULSE_PLAIN_GENRE || column->kind == PULSE_PLAIN_CATEGORY;
    const column_range range = range_of(column->values, songs);
    double shift = 0, scale = 1, missing = 0;
    if (!one_hot && to_extremes) {
        shift = range.least;
        scale = range.most > range.least ? 1.0 / (range.most - range.least) : 0;
        missing = range.known ? (range.mean - shift) * scale : 0;
    } else if (!one_hot) {
        shift = range.mean;
        scale = range.deviation > 0 ? 1.0 / range.deviation : 0;
    }
    for (uint32_t i = 0; i < songs; ++i) {
        const float value = column->values[i];
        const bool known = !isnan(value) && !(hidden && hidden[i]);
        out[(size_t)i * stride] = (float)(known ? (value - shift) * scale : missing);
    }
}

float *pulse_plain_rows(const pulse_facts *facts, pulse_plain_choice choice, const uint8_t *hidden,
                        const char *modality, uint32_t *width)
{
    uint32_t chosen = 0;
    bool audio = false;
    for (uint32_t c = 0; c < facts->plain_count; ++c) {
        chosen += is_chosen(&facts->plain[c], choice);
        audio = audio || is_chosen(&facts->plain[c], PULSE_PLAIN_AUDIO);
    }
    *width = chosen;
    if (chosen == 0 || (choice != PULSE_PLAIN_ALL && !audio))
        return NULL;
    float *rows = pulse_need((size_t)facts->songs * chosen, sizeof *rows);
    for (uint32_t c = 0, at = 0; c < facts->plain_count; ++c) {
        const pulse_plain_column *column = &facts->plain[c];
        if (!is_chosen(column, choice))
            continue;
        put_column(column,
                   choice == PULSE_PLAIN_AUDIO_GENRE_YEAR && column->kind == PULSE_PLAIN_NUMBER,
                   modality && strcmp(column->modality, modality) == 0 ? hidden : NULL,
                   facts->songs, rows + at++, chosen);
    }
    return rows;
}

float *pulse_plain_vectors(const pulse_facts *facts, pulse_plain_choice choice,
                           const uint8_t *hidden, const char *modality, uint32_t *width)
{
    float *rows = pulse_plain_rows(facts, choice, hidden, modality, width);
    if (rows)
        pulse_space_normalise(rows, facts->songs, *width);
    return rows;
}
