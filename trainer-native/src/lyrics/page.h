/*
 * Reading a song's page, which may be anything: libxml2's HTML parser makes a tree of it, without
 * network, entities of its own or huge depth, and the lyrics are what stands in the elements with
 * data-lyrics-container="true".
 */
#ifndef PULSE_TRAINER_LYRICS_PAGE_H
#define PULSE_TRAINER_LYRICS_PAGE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum pulse_page_kind {
    PULSE_PAGE_LYRICS = 0,
    PULSE_PAGE_INSTRUMENTAL, /* it says that the song has none */
    PULSE_PAGE_EMPTY,        /* a song's page without a text yet */
    PULSE_PAGE_CHALLENGE,    /* it asks whether a person reads it */
    PULSE_PAGE_UNKNOWN,      /* none of these: nothing can be said about the song */
} pulse_page_kind;

/*
 * The lyrics of a page [bytes], lines apart by '\n', in UTF-8 wherever the page is; section headers
 * are kept. Several containers are joined by line ends, and nested ones are read once; <br> and the
 * ends of blocks are line ends; what is marked with data-exclude-from-selection, scripts, styles
 * and buttons are left out. `*text` [*size], NUL-terminated, is the caller's to free; NULL unless
 * LYRICS. Thread-safe.
 */
pulse_page_kind pulse_page_read(const char *page, size_t bytes, char **text, size_t *size);

/* Whether a page [bytes] is one that asks whether a person reads it, judged by its bytes: captchas,
 * and services that guard others. False for NULL. */
bool pulse_page_is_challenge(const char *page, size_t bytes);

#endif
