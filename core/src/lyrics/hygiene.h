/*
 * Lyrics hygiene, in passes: characters, then markup, then lines, again and again until nothing
 * changes any more, and then the question whether what is left is lyrics (docs/encoder.md).
 *
 * A pass reads `in` [bytes] and writes at most as many bytes to `out`, another buffer; it returns
 * how many. Each is linear in `bytes`, and none has memory of its own. That rounds are repeated is
 * what makes cleaning idempotent, however the passes bring forth work for each other ("&lt;br&gt;"
 * is a tag only in the second round), and so a pass need not care.
 */
#ifndef PULSE_LYRICS_HYGIENE_H
#define PULSE_LYRICS_HYGIENE_H

#include "pulse.h"

/* What still changes after so many rounds is nested on purpose, and no lyrics. */
#define PULSE_HYGIENE_ROUNDS 8

/* UTF-8 only; line ends are '\n'; controls, spaces of all kinds and musical notes are ' '; format
 * characters (zero width, byte order mark, soft hyphen) are gone. */
size_t pulse_hygiene_characters(const char *in, size_t bytes, char *out);

/* HTML tags, comments, scripts, entities; <00:12.34> before a word. Needs the first pass. */
size_t pulse_hygiene_markup(const char *in, size_t bytes, char *out);

/* Emphasis in the way of Markdown: *so*, __so__. Needs the first pass. */
size_t pulse_hygiene_emphasis(const char *in, size_t bytes, char *out);

/* Time stamps, section headers, repeat marks, credits, advertisements; single blanks, no empty
 * lines. A query of one line is not dropped for what it looks like. Needs the first pass. */
size_t pulse_hygiene_lines(const char *in, size_t bytes, pulse_lyrics_kind kind, char *out);

/* Whether cleaned text is lyrics of a song, or, for a query, anything that can be read. */
bool pulse_hygiene_is_text(const char *text, size_t bytes, pulse_lyrics_kind kind);

/* ---- The rules: tables in hygiene_rules.c ---- */

/* How sure a word is to be about the text, not of it. */
typedef enum pulse_section_level {
    PULSE_SECTION_NONE = 0,
    PULSE_SECTION_BESIDE,  /* says nothing alone: "2", "final", "and" */
    PULSE_SECTION_TIMES,   /* with a number it is a repeat mark: "x" */
    PULSE_SECTION_REPEAT,  /* a repeat mark: "repeat", "bis" */
    PULSE_SECTION_BRACKET, /* a header at the start of [brackets]: "guitar" */
    PULSE_SECTION_MARK,    /* also in (brackets), or before a colon: "solo" */
    PULSE_SECTION_SURE,    /* also when it is all of a line: "chorus" */
} pulse_section_level;
/* `word`: lower case. Digits are PULSE_SECTION_BESIDE. */
pulse_section_level pulse_hygiene_section(const char *word, size_t bytes);

/* Whether the line is a credit, an advertisement or the like, as a whole. */
bool pulse_hygiene_is_noise(const char *line, size_t bytes);

/* Whether a whole text of these lower-case words with single blanks says that there is none. */
bool pulse_hygiene_says_none(const char *words, size_t bytes);

/* Whether a lower-case word says that a short text is about music without words. */
bool pulse_hygiene_is_instrumental(const char *word, size_t bytes);

/* The code point of an entity's name ("eacute"), or 0. */
int32_t pulse_hygiene_entity(const char *name, size_t bytes);

/* Whether a tag of HTML (lower case) ends a line. */
bool pulse_hygiene_ends_line(const char *tag, size_t bytes);

/* ---- Reading text, for the passes: hygiene_words.c ---- */

typedef enum pulse_letter_kind {
    PULSE_LETTER_NO = 0,
    PULSE_LETTER_DIGIT,
    PULSE_LETTER_IN_WORD, /* words of it have spaces between them; marks on letters too */
    PULSE_LETTER_WORD,    /* of a script without spaces: counts as a word */
} pulse_letter_kind;

/* The character at text[*at] of valid UTF-8; *at moves behind it. */
int32_t pulse_hygiene_next(const char *text, size_t bytes, size_t *at);
pulse_letter_kind pulse_hygiene_letter(int32_t c);

#define PULSE_HYGIENE_WORD 48

/* A word of letters, or a number. */
typedef struct pulse_hygiene_word {
    char text[PULSE_HYGIENE_WORD]; /* lower case, cut off where it is longer */
    size_t bytes;
    size_t letters; /* all of them */
    bool is_number;
} pulse_hygiene_word;

/* The next word of text from *at on, which moves behind it; false where there is none. Letters and
 * digits are words apart, so that "x2" is "x" and "2"; apostrophes are part of words. */
bool pulse_hygiene_next_word(const char *text, size_t bytes, size_t *at, pulse_hygiene_word *word);

#endif
