#include "nn/attention_avx512.h"

#include <math.h>

/* A tile of a product: rows by columns, as many sums as there are registers for. */
#define ROWS 12
#define COLUMNS 32

static size_t padded(size_t tokens)
{
    return (tokens + COLUMNS - 1) / COLUMNS * COLUMNS;
}

size_t pulse_attention_avx512_scratch(size_t tokens, size_t width)
{
    return (width + ROWS) * padded(tokens);
}

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f")))

bool pulse_attention_avx512_fits(size_t width)
{
    return width % COLUMNS == 0 && __builtin_cpu_supports("avx512f");
}

/* A matrix, its rows `stride` apart. */
typedef struct matrix {
    const float *values;
    size_t stride;
} matrix;

typedef struct result {
    float *values;
    size_t stride;
    const float *scale; /* [rows] what each row is multiplied by */
} result;

/* to [rows, 32] = a [rows, depth] b [depth, 32] * scale */
AVX512 static inline __attribute__((always_inline)) void tile(matrix a, matrix b, size_t depth,
                                                              result to, size_t rows)
{
    __m512 sum0[ROWS];
    __m512 sum1[ROWS];
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; ++r)
        sum0[r] = sum1[r] = _mm512_setzero_ps();
    const float *row = b.values;
    for (size_t k = 0; k < depth; ++k, row += b.stride) {
        const __m512 b0 = _mm512_loadu_ps(row);
        const __m512 b1 = _mm512_loadu_ps(row + 16);
#pragma GCC unroll 12
        for (size_t r = 0; r < rows; ++r) {
            const __m512 value = _mm512_set1_ps(a.values[r * a.stride + k]);
            sum0[r] = _mm512_fmadd_ps(value, b0, sum0[r]);
            sum1[r] = _mm512_fmadd_ps(value, b1, sum1[r]);
        }
    }
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; ++r) {
        const __m512 scale = _mm512_set1_ps(to.scale[r]);
        _mm512_storeu_ps(to.values + r * to.stride, _mm512_mul_ps(sum0[r], scale));
        _mm512_storeu_ps(to.values + r * to.stride + 16, _mm512_mul_ps(sum1[r], scale));
    }
}

/* A function for each number of rows, as the number of sums must be known to the compiler. */
typedef void tile_function(matrix a, matrix b, size_t depth, result to);
#define TILE(rows)                                                                                 \
    AVX512 static void tile_of_##rows(matrix a, matrix b, size_t depth, result to)                 \
    {                                                                                              \
        tile(a, b, depth, to, rows);                                                               \
    }
TILE(1)
TILE(2)
TILE(3)
TILE(4)
TILE(5)
TILE(6)
TILE(7)
TILE(8)
TILE(9)
TILE(10)
TILE(11)
TILE(12)
static tile_function *const tiles[ROWS] = {tile_of_1, tile_of_2,  tile_of_3,  tile_of_4,
                                           tile_of_5, tile_of_6,  tile_of_7,  tile_of_8,
                                           tile_of_9, tile_of_10, tile_of_11, tile_of_12};

/* to [rows, columns], 1 to ROWS rows, columns a multiple of 32. */
static void multiply(matrix a, matrix b, size_t depth, size_t rows, size_t columns, result to)
{
    if (rows == 0 || rows > ROWS)
        return;
    for (size_t column = 0; column < columns; column += COLUMNS) {
        tiles[rows - 1](a, b, depth, to);
        b.values += COLUMNS;
        to.values += COLUMNS;
    }
}

/* 2^z for -126 <= z <= 0, to the last bit or two. */
AVX512 static inline __m512 power_of_two(__m512 z)
{
    const __m512 whole = _mm512_roundscale_ps(z, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const __m512 r = _mm512_sub_ps(z, whole);
    __m512 power = _mm512_set1_ps(1.54035304e-4f); /* ln(2)^n / n!, n = 6 .. 0 */
    power = _mm512_fmadd_ps(power, r, _mm512_set1_ps(1.33335581e-3f));
    power = _mm512_fmadd_ps(power, r, _mm512_set1_ps(9.61812911e-3f));
    power = _mm512_fmadd_ps(power, r, _mm512_set1_ps(5.55041087e-2f));
    power = _mm512_fmadd_ps(power, r, _mm512_set1_ps(0.240226507f));
    power = _mm512_fmadd_ps(power, r, _mm512_set1_ps(0.693147181f));
    power = _mm512_fmadd_ps(power, r, _mm512_set1_ps(1.0f));
    return _mm512_scalef_ps(power, whole);
}

/* A score that can be reckoned with; what is no number is the least. */
AVX512 static inline __m512 score_at(const float *scores)
{
    const __m512 most = _mm512_set1_ps(1e30f);
    const __m512 least = _mm512_set1_ps(-1e30f);
    return _mm512_min_ps(_mm512_max_ps(_mm512_loadu_ps(scores), least), most);
}

/* scores [padded(tokens)], in powers of two -> weights in proportion, their sum at most 1, so that
 * no sum of values leaves the range of floats. Returns 1 / their sum. */
AVX512 static float softmax(float *scores, size_t tokens)
{
    const size_t end = padded(tokens);
    for (size_t i = tokens; i < end; ++i)
        scores[i] = -INFINITY;
    __m512 largest = score_at(scores);
    for (size_t i = 16; i < end; i += 16)
        largest = _mm512_max_ps(largest, score_at(scores + i));
    float bits = 0;
    while ((size_t)1 << (int)bits < tokens)
        bits += 1;
    const __m512 top = _mm512_set1_ps(_mm512_reduce_max_ps(largest));
    const __m512 share = _mm512_set1_ps(bits);
    const __m512 least = _mm512_set1_ps(-126.0f);
    __m512 sum = _mm512_setzero_ps();
    for (size_t i = 0; i < end; i += 16) {
        const __m512 z = _mm512_sub_ps(_mm512_sub_ps(score_at(scores + i), top), share);
        const __m512 weight = power_of_two(_mm512_max_ps(z, least));
        sum = _mm512_add_ps(sum, weight);
        _mm512_storeu_ps(scores + i, weight);
    }
    return 1.0f / _mm512_reduce_add_ps(sum);
}

/* rows [tokens, width] -> columns [width, padded(tokens)], zeros behind the tokens. */
static void transpose(const float *rows, size_t tokens, size_t width, size_t stride, float *columns)
{
    const size_t end = padded(tokens);
    for (size_t first = 0; first < tokens; first += 8) {
        const size_t count = tokens - first < 8 ? tokens - first : 8;
        for (size_t i = 0; i < width; ++i)
            for (size_t token = first; token < first + count; ++token)
                columns[i * end + token] = rows[token * stride + i];
    }
    for (size_t i = 0; i < width; ++i)
        for (size_t token = tokens; token < end; ++token)
            columns[i * end + token] = 0.0f;
}

void pulse_attention_avx512(const float *q, const float *k, const float *v, size_t tokens,
                            size_t width, size_t stride, float *y, size_t y_stride, float *scratch)
{
    const size_t end = padded(tokens);
    float *keys = scratch;
    float *scores = keys + width * end;
    float scale[ROWS];
    transpose(k, tokens, width, stride, keys);
    /* As few tiles as there is need of, and of even heights: 16 rows are 8 and 8. */
    size_t first = 0;
    for (size_t left = (tokens + ROWS - 1) / ROWS; left > 0; --left) {
        const size_t rows = (tokens - first + left - 1) / left;
        for (size_t r = 0; r < rows; ++r)
            scale[r] = 1.44269504f / sqrtf((float)width); /* powers of two instead of e */
        multiply((matrix){q + first * stride, stride}, (matrix){keys, end}, width, rows, end,
                 (result){scores, end, scale});
        for (size_t r = 0; r < rows; ++r)
            scale[r] = softmax(scores + r * end, tokens);
        multiply((matrix){scores, end}, (matrix){v, stride}, tokens, rows, width,
                 (result){y + first * y_stride, y_stride, scale});
        first += rows;
    }
}

#else

bool pulse_attention_avx512_fits(size_t width)
{
    (void)width;
    return false;
}

void pulse_attention_avx512(const float *q, const float *k, const float *v, size_t tokens,
                            size_t width, size_t stride, float *y, size_t y_stride, float *scratch)
{
    (void)q, (void)k, (void)v, (void)tokens, (void)width, (void)stride, (void)y, (void)y_stride;
    (void)scratch;
}

#endif
