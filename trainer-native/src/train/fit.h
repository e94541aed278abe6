/* The preprocessor, fitted: means and scales of the training songs, and the categories' values. */
#ifndef PULSE_TRAINER_FIT_H
#define PULSE_TRAINER_FIT_H

#include "train/recipe.h"
#include "train/songs.h"

/* Width of the lyrics embedding that the row has room for where no song has one. */
#define PULSE_LYRICS_DIMENSIONS 384u

/* Its JSON (docs/bundle-format.md, "preprocessor"); the caller frees it. */
char *pulse_fit_preprocessor(const pulse_song_table *table, const pulse_split *split,
                             const pulse_recipe *recipe);

/*
 * The lyrics embeddings of the training songs: their mean, into `mean` [dimensions], and the root
 * of their variance's mean over the columns, which is returned; 0 where there are none. One scale
 * for all columns keeps the angles between embeddings, which are what an encoder is trained for.
 */
double pulse_fit_lyrics(const pulse_song_table *table, const pulse_split *split, float *mean);

#endif
