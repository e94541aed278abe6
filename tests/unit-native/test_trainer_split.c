/* Which songs a model learns from, and which it is measured with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/songs.h"

enum { TEST, VALIDATION, TRAIN };

/* Songs of artists with these many songs each, one after the other. */
static pulse_song_table make(const uint32_t *sizes, uint32_t artists)
{
    pulse_song_table table = {.artists = artists};
    for (uint32_t a = 0; a < artists; ++a)
        table.songs += sizes[a];
    table.artist = calloc(table.songs, sizeof(uint32_t));
    for (uint32_t a = 0, at = 0; a < artists; ++a) {
        for (uint32_t k = 0; k < sizes[a]; ++k)
            table.artist[at++] = a;
    }
    return table;
}

/* Each song once; gives how many artists are on more than one side. */
static uint32_t check_sides(const pulse_song_table *table, const pulse_split *split)
{
    assert_int_equal(split->test_count + split->validation_count + split->train_count,
                     table->songs);
    uint8_t *seen = calloc(table->songs, 1), *sides = calloc(table->artists, 1);
    const uint32_t *const lists[] = {split->test, split->validation, split->train};
    const uint32_t counts[] = {split->test_count, split->validation_count, split->train_count};
    for (int side = TEST; side <= TRAIN; ++side) {
        for (uint32_t i = 0; i < counts[side]; ++i) {
            assert_int_equal(seen[lists[side][i]]++, 0);
            sides[table->artist[lists[side][i]]] |= (uint8_t)(1u << side);
        }
    }
    uint32_t torn = 0;
    for (uint32_t a = 0; a < table->artists; ++a)
        torn += (sides[a] & (sides[a] - 1)) != 0;
    free(seen);
    free(sides);
    return torn;
}

static void check_shares(const pulse_song_table *table, const pulse_split *split, float test,
                         float validation, float within)
{
    const float songs = (float)table->songs;
    assert_true(fabsf((float)split->test_count / songs - test) <= within);
    assert_true(fabsf((float)split->validation_count / songs - validation) <= within);
}

static void all_songs_of_an_artist_are_on_one_side(void **state)
{
    (void)state;
    uint32_t sizes[300];
    for (uint32_t a = 0; a < 300; ++a)
        sizes[a] = 1 + a % 23;
    pulse_song_table table = make(sizes, 300);
    for (uint64_t seed = 1; seed < 20; ++seed) {
        pulse_split split = pulse_split_make(&table, 0.2f, 0.08f, seed);
        assert_true(split.held_out);
        assert_int_equal(split.divided, 0);
        assert_int_equal(check_sides(&table, &split), 0);
        check_shares(&table, &split, 0.2f, 0.08f, 0.01f);
        pulse_split_free(&split);
    }
    free(table.artist);
}

static void a_giant_artist_stays_whole_and_leaves_the_shares_as_asked(void **state)
{
    (void)state;
    uint32_t sizes[201];
    for (uint32_t a = 0; a < 200; ++a)
        sizes[a] = 2;
    sizes[200] = 600; /* 60% of all */
    pulse_song_table table = make(sizes, 201);
    for (uint64_t seed = 1; seed < 20; ++seed) {
        pulse_split split = pulse_split_make(&table, 0.2f, 0.1f, seed);
        assert_int_equal(split.divided, 0);
        assert_int_equal(check_sides(&table, &split), 0);
        check_shares(&table, &split, 0.2f, 0.1f, 0.005f);
        pulse_split_free(&split);
    }
    free(table.artist);
}

static void one_artist_alone_is_dealt_out_by_songs(void **state)
{
    (void)state;
    const uint32_t all[] = {100}, nearly[] = {99, 1}, two[] = {50, 50};
    const uint32_t *const catalogues[] = {all, nearly, two};
    const uint32_t artists[] = {1, 2, 2};
    for (int i = 0; i < 3; ++i) {
        pulse_song_table table = make(catalogues[i], artists[i]);
        pulse_split split = pulse_split_make(&table, 0.2f, 0.1f, 3);
        assert_int_equal(split.divided, 1);
        assert_int_equal(check_sides(&table, &split), 1);
        check_shares(&table, &split, 0.2f, 0.1f, 0.011f);
        pulse_split_free(&split);
        free(table.artist);
    }
}

static void songs_without_an_artist_are_each_on_their_own(void **state)
{
    (void)state;
    uint32_t sizes[500]; /* the table gives each an artist of its own */
    for (uint32_t a = 0; a < 500; ++a)
        sizes[a] = 1;
    pulse_song_table table = make(sizes, 500);
    pulse_split split = pulse_split_make(&table, 0.2f, 0.08f, 1);
    assert_int_equal(split.divided, 0);
    check_sides(&table, &split);
    check_shares(&table, &split, 0.2f, 0.08f, 0.0f);
    pulse_split_free(&split);
    free(table.artist);
}

static void a_seed_gives_the_same_split_and_another_another(void **state)
{
    (void)state;
    uint32_t sizes[50];
    for (uint32_t a = 0; a < 50; ++a)
        sizes[a] = 4;
    pulse_song_table table = make(sizes, 50);
    pulse_split one = pulse_split_make(&table, 0.2f, 0.08f, 7);
    pulse_split same = pulse_split_make(&table, 0.2f, 0.08f, 7);
    pulse_split other = pulse_split_make(&table, 0.2f, 0.08f, 8);
    assert_memory_equal(one.order, same.order, 200 * sizeof *one.order);
    assert_true(memcmp(one.order, other.order, 200 * sizeof *one.order) != 0);
    /* A list is in no order by artist: whoever takes its first songs takes of many artists. */
    uint32_t neighbours = 0;
    for (uint32_t i = 1; i < one.train_count; ++i)
        neighbours += table.artist[one.train[i]] == table.artist[one.train[i - 1]];
    assert_true(neighbours < one.train_count / 4);
    pulse_split_free(&one);
    pulse_split_free(&same);
    pulse_split_free(&other);
    free(table.artist);
}

static void too_few_songs_are_all_used_for_everything(void **state)
{
    (void)state;
    const uint32_t sizes[] = {10, 9};
    pulse_song_table table = make(sizes, 2);
    pulse_split split = pulse_split_make(&table, 0.2f, 0.08f, 1);
    assert_false(split.held_out);
    assert_int_equal(split.test_count, 19);
    assert_int_equal(split.validation_count, 19);
    assert_int_equal(split.train_count, 19);
    pulse_split_free(&split);
    free(table.artist);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_songs_of_an_artist_are_on_one_side),
        cmocka_unit_test(a_giant_artist_stays_whole_and_leaves_the_shares_as_asked),
        cmocka_unit_test(one_artist_alone_is_dealt_out_by_songs),
        cmocka_unit_test(songs_without_an_artist_are_each_on_their_own),
        cmocka_unit_test(a_seed_gives_the_same_split_and_another_another),
        cmocka_unit_test(too_few_songs_are_all_used_for_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
