/* The forward pass of a BERT encoder (Devlin et al., 2018): tokens -> one vector per sequence. */
#ifndef PULSE_LYRICS_TRANSFORMER_H
#define PULSE_LYRICS_TRANSFORMER_H

#include "lyrics/encoder_file.h"

typedef struct pulse_transformer pulse_transformer;

/* One of the sequences that lie packed, one behind the other without padding. */
typedef struct pulse_sequence {
    size_t first;  /* where its tokens start */
    size_t tokens; /* at least 1, at most PULSE_ENCODER_WINDOW and the file's positions */
} pulse_sequence;

/* `file` and `pool` (may be NULL) must outlive it. `compute` is not AUTO. */
pulse_status pulse_transformer_create(const pulse_encoder_file *file, pulse_compute compute,
                                      pthreadpool_t pool, pulse_transformer **out,
                                      pulse_error *error);
void pulse_transformer_free(pulse_transformer *transformer);

/* The most tokens that one pass takes; never less than PULSE_ENCODER_WINDOW. */
size_t pulse_transformer_room(const pulse_transformer *transformer);

/*
 * ids [tokens of all sequences] -> vectors [count, width], pooled over each sequence's own tokens,
 * and of unit length where the file says so. Ids are below the file's `words`. Allocates only where
 * a pass has more tokens than any before.
 */
pulse_status pulse_transformer_run(pulse_transformer *transformer, const uint32_t *ids,
                                   const pulse_sequence *sequences, size_t count, float *vectors,
                                   pulse_error *error);

/* x [width] <- x divided by its length, unless that is 0. */
void pulse_unit_length(float *x, size_t width);

#endif
