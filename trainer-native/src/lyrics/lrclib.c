/*
 * LRCLIB (https://lrclib.net), a free and open database of lyrics that anybody may ask.
 *
 *     GET /api/get?artist_name=..&track_name=..&duration=..   one track, or 404
 *     GET /api/search?track_name=..&artist_name=..            an array of tracks
 *
 * A track: {"trackName","artistName","duration" (seconds),"instrumental","plainLyrics",
 * "syncedLyrics"}.
 */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "lyrics/online.h"

#define LARGEST_ANSWER ((size_t)8 << 20)
/* Seconds by which a track may be longer or shorter and still be another cut of the same song. */
#define DURATION_APART 15.0

static const char *text_of(const cJSON *track, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(track, name);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

/* How good a track is for the song, or -1: it is another. */
static double score(const pulse_lyrics_song *song, const cJSON *track)
{
    const char *title = text_of(track, "trackName"), *artist = text_of(track, "artistName");
    if (!title)
        title = text_of(track, "name");
    if (!title || !artist || !pulse_online_is_song(song, title, artist, NULL, 0))
        return -1;
    double apart = 0;
    const cJSON *seconds = cJSON_GetObjectItemCaseSensitive(track, "duration");
    if (isfinite(song->seconds) && cJSON_IsNumber(seconds) && seconds->valuedouble > 0)
        apart = fabs(song->seconds - seconds->valuedouble);
    if (apart > DURATION_APART)
        return -1;
    const char *plain = text_of(track, "plainLyrics"), *synced = text_of(track, "syncedLyrics");
    const bool none = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(track, "instrumental"));
    const double kind = plain && plain[0] ? 3 : synced && synced[0] ? 2 : none ? 1 : 0;
    return kind + 1 - apart / (DURATION_APART + 1);
}

static void take(const cJSON *track, pulse_lyrics_answer *answer)
{
    const char *plain = text_of(track, "plainLyrics"), *synced = text_of(track, "syncedLyrics");
    if (plain && plain[0])
        pulse_online_found(answer, plain);
    else if (synced && synced[0])
        pulse_online_found(answer, synced); /* times are dropped when it is cleaned */
    else if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(track, "instrumental")))
        answer->outcome = PULSE_ANSWER_NONE;
    else
        answer->outcome = PULSE_ANSWER_NOT_FOUND;
}

/* An object is a track; an array, tracks. */
static void take_best(const pulse_lyrics_song *song, const cJSON *json, pulse_lyrics_answer *answer)
{
    const cJSON *track, *best = NULL;
    double most = -1;
    answer->outcome = PULSE_ANSWER_NOT_FOUND;
    if (cJSON_IsArray(json)) {
        cJSON_ArrayForEach(track, json)
        {
            const double value = score(song, track);
            if (value > most) {
                most = value;
                best = track;
            }
        }
    } else if (score(song, json) >= 0) {
        best = json;
    }
    if (best)
        take(best, answer);
}

/* `array`: what the answer must be; otherwise an object. */
static int ask_for(const pulse_online *online, const char *url, bool array,
                   const pulse_lyrics_song *song, pulse_lyrics_answer *answer,
                   pulse_failure *failure)
{
    const pulse_http_request request = {
        .url = url, .accept = "application/json", .limit = LARGEST_ANSWER};
    pulse_http_response response;
    pulse_http_get(online->params.http, &request, &response);
    int code = 0;
    /* 400: a server that wants an album's name too. The search does not. */
    if (!array && (response.outcome == PULSE_HTTP_ABSENT || response.status == 400)) {
        answer->outcome = PULSE_ANSWER_NOT_FOUND;
    } else if (response.outcome != PULSE_HTTP_DONE) {
        code = pulse_online_trouble(online, online->params.url, &response, answer, failure);
    } else {
        cJSON *json = cJSON_ParseWithLength(response.body, response.size);
        if (array ? cJSON_IsArray(json) : cJSON_IsObject(json))
            take_best(song, json, answer);
        else
            pulse_online_fail(answer, "the answer is not the JSON that LRCLIB gives");
        cJSON_Delete(json);
    }
    pulse_http_response_free(&response);
    return code;
}

static int ask(pulse_online *online, const pulse_lyrics_song *song, const pulse_song_key *key,
               pulse_lyrics_answer *answer, char **source, pulse_failure *failure)
{
    (void)key;
    (void)source;
    char *first = pulse_song_first_artist(song->lead);
    char *artist = pulse_http_query("artist_name", first);
    char *title = pulse_http_query("track_name", song->title);
    int code = 0;
    /* With the duration, the exact look-up is the lighter one for the service. */
    if (isfinite(song->seconds)) {
        char *url = pulse_need_format("%s/api/get?%s&%s&duration=%.0f", online->params.url, artist,
                                      title, song->seconds);
        code = ask_for(online, url, false, song, answer, failure);
        free(url);
    } else {
        answer->outcome = PULSE_ANSWER_NOT_FOUND;
    }
    if (!code && answer->outcome == PULSE_ANSWER_NOT_FOUND) {
        char *url = pulse_need_format("%s/api/search?%s&%s", online->params.url, title, artist);
        code = ask_for(online, url, true, song, answer, failure);
        free(url);
    }
    free(first);
    free(artist);
    free(title);
    return code;
}

int pulse_lyrics_lrclib_open(const pulse_online_params *params, pulse_lyrics_provider *out,
                             pulse_failure *failure)
{
    return pulse_online_open("lrclib", params, ask, out, failure);
}
