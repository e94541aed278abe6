/* What the engine asks of a preprocessor beyond pulse.h. */
#ifndef PULSE_SONG_PREPROCESSOR_H
#define PULSE_SONG_PREPROCESSOR_H

#include "pulse.h"

#define PULSE_PREPROCESSOR_OLDEST 1
#define PULSE_PREPROCESSOR_VERSION 2 /* knows circular features and lists of categories */
#define PULSE_PREPROCESSOR_NONE UINT32_MAX

/* Names of the features, in order; they belong to the preprocessor. */
const char *pulse_preprocessor_numerical_name(const pulse_preprocessor *preprocessor,
                                              uint32_t numerical);
const char *pulse_preprocessor_categorical_name(const pulse_preprocessor *preprocessor,
                                                uint32_t categorical);

/* The numerical feature that is a song's year, the categorical one that is its genre;
 * PULSE_PREPROCESSOR_NONE where there is none. */
uint32_t pulse_preprocessor_year(const pulse_preprocessor *preprocessor);
uint32_t pulse_preprocessor_genre(const pulse_preprocessor *preprocessor);

/* Whether a song may have several values of the category at once. */
bool pulse_preprocessor_multiple(const pulse_preprocessor *preprocessor, uint32_t categorical);
/* Whether the numerical feature goes round, so that a large value is none above a small one. */
bool pulse_preprocessor_circular(const pulse_preprocessor *preprocessor, uint32_t numerical);

/* The raw value of a numerical feature that a row of targets [layout.targets] stands for; NAN where
 * it stands for none. */
float pulse_preprocessor_restore(const pulse_preprocessor *preprocessor, uint32_t numerical,
                                 const float *targets);

#endif
