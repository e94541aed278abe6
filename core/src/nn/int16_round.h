/* Rounding floats to int16, for the products of them: the same bits on every machine. */
#ifndef PULSE_NN_INT16_ROUND_H
#define PULSE_NN_INT16_ROUND_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

/* Rows below this count as zero, because dividing by their largest value could overflow. */
#define PULSE_INT16_SMALLEST 1e-30f

/* The largest magnitude as bits of a float, which sort like the floats they are: what is not
 * finite comes out above all others. */
static inline int32_t pulse_largest_bits(const float *x, size_t count)
{
    int32_t largest = 0;
    for (size_t i = 0; i < count; ++i) {
        int32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        bits &= INT32_MAX;
        largest = bits > largest ? bits : largest;
    }
    return largest;
}

/* From the largest magnitude to the factor that makes it `limit`, and the scale that undoes it.
 * False, and both 0, if there is nothing to round, or something that is not finite. */
static inline bool pulse_int16_scale(int32_t largest_bits, int32_t limit, float *factor,
                                     float *scale)
{
    float largest;
    memcpy(&largest, &largest_bits, sizeof largest);
    const bool rounds = largest >= PULSE_INT16_SMALLEST && isfinite(largest);
    *factor = rounds ? (float)limit / largest : 0.0f;
    *scale = rounds ? largest / (float)limit : 0.0f;
    return rounds;
}

/* q = x factor, to the nearest. */
static inline void pulse_int16_round_values(const float *x, size_t count, float factor, int16_t *q)
{
    /* Adding 1.5 * 2^23 leaves the nearest integer in the low bits. */
    const float magic = 12582912.0f;
    size_t i = 0;
#ifdef __wasm_simd128__
    const v128_t factors = wasm_f32x4_splat(factor), magics = wasm_f32x4_splat(magic);
    const v128_t none = wasm_i32x4_splat(0x4B400000);
    for (; i + 8 <= count; i += 8) {
        const v128_t low = wasm_f32x4_add(wasm_f32x4_mul(wasm_v128_load(x + i), factors), magics);
        const v128_t high =
            wasm_f32x4_add(wasm_f32x4_mul(wasm_v128_load(x + i + 4), factors), magics);
        wasm_v128_store(
            q + i, wasm_i16x8_narrow_i32x4(wasm_i32x4_sub(low, none), wasm_i32x4_sub(high, none)));
    }
#endif
    for (; i < count; ++i) {
        const float shifted = x[i] * factor + magic;
        int32_t bits;
        memcpy(&bits, &shifted, sizeof bits);
        q[i] = (int16_t)(bits - 0x4B400000);
    }
}

#endif
