#include "lyrics/online.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* After so many songs in a row without a usable answer the service is taken for out of order. */
#define MOST_IN_A_ROW 3
#define LONGEST_TEXT ((size_t)512 << 10)

bool pulse_online_is_song(const pulse_lyrics_song *song, const char *title, const char *artist,
                          const char *const *others, size_t count)
{
    return pulse_song_title_matches(song->title, title) &&
           (pulse_song_artist_matches(song->artist, artist, others, count) ||
            pulse_song_artist_matches(song->lead, artist, others, count));
}

void pulse_online_fail(pulse_lyrics_answer *answer, const char *why)
{
    answer->outcome = PULSE_ANSWER_FAILED;
    snprintf(answer->why, sizeof answer->why, "%s", why);
}

void pulse_online_found(pulse_lyrics_answer *answer, const char *text)
{
    const size_t size = strlen(text);
    if (size > LONGEST_TEXT) {
        pulse_online_fail(answer, "the text is too long for a song's");
        return;
    }
    answer->outcome = PULSE_ANSWER_FOUND;
    answer->text = pulse_need_text(text);
    answer->bytes = size;
}

/* Where a run goes on that was stopped. */
#define GOES_ON "run the same command again: it goes on where it stopped"

int pulse_online_blocked(const pulse_online *online, const char *asked, const char *why,
                         pulse_failure *failure)
{
    pulse_failure_set(failure, PULSE_EXIT_FAILED,
                      "%s: %s does not want to be asked: %s. Nothing of that is stored, and what "
                      "was fetched is kept",
                      online->name, asked, why);
    pulse_failure_advise(failure, "leave it alone for some hours, then, perhaps with a lower "
                                  "--rate, " GOES_ON);
    return failure->code;
}

static int refused(const pulse_online *online, const char *asked, pulse_failure *failure)
{
    if (!online->params.token)
        return pulse_online_blocked(online, asked, "the answer's status is 401", failure);
    pulse_failure_set(failure, PULSE_EXIT_FAILED, "%s: %s does not accept the access token (401)",
                      online->name, asked);
    pulse_failure_advise(failure, "see that the token in " PULSE_GENIUS_TOKEN_VARIABLE
                                  " or --token-file is whole and still valid, or make another at "
                                  "https://genius.com/api-clients");
    return failure->code;
}

static int unreachable(const pulse_online *online, const char *asked, const char *why,
                       pulse_failure *failure)
{
    pulse_failure_set(failure, PULSE_EXIT_FAILED,
                      "%s: %s cannot be reached: %s. What was fetched is kept", online->name, asked,
                      why);
    pulse_failure_advise(failure, "see to the network, then " GOES_ON);
    return failure->code;
}

int pulse_online_trouble(const pulse_online *online, const char *asked,
                         const pulse_http_response *response, pulse_lyrics_answer *answer,
                         pulse_failure *failure)
{
    switch (response->outcome) {
    case PULSE_HTTP_REFUSED:
        return refused(online, asked, failure);
    case PULSE_HTTP_BLOCKED:
        return pulse_online_blocked(online, asked, response->why, failure);
    case PULSE_HTTP_UNREACHABLE:
        return unreachable(online, asked, response->why, failure);
    case PULSE_HTTP_INTERRUPTED:
        return pulse_failure_interrupted(failure);
    default:
        pulse_online_fail(answer, response->why);
        return 0;
    }
}

/* A service that breaks for one song after the other is not to be asked for all of them. */
static int count_failures(pulse_online *online, const pulse_lyrics_answer *answer,
                          pulse_failure *failure)
{
    if (answer->outcome != PULSE_ANSWER_FAILED) {
        online->in_a_row = 0;
        return 0;
    }
    if (++online->in_a_row < MOST_IN_A_ROW)
        return 0;
    pulse_failure_set(failure, PULSE_EXIT_FAILED,
                      "%s: no usable answer came for %d songs in a row, the last time: %s. Nothing "
                      "of that is stored, and what was fetched is kept",
                      online->name, MOST_IN_A_ROW, answer->why);
    pulse_failure_advise(failure, "some time later, " GOES_ON);
    return failure->code;
}

static int ask(pulse_online *online, const pulse_lyrics_song *song, const pulse_song_key *key,
               pulse_lyrics_answer *answer, pulse_failure *failure)
{
    char *source = NULL;
    int code = online->ask(online, song, key, answer, &source, failure);
    if (!code && answer->outcome != PULSE_ANSWER_FAILED)
        code = pulse_lyrics_cache_put(online->params.cache, online->name, key, answer,
                                      source ? source : online->params.url, failure);
    free(source);
    return code ? code : count_failures(online, answer, failure);
}

static int find(void *self, const pulse_lyrics_song *song, pulse_lyrics_answer *answer,
                pulse_failure *failure)
{
    pulse_online *online = self;
    pulse_song_key key;
    pulse_song_key_make(song->lead, song->title, &key);
    int code = 0;
    if (!pulse_song_key_is_usable(&key)) {
        answer->outcome = PULSE_ANSWER_NOT_FOUND;
        answer->cached = true;
    } else {
        code = pulse_lyrics_cache_find(online->params.cache, online->name, &key, answer, failure);
        if (!code && answer->outcome == PULSE_ANSWER_UNASKED && online->params.http)
            code = ask(online, song, &key, answer, failure);
    }
    pulse_song_key_free(&key);
    return code;
}

int pulse_online_open(const char *name, const pulse_online_params *params, pulse_online_ask ask_it,
                      pulse_lyrics_provider *out, pulse_failure *failure)
{
    (void)failure;
    pulse_online *online = pulse_need(1, sizeof *online);
    *online = (pulse_online){.name = name, .params = *params, .ask = ask_it};
    *out = (pulse_lyrics_provider){
        .name = name, .needs_names = true, .self = online, .find = find, .close = free};
    return 0;
}
