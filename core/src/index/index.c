#include "index/index.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <string.h>
#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

/* Rows scored per call of the kernel. Engines that compile wasm in tiers swap a function for its
 * optimised form only between calls, so the kernel has to return often. */
#define ROWS_PER_CALL 256

struct pulse_index {
    pulse_safetensors *view;
    const int8_t *rows;  /* [n, d] */
    const float *scales; /* [n] */
    uint32_t n;
    uint32_t d;
};

pulse_status pulse_index_open(const uint8_t *bytes, size_t size, const char *what,
                              pulse_index **out, pulse_error *error)
{
    *out = NULL;
    pulse_index *index = pulse_calloc(1, sizeof *index);
    if (!index)
        return pulse_out_of_memory(error);
    const pulse_tensor *vectors, *scales;
    const uint64_t any_matrix[2] = {0, 0};
    pulse_status status = pulse_safetensors_parse(bytes, size, what, &index->view, error);
    if (status == PULSE_OK)
        status = pulse_safetensors_expect(index->view, "vectors", PULSE_I8, 2, any_matrix, &vectors,
                                          error);
    if (status == PULSE_OK)
        status = pulse_safetensors_expect(index->view, "scales", PULSE_F32, 1,
                                          (const uint64_t[1]){vectors->shape[0]}, &scales, error);
    if (status != PULSE_OK)
        goto fail;
    if (vectors->shape[0] == 0 || vectors->shape[0] >= UINT32_MAX || vectors->shape[1] == 0 ||
        vectors->shape[1] > PULSE_INDEX_MAX_DIMENSIONS) {
        status = pulse_fail(error, PULSE_E_FORMAT,
                            "%s: holds %llu vectors of width %llu; this build takes at least one, "
                            "of width 1 to %d",
                            what, (unsigned long long)vectors->shape[0],
                            (unsigned long long)vectors->shape[1], PULSE_INDEX_MAX_DIMENSIONS);
        goto fail;
    }
    index->rows = vectors->data;
    index->scales = scales->data;
    index->n = (uint32_t)vectors->shape[0];
    index->d = (uint32_t)vectors->shape[1];
    for (uint32_t i = 0; i < index->n; ++i) {
        /* A row of int8 has a length of 1 .. 127 sqrt(d); the scale makes that 1 at most. */
        if (!(index->scales[i] > 0.0f && index->scales[i] <= 1.0f)) {
            status = pulse_fail(error, PULSE_E_FORMAT, "%s: the scale of row %u is not in (0, 1]",
                                what, i);
            goto fail;
        }
    }
    *out = index;
    return PULSE_OK;
fail:
    pulse_index_close(index);
    return status;
}

void pulse_index_close(pulse_index *index)
{
    if (!index)
        return;
    pulse_safetensors_free(index->view);
    pulse_free(index);
}

uint32_t pulse_index_rows(const pulse_index *index)
{
    return index->n;
}

uint32_t pulse_index_dimensions(const pulse_index *index)
{
    return index->d;
}

void pulse_index_row(const pulse_index *index, uint32_t row, float *out)
{
    const int8_t *values = index->rows + (size_t)row * index->d;
    for (uint32_t i = 0; i < index->d; ++i)
        out[i] = index->scales[row] * (float)values[i];
}

float pulse_index_similarity(const pulse_index *index, uint32_t a, uint32_t b)
{
    const int8_t *x = index->rows + (size_t)a * index->d;
    const int8_t *y = index->rows + (size_t)b * index->d;
    int32_t sum = 0;
    for (uint32_t i = 0; i < index->d; ++i)
        sum += (int32_t)x[i] * y[i];
    return (float)((double)sum * index->scales[a] * index->scales[b]);
}

/* sums[r] = rows[r] . query, for `n` rows of width d. */
static void __attribute__((noinline))
dot_rows(const int8_t *rows, uint32_t n, uint32_t d, const int16_t *query, int32_t *sums)
{
    for (uint32_t r = 0; r < n; ++r, rows += d) {
        int32_t sum = 0;
        uint32_t i = 0;
#ifdef __wasm_simd128__
        v128_t wide = wasm_i32x4_splat(0);
        for (; i + 8 <= d; i += 8)
            wide = wasm_i32x4_add(wide, wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(rows + i),
                                                             wasm_v128_load(query + i)));
        sum = wasm_i32x4_extract_lane(wide, 0) + wasm_i32x4_extract_lane(wide, 1) +
              wasm_i32x4_extract_lane(wide, 2) + wasm_i32x4_extract_lane(wide, 3);
#endif
        for (; i < d; ++i)
            sum += (int32_t)rows[i] * query[i];
        sums[r] = sum;
    }
}

pulse_status pulse_index_scan(const pulse_index *index, const float *query, float *scores,
                              pulse_error *error)
{
    int16_t rounded[PULSE_INDEX_MAX_DIMENSIONS];
    int32_t sums[ROWS_PER_CALL];
    float largest = 0.0f;
    for (uint32_t i = 0; i < index->d; ++i) {
        if (!isfinite(query[i]))
            return pulse_fail(error, PULSE_E_ARGUMENT, "value %u of the query is not finite", i);
        largest = fmaxf(largest, fabsf(query[i]));
    }
    if (largest == 0.0f)
        return pulse_fail(error, PULSE_E_ARGUMENT,
                          "the query is the zero vector: its seeds cancel each other out");
    double squares = 0.0;
    for (uint32_t i = 0; i < index->d; ++i) {
        /* 512 products of 127 and 32767 stay below 2^31. */
        rounded[i] = (int16_t)lrint((double)query[i] / largest * 32767.0);
        squares += (double)rounded[i] * rounded[i];
    }
    const double scale = 1.0 / sqrt(squares);
    for (uint32_t first = 0; first < index->n; first += ROWS_PER_CALL) {
        uint32_t n = index->n - first < ROWS_PER_CALL ? index->n - first : ROWS_PER_CALL;
        dot_rows(index->rows + (size_t)first * index->d, n, index->d, rounded, sums);
        for (uint32_t r = 0; r < n; ++r)
            scores[first + r] = (float)(sums[r] * scale * index->scales[first + r]);
    }
    return PULSE_OK;
}
