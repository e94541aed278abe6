/*
 * What providers share that live on the network: the cache is looked into first, and what an answer
 * says goes into it at once. Nothing but a usable answer does: what was blocked, broken or
 * interrupted leaves no trace, and is asked for again.
 */
#ifndef PULSE_TRAINER_LYRICS_ONLINE_H
#define PULSE_TRAINER_LYRICS_ONLINE_H

#include "lyrics/cache.h"
#include "lyrics/http.h"
#include "lyrics/provider.h"

#define PULSE_LRCLIB_URL "https://lrclib.net"
#define PULSE_GENIUS_URL "https://api.genius.com"
#define PULSE_GENIUS_PAGES_URL "https://genius.com"
#define PULSE_GENIUS_TOKEN_VARIABLE "GENIUS_ACCESS_TOKEN"

/* All of it belongs to the caller and outlives the provider. */
typedef struct pulse_online_params {
    pulse_lyrics_cache *cache;
    pulse_http *http;  /* NULL: nobody is asked, the cache alone answers */
    const char *url;   /* of the service, without a slash at its end */
    const char *pages; /* Genius: of its pages; another site, which no token goes to */
    const char *token; /* Genius */
} pulse_online_params;

int pulse_lyrics_lrclib_open(const pulse_online_params *params, pulse_lyrics_provider *out,
                             pulse_failure *failure);
int pulse_lyrics_genius_open(const pulse_online_params *params, pulse_lyrics_provider *out,
                             pulse_failure *failure);

/* ---- For the two of them ---- */

typedef struct pulse_online pulse_online;
/* Asks the service; *source is where a text is from, to be freed. */
typedef int (*pulse_online_ask)(pulse_online *online, const pulse_lyrics_song *song,
                                const pulse_song_key *key, pulse_lyrics_answer *answer,
                                char **source, pulse_failure *failure);

struct pulse_online {
    const char *name;
    pulse_online_params params;
    pulse_online_ask ask;
    uint32_t in_a_row; /* songs for which no usable answer came */
};

int pulse_online_open(const char *name, const pulse_online_params *params, pulse_online_ask ask,
                      pulse_lyrics_provider *out, pulse_failure *failure);

/* Whether that is the song: `others` [count] are more ways to credit it, and guests. */
bool pulse_online_is_song(const pulse_lyrics_song *song, const char *title, const char *artist,
                          const char *const *others, size_t count);

/* No text came: the failure that ends this provider's part, or FAILED for this song, or NOT_FOUND.
 * `asked`: the service's address, for messages. */
int pulse_online_trouble(const pulse_online *online, const char *asked,
                         const pulse_http_response *response, pulse_lyrics_answer *answer,
                         pulse_failure *failure);
/* The captcha that a page turned out to be. */
int pulse_online_blocked(const pulse_online *online, const char *asked, const char *why,
                         pulse_failure *failure);
void pulse_online_fail(pulse_lyrics_answer *answer, const char *why);
void pulse_online_found(pulse_lyrics_answer *answer, const char *text);

#endif
