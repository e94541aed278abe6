/* Asking services for the lyrics of a workspace's songs, song by song, into the cache. */
#ifndef PULSE_TRAINER_LYRICS_FETCH_H
#define PULSE_TRAINER_LYRICS_FETCH_H

#include "lyrics/http.h"

#define PULSE_FETCH_PROVIDERS 2

typedef struct pulse_fetch_params {
    const char *providers[PULSE_FETCH_PROVIDERS]; /* [count] "lrclib", "genius": in this order */
    size_t count;
    const char *lyrics;     /* songs with lyrics there are not asked for (lyrics/sources.h) */
    const char *cache;      /* NULL: in the user's cache directory */
    const char *token_file; /* for genius; NULL: the environment has it */
    const char *lrclib_url, *genius_url, *genius_pages_url; /* NULL: the services' own */
    pulse_http_params http;
    uint32_t days;  /* after which "not found" is asked again */
    uint32_t limit; /* songs to ask for at most; 0: all */
} pulse_fetch_params;

/*
 * Says on the standard error what came of it. A failure (exit code 1) where a song is left for
 * which no answer came: what was fetched until then is in the cache, and the same call goes on from
 * there. One provider that is blocked or out of reach does not keep the other from being asked.
 */
int pulse_lyrics_fetch(const char *workspace, const pulse_fetch_params *params,
                       pulse_failure *failure);

#endif
