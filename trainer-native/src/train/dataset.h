/*
 * What the training loop sees: the preprocessor's rows without the columns that no song has (lyrics
 * embeddings, where none were made), which would only cost time: their weights are 0 in the model
 * that is written. Lyrics embeddings are centred here, since much of every text's embedding is the
 * same; the model that is written takes them as they are (the presence flag carries the mean).
 */
#ifndef PULSE_TRAINER_DATASET_H
#define PULSE_TRAINER_DATASET_H

#include "train/fit.h"

/* A category that a song has: the value of its column. */
typedef struct pulse_dataset_category {
    uint32_t column; /* of the targets */
    float value;
} pulse_dataset_category;

typedef struct pulse_dataset {
    const pulse_song_table *table;
    const pulse_split *split;
    char *preprocessor_json;
    pulse_preprocessor *preprocessor;
    pulse_layout layout; /* of the full row */

    uint32_t inputs; /* columns that some song has: targets, then flags */
    uint32_t targets;
    uint32_t numerical; /* the first so many targets are numerical */
    uint32_t lyrics;    /* the last so many targets are the lyrics embedding, or 0 */
    uint32_t *columns;  /* [inputs] their places in the full row */
    uint32_t *modality; /* [targets] */
    uint32_t *flag;     /* [modalities] the column of its presence flag, or UINT32_MAX */
    uint32_t modalities;
    char **modality_names; /* [modalities] */
    float *lone_weight;    /* [modalities] how likely it is to be all that is seen of a song */
    float *unweight;       /* [targets] from a row's value to standard deviations */
    float *loss_weight;    /* [targets] */
    float *song_weight;    /* [songs] the sum of the loss's weights over what is known of it */
    float *centre;         /* [targets] what the preprocessor's row has more than the row here */

    /*
     * Rows in parts, which pulse_dataset_row joins: of hundreds of categories a song has a few, and
     * lyrics stay in the table alone.
     */
    uint32_t flags;
    float *x; /* [songs, numerical + flags] */
    uint32_t categorical_features;
    uint32_t *category_ends; /* [categorical_features] one past the last target of each */
    uint8_t *known;          /* [songs, numerical + categorical_features] */
    size_t *first_category;  /* [songs + 1] of a song's in the list that follows */
    pulse_dataset_category *categories;
    float lyrics_weight;
} pulse_dataset;

/* A song's row [inputs] and what is known of it [targets]. */
void pulse_dataset_row(const pulse_dataset *dataset, uint32_t song, float *row, uint8_t *present);

/* `preprocessor_json` NULL: fitted to the training songs. `table` and `split` must outlive it. */
int pulse_dataset_make(const pulse_song_table *table, const pulse_split *split,
                       const pulse_recipe *recipe, const char *preprocessor_json,
                       pulse_dataset *out, pulse_failure *failure);
void pulse_dataset_free(pulse_dataset *dataset);

#endif
