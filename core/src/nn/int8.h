/* Rounding a row of activations to int8, as XNNPACK's qd8 products take it. */
#ifndef PULSE_NN_INT8_H
#define PULSE_NN_INT8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * x [count] -> q [count], x = (q - zero_point) * scale to within half a scale or a little more: the
 * range from the row's least value to its greatest, 0 always in it, is spread over int8. Asymmetric
 * because what comes out of GELU is. A row of zeros, or with what is not finite, is taken for
 * zeros. The same bits on every machine.
 */
void pulse_int8_round(const float *x, size_t count, int8_t *q, int32_t *zero_point, float *scale);

/* The zero point and scale of a row whose least value or 0 is `low`, and whose greatest or 0 is
 * `range` above that. False, 0 and 1 where the row is taken for zeros. */
bool pulse_int8_scale(float low, float range, int32_t *zero_point, float *scale);

#endif
