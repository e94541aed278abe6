/* Long texts: cut into windows that the encoder can read (docs/encoder.md, "Long lyrics"). */
#ifndef PULSE_LYRICS_WINDOWS_H
#define PULSE_LYRICS_WINDOWS_H

#include "pulse.h"

/* The tokens of a vocabulary that continue a word ("##ing"): a bit each, by id. */
typedef struct pulse_continuations {
    uint8_t *bits;
    size_t count; /* of tokens */
} pulse_continuations;

/* From the vocabulary's file. Free with pulse_continuations_free in every case. */
pulse_status pulse_continuations_read(const uint8_t *vocab, size_t bytes, pulse_continuations *out,
                                      pulse_error *error);
void pulse_continuations_free(pulse_continuations *continuations);

/* A text's tokens without [CLS] and [SEP], and what of them is still to be cut. */
typedef struct pulse_windows {
    const uint32_t *ids; /* [count] */
    size_t count;
    size_t next; /* where the next window starts */
    size_t left; /* windows still to come */
    size_t room; /* tokens that a window has room for */
    const pulse_continuations *continuations;
} pulse_windows;

/* As few windows as there is need of, at least one and at most PULSE_ENCODER_MAX_WINDOWS: tokens
 * beyond the last are left out. `room` is at least 1. */
pulse_windows pulse_windows_start(const uint32_t *ids, size_t count, size_t room,
                                  const pulse_continuations *continuations);
/* The next window, ids[*first] .. ids[*first + *count]: of even lengths, cut between words where
 * there is room for it. Only while windows are `left`. */
void pulse_windows_next(pulse_windows *windows, size_t *first, size_t *count);

#endif
