/* How well a space of songs keeps alike songs together, and the linear space to compare with. */
#ifndef PULSE_TRAINER_SPACE_H
#define PULSE_TRAINER_SPACE_H

#include "evaluate/rows.h"
#include "train/songs.h"

typedef struct pulse_measure {
    double mean;
    double interval; /* half the width of its 95% confidence interval, over the queries */
} pulse_measure;

typedef struct pulse_space_quality {
    uint32_t queries;
    pulse_measure same_genre;  /* of the 10 nearest songs, the share of the query's genre */
    pulse_measure same_artist; /* of the artist's other songs, at most 10, the share among them */
} pulse_space_quality;

/*
 * The 10 nearest songs by cosine, by brute force, of `queries` [query_count] songs. `rows` are of
 * unit length, or 0 for a song of which nothing is known; they are gone through once.
 */
int pulse_space_measure(const pulse_rows *rows, const pulse_song_table *table,
                        const uint32_t *queries, uint32_t query_count, pulse_space_quality *out,
                        pulse_failure *failure);

void pulse_space_normalise(float *vectors, size_t count, uint32_t dimensions);

/* Principal components of x [rows of `songs`, width], largest first. */
typedef struct pulse_pca {
    uint32_t width;
    uint32_t dimensions;
    float *mean;  /* [width] */
    float *basis; /* [dimensions, width] */
} pulse_pca;
int pulse_pca_fit_rows(const pulse_rows *rows, const uint32_t *songs, uint32_t count,
                       uint32_t dimensions, pulse_pca *out, pulse_failure *failure);
/* The same of a matrix. */
int pulse_pca_fit(const float *x, uint32_t width, const uint32_t *songs, uint32_t count,
                  uint32_t dimensions, pulse_pca *out, pulse_failure *failure);
void pulse_pca_free(pulse_pca *pca);
void pulse_pca_project(const pulse_pca *pca, const float *x, size_t count, float *out);
void pulse_pca_restore(const pulse_pca *pca, const float *projected, size_t count, float *out);

#endif
