/*
 * A map of the songs: a place in the plane for each, near to those whose vectors are near.
 *
 * The layout is that of UMAP (McInnes, Healy and Melville, "UMAP: Uniform Manifold Approximation
 * and Projection for Dimension Reduction", 2018): neighbours draw each other near, songs drawn at
 * random push each other off.
 */
#ifndef PULSE_TRAINER_MAP_H
#define PULSE_TRAINER_MAP_H

#include <stdint.h>

#include "base/failure.h"

/* Trustworthiness is measured at so many neighbours. */
#define PULSE_MAP_NEIGHBOURS 15u

typedef struct pulse_map_params {
    uint64_t seed;
    uint32_t threads;   /* 0: one for each processor */
    uint32_t all_up_to; /* in a catalogue of so many songs all of them are laid out; */
    uint32_t landmarks; /* in a larger one so many are, and the others put among them */
} pulse_map_params;
pulse_map_params pulse_map_params_default(void); /* seed 1, 100,000 songs, 32,000 landmarks */

typedef struct pulse_map_quality {
    double trustworthiness; /* of the coordinates as a bundle holds them; NAN: too few songs */
    uint32_t neighbours;    /* it is at so many; fewer than 15 in a tiny catalogue */
    uint32_t queries;       /* songs that it was measured for, each against all songs */
    uint32_t landmarks;     /* songs that were laid out: `songs`, or fewer in a large catalogue */
} pulse_map_quality;

/*
 * `vectors` [songs, dimensions] of unit length, `xy` [songs, 2] in [-1, 1], whose multiples of
 * 1 / 32767 they are. The same for the same vectors and seed, whatever the number of threads.
 * `quality` may be NULL: it is not measured then. Time grows with all_up_to^2, and with landmarks *
 * songs beyond that; memory is that of the landmarks' vectors besides a few bytes a song.
 */
int pulse_map_make(const float *vectors, uint32_t songs, uint32_t dimensions,
                   const pulse_map_params *params, float *xy, pulse_map_quality *quality,
                   pulse_failure *failure);

#endif
