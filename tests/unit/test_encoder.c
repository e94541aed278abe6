/* The encoder: BERT's forward pass against plain loops in double, a text's vector the same in any
 * company, long texts in windows. */
#ifndef PULSE_TEST_ALLOC
#define PULSE_TEST_ALLOC
#endif
#include "base/alloc.c"

#include "encoder_fixture.h"

#include "lyrics/windows.h"

static const pulse_compute ways[] = {PULSE_COMPUTE_F32, PULSE_COMPUTE_F32_INT8, PULSE_COMPUTE_INT8,
                                     PULSE_COMPUTE_INT16};
#define WAYS (sizeof ways / sizeof *ways)

typedef struct opened {
    encoder_fixture made;
    uint8_t *bytes;
    size_t size;
    pulse_encoder *encoder;
} opened;

static void open_made(opened *o, encoder_shape shape, pulse_compute compute, uint32_t threads)
{
    *o = (opened){0};
    encoder_fixture_make(&o->made, shape);
    encoder_fixture_write(&o->made, &o->bytes, &o->size);
    const pulse_encoder_params params = {.threads = threads, .compute = compute};
    expect_ok(pulse_encoder_open(o->bytes, o->size, (const uint8_t *)o->made.vocab,
                                 o->made.vocab_bytes, &params, &o->encoder, error));
}

static void close_made(opened *o)
{
    pulse_encoder_close(o->encoder);
    pulse_bytes_free(o->bytes);
    encoder_fixture_free(&o->made);
}

/* ---- the reference ---- */

static double weight_at(encoder_fixture *made, const char *stem, size_t row, size_t column)
{
    char name[64];
    snprintf(name, sizeof name, "%s.weight", stem);
    const pulse_tensor *weight = encoder_fixture_find(made, name);
    const size_t at = row * weight->shape[1] + column;
    if (weight->dtype == PULSE_F32)
        return (double)((const float *)weight->data)[at];
    snprintf(name, sizeof name, "%s.scale", stem);
    const float *scale = encoder_fixture_find(made, name)->data;
    return (double)scale[row] * ((const int8_t *)weight->data)[at];
}

static double value_at(encoder_fixture *made, const char *stem, const char *suffix, size_t at)
{
    char name[64];
    snprintf(name, sizeof name, "%s%s", stem, suffix);
    return (double)((const float *)encoder_fixture_find(made, name)->data)[at];
}

/* A matrix as doubles, [rows, columns]. */
static double *dequantised(encoder_fixture *made, const char *stem, size_t rows, size_t columns)
{
    double *all = calloc(rows * columns, sizeof *all);
    assert_non_null(all);
    for (size_t row = 0; row < rows; ++row)
        for (size_t column = 0; column < columns; ++column)
            all[row * columns + column] = weight_at(made, stem, row, column);
    return all;
}

static double *product(encoder_fixture *made, const char *stem, const double *x, size_t rows,
                       size_t inputs, size_t outputs)
{
    double *weights = dequantised(made, stem, outputs, inputs);
    double *y = calloc(rows * outputs, sizeof *y);
    assert_non_null(y);
    for (size_t output = 0; output < outputs; ++output) {
        const double bias = value_at(made, stem, ".bias", output);
        for (size_t row = 0; row < rows; ++row) {
            double sum = bias;
            for (size_t i = 0; i < inputs; ++i)
                sum += weights[output * inputs + i] * x[row * inputs + i];
            y[row * outputs + output] = sum;
        }
    }
    free(weights);
    return y;
}

static void norm(encoder_fixture *made, const char *stem, double *x, const double *residual,
                 size_t rows, size_t width)
{
    for (size_t row = 0; row < rows; ++row) {
        double *values = x + row * width;
        double mean = 0;
        double variance = 0;
        for (size_t i = 0; i < width; ++i)
            mean += (values[i] += residual ? residual[row * width + i] : 0) / (double)width;
        for (size_t i = 0; i < width; ++i)
            variance += (values[i] - mean) * (values[i] - mean) / (double)width;
        for (size_t i = 0; i < width; ++i)
            values[i] =
                (values[i] - mean) / sqrt(variance + 1e-12) * value_at(made, stem, ".weight", i) +
                value_at(made, stem, ".bias", i);
    }
}

static double *attention(const double *qkv, size_t tokens, size_t width, size_t heads)
{
    const size_t size = width / heads;
    double *y = calloc(tokens * width, sizeof *y);
    double *p = calloc(tokens, sizeof *p);
    assert_non_null(y);
    assert_non_null(p);
    for (size_t head = 0; head < heads; ++head)
        for (size_t row = 0; row < tokens; ++row) {
            double sum = 0;
            for (size_t t = 0; t < tokens; ++t) {
                double dot = 0;
                for (size_t i = head * size; i < (head + 1) * size; ++i)
                    dot += qkv[row * 3 * width + i] * qkv[t * 3 * width + width + i];
                p[t] = exp(dot / sqrt((double)size));
                sum += p[t];
            }
            for (size_t t = 0; t < tokens; ++t)
                for (size_t i = head * size; i < (head + 1) * size; ++i)
                    y[row * width + i] += p[t] / sum * qkv[t * 3 * width + 2 * width + i];
        }
    free(p);
    return y;
}

static double *layer(encoder_fixture *made, unsigned number, double *x, size_t tokens)
{
    const size_t width = made->shape.width;
    const size_t wide = made->shape.intermediate;
    char stem[64];
    snprintf(stem, sizeof stem, "layers.%u.qkv", number);
    double *qkv = product(made, stem, x, tokens, width, 3 * width);
    double *heads = attention(qkv, tokens, width, made->shape.heads);
    snprintf(stem, sizeof stem, "layers.%u.attended", number);
    double *middle = product(made, stem, heads, tokens, width, width);
    snprintf(stem, sizeof stem, "layers.%u.attended.norm", number);
    norm(made, stem, middle, x, tokens, width);
    snprintf(stem, sizeof stem, "layers.%u.up", number);
    double *up = product(made, stem, middle, tokens, width, wide);
    for (size_t i = 0; i < tokens * wide; ++i)
        up[i] = 0.5 * up[i] * erfc(-up[i] / sqrt(2));
    snprintf(stem, sizeof stem, "layers.%u.down", number);
    double *down = product(made, stem, up, tokens, wide, width);
    snprintf(stem, sizeof stem, "layers.%u.down.norm", number);
    norm(made, stem, down, middle, tokens, width);
    free(qkv);
    free(heads);
    free(middle);
    free(up);
    free(x);
    return down;
}

static void unit_length(double *x, size_t width)
{
    double squares = 0;
    for (size_t i = 0; i < width; ++i)
        squares += x[i] * x[i];
    for (size_t i = 0; i < width; ++i)
        x[i] /= sqrt(squares);
}

/* `vector` [width]. */
static void reference(encoder_fixture *made, const uint32_t *ids, size_t tokens, double *vector)
{
    const size_t width = made->shape.width;
    double *x = calloc(tokens * width, sizeof *x);
    assert_non_null(x);
    for (size_t t = 0; t < tokens; ++t)
        for (size_t i = 0; i < width; ++i)
            x[t * width + i] = weight_at(made, "embeddings.word", ids[t], i) +
                               weight_at(made, "embeddings.position", t, i) +
                               value_at(made, "embeddings.type", "", i);
    norm(made, "embeddings.norm", x, NULL, tokens, width);
    for (unsigned i = 0; i < made->shape.layers; ++i)
        x = layer(made, i, x, tokens);
    memset(vector, 0, width * sizeof *vector);
    const size_t pooled = made->shape.cls ? 1 : tokens;
    for (size_t t = 0; t < pooled; ++t)
        for (size_t i = 0; i < width; ++i)
            vector[i] += x[t * width + i] / (double)pooled;
    if (made->shape.normalise)
        unit_length(vector, width);
    free(x);
}

static double cosine(const double *a, const float *b, size_t width)
{
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (size_t i = 0; i < width; ++i) {
        dot += a[i] * (double)b[i];
        aa += a[i] * a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return dot / sqrt(aa * bb);
}

/* ---- tokens ---- */

enum { MOST_TEXTS = 40, MOST_TOKENS = PULSE_ENCODER_WINDOW };

typedef struct batch {
    pulse_token_ids texts[MOST_TEXTS];
    uint32_t ids[MOST_TEXTS][MOST_TOKENS];
} batch;

/* Texts of all lengths, 2 and the longest among them. */
static void fill(batch *b, uint32_t words, uint32_t longest, uint64_t seed)
{
    for (size_t i = 0; i < MOST_TEXTS; ++i) {
        size_t count = i == 0 ? 2 : i == 1 ? longest : 1 + next_random(&seed) % longest;
        for (size_t t = 0; t < count; ++t)
            b->ids[i][t] = next_random(&seed) % words;
        b->texts[i] = (pulse_token_ids){.ids = b->ids[i], .count = count};
    }
}

static void expect_reference(encoder_shape shape, pulse_compute compute, double least)
{
    opened o;
    static batch b;
    float vectors[MOST_TEXTS * 96];
    double expected[96];
    const size_t width = shape.width;
    assert_true(width <= 96);
    open_made(&o, shape, compute, 1);
    assert_int_equal(pulse_encoder_dimensions(o.encoder), width);
    assert_int_equal(pulse_encoder_compute(o.encoder), compute);
    fill(&b, shape.words, shape.positions < MOST_TOKENS ? shape.positions : MOST_TOKENS, 5);
    expect_ok(pulse_encoder_encode_tokens(o.encoder, b.texts, MOST_TEXTS, vectors, error));
    for (size_t i = 0; i < 12; ++i) {
        const float *vector = vectors + i * width;
        reference(&o.made, b.texts[i].ids, b.texts[i].count, expected);
        const double found = cosine(expected, vector, width);
        if (!(found >= least))
            fail_msg("%s: text %zu of %zu tokens: cosine %.9f, at least %.9f",
                     pulse_compute_name(compute), i, b.texts[i].count, found, least);
        double length = 0;
        double wanted = 0;
        for (size_t j = 0; j < width; ++j) {
            length += (double)vector[j] * (double)vector[j];
            wanted += expected[j] * expected[j];
        }
        assert_true(fabs(sqrt(length / wanted) - 1) < 1.01 - least);
    }
    close_made(&o);
}

static void vectors_are_the_references(void **state)
{
    (void)state;
    static const double least[WAYS] = {0.9999999, 0.9999999, 0.999, 0.99999};
    for (size_t w = 0; w < WAYS; ++w) {
        encoder_shape shape = encoder_fixture_small();
        expect_reference(shape, ways[w], least[w]);
        shape.cls = true;
        shape.normalise = false;
        shape.seed = 77;
        expect_reference(shape, ways[w], least[w]);
        shape = (encoder_shape){.layers = 3,
                                .width = 90,
                                .heads = 5,
                                .intermediate = 70,
                                .positions = 33,
                                .words = 61,
                                .normalise = true,
                                .seed = 3};
        expect_reference(shape, ways[w], least[w]);
    }
    encoder_shape f32 = encoder_fixture_small();
    f32.f32 = true;
    expect_reference(f32, PULSE_COMPUTE_F32, least[0]);
}

static void a_vector_is_the_same_in_any_company(void **state)
{
    (void)state;
    static batch b;
    const encoder_shape shape = encoder_fixture_small();
    const size_t width = shape.width;
    fill(&b, shape.words, MOST_TOKENS, 11);
    for (size_t w = 0; w < WAYS; ++w) {
        opened o;
        float vectors[MOST_TEXTS * 32];
        open_made(&o, shape, ways[w], 1);
        expect_ok(pulse_encoder_encode_tokens(o.encoder, b.texts, MOST_TEXTS, vectors, error));
        for (size_t i = 0; i < MOST_TEXTS; ++i) {
            float alone[32];
            expect_ok(pulse_encoder_encode_tokens(o.encoder, &b.texts[i], 1, alone, error));
            assert_memory_equal(alone, vectors + i * width, sizeof alone);
        }
        for (size_t i = 0; i + 7 <= MOST_TEXTS; i += 5) {
            float some[7 * 32];
            expect_ok(pulse_encoder_encode_tokens(o.encoder, &b.texts[i], 7, some, error));
            assert_memory_equal(some, vectors + i * width, sizeof some);
        }
        close_made(&o);
    }
}

/* Wide enough for the threads to be given something to do. */
static void a_vector_is_the_same_with_any_number_of_threads(void **state)
{
    (void)state;
    static batch b;
    static float vectors[3][8 * 96];
    const encoder_shape shape = {.layers = 2,
                                 .width = 96,
                                 .heads = 6,
                                 .intermediate = 384,
                                 .positions = 128,
                                 .words = 80,
                                 .normalise = true,
                                 .seed = 12};
    fill(&b, shape.words, MOST_TOKENS, 13);
    for (size_t w = 0; w < WAYS; ++w)
        for (uint32_t threads = 1; threads <= 3; ++threads) {
            opened o;
            float *found = vectors[threads - 1];
            open_made(&o, shape, ways[w], threads);
            expect_ok(pulse_encoder_encode_tokens(o.encoder, b.texts, 8, found, error));
            assert_memory_equal(found, vectors[0], sizeof vectors[0]);
            float alone[96];
            expect_ok(pulse_encoder_encode_tokens(o.encoder, b.texts + 1, 1, alone, error));
            assert_memory_equal(alone, vectors[0] + 96, sizeof alone);
            close_made(&o);
        }
}

/* ---- texts ---- */

static void a_text_is_its_tokens(void **state)
{
    (void)state;
    opened o;
    open_made(&o, encoder_fixture_small(), PULSE_COMPUTE_AUTO, 0);
    assert_int_not_equal(pulse_encoder_compute(o.encoder), PULSE_COMPUTE_AUTO);
    const char *const texts[] = {"", "abc d, e!", " \n", "Zyx \xff \xc3\x89 q"};
    for (size_t i = 0; i < 4; ++i) {
        const pulse_span span = {texts[i], strlen(texts[i])};
        pulse_token_ids tokens = {0};
        float text[32];
        float ids[32];
        expect_ok(pulse_tokenize(pulse_encoder_tokens(o.encoder), span.data, span.bytes, 0, &tokens,
                                 error));
        assert_true(tokens.count >= 2 && tokens.count < MOST_TOKENS);
        expect_ok(pulse_encoder_encode(o.encoder, &span, 1, text, error));
        expect_ok(pulse_encoder_encode_tokens(o.encoder, &tokens, 1, ids, error));
        assert_memory_equal(text, ids, sizeof text);
        pulse_token_ids_free(&tokens);
    }
    expect_ok(pulse_encoder_encode(o.encoder, NULL, 0, NULL, error));
    expect_ok(pulse_encoder_encode_tokens(o.encoder, NULL, 0, NULL, error));
    close_made(&o);
}

/* `words` words of one to four tokens each, with a space behind each. */
static char *long_text(size_t words, uint64_t seed)
{
    char *text = malloc(words * 5 + 1);
    assert_non_null(text);
    size_t used = 0;
    for (size_t i = 0; i < words; ++i) {
        for (uint32_t n = 1 + next_random(&seed) % 4; n > 0; --n)
            text[used++] = (char)('a' + next_random(&seed) % 26);
        text[used++] = ' ';
    }
    text[used] = '\0';
    return text;
}

static void a_long_text_is_the_weighted_mean_of_its_windows(void **state)
{
    (void)state;
    opened o;
    open_made(&o, encoder_fixture_small(), PULSE_COMPUTE_INT16, 2);
    const size_t width = o.made.shape.width;
    char *long_one = long_text(400, 9);
    const pulse_span texts[] = {{"abc", 3}, {long_one, strlen(long_one)}, {"xyz", 3}};
    float vectors[3 * 32];
    expect_ok(pulse_encoder_encode(o.encoder, texts, 3, vectors, error));

    pulse_token_ids tokens = {0};
    pulse_continuations continuations;
    expect_ok(pulse_continuations_read((const uint8_t *)o.made.vocab, o.made.vocab_bytes,
                                       &continuations, error));
    expect_ok(pulse_tokenize(pulse_encoder_tokens(o.encoder), long_one, strlen(long_one), 0,
                             &tokens, error));
    assert_true(tokens.count > 4 * MOST_TOKENS);
    pulse_windows windows =
        pulse_windows_start(tokens.ids + 1, tokens.count - 2, MOST_TOKENS - 2, &continuations);
    double mean[32] = {0};
    while (windows.left > 0) {
        size_t first;
        size_t count;
        float vector[32];
        uint32_t ids[MOST_TOKENS];
        pulse_windows_next(&windows, &first, &count);
        ids[0] = tokens.ids[0];
        memcpy(ids + 1, tokens.ids + 1 + first, count * sizeof *ids);
        ids[count + 1] = tokens.ids[tokens.count - 1];
        const pulse_token_ids window = {.ids = ids, .count = count + 2};
        expect_ok(pulse_encoder_encode_tokens(o.encoder, &window, 1, vector, error));
        for (size_t i = 0; i < width; ++i)
            mean[i] += (double)(count + 2) * (double)vector[i];
    }
    unit_length(mean, width);
    for (size_t i = 0; i < width; ++i)
        assert_true(fabs(mean[i] - (double)vectors[width + i]) < 1e-6);
    for (size_t i = 0; i < 3; ++i) {
        float alone[32];
        expect_ok(pulse_encoder_encode(o.encoder, &texts[i], 1, alone, error));
        assert_memory_equal(alone, vectors + i * width, sizeof alone);
    }
    pulse_continuations_free(&continuations);
    pulse_token_ids_free(&tokens);
    free(long_one);
    close_made(&o);
}

static void windows_are_even_and_cut_between_words(void **state)
{
    (void)state;
    enum { MOST = 3000 };
    static uint32_t ids[MOST];
    uint8_t bits[] = {0x02}; /* token 1 continues a word */
    const pulse_continuations continuations = {bits, 8};
    uint64_t seed = 31;
    for (size_t i = 0; i < MOST; ++i)
        ids[i] = i > 0 && next_random(&seed) % 3 == 0; /* words of one and a half tokens */
    for (size_t count = 0; count < MOST; ++count) {
        const size_t room = 1 + count % 126;
        pulse_windows windows = pulse_windows_start(ids, count, room, &continuations);
        const size_t wanted = count == 0 ? 1 : (count + room - 1) / room;
        const size_t total =
            wanted > PULSE_ENCODER_MAX_WINDOWS ? PULSE_ENCODER_MAX_WINDOWS : wanted;
        const size_t read = wanted > PULSE_ENCODER_MAX_WINDOWS ? total * room : count;
        assert_int_equal(windows.left, total);
        size_t next = 0;
        for (size_t i = 0; i < total; ++i) {
            size_t first;
            size_t length;
            pulse_windows_next(&windows, &first, &length);
            assert_int_equal(first, next);
            assert_true(length <= room);
            assert_true(length > 0 || count == 0);
            if (total > 1)
                assert_true(length >= read / total / 2);
            /* Where there is room to spare, a window starts with a word. */
            if (first > 0 && total * room >= read + 16 * total && read / total > 40)
                assert_int_equal(ids[first], 0);
            next += length;
        }
        assert_int_equal(next, read);
        assert_int_equal(windows.left, 0);
    }
}

static void what_is_beyond_the_last_window_is_not_read(void **state)
{
    (void)state;
    opened o;
    open_made(&o, encoder_fixture_small(), PULSE_COMPUTE_F32, 1);
    const size_t read = PULSE_ENCODER_MAX_WINDOWS * (MOST_TOKENS - 2);
    char *text = malloc(2 << 20);
    assert_non_null(text);
    for (size_t i = 0; i < 2 << 20; i += 2) {
        text[i] = (char)('a' + i / 2 % 26);
        text[i + 1] = ' ';
    }
    float whole[32];
    float part[32];
    float less[32];
    const pulse_span spans[] = {{text, 2 << 20}, {text, 2 * read}, {text, 2 * read - 2}};
    expect_ok(pulse_encoder_encode(o.encoder, &spans[0], 1, whole, error));
    expect_ok(pulse_encoder_encode(o.encoder, &spans[1], 1, part, error));
    expect_ok(pulse_encoder_encode(o.encoder, &spans[2], 1, less, error));
    assert_memory_equal(whole, part, sizeof whole);
    assert_memory_not_equal(whole, less, sizeof whole);
    free(text);
    close_made(&o);
}

/* An encoder with few positions has shorter windows. */
static void windows_are_no_longer_than_positions(void **state)
{
    (void)state;
    opened o;
    encoder_shape shape = encoder_fixture_small();
    shape.positions = 5;
    open_made(&o, shape, PULSE_COMPUTE_F32, 1);
    char *text = long_text(300, 4);
    const pulse_span span = {text, strlen(text)};
    float vector[32];
    expect_ok(pulse_encoder_encode(o.encoder, &span, 1, vector, error));
    uint32_t ids[6] = {2, 5, 6, 7, 8, 3};
    const pulse_token_ids six = {.ids = ids, .count = 6};
    expect_fail(PULSE_E_ARGUMENT, "6 tokens",
                pulse_encoder_encode_tokens(o.encoder, &six, 1, vector, error));
    free(text);
    close_made(&o);
}

static void impossible_tokens_are_refused(void **state)
{
    (void)state;
    opened o;
    open_made(&o, encoder_fixture_small(), PULSE_COMPUTE_INT8, 1);
    static uint32_t ids[MOST_TOKENS + 1];
    float vectors[2 * 32];
    pulse_token_ids texts[2] = {{.ids = ids, .count = 4}, {.ids = ids, .count = 0}};
    expect_fail(PULSE_E_ARGUMENT, "text 1 has 0 tokens",
                pulse_encoder_encode_tokens(o.encoder, texts, 2, vectors, error));
    texts[1].count = MOST_TOKENS + 1;
    expect_fail(PULSE_E_ARGUMENT, "takes 1 to 128",
                pulse_encoder_encode_tokens(o.encoder, texts, 2, vectors, error));
    texts[1].count = 9;
    ids[8] = 80;
    expect_fail(PULSE_E_ARGUMENT, "token 80",
                pulse_encoder_encode_tokens(o.encoder, texts, 2, vectors, error));
    ids[8] = 79;
    expect_ok(pulse_encoder_encode_tokens(o.encoder, texts, 2, vectors, error));
    close_made(&o);
}

static void f32_weights_compute_in_f32_only(void **state)
{
    (void)state;
    encoder_shape shape = encoder_fixture_small();
    shape.f32 = true;
    opened o;
    open_made(&o, shape, PULSE_COMPUTE_AUTO, 1);
    assert_int_equal(pulse_encoder_compute(o.encoder), PULSE_COMPUTE_F32);
    const pulse_encoder_params params = {.compute = PULSE_COMPUTE_INT8};
    pulse_encoder *refused;
    expect_fail(PULSE_E_UNSUPPORTED, "int8",
                pulse_encoder_open(o.bytes, o.size, (const uint8_t *)o.made.vocab,
                                   o.made.vocab_bytes, &params, &refused, error));
    assert_null(refused);
    pulse_encoder_close(NULL);
    close_made(&o);
}

static void the_choice_is_logged(void *context, pulse_log_level level, const char *message)
{
    assert_int_equal(level, PULSE_LOG_DEBUG);
    assert_non_null(strstr(message, "computes as"));
    assert_non_null(strstr(message, "int16 "));
    ++*(int *)context;
}

static void the_probe_says_what_it_chose(void **state)
{
    (void)state;
    encoder_fixture made;
    uint8_t *bytes;
    size_t size;
    int logged = 0;
    encoder_fixture_make(&made, encoder_fixture_small());
    encoder_fixture_write(&made, &bytes, &size);
    const pulse_encoder_params params = {.log = the_choice_is_logged, .log_context = &logged};
    pulse_encoder *encoder;
    expect_ok(pulse_encoder_open(bytes, size, (const uint8_t *)made.vocab, made.vocab_bytes,
                                 &params, &encoder, error));
    assert_int_equal(logged, 1);
    pulse_encoder_close(encoder);
    pulse_bytes_free(bytes);
    encoder_fixture_free(&made);
}

/* ---- memory ---- */

static void nothing_is_allocated_once_a_size_was_seen(void **state)
{
    (void)state;
    static batch b;
    const encoder_shape shape = encoder_fixture_small();
    fill(&b, shape.words, MOST_TOKENS, 2);
    char *text = long_text(900, 6);
    const pulse_span spans[] = {{text, strlen(text)}, {"a b", 3}};
    float vectors[MOST_TEXTS * 32];
    for (size_t w = 0; w < WAYS; ++w) {
        opened o;
        open_made(&o, shape, ways[w], 2);
        for (int again = 0; again < 2; ++again) {
            pulse_test_fail_allocation(again ? 0 : -1, 1);
            expect_ok(pulse_encoder_encode(o.encoder, spans, 2, vectors, error));
            expect_ok(pulse_encoder_encode_tokens(o.encoder, b.texts, MOST_TEXTS, vectors, error));
            expect_ok(pulse_encoder_encode_tokens(o.encoder, b.texts + 3, 1, vectors, error));
            assert_true(again == (pulse_test_fail_allocation(-1, 0) == 0));
        }
        close_made(&o);
    }
    free(text);
}

static void memory_runs_out_cleanly(void **state)
{
    (void)state;
    encoder_fixture made;
    uint8_t *bytes;
    size_t size;
    encoder_shape shape = encoder_fixture_small();
    shape.layers = 1;
    encoder_fixture_make(&made, shape);
    encoder_fixture_write(&made, &bytes, &size);
    char *text = long_text(300, 6);
    const pulse_span spans[] = {{text, strlen(text)}, {"a b", 3}};
    float vectors[2 * 32];
    pulse_status status = PULSE_E_NO_MEMORY;
    for (long n = 0; status != PULSE_OK; ++n) {
        const pulse_encoder_params params = {.compute = PULSE_COMPUTE_INT16};
        pulse_encoder *encoder;
        pulse_error error = {0};
        assert_true(n < 500);
        pulse_test_fail_allocation(n, 0);
        status = pulse_encoder_open(bytes, size, (const uint8_t *)made.vocab, made.vocab_bytes,
                                    &params, &encoder, &error);
        assert_true((status == PULSE_OK) == (encoder != NULL));
        if (status == PULSE_OK)
            status = pulse_encoder_encode(encoder, spans, 2, vectors, &error);
        pulse_test_fail_allocation(-1, 0);
        if (status != PULSE_OK)
            assert_int_equal(status, PULSE_E_NO_MEMORY);
        if (encoder) { /* and it is as good as new */
            float again[2 * 32];
            expect_ok(pulse_encoder_encode(encoder, spans, 2, again, error));
            if (status == PULSE_OK)
                assert_memory_equal(again, vectors, sizeof again);
        }
        pulse_encoder_close(encoder);
    }
    free(text);
    pulse_bytes_free(bytes);
    encoder_fixture_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_are_the_references),
        cmocka_unit_test(a_vector_is_the_same_in_any_company),
        cmocka_unit_test(a_vector_is_the_same_with_any_number_of_threads),
        cmocka_unit_test(a_text_is_its_tokens),
        cmocka_unit_test(a_long_text_is_the_weighted_mean_of_its_windows),
        cmocka_unit_test(windows_are_even_and_cut_between_words),
        cmocka_unit_test(what_is_beyond_the_last_window_is_not_read),
        cmocka_unit_test(windows_are_no_longer_than_positions),
        cmocka_unit_test(impossible_tokens_are_refused),
        cmocka_unit_test(f32_weights_compute_in_f32_only),
        cmocka_unit_test(the_probe_says_what_it_chose),
        cmocka_unit_test(nothing_is_allocated_once_a_size_was_seen),
        cmocka_unit_test(memory_runs_out_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
