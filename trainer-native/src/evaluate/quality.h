/* What the bundle's manifest says of its model, and what it is compared with. */
#ifndef PULSE_TRAINER_QUALITY_H
#define PULSE_TRAINER_QUALITY_H

#include "evaluate/alone.h"
#include "evaluate/reconstruct.h"

typedef struct pulse_quality {
    uint32_t heldout_songs; /* 0: too few songs to hold any out; the errors are then NAN */
    pulse_reconstruction heldout;
    uint32_t pca_dimensions;
    pulse_reconstruction pca_heldout;
    pulse_space_quality latent, pca, features;
    pulse_alone *alone; /* [modalities] */
} pulse_quality;

/*
 * Measures a model: `latents` [songs, dimensions] and reconstructions come from the
 * core. The dataset is as the training had it.
 */
int pulse_quality_measure(const pulse_dataset *dataset, pulse_autoencoder *autoencoder,
                          const float *latents, pulse_quality *out, pulse_failure *failure);
void pulse_quality_free(pulse_quality *quality);
cJSON *pulse_quality_to_json(const pulse_quality *quality, const pulse_dataset *dataset);
/* The same for people, from the manifest's "quality". The caller frees it. */
char *pulse_quality_text(const cJSON *quality);

#endif
