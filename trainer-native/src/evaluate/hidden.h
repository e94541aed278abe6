/* The bundle as it would be if of some songs one modality were not known. */
#ifndef PULSE_TRAINER_HIDDEN_H
#define PULSE_TRAINER_HIDDEN_H

#include "evaluate/facts.h"

typedef struct pulse_hidden {
    uint8_t *flags; /* [songs of the catalogue] which songs it is hidden of */
    uint32_t songs; /* how many */
    /* The same bundle with those songs' vectors made anew, by the same autoencoder. */
    pulse_engine *engine;
    struct pulse_overlay *overlay; /* where its files come from */
} pulse_hidden;

/*
 * `source` is the bundle's, and outlives it. `share` of the songs, drawn by the seed, lose what
 * they have of `modality`, one of the autoencoder's.
 */
int pulse_hidden_make(const pulse_source *source, const char *manifest, const pulse_facts *facts,
                      pulse_autoencoder *autoencoder, uint32_t modality, double share,
                      uint64_t seed, pulse_hidden *out, pulse_failure *failure);
void pulse_hidden_free(pulse_hidden *hidden);

#endif
