/* The places where texts come from, in order: what --lyrics names. */
#ifndef PULSE_TRAINER_LYRICS_SOURCES_H
#define PULSE_TRAINER_LYRICS_SOURCES_H

#include <sqlite3.h>

#include "lyrics/cache.h"
#include "lyrics/provider.h"

#define PULSE_LYRICS_SOURCES 8
#define PULSE_LYRICS_DEFAULT "column"

typedef struct pulse_lyrics_sources {
    pulse_lyrics_provider providers[PULSE_LYRICS_SOURCES]; /* [count] */
    size_t count;
    uint32_t unasked[PULSE_LYRICS_SOURCES]; /* [count] songs of which the cache knows nothing */
    bool needs_names;                       /* some provider reads artist and title */
    pulse_lyrics_cache cache;
} pulse_lyrics_sources;

/* Whether `list` is a list of sources; a failure says what of it is none. */
int pulse_lyrics_sources_check(const char *list, pulse_failure *failure);
/* Whether `list`, checked, names more than the column. */
bool pulse_lyrics_sources_beyond_column(const char *list);

/*
 * `list`: "column,folder:DIR,lrclib,genius", one or several of these in the order in which they are
 * asked, or "none". Nobody outside is asked: lrclib and genius are what the cache knows of them.
 * `db`: the workspace's, which must stay open. `cache` NULL: the user's.
 */
int pulse_lyrics_sources_open(const char *list, sqlite3 *db, const char *cache,
                              pulse_lyrics_sources *out, pulse_failure *failure);
void pulse_lyrics_sources_close(pulse_lyrics_sources *sources);

/* The first text that is lyrics once it is cleaned (pulse_lyrics_clean), as it is after that;
 * pulse_string_free. NULL where there is none: every source lacks it, or one knows that there is
 * none. */
int pulse_lyrics_sources_read(pulse_lyrics_sources *sources, const pulse_lyrics_song *song,
                              char **text, size_t *bytes, pulse_failure *failure);

/* Says of which songs the cache knows nothing, and what to do about it. */
void pulse_lyrics_sources_sum_up(const pulse_lyrics_sources *sources);

/* ---- The providers. Each fills `out`, whose close frees what it has. ---- */

int pulse_lyrics_column_open(sqlite3 *db, pulse_lyrics_provider *out, pulse_failure *failure);
int pulse_lyrics_folder_open(const char *directory, pulse_lyrics_provider *out,
                             pulse_failure *failure);

#endif
