/* Linear layers: XNNPACK against three plain loops, with nothing readable behind the buffers. */
#include "expect.h"

#include "nn/linear.h"

#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

/* Memory whose last byte is followed by a page that may not be touched: the kernels are built
 * without ASan, and this catches what they read or write too far. */
typedef struct guarded {
    uint8_t *pages;
    size_t size;
    float *values;
} guarded;

static guarded guarded_floats(size_t count)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t bytes = count * sizeof(float);
    guarded made;
    made.size = (bytes + page - 1) / page * page + page;
    FILE *zero = fopen("/dev/zero", "r+");
    assert_non_null(zero);
    made.pages = mmap(NULL, made.size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fileno(zero), 0);
    fclose(zero);
    assert_true(made.pages != MAP_FAILED);
    assert_int_equal(mprotect(made.pages + made.size - page, page, PROT_NONE), 0);
    made.values = (float *)(void *)(made.pages + made.size - page - bytes);
    return made;
}

static void release(guarded memory)
{
    munmap(memory.pages, memory.size);
}

static guarded random_floats(size_t count, uint64_t *state)
{
    guarded made = guarded_floats(count);
    for (size_t i = 0; i < count; ++i)
        made.values[i] = next_float(state);
    return made;
}

static double reference_activation(pulse_activation activation, double value)
{
    switch (activation) {
    case PULSE_RELU:
        return value > 0 ? value : 0;
    case PULSE_GELU:
        return value * 0.5 * erfc(-value / sqrt(2));
    case PULSE_TANH:
        return tanh(value);
    default:
        return value;
    }
}

static void check_shape(size_t n, uint32_t inputs, uint32_t outputs, bool with_bias,
                        pulse_activation activation)
{
    uint64_t state = 1 + n * 131 + (uint64_t)inputs * 17 + outputs;
    guarded x = random_floats(n * inputs, &state);
    guarded weight = random_floats((size_t)inputs * outputs, &state);
    guarded bias = random_floats(outputs, &state);
    guarded y = guarded_floats(n * outputs);
    pulse_linear *linear;
    expect_ok(pulse_linear_create(inputs, outputs, weight.values, with_bias ? bias.values : NULL,
                                  activation, &linear, error));
    double *wanted = calloc(n * outputs + 1, sizeof *wanted);
    assert_non_null(wanted);
    for (size_t r = 0; r < n; ++r) {
        for (uint32_t o = 0; o < outputs; ++o) {
            double sum = with_bias ? (double)bias.values[o] : 0;
            for (uint32_t i = 0; i < inputs; ++i)
                sum += (double)x.values[r * inputs + i] * (double)weight.values[o * inputs + i];
            wanted[r * outputs + o] = reference_activation(activation, sum);
        }
    }
    /* The weights are the caller's to free: make sure that they were packed. */
    release(weight);
    release(bias);
    expect_ok(pulse_linear_run(linear, x.values, n, y.values, error));
    const double tolerance = 1e-6 * (4 + inputs);
    for (size_t i = 0; i < n * outputs; ++i)
        if (!(fabs(wanted[i] - (double)y.values[i]) <= tolerance))
            fail_msg("%zu x %u -> %u, value %zu: %.9g, expected %.9g", n, inputs, outputs, i,
                     (double)y.values[i], wanted[i]);
    free(wanted);
    pulse_linear_free(linear);
    release(x);
    release(y);
}

static void matches_plain_loops_for_every_shape(void **context)
{
    (void)context;
    static const uint32_t widths[] = {1, 2, 3, 5, 8, 15, 16, 17, 33, 64, 127};
    static const size_t rows[] = {1, 2, 3, 5, 7, 8, 63, 64, 65, 130};
    const size_t count = sizeof widths / sizeof *widths;
    for (size_t i = 0; i < count; ++i)
        for (size_t o = 0; o < count; ++o)
            for (size_t n = 0; n < sizeof rows / sizeof *rows; ++n)
                check_shape(rows[n], widths[i], widths[o], (i + o) % 2, (pulse_activation)(n % 4));
}

static void matches_plain_loops_where_rows_are_very_wide(void **context)
{
    (void)context;
    check_shape(70, 40000, 3, true, PULSE_LINEAR);  /* blocks of 26 rows */
    check_shape(2, 1100000, 1, true, PULSE_LINEAR); /* wider than a block may be: row by row */
}

/* Up to rounding: kernels for few rows and for many need not add in the same order. */
static void a_row_does_not_depend_on_its_batch(void **context)
{
    (void)context;
    enum { ROWS = 131, INPUTS = 43, OUTPUTS = 29 };
    static float weight[INPUTS * OUTPUTS];
    static float x[ROWS * INPUTS];
    static float together[ROWS * OUTPUTS];
    uint64_t state = 99;
    for (int i = 0; i < INPUTS * OUTPUTS; ++i)
        weight[i] = next_float(&state);
    for (int i = 0; i < ROWS * INPUTS; ++i)
        x[i] = next_float(&state);
    pulse_linear *linear;
    expect_ok(pulse_linear_create(INPUTS, OUTPUTS, weight, NULL, PULSE_GELU, &linear, error));
    expect_ok(pulse_linear_run(linear, x, ROWS, together, error));
    for (size_t r = 0; r < ROWS; ++r) {
        float alone[OUTPUTS];
        expect_ok(pulse_linear_run(linear, x + r * INPUTS, 1, alone, error));
        for (size_t o = 0; o < OUTPUTS; ++o)
            assert_true(fabsf(alone[o] - together[r * OUTPUTS + o]) <= 1e-6f);
    }
    pulse_linear_free(linear);
}

static void no_rows_are_nothing_to_do(void **context)
{
    (void)context;
    const float weight = 2;
    pulse_linear *linear;
    expect_ok(pulse_linear_create(1, 1, &weight, NULL, PULSE_LINEAR, &linear, error));
    expect_ok(pulse_linear_run(linear, NULL, 0, NULL, error));
    pulse_linear_free(linear);
    pulse_linear_free(NULL);
}

static void layers_without_width_are_refused(void **context)
{
    (void)context;
    const float weight = 2;
    pulse_linear *linear;
    expect_fail(PULSE_E_ARGUMENT, "0 inputs",
                pulse_linear_create(0, 1, &weight, NULL, PULSE_LINEAR, &linear, error));
    assert_null(linear);
    expect_fail(PULSE_E_ARGUMENT, "0 outputs",
                pulse_linear_create(1, 0, &weight, NULL, PULSE_LINEAR, &linear, error));
    expect_fail(PULSE_E_ARGUMENT, "a linear layer",
                pulse_linear_create(1, 1, &weight, NULL, (pulse_activation)4, &linear, error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_plain_loops_for_every_shape),
        cmocka_unit_test(matches_plain_loops_where_rows_are_very_wide),
        cmocka_unit_test(a_row_does_not_depend_on_its_batch),
        cmocka_unit_test(no_rows_are_nothing_to_do),
        cmocka_unit_test(layers_without_width_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
