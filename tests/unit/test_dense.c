/* Wide products: every way of computing against plain loops in double, and a row's bits the same
 * whatever rows and threads are beside it. */
#ifndef PULSE_TEST_ALLOC
#define PULSE_TEST_ALLOC
#endif
#include "base/alloc.c"

#include "expect.h"

#include "nn/dense.h"
#include "nn/int16.h"
#include "nn/int8.h"

#include <math.h>
#include <xnnpack.h>

enum { MOST_ROWS = 40 };

static const pulse_compute ways[] = {PULSE_COMPUTE_F32, PULSE_COMPUTE_F32_INT8, PULSE_COMPUTE_INT8,
                                     PULSE_COMPUTE_INT16};
#define WAYS (sizeof ways / sizeof *ways)

static const struct shape {
    uint32_t inputs;
    uint32_t outputs;
} shapes[] = {{1, 1},   {3, 5},    {7, 64},   {17, 33},  {31, 9},   {32, 96},
              {64, 16}, {65, 130}, {100, 31}, {96, 384}, {384, 47}, {1536, 40}};
#define SHAPES (sizeof shapes / sizeof *shapes)

typedef struct made {
    pulse_matrix matrix;
    int8_t *int8;
    float *scale;
    float *f32; /* what int8 and scale stand for */
    float *bias;
    float *x; /* [MOST_ROWS, inputs] with room behind */
} made;

static float *floats(size_t count)
{
    float *values = calloc(count + XNN_EXTRA_BYTES / sizeof(float), sizeof(float));
    assert_non_null(values);
    return values;
}

static made make(struct shape shape, uint64_t seed)
{
    made all = {.matrix = {.inputs = shape.inputs, .outputs = shape.outputs}};
    const size_t weights = (size_t)shape.inputs * shape.outputs;
    all.int8 = malloc(weights);
    assert_non_null(all.int8);
    all.scale = floats(shape.outputs);
    all.bias = floats(shape.outputs);
    all.f32 = floats(weights);
    all.x = floats((size_t)shape.inputs * MOST_ROWS);
    for (size_t row = 0; row < shape.outputs; ++row) {
        all.scale[row] = 0.01f + 0.005f * next_float(&seed);
        all.bias[row] = next_float(&seed);
        for (size_t i = row * shape.inputs; i < (row + 1) * shape.inputs; ++i) {
            all.int8[i] = (int8_t)((int)(next_random(&seed) % 255) - 127);
            all.f32[i] = (float)all.int8[i] * all.scale[row];
        }
    }
    for (size_t i = 0; i < (size_t)shape.inputs * MOST_ROWS; ++i) {
        const float value = next_float(&seed);
        all.x[i] = value * value * value * 3 + 0.2f; /* a few large ones, and not around 0 */
    }
    all.matrix.int8 = all.int8;
    all.matrix.scale = all.scale;
    all.matrix.bias = all.bias;
    return all;
}

static void drop(made *all)
{
    free(all->int8);
    free(all->scale);
    free(all->bias);
    free(all->f32);
    free(all->x);
}

static float *run(pulse_dense *dense, pthreadpool_t pool, const made *all, const float *x,
                  size_t rows)
{
    float *y = floats(rows * all->matrix.outputs);
    void *scratch = malloc(pulse_dense_scratch(dense, rows) + 1);
    assert_non_null(scratch);
    expect_ok(pulse_dense_run(dense, pool, x, rows, y, scratch, error));
    free(scratch);
    return y;
}

/* How far a way may be from the exact sum: what rounding a row can do to it. */
static double bound(pulse_compute compute, const made *all, const float *x, size_t output)
{
    const size_t inputs = all->matrix.inputs;
    double weights = 0;
    double products = fabs((double)all->bias[output]);
    double low = 0;
    double high = 0;
    for (size_t i = 0; i < inputs; ++i) {
        const double weight = (double)all->int8[output * inputs + i] * (double)all->scale[output];
        weights += fabs(weight);
        products += fabs(weight * (double)x[i]);
        low = fmin(low, (double)x[i]);
        high = fmax(high, (double)x[i]);
    }
    const double f32 = 1e-6 * products * (1 + log2((double)inputs));
    if (compute == PULSE_COMPUTE_INT8)
        return f32 + (high - low) / 255 * weights;
    if (compute == PULSE_COMPUTE_INT16)
        return f32 + 0.501 * fmax(high, -low) / pulse_int16_limit(inputs) * weights;
    return f32;
}

static void expect_close(pulse_compute compute, const made *all, const float *y, size_t rows)
{
    const size_t inputs = all->matrix.inputs;
    const size_t outputs = all->matrix.outputs;
    for (size_t row = 0; row < rows; ++row)
        for (size_t output = 0; output < outputs; ++output) {
            double sum = (double)all->bias[output];
            for (size_t i = 0; i < inputs; ++i)
                sum += (double)all->int8[output * inputs + i] * (double)all->scale[output] *
                       (double)all->x[row * inputs + i];
            const double error = fabs((double)y[row * outputs + output] - sum);
            const double most = bound(compute, all, all->x + row * inputs, output);
            if (!(error <= most))
                fail_msg("%s, %zu x %zu, row %zu of %zu, output %zu: %g is off by %g, at most %g",
                         pulse_compute_name(compute), inputs, outputs, row, rows, output, sum,
                         error, most);
        }
}

static void every_way_gives_the_product(void **state)
{
    (void)state;
    for (size_t s = 0; s < SHAPES; ++s) {
        made all = make(shapes[s], 17 + s);
        for (size_t w = 0; w < WAYS; ++w) {
            pulse_dense *dense;
            expect_ok(pulse_dense_create(&all.matrix, ways[w], &dense, error));
            for (size_t rows = 1; rows <= MOST_ROWS; rows += rows < 6 ? 1 : 11) {
                float *y = run(dense, NULL, &all, all.x, rows);
                expect_close(ways[w], &all, y, rows);
                free(y);
            }
            pulse_dense_free(dense);
        }
        drop(&all);
    }
}

/* Those of nn/vnni.h, where the processor has what it takes, and those for everyone. */
static void all_kernels_of_a_way_give_the_same_bits(void **state)
{
    (void)state;
    pthreadpool_t pool = pthreadpool_create(2);
    for (size_t s = 0; s < SHAPES; ++s)
        for (pulse_compute way = PULSE_COMPUTE_INT8; way <= PULSE_COMPUTE_INT16; ++way) {
            made all = make(shapes[s], 170 + s);
            pulse_dense *own;
            pulse_dense *plain;
            expect_ok(pulse_dense_create(&all.matrix, way, &own, error));
            expect_ok(pulse_dense_create_plain(&all.matrix, way, &plain, error));
            for (size_t rows = 1; rows <= MOST_ROWS; rows += rows < 26 ? 1 : 7) {
                float *y = run(own, rows % 3 ? NULL : pool, &all, all.x, rows);
                float *z = run(plain, rows % 2 ? NULL : pool, &all, all.x, rows);
                if (rows == 3)
                    expect_close(way, &all, z, rows);
                assert_memory_equal(y, z, rows * all.matrix.outputs * sizeof *y);
                free(y);
                free(z);
            }
            pulse_dense_free(own);
            pulse_dense_free(plain);
            drop(&all);
        }
    pthreadpool_destroy(pool);
}

static void f32_weights_are_taken_as_they_are(void **state)
{
    (void)state;
    made all = make(shapes[7], 5);
    pulse_matrix matrix = all.matrix;
    matrix.int8 = NULL;
    matrix.scale = NULL;
    matrix.f32 = all.f32;
    pulse_dense *dense;
    for (size_t w = 1; w < WAYS; ++w) {
        expect_fail(PULSE_E_UNSUPPORTED, pulse_compute_name(ways[w]),
                    pulse_dense_create(&matrix, ways[w], &dense, error));
        assert_null(dense);
    }
    expect_ok(pulse_dense_create(&matrix, PULSE_COMPUTE_F32, &dense, error));
    float *y = run(dense, NULL, &all, all.x, MOST_ROWS);
    expect_close(PULSE_COMPUTE_F32, &all, y, MOST_ROWS);
    free(y);
    pulse_dense_free(dense);
    drop(&all);
}

static void a_row_has_the_same_bits_in_any_company(void **state)
{
    (void)state;
    pthreadpool_t pool = pthreadpool_create(3);
    assert_non_null(pool);
    for (size_t s = 0; s < SHAPES; ++s) {
        made all = make(shapes[s], 99 + s);
        const size_t row_bytes = all.matrix.outputs * sizeof(float);
        for (size_t w = 0; w < WAYS; ++w) {
            pulse_dense *dense;
            expect_ok(pulse_dense_create(&all.matrix, ways[w], &dense, error));
            float *whole = run(dense, NULL, &all, all.x, MOST_ROWS);
            float *threads = run(dense, pool, &all, all.x, MOST_ROWS);
            assert_memory_equal(whole, threads, MOST_ROWS * row_bytes);
            free(threads);
            for (size_t rows = 1; rows < MOST_ROWS; rows += rows < 13 ? 1 : 5) {
                const size_t first = MOST_ROWS - rows; /* so that tiles start elsewhere */
                float *y = run(dense, rows % 2 ? pool : NULL, &all,
                               all.x + first * all.matrix.inputs, rows);
                assert_memory_equal(y, whole + first * all.matrix.outputs, rows * row_bytes);
                free(y);
            }
            free(whole);
            pulse_dense_free(dense);
        }
        drop(&all);
    }
    pthreadpool_destroy(pool);
}

static void a_row_may_be_rounded_by_itself(void **state)
{
    (void)state;
    made all = make(shapes[7], 3);
    const size_t rows = 13;
    for (size_t w = 0; w < WAYS; ++w) {
        pulse_dense *dense;
        expect_ok(pulse_dense_create(&all.matrix, ways[w], &dense, error));
        float *whole = run(dense, NULL, &all, all.x, rows);
        float *y = floats(rows * all.matrix.outputs);
        void *scratch = malloc(pulse_dense_scratch(dense, rows) + 1);
        for (size_t row = rows; row-- > 0;)
            pulse_dense_round(dense, all.x, rows, row, 1, scratch);
        expect_ok(pulse_dense_multiply(dense, NULL, all.x, rows, y, scratch, error));
        assert_memory_equal(y, whole, rows * all.matrix.outputs * sizeof *y);
        free(scratch);
        free(y);
        free(whole);
        pulse_dense_free(dense);
    }
    drop(&all);
}

static void rows_of_zeros_and_tiny_scales_give_the_bias(void **state)
{
    (void)state;
    made all = make(shapes[6], 8);
    const size_t outputs = all.matrix.outputs;
    for (size_t output = 0; output < outputs; output += 3)
        all.scale[output] = output % 2 ? 0.0f : 1e-40f;
    memset(all.x, 0, all.matrix.inputs * sizeof(float)); /* the first row */
    for (size_t w = 0; w < WAYS; ++w) {
        pulse_dense *dense;
        expect_ok(pulse_dense_create(&all.matrix, ways[w], &dense, error));
        float *y = run(dense, NULL, &all, all.x, 5);
        for (size_t output = 0; output < outputs; ++output)
            for (size_t row = 0; row < 5; ++row)
                if (row == 0 || output % 3 == 0)
                    assert_true(fabsf(y[row * outputs + output] - all.bias[output]) <=
                                1e-6f * fabsf(all.bias[output]));
        free(y);
        pulse_dense_free(dense);
    }
    drop(&all);
}

static void what_is_not_finite_stays_in_its_row(void **state)
{
    (void)state;
    made all = make(shapes[7], 21);
    const size_t outputs = all.matrix.outputs;
    const float bad[] = {NAN, INFINITY, -INFINITY, -NAN};
    for (size_t w = 0; w < WAYS; ++w) {
        pulse_dense *dense;
        expect_ok(pulse_dense_create(&all.matrix, ways[w], &dense, error));
        float *before = run(dense, NULL, &all, all.x, 20);
        for (size_t b = 0; b < 4; ++b) {
            float *spoilt = &all.x[7 * all.matrix.inputs + 3];
            const float kept = *spoilt;
            *spoilt = bad[b];
            float *after = run(dense, NULL, &all, all.x, 20);
            *spoilt = kept;
            assert_memory_equal(after, before, 7 * outputs * sizeof *after);
            assert_memory_equal(after + 8 * outputs, before + 8 * outputs,
                                12 * outputs * sizeof *after);
            free(after);
        }
        free(before);
        pulse_dense_free(dense);
    }
    drop(&all);
}

static void int8_rounding_is_within_a_step(void **state)
{
    (void)state;
    uint64_t random = 4;
    for (size_t count = 1; count < 100; ++count) {
        float x[100];
        int8_t q[100];
        int32_t zero_point;
        float scale;
        const float middle = 3 * next_float(&random);
        for (size_t i = 0; i < count; ++i)
            x[i] = middle + next_float(&random);
        q[count] = 99;
        pulse_int8_round(x, count, q, &zero_point, &scale);
        assert_int_equal(q[count], 99);
        assert_in_range(zero_point + 128, 0, 255);
        for (size_t i = 0; i < count; ++i)
            assert_true(fabsf((float)(q[i] - zero_point) * scale - x[i]) <= 1.001f * scale);
    }
}

static void impossible_products_are_refused(void **state)
{
    (void)state;
    made all = make(shapes[3], 2);
    pulse_dense *dense;
    expect_fail(PULSE_E_ARGUMENT, "way 0",
                pulse_dense_create(&all.matrix, PULSE_COMPUTE_AUTO, &dense, error));
    expect_fail(PULSE_E_ARGUMENT, "way 5",
                pulse_dense_create(&all.matrix, (pulse_compute)5, &dense, error));
    all.matrix.inputs = 0;
    expect_fail(PULSE_E_ARGUMENT, "0 inputs",
                pulse_dense_create(&all.matrix, PULSE_COMPUTE_F32, &dense, error));
    assert_null(dense);
    pulse_dense_free(NULL);
    drop(&all);
}

static void memory_runs_out_cleanly(void **state)
{
    (void)state;
    made all = make(shapes[3], 2);
    all.scale[4] = 0; /* so that every allocation there is comes up */
    for (size_t w = 0; w < WAYS; ++w) {
        pulse_status status = PULSE_E_NO_MEMORY;
        for (long n = 0; status != PULSE_OK; ++n) {
            pulse_dense *dense;
            pulse_error error = {0};
            assert_true(n < 20);
            pulse_test_fail_allocation(n, 0);
            status = pulse_dense_create(&all.matrix, ways[w], &dense, &error);
            pulse_test_fail_allocation(-1, 0);
            if (status != PULSE_OK) {
                assert_int_equal(status, PULSE_E_NO_MEMORY);
                assert_null(dense);
            }
            pulse_dense_free(dense);
        }
    }
    drop(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_gives_the_product),
        cmocka_unit_test(all_kernels_of_a_way_give_the_same_bits),
        cmocka_unit_test(f32_weights_are_taken_as_they_are),
        cmocka_unit_test(a_row_has_the_same_bits_in_any_company),
        cmocka_unit_test(a_row_may_be_rounded_by_itself),
        cmocka_unit_test(rows_of_zeros_and_tiny_scales_give_the_bias),
        cmocka_unit_test(what_is_not_finite_stays_in_its_row),
        cmocka_unit_test(int8_rounding_is_within_a_step),
        cmocka_unit_test(impossible_products_are_refused),
        cmocka_unit_test(memory_runs_out_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
