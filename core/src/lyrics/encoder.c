/* Text -> vector: tokens, windows, passes of the transformer. */
#include "base/alloc.h"
#include "base/error.h"
#include "lyrics/encoder_file.h"
#include "lyrics/probe.h"
#include "lyrics/transformer.h"
#include "lyrics/windows.h"

#include <string.h>

#define MAX_THREADS 256

/* [CLS] and [SEP] */
#define SPECIALS 2

/* What becomes of a sequence's vector: it is (a part of) a text's. */
typedef struct piece {
    size_t text;
    bool first;
    bool last;
    float weight; /* its share of the text's tokens */
} piece;

struct pulse_encoder {
    pulse_encoder_file file;
    pulse_tokenizer *tokenizer;
    pulse_continuations continuations;
    pthreadpool_t pool; /* NULL: one thread */
    pulse_compute compute;
    pulse_transformer *transformer;
    size_t window; /* the most tokens of a sequence */

    /* The pass that is being filled. */
    uint32_t *ids;             /* [room] */
    pulse_sequence *sequences; /* [room] */
    piece *pieces;             /* [room] */
    float *vectors;            /* [vectors_capacity, width] */
    size_t vectors_capacity;   /* sequences */
    size_t room;
    size_t tokens; /* so far */
    size_t count;  /* sequences so far */

    pulse_token_ids text; /* the text that is being cut */
};

/* ---- opening ---- */

static pulse_status start_threads(pulse_encoder *encoder, uint32_t threads, pulse_error *error)
{
#if defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)
    threads = 1; /* this module has no others */
#endif
    if (threads <= 1)
        return PULSE_OK;
    encoder->pool = pthreadpool_create(threads < MAX_THREADS ? threads : MAX_THREADS);
    return encoder->pool
               ? PULSE_OK
               : pulse_fail(error, PULSE_E_NO_MEMORY, "%u threads could not be started", threads);
}

static pulse_status make_pass(pulse_encoder *encoder, pulse_error *error)
{
    encoder->room = pulse_transformer_room(encoder->transformer);
    encoder->ids = pulse_malloc_array(encoder->room, sizeof *encoder->ids);
    encoder->sequences = pulse_malloc_array(encoder->room, sizeof *encoder->sequences);
    encoder->pieces = pulse_malloc_array(encoder->room, sizeof *encoder->pieces);
    return encoder->ids && encoder->sequences && encoder->pieces ? PULSE_OK
                                                                 : pulse_out_of_memory(error);
}

static pulse_status open_parts(pulse_encoder *encoder, const uint8_t *weights, size_t weights_size,
                               const uint8_t *vocab, size_t vocab_size,
                               const pulse_encoder_params *params, pulse_error *error)
{
    pulse_status status = pulse_encoder_file_open(weights, weights_size, &encoder->file, error);
    if (status == PULSE_OK)
        status = pulse_encoder_tokenizer(weights, weights_size, vocab, vocab_size,
                                         &encoder->tokenizer, error);
    if (status == PULSE_OK)
        status = pulse_continuations_read(vocab, vocab_size, &encoder->continuations, error);
    if (status == PULSE_OK)
        status = start_threads(encoder, params->threads, error);
    encoder->compute = params->compute;
    if (status == PULSE_OK && params->compute == PULSE_COMPUTE_AUTO)
        status = pulse_probe(&encoder->file.layers[0].up, params->log, params->log_context,
                             &encoder->compute, error);
    if (status == PULSE_OK && params->compute == PULSE_COMPUTE_PORTABLE)
        encoder->compute = encoder->file.words.int8 ? PULSE_COMPUTE_INT16 : PULSE_COMPUTE_F32;
    if (status == PULSE_OK)
        status = pulse_transformer_create(&encoder->file, encoder->compute, encoder->pool,
                                          &encoder->transformer, error);
    if (status == PULSE_OK)
        status = make_pass(encoder, error);
    return status;
}

pulse_status pulse_encoder_open(const uint8_t *weights, size_t weights_size, const uint8_t *vocab,
                                size_t vocab_size, const pulse_encoder_params *params,
                                pulse_encoder **out, pulse_error *error)
{
    const pulse_encoder_params defaults = {0};
    *out = NULL;
    pulse_encoder *encoder = pulse_calloc(1, sizeof *encoder);
    if (!encoder)
        return pulse_out_of_memory(error);
    pulse_status status = open_parts(encoder, weights, weights_size, vocab, vocab_size,
                                     params ? params : &defaults, error);
    if (status != PULSE_OK) {
        pulse_encoder_close(encoder);
        return status;
    }
    const uint32_t positions = encoder->file.config.positions;
    encoder->window = positions < PULSE_ENCODER_WINDOW ? positions : PULSE_ENCODER_WINDOW;
    *out = encoder;
    return PULSE_OK;
}

void pulse_encoder_close(pulse_encoder *encoder)
{
    if (!encoder)
        return;
    pulse_transformer_free(encoder->transformer);
    if (encoder->pool)
        pthreadpool_destroy(encoder->pool);
    pulse_continuations_free(&encoder->continuations);
    pulse_tokenizer_free(encoder->tokenizer);
    pulse_encoder_file_close(&encoder->file);
    pulse_token_ids_free(&encoder->text);
    pulse_free(encoder->ids);
    pulse_free(encoder->sequences);
    pulse_free(encoder->pieces);
    pulse_free(encoder->vectors);
    pulse_free(encoder);
}

uint32_t pulse_encoder_dimensions(const pulse_encoder *encoder)
{
    return encoder->file.config.width;
}

pulse_compute pulse_encoder_compute(const pulse_encoder *encoder)
{
    return encoder->compute;
}

const pulse_tokenizer *pulse_encoder_tokens(const pulse_encoder *encoder)
{
    return encoder->tokenizer;
}

/* ---- encoding ---- */

/* Adds a window's vector to its text's, which is complete after the last. */
static void add_window(const pulse_encoder *encoder, const piece *part, const float *vector,
                       float *sum)
{
    const size_t width = encoder->file.config.width;
    if (part->first && part->last) {
        memcpy(sum, vector, width * sizeof *sum);
        return;
    }
    for (size_t i = 0; i < width; ++i)
        sum[i] = (part->first ? 0.0f : sum[i]) + part->weight * vector[i];
    if (part->last && encoder->file.config.normalise)
        pulse_unit_length(sum, width);
}

/* Runs the pass that was filled, and starts another. */
static pulse_status run_pass(pulse_encoder *encoder, float *vectors, pulse_error *error)
{
    const size_t width = encoder->file.config.width;
    const size_t count = encoder->count;
    encoder->count = 0;
    encoder->tokens = 0;
    if (count > encoder->vectors_capacity) {
        pulse_free(encoder->vectors);
        encoder->vectors_capacity = 0;
        encoder->vectors = pulse_malloc_array(count * width, sizeof *encoder->vectors);
        if (!encoder->vectors)
            return pulse_out_of_memory(error);
        encoder->vectors_capacity = count;
    }
    pulse_status status = pulse_transformer_run(encoder->transformer, encoder->ids,
                                                encoder->sequences, count, encoder->vectors, error);
    for (size_t s = 0; s < count && status == PULSE_OK; ++s)
        add_window(encoder, &encoder->pieces[s], encoder->vectors + s * width,
                   vectors + encoder->pieces[s].text * width);
    return status;
}

/* Makes room for a sequence of so many tokens in the pass, running what is in it if need be. */
static pulse_status begin_sequence(pulse_encoder *encoder, size_t tokens, const piece *part,
                                   float *vectors, pulse_error *error)
{
    if (encoder->tokens + tokens > encoder->room) {
        pulse_status status = run_pass(encoder, vectors, error);
        if (status != PULSE_OK)
            return status;
    }
    encoder->sequences[encoder->count] = (pulse_sequence){encoder->tokens, tokens};
    encoder->pieces[encoder->count++] = *part;
    return PULSE_OK;
}

static void add_ids(pulse_encoder *encoder, const uint32_t *ids, size_t count)
{
    memcpy(encoder->ids + encoder->tokens, ids, count * sizeof *ids);
    encoder->tokens += count;
}

/* The windows of a text from its tokens, [CLS] .. [SEP]. */
static pulse_status add_text(pulse_encoder *encoder, size_t text, const pulse_token_ids *tokens,
                             float *vectors, pulse_error *error)
{
    const uint32_t *ids = tokens->ids;
    const uint32_t *separator = ids + tokens->count - 1;
    pulse_windows windows = pulse_windows_start(
        ids + 1, tokens->count - SPECIALS, encoder->window - SPECIALS, &encoder->continuations);
    const float total = (float)windows.count + (float)(SPECIALS * windows.left);
    piece part = {.text = text, .first = true};
    while (windows.left > 0) {
        size_t first;
        size_t count;
        pulse_windows_next(&windows, &first, &count);
        part.last = windows.left == 0;
        part.weight = (float)(count + SPECIALS) / total;
        pulse_status status = begin_sequence(encoder, count + SPECIALS, &part, vectors, error);
        if (status != PULSE_OK)
            return status;
        add_ids(encoder, ids, 1);
        add_ids(encoder, ids + 1 + first, count);
        add_ids(encoder, separator, 1);
        part.first = false;
    }
    return PULSE_OK;
}

pulse_status pulse_encoder_encode(pulse_encoder *encoder, const pulse_span *texts, size_t n,
                                  float *vectors, pulse_error *error)
{
    const size_t limit = PULSE_ENCODER_MAX_WINDOWS * (encoder->window - SPECIALS) + SPECIALS;
    encoder->tokens = 0;
    encoder->count = 0;
    for (size_t text = 0; text < n; ++text) {
        pulse_status status = pulse_tokenize(encoder->tokenizer, texts[text].data,
                                             texts[text].bytes, limit, &encoder->text, error);
        if (status == PULSE_OK)
            status = add_text(encoder, text, &encoder->text, vectors, error);
        if (status != PULSE_OK)
            return status;
    }
    return run_pass(encoder, vectors, error);
}

static pulse_status check_tokens(const pulse_encoder *encoder, const pulse_token_ids *tokens,
                                 size_t text, pulse_error *error)
{
    if (tokens->count == 0 || tokens->count > encoder->window)
        return pulse_fail(error, PULSE_E_ARGUMENT,
                          "text %zu has %zu tokens; the encoder takes 1 to %zu", text,
                          tokens->count, encoder->window);
    for (size_t i = 0; i < tokens->count; ++i)
        if (tokens->ids[i] >= encoder->file.config.words)
            return pulse_fail(error, PULSE_E_ARGUMENT,
                              "text %zu: token %u is not one of the encoder's %u", text,
                              tokens->ids[i], encoder->file.config.words);
    return PULSE_OK;
}

pulse_status pulse_encoder_encode_tokens(pulse_encoder *encoder, const pulse_token_ids *texts,
                                         size_t n, float *vectors, pulse_error *error)
{
    encoder->tokens = 0;
    encoder->count = 0;
    for (size_t text = 0; text < n; ++text) {
        const piece part = {.text = text, .first = true, .last = true, .weight = 1.0f};
        pulse_status status = check_tokens(encoder, &texts[text], text, error);
        if (status == PULSE_OK)
            status = begin_sequence(encoder, texts[text].count, &part, vectors, error);
        if (status != PULSE_OK)
            return status;
        add_ids(encoder, texts[text].ids, texts[text].count);
    }
    return run_pass(encoder, vectors, error);
}
