/*
 * How long songs' vectors are. Of a song without lyrics, say, the latent has nothing that lyrics
 * would have added: two such songs have nothing to differ by, their cosine is too high, and at unit
 * length each would find the others for what they lack. So a vector is as long as its expected
 * cosine with the vector that the song would have if all were known: 1 for a song of which it is. A
 * product of two such vectors expects no more of what is not known.
 */
#ifndef PULSE_TRAINER_CERTAINTY_H
#define PULSE_TRAINER_CERTAINTY_H

#include "train/songs.h"

/* What is known of each song: bit m of `known` [songs] for the preprocessor's modality m. */
int pulse_known_read(const pulse_song_table *table, const pulse_preprocessor *preprocessor,
                     uint64_t *known, pulse_failure *failure);

/*
 * `certainty` [songs], each in (0, 1]: for each set of modalities the mean cosine, over up to 1,000
 * songs of which all that is known of any is known, between their latents with the others hidden
 * and whole. All 1 where there are fewer than 20 such songs to learn it from.
 */
int pulse_certainty_measure(const pulse_song_table *table, pulse_autoencoder *autoencoder,
                            const uint64_t *known, float *certainty, pulse_failure *failure);

#endif
