#include "io/cache_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/files.h"

#define PATIENCE 120000 /* milliseconds that another process may hold the file */

char *pulse_cache_file_default(const char *name)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache && cache[0] == '/')
        return pulse_need_format("%s/playlistpulse/%s", cache, name);
    if (home && home[0])
        return pulse_need_format("%s/.cache/playlistpulse/%s", home, name);
    return NULL;
}

int pulse_cache_file_failed(sqlite3 *db, const char *path, const pulse_cache_kind *kind,
                            pulse_failure *failure)
{
    int reason;
    switch (sqlite3_errcode(db) & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: is no cache of %s, or damaged (%s); remove it, or choose "
                                 "another %s",
                                 path, kind->what, sqlite3_errmsg(db), kind->option);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return pulse_failure_set(failure, PULSE_EXIT_FAILED,
                                 "%s: %s; see who may read and write it, or choose another %s",
                                 path, sqlite3_errmsg(db), kind->option);
    case SQLITE_FULL:
        return pulse_failure_set(failure, PULSE_EXIT_FAILED,
                                 "%s: the disk is full; make room and run the same again: what was "
                                 "stored before is kept",
                                 path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return pulse_failure_set(failure, PULSE_EXIT_FAILED,
                                 "%s: another program has kept it for itself for a long time; run "
                                 "the same again when it has ended: what was stored before is kept",
                                 path);
    default:
        reason = sqlite3_system_errno(db);
        if (reason)
            return pulse_failure_system(failure, PULSE_EXIT_FAILED, reason, "%s: %s", path,
                                        sqlite3_errmsg(db));
        pulse_failure_set(failure, PULSE_EXIT_FAILED, "%s: %s", path, sqlite3_errmsg(db));
        pulse_failure_advise(failure, PULSE_ADVICE_DATABASE);
        return PULSE_EXIT_FAILED;
    }
}

/* A cache as it is being opened. */
typedef struct opening {
    sqlite3 *db;
    const char *path;
    const pulse_cache_kind *kind;
} opening;

static int failed(const opening *in, pulse_failure *failure)
{
    return pulse_cache_file_failed(in->db, in->path, in->kind, failure);
}

static int run(const opening *in, const char *sql, pulse_failure *failure)
{
    return sqlite3_exec(in->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(in, failure);
}

static int number_of(const opening *in, const char *sql, sqlite3_int64 *out, pulse_failure *failure)
{
    sqlite3_stmt *statement = NULL;
    int code = 0;
    if (sqlite3_prepare_v2(in->db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        code = failed(in, failure);
    else
        *out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code;
}

static int make_tables(const opening *in, pulse_failure *failure)
{
    char mark[80];
    snprintf(mark, sizeof mark, "PRAGMA application_id=%d; PRAGMA user_version=%d;",
             in->kind->application, in->kind->version);
    const int code = run(in, mark, failure);
    return code ? code : run(in, in->kind->tables, failure);
}

static int check(const opening *in, bool create, pulse_failure *failure)
{
    sqlite3_int64 application = 0, version = 0, objects = 0;
    int code = number_of(in, "PRAGMA application_id", &application, failure);
    if (!code)
        code = number_of(in, "PRAGMA user_version", &version, failure);
    if (!code)
        code = number_of(in, "SELECT count(*) FROM sqlite_master", &objects, failure);
    if (code)
        return code;
    if (create && application == 0 && version == 0 && objects == 0)
        return make_tables(in, failure);
    if (application != in->kind->application)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: is another program's database; choose another %s", in->path,
                                 in->kind->option);
    if (version != in->kind->version)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: is a cache of version %lld, and this program knows version "
                                 "%d; choose another %s",
                                 in->path, (long long)version, in->kind->version, in->kind->option);
    return 0;
}

/* One process at a time. */
static int prepare(const opening *in, pulse_failure *failure)
{
    int code = run(in, "BEGIN IMMEDIATE", failure);
    if (code)
        return code;
    code = check(in, true, failure);
    if (!code)
        return run(in, "COMMIT", failure);
    sqlite3_exec(in->db, "ROLLBACK", NULL, NULL, NULL);
    return code;
}

/* Before SQLite does: it would let everybody read it. */
static int make_file(const char *path, const pulse_cache_kind *kind, pulse_failure *failure)
{
    char *parent = pulse_need_text(path);
    char *slash = strrchr(parent, '/');
    int code = 0;
    if (slash && slash != parent) {
        *slash = 0;
        code = pulse_directory_make(parent, failure);
    }
    free(parent);
    if (code)
        return code;
    const int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return pulse_failure_set(failure, PULSE_EXIT_FAILED,
                                 "%s: cannot be written: %s; choose another %s", path,
                                 strerror(errno), kind->option);
    close(descriptor);
    return 0;
}

int pulse_cache_file_open(const char *path, const pulse_cache_kind *kind, bool create, sqlite3 **db,
                          pulse_failure *failure)
{
    *db = NULL;
    if (create) {
        const int code = make_file(path, kind, failure);
        if (code)
            return code;
    } else if (access(path, F_OK) != 0 && errno == ENOENT) {
        return 0;
    }
    const int flags = create ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    const int opened = sqlite3_open_v2(path, db, flags, NULL);
    const opening in = {*db, path, kind};
    if (opened != SQLITE_OK)
        return failed(&in, failure);
    sqlite3_busy_timeout(*db, PATIENCE);
    return create ? prepare(&in, failure) : check(&in, false, failure);
}
