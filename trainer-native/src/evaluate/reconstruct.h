/* How well songs come back from fewer numbers: by the autoencoder, and by principal components. */
#ifndef PULSE_TRAINER_RECONSTRUCT_H
#define PULSE_TRAINER_RECONSTRUCT_H

#include "evaluate/space.h"
#include "train/dataset.h"

/* Mean squared error over known numerical (standardised) and one-hot values, unweighted; of the
 * lyrics embedding, in standard deviations of its columns, only in its modality. NAN: none. */
typedef struct pulse_reconstruction {
    double features;
    double *by_modality; /* [modalities] the caller frees it */
} pulse_reconstruction;
pulse_reconstruction pulse_reconstruction_none(const pulse_dataset *dataset);

/* The model's inputs, standardised and weighed as its loss weighs them, [targets] wide: what
 * principal components are taken of. Missing values are 0. The dataset must outlive the rows. */
pulse_rows pulse_reconstruct_rows(const pulse_dataset *dataset);
/* All of them, [songs, targets]. The caller frees it. */
float *pulse_reconstruct_inputs(const pulse_dataset *dataset);

/* Of `songs` [count]. `out` is overwritten; `pca` is of pulse_reconstruct_rows. */
int pulse_reconstruct_by_model(const pulse_dataset *dataset, pulse_autoencoder *autoencoder,
                               const uint32_t *songs, uint32_t count, pulse_reconstruction *out,
                               pulse_failure *failure);
void pulse_reconstruct_by_pca(const pulse_dataset *dataset, const pulse_pca *pca,
                              const uint32_t *songs, uint32_t count, pulse_reconstruction *out);

#endif
