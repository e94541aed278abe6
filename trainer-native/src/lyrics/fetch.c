#include "lyrics/fetch.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/usage.h"
#include "cli/log.h"
#include "ingest/workspace.h"
#include "lyrics/online.h"
#include "lyrics/sources.h"
#include "lyrics/token.h"

#define SAY_SECONDS 10.0
#define LONGEST_SONG 10000.0 /* s */

typedef struct counts {
    uint32_t have;   /* songs with lyrics of their own */
    uint32_t cached; /* songs whose answer was known */
    uint32_t to_ask; /* songs to ask for */
    uint32_t found, none, not_found, failed;
} counts;

typedef struct fetcher {
    const pulse_fetch_params *params;
    pulse_workspace workspace;
    pulse_workspace_song row;
    pulse_lyrics_sources own;
    pulse_lyrics_cache cache;
    pulse_http *http[PULSE_FETCH_PROVIDERS]; /* each at its own pace */
    char *token;
    pulse_lyrics_provider known[PULSE_FETCH_PROVIDERS]; /* the cache alone */
    pulse_lyrics_provider asking[PULSE_FETCH_PROVIDERS];
    bool stopped[PULSE_FETCH_PROVIDERS];
    pulse_failure why[PULSE_FETCH_PROVIDERS]; /* of those stopped */
    uint8_t *wanted;                          /* [songs] whether it is to be asked for */
    uint32_t seconds_at; /* which numerical value is the duration; UINT32_MAX: none */
    double seconds_unit; /* in seconds */
    counts counts;
} fetcher;

/* ---- Songs ---------------------------------------------------------------------------------- */

static bool begins(const char *name, const char *with)
{
    for (; *with; ++name, ++with) {
        if (tolower((unsigned char)*name) != *with)
            return false;
    }
    return true;
}

/* The column that says how long a song is, by its name or its label; its unit, by the schema's. */
static void find_duration(fetcher *in)
{
    in->seconds_at = UINT32_MAX;
    uint32_t at = 0;
    for (uint32_t i = 0; i < in->workspace.schema.count; ++i) {
        const pulse_column *column = &in->workspace.schema.columns[i];
        if (!pulse_column_is_number(column))
            continue;
        const bool is_duration = begins(column->name, "duration") ||
                                 begins(column->name, "track duration") ||
                                 begins(column->name, "track_duration") ||
                                 (column->label && strcmp(column->label, "length") == 0);
        if (is_duration && in->seconds_at == UINT32_MAX) {
            in->seconds_at = at;
            in->seconds_unit = column->unit && strcmp(column->unit, "ms") == 0    ? 1e-3
                               : column->unit && strcmp(column->unit, "min") == 0 ? 60
                                                                                  : 1;
        }
        ++at;
    }
}

static pulse_lyrics_song song_of(const fetcher *in, uint32_t number)
{
    pulse_lyrics_song song = {.number = number,
                              .artist = in->row.artist,
                              .lead = in->row.lead,
                              .title = in->row.title,
                              .seconds = NAN};
    if (in->seconds_at != UINT32_MAX) {
        double seconds = in->row.numerical[in->seconds_at] * in->seconds_unit;
        if (seconds > LONGEST_SONG) /* "duration" does not say in what */
            seconds *= 1e-3;
        if (seconds >= 1 && seconds <= LONGEST_SONG)
            song.seconds = seconds;
    }
    return song;
}

/* Whether an answer ends the search for a song's lyrics. */
static bool is_final(const pulse_lyrics_answer *answer)
{
    return answer->outcome == PULSE_ANSWER_FOUND || answer->outcome == PULSE_ANSWER_NONE;
}

/* ---- What is known -------------------------------------------------------------------------- */

/* Whether some provider is still to be asked for the song. */
static int is_wanted(fetcher *in, const pulse_lyrics_song *song, bool *wanted,
                     pulse_failure *failure)
{
    char *text = NULL;
    size_t bytes;
    *wanted = false;
    int code = pulse_lyrics_sources_read(&in->own, song, &text, &bytes, failure);
    const bool has = text != NULL;
    pulse_string_free(text);
    if (code || has) {
        in->counts.have += has;
        return code;
    }
    bool final = false;
    for (size_t i = 0; i < in->params->count && !final && !*wanted && !code; ++i) {
        pulse_lyrics_answer answer = {.outcome = PULSE_ANSWER_UNASKED};
        code = in->known[i].find(in->known[i].self, song, &answer, failure);
        final = is_final(&answer);
        *wanted = answer.outcome == PULSE_ANSWER_UNASKED;
        free(answer.text);
    }
    in->counts.cached += !*wanted;
    return code;
}

static int look(fetcher *in, pulse_failure *failure)
{
    bool more = true;
    int code = 0;
    for (uint32_t i = 0; i < in->workspace.songs && more && !code; ++i) {
        code = pulse_workspace_next(&in->workspace, &in->row, &more, failure);
        if (code || !more)
            break;
        const pulse_lyrics_song song = song_of(in, i);
        bool wanted;
        code = is_wanted(in, &song, &wanted, failure);
        in->wanted[i] = wanted;
        in->counts.to_ask += wanted;
        if (i % 256 == 0)
            pulse_progress("look", i, in->workspace.songs, "songs");
        if (!code && pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    pulse_progress_clear();
    return code;
}

/* ---- Asking --------------------------------------------------------------------------------- */

typedef struct progress {
    double start, said;
    uint32_t done, total;
} progress;

static void say_progress(progress *at, uint32_t found)
{
    const double time = pulse_clock(), spent = time - at->start;
    const double rate = spent > 0 ? at->done / spent : 0;
    const double left = rate > 0 ? (at->total - at->done) / rate : 0;
    const unsigned whole = left < 1e8 ? (unsigned)(left + 0.5) : 0;
    char note[128];
    snprintf(note, sizeof note, "%u of %u songs, %u found, %.1f/s, %u:%02u:%02u left", at->done,
             at->total, found, rate, whole / 3600, whole / 60 % 60, whole % 60);
    pulse_progress("fetch", at->done, at->total, note);
    if (!isatty(STDERR_FILENO) && time - at->said >= SAY_SECONDS && at->done < at->total) {
        at->said = time;
        pulse_note("fetch: %s", note);
    }
}

/* A provider that cannot go on is left, and its failure kept for the end. Only Ctrl-C, and what
 * concerns the cache, ends all. */
static int stop_provider(fetcher *in, size_t provider, pulse_failure *failure)
{
    in->stopped[provider] = true;
    in->why[provider] = *failure;
    pulse_log_detail("%s: stopped", in->asking[provider].name);
    return pulse_interrupted() || failure->code != PULSE_EXIT_FAILED ? failure->code : 0;
}

static int ask_song(fetcher *in, const pulse_lyrics_song *song, pulse_failure *failure)
{
    bool final = false, open = false, failed = false;
    for (size_t i = 0; i < in->params->count && !final; ++i) {
        pulse_lyrics_answer answer = {.outcome = PULSE_ANSWER_UNASKED};
        /* One that is stopped may still know. */
        pulse_lyrics_provider *provider = in->stopped[i] ? &in->known[i] : &in->asking[i];
        const int code = provider->find(provider->self, song, &answer, failure);
        if (answer.outcome == PULSE_ANSWER_FAILED) {
            pulse_log_detail("%s: %s - %s: %s", provider->name, song->artist, song->title,
                             answer.why);
            failed = true;
        }
        open = open || code || answer.outcome == PULSE_ANSWER_UNASKED;
        /* An answer that could not be stored is none. */
        in->counts.found += !code && answer.outcome == PULSE_ANSWER_FOUND;
        in->counts.none += !code && answer.outcome == PULSE_ANSWER_NONE;
        final = !code && is_final(&answer);
        free(answer.text);
        if (code) {
            const int all = stop_provider(in, i, failure);
            if (all)
                return all;
        }
    }
    if (!final) {
        in->counts.failed += failed;
        in->counts.not_found += !open && !failed;
    }
    return 0;
}

static bool all_stopped(const fetcher *in)
{
    for (size_t i = 0; i < in->params->count; ++i) {
        if (!in->stopped[i])
            return false;
    }
    return true;
}

static int ask_all(fetcher *in, uint32_t total, progress *at, pulse_failure *failure)
{
    int code = pulse_workspace_rewind(&in->workspace, failure);
    bool more = true;
    at->start = at->said = pulse_clock();
    at->total = total;
    for (uint32_t i = 0; i < in->workspace.songs && more && at->done < total && !code; ++i) {
        code = pulse_workspace_next(&in->workspace, &in->row, &more, failure);
        if (code || !more || !in->wanted[i])
            continue;
        const pulse_lyrics_song song = song_of(in, i);
        code = ask_song(in, &song, failure);
        ++at->done;
        say_progress(at, in->counts.found);
        if (!code && pulse_interrupted())
            code = pulse_failure_interrupted(failure);
        if (all_stopped(in))
            break;
    }
    pulse_progress_clear();
    return code;
}

/* ---- The end -------------------------------------------------------------------------------- */

static void sum_up(const fetcher *in, const progress *at)
{
    const counts *c = &in->counts;
    uint64_t requests = 0;
    for (size_t i = 0; i < in->params->count; ++i)
        requests += pulse_http_requests(in->http[i]);
    const double spent = pulse_clock() - at->start;
    const uint32_t left = c->to_ask - c->found - c->none - c->not_found - c->failed;
    pulse_note_of(
        PULSE_FIELDS({"found", c->found}, {"instrumental", c->none}, {"not_found", c->not_found},
                     {"failed", c->failed}, {"left", left}, {"cached", c->cached},
                     {"requests", (double)requests}, {"seconds", spent}),
        "fetched: %u found, %u instrumental, %u not found, %u without a usable answer, %u "
        "left to ask; %u were known before (%llu requests in %.1f s)",
        c->found, c->none, c->not_found, c->failed, left, c->cached, (unsigned long long)requests,
        spent);
}

/* What kept songs from being asked for. */
static int conclude(const fetcher *in, pulse_failure *failure)
{
    pulse_text message = {0}, next = {0};
    for (size_t i = 0; i < in->params->count; ++i) {
        if (in->stopped[i]) {
            pulse_text_format(&message, "%s%s", message.size ? "; " : "", in->why[i].message);
            pulse_text_format(&next, "%s%s", next.size ? "; " : "", in->why[i].next);
        }
    }
    int code = 0;
    if (message.size) {
        code = pulse_failure_set(failure, PULSE_EXIT_FAILED, "%s", message.data);
        pulse_failure_advise(failure, "%s", next.data);
    } else if (in->counts.failed > 0) {
        code = pulse_failure_set(failure, PULSE_EXIT_FAILED, "for %u songs no usable answer came",
                                 in->counts.failed);
        pulse_failure_advise(failure, "run the same command again: it asks for them once more, "
                                      "and with --verbose says why");
    }
    free(message.data);
    free(next.data);
    return code;
}

static int fetch(fetcher *in, pulse_failure *failure)
{
    int code = look(in, failure);
    if (code)
        return code;
    const counts *c = &in->counts;
    const uint32_t limit = in->params->limit;
    const uint32_t total = limit > 0 && limit < c->to_ask ? limit : c->to_ask;
    pulse_note("lyrics: %u of %u songs have some already, %u are known to the cache, %u to ask for",
               c->have, in->workspace.songs, c->cached, total);
    progress at = {.start = pulse_clock()};
    if (total > 0)
        code = ask_all(in, total, &at, failure);
    sum_up(in, &at);
    return code ? code : conclude(in, failure);
}

/* ---- Opening -------------------------------------------------------------------------------- */

static int open_provider(fetcher *in, size_t i, pulse_failure *failure)
{
    const pulse_fetch_params *params = in->params;
    const bool genius = strcmp(params->providers[i], "genius") == 0;
    const char *own = genius ? params->genius_url : params->lrclib_url;
    const char *usual = genius ? PULSE_GENIUS_URL : PULSE_LRCLIB_URL;
    int code = 0;
    if (genius)
        code =
            pulse_token_read(params->token_file, PULSE_GENIUS_TOKEN_VARIABLE, &in->token, failure);
    if (!code)
        code = pulse_http_open(&params->http, &in->http[i], failure);
    /* A service of one's own has its pages where it is, unless told otherwise. */
    pulse_online_params online = {.cache = &in->cache,
                                  .url = own ? own : usual,
                                  .pages = params->genius_pages_url ? params->genius_pages_url
                                           : own                    ? own
                                                                    : PULSE_GENIUS_PAGES_URL,
                                  .token = genius ? in->token : NULL};
    int (*open)(const pulse_online_params *, pulse_lyrics_provider *, pulse_failure *) =
        genius ? pulse_lyrics_genius_open : pulse_lyrics_lrclib_open;
    if (!code)
        code = open(&online, &in->known[i], failure);
    online.http = in->http[i];
    if (!code)
        code = open(&online, &in->asking[i], failure);
    return code;
}

static int open_all(fetcher *in, const char *workspace, pulse_failure *failure)
{
    int code = pulse_workspace_open(workspace, &in->workspace, failure);
    if (!code) {
        find_duration(in);
        in->wanted = pulse_need(in->workspace.songs, sizeof *in->wanted);
        code = pulse_lyrics_sources_open(in->params->lyrics, in->workspace.db, in->params->cache,
                                         &in->own, failure);
    }
    if (!code)
        code =
            pulse_lyrics_cache_open(in->params->cache, true, in->params->days, &in->cache, failure);
    for (size_t i = 0; i < in->params->count && !code; ++i)
        code = open_provider(in, i, failure);
    return code;
}

static void close_all(fetcher *in)
{
    for (size_t i = 0; i < in->params->count; ++i) {
        if (in->known[i].close)
            in->known[i].close(in->known[i].self);
        if (in->asking[i].close)
            in->asking[i].close(in->asking[i].self);
        pulse_http_close(in->http[i]);
    }
    pulse_token_free(in->token);
    pulse_lyrics_sources_close(&in->own);
    pulse_lyrics_cache_close(&in->cache);
    pulse_workspace_song_free(&in->row);
    if (in->workspace.path)
        pulse_workspace_close(&in->workspace);
    free(in->wanted);
}

int pulse_lyrics_fetch(const char *workspace, const pulse_fetch_params *params,
                       pulse_failure *failure)
{
    fetcher *in = pulse_need(1, sizeof *in);
    in->params = params;
    int code = open_all(in, workspace, failure);
    if (!code)
        code = fetch(in, failure);
    close_all(in);
    free(in);
    return code;
}
