#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "commands/commands.h"
#include "lyrics/cache.h"
#include "lyrics/fetch.h"
#include "lyrics/online.h"
#include "lyrics/sources.h"

enum {
    WORK = 1,
    PROVIDER,
    LYRICS,
    CACHE,
    TOKEN_FILE,
    RATE,
    LIMIT,
    EXPIRE,
    TIMEOUT,
    RETRIES,
    RETRY_DELAY,
    CONTACT,
    GENIUS_URL,
    GENIUS_PAGES_URL,
    LRCLIB_URL,
    JSON
};

/* ---- fetch ---------------------------------------------------------------------------------- */

/* The services are others': nobody needs more of them than that. One's own are one's own affair. */
#define HIGHEST_RATE 5.0
#define HIGHEST_OWN_RATE 10000.0

typedef struct fetching {
    pulse_fetch_params params;
    const char *work;
    char *urls[3]; /* those given, without a slash at the end */
} fetching;

static int take_provider(pulse_fetch_params *params, const char *name, pulse_failure *failure)
{
    for (size_t i = 0; i < params->count; ++i) {
        if (strcmp(params->providers[i], name) == 0)
            return pulse_failure_set(failure, PULSE_EXIT_USAGE, "--provider %s stands twice", name);
    }
    params->providers[params->count++] = name; /* there are no more names than places */
    return 0;
}

static int take_url(const pulse_options *options, char **copy, const char **out,
                    pulse_failure *failure)
{
    free(*copy);
    *copy = pulse_need_text(options->value);
    *out = *copy;
    if (!pulse_http_is_base(*copy))
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "%s must be like https://example.org, with no user, ? or # in it",
                                 options->name);
    for (size_t size = strlen(*copy); size > 0 && (*copy)[size - 1] == '/';)
        (*copy)[--size] = 0;
    return 0;
}

/* It goes into a header. */
static int take_contact(const pulse_options *options, const char **out, pulse_failure *failure)
{
    *out = options->value;
    for (const char *at = options->value; *at; ++at) {
        if (*at < ' ' || *at > '~' || *at == '(' || *at == ')' || at - options->value > 200)
            return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                     "--contact must be at most 200 characters of plain ASCII "
                                     "without ( and )");
    }
    return 0;
}

static int take(fetching *in, int id, const pulse_options *options, pulse_failure *failure)
{
    pulse_fetch_params *params = &in->params;
    switch (id) {
    case WORK:
        in->work = options->value;
        return 0;
    case PROVIDER:
        return take_provider(params, options->value, failure);
    case LYRICS:
        params->lyrics = options->value;
        return pulse_lyrics_sources_check(options->value, failure);
    case CACHE:
        params->cache = options->value;
        return 0;
    case TOKEN_FILE:
        params->token_file = options->value;
        return 0;
    case RATE:
        return pulse_options_real(options, 0.001, HIGHEST_OWN_RATE, &params->http.rate, failure);
    case LIMIT:
        return pulse_options_count32(options, 1, UINT32_MAX, &params->limit, failure);
    case EXPIRE:
        return pulse_options_count32(options, 0, 36500, &params->days, failure);
    case TIMEOUT:
        return pulse_options_real(options, 0.05, 3600, &params->http.timeout, failure);
    case RETRIES:
        return pulse_options_count32(options, 0, 20, &params->http.retries, failure);
    case RETRY_DELAY:
        return pulse_options_real(options, 0, 600, &params->http.retry_delay, failure);
    case CONTACT:
        return take_contact(options, &params->http.contact, failure);
    case GENIUS_URL:
        return take_url(options, &in->urls[0], &params->genius_url, failure);
    case GENIUS_PAGES_URL:
        return take_url(options, &in->urls[1], &params->genius_pages_url, failure);
    default:
        return take_url(options, &in->urls[2], &params->lrclib_url, failure);
    }
}

static bool asks_others(const pulse_fetch_params *params)
{
    for (size_t i = 0; i < params->count; ++i) {
        const bool genius = strcmp(params->providers[i], "genius") == 0;
        if (genius ? !params->genius_url : !params->lrclib_url)
            return true;
    }
    return false;
}

static int run_fetch(pulse_options *options, pulse_failure *failure)
{
    fetching in = {.params = {.lyrics = PULSE_LYRICS_DEFAULT,
                              .http = pulse_http_default(),
                              .days = PULSE_LYRICS_CACHE_DAYS}};
    int code = 0;
    for (int id; !code && (id = pulse_options_next(options)) != 0;)
        code = take(&in, id, options, failure);
    if (!code && asks_others(&in.params) && in.params.http.rate > HIGHEST_RATE)
        code =
            pulse_failure_set(failure, PULSE_EXIT_USAGE,
                              "--rate must be at most %.0f for services of others", HIGHEST_RATE);
    if (!code) {
        pulse_interrupt_install();
        code = pulse_lyrics_fetch(in.work, &in.params, failure);
    }
    for (size_t i = 0; i < sizeof in.urls / sizeof *in.urls; ++i)
        free(in.urls[i]);
    return code;
}

static const pulse_option fetch_rows[] = {
    {.id = WORK,
     .name = "work",
     .value = "DIR",
     .help = "the workspace whose songs to ask for: what ingest or build made",
     .needed = true},
    {.id = PROVIDER,
     .name = "provider",
     .value = "NAME",
     .choices = "lrclib genius",
     .help = "who to ask; the second one for songs that the first does not have",
     .needed = true,
     .many = true},
    {.id = LYRICS,
     .name = "lyrics",
     .value = "LIST",
     .help = "songs with lyrics there are not asked for: column, folder:DIR; without this, column"},
    {.id = TOKEN_FILE,
     .name = "token-file",
     .value = "FILE",
     .help = "a file with your own access token for Genius, and nothing else; without this, the "
             "environment's " PULSE_GENIUS_TOKEN_VARIABLE " is it"},
    {.id = LIMIT, .name = "limit", .value = "N", .help = "songs to ask for, at most"},
    {.id = EXPIRE,
     .name = "expire",
     .value = "DAYS",
     .help = "ask again for songs that were not found longer ago than that; without this, 30"},
    {0},
};
static const pulse_option_group fetch_group = {"Fetching", fetch_rows};

static const pulse_option cache_rows[] = {
    {.id = CACHE,
     .name = "lyrics-cache",
     .value = "FILE",
     .help = "where answers are kept; without this, playlistpulse/lyrics.sqlite in the user's "
             "cache directory"},
    {0},
};
static const pulse_option_group cache_group = {"Cache", cache_rows};

static const pulse_option network_rows[] = {
    {.id = RATE,
     .name = "rate",
     .value = "R",
     .help = "requests a second to one service, on average; without this, 1, and at most 5"},
    {.id = TIMEOUT,
     .name = "timeout",
     .value = "SECONDS",
     .help = "for one request; without this, 30"},
    {.id = RETRIES,
     .name = "retries",
     .value = "N",
     .help = "how often a request is tried again that failed for what may pass; without this, 4"},
    {.id = RETRY_DELAY,
     .name = "retry-delay",
     .value = "SECONDS",
     .help = "before the second try; doubled each time after it. Without this, 1. A service's "
             "Retry-After counts where it is longer"},
    {.id = CONTACT,
     .name = "contact",
     .value = "TEXT",
     .help = "who runs this, an address or a page: told to the services in the User-Agent"},
    {.id = GENIUS_URL,
     .name = "genius-url",
     .value = "URL",
     .help = "another address of Genius' API than " PULSE_GENIUS_URL},
    {.id = GENIUS_PAGES_URL,
     .name = "genius-pages-url",
     .value = "URL",
     .help = "another address of its pages than " PULSE_GENIUS_PAGES_URL
             "; without this, that of --genius-url where there is one"},
    {.id = LRCLIB_URL,
     .name = "lrclib-url",
     .value = "URL",
     .help = "another address of LRCLIB than " PULSE_LRCLIB_URL},
    {0},
};
static const pulse_option_group network_group = {"Network", network_rows};

static const pulse_example fetch_examples[] = {
    {"Ask LRCLIB, then train with what it has:",
     "playlistpulse lyrics fetch --work songs.work --provider lrclib"},
    {"", "playlistpulse embed --work songs.work --lyrics column,lrclib"},
    {"Ask Genius for the rest, with your own token:",
     "playlistpulse lyrics fetch --work songs.work --provider lrclib --provider genius "
     "--token-file ~/.genius-token"},
    {0},
};

static const pulse_command fetch = {
    .name = "fetch",
    .summary = "ask LRCLIB or Genius for the lyrics of a workspace's songs",
    .usage = "--work DIR --provider NAME [OPTION]...",
    .description =
        "Asks for the lyrics of the songs that have none of their own, slowly, one by one, and "
        "keeps the answers in a cache of yours; embed and build read it where --lyrics names the "
        "provider. What was stopped, by Ctrl-C or a service, goes on where it was when it is run "
        "again: answers are asked for once.\n\n"
        "Only a song whose title and artist are the same is taken. A service that refuses, or asks "
        "whether a person is there, is left alone, and the program says so and ends with 1.\n\n"
        "Lyrics belong to others, and what may be done with them is between you, them and the "
        "service: read docs/lyrics.md first. Nothing that was fetched goes into a bundle.",
    .groups = (const pulse_option_group *const[]){&fetch_group, &cache_group, &network_group, NULL},
    .examples = fetch_examples,
    .run = run_fetch,
};

/* ---- status --------------------------------------------------------------------------------- */

static void print_json(const pulse_lyrics_cache *cache, const pulse_lyrics_cache_count *counts,
                       size_t count)
{
    cJSON *json = cJSON_CreateObject(), *providers = cJSON_CreateArray();
    cJSON_AddStringToObject(json, "cache", cache->path);
    cJSON_AddItemToObject(json, "providers", providers);
    for (size_t i = 0; i < count; ++i) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "provider", counts[i].provider);
        cJSON_AddNumberToObject(item, "found", (double)counts[i].found);
        cJSON_AddNumberToObject(item, "instrumental", (double)counts[i].none);
        cJSON_AddNumberToObject(item, "not_found", (double)counts[i].not_found);
        cJSON_AddNumberToObject(item, "expired", (double)counts[i].expired);
        cJSON_AddNumberToObject(item, "bytes", (double)counts[i].bytes);
        cJSON_AddNumberToObject(item, "newest", (double)counts[i].newest);
        cJSON_AddItemToArray(providers, item);
    }
    char *text = cJSON_PrintUnformatted(json);
    puts(text ? text : "{}");
    cJSON_free(text);
    cJSON_Delete(json);
}

static void print_text(const pulse_lyrics_cache *cache, const pulse_lyrics_cache_count *counts,
                       size_t count)
{
    printf("%s\n", cache->path);
    for (size_t i = 0; i < count; ++i) {
        char day[32] = "?";
        const time_t newest = (time_t)counts[i].newest;
        struct tm parts;
        if (gmtime_r(&newest, &parts))
            strftime(day, sizeof day, "%Y-%m-%d", &parts);
        printf("%-8s %llu with lyrics (%.1f MB), %llu instrumental, %llu not found, of which %llu "
               "will be asked again; last asked %s\n",
               counts[i].provider, (unsigned long long)counts[i].found,
               (double)counts[i].bytes * 1e-6, (unsigned long long)counts[i].none,
               (unsigned long long)counts[i].not_found, (unsigned long long)counts[i].expired, day);
    }
    if (count == 0)
        puts("nothing has been fetched");
}

static int run_status(pulse_options *options, pulse_failure *failure)
{
    enum { PROVIDERS = 16 };
    const char *path = NULL;
    bool json = false;
    for (int id; (id = pulse_options_next(options)) != 0;) {
        if (id == CACHE)
            path = options->value;
        else
            json = true;
    }
    pulse_lyrics_cache cache;
    pulse_lyrics_cache_count counts[PROVIDERS];
    memset(counts, 0, sizeof counts);
    size_t count = 0;
    int code = pulse_lyrics_cache_open(path, false, PULSE_LYRICS_CACHE_DAYS, &cache, failure);
    if (!code)
        code = pulse_lyrics_cache_counts(&cache, counts, PROVIDERS, &count, failure);
    if (!code)
        (json ? print_json : print_text)(&cache, counts, count);
    pulse_lyrics_cache_close(&cache);
    return code;
}

static const pulse_option status_rows[] = {
    {.id = JSON, .name = "json", .help = "as JSON; \"newest\" in seconds since 1970"},
    {0},
};
static const pulse_option_group status_group = {"Output", status_rows};

static const pulse_example status_examples[] = {
    {"How many songs have lyrics by now:", "playlistpulse lyrics status"},
    {0},
};

static const pulse_command status = {
    .name = "status",
    .summary = "say what has been fetched",
    .usage = "[OPTION]...",
    .description = "Says of how many songs the cache has lyrics, by provider. To forget all of it, "
                   "remove the file.",
    .groups = (const pulse_option_group *const[]){&cache_group, &status_group, NULL},
    .examples = status_examples,
    .run = run_status,
};

const pulse_command pulse_command_lyrics = {
    .name = "lyrics",
    .section = PULSE_SECTION_LYRICS,
    .summary = "fetch lyrics from LRCLIB or Genius, and say what was fetched",
    .usage = "fetch --work DIR --provider NAME [OPTION]...\nstatus [OPTION]...",
    .description = "Lyrics from elsewhere, for songs that come without: docs/lyrics.md.",
    .commands = (const pulse_command *const[]){&fetch, &status, NULL},
};
