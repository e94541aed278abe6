/* The map: exact neighbours, an honest measure, and a layout that keeps together what is alike, the
 * same however many threads make it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "map/map.h"
#include "map/neighbours.h"
#include "map/trust.h"

enum { WIDTH = 16, CLUSTERS = 5 };

/* Around `CLUSTERS` directions, song i around direction i % CLUSTERS. */
static float *make_songs(uint32_t songs, float spread)
{
    float *vectors = pulse_need((size_t)songs * WIDTH, sizeof *vectors);
    pulse_random random = pulse_random_make(5, 1);
    float centres[CLUSTERS][WIDTH];
    for (int c = 0; c < CLUSTERS; ++c)
        for (int k = 0; k < WIDTH; ++k)
            centres[c][k] = pulse_random_normal(&random);
    for (uint32_t i = 0; i < songs; ++i) {
        float *row = vectors + (size_t)i * WIDTH, squares = 0;
        for (int k = 0; k < WIDTH; ++k) {
            row[k] = centres[i % CLUSTERS][k] + spread * pulse_random_normal(&random);
            squares += row[k] * row[k];
        }
        for (int k = 0; k < WIDTH; ++k)
            row[k] /= sqrtf(squares);
    }
    return vectors;
}

static float *make_map(const float *vectors, uint32_t songs, pulse_map_params params,
                       pulse_map_quality *quality)
{
    float *xy = pulse_need((size_t)songs * 2, sizeof *xy);
    pulse_failure failure = {0};
    if (pulse_map_make(vectors, songs, WIDTH, &params, xy, quality, &failure) != 0)
        fail_msg("%s", failure.message);
    return xy;
}

/* ---- Neighbours ----------------------------------------------------------------------------- */

static void neighbours_are_those_that_a_plain_search_finds(void **state)
{
    (void)state;
    enum { SONGS = 2345, COUNT = 7 };
    float *vectors = make_songs(SONGS, 0.5f);
    uint32_t *songs = pulse_need((size_t)SONGS * COUNT, sizeof *songs);
    float *cosines = pulse_need((size_t)SONGS * COUNT, sizeof *cosines);
    const pulse_map_search search = {.queries = vectors,
                                     .query_count = SONGS,
                                     .candidates = vectors,
                                     .candidate_count = SONGS,
                                     .dimensions = WIDTH,
                                     .same = true,
                                     .count = COUNT};
    pulse_parallel *parallel = pulse_parallel_start(3);
    pulse_failure failure;
    assert_int_equal(pulse_map_nearest(&search, parallel, songs, cosines, &failure), 0);
    pulse_parallel_stop(parallel);
    for (uint32_t i = 0; i < SONGS; i += 101) {
        double last = 2;
        for (int k = 0; k < COUNT; ++k) {
            const uint32_t song = songs[i * COUNT + k];
            double cosine = 0;
            uint32_t nearer = 0;
            for (int d = 0; d < WIDTH; ++d)
                cosine += (double)vectors[i * WIDTH + d] * vectors[song * WIDTH + d];
            for (uint32_t j = 0; j < SONGS; ++j) {
                double other = 0;
                for (int d = 0; d < WIDTH; ++d)
                    other += (double)vectors[i * WIDTH + d] * vectors[j * WIDTH + d];
                nearer += j != i && other > cosine + 1e-6;
            }
            assert_int_not_equal(song, i);
            assert_true(nearer <= (uint32_t)k);
            assert_true(fabs(cosine - cosines[i * COUNT + k]) < 1e-5);
            assert_true(cosine <= last + 1e-6);
            last = cosine;
        }
    }
    free(vectors);
    free(songs);
    free(cosines);
}

/* ---- The measure ---------------------------------------------------------------------------- */

/* The values are scikit-learn's (1.x, sklearn.manifold.trustworthiness) of the same numbers. */
static void trustworthiness_is_what_scikit_learn_computes(void **state)
{
    (void)state;
    enum { SONGS = 100 };
    static const struct {
        double shift;
        uint32_t neighbours;
        double expected;
    } cases[] = {{0, 5, 0.8376086956521739},
                 {0, 15, 0.8813506493506493},
                 {0.3, 5, 0.8731086956521739},
                 {0.3, 15, 0.8735324675324676}};
    pulse_parallel *parallel = pulse_parallel_start(2);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
        float vectors[SONGS * 3], xy[SONGS * 2];
        uint32_t all[SONGS];
        for (uint32_t i = 0; i < SONGS; ++i) {
            const double v[3] = {sin(1.1 * i), cos(0.7 * i), sin(0.3 * i + 1)};
            const double length = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
            for (int k = 0; k < 3; ++k)
                vectors[i * 3 + (uint32_t)k] = (float)(v[k] / length);
            xy[2 * i] = (float)(v[0] / length + cases[c].shift * sin(7.1 * i));
            xy[2 * i + 1] = (float)(v[1] / length + cases[c].shift * cos(5.3 * i));
            all[i] = i;
        }
        double found;
        pulse_failure failure;
        assert_int_equal(pulse_map_trust(vectors, SONGS, 3, xy, all, SONGS, cases[c].neighbours,
                                         parallel, &found, &failure),
                         0);
        if (!(fabs(found - cases[c].expected) < 1e-6))
            fail_msg("case %zu: %.10f instead of %.10f", c, found, cases[c].expected);
    }
    pulse_parallel_stop(parallel);
}

static void trustworthiness_of_the_space_itself_is_1(void **state)
{
    (void)state;
    enum { SONGS = 500 };
    float vectors[SONGS * 2];
    uint32_t all[SONGS];
    for (uint32_t i = 0; i < SONGS; ++i) {
        vectors[2 * i] = (float)cos(0.01 * i * sqrt(i));
        vectors[2 * i + 1] = (float)sin(0.01 * i * sqrt(i));
        all[i] = i;
    }
    pulse_parallel *parallel = pulse_parallel_start(2);
    double found;
    pulse_failure failure;
    assert_int_equal(
        pulse_map_trust(vectors, SONGS, 2, vectors, all, SONGS, 15, parallel, &found, &failure), 0);
    assert_true(found > 0.99999);
    pulse_parallel_stop(parallel);
}

/* ---- The layout ----------------------------------------------------------------------------- */

static void check_frame(const float *xy, uint32_t songs)
{
    float low[2] = {2, 2}, high[2] = {-2, -2};
    for (uint32_t i = 0; i < 2 * songs; ++i) {
        const float step = xy[i] * 32767.0f;
        assert_true(xy[i] >= -1 && xy[i] <= 1);
        assert_true(fabsf(step - roundf(step)) < 0.01f);
        low[i % 2] = fminf(low[i % 2], xy[i]);
        high[i % 2] = fmaxf(high[i % 2], xy[i]);
    }
    /* The wider axis fills the frame, the other has as much room on both sides. */
    assert_true(fmaxf(high[0] - low[0], high[1] - low[1]) > 1.99f);
    assert_true(fabsf(high[0] + low[0]) < 0.001f && fabsf(high[1] + low[1]) < 0.001f);
}

/* The share of songs whose nearest on the map is of their cluster. */
static double kept_together(const float *xy, uint32_t songs)
{
    uint32_t together = 0;
    for (uint32_t i = 0; i < songs; ++i) {
        float best = INFINITY;
        uint32_t nearest = 0;
        for (uint32_t j = 0; j < songs; ++j) {
            const float distance = hypotf(xy[2 * i] - xy[2 * j], xy[2 * i + 1] - xy[2 * j + 1]);
            if (j != i && distance < best) {
                best = distance;
                nearest = j;
            }
        }
        together += nearest % CLUSTERS == i % CLUSTERS;
    }
    return (double)together / songs;
}

static void what_is_alike_lies_together(void **state)
{
    (void)state;
    enum { SONGS = 1500 };
    float *vectors = make_songs(SONGS, 0.4f);
    pulse_map_quality quality;
    float *xy = make_map(vectors, SONGS, pulse_map_params_default(), &quality);
    check_frame(xy, SONGS);
    assert_true(kept_together(xy, SONGS) > 0.98);
    assert_true(quality.trustworthiness > 0.85 && quality.trustworthiness < 1);
    assert_int_equal(quality.neighbours, 15);
    assert_int_equal(quality.queries, SONGS);
    assert_int_equal(quality.landmarks, SONGS);
    free(vectors);
    free(xy);
}

static void more_songs_are_put_among_landmarks(void **state)
{
    (void)state;
    enum { SONGS = 9000, LANDMARKS = 700 };
    float *vectors = make_songs(SONGS, 0.4f);
    pulse_map_params params = pulse_map_params_default();
    params.all_up_to = 1000;
    params.landmarks = LANDMARKS;
    pulse_map_quality quality;
    float *xy = make_map(vectors, SONGS, params, &quality);
    check_frame(xy, SONGS);
    assert_true(quality.trustworthiness > 0.85);
    assert_int_equal(quality.landmarks, LANDMARKS);
    assert_int_equal(quality.queries, 2000);
    params.threads = 3;
    float *again = make_map(vectors, SONGS, params, NULL);
    assert_memory_equal(xy, again, SONGS * 2 * sizeof *xy);
    free(vectors);
    free(xy);
    free(again);
}

static void the_map_depends_on_the_seed_and_not_on_the_threads(void **state)
{
    (void)state;
    enum { SONGS = 4001 }; /* two layouts, one after the other */
    float *vectors = make_songs(SONGS, 0.6f);
    pulse_map_params params = pulse_map_params_default();
    params.threads = 1;
    float *one = make_map(vectors, SONGS, params, NULL);
    params.threads = 4;
    float *four = make_map(vectors, SONGS, params, NULL);
    assert_memory_equal(one, four, SONGS * 2 * sizeof *one);
    params.seed = 2;
    float *other = make_map(vectors, SONGS, params, NULL);
    assert_memory_not_equal(one, other, SONGS * 2 * sizeof *one);
    free(vectors);
    free(one);
    free(four);
    free(other);
}

static void a_catalogue_of_any_size_has_a_map(void **state)
{
    (void)state;
    float *vectors = make_songs(40, 0.4f);
    for (uint32_t songs = 1; songs <= 40; ++songs) {
        pulse_map_quality quality;
        float *xy = make_map(vectors, songs, pulse_map_params_default(), &quality);
        for (uint32_t i = 0; i < 2 * songs; ++i)
            assert_true(xy[i] >= -1 && xy[i] <= 1);
        if (songs > 1)
            check_frame(xy, songs);
        assert_true(songs < 3 ? isnan(quality.trustworthiness) : quality.trustworthiness <= 1);
        free(xy);
    }
    free(vectors);
}

static void songs_that_are_all_the_same_have_a_map(void **state)
{
    (void)state;
    enum { SONGS = 300 };
    float *vectors = pulse_need((size_t)SONGS * WIDTH, sizeof *vectors);
    for (uint32_t i = 0; i < SONGS; ++i)
        vectors[i * WIDTH] = 1.0f;
    float *xy = make_map(vectors, SONGS, pulse_map_params_default(), NULL);
    check_frame(xy, SONGS);
    free(vectors);
    free(xy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_are_those_that_a_plain_search_finds),
        cmocka_unit_test(trustworthiness_is_what_scikit_learn_computes),
        cmocka_unit_test(trustworthiness_of_the_space_itself_is_1),
        cmocka_unit_test(what_is_alike_lies_together),
        cmocka_unit_test(more_songs_are_put_among_landmarks),
        cmocka_unit_test(the_map_depends_on_the_seed_and_not_on_the_threads),
        cmocka_unit_test(a_catalogue_of_any_size_has_a_map),
        cmocka_unit_test(songs_that_are_all_the_same_have_a_map),
    };
    return cmocka_run_group_tests_name("trainer map", tests, NULL, NULL);
}
