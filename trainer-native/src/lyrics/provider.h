/*
 * Where lyrics come from: one interface, and behind it a column of the CSV, a folder of files,
 * LRCLIB and Genius. A provider is asked for one song at a time, by one thread.
 */
#ifndef PULSE_TRAINER_LYRICS_PROVIDER_H
#define PULSE_TRAINER_LYRICS_PROVIDER_H

#include <stdbool.h>

#include "base/failure.h"

typedef struct pulse_lyrics_song {
    uint32_t number;    /* its row in the workspace */
    const char *artist; /* as the catalogue writes it */
    const char *lead;   /* the first of several artists; the same as `artist` where it is one */
    const char *title;
    double seconds; /* how long it is; NAN: not known */
} pulse_lyrics_song;

typedef enum pulse_lyrics_outcome {
    PULSE_ANSWER_UNASKED = 0,   /* only the cache may be asked, and it does not know */
    PULSE_ANSWER_FOUND = 1,     /* there is a text */
    PULSE_ANSWER_NONE = 2,      /* known to have none: an instrumental */
    PULSE_ANSWER_NOT_FOUND = 3, /* the provider has no such song, or no lyrics of it yet */
    PULSE_ANSWER_FAILED = 4,    /* asked, and no usable answer came; it may come another time */
} pulse_lyrics_outcome;

typedef struct pulse_lyrics_answer {
    pulse_lyrics_outcome outcome;
    bool cached;   /* known from before: nobody was asked */
    char *text;    /* [bytes] as it came, not cleaned, and NUL-terminated; the caller frees it.
                      NULL unless FOUND */
    size_t bytes;  /* of `text` */
    char why[256]; /* FAILED: the reason */
} pulse_lyrics_answer;

typedef struct pulse_lyrics_provider {
    const char *name; /* as --lyrics and --provider name it */
    bool needs_names; /* whether it reads `artist` and `title` of a song */
    void *self;
    /* Fills `answer`, which the caller has zeroed. A failure is one after which this provider
     * cannot go on: it is blocked, out of reach, or what it reads is damaged. */
    int (*find)(void *self, const pulse_lyrics_song *song, pulse_lyrics_answer *answer,
                pulse_failure *failure);
    void (*close)(void *self);
} pulse_lyrics_provider;

#endif
