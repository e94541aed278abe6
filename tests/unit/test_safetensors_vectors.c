/* Vectors as int8 rows: rounding, scales, and what cannot be a vector. */
#include "expect.h"

#include "index/index.h"

#include <float.h>
#include <math.h>

static uint8_t *write_rows(const float *rows, size_t n, uint32_t d, size_t *size,
                           pulse_safetensors **view, const int8_t **vectors, const float **scales)
{
    uint8_t *bytes;
    expect_ok(pulse_vectors_write(rows, NULL, n, d, &bytes, size, error));
    expect_ok(pulse_safetensors_parse(bytes, *size, "vectors", view, error));
    const uint64_t shape[] = {n, d};
    const pulse_tensor *tensor;
    expect_ok(pulse_safetensors_expect(*view, "vectors", PULSE_I8, 2, shape, &tensor, error));
    *vectors = tensor->data;
    expect_ok(pulse_safetensors_expect(*view, "scales", PULSE_F32, 1, shape, &tensor, error));
    *scales = tensor->data;
    return bytes;
}

static void rows_are_rounded_half_to_even(void **context)
{
    (void)context;
    /* With a largest value of 127 the others are taken as they are. */
    static const float row[] = {127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 3.49f, -127, 0, -0.51f};
    static const int8_t expected[] = {127, 0, 2, 2, 0, -2, -2, 3, -127, 0, -1};
    pulse_safetensors *view;
    const int8_t *vectors;
    const float *scales;
    size_t size;
    uint8_t *bytes = write_rows(row, 1, 11, &size, &view, &vectors, &scales);
    assert_memory_equal(vectors, expected, 11);
    double squares = 0;
    for (int i = 0; i < 11; ++i)
        squares += expected[i] * expected[i];
    assert_true(scales[0] == (float)(1 / sqrt(squares)));
    assert_string_equal(pulse_safetensors_metadata(view, "format"), "playlistpulse-vectors");
    assert_string_equal(pulse_safetensors_metadata(view, "version"), "1");
    pulse_safetensors_free(view);
    pulse_bytes_free(bytes);
}

static void rows_keep_their_direction_and_unit_length(void **context)
{
    (void)context;
    enum { ROWS = 101, WIDTH = 67 };
    static float rows[ROWS * WIDTH];
    uint64_t state = 5;
    for (int i = 0; i < ROWS * WIDTH; ++i)
        rows[i] = next_float(&state) * (i % 3 ? 1e-3f : 1e-38f);
    for (size_t i = 0; i < WIDTH; ++i)
        rows[i] = i == 3 ? FLT_MIN / 4 : 0; /* denormal */
    pulse_safetensors *view;
    const int8_t *vectors;
    const float *scales;
    size_t size;
    uint8_t *bytes = write_rows(rows, ROWS, WIDTH, &size, &view, &vectors, &scales);
    assert_int_equal(vectors[3], 127);
    for (size_t r = 0; r < ROWS; ++r) {
        double dot = 0;
        double length = 0;
        double unit = 0;
        for (size_t i = 0; i < WIDTH; ++i) {
            double value = (double)vectors[r * WIDTH + i] * (double)scales[r];
            dot += value * (double)rows[r * WIDTH + i];
            length += (double)rows[r * WIDTH + i] * (double)rows[r * WIDTH + i];
            unit += value * value;
        }
        assert_true(fabs(unit - 1) < 1e-6);
        assert_true(dot / sqrt(length) > 0.9999);
    }
    uint8_t *again;
    size_t again_size;
    expect_ok(pulse_vectors_write(rows, NULL, ROWS, WIDTH, &again, &again_size, error));
    assert_int_equal(again_size, size);
    assert_memory_equal(again, bytes, size);
    pulse_bytes_free(again);
    pulse_safetensors_free(view);
    pulse_bytes_free(bytes);
}

static void a_row_may_be_shorter(void **context)
{
    (void)context;
    static const float rows[] = {3, 4, 0.6f, -0.8f}, lengths[] = {1, 0.25f};
    uint8_t *bytes;
    size_t size;
    expect_ok(pulse_vectors_write(rows, lengths, 2, 2, &bytes, &size, error));
    pulse_index *index;
    expect_ok(pulse_index_open(bytes, size, "vectors", &index, error));
    float row[2], scores[2];
    pulse_index_row(index, 0, row);
    assert_true(fabsf(hypotf(row[0], row[1]) - 1) < 1e-6f);
    pulse_index_row(index, 1, row);
    assert_true(fabsf(hypotf(row[0], row[1]) - 0.25f) < 1e-6f);
    expect_ok(pulse_index_scan(index, row, scores, error)); /* the query counts as long as 1 */
    assert_true(fabsf(scores[1] - 0.25f) < 1e-4f);
    pulse_index_close(index);
    pulse_bytes_free(bytes);
    static const float wrong[] = {0, -1, 1.5f, NAN};
    for (int i = 0; i < 4; ++i)
        expect_fail(PULSE_E_ARGUMENT, "the length of vector 0 is not in (0, 1]",
                    pulse_vectors_write(rows, &wrong[i], 1, 2, &bytes, &size, error));
}

static void what_is_no_vector_is_refused(void **context)
{
    (void)context;
    float rows[] = {1, 0, 0, 0};
    uint8_t *bytes;
    size_t size;
    expect_fail(PULSE_E_ARGUMENT, "vector 1 has length 0",
                pulse_vectors_write(rows, NULL, 2, 2, &bytes, &size, error));
    assert_null(bytes);
    rows[3] = NAN;
    expect_fail(PULSE_E_ARGUMENT, "vector 1 has a value that is not finite",
                pulse_vectors_write(rows, NULL, 2, 2, &bytes, &size, error));
    rows[3] = INFINITY;
    expect_fail(PULSE_E_ARGUMENT, "not finite",
                pulse_vectors_write(rows, NULL, 2, 2, &bytes, &size, error));
    expect_fail(PULSE_E_ARGUMENT, "0 vectors",
                pulse_vectors_write(rows, NULL, 0, 2, &bytes, &size, error));
    expect_fail(PULSE_E_ARGUMENT, "of 0 dimensions",
                pulse_vectors_write(rows, NULL, 1, 0, &bytes, &size, error));
    expect_fail(
        PULSE_E_ARGUMENT, "1 to 512 dimensions",
        pulse_vectors_write(rows, NULL, 1, PULSE_INDEX_MAX_DIMENSIONS + 1, &bytes, &size, error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_rounded_half_to_even),
        cmocka_unit_test(rows_keep_their_direction_and_unit_length),
        cmocka_unit_test(a_row_may_be_shorter),
        cmocka_unit_test(what_is_no_vector_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
