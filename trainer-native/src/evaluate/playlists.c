#include "evaluate/playlists.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "io/lines.h"

/* A playlist of hundreds of thousands of songs. As JSON in memory it is some fifty times as large.
 */
#define LIST_LIMIT ((size_t)4 << 20)

typedef struct reader {
    pulse_lines lines;
    pulse_engine *engine;
    pulse_playlists *out;
    uint32_t least;
    uint32_t *seen; /* [songs] the number, from 1, of the last line that had the song */
    uint64_t line;  /* from 1 */
    size_t used, lists_room, songs_room;
} reader;

static int bad_line(const reader *r, pulse_failure *failure)
{
    return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                             "%s: line %llu is not a playlist; each line must be a JSON list of "
                             "song_ids, such as [17, 4, 256]",
                             r->lines.name, (unsigned long long)r->line);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The line as JSON, with nothing after it; NULL where it is none. */
static cJSON *parse(const char *line, size_t bytes)
{
    const char *end = NULL;
    cJSON *list = cJSON_ParseWithLengthOpts(line, bytes, &end, false);
    for (const char *at = end; list && at < line + bytes; ++at) {
        if (is_space(*at))
            continue;
        cJSON_Delete(list);
        return NULL;
    }
    return list;
}

/* The song with this id, or UINT32_MAX. */
static uint32_t find(pulse_engine *engine, const cJSON *id)
{
    char number[32];
    const char *text = id->valuestring;
    if (cJSON_IsNumber(id)) {
        /* 17.5 is nobody's id; it may be written like one all the same. */
        const bool whole =
            fabs(id->valuedouble) < 9007199254740992.0 && floor(id->valuedouble) == id->valuedouble;
        snprintf(number, sizeof number, whole ? "%.0f" : "%.17g", id->valuedouble);
        text = number;
    }
    uint32_t song;
    return pulse_find_song_id(engine, text, &song, NULL) == PULSE_OK ? song : UINT32_MAX;
}

static void add_song(reader *r, uint32_t song)
{
    pulse_playlists *out = r->out;
    if (r->used == r->songs_room) {
        r->songs_room = r->songs_room ? r->songs_room * 2 : 4096;
        out->songs = pulse_need_more(out->songs, r->songs_room, sizeof *out->songs);
    }
    out->songs[r->used++] = song;
}

static void end_list(reader *r)
{
    pulse_playlists *out = r->out;
    const size_t first = out->first[out->count];
    if (r->used - first < r->least) {
        r->used = first;
        ++out->short_lists;
        return;
    }
    for (size_t i = first; i < r->used; ++i)
        ++out->held[out->songs[i]];
    if (out->count + 2 > r->lists_room) {
        r->lists_room *= 2;
        out->first = pulse_need_more(out->first, r->lists_room, sizeof *out->first);
    }
    out->first[++out->count] = r->used;
}

static int take_line(reader *r, const char *line, size_t bytes, pulse_failure *failure)
{
    size_t blank = 0;
    while (blank < bytes && is_space(line[blank]))
        ++blank;
    if (blank == bytes)
        return 0;
    if (r->out->count == UINT32_MAX - 2 || r->line >= UINT32_MAX)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: has too many lines",
                                 r->lines.name);
    if (bytes > LIST_LIMIT)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: line %llu is longer than %zu MiB; each line must be one "
                                 "playlist",
                                 r->lines.name, (unsigned long long)r->line, LIST_LIMIT >> 20);
    cJSON *list = parse(line, bytes);
    if (!cJSON_IsArray(list)) {
        cJSON_Delete(list);
        return bad_line(r, failure);
    }
    int code = 0;
    const cJSON *id;
    cJSON_ArrayForEach(id, list)
    {
        if (!cJSON_IsNumber(id) && !cJSON_IsString(id)) {
            code = bad_line(r, failure);
            break;
        }
        const uint32_t song = find(r->engine, id);
        if (song == UINT32_MAX) {
            ++r->out->unknown_songs;
        } else if (r->seen[song] == r->line) {
            ++r->out->repeated;
        } else {
            r->seen[song] = (uint32_t)r->line;
            add_song(r, song);
        }
    }
    cJSON_Delete(list);
    if (!code)
        end_list(r);
    return code;
}

int pulse_playlists_read(const char *path, pulse_engine *engine, uint32_t least,
                         pulse_playlists *out, pulse_failure *failure)
{
    *out = (pulse_playlists){0};
    reader r = {.engine = engine, .out = out, .least = least, .lists_room = 64};
    pulse_info info;
    pulse_engine_info(engine, &info);
    out->first = pulse_need(r.lists_room, sizeof *out->first);
    out->held = pulse_need(info.songs, sizeof *out->held);
    r.seen = pulse_need(info.songs, sizeof *r.seen);
    int code = pulse_lines_open(path, &r.lines, failure);
    const char *line = "";
    size_t bytes;
    while (!code) {
        code = pulse_lines_next(&r.lines, &line, &bytes, failure);
        if (code || !line)
            break;
        ++r.line;
        code = take_line(&r, line, bytes, failure);
        if (!code && pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    pulse_lines_close(&r.lines);
    free(r.seen);
    if (code)
        pulse_playlists_free(out);
    return code;
}

void pulse_playlists_free(pulse_playlists *playlists)
{
    free(playlists->first);
    free(playlists->songs);
    free(playlists->held);
    *playlists = (pulse_playlists){0};
}
