/* The methods that learn from playlists, and the words of lyrics, against what a hand can find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/items.h"
#include "evaluate/tfidf.h"

/* Of five songs: 1 with 3, twice; 1 with 4. 0 and 2 are in no playlist. */
static uint32_t songs[] = {1, 3, 3, 1, 1, 4};
static size_t first[] = {0, 2, 4, 6};
static uint32_t held[] = {0, 3, 0, 2, 1};
static const pulse_playlists playlists = {.count = 3, .first = first, .songs = songs, .held = held};

static void near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-5))
        fail_msg("%.8g is not %.8g", value, expected);
}

static void knn_is_the_cosine_of_columns(void **state)
{
    (void)state;
    pulse_items items = pulse_items_make(&playlists, 5);
    assert_int_equal(items.count, 3);
    float scores[5];
    const pulse_knn cosine = {0.5, 0.5, 0};
    pulse_items_knn(&items, &cosine, (const uint32_t[]){1}, 1, scores);
    near(scores[3], 2 / sqrt(3 * 2));
    near(scores[4], 1 / sqrt(3 * 1));
    near(scores[0], 0);
    pulse_items_knn(&items, &cosine, (const uint32_t[]){3, 2, 4}, 3, scores); /* 2 is unknown */
    near(scores[1], 2 / sqrt(2 * 3) + 1 / sqrt(1 * 3));
    near(scores[2], 0);
    const pulse_knn tuned = {0.7, 0.3, 10};
    pulse_items_knn(&items, &tuned, (const uint32_t[]){3}, 1, scores);
    near(scores[1], 2 / (pow(2, 0.7) * pow(3, 0.3) + 10));
    pulse_items_free(&items);
}

/*
 * With a ridge of 1 the matrix of songs 1, 3 and 4 is [4 2 1; 2 3 0; 1 0 2], its determinant 13,
 * and its inverse [6 -4 -3; -4 7 2; -3 2 8] / 13.
 */
static void ease_is_the_closed_form(void **state)
{
    (void)state;
    pulse_items items = pulse_items_make(&playlists, 5);
    float *weights = NULL, scores[5];
    pulse_failure failure;
    assert_int_equal(pulse_ease_fit(&items, 1, &weights, &failure), 0);
    const double expected[] = {0, 4.0 / 7, 3.0 / 8, 4.0 / 6, 0, -2.0 / 8, 3.0 / 6, -2.0 / 7, 0};
    for (int i = 0; i < 9; ++i)
        near(weights[i], expected[i]);
    pulse_ease_score(&items, weights, (const uint32_t[]){1, 4, 0}, 3, scores);
    near(scores[3], 4.0 / 7 - 2.0 / 7);
    near(scores[1], 3.0 / 6);
    near(scores[0], 0);
    near(scores[2], 0);
    free(weights);
    pulse_items_free(&items);
}

static void words_weigh_by_how_rare_they_are(void **state)
{
    (void)state;
    pulse_words *words = pulse_words_make();
    static const char a[] = "River river, a RIVER! moon", b[] = "moon";
    pulse_words_add(words, a, strlen(a));
    pulse_words_add(words, b, strlen(b));
    pulse_words_add(words, NULL, 0);
    pulse_sparse all = pulse_words_tfidf(words, 1);
    assert_int_equal(all.rows, 3);
    assert_int_equal(all.columns, 2); /* "a" is no word */
    assert_int_equal(all.first[1], 2);
    assert_int_equal(all.first[3], 3); /* nothing of the third */
    const double river = (1 + log(3)) * (log(4.0 / 2) + 1), moon = log(4.0 / 3) + 1;
    near(all.value[0], river / hypot(river, moon));
    near(all.value[1], moon / hypot(river, moon));
    near(all.value[2], 1);
    pulse_sparse_free(&all);
    pulse_sparse common = pulse_words_tfidf(words, 2);
    assert_int_equal(common.columns, 1); /* "moon" */
    near(common.value[0], 1);
    pulse_sparse_free(&common);
    pulse_words_free(words);
}

static void words_come_back_in_a_later_text(void **state)
{
    (void)state;
    pulse_words *words = pulse_words_make();
    for (int i = 0; i < 50; ++i) {
        static const char text[] = "one two one three";
        pulse_words_add(words, text, strlen(text));
    }
    pulse_sparse sparse = pulse_words_tfidf(words, 50);
    assert_int_equal(sparse.columns, 3);
    assert_int_equal(sparse.count, 150);
    const double one = 1 + log(2), length = sqrt(one * one + 2);
    for (int i = 0; i < 50; ++i) {
        near(sparse.value[3 * i], one / length);
        near(sparse.value[3 * i + 1], 1 / length);
    }
    pulse_sparse_free(&sparse);
    pulse_words_free(words);
}

/* Rows along two orthogonal directions of 40 columns: lengths 3, 2 and a mixture. */
static void singular_vectors_keep_products_of_rows(void **state)
{
    (void)state;
    enum { ROWS = 60, COLUMNS = 40 };
    size_t begins[ROWS + 1];
    uint32_t columns[ROWS * COLUMNS];
    float values[ROWS * COLUMNS];
    for (uint32_t r = 0; r < ROWS; ++r) {
        begins[r] = (size_t)r * COLUMNS;
        for (uint32_t c = 0; c < COLUMNS; ++c) {
            columns[r * COLUMNS + c] = c;
            const double u = c % 2 ? 1 : -1, v = c < COLUMNS / 2 ? 1 : -1;
            values[r * COLUMNS + c] =
                (float)((3 * sin(r + 1.0) * u + 2 * cos(3.0 * r) * v) / sqrt(COLUMNS));
        }
    }
    begins[ROWS] = ROWS * COLUMNS;
    const pulse_sparse sparse = {ROWS, COLUMNS, begins, columns, values, ROWS * COLUMNS, 0};
    uint32_t width;
    float *rows = pulse_sparse_svd(&sparse, 2, 1, &width);
    assert_int_equal(width, 2);
    double largest = 0, second = 0;
    for (uint32_t a = 0; a < ROWS; ++a) {
        largest += rows[2 * a] * rows[2 * a];
        second += rows[2 * a + 1] * rows[2 * a + 1];
        for (uint32_t b = 0; b < ROWS; ++b) {
            double product = 0;
            for (uint32_t c = 0; c < COLUMNS; ++c)
                product += values[a * COLUMNS + c] * values[b * COLUMNS + c];
            const double kept = rows[2 * a] * rows[2 * b] + rows[2 * a + 1] * rows[2 * b + 1];
            assert_true(fabs(kept - product) < 1e-3);
        }
    }
    assert_true(largest > second);
    free(rows);
    const pulse_sparse empty = {0};
    assert_null(pulse_sparse_svd(&empty, 2, 1, &width));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knn_is_the_cosine_of_columns),
        cmocka_unit_test(ease_is_the_closed_form),
        cmocka_unit_test(words_weigh_by_how_rare_they_are),
        cmocka_unit_test(words_come_back_in_a_later_text),
        cmocka_unit_test(singular_vectors_keep_products_of_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
