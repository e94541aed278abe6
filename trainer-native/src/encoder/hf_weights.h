/* The tensors of a Hugging Face model.safetensors, by their names in transformers' BertModel. */
#ifndef PULSE_TRAINER_HF_WEIGHTS_H
#define PULSE_TRAINER_HF_WEIGHTS_H

#include "encoder/hf_directory.h"

typedef struct pulse_hf_weights {
    char *path;
    uint8_t *block; /* the file is in it */
    pulse_safetensors *view;
    const char *prefix; /* "bert." or "" */
} pulse_hf_weights;

/* Reads the file, and checks that it has no layers or embeddings that the config does not have.
 * Call pulse_hf_weights_close in every case. */
int pulse_hf_weights_open(const pulse_hf_directory *directory, pulse_hf_weights *out,
                          pulse_failure *failure);
void pulse_hf_weights_close(pulse_hf_weights *weights);

/* A tensor [rows, columns], or [columns] with `rows` 0, whatever float it is kept in, as F32 into
 * `out`. Its shape must be that, and every value finite. `name` without the prefix. */
int pulse_hf_weights_get(const pulse_hf_weights *weights, const char *name, uint32_t rows,
                         uint32_t columns, float *out, pulse_failure *failure);

#endif
