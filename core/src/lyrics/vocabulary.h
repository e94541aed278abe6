/* A vocabulary: a token per line, found by its text. */
#ifndef PULSE_LYRICS_VOCABULARY_H
#define PULSE_LYRICS_VOCABULARY_H

#include "pulse.h"

#define PULSE_VOCABULARY_MAX_TOKENS 1000000
/* In bytes; a longer one could not be found in a word of PULSE_LONGEST_WORD characters either. */
#define PULSE_VOCABULARY_LONGEST 1024
#define PULSE_NO_TOKEN UINT32_MAX

typedef struct pulse_vocabulary_slot {
    uint32_t hash;
    uint32_t id; /* PULSE_NO_TOKEN: free */
} pulse_vocabulary_slot;

typedef struct pulse_vocabulary {
    char *bytes;                  /* the tokens, one after the other */
    uint32_t *starts;             /* [count + 1] of the tokens in `bytes` */
    pulse_vocabulary_slot *slots; /* [slot_mask + 1], a power of two, at most half of them used */
    uint32_t slot_mask;
    uint32_t count;
    uint32_t longest; /* bytes of the longest token */
} pulse_vocabulary;

/* Lines end in LF or CR LF, the last one may end without. PULSE_E_FORMAT names the line: a token
 * that is empty, too long, no UTF-8 or there twice. Call pulse_vocabulary_free in every case. */
pulse_status pulse_vocabulary_read(const uint8_t *text, size_t bytes, pulse_vocabulary *out,
                                   pulse_error *error);
void pulse_vocabulary_free(pulse_vocabulary *vocabulary);

/* The id of a token, or PULSE_NO_TOKEN. */
uint32_t pulse_vocabulary_find(const pulse_vocabulary *vocabulary, const char *token, size_t size);

/* The longest token that `text` [size] starts with, and its size in `*used`; where `continues`,
 * of those that the vocabulary marks with "##", which `used` does not count. Or PULSE_NO_TOKEN. */
uint32_t pulse_vocabulary_prefix(const pulse_vocabulary *vocabulary, const char *text, size_t size,
                                 bool continues, size_t *used);

#endif
