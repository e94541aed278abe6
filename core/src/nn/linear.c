#include "nn/linear.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/xnn.h"

#include <math.h>
#include <string.h>

/* Rows per run: enough to keep the kernels busy, few enough for the scratch to stay in the cache.
 */
#define BLOCK_ROWS 64
/* and fewer where rows are very wide, so that the scratch stays below 4 MiB */
#define BLOCK_FLOATS ((size_t)1 << 20)

struct pulse_linear {
    xnn_operator_t op;
    uint32_t inputs;
    uint32_t outputs;
    pulse_activation activation;
    size_t block_rows;
    /* XNNPACK reads up to XNN_EXTRA_BYTES past its input: rows are copied to where that is ours. */
    float *scratch;
};

static pulse_status create_operator(pulse_linear *linear, const float *weight, const float *bias,
                                    pulse_error *error)
{
    const float low = linear->activation == PULSE_RELU ? 0.0f : -INFINITY;
    /* Does its work once in a process and is guarded against threads: the one state that is not
     * ours, and only a table of kernels for this processor. */
    pulse_status status = pulse_from_xnn(xnn_initialize(NULL), "initialising", error);
    if (status != PULSE_OK)
        return status;
    return pulse_from_xnn(xnn_create_fully_connected_nc_f32(
                              linear->inputs, linear->outputs, linear->inputs, linear->outputs,
                              weight, bias, low, INFINITY, 0, NULL, NULL, &linear->op),
                          "making a fully connected operator", error);
}

pulse_status pulse_linear_create(uint32_t inputs, uint32_t outputs, const float *weight,
                                 const float *bias, pulse_activation activation, pulse_linear **out,
                                 pulse_error *error)
{
    *out = NULL;
    if (inputs == 0 || outputs == 0 || (unsigned)activation > PULSE_TANH)
        return pulse_fail(error, PULSE_E_ARGUMENT, "a linear layer of %u inputs, %u outputs",
                          inputs, outputs);
    pulse_linear *linear = pulse_calloc(1, sizeof *linear);
    if (!linear)
        return pulse_out_of_memory(error);
    linear->inputs = inputs;
    linear->outputs = outputs;
    linear->activation = activation;
    linear->block_rows = BLOCK_FLOATS / inputs;
    if (linear->block_rows > BLOCK_ROWS)
        linear->block_rows = BLOCK_ROWS;
    if (linear->block_rows == 0)
        linear->block_rows = 1;
    linear->scratch =
        pulse_calloc(linear->block_rows * inputs + XNN_EXTRA_BYTES / sizeof(float), sizeof(float));
    pulse_status status =
        linear->scratch ? create_operator(linear, weight, bias, error) : pulse_out_of_memory(error);
    if (status != PULSE_OK) {
        pulse_linear_free(linear);
        return status;
    }
    *out = linear;
    return PULSE_OK;
}

void pulse_linear_free(pulse_linear *linear)
{
    if (!linear)
        return;
    if (linear->op)
        xnn_delete_operator(linear->op);
    pulse_free(linear->scratch);
    pulse_free(linear);
}

/* XNNPACK has operators for these two, but they reach every elementwise kernel there is through
 * one table, all of which would then be in the WebAssembly module. Layers here are narrow. */
static void activate(pulse_activation activation, float *values, size_t count)
{
    if (activation == PULSE_GELU)
        for (size_t i = 0; i < count; ++i)
            values[i] = 0.5f * values[i] * (1.0f + erff(values[i] * 0.70710678118654752f));
    else if (activation == PULSE_TANH)
        for (size_t i = 0; i < count; ++i)
            values[i] = tanhf(values[i]);
}

static pulse_status run_block(pulse_linear *linear, const float *x, size_t rows, float *y,
                              pulse_error *error)
{
    memcpy(linear->scratch, x, rows * linear->inputs * sizeof *x);
    enum xnn_status status = xnn_reshape_fully_connected_nc_f32(linear->op, rows, NULL);
    if (status == xnn_status_success)
        status = xnn_setup_fully_connected_nc_f32(linear->op, linear->scratch, y);
    if (status == xnn_status_success)
        status = xnn_run_operator(linear->op, NULL);
    if (status != xnn_status_success)
        return pulse_from_xnn(status, "running a fully connected operator", error);
    activate(linear->activation, y, rows * linear->outputs);
    return PULSE_OK;
}

pulse_status pulse_linear_run(pulse_linear *linear, const float *x, size_t n, float *y,
                              pulse_error *error)
{
    pulse_status status = PULSE_OK;
    for (size_t done = 0; done < n && status == PULSE_OK;) {
        size_t rows = n - done < linear->block_rows ? n - done : linear->block_rows;
        status =
            run_block(linear, x + done * linear->inputs, rows, y + done * linear->outputs, error);
        done += rows;
    }
    return status;
}
