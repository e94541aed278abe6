/* An encoder and its vocabulary in memory, as `--encoder E` names them. */
#ifndef PULSE_TRAINER_ENCODER_FILES_H
#define PULSE_TRAINER_ENCODER_FILES_H

#include <stdbool.h>

#include "base/failure.h"

typedef struct pulse_encoder_files {
    uint8_t *weights; /* [weights_size] */
    size_t weights_size;
    uint8_t *vocab; /* [vocab_size] */
    size_t vocab_size;
    char hash[65]; /* SHA-256 of the weights */
} pulse_encoder_files;

/*
 * `encoder` is FILE.safetensors as `encoder import` made it, or the directory of a bundle that has
 * an encoder. Whether it is one is for pulse_encoder_open to say. Call pulse_encoder_files_free in
 * every case.
 */
int pulse_encoder_files_read(const char *encoder, pulse_encoder_files *out, pulse_failure *failure);
/* Whether there is something of that name that could be one, before longer work. */
int pulse_encoder_files_check(const char *encoder, pulse_failure *failure);
void pulse_encoder_files_free(pulse_encoder_files *files);

/* The default bundle, where it has an encoder: models/default of the current directory, of the
 * source tree that the program was built in, or of where it is installed. The caller frees the
 * path; NULL where there is none. */
char *pulse_encoder_find_default(void);

#endif
