/* From a Hugging Face directory to the encoder of the bundle format (docs/bundle-format.md). */
#ifndef PULSE_TRAINER_ENCODER_IMPORT_H
#define PULSE_TRAINER_ENCODER_IMPORT_H

#include "base/failure.h"

typedef struct pulse_import_params {
    const char *directory;
    const char *out;     /* ends with ".safetensors"; the vocabulary goes beside it */
    const char *name;    /* NULL: the directory's own name */
    const char *licence; /* NULL: none */
    bool f32;            /* keep F32 weights instead of int8 */
} pulse_import_params;

/* Writes the two files and says on the standard error what they are. */
int pulse_encoder_import(const pulse_import_params *params, pulse_failure *failure);

#endif
