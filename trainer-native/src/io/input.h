/* A file, plain or gzip, or the standard input, as a stream of bytes. */
#ifndef PULSE_TRAINER_INPUT_H
#define PULSE_TRAINER_INPUT_H

#include "base/failure.h"

typedef struct pulse_input pulse_input;

/* "-" is the standard input. gzip is recognised by its content, not by its name. */
int pulse_input_open(const char *path, pulse_input **out, pulse_failure *failure);
/* Up to `size` bytes; *count 0 at the end. A gzip file that ends early is an error. */
int pulse_input_read(pulse_input *input, void *bytes, size_t size, size_t *count,
                     pulse_failure *failure);
const char *pulse_input_name(const pulse_input *input); /* for messages */
void pulse_input_close(pulse_input *input);

#endif
