#include "nn/elementwise_avx512.h"

#include <math.h>

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f")))

bool pulse_elementwise_avx512_available(void)
{
    return __builtin_cpu_supports("avx512f");
}

/* The function of elementwise.c, which says what it is. */
AVX512 static inline __m512 gelu(__m512 x)
{
    const __m512 a = _mm512_min_ps(_mm512_abs_ps(x), _mm512_set1_ps(5.5f));
    const __m512 u = _mm512_mul_ps(a, a);
    const __m512 u2 = _mm512_mul_ps(u, u);
#define PAIR(low, high) _mm512_fmadd_ps(_mm512_set1_ps(high), u, _mm512_set1_ps(low))
    __m512 p = _mm512_fmadd_ps(PAIR(6.53069095e-06f, 2.22154013e-08f), u2,
                               PAIR(0.00476163182f, 0.000182860266f));
    p = _mm512_fmadd_ps(p, u2, PAIR(0.398941986f, 0.0351426f));
    __m512 q = _mm512_fmadd_ps(PAIR(7.86105533e-05f, 1.1953784e-06f), u2,
                               PAIR(0.0293988451f, 0.00196244845f));
    q = _mm512_fmadd_ps(q, u2, PAIR(1.0f, 0.254753023f));
#undef PAIR
    const __m512 beyond =
        _mm512_sub_ps(_mm512_set1_ps(0.5f), _mm512_div_ps(_mm512_mul_ps(a, p), q)); /* 1 - F(a) */
    /* max(x, 0) with x second, so that what is no number stays none. */
    return _mm512_fnmadd_ps(a, beyond, _mm512_max_ps(_mm512_setzero_ps(), x));
}

AVX512 void pulse_gelu_avx512(float *x, size_t count)
{
    size_t i = 0;
    for (; i + 16 <= count; i += 16)
        _mm512_storeu_ps(x + i, gelu(_mm512_loadu_ps(x + i)));
    const __mmask16 rest = (__mmask16)((1u << (count - i)) - 1);
    if (rest)
        _mm512_mask_storeu_ps(x + i, rest, gelu(_mm512_maskz_loadu_ps(rest, x + i)));
}

/* Of the lanes, by halves: as elementwise.c adds them. */
AVX512 static inline float sum_of(__m512 lanes)
{
    float l[16];
    __builtin_memcpy(l, &lanes, sizeof l);
    return ((l[0] + l[1]) + (l[2] + l[3])) + ((l[4] + l[5]) + (l[6] + l[7])) +
           (((l[8] + l[9]) + (l[10] + l[11])) + ((l[12] + l[13]) + (l[14] + l[15])));
}

AVX512 void pulse_norm_row_avx512(float *x, const float *residual, size_t width,
                                  const float *weight, const float *bias, float epsilon)
{
    __m512 sum = _mm512_setzero_ps();
    for (size_t i = 0; i < width; i += 16) {
        __m512 value = _mm512_loadu_ps(x + i);
        if (residual)
            value = _mm512_add_ps(value, _mm512_loadu_ps(residual + i));
        sum = _mm512_add_ps(sum, value);
        _mm512_storeu_ps(x + i, value);
    }
    const __m512 mean = _mm512_set1_ps(sum_of(sum) / (float)width);
    __m512 squares = _mm512_setzero_ps();
    for (size_t i = 0; i < width; i += 16) {
        const __m512 value = _mm512_sub_ps(_mm512_loadu_ps(x + i), mean);
        squares = _mm512_add_ps(squares, _mm512_mul_ps(value, value));
        _mm512_storeu_ps(x + i, value);
    }
    const __m512 factor = _mm512_set1_ps(1.0f / sqrtf(sum_of(squares) / (float)width + epsilon));
    for (size_t i = 0; i < width; i += 16) {
        const __m512 value = _mm512_mul_ps(_mm512_mul_ps(_mm512_loadu_ps(x + i), factor),
                                           _mm512_loadu_ps(weight + i));
        _mm512_storeu_ps(x + i, _mm512_add_ps(value, _mm512_loadu_ps(bias + i)));
    }
}

#else

bool pulse_elementwise_avx512_available(void)
{
    return false;
}

void pulse_gelu_avx512(float *x, size_t count)
{
    (void)x, (void)count;
}

void pulse_norm_row_avx512(float *x, const float *residual, size_t width, const float *weight,
                           const float *bias, float epsilon)
{
    (void)x, (void)residual, (void)width, (void)weight, (void)bias, (void)epsilon;
}

#endif
