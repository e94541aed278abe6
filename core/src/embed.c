/* A song that is not in the catalogue, through the autoencoder, into the space of those that are.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "engine.h"
#include "song/preprocessor.h"

#include <math.h>
#include <string.h>

static pulse_status load_autoencoder(pulse_engine *engine, pulse_error *error)
{
    if (engine->autoencoder)
        return PULSE_OK;
    pulse_file file;
    pulse_autoencoder *autoencoder = NULL;
    pulse_status status = pulse_bundle_read(engine->bundle, "autoencoder", &file, error);
    if (status != PULSE_OK)
        return status;
    status = pulse_autoencoder_parse(file.data, file.size, &autoencoder, error);
    if (status != PULSE_OK) {
        pulse_fail_in(error, status, file.name);
    } else if (pulse_autoencoder_dimensions(autoencoder) != pulse_index_dimensions(engine->index)) {
        status = pulse_fail(error, PULSE_E_FORMAT,
                            "%s makes vectors of width %u, and the bundle's have %u: they are of "
                            "two bundles",
                            file.name, pulse_autoencoder_dimensions(autoencoder),
                            pulse_index_dimensions(engine->index));
        pulse_autoencoder_free(autoencoder);
    } else {
        engine->autoencoder = autoencoder;
    }
    pulse_file_close(&file);
    return status;
}

/* The numerical feature of that name, or PULSE_PREPROCESSOR_NONE. */
static uint32_t numerical_of(const pulse_preprocessor *preprocessor, const pulse_layout *layout,
                             const char *name)
{
    for (uint32_t i = 0; i < layout->numerical_features; ++i)
        if (strcmp(pulse_preprocessor_numerical_name(preprocessor, i), name) == 0)
            return i;
    return PULSE_PREPROCESSOR_NONE;
}

/* Puts one value where the preprocessor wants it. */
static pulse_status place(const pulse_preprocessor *preprocessor, const pulse_layout *layout,
                          const pulse_value *value, float *numerical, const char **categories,
                          pulse_error *error)
{
    uint32_t feature = numerical_of(preprocessor, layout, value->name);
    if (feature == PULSE_PREPROCESSOR_NONE && strcmp(value->name, "year") == 0)
        feature = pulse_preprocessor_year(preprocessor);
    if (feature != PULSE_PREPROCESSOR_NONE) {
        if (value->text)
            return pulse_fail(error, PULSE_E_ARGUMENT, "\"%.64s\" must be a number", value->name);
        numerical[feature] = isfinite(value->number) ? value->number : NAN;
        return PULSE_OK;
    }
    for (uint32_t i = 0; i < layout->categorical_features; ++i)
        if (strcmp(pulse_preprocessor_categorical_name(preprocessor, i), value->name) == 0)
            feature = i;
    if (feature == PULSE_PREPROCESSOR_NONE && strcmp(value->name, "genre") == 0)
        feature = pulse_preprocessor_genre(preprocessor);
    if (feature == PULSE_PREPROCESSOR_NONE)
        return pulse_fail(error, PULSE_E_NOT_FOUND,
                          "the model of this bundle knows no feature \"%.64s\"", value->name);
    const bool multiple = pulse_preprocessor_multiple(preprocessor, feature);
    if (!value->text || (!multiple && strstr(value->text, PULSE_LIST_SEPARATOR)))
        return pulse_fail(error, PULSE_E_ARGUMENT, "\"%.64s\" must be a text%s", value->name,
                          multiple ? " or a list of texts" : "");
    categories[feature] = value->text;
    return PULSE_OK;
}

/* The text's vector, into `out`, which is the caller's to free. */
static pulse_status encode_text(pulse_engine *engine, const pulse_layout *layout, const char *text,
                                size_t bytes, float **out, pulse_error *error)
{
    *out = NULL;
    char *clean = NULL;
    size_t clean_bytes = 0;
    pulse_status status =
        pulse_lyrics_clean(text, bytes, PULSE_LYRICS_QUERY, &clean, &clean_bytes, error);
    if (status != PULSE_OK)
        return status;
    if (!clean)
        return pulse_fail(error, PULSE_E_ARGUMENT,
                          "there are no words in the text that could be read: write some");
    pulse_encoder *encoder;
    status = pulse_engine_encoder(engine, &encoder, error);
    if (status == PULSE_OK && pulse_encoder_dimensions(encoder) != layout->lyrics)
        status = pulse_fail(error, PULSE_E_FORMAT,
                            "the bundle's lyrics encoder makes vectors of width %u, and its "
                            "autoencoder reads %u: they are of two bundles",
                            pulse_encoder_dimensions(encoder), layout->lyrics);
    if (status == PULSE_OK) {
        *out = pulse_malloc_array(layout->lyrics, sizeof **out);
        const pulse_span span = {.data = clean, .bytes = clean_bytes};
        status = *out ? pulse_encoder_encode(encoder, &span, 1, *out, error)
                      : pulse_out_of_memory(error);
    }
    pulse_string_free(clean);
    return status;
}

/* An expectation is a mean over many songs, and so seldom extreme: what is nevertheless among the
 * highest or lowest three tenths of the catalogue is worth a word. */
static float worth_saying(const pulse_feature *feature, float value)
{
    return value >= feature->quantiles[7] || value <= feature->quantiles[3] ? value : NAN;
}

/* `features` [feature_count] as pulse.h describes; `row` is the model's input. */
static pulse_status describe(pulse_engine *engine, const pulse_layout *layout, const float *row,
                             const float *numerical, bool expected, float *features,
                             pulse_error *error)
{
    const pulse_preprocessor *preprocessor = pulse_autoencoder_preprocessor(engine->autoencoder);
    const pulse_columns *columns = pulse_catalog_columns(engine->catalog);
    float *targets = NULL;
    if (expected) {
        targets = pulse_malloc_array(layout->targets, sizeof *targets);
        pulse_status status =
            targets ? pulse_autoencoder_reconstruct(engine->autoencoder, row, 1, targets, error)
                    : pulse_out_of_memory(error);
        if (status != PULSE_OK) {
            pulse_free(targets);
            return status;
        }
    }
    for (uint32_t f = 0; f < columns->feature_count; ++f) {
        const uint32_t feature = numerical_of(preprocessor, layout, columns->features[f].name);
        features[f] = feature == PULSE_PREPROCESSOR_NONE ? NAN : numerical[feature];
        /* Of what goes round there is no high and no low to speak of. */
        if (feature != PULSE_PREPROCESSOR_NONE && isnan(features[f]) && targets &&
            !pulse_preprocessor_circular(preprocessor, feature))
            features[f] = worth_saying(&columns->features[f],
                                       pulse_preprocessor_restore(preprocessor, feature, targets));
    }
    pulse_free(targets);
    return PULSE_OK;
}

pulse_status pulse_embed_song(pulse_engine *engine, const pulse_value *values, size_t count,
                              const char *text, size_t text_bytes, float *out, float *features,
                              pulse_error *error)
{
    pulse_status status = load_autoencoder(engine, error);
    if (status != PULSE_OK)
        return status;
    const pulse_preprocessor *preprocessor = pulse_autoencoder_preprocessor(engine->autoencoder);
    pulse_layout layout;
    pulse_preprocessor_layout(preprocessor, &layout);
    float *numerical = pulse_malloc_array(layout.numerical_features, sizeof *numerical);
    const char **categories = pulse_calloc(layout.categorical_features, sizeof *categories);
    float *row = pulse_malloc_array(layout.inputs, sizeof *row);
    float *lyrics = NULL;
    if (!numerical || !categories || !row) {
        status = pulse_out_of_memory(error);
    } else {
        for (uint32_t i = 0; i < layout.numerical_features; ++i)
            numerical[i] = NAN;
        for (size_t i = 0; i < count && status == PULSE_OK; ++i)
            status = place(preprocessor, &layout, &values[i], numerical, categories, error);
        if (status == PULSE_OK && text)
            status = encode_text(engine, &layout, text, text_bytes, &lyrics, error);
        if (status == PULSE_OK)
            status = pulse_preprocessor_apply(preprocessor, numerical, categories, lyrics, row,
                                              NULL, error);
        if (status == PULSE_OK)
            status = pulse_autoencoder_encode(engine->autoencoder, row, 1, out, error);
        if (status == PULSE_OK && features)
            status = describe(engine, &layout, row, numerical, text != NULL, features, error);
    }
    pulse_free(numerical);
    pulse_free(categories);
    pulse_free(row);
    pulse_free(lyrics);
    return status;
}
