/* The preprocessor, fitted: means and scales of the training songs, and the categories' values. */
#ifndef PULSE_TRAINER_FIT_H
#define PULSE_TRAINER_FIT_H

#include "train/recipe.h"
#include "train/songs.h"

/* Width of the lyrics embedding that the row has room for. No song has one yet. */
#define PULSE_LYRICS_DIMENSIONS 384u

/* Its JSON (docs/bundle-format.md, "preprocessor"); the caller frees it. */
char *pulse_fit_preprocessor(const pulse_song_table *table, const pulse_split *split,
                             const pulse_recipe *recipe);

#endif
