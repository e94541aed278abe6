/* Which songs are for what, an artist's all on one side. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"
#include "train/songs.h"

enum { TEST = 0, VALIDATION = 1, TRAIN = 2, SIDES = 3, FEWEST_SONGS = 20 };

typedef struct splitter {
    const pulse_song_table *table;
    uint32_t *by_artist; /* [songs] */
    uint32_t *first;     /* [artists + 1] where an artist's songs start in `by_artist` */
    uint32_t *artists;   /* [artists] in the order drawn */
    uint8_t *side;       /* [songs] */
    uint32_t count[SIDES];
    uint32_t wanted[SIDES];
    pulse_random random;
} splitter;

static void group_by_artist(splitter *s)
{
    const pulse_song_table *table = s->table;
    for (uint32_t i = 0; i < table->songs; ++i)
        ++s->first[table->artist[i] + 1];
    for (uint32_t a = 0; a < table->artists; ++a)
        s->first[a + 1] += s->first[a];
    uint32_t *next = pulse_need(table->artists, sizeof *next);
    for (uint32_t i = 0; i < table->songs; ++i) {
        const uint32_t a = table->artist[i];
        s->by_artist[s->first[a] + next[a]++] = i;
    }
    free(next);
}

static void put(splitter *s, uint32_t song, uint32_t side)
{
    --s->count[s->side[song]];
    ++s->count[side];
    s->side[song] = (uint8_t)side;
}

/* In an order that is drawn, each artist goes where there is still room for all of its songs; to
 * training, where there is none. */
static void take_whole_artists(splitter *s)
{
    const uint32_t artists = s->table->artists;
    for (uint32_t a = 0; a < artists; ++a)
        s->artists[a] = a;
    pulse_random_shuffle(&s->random, s->artists, artists);
    for (uint32_t i = 0; i < artists; ++i) {
        const uint32_t a = s->artists[i], size = s->first[a + 1] - s->first[a];
        for (uint32_t side = TEST; side < TRAIN; ++side) {
            if (s->count[side] + size > s->wanted[side])
                continue;
            for (uint32_t k = s->first[a]; k < s->first[a + 1]; ++k)
                put(s, s->by_artist[k], side);
            break;
        }
    }
}

static uint32_t in_training(const splitter *s, uint32_t artist)
{
    uint32_t count = 0;
    for (uint32_t k = s->first[artist]; k < s->first[artist + 1]; ++k)
        count += s->side[s->by_artist[k]] == TRAIN;
    return count;
}

static uint32_t largest_in_training(const splitter *s, uint32_t *size)
{
    uint32_t largest = 0;
    *size = 0;
    for (uint32_t a = 0; a < s->table->artists; ++a) {
        /* Only one that could be larger is worth counting. */
        if (s->first[a + 1] - s->first[a] <= *size)
            continue;
        const uint32_t count = in_training(s, a);
        if (count > *size) {
            *size = count;
            largest = a;
        }
    }
    return largest;
}

/* Where artists are too few or too large to make up a side, songs of the largest are taken one by
 * one: something has to be measured, and the others stay whole. Gives how many were divided. */
static uint32_t divide_the_largest(splitter *s)
{
    uint32_t divided = 0;
    for (;;) {
        uint32_t side = TEST;
        while (side < TRAIN && 10 * (uint64_t)s->count[side] >= 9 * (uint64_t)s->wanted[side])
            ++side;
        if (side == TRAIN)
            return divided;
        uint32_t size;
        const uint32_t artist = largest_in_training(s, &size);
        if (size < 2)
            return divided;
        uint32_t *songs = pulse_need(size, sizeof *songs), count = 0, left = size - 1;
        for (uint32_t k = s->first[artist]; k < s->first[artist + 1]; ++k) {
            if (s->side[s->by_artist[k]] == TRAIN)
                songs[count++] = s->by_artist[k];
        }
        pulse_random_shuffle(&s->random, songs, count);
        for (uint32_t i = 0; side < TRAIN; ++side) {
            for (; left > 0 && s->count[side] < s->wanted[side]; ++i, --left)
                put(s, songs[i], side);
        }
        free(songs);
        ++divided;
    }
}

/* The lists in `order`: test, validation, training; each in an order of its own that is drawn. */
static void list_sides(splitter *s, pulse_split *split)
{
    uint32_t at = 0, starts[SIDES];
    for (uint32_t side = 0; side < SIDES; ++side) {
        starts[side] = at;
        for (uint32_t i = 0; i < s->table->songs; ++i) {
            if (s->side[i] == side)
                split->order[at++] = i;
        }
        pulse_random_shuffle(&s->random, split->order + starts[side], s->count[side]);
    }
    split->test = split->order + starts[TEST];
    split->validation = split->order + starts[VALIDATION];
    split->train = split->order + starts[TRAIN];
    split->test_count = s->count[TEST];
    split->validation_count = s->count[VALIDATION];
    split->train_count = s->count[TRAIN];
}

pulse_split pulse_split_make(const pulse_song_table *table, float test, float validation,
                             uint64_t seed)
{
    const uint32_t songs = table->songs;
    if (songs < FEWEST_SONGS) {
        pulse_split split = pulse_split_all(songs);
        split.test_count = split.validation_count = songs;
        return split;
    }
    pulse_split split = {.order = pulse_need(songs, sizeof(uint32_t)), .held_out = true};
    splitter s = {.table = table, .random = pulse_random_make(seed, 1)};
    s.by_artist = pulse_need(songs, sizeof *s.by_artist);
    s.first = pulse_need((size_t)table->artists + 1, sizeof *s.first);
    s.artists = pulse_need(table->artists, sizeof *s.artists);
    s.side = pulse_need(songs, 1);
    s.wanted[TEST] = (uint32_t)lroundf(test * (float)songs);
    s.wanted[VALIDATION] = (uint32_t)lroundf(validation * (float)songs);
    s.count[TRAIN] = songs;
    for (uint32_t i = 0; i < songs; ++i)
        s.side[i] = TRAIN;
    group_by_artist(&s);
    take_whole_artists(&s);
    split.divided = divide_the_largest(&s);
    list_sides(&s, &split);
    free(s.by_artist);
    free(s.first);
    free(s.artists);
    free(s.side);
    return split;
}

pulse_split pulse_split_all(uint32_t songs)
{
    pulse_split split = {.order = pulse_need(songs, sizeof(uint32_t)), .train_count = songs};
    for (uint32_t i = 0; i < songs; ++i)
        split.order[i] = i;
    split.train = split.validation = split.test = split.order;
    return split;
}

void pulse_split_free(pulse_split *split)
{
    free(split->order);
    *split = (pulse_split){0};
}
