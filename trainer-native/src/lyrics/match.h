/*
 * Whether two names of a song mean the same recording, as far as its words go. A wrong song is
 * worse than none: what is not surely the same is another.
 *
 * Titles are compared without case, accents, punctuation, guests ("feat. ...") and notes on the
 * version that change no word ("(Remastered 2009)", "- Radio Edit"). Notes that may change some
 * ("live", "acoustic", "demo") must be on both sides; every other note ("(English Translation)",
 * "(Remix)", "(Karaoke)") is part of the title. Artists are compared without "the" and guests; of
 * several artists the first must be the first on both sides, and none may be missing.
 */
#ifndef PULSE_TRAINER_LYRICS_MATCH_H
#define PULSE_TRAINER_LYRICS_MATCH_H

#include <stdbool.h>

#include "base/failure.h"

/* A song's name as it is compared, and as it is kept in the cache. */
typedef struct pulse_song_key {
    char *title;   /* folded, without notes on the version */
    char *version; /* the words of those notes that matter, in order, single spaces between */
    char *artist;  /* folded, without guests and "the" */
} pulse_song_key;

void pulse_song_key_make(const char *artist, const char *title, pulse_song_key *out);
void pulse_song_key_free(pulse_song_key *key);
/* Whether there is enough of a name to look for: titles and artists of mere punctuation have not.
 */
bool pulse_song_key_is_usable(const pulse_song_key *key);

bool pulse_song_title_matches(const char *wanted, const char *candidate);

/* `primary`: who a provider credits first of all; `others` [count]: the other ways it credits, and
 * guests. */
bool pulse_song_artist_matches(const char *wanted, const char *primary, const char *const *others,
                               size_t count);

/* The first of the artists that the catalogue names, without guests: what to ask a search engine
 * for. The caller frees it. */
char *pulse_song_first_artist(const char *artist);

#endif
