#include "nn/int16.h"

#include "nn/clones.h"
#include "nn/int16_round.h"

#include <stdbool.h>
#include <string.h>
#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#elif defined(__x86_64__)
#include <immintrin.h>
#endif

/*
 * The products are made two at a time, after Winograd ("A new algorithm for inner product", 1968):
 *   x1 y1 + x2 y2 = (x1 + y2)(x2 + y1) - x1 x2 - y1 y2
 * where the last two terms, added up over a whole row or column, are known beforehand. It takes as
 * many instructions as multiplying (two additions for one multiplication and one addition), but
 * processors have twice as many units that add int16 as units that multiply them: 107 instead of
 * 90 Gop/s with 128-bit vectors on a Zen 4. All sums are modulo 2^32, and what comes out is exact
 * because pulse_int16_limit() keeps the wanted sum within int32.
 *
 * Inputs come in groups: the first half of each is x1 and y1 above, the second half x2 and y2.
 */
#if defined(__wasm_simd128__)
#define HALF 8
#else
#define HALF 16
#endif
#define GROUP (2 * HALF)

/* Columns that a kernel takes at a time, and rows that are worked on with the same columns. */
#define THREE 3
#define BLOCK_ROWS 32

/* Sums of a block of rows: one more per row than PULSE_INT16_COLUMNS, because kernels store four.
 */
#define SUMS_PITCH 16

static size_t depth_of(size_t inputs)
{
    return (inputs + GROUP - 1) / GROUP * GROUP;
}

/* A row ends with what is to be taken off its sums, an int32, padded for vectors. */
#define ROW_TAIL 8

size_t pulse_int16_row_size(size_t inputs)
{
    return depth_of(inputs) + ROW_TAIL;
}

/* Panels of PULSE_INT16_COLUMNS columns: what is to be taken off the sums of each, int32, then the
 * columns by three; within three, for each group of inputs, that of each column. */
#define PANEL_HEAD (2 * PULSE_INT16_COLUMNS)

static size_t panel_size(size_t inputs)
{
    return PANEL_HEAD + PULSE_INT16_COLUMNS * depth_of(inputs);
}

size_t pulse_int16_packed_size(size_t inputs, size_t outputs)
{
    return (outputs + PULSE_INT16_COLUMNS - 1) / PULSE_INT16_COLUMNS * panel_size(inputs);
}

int32_t pulse_int16_limit(size_t inputs)
{
    /* Adding a weight to an activation must not overflow. */
    const int32_t most = INT16_MAX - 128;
    const size_t limit = inputs > 0 ? INT32_MAX / 128 / inputs : INT16_MAX;
    return limit < (size_t)most ? (int32_t)limit : most;
}

static void pack_column(const int8_t *weight, size_t inputs, int16_t *packed, uint32_t *excess)
{
    uint32_t sum = 0;
    for (size_t k = 0; k < inputs; k += GROUP, packed += THREE * GROUP) {
        const size_t count = inputs - k < GROUP ? inputs - k : GROUP;
        for (size_t i = 0; i < count; ++i)
            packed[i] = (int16_t)(int)weight[k + i];
        for (size_t i = 0; i < HALF; ++i)
            sum += (uint32_t)(packed[i] * packed[HALF + i]);
    }
    *excess = sum;
}

void pulse_int16_pack(const int8_t *weight, size_t inputs, size_t outputs, int16_t *packed)
{
    const size_t depth = depth_of(inputs);
    memset(packed, 0, pulse_int16_packed_size(inputs, outputs) * sizeof *packed);
    for (size_t first = 0; first < outputs; first += PULSE_INT16_COLUMNS) {
        uint32_t excess[PULSE_INT16_COLUMNS] = {0};
        for (size_t c = 0; c < PULSE_INT16_COLUMNS && first + c < outputs; ++c)
            pack_column(weight + (first + c) * inputs, inputs,
                        packed + PANEL_HEAD + c / THREE * THREE * depth + c % THREE * GROUP,
                        excess + c);
        memcpy(packed, excess, sizeof excess);
        packed += panel_size(inputs);
    }
}

/* ---- rounding ---- */

/* The two loops over a row, for each kind of vector. */
static PULSE_CLONES int32_t largest_bits(const float *x, size_t count)
{
    return pulse_largest_bits(x, count);
}

static PULSE_CLONES void round_row(const float *x, size_t count, float factor, int16_t *q)
{
    pulse_int16_round_values(x, count, factor, q);
}

static PULSE_CLONES uint32_t row_excess(const int16_t *q, size_t depth)
{
#ifdef __wasm_simd128__
    v128_t sums = wasm_i32x4_splat(0);
    for (size_t k = 0; k < depth; k += GROUP)
        sums = wasm_i32x4_add(
            sums, wasm_i32x4_dot_i16x8(wasm_v128_load(q + k), wasm_v128_load(q + k + HALF)));
    return (uint32_t)wasm_i32x4_extract_lane(sums, 0) + (uint32_t)wasm_i32x4_extract_lane(sums, 1) +
           (uint32_t)wasm_i32x4_extract_lane(sums, 2) + (uint32_t)wasm_i32x4_extract_lane(sums, 3);
#else
    uint32_t sum = 0;
    for (size_t k = 0; k < depth; k += GROUP)
        for (size_t i = k; i < k + HALF; ++i)
            sum += (uint32_t)(q[i] * q[i + HALF]);
    return sum;
#endif
}

void pulse_int16_round(const float *x, size_t rows, size_t inputs, int16_t *q, float *scale)
{
    const size_t depth = depth_of(inputs);
    const int32_t limit = pulse_int16_limit(inputs);
    for (size_t r = 0; r < rows; ++r, x += inputs, q += pulse_int16_row_size(inputs)) {
        float factor;
        memset(q + inputs, 0, (depth + ROW_TAIL - inputs) * sizeof *q);
        if (pulse_int16_scale(largest_bits(x, inputs), limit, &factor, scale + r)) {
            round_row(x, inputs, factor, q);
            const uint32_t excess = row_excess(q, depth);
            memcpy(q + depth, &excess, sizeof excess);
        } else {
            memset(q, 0, inputs * sizeof *q);
        }
    }
}

/* ---- the kernels: sums[r][0 .. 2] = q[r] . columns[0 .. 2], with the excess if it pairs ---- */

typedef void kernel(const int16_t *q, size_t pitch, size_t rows, const int16_t *columns,
                    size_t depth, uint32_t *sums);

#if defined(__wasm_simd128__)

static inline void store3(uint32_t *p, v128_t a, v128_t b, v128_t c)
{
    const v128_t ab =
        wasm_i32x4_add(wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), wasm_i32x4_shuffle(a, b, 2, 6, 3, 7));
    const v128_t cc =
        wasm_i32x4_add(wasm_i32x4_shuffle(c, c, 0, 4, 1, 5), wasm_i32x4_shuffle(c, c, 2, 6, 3, 7));
    wasm_v128_store(p, wasm_i32x4_add(wasm_i32x4_shuffle(ab, cc, 0, 1, 4, 5),
                                      wasm_i32x4_shuffle(ab, cc, 2, 3, 6, 7)));
}

#define KERNEL kernel_128
#define TARGET
#define VECTOR v128_t
#define LOAD(p) wasm_v128_load(p)
#define ZERO() wasm_i32x4_splat(0)
#define ADD16(a, b) wasm_i16x8_add(a, b)
#define ADD32(a, b) wasm_i32x4_add(a, b)
#define MADD(a, b) wasm_i32x4_dot_i16x8(a, b)
#define STORE3(p, a, b, c) store3(p, a, b, c)
#include "nn/int16_tile.h"

static kernel *best_kernel(bool *pairs)
{
    *pairs = true;
    /* Engines optimise a function while it is not running, so the kernel must stay one of its own.
     * Linkers inline what has one caller, whatever the compiler was told: hide who is called. */
    kernel *chosen = kernel_128;
    __asm__("" : "+r"(chosen));
    return chosen;
}

#else

/* Without pairing: compilers know this loop as one of multiply-and-add instructions. */
static void kernel_plain(const int16_t *q, size_t pitch, size_t rows, const int16_t *columns,
                         size_t depth, uint32_t *sums)
{
    for (size_t r = 0; r < rows; ++r, q += pitch, sums += SUMS_PITCH)
        for (size_t c = 0; c < THREE; ++c) {
            const int16_t *w = columns + c * GROUP;
            int32_t sum = 0;
            for (size_t k = 0; k < depth; k += GROUP, w += THREE * GROUP)
                for (size_t i = 0; i < GROUP; ++i)
                    sum += q[k + i] * w[i];
            sums[c] = (uint32_t)sum;
        }
}

#if defined(__x86_64__) && !defined(PULSE_INT16_PLAIN)

/* A load of its own, and not an operand in memory: a Zen 4 adds a fifth more products that way. */
static inline __attribute__((target("avx2"))) __m256i load_256(const int16_t *p)
{
    __m256i vector = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __asm__("" : "+x"(vector));
    return vector;
}

static inline __attribute__((target("avx2"))) void store3_256(uint32_t *p, __m256i a, __m256i b,
                                                              __m256i c)
{
    const __m256i ab = _mm256_add_epi32(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    const __m256i cc = _mm256_add_epi32(_mm256_unpacklo_epi32(c, c), _mm256_unpackhi_epi32(c, c));
    const __m256i abc =
        _mm256_add_epi32(_mm256_unpacklo_epi64(ab, cc), _mm256_unpackhi_epi64(ab, cc));
    _mm_storeu_si128((__m128i *)(void *)p,
                     _mm_add_epi32(_mm256_castsi256_si128(abc), _mm256_extracti128_si256(abc, 1)));
}

#define KERNEL kernel_256
#define TARGET __attribute__((target("avx2")))
#define VECTOR __m256i
#define LOAD(p) load_256(p)
#define ZERO() _mm256_setzero_si256()
#define ADD16(a, b) _mm256_add_epi16(a, b)
#define ADD32(a, b) _mm256_add_epi32(a, b)
#define MADD(a, b) _mm256_madd_epi16(a, b)
#define STORE3(p, a, b, c) store3_256(p, a, b, c)
#include "nn/int16_tile.h"

static kernel *best_kernel(bool *pairs)
{
    *pairs = __builtin_cpu_supports("avx2") != 0;
    return *pairs ? kernel_256 : kernel_plain;
}

#else

static kernel *best_kernel(bool *pairs)
{
    *pairs = false;
    return kernel_plain;
}

#endif

#endif

/* ---- the product ---- */

/* A panel's columns for a block of rows: from sums to y. */
static void finish_row(const uint32_t *sums, const uint32_t *of_columns, uint32_t of_row,
                       float scale, const float *weight_scale, const float *bias, size_t columns,
                       float *y)
{
    for (size_t c = 0; c < columns; ++c)
        y[c] = (float)(int32_t)(sums[c] - of_columns[c] - of_row) * (scale * weight_scale[c]) +
               bias[c];
}

void pulse_int16_product(const int16_t *q, const float *scale, size_t rows, const int16_t *packed,
                         const float *weight_scale, const float *bias, size_t inputs,
                         size_t outputs, size_t first, size_t count, float *y)
{
    bool pairs;
    kernel *const run = best_kernel(&pairs);
    const size_t depth = depth_of(inputs);
    const size_t pitch = pulse_int16_row_size(inputs);
    const int16_t *panel = packed + first / PULSE_INT16_COLUMNS * panel_size(inputs);
    for (size_t column = first; column < first + count;
         column += PULSE_INT16_COLUMNS, panel += panel_size(inputs)) {
        const size_t left = first + count - column;
        const size_t columns = left < PULSE_INT16_COLUMNS ? left : PULSE_INT16_COLUMNS;
        uint32_t excess[PULSE_INT16_COLUMNS] = {0};
        if (pairs)
            memcpy(excess, panel, sizeof excess);
        for (size_t start = 0; start < rows; start += BLOCK_ROWS) {
            const size_t block = rows - start < BLOCK_ROWS ? rows - start : BLOCK_ROWS;
            uint32_t sums[BLOCK_ROWS * SUMS_PITCH];
            for (size_t c = 0; c < columns; c += THREE)
                run(q + start * pitch, pitch, block, panel + PANEL_HEAD + c * depth, depth,
                    sums + c);
            for (size_t r = 0; r < block; ++r) {
                uint32_t of_row = 0;
                if (pairs)
                    memcpy(&of_row, q + (start + r) * pitch + depth, sizeof of_row);
                finish_row(sums + r * SUMS_PITCH, excess, of_row, scale[start + r],
                           weight_scale + column, bias + column, columns,
                           y + (start + r) * outputs + column);
            }
        }
    }
}
