/*
 * What the training loop sees: the preprocessor's rows without the columns that no song has
 * (lyrics embeddings, until there is an encoder), which would only cost time. Their weights are 0
 * in the model that is written.
 */
#ifndef PULSE_TRAINER_DATASET_H
#define PULSE_TRAINER_DATASET_H

#include "train/fit.h"

typedef struct pulse_dataset {
    const pulse_song_table *table;
    const pulse_split *split;
    char *preprocessor_json;
    pulse_preprocessor *preprocessor;
    pulse_layout layout; /* of the full row */

    uint32_t inputs; /* columns that some song has: targets, then flags */
    uint32_t targets;
    uint32_t numerical; /* the first so many targets are numerical */
    uint32_t *columns;  /* [inputs] their places in the full row */
    uint32_t *modality; /* [targets] */
    uint32_t *flag;     /* [modalities] the column of its presence flag, or UINT32_MAX */
    uint32_t modalities;
    char **modality_names; /* [modalities] */
    float *unweight;       /* [targets] 1 / the preprocessor's weight */
    float *loss_weight;    /* [targets] */
    float *x;              /* [songs, inputs] */
    uint8_t *present;      /* [songs, targets] */
} pulse_dataset;

/* `preprocessor_json` NULL: fitted to the training songs. `table` and `split` must outlive it. */
int pulse_dataset_make(const pulse_song_table *table, const pulse_split *split,
                       const pulse_recipe *recipe, const char *preprocessor_json,
                       pulse_dataset *out, pulse_failure *failure);
void pulse_dataset_free(pulse_dataset *dataset);

#endif
