/*
 * The settings of a Hugging Face directory that holds a BERT encoder: config.json, the tokenizer's
 * files, and those of sentence-transformers where they are there. What this program cannot compute
 * exactly as the original does is refused by name.
 */
#ifndef PULSE_TRAINER_HF_DIRECTORY_H
#define PULSE_TRAINER_HF_DIRECTORY_H

#include "base/failure.h"

typedef struct pulse_hf_directory {
    char *path;   /* where config.json and the weights are: the directory, or one in it */
    char *config; /* the path of config.json, for messages */
    uint32_t layers;
    uint32_t width;
    uint32_t heads;
    uint32_t intermediate;
    uint32_t positions;
    uint32_t words;
    uint32_t types; /* rows of the token type embeddings */
    double epsilon;
    bool cls; /* pooling: the first token's vector, otherwise the mean */
    bool normalise;
    bool pooling_is_told; /* by sentence-transformers' files; otherwise mean and unit length */
    pulse_tokenizer_params tokenizer;
    uint8_t *vocab; /* [vocab_bytes] vocab.txt */
    size_t vocab_bytes;
} pulse_hf_directory;

/* Call pulse_hf_directory_free in every case. */
int pulse_hf_directory_read(const char *path, pulse_hf_directory *out, pulse_failure *failure);
void pulse_hf_directory_free(pulse_hf_directory *directory);

#endif
