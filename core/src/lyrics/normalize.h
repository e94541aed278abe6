/* BERT's normalisation: text in, words out, in the order of the original: clean, set ideographs
 * apart, decompose and strip accents, lower the case, split at white space and punctuation. */
#ifndef PULSE_LYRICS_NORMALIZE_H
#define PULSE_LYRICS_NORMALIZE_H

#include "pulse.h"

/* The longest word that can be asked for, in characters. */
#define PULSE_LONGEST_WORD 256

/* Text that is a word as it stands, unnormalised and wherever it is found: "[SEP]". */
typedef struct pulse_verbatim {
    const char *text; /* starts with '[', and only there */
    size_t size;
} pulse_verbatim;

#define PULSE_VERBATIMS 5
/* Below it, what is to be done with a character is looked up; above, it is worked out. */
#define PULSE_LOOKED_UP 0x800

typedef struct pulse_normalizer {
    bool lower_case;
    bool strip_accents;
    bool split_chinese;
    uint32_t longest_word;                    /* in characters, 1 .. PULSE_LONGEST_WORD */
    pulse_verbatim verbatim[PULSE_VERBATIMS]; /* unused ones are of size 0 */
    char ascii[128];                          /* what a character of ASCII is written as */
    uint8_t action[PULSE_LOOKED_UP];
} pulse_normalizer;

/* `params.longest_word` 0: 100. PULSE_E_ARGUMENT where it is more than PULSE_LONGEST_WORD. */
pulse_status pulse_normalizer_init(pulse_normalizer *normalizer,
                                   const pulse_tokenizer_params *params, pulse_error *error);

/* Where words go; each returns false to end the reading. */
typedef struct pulse_words {
    void *context;
    /* `bytes` NULL: a word of more than `longest_word` characters. */
    bool (*word)(void *context, const char *bytes, size_t size);
    /* normalizer->verbatim[index] */
    bool (*verbatim)(void *context, size_t index);
} pulse_words;

/* Time is linear in `bytes`, memory constant. What is not UTF-8 is read as U+FFFD, and so dropped.
 */
void pulse_normalize(const pulse_normalizer *normalizer, const char *text, size_t bytes,
                     const pulse_words *words);

#endif
