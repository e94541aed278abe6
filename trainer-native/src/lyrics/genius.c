/*
 * Genius: its search API finds the song's page, and the lyrics are on the page; the API does not
 * give them. docs/lyrics.md says what that means for whoever asks.
 *
 *     GET /search?q=..   Authorization: Bearer TOKEN
 *     {"response":{"hits":[{"type":"song","result":{"title","primary_artist":{"name"},
 *       "artist_names","featured_artists":[{"name"}],"url","path","lyrics_state","instrumental"}}]}}
 */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "lyrics/online.h"
#include "lyrics/page.h"

#define LARGEST_ANSWER ((size_t)4 << 20)
#define LARGEST_PAGE ((size_t)6 << 20)
enum { MOST_NAMES = 10, MOST_HITS = 50, LONGEST_PATH = 1000 };

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

/* ---- The search's answer --------------------------------------------------------------------- */

static void add_artists(const cJSON *result, const char *list, const char **names, size_t *count)
{
    const cJSON *artist;
    cJSON_ArrayForEach(artist, cJSON_GetObjectItemCaseSensitive(result, list))
    {
        const char *name = text_of(artist, "name");
        if (name && *count < MOST_NAMES)
            names[(*count)++] = name;
    }
}

static bool is_song(const pulse_lyrics_song *song, const cJSON *hit)
{
    const char *type = text_of(hit, "type");
    const cJSON *result = cJSON_GetObjectItemCaseSensitive(hit, "result");
    const char *title = text_of(result, "title");
    const char *artist =
        text_of(cJSON_GetObjectItemCaseSensitive(result, "primary_artist"), "name");
    if ((type && strcmp(type, "song") != 0) || !title || !artist)
        return false;
    const char *names[MOST_NAMES];
    size_t count = 0;
    const char *credit = text_of(result, "artist_names");
    if (credit)
        names[count++] = credit;
    add_artists(result, "primary_artists", names, &count);
    add_artists(result, "featured_artists", names, &count);
    return pulse_online_is_song(song, title, artist, names, count);
}

/* The first hit that is the song; NULL where none is. */
static const cJSON *choose(const pulse_lyrics_song *song, const cJSON *hits)
{
    const cJSON *hit;
    int looked = 0;
    cJSON_ArrayForEach(hit, hits)
    {
        if (looked++ == MOST_HITS)
            break;
        if (is_song(song, hit))
            return cJSON_GetObjectItemCaseSensitive(hit, "result");
    }
    return NULL;
}

/* The page's address on the site that we ask, whatever host the answer names; NULL where it is no
 * path. */
static char *page_url(const pulse_online *online, const cJSON *result)
{
    const char *path = text_of(result, "path");
    if (!path) {
        const char *url = text_of(result, "url");
        const char *host = url ? strstr(url, "://") : NULL;
        path = host ? strchr(host + 3, '/') : NULL;
    }
    if (!path || path[0] != '/' || path[1] == '/' || strlen(path) > LONGEST_PATH)
        return NULL;
    pulse_text url = {0};
    pulse_text_append(&url, online->params.pages, strlen(online->params.pages));
    for (const char *at = path; *at && *at != '?' && *at != '#'; ++at) {
        const unsigned char c = (unsigned char)*at;
        if (c > ' ' && c < 0x7f && c != '\\' && c != '"' && c != '<' && c != '>')
            pulse_text_append(&url, at, 1);
        else
            pulse_text_format(&url, "%%%02X", c);
    }
    return url.data;
}

/* ---- The page ---------------------------------------------------------------------------------
 */

static int take_page(const pulse_online *online, const pulse_http_response *page,
                     pulse_lyrics_answer *answer, pulse_failure *failure)
{
    char *text = NULL;
    size_t size = 0;
    switch (pulse_page_read(page->body, page->size, &text, &size)) {
    case PULSE_PAGE_LYRICS:
        answer->outcome = PULSE_ANSWER_FOUND;
        answer->text = text;
        answer->bytes = size;
        return 0;
    case PULSE_PAGE_INSTRUMENTAL:
        answer->outcome = PULSE_ANSWER_NONE;
        return 0;
    case PULSE_PAGE_EMPTY:
        answer->outcome = PULSE_ANSWER_NOT_FOUND;
        return 0;
    case PULSE_PAGE_CHALLENGE:
        return pulse_online_blocked(online, online->params.pages,
                                    "a page asks whether this is a person (a captcha)", failure);
    default:
        pulse_online_fail(answer, "the song's page has no lyrics in the form that is known");
        return 0;
    }
}

static int ask_page(const pulse_online *online, const char *url, pulse_lyrics_answer *answer,
                    pulse_failure *failure)
{
    const pulse_http_request request = {
        .url = url, .accept = "text/html", .limit = LARGEST_PAGE, .subdomains = true};
    pulse_http_response page;
    pulse_http_get(online->params.http, &request, &page);
    int code = 0;
    if (page.outcome == PULSE_HTTP_DONE)
        code = take_page(online, &page, answer, failure);
    else if (page.outcome == PULSE_HTTP_ABSENT)
        answer->outcome = PULSE_ANSWER_NOT_FOUND;
    else if (page.outcome == PULSE_HTTP_REFUSED)
        code = pulse_online_blocked(online, online->params.pages, page.why, failure);
    else
        code = pulse_online_trouble(online, online->params.pages, &page, answer, failure);
    pulse_http_response_free(&page);
    return code;
}

/* ---- Asking -----------------------------------------------------------------------------------
 */

static int take_result(const pulse_online *online, const cJSON *result, pulse_lyrics_answer *answer,
                       char **source, pulse_failure *failure)
{
    const char *state = text_of(result, "lyrics_state");
    if (!result || (state && strcmp(state, "unreleased") == 0)) {
        answer->outcome = PULSE_ANSWER_NOT_FOUND;
        return 0;
    }
    *source = page_url(online, result);
    if (!*source) {
        pulse_online_fail(answer, "the answer does not say where the song's page is");
        return 0;
    }
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "instrumental"))) {
        answer->outcome = PULSE_ANSWER_NONE;
        return 0;
    }
    return ask_page(online, *source, answer, failure);
}

static int take_hits(const pulse_online *online, const pulse_lyrics_song *song,
                     const pulse_http_response *response, pulse_lyrics_answer *answer,
                     char **source, pulse_failure *failure)
{
    cJSON *json = cJSON_ParseWithLength(response->body, response->size);
    const cJSON *hits = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(json, "response"), "hits");
    int code = 0;
    if (cJSON_IsArray(hits))
        code = take_result(online, choose(song, hits), answer, source, failure);
    else
        pulse_online_fail(answer, "the answer is not the JSON that Genius gives");
    cJSON_Delete(json);
    return code;
}

static char *search_url(const pulse_online *online, const pulse_lyrics_song *song,
                        const pulse_song_key *key)
{
    char *artist = pulse_song_first_artist(song->lead);
    char *words = pulse_need_format("%s%s%s %s", key->title, key->version[0] ? " " : "",
                                    key->version, artist);
    char *query = pulse_http_query("q", words);
    char *url = pulse_need_format("%s/search?%s", online->params.url, query);
    free(artist);
    free(words);
    free(query);
    return url;
}

static int ask(pulse_online *online, const pulse_lyrics_song *song, const pulse_song_key *key,
               pulse_lyrics_answer *answer, char **source, pulse_failure *failure)
{
    char *url = search_url(online, song, key);
    const pulse_http_request request = {.url = url,
                                        .accept = "application/json",
                                        .limit = LARGEST_ANSWER,
                                        .token = online->params.token};
    pulse_http_response response;
    pulse_http_get(online->params.http, &request, &response);
    const int code =
        response.outcome == PULSE_HTTP_DONE
            ? take_hits(online, song, &response, answer, source, failure)
            : pulse_online_trouble(online, online->params.url, &response, answer, failure);
    pulse_http_response_free(&response);
    free(url);
    return code;
}

int pulse_lyrics_genius_open(const pulse_online_params *params, pulse_lyrics_provider *out,
                             pulse_failure *failure)
{
    return pulse_online_open("genius", params, ask, out, failure);
}
