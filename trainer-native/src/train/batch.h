/* Batches: which songs, beside which others of the same artist, with what hidden from the input. */
#ifndef PULSE_TRAINER_BATCH_H
#define PULSE_TRAINER_BATCH_H

#include "base/random.h"
#include "train/dataset.h"

/* For each song of a list, where the list's other songs of its artist are. */
typedef struct pulse_partners {
    uint32_t *sorted; /* [count] the songs, by artist */
    uint32_t *first;  /* [artists] where the artist's songs start in `sorted` */
    uint32_t *count;  /* [artists] */
} pulse_partners;
void pulse_partners_make(pulse_partners *partners, const pulse_song_table *table,
                         const uint32_t *songs, uint32_t count);
void pulse_partners_free(pulse_partners *partners);
/* Another song of the same artist, or the song itself where there is none. */
uint32_t pulse_partners_draw(const pulse_partners *partners, const pulse_song_table *table,
                             uint32_t song, pulse_random *random);

/* Rows for the net. With partners, `size` anchors are followed by their `size` partners. */
typedef struct pulse_batch {
    uint32_t capacity; /* of rows */
    uint32_t rows;
    uint32_t pairs;   /* 0, or rows / 2 */
    uint32_t *songs;  /* [capacity] */
    uint32_t *artist; /* [pairs] */
    uint8_t *counted; /* [pairs] whether the two can be told from a song beside itself */
    float *clean;     /* [capacity, inputs] */
    float *seen;      /* [capacity, inputs] with noise and gaps: the net's input */
    uint8_t *present; /* [capacity, targets] */

    const pulse_dataset *dataset;
    const pulse_partners *partners;
    const pulse_recipe *recipe;
    uint64_t seed, number;
} pulse_batch;
void pulse_batch_make(pulse_batch *batch, const pulse_dataset *dataset, uint32_t size, bool paired);
void pulse_batch_free(pulse_batch *batch);

/*
 * A new batch, and its rows. Each row has random numbers of its own, by seed, number of the batch
 * and row: rows may be filled in any order, on any threads, and the same batch again is the same.
 * `recipe` NULL: nothing is hidden and `seen` is `clean`'s copy. `partners` NULL: no pairs.
 */
void pulse_batch_begin(pulse_batch *batch, const uint32_t *songs, uint32_t count,
                       const pulse_partners *partners, const pulse_recipe *recipe, uint64_t seed,
                       uint64_t number);
void pulse_batch_fill(pulse_batch *batch, uint32_t first, uint32_t count);
/* The random numbers of a row, or, with PULSE_BATCH_APART added, others of the same batch. */
pulse_random pulse_batch_random(const pulse_batch *batch, uint32_t row);
#define PULSE_BATCH_APART (1u << 19) /* above any row */

#endif
