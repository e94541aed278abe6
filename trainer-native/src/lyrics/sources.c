#include "lyrics/sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/log.h"
#include "lyrics/online.h"

/* One item of a list: `*at` moves behind it. False at the end. */
static bool next_item(const char **at, char **item)
{
    if (!*at)
        return false;
    const size_t size = strcspn(*at, ",");
    *item = pulse_need_format("%.*s", (int)size, *at);
    *at = (*at)[size] == ',' ? *at + size + 1 : NULL;
    return true;
}

static const char *folder_of(const char *item)
{
    static const char prefix[] = "folder:";
    return strncmp(item, prefix, sizeof prefix - 1) == 0 && item[sizeof prefix - 1]
               ? item + sizeof prefix - 1
               : NULL;
}

static bool is_known(const char *item)
{
    return strcmp(item, "column") == 0 || strcmp(item, "lrclib") == 0 ||
           strcmp(item, "genius") == 0 || folder_of(item);
}

int pulse_lyrics_sources_check(const char *list, pulse_failure *failure)
{
    if (strcmp(list, "none") == 0)
        return 0;
    size_t count = 0;
    char *item;
    for (const char *at = list; next_item(&at, &item);) {
        int code = 0;
        if (!is_known(item))
            code = pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                     "--lyrics: \"%s\" is none of column, folder:DIR, lrclib, "
                                     "genius",
                                     item);
        else if (++count > PULSE_LYRICS_SOURCES)
            code = pulse_failure_set(failure, PULSE_EXIT_USAGE, "--lyrics: at most %d sources",
                                     PULSE_LYRICS_SOURCES);
        free(item);
        if (code)
            return code;
    }
    return 0;
}

bool pulse_lyrics_sources_beyond_column(const char *list)
{
    return strcmp(list, "none") != 0 && strcmp(list, "column") != 0;
}

static int open_cache(pulse_lyrics_sources *sources, const char *path, pulse_failure *failure)
{
    return sources->cache.path ? 0
                               : pulse_lyrics_cache_open(path, false, PULSE_LYRICS_CACHE_DAYS,
                                                         &sources->cache, failure);
}

static int open_one(const char *item, sqlite3 *db, const char *cache, pulse_lyrics_sources *sources,
                    pulse_failure *failure)
{
    pulse_lyrics_provider *out = &sources->providers[sources->count++];
    const pulse_online_params params = {.cache = &sources->cache};
    if (strcmp(item, "column") == 0)
        return pulse_lyrics_column_open(db, out, failure);
    if (folder_of(item))
        return pulse_lyrics_folder_open(folder_of(item), out, failure);
    const int code = open_cache(sources, cache, failure);
    if (code)
        return code;
    return strcmp(item, "lrclib") == 0 ? pulse_lyrics_lrclib_open(&params, out, failure)
                                       : pulse_lyrics_genius_open(&params, out, failure);
}

int pulse_lyrics_sources_open(const char *list, sqlite3 *db, const char *cache,
                              pulse_lyrics_sources *out, pulse_failure *failure)
{
    *out = (pulse_lyrics_sources){0};
    int code = pulse_lyrics_sources_check(list, failure);
    if (code || strcmp(list, "none") == 0)
        return code;
    char *item;
    for (const char *at = list; !code && next_item(&at, &item);) {
        code = open_one(item, db, cache, out, failure);
        out->needs_names = out->needs_names || out->providers[out->count - 1].needs_names;
        free(item);
    }
    return code;
}

void pulse_lyrics_sources_close(pulse_lyrics_sources *sources)
{
    for (size_t i = 0; i < sources->count; ++i) {
        if (sources->providers[i].close)
            sources->providers[i].close(sources->providers[i].self);
    }
    pulse_lyrics_cache_close(&sources->cache);
    *sources = (pulse_lyrics_sources){0};
}

int pulse_lyrics_sources_read(pulse_lyrics_sources *sources, const pulse_lyrics_song *song,
                              char **text, size_t *bytes, pulse_failure *failure)
{
    *text = NULL;
    *bytes = 0;
    int code = 0;
    bool go_on = true;
    for (size_t i = 0; i < sources->count && go_on && !code; ++i) {
        const pulse_lyrics_provider *provider = &sources->providers[i];
        pulse_lyrics_answer answer = {.outcome = PULSE_ANSWER_UNASKED};
        pulse_error error;
        code = provider->find(provider->self, song, &answer, failure);
        if (!code && answer.outcome == PULSE_ANSWER_FOUND &&
            pulse_lyrics_clean(answer.text, answer.bytes, PULSE_LYRICS_SONG, text, bytes, &error) !=
                PULSE_OK)
            code = pulse_failure_core(failure, &error);
        sources->unasked[i] += !code && answer.outcome == PULSE_ANSWER_UNASKED;
        go_on = !*text && answer.outcome != PULSE_ANSWER_NONE;
        free(answer.text);
    }
    return code;
}

void pulse_lyrics_sources_sum_up(const pulse_lyrics_sources *sources)
{
    for (size_t i = 0; i < sources->count; ++i) {
        const char *name = sources->providers[i].name;
        if (sources->unasked[i] > 0)
            pulse_note("lyrics: of %u songs %s does not know whether %s has lyrics; playlistpulse "
                       "lyrics fetch --provider %s asks for them",
                       sources->unasked[i], sources->cache.path, name, name);
    }
}
