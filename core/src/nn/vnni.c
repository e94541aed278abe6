#include "nn/vnni.h"

#include "nn/int16.h"
#include "nn/int8.h"

#include <string.h>

#define COLUMNS PULSE_VNNI_COLUMNS

size_t pulse_vnni_row_size(size_t inputs)
{
    return (inputs + 3) / 4 * 4;
}

size_t pulse_vnni_packed_size(size_t inputs, size_t outputs)
{
    return (outputs + COLUMNS - 1) / COLUMNS * COLUMNS * pulse_vnni_row_size(inputs);
}

void pulse_vnni_pack(const int8_t *weight, size_t inputs, size_t outputs, int8_t *packed,
                     int32_t *sums)
{
    const size_t depth = pulse_vnni_row_size(inputs);
    for (size_t first = 0; first < outputs; first += COLUMNS)
        for (size_t k = 0; k < depth; k += 4)
            for (size_t column = first; column < first + COLUMNS; ++column)
                for (size_t i = k; i < k + 4; ++i)
                    *packed++ =
                        (int8_t)(column < outputs && i < inputs ? weight[column * inputs + i] : 0);
    for (size_t column = 0; column < outputs; ++column) {
        sums[column] = 0;
        for (size_t i = 0; i < inputs; ++i)
            sums[column] += weight[column * inputs + i];
    }
}

/* Of a row of int16, those that are multiplied: whole pairs. */
static size_t int16_bytes(size_t inputs)
{
    return (inputs + 1) / 2 * 2 * sizeof(int16_t);
}

size_t pulse_vnni_int16_packed_size(size_t inputs, size_t outputs)
{
    return (outputs + COLUMNS - 1) / COLUMNS * COLUMNS * int16_bytes(inputs);
}

void pulse_vnni_int16_pack(const int8_t *weight, size_t inputs, size_t outputs, int16_t *packed)
{
    for (size_t first = 0; first < outputs; first += COLUMNS)
        for (size_t k = 0; k < inputs; k += 2)
            for (size_t column = first; column < first + COLUMNS; ++column)
                for (size_t i = k; i < k + 2; ++i)
                    *packed++ =
                        (int16_t)(column < outputs && i < inputs ? weight[column * inputs + i] : 0);
}

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

bool pulse_vnni_available(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vnni");
}

#define MOST_ROWS 12
#define VNNI __attribute__((target("avx512f,avx512vnni")))

/* The rounding of pulse_int8_round, with the same bits; a row that it takes for zeros is left to
 * it. */
VNNI void pulse_vnni_round(const float *x, size_t inputs, uint8_t *q, pulse_vnni_row *row)
{
    const size_t whole = inputs / 16 * 16;
    const __mmask16 rest = (__mmask16)((1u << (inputs - whole)) - 1);
    const __m512 tail = _mm512_maskz_loadu_ps(rest, x + whole);
    __m512 least = _mm512_min_ps(tail, _mm512_setzero_ps());
    __m512 greatest = _mm512_max_ps(tail, _mm512_setzero_ps());
    __mmask16 no_number = _mm512_cmp_ps_mask(tail, tail, _CMP_UNORD_Q);
    for (size_t i = 0; i < whole; i += 16) {
        const __m512 value = _mm512_loadu_ps(x + i);
        least = _mm512_min_ps(value, least);
        greatest = _mm512_max_ps(value, greatest);
        no_number |= _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
    }
    const float low = _mm512_reduce_min_ps(least);
    const float range = _mm512_reduce_max_ps(greatest) - low;
    memset(q + inputs, 0, pulse_vnni_row_size(inputs) - inputs);
    if (no_number || !pulse_int8_scale(low, range, &row->zero_point, &row->scale)) {
        pulse_int8_round(x, inputs, (int8_t *)q, &row->zero_point, &row->scale);
        for (size_t i = 0; i < inputs; ++i)
            q[i] ^= 0x80;
        return;
    }
    const __m512 inverse = _mm512_set1_ps(255.0f / range);
    const __m512i zero_point = _mm512_set1_epi32(row->zero_point + 128);
    const __m512i zero = _mm512_setzero_si512();
    for (size_t i = 0; i < whole; i += 16) {
        const __m512i value = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x + i), inverse));
        const __m512i shifted = _mm512_max_epi32(_mm512_add_epi32(value, zero_point), zero);
        _mm_storeu_si128((__m128i *)(void *)(q + i), _mm512_cvtusepi32_epi8(shifted));
    }
    const __m512i value = _mm512_cvtps_epi32(_mm512_mul_ps(tail, inverse));
    const __m512i shifted = _mm512_max_epi32(_mm512_add_epi32(value, zero_point), zero);
    _mm512_mask_cvtusepi32_storeu_epi8(q + whole, rest, shifted);
}

/* sum += the four products of bytes, or the two of int16, in each lane. Not the intrinsics: GCC 12
 * copies the sums to the stack and back around them. */
#define ADD_FOUR(sum, activations, weights)                                                        \
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(activations), "v"(weights))
#define ADD_TWO(sum, activations, weights)                                                         \
    __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(activations), "v"(weights))

/* Where a tile's columns go: two vectors, the last of which may be cut short. */
typedef struct target {
    float *y;
    size_t stride;
    __mmask16 mask[2];
} target;

/* What both products share: 12 rows of 4 bytes times a vector of weights. `bytes` of a row are
 * used, rows are `pitch` bytes apart. */
#define TILE_SUMS(ADD)                                                                             \
    for (size_t k = 0; k < bytes; k += 4, weights += (size_t)4 * COLUMNS) {                        \
        const __m512i weights0 = _mm512_load_si512(weights);                                       \
        const __m512i weights1 = _mm512_load_si512(weights + 64);                                  \
        _Pragma("GCC unroll 12") for (size_t r = 0; r < rows; ++r)                                 \
        {                                                                                          \
            int32_t four;                                                                          \
            memcpy(&four, q + r * pitch + k, sizeof four);                                         \
            const __m512i activations = _mm512_set1_epi32(four);                                   \
            ADD(sum0[r], activations, weights0);                                                   \
            ADD(sum1[r], activations, weights1);                                                   \
        }                                                                                          \
    }

VNNI static inline __attribute__((always_inline)) void int8_tile(const pulse_vnni_matrix *matrix,
                                                                 const void *rounded,
                                                                 const void *of_rows, size_t first,
                                                                 target to, size_t rows)
{
    const pulse_vnni_row *row = of_rows;
    const char *q = rounded;
    const size_t bytes = pulse_vnni_row_size(matrix->inputs);
    const size_t pitch = bytes;
    const char *weights = (const char *)matrix->packed + first * bytes;
    const __m512i weight_sum0 = _mm512_loadu_si512(matrix->sums + first);
    const __m512i weight_sum1 = _mm512_loadu_si512(matrix->sums + first + 16);
    __m512i sum0[MOST_ROWS];
    __m512i sum1[MOST_ROWS];
    /* (q - zero point) * weight, the second part beforehand. */
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; ++r) {
        const __m512i zero = _mm512_set1_epi32(-(row[r].zero_point + 128));
        sum0[r] = _mm512_mullo_epi32(weight_sum0, zero);
        sum1[r] = _mm512_mullo_epi32(weight_sum1, zero);
    }
    TILE_SUMS(ADD_FOUR)
    const __m512 scale0 = _mm512_loadu_ps(matrix->scale + first);
    const __m512 scale1 = _mm512_loadu_ps(matrix->scale + first + 16);
    const __m512 bias0 = _mm512_loadu_ps(matrix->bias + first);
    const __m512 bias1 = _mm512_loadu_ps(matrix->bias + first + 16);
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; ++r) {
        const __m512 scale = _mm512_set1_ps(row[r].scale);
        const __m512 y0 = _mm512_mul_ps(_mm512_cvtepi32_ps(sum0[r]), scale);
        const __m512 y1 = _mm512_mul_ps(_mm512_cvtepi32_ps(sum1[r]), scale);
        float *y = to.y + r * to.stride + first;
        _mm512_mask_storeu_ps(y, to.mask[0], _mm512_fmadd_ps(y0, scale0, bias0));
        _mm512_mask_storeu_ps(y + 16, to.mask[1], _mm512_fmadd_ps(y1, scale1, bias1));
    }
}

VNNI static inline __attribute__((always_inline)) void int16_tile(const pulse_vnni_matrix *matrix,
                                                                  const void *rounded,
                                                                  const void *of_rows, size_t first,
                                                                  target to, size_t rows)
{
    const float *row_scale = of_rows;
    const char *q = rounded;
    const size_t bytes = int16_bytes(matrix->inputs);
    const size_t pitch = pulse_int16_row_size(matrix->inputs) * sizeof(int16_t);
    const char *weights = (const char *)matrix->packed + first * bytes;
    __m512i sum0[MOST_ROWS];
    __m512i sum1[MOST_ROWS];
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; ++r)
        sum0[r] = sum1[r] = _mm512_setzero_si512();
    TILE_SUMS(ADD_TWO)
    const __m512 scale0 = _mm512_loadu_ps(matrix->scale + first);
    const __m512 scale1 = _mm512_loadu_ps(matrix->scale + first + 16);
    const __m512 bias0 = _mm512_loadu_ps(matrix->bias + first);
    const __m512 bias1 = _mm512_loadu_ps(matrix->bias + first + 16);
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; ++r) {
        const __m512 scale = _mm512_set1_ps(row_scale[r]);
        const __m512 y0 = _mm512_mul_ps(_mm512_cvtepi32_ps(sum0[r]), _mm512_mul_ps(scale, scale0));
        const __m512 y1 = _mm512_mul_ps(_mm512_cvtepi32_ps(sum1[r]), _mm512_mul_ps(scale, scale1));
        float *y = to.y + r * to.stride + first;
        _mm512_mask_storeu_ps(y, to.mask[0], _mm512_add_ps(y0, bias0));
        _mm512_mask_storeu_ps(y + 16, to.mask[1], _mm512_add_ps(y1, bias1));
    }
}

/* A function for each number of rows, as the number of sums must be known to the compiler. */
typedef void tile_function(const pulse_vnni_matrix *matrix, const void *q, const void *row,
                           size_t first, target to);
#define TILE(kind, rows)                                                                           \
    VNNI static void kind##_tile_of_##rows(const pulse_vnni_matrix *matrix, const void *q,         \
                                           const void *row, size_t first, target to)               \
    {                                                                                              \
        kind##_tile(matrix, q, row, first, to, rows);                                              \
    }
#define TILES(kind)                                                                                \
    TILE(kind, 1)                                                                                  \
    TILE(kind, 2)                                                                                  \
    TILE(kind, 3)                                                                                  \
    TILE(kind, 4)                                                                                  \
    TILE(kind, 5)                                                                                  \
    TILE(kind, 6)                                                                                  \
    TILE(kind, 7)                                                                                  \
    TILE(kind, 8)                                                                                  \
    TILE(kind, 9)                                                                                  \
    TILE(kind, 10)                                                                                 \
    TILE(kind, 11)                                                                                 \
    TILE(kind, 12)                                                                                 \
    static tile_function *const kind##_tiles[MOST_ROWS + 1] = {NULL,                               \
                                                               kind##_tile_of_1,                   \
                                                               kind##_tile_of_2,                   \
                                                               kind##_tile_of_3,                   \
                                                               kind##_tile_of_4,                   \
                                                               kind##_tile_of_5,                   \
                                                               kind##_tile_of_6,                   \
                                                               kind##_tile_of_7,                   \
                                                               kind##_tile_of_8,                   \
                                                               kind##_tile_of_9,                   \
                                                               kind##_tile_of_10,                  \
                                                               kind##_tile_of_11,                  \
                                                               kind##_tile_of_12}
TILES(int8);
TILES(int16);

static __mmask16 mask_of(size_t columns)
{
    return columns >= 16 ? (__mmask16)0xFFFF : (__mmask16)((1u << columns) - 1);
}

/* A rounded row, and what belongs to it, in bytes. */
typedef struct row_sizes {
    size_t q;
    size_t row;
} row_sizes;

static void product(tile_function *const *tiles, row_sizes size, const pulse_vnni_matrix *matrix,
                    const void *q, const void *row, size_t rows, size_t first, size_t count,
                    float *y)
{
    /* As few tiles as there is need of, and of even heights: 16 rows are 8 and 8. */
    const size_t height_count = (rows + MOST_ROWS - 1) / MOST_ROWS;
    for (size_t column = first; column < first + count; column += COLUMNS) {
        const size_t columns = matrix->outputs - column;
        target to = {
            y, matrix->outputs, {mask_of(columns), mask_of(columns > 16 ? columns - 16 : 0)}};
        size_t done = 0;
        for (size_t left = height_count; left > 0; --left) {
            const size_t height = (rows - done + left - 1) / left;
            to.y = y + done * matrix->outputs;
            tiles[height](matrix, (const char *)q + done * size.q,
                          (const char *)row + done * size.row, column, to);
            done += height;
        }
    }
}

void pulse_vnni_product(const pulse_vnni_matrix *matrix, const uint8_t *q,
                        const pulse_vnni_row *row, size_t rows, size_t first, size_t count,
                        float *y)
{
    const row_sizes size = {pulse_vnni_row_size(matrix->inputs), sizeof *row};
    product(int8_tiles, size, matrix, q, row, rows, first, count, y);
}

void pulse_vnni_int16_product(const pulse_vnni_matrix *matrix, const int16_t *q, const float *scale,
                              size_t rows, size_t first, size_t count, float *y)
{
    const row_sizes size = {pulse_int16_row_size(matrix->inputs) * sizeof *q, sizeof *scale};
    product(int16_tiles, size, matrix, q, scale, rows, first, count, y);
}

#else

bool pulse_vnni_available(void)
{
    return false;
}

void pulse_vnni_round(const float *x, size_t inputs, uint8_t *q, pulse_vnni_row *row)
{
    (void)x, (void)inputs, (void)q, (void)row;
}

void pulse_vnni_product(const pulse_vnni_matrix *matrix, const uint8_t *q,
                        const pulse_vnni_row *row, size_t rows, size_t first, size_t count,
                        float *y)
{
    (void)matrix, (void)q, (void)row, (void)rows, (void)first, (void)count, (void)y;
}

void pulse_vnni_int16_product(const pulse_vnni_matrix *matrix, const int16_t *q, const float *scale,
                              size_t rows, size_t first, size_t count, float *y)
{
    (void)matrix, (void)q, (void)scale, (void)rows, (void)first, (void)count, (void)y;
}

#endif
