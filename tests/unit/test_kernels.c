/* What the encoder computes with, against plain loops in double: sizes that no vector divides,
 * extremes, and the same bits however the work is divided. */
#include "expect.h"

#include "nn/attention.h"
#include "nn/attention_avx512.h"
#include "nn/elementwise.h"
#include "nn/int16.h"

#include <math.h>

/* The portable kernels, which this machine would not choose, once more under other names. */
#define PULSE_INT16_PLAIN
#define pulse_int16_limit plain_int16_limit
#define pulse_int16_packed_size plain_int16_packed_size
#define pulse_int16_row_size plain_int16_row_size
#define pulse_int16_pack plain_int16_pack
#define pulse_int16_round plain_int16_round
#define pulse_int16_product plain_int16_product
#include "nn/int16.c"
#undef pulse_int16_limit
#undef pulse_int16_packed_size
#undef pulse_int16_row_size
#undef pulse_int16_pack
#undef pulse_int16_round
#undef pulse_int16_product

#define PULSE_ATTENTION_PLAIN
#define kernel attention_kernel
#define best_kernel best_attention_kernel
#define pulse_attention_scratch plain_attention_scratch
#define pulse_attention plain_attention
#include "nn/attention.c"
#undef pulse_attention_scratch
#undef pulse_attention

static float *floats(size_t count)
{
    float *made = malloc((count + !count) * sizeof *made);
    assert_non_null(made);
    return made;
}

static float *random_floats(size_t count, float size, uint64_t *state)
{
    float *made = floats(count);
    for (size_t i = 0; i < count; ++i)
        made[i] = size * next_float(state);
    return made;
}

/* ---- int16 products ---- */

typedef struct product {
    size_t rows, inputs, outputs;
    int8_t *weight;
    int16_t *packed, *q;
    float *x, *scale, *weight_scale, *bias, *y;
} product;

static product make_product(size_t rows, size_t inputs, size_t outputs, uint64_t *state)
{
    product made = {.rows = rows, .inputs = inputs, .outputs = outputs};
    made.weight = malloc(inputs * outputs);
    assert_non_null(made.weight);
    for (size_t i = 0; i < inputs * outputs; ++i)
        made.weight[i] = (int8_t)(next_random(state) % 255 - 127);
    made.packed = malloc(pulse_int16_packed_size(inputs, outputs) * sizeof *made.packed);
    made.q = malloc(rows * pulse_int16_row_size(inputs) * sizeof *made.q);
    assert_non_null(made.packed);
    assert_non_null(made.q);
    made.x = random_floats(rows * inputs, 3.0f, state);
    made.scale = floats(rows);
    made.weight_scale = random_floats(outputs, 0.1f, state);
    made.bias = random_floats(outputs, 1.0f, state);
    made.y = floats(rows * outputs);
    return made;
}

static void free_product(product *made)
{
    free(made->weight);
    free(made->packed);
    free(made->q);
    free(made->x);
    free(made->scale);
    free(made->weight_scale);
    free(made->bias);
    free(made->y);
}

static void run_product(product *of)
{
    pulse_int16_pack(of->weight, of->inputs, of->outputs, of->packed);
    pulse_int16_round(of->x, of->rows, of->inputs, of->q, of->scale);
    pulse_int16_product(of->q, of->scale, of->rows, of->packed, of->weight_scale, of->bias,
                        of->inputs, of->outputs, 0, of->outputs, of->y);
}

/* y is the exact sum of what was rounded, scaled: the same float, not one near it. */
static void check_sums(const product *of)
{
    for (size_t r = 0; r < of->rows; ++r) {
        const int16_t *q = of->q + r * pulse_int16_row_size(of->inputs);
        for (size_t o = 0; o < of->outputs; ++o) {
            int64_t sum = 0;
            for (size_t i = 0; i < of->inputs; ++i)
                sum += (int64_t)q[i] * of->weight[o * of->inputs + i];
            assert_true(sum >= INT32_MIN && sum <= INT32_MAX);
            const float wanted = (float)sum * (of->scale[r] * of->weight_scale[o]) + of->bias[o];
            if (of->y[r * of->outputs + o] != wanted)
                fail_msg("%zux%zux%zu: row %zu, output %zu: %.9g, expected %.9g", of->rows,
                         of->inputs, of->outputs, r, o, (double)of->y[r * of->outputs + o],
                         (double)wanted);
        }
    }
}

static const size_t shapes[][3] = {
    {1, 1, 1},     {1, 7, 5},     {2, 8, 12},   {3, 16, 13},  {4, 31, 24},
    {5, 32, 25},   {7, 33, 3},    {33, 65, 37}, {64, 96, 12}, {2, 100, 36},
    {70, 384, 25}, {3, 1536, 13}, {35, 64, 11}, {1, 129, 48},
};
#define SHAPES (sizeof shapes / sizeof *shapes)

static void int16_products_are_exact_sums(void **test_state)
{
    (void)test_state;
    uint64_t state = 7;
    for (size_t s = 0; s < SHAPES; ++s) {
        product of = make_product(shapes[s][0], shapes[s][1], shapes[s][2], &state);
        run_product(&of);
        check_sums(&of);
        free_product(&of);
    }
}

static void int16_products_are_near_those_of_floats(void **test_state)
{
    (void)test_state;
    uint64_t state = 8;
    product of = make_product(5, 384, 50, &state);
    run_product(&of);
    for (size_t r = 0; r < of.rows; ++r)
        for (size_t o = 0; o < of.outputs; ++o) {
            double sum = 0, size = 0;
            for (size_t i = 0; i < of.inputs; ++i) {
                const double term = (double)of.x[r * of.inputs + i] * of.weight[o * of.inputs + i] *
                                    (double)of.weight_scale[o];
                sum += term;
                size += fabs(term);
            }
            const double wanted = sum + (double)of.bias[o];
            assert_true(fabs((double)of.y[r * of.outputs + o] - wanted) <= 1e-4 * size + 1e-6);
        }
    free_product(&of);
}

static void the_portable_int16_product_has_the_same_bits(void **test_state)
{
    (void)test_state;
    uint64_t state = 9;
    for (size_t s = 0; s < SHAPES; ++s) {
        product of = make_product(shapes[s][0], shapes[s][1], shapes[s][2], &state);
        run_product(&of);
        float *y = floats(of.rows * of.outputs);
        plain_int16_pack(of.weight, of.inputs, of.outputs, of.packed);
        plain_int16_round(of.x, of.rows, of.inputs, of.q, of.scale);
        plain_int16_product(of.q, of.scale, of.rows, of.packed, of.weight_scale, of.bias, of.inputs,
                            of.outputs, 0, of.outputs, y);
        assert_memory_equal(y, of.y, of.rows * of.outputs * sizeof *y);
        free(y);
        free_product(&of);
    }
}

static void int16_sums_at_the_limit_do_not_overflow(void **test_state)
{
    (void)test_state;
    static const size_t widths[] = {1, 3, 31, 384, 512, 516, 1536, 3072, 4096, 40000};
    uint64_t state = 10;
    for (size_t w = 0; w < sizeof widths / sizeof *widths; ++w) {
        product of = make_product(3, widths[w], 14, &state);
        for (size_t i = 0; i < of.inputs * of.outputs; ++i)
            of.weight[i] = i / of.inputs % 2 ? 127 : -128;
        for (size_t i = 0; i < of.rows * of.inputs; ++i)
            of.x[i] = i / of.inputs % 2 ? -1e30f : 1e30f;
        run_product(&of);
        assert_int_equal(of.q[0], pulse_int16_limit(of.inputs));
        assert_true(pulse_int16_limit(of.inputs) > 0);
        check_sums(&of);
        free_product(&of);
    }
}

static void int16_products_do_not_depend_on_how_they_are_divided(void **test_state)
{
    (void)test_state;
    uint64_t state = 11;
    product of = make_product(71, 200, 61, &state);
    run_product(&of);
    const size_t pitch = pulse_int16_row_size(of.inputs);
    static const size_t rows_at_a_time[] = {1, 2, 3, 5, 32, 70};
    for (size_t n = 0; n < sizeof rows_at_a_time / sizeof *rows_at_a_time; ++n) {
        float *y = floats(of.rows * of.outputs);
        int16_t *q = malloc(of.rows * pitch * sizeof *q);
        assert_non_null(q);
        for (size_t first = 0; first < of.rows; first += rows_at_a_time[n]) {
            const size_t left = of.rows - first;
            const size_t count = left < rows_at_a_time[n] ? left : rows_at_a_time[n];
            float *scale = floats(count);
            pulse_int16_round(of.x + first * of.inputs, count, of.inputs, q + first * pitch, scale);
            for (size_t column = 0; column < of.outputs; column += 2 * PULSE_INT16_COLUMNS) {
                const size_t rest = of.outputs - column;
                pulse_int16_product(q + first * pitch, scale, count, of.packed, of.weight_scale,
                                    of.bias, of.inputs, of.outputs, column,
                                    rest < 2 * PULSE_INT16_COLUMNS ? rest : 2 * PULSE_INT16_COLUMNS,
                                    y + first * of.outputs);
            }
            free(scale);
        }
        assert_memory_equal(q, of.q, of.rows * pitch * sizeof *q);
        assert_memory_equal(y, of.y, of.rows * of.outputs * sizeof *y);
        free(q);
        free(y);
    }
    free_product(&of);
}

static void rounding_is_to_half_a_scale(void **test_state)
{
    (void)test_state;
    uint64_t state = 12;
    for (size_t inputs = 1; inputs < 80; inputs += 1 + inputs / 8)
        for (int power = -29; power < 38; power += 7) {
            const float size = powf(10.0f, (float)power);
            float *x = random_floats(inputs, size, &state);
            int16_t *q = malloc(pulse_int16_row_size(inputs) * sizeof *q);
            assert_non_null(q);
            float scale;
            pulse_int16_round(x, 1, inputs, q, &scale);
            double largest = 0;
            for (size_t i = 0; i < inputs; ++i) {
                assert_true(fabs((double)x[i] - (double)q[i] * (double)scale) <=
                            (double)scale * 0.502);
                largest = fmax(largest, fabs((double)q[i]));
            }
            assert_true(largest == (double)pulse_int16_limit(inputs) || scale == 0.0f);
            free(x);
            free(q);
        }
}

static void a_row_that_is_not_finite_is_zeros_and_leaves_the_others_alone(void **test_state)
{
    (void)test_state;
    static const float bad[] = {NAN, -NAN, INFINITY, -INFINITY, 1e-31f, 0.0f};
    uint64_t state = 13;
    product of = make_product(3, 50, 14, &state);
    run_product(&of);
    float *before = floats(of.rows * of.outputs);
    memcpy(before, of.y, of.rows * of.outputs * sizeof *before);
    for (size_t b = 0; b < sizeof bad / sizeof *bad; ++b) {
        const bool small = fabsf(bad[b]) < 1.0f;
        for (size_t i = 0; i < of.inputs; ++i)
            of.x[of.inputs + i] = small || i == 31 ? bad[b] : 1.0f;
        run_product(&of);
        assert_memory_equal(of.y, before, of.outputs * sizeof *before);
        assert_memory_equal(of.y + of.outputs, of.bias, of.outputs * sizeof *before);
        assert_memory_equal(of.y + 2 * of.outputs, before + 2 * of.outputs,
                            of.outputs * sizeof *before);
        assert_true(of.scale[1] == 0.0f);
    }
    free(before);
    free_product(&of);
}

/* ---- elementwise ---- */

static double exact_gelu(double x)
{
    return x * 0.5 * erfc(-x * 0.70710678118654752);
}

static void gelu_is_exact_to_a_millionth(void **test_state)
{
    (void)test_state;
    enum { COUNT = 40013, MIDDLE = COUNT / 2 };
    float *x = floats(COUNT);
    for (int i = 0; i < COUNT; ++i)
        x[i] = (float)(i - MIDDLE) * 4e-4f;
    pulse_gelu(x, COUNT);
    for (int i = 0; i < COUNT; ++i) {
        const float from = (float)(i - MIDDLE) * 4e-4f;
        if (!(fabs((double)x[i] - exact_gelu((double)from)) < 1e-6))
            fail_msg("GELU(%.9g) = %.9g", (double)from, (double)x[i]);
    }
    free(x);
    float extremes[] = {0.0f, -0.0f, 1e-40f, -1e-40f, 1e30f, -1e30f, 3e38f, INFINITY, NAN, -NAN};
    pulse_gelu(extremes, sizeof extremes / sizeof *extremes);
    for (int i = 0; i < 4; ++i)
        assert_true(fabsf(extremes[i]) < 1e-6f);
    assert_true(extremes[4] == 1e30f);
    assert_true(fabsf(extremes[5]) < 1e-6f);
    assert_true(extremes[6] == 3e38f);
    assert_true(extremes[7] == INFINITY);
    assert_true(isnan(extremes[8]) && isnan(extremes[9]));
}

static void gelu_does_not_depend_on_the_count(void **test_state)
{
    (void)test_state;
    uint64_t state = 14;
    enum { MOST = 70 };
    float *x = random_floats(MOST, 6.0f, &state);
    float *all = floats(MOST);
    memcpy(all, x, MOST * sizeof *x);
    pulse_gelu(all, MOST);
    for (size_t count = 0; count < MOST; ++count) {
        float *some = floats(count);
        memcpy(some, x, count * sizeof *x);
        pulse_gelu(some, count);
        assert_memory_equal(some, all, count * sizeof *some);
        free(some);
    }
    free(x);
    free(all);
}

static void check_norm(size_t rows, size_t width, bool with_residual, uint64_t *state)
{
    float *x = random_floats(rows * width, 3.0f, state);
    float *residual = random_floats(rows * width, 1.0f, state);
    float *weight = random_floats(width, 2.0f, state), *bias = random_floats(width, 1.0f, state);
    float *y = floats(rows * width);
    memcpy(y, x, rows * width * sizeof *x);
    pulse_layer_norm(y, with_residual ? residual : NULL, rows, width, weight, bias, 1e-5f);
    for (size_t r = 0; r < rows; ++r) {
        double mean = 0, variance = 0;
        for (size_t i = 0; i < width; ++i) {
            if (with_residual)
                x[r * width + i] += residual[r * width + i];
            mean += (double)x[r * width + i] / (double)width;
        }
        for (size_t i = 0; i < width; ++i)
            variance += pow((double)x[r * width + i] - mean, 2) / (double)width;
        for (size_t i = 0; i < width; ++i) {
            const double wanted =
                ((double)x[r * width + i] - mean) / sqrt(variance + 1e-5) * (double)weight[i] +
                (double)bias[i];
            assert_true(fabs((double)y[r * width + i] - wanted) < 1e-5);
        }
        /* A row alone. */
        float *alone = floats(width);
        memcpy(alone, x + r * width, width * sizeof *x);
        pulse_layer_norm(alone, NULL, 1, width, weight, bias, 1e-5f);
        assert_memory_equal(alone, y + r * width, width * sizeof *alone);
        free(alone);
    }
    free(x);
    free(residual);
    free(weight);
    free(bias);
    free(y);
}

static void layer_norm_is_that_of_doubles(void **test_state)
{
    (void)test_state;
    static const size_t widths[] = {1, 2, 3, 15, 16, 17, 31, 33, 48, 384, 769};
    uint64_t state = 15;
    for (size_t w = 0; w < sizeof widths / sizeof *widths; ++w)
        for (size_t rows = 0; rows < 4; ++rows) {
            check_norm(rows, widths[w], true, &state);
            check_norm(rows, widths[w], false, &state);
        }
}

static void layer_norm_contains_what_is_not_finite(void **test_state)
{
    (void)test_state;
    enum { WIDTH = 21 };
    float weight[WIDTH], bias[WIDTH], x[3 * WIDTH], clean[3 * WIDTH];
    for (int i = 0; i < WIDTH; ++i) {
        weight[i] = 1.0f;
        bias[i] = 0.25f;
    }
    for (int i = 0; i < 3 * WIDTH; ++i)
        clean[i] = x[i] = (float)(i % 7);
    x[WIDTH + 18] = NAN;
    pulse_layer_norm(x, NULL, 3, WIDTH, weight, bias, 1e-12f);
    pulse_layer_norm(clean, NULL, 3, WIDTH, weight, bias, 1e-12f);
    assert_memory_equal(x, clean, WIDTH * sizeof *x);
    assert_memory_equal(x + 2 * WIDTH, clean + 2 * WIDTH, WIDTH * sizeof *x);
    assert_true(isnan(x[WIDTH]));
    /* All the same: nothing is left but the bias. */
    for (int i = 0; i < WIDTH; ++i)
        x[i] = 4.0f;
    pulse_layer_norm(x, NULL, 1, WIDTH, weight, bias, 1e-12f);
    for (int i = 0; i < WIDTH; ++i)
        assert_true(x[i] == 0.25f);
}

/* ---- attention ---- */

typedef struct head {
    size_t tokens, width, stride;
    float *qkv; /* [tokens, 3 stride / 3] */
    float *y;   /* [tokens, width] */
} head;

static head make_head(size_t tokens, size_t width, float size, uint64_t *state)
{
    head made = {.tokens = tokens, .width = width, .stride = 3 * width + 5};
    made.qkv = random_floats(tokens * made.stride, size, state);
    made.y = floats(tokens * width);
    return made;
}

static void free_head(head *made)
{
    free(made->qkv);
    free(made->y);
}

static void attend(const head *of, float *y)
{
    float *scratch = floats(pulse_attention_scratch(of->tokens, of->width));
    pulse_attention(of->qkv, of->qkv + of->width, of->qkv + 2 * of->width, of->tokens, of->width,
                    of->stride, y, of->width, scratch);
    free(scratch);
}

static void exact_row(const head *of, size_t row, double *y)
{
    double *weights = malloc(of->tokens * sizeof *weights), sum = 0, largest = -INFINITY;
    assert_non_null(weights);
    for (size_t t = 0; t < of->tokens; ++t) {
        weights[t] = 0;
        for (size_t i = 0; i < of->width; ++i)
            weights[t] += (double)of->qkv[row * of->stride + i] *
                          (double)of->qkv[t * of->stride + of->width + i];
        weights[t] /= sqrt((double)of->width);
        largest = fmax(largest, weights[t]);
    }
    for (size_t t = 0; t < of->tokens; ++t)
        sum += weights[t] = exp(weights[t] - largest);
    for (size_t i = 0; i < of->width; ++i) {
        y[i] = 0;
        for (size_t t = 0; t < of->tokens; ++t)
            y[i] += weights[t] / sum * (double)of->qkv[t * of->stride + 2 * of->width + i];
    }
    free(weights);
}

static const size_t head_shapes[][2] = {
    {1, 1},  {1, 32},  {2, 3},   {3, 8},   {4, 32},  {5, 20},  {7, 33},   {8, 64},
    {9, 32}, {16, 32}, {31, 16}, {33, 12}, {65, 32}, {128, 1}, {128, 32}, {512, 64},
};
#define HEAD_SHAPES (sizeof head_shapes / sizeof *head_shapes)

static void attention_is_near_that_of_doubles(void **test_state)
{
    (void)test_state;
    uint64_t state = 16;
    for (size_t s = 0; s < HEAD_SHAPES; ++s)
        for (int step = 0; step < 4; ++step) {
            const float size = 0.1f * powf(3.0f, (float)step);
            head of = make_head(head_shapes[s][0], head_shapes[s][1], size, &state);
            attend(&of, of.y);
            double dot = 0, ours = 0, theirs = 0;
            double *wanted = malloc(of.width * sizeof *wanted);
            assert_non_null(wanted);
            for (size_t row = 0; row < of.tokens; ++row) {
                exact_row(&of, row, wanted);
                for (size_t i = 0; i < of.width; ++i) {
                    const double y = (double)of.y[row * of.width + i];
                    assert_true(fabs(y - wanted[i]) < 2e-3 * (double)size);
                    dot += y * wanted[i];
                    ours += y * y;
                    theirs += wanted[i] * wanted[i];
                }
            }
            assert_true(dot / sqrt(ours * theirs) > 0.999995);
            free(wanted);
            free_head(&of);
        }
}

static void the_portable_attention_has_the_same_bits(void **test_state)
{
    (void)test_state;
    uint64_t state = 17;
    for (size_t s = 0; s < HEAD_SHAPES; ++s) {
        if (pulse_attention_avx512_fits(head_shapes[s][1]))
            continue; /* in f32 here */
        head of = make_head(head_shapes[s][0], head_shapes[s][1], 2.0f, &state);
        attend(&of, of.y);
        float *y = floats(of.tokens * of.width);
        float *scratch = floats(plain_attention_scratch(of.tokens, of.width));
        plain_attention(of.qkv, of.qkv + of.width, of.qkv + 2 * of.width, of.tokens, of.width,
                        of.stride, y, of.width, scratch);
        assert_memory_equal(y, of.y, of.tokens * of.width * sizeof *y);
        free(scratch);
        free(y);
        free_head(&of);
    }
}

/* The queries in another order, and one of them of a size of its own. */
static void a_query_does_not_depend_on_the_others(void **test_state)
{
    (void)test_state;
    uint64_t state = 18;
    head of = make_head(45, 32, 2.0f, &state);
    attend(&of, of.y);
    head turned = make_head(45, 32, 2.0f, &state);
    memcpy(turned.qkv, of.qkv, of.tokens * of.stride * sizeof *of.qkv);
    for (size_t row = 0; row < of.tokens; ++row)
        memcpy(turned.qkv + row * of.stride, of.qkv + (of.tokens - 1 - row) * of.stride,
               of.width * sizeof *of.qkv);
    turned.qkv[20 * of.stride] = NAN;
    turned.qkv[21 * of.stride + 3] = 1e30f;
    attend(&turned, turned.y);
    for (size_t row = 0; row < of.tokens; ++row)
        if (row != 20 && row != 21)
            assert_memory_equal(turned.y + row * of.width, of.y + (of.tokens - 1 - row) * of.width,
                                of.width * sizeof *of.y);
    for (size_t i = 0; i < 2 * of.width; ++i)
        assert_true(isfinite(turned.y[20 * of.width + i]));
    free_head(&turned);
    free_head(&of);
}

static void attention_to_equal_keys_is_the_mean(void **test_state)
{
    (void)test_state;
    uint64_t state = 19;
    head of = make_head(37, 24, 1.0f, &state);
    for (size_t row = 0; row < of.tokens; ++row)
        for (size_t i = 0; i < 2 * of.width; ++i)
            of.qkv[row * of.stride + i] = 0.0f;
    attend(&of, of.y);
    for (size_t i = 0; i < of.width; ++i) {
        double mean = 0;
        for (size_t t = 0; t < of.tokens; ++t)
            mean += (double)of.qkv[t * of.stride + 2 * of.width + i] / (double)of.tokens;
        for (size_t row = 0; row < of.tokens; ++row)
            assert_true(fabs((double)of.y[row * of.width + i] - mean) < 3e-4);
    }
    free_head(&of);
}

static void attention_stays_finite(void **test_state)
{
    (void)test_state;
    static const float sizes[] = {0.0f, 1e-38f, 1e-30f, 1e19f, 1e30f, 3e38f};
    uint64_t state = 20;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
        head of = make_head(19, 32, sizes[s], &state);
        attend(&of, of.y);
        for (size_t i = 0; i < of.tokens * of.width; ++i)
            assert_true(isfinite(of.y[i]) && fabsf(of.y[i]) <= sizes[s] * 1.0001f);
        /* In a key, then in a value. */
        of.qkv[3 * of.stride + of.width] = INFINITY;
        attend(&of, of.y);
        for (size_t i = 0; i < of.tokens * of.width; ++i)
            assert_true(isfinite(of.y[i]));
        of.qkv[3 * of.stride + 2 * of.width] = NAN;
        attend(&of, of.y);
        for (size_t i = 0; i < of.tokens * of.width; ++i)
            assert_true(i % of.width == 0 || isfinite(of.y[i]));
        free_head(&of);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(int16_products_are_exact_sums),
        cmocka_unit_test(int16_products_are_near_those_of_floats),
        cmocka_unit_test(the_portable_int16_product_has_the_same_bits),
        cmocka_unit_test(int16_sums_at_the_limit_do_not_overflow),
        cmocka_unit_test(int16_products_do_not_depend_on_how_they_are_divided),
        cmocka_unit_test(rounding_is_to_half_a_scale),
        cmocka_unit_test(a_row_that_is_not_finite_is_zeros_and_leaves_the_others_alone),
        cmocka_unit_test(gelu_is_exact_to_a_millionth),
        cmocka_unit_test(gelu_does_not_depend_on_the_count),
        cmocka_unit_test(layer_norm_is_that_of_doubles),
        cmocka_unit_test(layer_norm_contains_what_is_not_finite),
        cmocka_unit_test(attention_is_near_that_of_doubles),
        cmocka_unit_test(the_portable_attention_has_the_same_bits),
        cmocka_unit_test(a_query_does_not_depend_on_the_others),
        cmocka_unit_test(attention_to_equal_keys_is_the_mean),
        cmocka_unit_test(attention_stays_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
