#include "nn/dense.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/int16.h"
#include "nn/int8.h"
#include "nn/vnni.h"
#include "nn/xnn.h"

#include <math.h>
#include <string.h>

/* The units in which threads share our own products: their weights stay in the nearest cache while
 * the rows go by. */
#define TILE_ROWS 64
#define TILE_COLUMNS (8 * PULSE_INT16_COLUMNS)
#define VNNI_TILE_ROWS 72
#define VNNI_TILE_COLUMNS (2 * PULSE_VNNI_COLUMNS)

#define ALIGNMENT 64

struct pulse_dense {
    pulse_compute compute;
    bool vnni; /* INT8 or INT16 by our own kernels for that */
    uint32_t inputs;
    uint32_t outputs;
    xnn_operator_t op; /* all but INT16 and VNNI */
    /* INT16 and VNNI */
    void *packed;
    void *packed_block; /* what `packed` lies in, aligned */
    int32_t *sums;      /* [outputs] VNNI */
    float *scale;       /* [outputs] of the weights */
    float *bias;        /* [outputs] */
};

/* ---- making ---- */

static pulse_status create_f32(pulse_dense *dense, const pulse_matrix *matrix, pulse_error *error)
{
    const size_t inputs = matrix->inputs;
    float *weights = NULL;
    if (matrix->int8) {
        weights = pulse_malloc_array(matrix->outputs * inputs, sizeof *weights);
        if (!weights)
            return pulse_out_of_memory(error);
        for (size_t row = 0; row < matrix->outputs; ++row)
            for (size_t i = row * inputs; i < (row + 1) * inputs; ++i)
                weights[i] = (float)matrix->int8[i] * matrix->scale[row];
    }
    pulse_status status = pulse_from_xnn(
        xnn_create_fully_connected_nc_f32(inputs, matrix->outputs, inputs, matrix->outputs,
                                          weights ? weights : matrix->f32, matrix->bias, -INFINITY,
                                          INFINITY, 0, NULL, NULL, &dense->op),
        "making a product of f32 weights", error);
    pulse_free(weights);
    return status;
}

static pulse_status create_int8(pulse_dense *dense, const pulse_matrix *matrix, pulse_error *error)
{
    return pulse_from_xnn(xnn_create_fully_connected_nc_qd8_f32_qc8w(
                              matrix->inputs, matrix->outputs, matrix->inputs, matrix->outputs,
                              matrix->scale, matrix->int8, matrix->bias, -INFINITY, INFINITY, 0,
                              NULL, NULL, &dense->op),
                          "making a product of int8 weights", error);
}

/* This operator adds the bias before it multiplies with the weights' scale. */
static pulse_status create_f32_int8(pulse_dense *dense, const pulse_matrix *matrix,
                                    pulse_error *error)
{
    float *bias = pulse_malloc_array(matrix->outputs, sizeof *bias);
    if (!bias)
        return pulse_out_of_memory(error);
    for (size_t row = 0; row < matrix->outputs; ++row)
        bias[row] = matrix->bias[row] / matrix->scale[row];
    enum xnn_status status = xnn_create_fully_connected_nc_f32_qc8w(
        matrix->inputs, matrix->outputs, matrix->inputs, matrix->outputs, matrix->scale,
        matrix->int8, bias, -INFINITY, INFINITY, 0, NULL, NULL, &dense->op);
    pulse_free(bias);
    return pulse_from_xnn(status, "making a product of f32 and int8", error);
}

/* What our own kernels read: arrays with room for whole groups of outputs. */
static pulse_status create_own(pulse_dense *dense, const pulse_matrix *matrix, pulse_error *error)
{
    const size_t outputs = matrix->outputs;
    const size_t room =
        (outputs + PULSE_VNNI_COLUMNS - 1) / PULSE_VNNI_COLUMNS * PULSE_VNNI_COLUMNS;
    const bool int16 = dense->compute == PULSE_COMPUTE_INT16;
    const size_t packed_bytes =
        !dense->vnni ? pulse_int16_packed_size(matrix->inputs, outputs) * sizeof(int16_t)
        : int16      ? pulse_vnni_int16_packed_size(matrix->inputs, outputs)
                     : pulse_vnni_packed_size(matrix->inputs, outputs);
    dense->packed_block = pulse_malloc(packed_bytes + ALIGNMENT);
    dense->sums = pulse_calloc(room, sizeof *dense->sums);
    dense->scale = pulse_calloc(room, sizeof *dense->scale);
    dense->bias = pulse_calloc(room, sizeof *dense->bias);
    if (!dense->packed_block || !dense->sums || !dense->scale || !dense->bias)
        return pulse_out_of_memory(error);
    dense->packed =
        (char *)dense->packed_block + (ALIGNMENT - (uintptr_t)dense->packed_block % ALIGNMENT);
    if (dense->vnni && int16)
        pulse_vnni_int16_pack(matrix->int8, matrix->inputs, outputs, dense->packed);
    else if (dense->vnni)
        pulse_vnni_pack(matrix->int8, matrix->inputs, outputs, dense->packed, dense->sums);
    else
        pulse_int16_pack(matrix->int8, matrix->inputs, outputs, dense->packed);
    memcpy(dense->scale, matrix->scale, outputs * sizeof *dense->scale);
    memcpy(dense->bias, matrix->bias, outputs * sizeof *dense->bias);
    return PULSE_OK;
}

static pulse_status create_product(pulse_dense *dense, const pulse_matrix *matrix,
                                   pulse_error *error)
{
    if (dense->compute == PULSE_COMPUTE_INT16 || dense->vnni)
        return create_own(dense, matrix, error);
    /* Does its work once in a process and is guarded against threads: the one state that is not
     * ours, and only a table of kernels for this processor. */
    pulse_status status = pulse_from_xnn(xnn_initialize(NULL), "initialising", error);
    if (status != PULSE_OK)
        return status;
    switch (dense->compute) {
    case PULSE_COMPUTE_F32:
        return create_f32(dense, matrix, error);
    case PULSE_COMPUTE_F32_INT8:
        return create_f32_int8(dense, matrix, error);
    default:
        return create_int8(dense, matrix, error);
    }
}

/* XNNPACK wants scales that are normal numbers, and one of its ways divides by them. What is
 * smaller than this adds nothing to a sum that anybody reads: it is made a row of zeros. */
#define SMALLEST_SCALE 1e-30f

static pulse_status create_without_small_scales(pulse_dense *dense, const pulse_matrix *matrix,
                                                pulse_error *error)
{
    size_t small = 0;
    for (size_t row = 0; matrix->int8 && row < matrix->outputs; ++row)
        small += !(matrix->scale[row] >= SMALLEST_SCALE);
    if (small == 0)
        return create_product(dense, matrix, error);
    const size_t inputs = matrix->inputs;
    int8_t *weights = pulse_malloc_array(matrix->outputs, inputs);
    float *scale = pulse_malloc_array(matrix->outputs, sizeof *scale);
    pulse_status status = PULSE_OK;
    if (weights && scale) {
        for (size_t row = 0; row < matrix->outputs; ++row) {
            const bool zero = !(matrix->scale[row] >= SMALLEST_SCALE);
            scale[row] = zero ? 1.0f : matrix->scale[row];
            memcpy(weights + row * inputs, matrix->int8 + row * inputs, inputs);
            if (zero)
                memset(weights + row * inputs, 0, inputs);
        }
        pulse_matrix changed = *matrix;
        changed.int8 = weights;
        changed.scale = scale;
        status = create_product(dense, &changed, error);
    } else {
        status = pulse_out_of_memory(error);
    }
    pulse_free(weights);
    pulse_free(scale);
    return status;
}

static pulse_status create(const pulse_matrix *matrix, pulse_compute compute, bool own,
                           pulse_dense **out, pulse_error *error)
{
    *out = NULL;
    if (matrix->inputs == 0 || matrix->outputs == 0 || compute < PULSE_COMPUTE_F32 ||
        compute > PULSE_COMPUTE_INT16)
        return pulse_fail(error, PULSE_E_ARGUMENT, "a product of %u inputs, %u outputs, way %d",
                          matrix->inputs, matrix->outputs, (int)compute);
    if (compute != PULSE_COMPUTE_F32 && !matrix->int8)
        return pulse_fail(error, PULSE_E_UNSUPPORTED,
                          "the encoder's weights are f32: it cannot compute as \"%s\"",
                          pulse_compute_name(compute));
    pulse_dense *dense = pulse_calloc(1, sizeof *dense);
    if (!dense)
        return pulse_out_of_memory(error);
    dense->compute = compute;
    dense->vnni = own && (compute == PULSE_COMPUTE_INT8 || compute == PULSE_COMPUTE_INT16) &&
                  pulse_vnni_available();
    dense->inputs = matrix->inputs;
    dense->outputs = matrix->outputs;
    pulse_status status = create_without_small_scales(dense, matrix, error);
    if (status != PULSE_OK) {
        pulse_dense_free(dense);
        return status;
    }
    *out = dense;
    return PULSE_OK;
}

bool pulse_dense_offers(pulse_compute compute)
{
#ifdef __wasm__
    if (compute == PULSE_COMPUTE_INT8)
        return false;
#endif
    return compute >= PULSE_COMPUTE_F32 && compute <= PULSE_COMPUTE_INT16;
}

pulse_status pulse_dense_create(const pulse_matrix *matrix, pulse_compute compute,
                                pulse_dense **out, pulse_error *error)
{
    *out = NULL;
    if (compute == PULSE_COMPUTE_INT8 && !pulse_dense_offers(compute))
        return pulse_fail(error, PULSE_E_UNSUPPORTED,
                          "\"int8\" is not computed in WebAssembly: \"int16\" is faster here");
    return create(matrix, compute, true, out, error);
}

pulse_status pulse_dense_create_plain(const pulse_matrix *matrix, pulse_compute compute,
                                      pulse_dense **out, pulse_error *error)
{
    return create(matrix, compute, false, out, error);
}

void pulse_dense_free(pulse_dense *dense)
{
    if (!dense)
        return;
    if (dense->op)
        xnn_delete_operator(dense->op);
    pulse_free(dense->packed_block);
    pulse_free(dense->sums);
    pulse_free(dense->scale);
    pulse_free(dense->bias);
    pulse_free(dense);
}

/* ---- running ---- */

/* The scratch is what is rounded to: a scale per row, padded as XNNPACK wants it, then the rows. */
static size_t scales_bytes(const pulse_dense *dense, size_t rows)
{
    const size_t each = dense->compute == PULSE_COMPUTE_INT8
                            ? sizeof(struct xnn_quantization_params)
                            : sizeof(float);
    return ((rows + XNN_EXTRA_QUANTIZATION_PARAMS) * each + 63) & ~(size_t)63;
}

static bool rounds(const pulse_dense *dense)
{
    return dense->compute == PULSE_COMPUTE_INT8 || dense->compute == PULSE_COMPUTE_INT16;
}

/* Bytes of a rounded row. */
static size_t row_bytes(const pulse_dense *dense)
{
    if (dense->compute == PULSE_COMPUTE_INT16)
        return pulse_int16_row_size(dense->inputs) * sizeof(int16_t);
    return dense->vnni ? pulse_vnni_row_size(dense->inputs) : dense->inputs;
}

size_t pulse_dense_scratch(const pulse_dense *dense, size_t rows)
{
    if (!rounds(dense))
        return 0;
    return scales_bytes(dense, rows) + rows * row_bytes(dense) + XNN_EXTRA_BYTES;
}

static void *rounded_rows(const pulse_dense *dense, size_t rows, void *scratch)
{
    return (char *)scratch + scales_bytes(dense, rows);
}

void pulse_dense_round(const pulse_dense *dense, const float *x, size_t rows, size_t first,
                       size_t count, void *scratch)
{
    const size_t inputs = dense->inputs;
    if (dense->vnni && dense->compute == PULSE_COMPUTE_INT8) {
        uint8_t *q = rounded_rows(dense, rows, scratch);
        for (size_t row = first; row < first + count; ++row)
            pulse_vnni_round(x + row * inputs, inputs, q + row * row_bytes(dense),
                             (pulse_vnni_row *)scratch + row);
    } else if (dense->compute == PULSE_COMPUTE_INT8) {
        struct xnn_quantization_params *params = scratch;
        int8_t *q = rounded_rows(dense, rows, scratch);
        for (size_t row = first; row < first + count; ++row)
            pulse_int8_round(x + row * inputs, inputs, q + row * inputs, &params[row].zero_point,
                             &params[row].scale);
    } else if (dense->compute == PULSE_COMPUTE_INT16) {
        int16_t *q = rounded_rows(dense, rows, scratch);
        pulse_int16_round(x + first * inputs, count, inputs,
                          q + first * pulse_int16_row_size(inputs), (float *)scratch + first);
    }
}

static enum xnn_status set_up(pulse_dense *dense, pthreadpool_t pool, const float *x, size_t rows,
                              float *y, void *scratch)
{
    enum xnn_status status;
    if (dense->compute == PULSE_COMPUTE_F32) {
        status = xnn_reshape_fully_connected_nc_f32(dense->op, rows, pool);
        return status == xnn_status_success ? xnn_setup_fully_connected_nc_f32(dense->op, x, y)
                                            : status;
    }
    if (dense->compute == PULSE_COMPUTE_F32_INT8) {
        status = xnn_reshape_fully_connected_nc_f32_qc8w(dense->op, rows, pool);
        return status == xnn_status_success ? xnn_setup_fully_connected_nc_f32_qc8w(dense->op, x, y)
                                            : status;
    }
    struct xnn_quantization_params *params = scratch;
    /* A kernel of several rows computes the last one again where there are no more. */
    for (size_t i = 0; i < XNN_EXTRA_QUANTIZATION_PARAMS; ++i)
        params[rows + i] = params[rows - 1];
    status = xnn_reshape_fully_connected_nc_qd8_f32_qc8w(dense->op, rows, pool);
    return status == xnn_status_success
               ? xnn_setup_fully_connected_nc_qd8_f32_qc8w(
                     dense->op, rounded_rows(dense, rows, scratch), y, params)
               : status;
}

typedef struct own_work {
    const pulse_dense *dense;
    const void *q;
    const void *scale;
    float *y;
} own_work;

static void int16_tile(void *context, size_t row, size_t column, size_t rows, size_t columns)
{
    const own_work *work = context;
    const pulse_dense *dense = work->dense;
    pulse_int16_product((const int16_t *)work->q + row * pulse_int16_row_size(dense->inputs),
                        (const float *)work->scale + row, rows, dense->packed, dense->scale,
                        dense->bias, dense->inputs, dense->outputs, column, columns,
                        work->y + row * dense->outputs);
}

static void vnni_tile(void *context, size_t row, size_t column, size_t rows, size_t columns)
{
    const own_work *work = context;
    const pulse_dense *dense = work->dense;
    const pulse_vnni_matrix matrix = {.inputs = dense->inputs,
                                      .outputs = dense->outputs,
                                      .packed = dense->packed,
                                      .sums = dense->sums,
                                      .scale = dense->scale,
                                      .bias = dense->bias};
    const uint8_t *q = (const uint8_t *)work->q + row * row_bytes(dense);
    float *y = work->y + row * dense->outputs;
    if (dense->compute == PULSE_COMPUTE_INT16)
        pulse_vnni_int16_product(&matrix, (const int16_t *)(const void *)q,
                                 (const float *)work->scale + row, rows, column, columns, y);
    else
        pulse_vnni_product(&matrix, q, (const pulse_vnni_row *)work->scale + row, rows, column,
                           columns, y);
}

pulse_status pulse_dense_multiply(pulse_dense *dense, pthreadpool_t pool, const float *x,
                                  size_t rows, float *y, void *scratch, pulse_error *error)
{
    if (rows == 0)
        return PULSE_OK;
    if (dense->packed) {
        own_work work = {dense, rounded_rows(dense, rows, scratch), scratch, y};
        if (dense->vnni)
            pthreadpool_parallelize_2d_tile_2d(pool, vnni_tile, &work, rows, dense->outputs,
                                               VNNI_TILE_ROWS, VNNI_TILE_COLUMNS, 0);
        else
            pthreadpool_parallelize_2d_tile_2d(pool, int16_tile, &work, rows, dense->outputs,
                                               TILE_ROWS, TILE_COLUMNS, 0);
        return PULSE_OK;
    }
    enum xnn_status status = set_up(dense, pool, x, rows, y, scratch);
    if (status == xnn_status_success)
        status = xnn_run_operator(dense->op, pool);
    return pulse_from_xnn(status, "running a product", error);
}

/* Our own kernels keep nothing between calls; XNNPACK's operators keep what they were set up for.
 */
bool pulse_dense_is_shared(const pulse_dense *dense)
{
    return dense->packed != NULL;
}

typedef struct round_work {
    const pulse_dense *dense;
    const float *x;
    size_t rows;
    void *scratch;
} round_work;

static void round_rows(void *context, size_t first, size_t count)
{
    const round_work *work = context;
    pulse_dense_round(work->dense, work->x, work->rows, first, count, work->scratch);
}

pulse_status pulse_dense_run(pulse_dense *dense, pthreadpool_t pool, const float *x, size_t rows,
                             float *y, void *scratch, pulse_error *error)
{
    round_work work = {dense, x, rows, scratch};
    if (rounds(dense))
        pthreadpool_parallelize_1d_tile_1d(pool, round_rows, &work, rows, 8, 0);
    return pulse_dense_multiply(dense, pool, x, rows, y, scratch, error);
}
