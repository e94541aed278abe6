/*
 * What playlists say of songs: methods that learn from nothing else. Items are the songs that some
 * playlist holds.
 */
#ifndef PULSE_TRAINER_ITEMS_H
#define PULSE_TRAINER_ITEMS_H

#include "evaluate/playlists.h"

typedef struct pulse_items {
    const pulse_playlists *playlists; /* must outlive it */
    uint32_t songs;
    uint32_t count;
    uint32_t *song;  /* [count] of each item */
    uint32_t *item;  /* [songs] or UINT32_MAX */
    size_t *first;   /* [count + 1] where an item's playlists begin in `lists` */
    uint32_t *lists; /* the playlists that hold each item */
    float *scratch;  /* [count] */
} pulse_items;

pulse_items pulse_items_make(const pulse_playlists *playlists, uint32_t songs);
void pulse_items_free(pulse_items *items);

/*
 * Item k-NN with all neighbours: a song's score is the sum over the seeds of
 *     together / (held by the seed ^ source * held by the song ^ target + shrinkage)
 * where `together` is how many playlists hold both. With powers of 1/2 and no shrinkage this is the
 * cosine of the two songs' columns (Sarwar et al., WWW 2001). Into `scores` [songs].
 */
typedef struct pulse_knn {
    double source, target, shrinkage;
} pulse_knn;
void pulse_items_knn(pulse_items *items, const pulse_knn *knn, const uint32_t *seeds,
                     uint32_t seed_count, float *scores);

/* Above this, EASE's matrix takes more memory and time than a comparison is worth. */
#define PULSE_EASE_LIMIT 20000u

/*
 * EASE^R (Steck, WWW 2019): weights [count, count] that predict each item of a playlist from its
 * others, with a ridge penalty; the caller frees them. weights[i, j] is what item i says of item j.
 */
int pulse_ease_fit(const pulse_items *items, double ridge, float **weights, pulse_failure *failure);
void pulse_ease_score(const pulse_items *items, const float *weights, const uint32_t *seeds,
                      uint32_t seed_count, float *scores);

#endif
