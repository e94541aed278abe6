/* What a ranking is worth: each measure against a value found by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "evaluate/hubs.h"
#include "evaluate/ranking.h"

enum { SONGS = 300 };

static void near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-9))
        fail_msg("%.12g is not %.12g", value, expected);
}

/* 0, 1, 2, ... of which `hits` (from 0, ends with -1) are targets. */
static void judge(uint32_t count, const int *hits, uint32_t targets,
                  double out[PULSE_RANK_MEASURES])
{
    uint32_t ranked[SONGS] = {0};
    uint8_t target[SONGS] = {0};
    for (uint32_t i = 0; i < count; ++i)
        ranked[i] = i;
    for (; *hits >= 0; ++hits)
        target[*hits] = 1;
    pulse_rank_judge(ranked, count, target, targets, out);
}

static void counts_hits_within_ten_a_hundred_and_as_many_as_there_are_targets(void **state)
{
    (void)state;
    double out[PULSE_RANK_MEASURES];
    /* Of four targets: at ranks 1, 3 and 50; the fourth is not in the list. */
    judge(120, (const int[]){0, 2, 49, -1}, 4, out);
    near(out[PULSE_RECALL_10], 0.5);
    near(out[PULSE_RECALL_100], 0.75);
    near(out[PULSE_R_PRECISION], 0.5);
    const double gain = 1 + 1 / log2(4) + 1 / log2(51);
    near(out[PULSE_NDCG_100], gain / (1 + 1 / log2(3) + 1 / log2(4) + 1 / log2(5)));
}

static void looks_no_further_than_it_says(void **state)
{
    (void)state;
    double out[PULSE_RANK_MEASURES];
    judge(200, (const int[]){9, 10, 99, 100, -1}, 4, out);
    near(out[PULSE_RECALL_10], 0.25);
    near(out[PULSE_RECALL_100], 0.75);
    near(out[PULSE_R_PRECISION], 0);
    const double gain = 1 / log2(11) + 1 / log2(12) + 1 / log2(101);
    near(out[PULSE_NDCG_100], gain / (1 + 1 / log2(3) + 1 / log2(4) + 1 / log2(5)));
}

static void a_perfect_order_of_more_targets_than_are_looked_at_is_one(void **state)
{
    (void)state;
    int all[161];
    for (int i = 0; i < 160; ++i)
        all[i] = i;
    all[160] = -1;
    double out[PULSE_RANK_MEASURES];
    judge(160, all, 160, out);
    near(out[PULSE_NDCG_100], 1);
    near(out[PULSE_R_PRECISION], 1);
    near(out[PULSE_RECALL_10], 10.0 / 160);
    near(out[PULSE_RECALL_100], 100.0 / 160);
}

static void an_empty_ranking_finds_nothing(void **state)
{
    (void)state;
    double out[PULSE_RANK_MEASURES];
    judge(0, (const int[]){3, -1}, 1, out);
    for (int m = PULSE_RECALL_10; m <= PULSE_R_PRECISION; ++m)
        near(out[m], 0);
    assert_true(isnan(pulse_rank_novelty(NULL, 0, NULL, 1)));
    assert_true(isnan(pulse_rank_versions(NULL, 0, NULL, 0, NULL)));
}

static void the_best_come_in_order_and_equal_ones_by_number(void **state)
{
    (void)state;
    const float scores[] = {1, 5, 5, NAN, 7, 0, 5, 9};
    const uint8_t barred[] = {0, 0, 0, 0, 0, 0, 0, 1};
    uint32_t out[8];
    assert_int_equal(pulse_rank_top(scores, 8, barred, 4, out), 4);
    const uint32_t expected[] = {4, 1, 2, 6};
    assert_memory_equal(out, expected, sizeof expected);
    assert_int_equal(pulse_rank_top(scores, 8, barred, 8, out), 6); /* no seed, no NAN */
    const uint32_t all[] = {4, 1, 2, 6, 0, 5};
    assert_memory_equal(out, all, sizeof all);
    assert_int_equal(pulse_rank_top(scores, 8, barred, 0, out), 0);
}

static const float *sorted_scores;
static int by_score(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (sorted_scores[x] != sorted_scores[y])
        return sorted_scores[x] < sorted_scores[y] ? 1 : -1;
    return x < y ? -1 : 1;
}

static void the_best_are_those_of_a_full_sort(void **state)
{
    (void)state;
    float scores[SONGS];
    const uint8_t barred[SONGS] = {0};
    uint32_t order[SONGS], out[SONGS];
    for (uint32_t i = 0; i < SONGS; ++i) {
        scores[i] = (float)(i * 7919 % 101); /* many are equal */
        order[i] = i;
    }
    sorted_scores = scores;
    qsort(order, SONGS, sizeof *order, by_score);
    for (uint32_t k = 1; k <= SONGS; k += 23) {
        assert_int_equal(pulse_rank_top(scores, SONGS, barred, k, out), k);
        assert_memory_equal(out, order, k * sizeof *out);
    }
}

static void diversity_is_the_mean_distance_of_pairs(void **state)
{
    (void)state;
    const float vectors[] = {1, 0, 0, 1, 0.6f, 0.8f};
    const uint32_t ranked[] = {0, 1, 2};
    const double value = pulse_rank_diversity(ranked, 3, vectors, 2);
    assert_true(fabs(value - (1.0 + 0.4 + 0.2) / 3) < 1e-6);
    assert_true(isnan(pulse_rank_diversity(ranked, 1, vectors, 2)));
}

static void novelty_is_bits_and_looks_at_ten(void **state)
{
    (void)state;
    uint32_t ranked[12], held[12];
    for (uint32_t i = 0; i < 12; ++i) {
        ranked[i] = i;
        held[i] = i < 10 ? 1 : 1000;
    }
    near(pulse_rank_novelty(ranked, 12, held, 15), 3); /* (1 + 1) / (15 + 1) */
    held[0] = 15;
    near(pulse_rank_novelty(ranked, 12, held, 15), 2.7);
}

static void a_version_of_a_seed_or_of_a_song_above_is_one_too_many(void **state)
{
    (void)state;
    const uint32_t version[] = {0, 0, 2, 3, 3, 3, 6};
    const uint32_t seeds[] = {0}, ranked[] = {1, 3, 2, 4, 6};
    near(pulse_rank_versions(ranked, 5, seeds, 1, version), 0.4); /* 1 and 4 */
}

static void an_interval_holds_the_mean_and_is_the_same_each_time(void **state)
{
    (void)state;
    double values[200 * 4];
    for (int i = 0; i < 200; ++i) {
        values[4 * i] = i % 2;
        values[4 * i + 1] = 4;
        values[4 * i + 2] = i == 77 ? NAN : 1;
        values[4 * i + 3] = sqrt(i);
    }
    pulse_estimate a[4], b[4], other[4];
    pulse_bootstrap(values, 200, 4, 2000, 5, a);
    pulse_bootstrap(values, 200, 4, 2000, 5, b);
    pulse_bootstrap(values, 200, 4, 2000, 6, other);
    near(a[0].mean, 0.5);
    /* Of a coin thrown 200 times: 1.96 * sqrt(0.25 / 200) = 0.0693 on each side. */
    assert_true(fabs(a[0].low - (0.5 - 0.0693)) < 0.011);
    assert_true(fabs(a[0].high - (0.5 + 0.0693)) < 0.011);
    near(a[1].low, 4);
    near(a[1].high, 4);
    assert_true(isnan(a[2].mean) && isnan(a[2].low) && isnan(a[2].high));
    assert_true(a[3].low == b[3].low && a[3].high == b[3].high);
    assert_true(a[3].low != other[3].low && a[3].high != other[3].high);
}

static void coverage_counts_each_song_once(void **state)
{
    (void)state;
    const uint32_t lists[] = {0, 1, 0, 2, 1, UINT32_MAX};
    const pulse_estimate coverage = pulse_rank_coverage(lists, 3, 2, 10);
    near(coverage.mean, 0.3);
    /* The lists alone have 0, 1 and 0 songs: jackknife variance 2/3 * (1/9 + 4/9 + 1/9). */
    const double half = 1.96 * sqrt(2.0 / 3 * 6 / 9) / 10;
    near(coverage.low, 0.3 - half);
    near(coverage.high, 0.3 + half);
}

static void skewness_is_the_third_standardised_moment(void **state)
{
    (void)state;
    near(pulse_hubs_skewness((const uint32_t[]){1, 2, 3}, 3), 0);
    near(pulse_hubs_skewness((const uint32_t[]){5, 5, 5}, 3), 0);
    /* 0, 0, 0, 4: mean 1, variance 3, third moment 6. */
    near(pulse_hubs_skewness((const uint32_t[]){0, 0, 0, 4}, 4), 6 / pow(3, 1.5));
}

/* Songs on a circle, and one that everybody is nearest to. */
static void a_hub_is_near_everybody(void **state)
{
    (void)state;
    enum { COUNT = 14 };
    float vectors[COUNT * 3];
    uint32_t artist[COUNT], genre[COUNT];
    for (uint32_t i = 0; i < COUNT; ++i) {
        const double angle = 6.283185307179586 * i / (COUNT - 1);
        float *v = vectors + 3 * i;
        v[0] = i + 1 < COUNT ? (float)(0.8 * cos(angle)) : 0;
        v[1] = i + 1 < COUNT ? (float)(0.8 * sin(angle)) : 0;
        v[2] = i + 1 < COUNT ? 0.6f : 1;
        artist[i] = i / 2;
        genre[i] = 0;
    }
    const pulse_facts facts = {
        .songs = COUNT, .artist = artist, .artists = COUNT / 2, .genre = genre, .genres = 1};
    pulse_parallel *parallel = pulse_parallel_start(2);
    pulse_hubs hubs;
    pulse_failure failure;
    assert_int_equal(pulse_hubs_measure(vectors, 3, &facts, 1, parallel, &hubs, &failure), 0);
    pulse_parallel_stop(parallel);
    assert_int_equal(hubs.songs, COUNT);
    near(hubs.same_genre.mean, 1);
    near(hubs.reachable, 1);
    assert_int_equal(hubs.largest, COUNT - 1);
    assert_true(hubs.skewness > 0);
    /* Neighbours on the circle share an artist. The hub is 12's, and has all as near: it takes the
     * first ten, and 12 is none of those. */
    near(hubs.same_artist.mean, 13.0 / 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_hits_within_ten_a_hundred_and_as_many_as_there_are_targets),
        cmocka_unit_test(looks_no_further_than_it_says),
        cmocka_unit_test(a_perfect_order_of_more_targets_than_are_looked_at_is_one),
        cmocka_unit_test(an_empty_ranking_finds_nothing),
        cmocka_unit_test(the_best_come_in_order_and_equal_ones_by_number),
        cmocka_unit_test(the_best_are_those_of_a_full_sort),
        cmocka_unit_test(diversity_is_the_mean_distance_of_pairs),
        cmocka_unit_test(novelty_is_bits_and_looks_at_ten),
        cmocka_unit_test(a_version_of_a_seed_or_of_a_song_above_is_one_too_many),
        cmocka_unit_test(an_interval_holds_the_mean_and_is_the_same_each_time),
        cmocka_unit_test(coverage_counts_each_song_once),
        cmocka_unit_test(skewness_is_the_third_standardised_moment),
        cmocka_unit_test(a_hub_is_near_everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
