/* y = activation(x W^T + b): the product on XNNPACK. */
#ifndef PULSE_NN_LINEAR_H
#define PULSE_NN_LINEAR_H

#include "pulse.h"

typedef enum pulse_activation {
    PULSE_LINEAR = 0,
    PULSE_RELU = 1,
    PULSE_GELU = 2, /* x times the normal distribution function of x, by erf: not the tanh form */
    PULSE_TANH = 3
} pulse_activation;

typedef struct pulse_linear pulse_linear;

/* `weight` [outputs, inputs] and `bias` [outputs], or NULL for none, are packed: the caller may
 * free them. PULSE_E_ARGUMENT where a width is 0, PULSE_E_UNSUPPORTED on hardware that XNNPACK has
 * no kernels for. */
pulse_status pulse_linear_create(uint32_t inputs, uint32_t outputs, const float *weight,
                                 const float *bias, pulse_activation activation, pulse_linear **out,
                                 pulse_error *error);
void pulse_linear_free(pulse_linear *linear);
/* x [n, inputs] -> y [n, outputs], which must not overlap. The buffers need no padding. What is not
 * finite in x spreads over its row of y, nothing else. Not from two threads at once. */
pulse_status pulse_linear_run(pulse_linear *linear, const float *x, size_t n, float *y,
                              pulse_error *error);

#endif
