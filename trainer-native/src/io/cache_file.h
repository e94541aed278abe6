/*
 * A cache in an SQLite file, which several processes may use at once. A file that is not there yet
 * is made, by one of them; one that is something else is left as it is, and said to be. It has a
 * rollback journal, not a write-ahead log: that works on network file systems, leaves one file, and
 * a transaction a second is no load.
 */
#ifndef PULSE_TRAINER_CACHE_FILE_H
#define PULSE_TRAINER_CACHE_FILE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/failure.h"

typedef struct pulse_cache_kind {
    const char *what;   /* "embeddings": what it is a cache of */
    const char *option; /* "--cache": how to choose another */
    int application, version;
    const char *tables; /* SQL that makes them */
} pulse_cache_kind;

/* $XDG_CACHE_HOME/playlistpulse/`name`, or in ~/.cache. The caller frees it; NULL where neither is
 * known. */
char *pulse_cache_file_default(const char *name);

/*
 * Opens it to read and write, and makes it, for its owner alone, and its directory where they are
 * not there. `*db` is the caller's to close after a failure too. `create` false: it is only read,
 * and `*db` is NULL where it is not there.
 */
int pulse_cache_file_open(const char *path, const pulse_cache_kind *kind, bool create, sqlite3 **db,
                          pulse_failure *failure);

/* What went wrong last, with the next step. */
int pulse_cache_file_failed(sqlite3 *db, const char *path, const pulse_cache_kind *kind,
                            pulse_failure *failure);

#endif
