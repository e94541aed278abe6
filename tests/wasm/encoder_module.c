/*
 * The lyrics encoder alone as a WebAssembly module, for the parity test and the benchmark: unlike
 * the npm package it takes any encoder file, any way to compute and many texts in one call. One
 * instance holds one encoder. encoder_module.mjs calls it.
 */
#include <emscripten.h>
#include <stdlib.h>
#include <string.h>

#include "bench/encoder/products.h"
#include "pulse.h"

static pulse_encoder *encoder;
static pulse_span *spans; /* [span_count] */
static size_t span_count;
static products *parts;
static pulse_error failure;

EMSCRIPTEN_KEEPALIVE const char *encoder_error(void)
{
    return failure.message;
}

/* The files stay the caller's, and where they are. */
EMSCRIPTEN_KEEPALIVE bool encoder_open(const uint8_t *weights, size_t weights_size,
                                       const uint8_t *vocab, size_t vocab_size, unsigned threads,
                                       int compute)
{
    const pulse_encoder_params params = {.threads = threads, .compute = (pulse_compute)compute};
    return pulse_encoder_open(weights, weights_size, vocab, vocab_size, &params, &encoder,
                              &failure) == PULSE_OK;
}

EMSCRIPTEN_KEEPALIVE const char *encoder_compute(void)
{
    return pulse_compute_name(pulse_encoder_compute(encoder));
}

EMSCRIPTEN_KEEPALIVE unsigned encoder_dimensions(void)
{
    return pulse_encoder_dimensions(encoder);
}

/* `texts`: `count` texts, each ended by a line feed. */
EMSCRIPTEN_KEEPALIVE bool encoder_encode(const char *texts, size_t count, float *vectors)
{
    if (count > span_count) {
        pulse_span *more = realloc(spans, count * sizeof *spans);
        if (!more) {
            strcpy(failure.message, "no memory for the texts");
            return false;
        }
        spans = more;
        span_count = count;
    }
    for (size_t i = 0; i < count; ++i) {
        const char *end = strchr(texts, '\n');
        spans[i] = (pulse_span){texts, (size_t)(end - texts)};
        texts = end + 1;
    }
    return pulse_encoder_encode(encoder, spans, count, vectors, &failure) == PULSE_OK;
}

/* For the benchmark: XNNPACK's products alone, of at most `rows` tokens. */
EMSCRIPTEN_KEEPALIVE bool products_open(int compute, unsigned threads, size_t rows)
{
    return products_create((pulse_compute)compute, threads, rows, &parts, &failure) == PULSE_OK;
}

EMSCRIPTEN_KEEPALIVE bool products_multiply(size_t rows)
{
    return products_run(parts, rows, &failure) == PULSE_OK;
}
