#include "ingest/fingerprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "ingest/workspace.h"

#define PART ((size_t)1 << 20)

/* A hash of a long text, part by part: each part's includes the one before. */
typedef struct chain {
    pulse_text part;
    char hash[65];
} chain;

static void close_part(chain *c)
{
    pulse_text_append(&c->part, c->hash, strlen(c->hash));
    pulse_sha256_hex(c->part.data, c->part.size, c->hash);
    c->part.size = 0;
}

static void add(chain *c, const void *bytes, size_t size)
{
    char length[24];
    const int digits = snprintf(length, sizeof length, "%zu:", size);
    pulse_text_append(&c->part, length, (size_t)digits);
    if (size)
        pulse_text_append(&c->part, bytes, size);
    if (c->part.size >= PART)
        close_part(c);
}

/* ---- Songs ---------------------------------------------------------------------------------- */

static int add_rows(chain *c, pulse_workspace *workspace, const char *sql, pulse_failure *failure)
{
    sqlite3_stmt *rows = NULL;
    int step = sqlite3_prepare_v2(workspace->db, sql, -1, &rows, NULL);
    int code = 0;
    if (step == SQLITE_OK) {
        while (!code && (step = sqlite3_step(rows)) == SQLITE_ROW) {
            for (int i = 0; i < sqlite3_column_count(rows); ++i) {
                const void *bytes = sqlite3_column_blob(rows, i);
                add(c, bytes, (size_t)sqlite3_column_bytes(rows, i));
            }
            if (pulse_interrupted())
                code = pulse_failure_interrupted(failure);
        }
    }
    if (!code && step != SQLITE_DONE)
        code =
            pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: %s; run playlistpulse ingest again",
                              workspace->path, sqlite3_errmsg(workspace->db));
    sqlite3_finalize(rows);
    return code;
}

int pulse_workspace_fingerprint(const char *workspace, char out[65], pulse_failure *failure)
{
    pulse_workspace opened;
    int code = pulse_workspace_open(workspace, &opened, failure);
    if (code)
        return code;
    chain c = {.hash = ""};
    code = add_rows(&c, &opened, "SELECT value FROM setting WHERE name = 'schema'", failure);
    if (!code)
        code = add_rows(&c, &opened, "SELECT * FROM song ORDER BY id", failure);
    close_part(&c);
    memcpy(out, c.hash, sizeof c.hash);
    free(c.part.data);
    pulse_workspace_close(&opened);
    return code;
}

/* ---- Input ---------------------------------------------------------------------------------- */

static bool add_file(chain *c, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    char block[65536];
    size_t got;
    while ((got = fread(block, 1, sizeof block, file)) > 0)
        add(c, block, got);
    const bool read = ferror(file) == 0;
    fclose(file);
    return read;
}

static bool hash_input(const char *csv, const char *schema_file, char out[65])
{
    chain c = {.hash = ""};
    bool read = strcmp(csv, "-") != 0 && add_file(&c, csv);
    /* The name counts: a bundle's manifest says it. */
    const char *slash = strrchr(csv, '/');
    add(&c, slash ? slash + 1 : csv, strlen(slash ? slash + 1 : csv));
    if (read && schema_file)
        read = add_file(&c, schema_file);
    add(&c, PULSE_VERSION, strlen(PULSE_VERSION)); /* another version may infer otherwise */
    close_part(&c);
    memcpy(out, c.hash, sizeof c.hash);
    free(c.part.data);
    return read;
}

bool pulse_workspace_has_input(const char *workspace, const char *csv, const char *schema_file)
{
    pulse_workspace opened;
    pulse_failure ignored;
    char hash[65];
    if (!hash_input(csv, schema_file, hash) ||
        pulse_workspace_open(workspace, &opened, &ignored) != 0)
        return false;
    sqlite3_stmt *select = NULL;
    bool same = false;
    if (sqlite3_prepare_v2(opened.db, "SELECT value FROM setting WHERE name = 'input'", -1, &select,
                           NULL) == SQLITE_OK &&
        sqlite3_step(select) == SQLITE_ROW) {
        const char *known = (const char *)sqlite3_column_text(select, 0);
        same = known && strcmp(known, hash) == 0;
    }
    sqlite3_finalize(select);
    pulse_workspace_close(&opened);
    return same;
}

void pulse_workspace_remember_input(const char *workspace, const char *csv, const char *schema_file)
{
    char hash[65];
    if (!hash_input(csv, schema_file, hash))
        return;
    char *path = pulse_workspace_path(workspace, PULSE_WORKSPACE_SONGS);
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
        char *sql = sqlite3_mprintf("DELETE FROM setting WHERE name = 'input';"
                                    "INSERT INTO setting VALUES('input', %Q)",
                                    hash);
        if (sql)
            sqlite3_exec(db, sql, NULL, NULL, NULL);
        sqlite3_free(sql);
    }
    sqlite3_close(db);
    free(path);
}
