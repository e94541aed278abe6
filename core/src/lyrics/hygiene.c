#include "lyrics/hygiene.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>
#include <utf8proc.h>

/* ---- is it lyrics? ---- */

/*
 * A song needs so many different words and letters. Among the 28,372 songs that the shipped model
 * is trained on, whose lyrics lack stop words and so are shorter than sung, 136 have fewer words;
 * they are notes on the recording, a word sung over and over, or pieces of a line.
 */
#define LEAST_DISTINCT_WORDS 5
#define LEAST_LETTERS 20
/* No word is longer; what mostly consists of such is encoded data. */
#define LONGEST_WORD 40
/* A text of fewer words that speaks of an instrumental is a note, not lyrics. */
#define LEAST_WORDS_ABOUT 15

typedef struct census {
    size_t characters; /* without blanks */
    size_t letters;
    size_t long_words; /* characters in words that are too long */
    size_t weight;     /* letters, those that are words twice */
    size_t run;        /* characters since the last blank */
    uint64_t word;     /* hash of the word that is being read, 0: none is */
    uint64_t distinct[LEAST_DISTINCT_WORDS];
    size_t distinct_count;
} census;

static void end_word(census *c)
{
    if (!c->word)
        return;
    size_t i = 0;
    while (i < c->distinct_count && c->distinct[i] != c->word)
        ++i;
    if (i == c->distinct_count && i < LEAST_DISTINCT_WORDS)
        c->distinct[c->distinct_count++] = c->word;
    c->word = 0;
}

static void end_run(census *c)
{
    if (c->run > LONGEST_WORD)
        c->long_words += c->run;
    c->run = 0;
}

/* FNV-1a by code points; never 0. */
static void add_to_word(census *c, int32_t character)
{
    const uint64_t hash = c->word ? c->word : UINT64_C(14695981039346656037);
    c->word = ((hash ^ (uint64_t)utf8proc_tolower(character)) * UINT64_C(1099511628211)) | 1;
}

static void count(census *c, int32_t character)
{
    if (character == ' ' || character == '\n') {
        end_word(c);
        end_run(c);
        return;
    }
    const pulse_letter_kind kind = pulse_hygiene_letter(character);
    ++c->characters;
    ++c->run;
    if (kind == PULSE_LETTER_NO || kind == PULSE_LETTER_DIGIT) {
        if (character != '\'' && character != 0x2019)
            end_word(c);
        return;
    }
    ++c->letters;
    ++c->weight;
    if (kind == PULSE_LETTER_WORD) {
        end_word(c);
        ++c->weight;
        c->run = 0;
    }
    add_to_word(c, character);
    if (kind == PULSE_LETTER_WORD)
        end_word(c);
}

static bool is_enough(const char *text, size_t bytes)
{
    census c = {0};
    for (size_t at = 0; at < bytes;)
        count(&c, pulse_hygiene_next(text, bytes, &at));
    count(&c, '\n');
    return c.distinct_count == LEAST_DISTINCT_WORDS && c.weight >= LEAST_LETTERS &&
           2 * c.letters >= c.characters && 2 * c.long_words <= c.characters;
}

/* Whether it says that there are no lyrics, or why. */
static bool is_note(const char *text, size_t bytes)
{
    char words[64];
    size_t size = 0;
    size_t n = 0;
    bool instrumental = false;
    pulse_hygiene_word word;
    for (size_t at = 0; pulse_hygiene_next_word(text, bytes, &at, &word);) {
        if (++n == LEAST_WORDS_ABOUT)
            return false;
        instrumental = instrumental || pulse_hygiene_is_instrumental(word.text, word.bytes);
        if (word.bytes + 1 > sizeof words - size) {
            size = sizeof words; /* too long to be one of those */
            continue;
        }
        if (size)
            words[size++] = ' ';
        memcpy(words + size, word.text, word.bytes);
        size += word.bytes;
    }
    return instrumental || (size < sizeof words && pulse_hygiene_says_none(words, size));
}

bool pulse_hygiene_is_text(const char *text, size_t bytes, pulse_lyrics_kind kind)
{
    pulse_hygiene_word word;
    size_t at = 0;
    if (kind == PULSE_LYRICS_QUERY)
        return pulse_hygiene_next_word(text, bytes, &at, &word);
    return !is_note(text, bytes) && is_enough(text, bytes);
}

/* ---- rounds ---- */

typedef struct buffers {
    char *scratch;
    char *text; /* what the last round made */
    char *next;
} buffers;

static size_t run_round(const char *in, size_t bytes, pulse_lyrics_kind kind, buffers *b)
{
    size_t size = pulse_hygiene_characters(in, bytes, b->scratch);
    size = pulse_hygiene_markup(b->scratch, size, b->next);
    size = pulse_hygiene_emphasis(b->next, size, b->scratch);
    return pulse_hygiene_lines(b->scratch, size, kind, b->next);
}

/* Leaves what no round changes any more in b->text. False where there is no end of it. */
static bool settle(const char *text, size_t bytes, pulse_lyrics_kind kind, buffers *b, size_t *size)
{
    const char *before = text;
    for (int round = 0; round < PULSE_HYGIENE_ROUNDS; ++round) {
        *size = run_round(before, bytes, kind, b);
        const bool settled = *size == bytes && (bytes == 0 || memcmp(before, b->next, bytes) == 0);
        char *made = b->next;
        b->next = b->text;
        b->text = made;
        if (settled)
            return true;
        before = made;
        bytes = *size;
    }
    return false;
}

pulse_status pulse_lyrics_clean(const char *text, size_t bytes, pulse_lyrics_kind kind, char **out,
                                size_t *out_bytes, pulse_error *error)
{
    *out = NULL;
    *out_bytes = 0;
    if (bytes == SIZE_MAX || (!text && bytes))
        return pulse_fail(error, PULSE_E_ARGUMENT, "there is no text");
    buffers b = {pulse_malloc(bytes + 1), pulse_malloc(bytes + 1), pulse_malloc(bytes + 1)};
    const bool allocated = b.scratch && b.text && b.next;
    size_t size = 0;
    if (allocated && settle(text, bytes, kind, &b, &size) &&
        pulse_hygiene_is_text(b.text, size, kind)) {
        b.text[size] = '\0';
        *out = b.text;
        *out_bytes = size;
        b.text = NULL;
    }
    pulse_free(b.scratch);
    pulse_free(b.text);
    pulse_free(b.next);
    return allocated ? PULSE_OK : pulse_out_of_memory(error);
}
