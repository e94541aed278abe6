/* Vectors as int8 rows: 1 byte a value, and the scale that gives the row its length again. */
#include "base/alloc.h"
#include "base/error.h"
#include "index/index.h"

#include <math.h>

/* To the nearest, ties to even, whatever rounding mode the process is in. */
static double round_half_even(double value)
{
    double low = floor(value);
    double rest = value - low;
    if (rest > 0.5 || (rest == 0.5 && fmod(low, 2.0) != 0.0))
        low += 1.0;
    return low;
}

/* The largest magnitude becomes 127: a row uses the whole range whatever its largest value is. */
static pulse_status quantise_row(const float *row, float length, size_t number, uint32_t dimensions,
                                 int8_t *out, float *scale, pulse_error *error)
{
    double largest = 0;
    for (uint32_t i = 0; i < dimensions; ++i) {
        if (!isfinite(row[i]))
            return pulse_fail(error, PULSE_E_ARGUMENT, "vector %zu has a value that is not finite",
                              number);
        largest = fmax(largest, fabs((double)row[i]));
    }
    if (largest == 0)
        return pulse_fail(error, PULSE_E_ARGUMENT, "vector %zu has length 0", number);
    if (!(length > 0.0f && length <= 1.0f))
        return pulse_fail(error, PULSE_E_ARGUMENT, "the length of vector %zu is not in (0, 1]",
                          number);
    int32_t squares = 0;
    for (uint32_t i = 0; i < dimensions; ++i) {
        int32_t value = (int32_t)round_half_even((double)row[i] * 127.0 / largest);
        out[i] = (int8_t)value;
        squares += value * value; /* 512 * 127^2 at most */
    }
    *scale = (float)(length / sqrt((double)squares));
    return PULSE_OK;
}

pulse_status pulse_vectors_write(const float *latents, const float *lengths, size_t n,
                                 uint32_t dimensions, uint8_t **bytes, size_t *size,
                                 pulse_error *error)
{
    *bytes = NULL;
    *size = 0;
    if (n == 0 || n > UINT32_MAX || dimensions == 0 || dimensions > PULSE_INDEX_MAX_DIMENSIONS)
        return pulse_fail(error, PULSE_E_ARGUMENT,
                          "%zu vectors of %u dimensions: there must be one vector at least, and 1 "
                          "to %d dimensions",
                          n, dimensions, PULSE_INDEX_MAX_DIMENSIONS);
    int8_t *rows = n <= SIZE_MAX / dimensions ? pulse_malloc(n * dimensions) : NULL;
    float *scales = pulse_malloc_array(n, sizeof *scales);
    pulse_status status = rows && scales ? PULSE_OK : pulse_out_of_memory(error);
    for (size_t i = 0; i < n && status == PULSE_OK; ++i)
        status = quantise_row(latents + i * dimensions, lengths ? lengths[i] : 1.0f, i, dimensions,
                              rows + i * dimensions, &scales[i], error);
    if (status == PULSE_OK) {
        /* Scales first: behind the bytes of the rows they would not be aligned. */
        const pulse_tensor tensors[] = {
            {"scales", PULSE_F32, 1, {n}, scales, n * sizeof *scales},
            {"vectors", PULSE_I8, 2, {n, dimensions}, rows, n * dimensions}};
        static const pulse_pair metadata[] = {{"format", "playlistpulse-vectors"},
                                              {"version", "1"}};
        status = pulse_safetensors_write(tensors, 2, metadata, 2, bytes, size, error);
    }
    pulse_free(rows);
    pulse_free(scales);
    return status;
}
