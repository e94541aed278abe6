#include "nn/attention.h"

#include "nn/attention_avx512.h"
#include "nn/clones.h"
#include "nn/int16_round.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/*
 * Both products are of int16 in exact int32 sums, as the encoder's others are: twice as fast as in
 * f32 where there is nothing fused, and the same bits everywhere (but see attention_avx512.h).
 * Queries are rounded row by row, keys and values with one scale each, to 13 bits with heads of 32;
 * the weights that softmax makes of the scores to up to 14 bits, of which the sum, too, is that of
 * the rounded ones.
 */

/* A kernel's tile: rows by lanes. */
#define ROWS 4
#define LANES 8

static size_t padded(size_t count, size_t unit)
{
    return (count + unit - 1) / unit * unit;
}

/* ---- the kernels ----
 * out[row][8 panel + lane] = a[row] . panels[panel][.][lane], for four rows. A panel has, for each
 * pair of what is added up over, the pair of each lane. */

#define KERNEL_PARAMETERS                                                                          \
    const int16_t *a, size_t pitch, const int16_t *panels, size_t count, size_t pairs,             \
        int32_t *out, size_t out_pitch

typedef void kernel(KERNEL_PARAMETERS);

#if defined(__wasm_simd128__)

static void __attribute__((noinline)) multiply(KERNEL_PARAMETERS)
{
    for (; count > 0; --count, out += LANES) {
        const int16_t *a0 = a, *a1 = a + pitch, *a2 = a1 + pitch, *a3 = a2 + pitch;
        const int16_t *const end = a + 2 * pairs;
        v128_t s00 = wasm_i32x4_splat(0), s01 = s00, s10 = s00, s11 = s00;
        v128_t s20 = s00, s21 = s00, s30 = s00, s31 = s00;
        do {
            const v128_t b0 = wasm_v128_load(panels), b1 = wasm_v128_load(panels + LANES);
            const v128_t x0 = wasm_v128_load32_splat(a0);
            s00 = wasm_i32x4_add(s00, wasm_i32x4_dot_i16x8(x0, b0));
            s01 = wasm_i32x4_add(s01, wasm_i32x4_dot_i16x8(x0, b1));
            const v128_t x1 = wasm_v128_load32_splat(a1);
            s10 = wasm_i32x4_add(s10, wasm_i32x4_dot_i16x8(x1, b0));
            s11 = wasm_i32x4_add(s11, wasm_i32x4_dot_i16x8(x1, b1));
            const v128_t x2 = wasm_v128_load32_splat(a2);
            s20 = wasm_i32x4_add(s20, wasm_i32x4_dot_i16x8(x2, b0));
            s21 = wasm_i32x4_add(s21, wasm_i32x4_dot_i16x8(x2, b1));
            const v128_t x3 = wasm_v128_load32_splat(a3);
            s30 = wasm_i32x4_add(s30, wasm_i32x4_dot_i16x8(x3, b0));
            s31 = wasm_i32x4_add(s31, wasm_i32x4_dot_i16x8(x3, b1));
            panels += 2 * LANES;
            a0 += 2;
            a1 += 2;
            a2 += 2;
            a3 += 2;
        } while (a0 != end);
        wasm_v128_store(out, s00);
        wasm_v128_store(out + 4, s01);
        wasm_v128_store(out + out_pitch, s10);
        wasm_v128_store(out + out_pitch + 4, s11);
        wasm_v128_store(out + 2 * out_pitch, s20);
        wasm_v128_store(out + 2 * out_pitch + 4, s21);
        wasm_v128_store(out + 3 * out_pitch, s30);
        wasm_v128_store(out + 3 * out_pitch + 4, s31);
    }
}

static kernel *best_kernel(void)
{
    return multiply;
}

#else

static void multiply_plain(KERNEL_PARAMETERS)
{
    for (; count > 0; --count, out += LANES, panels += 2 * LANES * pairs)
        for (size_t row = 0; row < ROWS; ++row) {
            const int16_t *x = a + row * pitch, *b = panels;
            int32_t sums[LANES] = {0};
            for (size_t pair = 0; pair < pairs; ++pair, x += 2, b += 2 * LANES)
                for (size_t lane = 0; lane < LANES; ++lane)
                    sums[lane] += x[0] * b[2 * lane] + x[1] * b[2 * lane + 1];
            memcpy(out + row * out_pitch, sums, sizeof sums);
        }
}

#if defined(__x86_64__) && !defined(PULSE_ATTENTION_PLAIN)

static void __attribute__((target("avx2"))) multiply_avx2(KERNEL_PARAMETERS)
{
    for (; count > 0; --count, out += LANES) {
        __m256i s[ROWS];
        for (size_t row = 0; row < ROWS; ++row)
            s[row] = _mm256_setzero_si256();
        for (size_t pair = 0; pair < pairs; ++pair, panels += 2 * LANES) {
            const __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)panels);
            for (size_t row = 0; row < ROWS; ++row) {
                int32_t both;
                memcpy(&both, a + row * pitch + 2 * pair, sizeof both);
                s[row] = _mm256_add_epi32(s[row], _mm256_madd_epi16(_mm256_set1_epi32(both), b));
            }
        }
        for (size_t row = 0; row < ROWS; ++row)
            _mm256_storeu_si256((__m256i *)(void *)(out + row * out_pitch), s[row]);
    }
}

static kernel *best_kernel(void)
{
    return __builtin_cpu_supports("avx2") ? multiply_avx2 : multiply_plain;
}

#else

static kernel *best_kernel(void)
{
    return multiply_plain;
}

#endif
#endif

/* ---- softmax ---- */

typedef float four __attribute__((vector_size(16), aligned(4), may_alias));
typedef int32_t four_integers __attribute__((vector_size(16), aligned(4), may_alias));
typedef uint32_t four_bits __attribute__((vector_size(16), aligned(4), may_alias));

static inline four_integers larger(four_integers a, four_integers b)
{
#ifdef __wasm_simd128__
    return (four_integers)wasm_i32x4_max((v128_t)a, (v128_t)b);
#else
    const four_integers greater = a > b;
    return (a & greater) | (b & ~greater);
#endif
}

static inline four larger_of(four a, four b)
{
#ifdef __wasm_simd128__
    return (four)wasm_f32x4_pmax((v128_t)a, (v128_t)b);
#else
    const four_integers less = a < b;
    return (four)(((four_integers)a & ~less) | ((four_integers)b & less));
#endif
}

/* Loaded rather than written out: engines build a vector constant anew at each use. */
#define REPEATED(value) value, value, value, value
static const float constants[] = {
    REPEATED(12582912.0f), /* see int16_round.h */
    REPEATED(-126.0f),      REPEATED(0.999928074f),  REPEATED(0.693260988f),
    REPEATED(0.242611121f), REPEATED(0.0551716526f),
};
#define CONSTANT(i) (*(const four *)(const void *)(c + 4 * (i)))

/* 2^z for z <= 0, to within 8e-5 of itself, which is about what weights are rounded to; from
 * 2^-126 on. `c` is constants[]. */
static inline four power_of_two(four z, const float *c)
{
    const four in = larger_of(z, CONSTANT(1));
    const four shifted = in + CONSTANT(0);
    const four r = in - (shifted - CONSTANT(0));
    const four power = (CONSTANT(2) + CONSTANT(3) * r) + (CONSTANT(4) + CONSTANT(5) * r) * (r * r);
    return (four)((four_bits)power + ((four_bits)shifted << 23));
}

/* Sums of weights, and the largest of one. */
#define WEIGHTS_SUM 524288.0f
#define WEIGHTS_LARGEST 16383.0f

/* scores [count, padded], which are lost -> weights in proportion to 2^(factor score), rounded.
 * Returns their sum, at most WEIGHTS_SUM + count / 2. */
static int32_t softmax(int32_t *scores, size_t count, size_t pitch, float factor, int16_t *weights)
{
    for (size_t i = count; i < pitch; ++i)
        scores[i] = INT32_MIN;
    four_integers largest = (four_integers){0} + INT32_MIN;
    for (size_t i = 0; i < pitch; i += 4)
        largest = larger(largest, *(const four_integers *)(scores + i));
    int32_t top = largest[0];
    for (int i = 1; i < 4; ++i)
        top = largest[i] > top ? largest[i] : top;

    const float *c = constants;
    __asm__("" : "+r"(c)); /* not to be seen through */
    const float end = (float)top * factor;
    four sum0 = {0}, sum1 = {0};
    for (size_t i = 0; i < pitch; i += 8) {
        const four s0 = __builtin_convertvector(*(const four_integers *)(scores + i), four);
        const four s1 = __builtin_convertvector(*(const four_integers *)(scores + i + 4), four);
        const four e0 = power_of_two(s0 * factor - end, c);
        const four e1 = power_of_two(s1 * factor - end, c);
        sum0 += e0;
        sum1 += e1;
        *(four *)(void *)(scores + i) = e0;
        *(four *)(void *)(scores + i + 4) = e1;
    }
    sum0 += sum1;
    const float sum = (sum0[0] + sum0[1]) + (sum0[2] + sum0[3]);
    const float most = WEIGHTS_SUM / sum;

    pulse_int16_round_values((const float *)(const void *)scores, pitch,
                             most < WEIGHTS_LARGEST ? most : WEIGHTS_LARGEST, weights);
    int32_t total = 0;
    for (size_t i = 0; i < count; ++i)
        total += weights[i];
    return total;
}

/* ---- rounding and packing ---- */

/* Rounds a matrix of rows `stride` apart to rows `pitch` apart. Returns the scale. */
static float round_matrix(const float *x, size_t rows, size_t width, size_t stride, int32_t limit,
                          int16_t *q, size_t pitch)
{
    int32_t largest = 0;
    for (size_t row = 0; row < rows; ++row) {
        const int32_t bits = pulse_largest_bits(x + row * stride, width);
        largest = bits > largest ? bits : largest;
    }
    float factor, scale;
    const bool rounds = pulse_int16_scale(largest, limit, &factor, &scale);
    for (size_t row = 0; row < rows; ++row, x += stride, q += pitch) {
        if (rounds)
            pulse_int16_round_values(x, width, factor, q);
        else
            memset(q, 0, width * sizeof *q);
        memset(q + width, 0, (pitch - width) * sizeof *q);
    }
    return scale;
}

/* Keys by lanes: rows [tokens, pitch] -> [tokens / 8, pitch / 2, 8, 2]. */
static void pack_keys(const int16_t *rows, size_t tokens, size_t pitch, int16_t *packed)
{
    for (size_t first = 0; first < tokens; first += LANES) {
        const size_t lanes = tokens - first < LANES ? tokens - first : LANES;
        if (lanes < LANES)
            memset(packed, 0, LANES * pitch * sizeof *packed);
        for (size_t lane = 0; lane < lanes; ++lane)
            for (size_t i = 0; i < pitch; i += 2)
                memcpy(packed + LANES * i + 2 * lane, rows + (first + lane) * pitch + i,
                       2 * sizeof *packed);
        packed += LANES * pitch;
    }
}

/* What values hold by lanes: rows [2 pairs, pitch] -> [pitch / 8, pairs, 8, 2]. */
static void pack_values(const int16_t *restrict rows, size_t pairs, size_t pitch,
                        int16_t *restrict packed)
{
    for (size_t first = 0; first < pitch; first += LANES)
        for (size_t pair = 0; pair < pairs; ++pair, packed += 2 * LANES) {
            const int16_t *even = rows + 2 * pair * pitch + first, *odd = even + pitch;
            for (size_t lane = 0; lane < LANES; ++lane) {
                packed[2 * lane] = even[lane];
                packed[2 * lane + 1] = odd[lane];
            }
        }
}

/* ---- one head ---- */

typedef struct layout {
    size_t tokens;  /* padded to LANES, and so to ROWS */
    size_t columns; /* the width, padded to LANES */
    int16_t *queries, *keys, *values, *rows, *weights;
    int32_t *scores, *sums;
} layout;

static layout lay_out(size_t tokens, size_t width, void *scratch)
{
    layout made = {.tokens = padded(tokens, LANES), .columns = padded(width, LANES)};
    const size_t matrix = made.tokens * made.columns;
    char *base = scratch;
    made.queries = (int16_t *)(void *)base;
    made.keys = made.queries + ROWS * made.columns;
    made.values = made.keys + matrix;
    made.rows = made.values + matrix;
    made.weights = made.rows + matrix;
    made.scores = (int32_t *)(void *)(made.weights + ROWS * made.tokens);
    made.sums = made.scores + ROWS * made.tokens;
    return made;
}

size_t pulse_attention_scratch(size_t tokens, size_t width)
{
    const size_t rows = padded(tokens, LANES), columns = padded(width, LANES);
    const size_t halves = 3 * rows * columns + ROWS * (rows + columns);
    const size_t floats = halves / 2 + ROWS * (rows + columns);
    const size_t wide = pulse_attention_avx512_scratch(tokens, width);
    return floats > wide ? floats : wide;
}

void pulse_attention(const float *q, const float *k, const float *v, size_t tokens, size_t width,
                     size_t stride, float *y, size_t y_stride, float *scratch)
{
#ifndef PULSE_ATTENTION_PLAIN
    if (pulse_attention_avx512_fits(width)) {
        pulse_attention_avx512(q, k, v, tokens, width, stride, y, y_stride, scratch);
        return;
    }
#endif
    kernel *const run = best_kernel();
    const layout to = lay_out(tokens, width, scratch);
    const double products = sqrt((double)INT32_MAX / (double)width);
    const int32_t limit = products < INT16_MAX ? (int32_t)products : INT16_MAX;
    const double sums = (double)INT32_MAX / ((double)WEIGHTS_SUM + (double)to.tokens);
    const float key_scale = round_matrix(k, tokens, width, stride, limit, to.rows, to.columns);
    pack_keys(to.rows, tokens, to.columns, to.keys);
    const float value_scale =
        round_matrix(v, tokens, width, stride, (int32_t)sums, to.rows, to.columns);
    memset(to.rows + tokens * to.columns, 0, (to.tokens - tokens) * to.columns * sizeof *to.rows);
    pack_values(to.rows, to.tokens / 2, to.columns, to.values);

    /* Powers of two instead of e. */
    const float factor = key_scale * (1.44269504f / sqrtf((float)width));
    for (size_t first = 0; first < tokens; first += ROWS) {
        const size_t rows = tokens - first < ROWS ? tokens - first : ROWS;
        float scale[ROWS];
        int32_t total[ROWS];
        if (rows < ROWS) {
            memset(to.queries, 0, ROWS * to.columns * sizeof *to.queries);
            memset(to.weights, 0, ROWS * to.tokens * sizeof *to.weights);
        }
        for (size_t row = 0; row < rows; ++row)
            scale[row] = round_matrix(q + (first + row) * stride, 1, width, stride, limit,
                                      to.queries + row * to.columns, to.columns);
        run(to.queries, to.columns, to.keys, to.tokens / LANES, to.columns / 2, to.scores,
            to.tokens);
        for (size_t row = 0; row < rows; ++row)
            /* At most this, so that no score times it overflows. */
            total[row] = softmax(to.scores + row * to.tokens, tokens, to.tokens,
                                 fminf(scale[row] * factor, 1e28f), to.weights + row * to.tokens);
        run(to.weights, to.tokens, to.values, to.columns / LANES, to.tokens / 2, to.sums,
            to.columns);
        for (size_t row = 0; row < rows; ++row) {
            const float weight = value_scale / (float)total[row];
            for (size_t i = 0; i < width; ++i)
                y[(first + row) * y_stride + i] = (float)to.sums[row * to.columns + i] * weight;
        }
    }
}
