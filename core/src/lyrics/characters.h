/* What a character is to the published BERT tokenizers. Their tables are of Unicode 8 and 9, older
 * than any utf8proc, and so the classes come from here; docs/encoder.md, "Tokenizer". */
#ifndef PULSE_LYRICS_CHARACTERS_H
#define PULSE_LYRICS_CHARACTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum pulse_character_kind {
    PULSE_CHARACTER_OTHER = 0, /* part of a word */
    PULSE_CHARACTER_DROPPED,   /* controls, formats, private use, U+FFFD: never read */
    PULSE_CHARACTER_SPACE,
    PULSE_CHARACTER_PUNCTUATION, /* a word by itself */
    PULSE_CHARACTER_MARK,        /* non-spacing: goes when accents are stripped */
} pulse_character_kind;

typedef struct pulse_character {
    uint8_t kind;
    uint8_t combining; /* canonical combining class; of a mark only whether it is 0 */
} pulse_character;

/* `c` is at most U+10FFFF. */
pulse_character pulse_character_of(int32_t c);

/* A row of the table: the characters from `first` to `last`. */
typedef struct pulse_character_range {
    int32_t first;
    int32_t last;
    pulse_character character;
} pulse_character_range;

/* All rows, in the order of their characters. */
const pulse_character_range *pulse_character_ranges(size_t *count);

/* CJK ideographs as BERT counts them. U+2B820 .. U+2B91F are not, by a slip of the published
 * tokenizers that the models have learnt with. */
bool pulse_character_is_ideograph(int32_t c);

/* The lower case of `c`, one character (U+0130, which has two, is the caller's), as of Unicode 17:
 * also where utf8proc is older. */
int32_t pulse_character_lower(int32_t c);

/* Whether the published tokenizers, which decompose as of Unicode 9, may know a canonical
 * decomposition of `c`: false for the younger ones that utf8proc has. */
bool pulse_character_may_decompose(int32_t c);

#endif
