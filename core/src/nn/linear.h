/* y = x W^T + b on XNNPACK, optionally through a ReLU. */
#ifndef PULSE_NN_LINEAR_H
#define PULSE_NN_LINEAR_H

#include "pulse.h"

typedef enum pulse_activation {
    PULSE_LINEAR = 0,
    PULSE_RELU = 1,
    PULSE_GELU = 2,
    PULSE_TANH = 3
} pulse_activation;

typedef struct pulse_linear pulse_linear;

/* `weight` [outputs, inputs] and `bias` [outputs] are packed: the caller may free them. */
pulse_status pulse_linear_create(uint32_t inputs, uint32_t outputs, const float *weight,
                                 const float *bias, pulse_activation activation, pulse_linear **out,
                                 pulse_error *error);
void pulse_linear_free(pulse_linear *linear);
/* x [n, inputs] -> y [n, outputs]. The buffers need no padding. */
pulse_status pulse_linear_run(pulse_linear *linear, const float *x, size_t n, float *y,
                              pulse_error *error);

#endif
