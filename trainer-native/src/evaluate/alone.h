/* Where a song lands of which one modality is known and nothing else. */
#ifndef PULSE_TRAINER_ALONE_H
#define PULSE_TRAINER_ALONE_H

#include "train/dataset.h"

typedef struct pulse_alone {
    uint32_t songs; /* measured: they have the modality, and others to hide; 0: none */
    double
        median_rank;   /* of the song itself among all songs, from 1, by its latent from it alone */
    double found;      /* share of songs that are among the 100 nearest to it */
    double same_genre; /* of the 10 nearest songs but itself, the share of its genre */
} pulse_alone;

/*
 * For each modality, `out` [modalities], with `queries` [query_count] songs. `latents` [songs,
 * dimensions] are those of all that is known of each song, by the same autoencoder.
 */
int pulse_alone_measure(const pulse_dataset *dataset, pulse_autoencoder *autoencoder,
                        const float *latents, const uint32_t *queries, uint32_t query_count,
                        pulse_alone *out, pulse_failure *failure);

#endif
