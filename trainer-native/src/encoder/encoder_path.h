/* An encoder on disk: FILE.safetensors, and its vocabulary FILE.vocab.txt beside it. */
#ifndef PULSE_TRAINER_ENCODER_PATH_H
#define PULSE_TRAINER_ENCODER_PATH_H

#include <stdbool.h>

/* Whether the name ends with ".safetensors", and has more than that. */
bool pulse_encoder_path_is_file(const char *path);
/* The vocabulary's path; the caller frees it. `path` must end so. */
char *pulse_encoder_vocab_path(const char *path);

#endif
