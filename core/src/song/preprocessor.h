/* What the engine asks of a preprocessor beyond pulse.h. */
#ifndef PULSE_SONG_PREPROCESSOR_H
#define PULSE_SONG_PREPROCESSOR_H

#include "pulse.h"

#define PULSE_PREPROCESSOR_VERSION 1
#define PULSE_PREPROCESSOR_NONE UINT32_MAX

/* Names in the order of the columns; they belong to the preprocessor. */
const char *pulse_preprocessor_numerical_name(const pulse_preprocessor *preprocessor,
                                              uint32_t numerical);
const char *pulse_preprocessor_categorical_name(const pulse_preprocessor *preprocessor,
                                                uint32_t categorical);

/* The numerical feature that is a song's year, the categorical one that is its genre;
 * PULSE_PREPROCESSOR_NONE where there is none. */
uint32_t pulse_preprocessor_year(const pulse_preprocessor *preprocessor);
uint32_t pulse_preprocessor_genre(const pulse_preprocessor *preprocessor);

/* The raw value that a target column of a numerical feature stands for; NAN where it stands for
 * none. */
float pulse_preprocessor_restore(const pulse_preprocessor *preprocessor, uint32_t numerical,
                                 float target);

#endif
