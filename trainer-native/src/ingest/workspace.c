#include "ingest/workspace.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

char *pulse_workspace_path(const char *workspace, const char *file)
{
    return pulse_need_format("%s/%s", workspace, file);
}

void pulse_workspace_forget_lyrics(const char *workspace)
{
    static const char *const names[] = {PULSE_WORKSPACE_LYRICS, PULSE_WORKSPACE_ENCODER,
                                        PULSE_WORKSPACE_VOCAB};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        char *path = pulse_workspace_path(workspace, names[i]);
        unlink(path);
        free(path);
    }
}

static int damaged(const pulse_workspace *workspace, const char *why, pulse_failure *failure)
{
    return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: %s; run playlistpulse ingest again",
                             workspace->path, why);
}

/* A text of `setting`; the caller frees it; NULL where there is none. */
static char *setting(pulse_workspace *workspace, const char *name)
{
    char *text = NULL;
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(workspace->db, "SELECT value FROM setting WHERE name = ?", -1,
                           &statement, NULL) == SQLITE_OK) {
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
        if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0))
            text = pulse_need_text((const char *)sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    return text;
}

static int open_database(pulse_workspace *workspace, pulse_failure *failure)
{
    if (access(workspace->path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: is not there; run playlistpulse ingest first",
                                 workspace->path);
    if (sqlite3_open_v2(workspace->path, &workspace->db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
        const int reason = sqlite3_system_errno(workspace->db);
        return pulse_failure_system(failure, PULSE_EXIT_INPUT, reason ? reason : EISDIR,
                                    "%s: cannot be opened", workspace->path);
    }
    char *version = setting(workspace, "version");
    const unsigned long number = version ? strtoul(version, NULL, 10) : 0;
    free(version);
    if (number < PULSE_WORKSPACE_OLDEST || number > PULSE_WORKSPACE_VERSION)
        return damaged(workspace, "is not a workspace of this version", failure);
    char *songs = setting(workspace, "songs");
    char *integer_ids = setting(workspace, "integer_ids");
    char *schema = setting(workspace, "schema");
    workspace->source = setting(workspace, "source");
    workspace->songs = songs ? (uint32_t)strtoul(songs, NULL, 10) : 0;
    workspace->integer_ids = integer_ids && strcmp(integer_ids, "1") == 0;
    int code = 0;
    if (!schema || !workspace->source || workspace->songs == 0)
        code = damaged(workspace, "is incomplete", failure);
    else
        code = pulse_schema_from_json(schema, workspace->path, &workspace->schema, failure);
    free(songs);
    free(integer_ids);
    free(schema);
    if (code)
        return code;
    for (uint32_t i = 0; i < workspace->schema.count; ++i) {
        workspace->numerical += pulse_column_is_number(&workspace->schema.columns[i]);
        workspace->categorical += pulse_column_is_category(&workspace->schema.columns[i]);
    }
    const char *sql = number == 1
                          ? "SELECT song_id, title, artist, genre, year, numerical, categorical,"
                            " artist FROM song ORDER BY id"
                          : "SELECT song_id, title, artist, genre, year, numerical, categorical,"
                            " lead FROM song ORDER BY id";
    if (sqlite3_prepare_v2(workspace->db, sql, -1, &workspace->next, NULL) != SQLITE_OK)
        return damaged(workspace, sqlite3_errmsg(workspace->db), failure);
    return 0;
}

int pulse_workspace_open(const char *directory, pulse_workspace *out, pulse_failure *failure)
{
    *out = (pulse_workspace){.path = pulse_workspace_path(directory, PULSE_WORKSPACE_SONGS)};
    const int code = open_database(out, failure);
    if (code)
        pulse_workspace_close(out);
    return code;
}

void pulse_workspace_close(pulse_workspace *workspace)
{
    sqlite3_finalize(workspace->next);
    sqlite3_close(workspace->db);
    pulse_schema_free(&workspace->schema);
    free(workspace->path);
    free(workspace->source);
    *workspace = (pulse_workspace){0};
}

static const char *text_at(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? text : "";
}

int pulse_workspace_next(pulse_workspace *workspace, pulse_workspace_song *song, bool *more,
                         pulse_failure *failure)
{
    const int step = sqlite3_step(workspace->next);
    *more = step == SQLITE_ROW;
    if (step == SQLITE_DONE)
        return 0;
    if (step != SQLITE_ROW)
        return damaged(workspace, sqlite3_errmsg(workspace->db), failure);
    if (!song->numerical) {
        song->numerical = pulse_need(workspace->numerical, sizeof *song->numerical);
        song->categorical = pulse_need(workspace->categorical, sizeof *song->categorical);
    }
    sqlite3_stmt *row = workspace->next;
    song->song_id = text_at(row, 0);
    song->title = text_at(row, 1);
    song->artist = text_at(row, 2);
    song->lead = text_at(row, 7);
    song->genre = text_at(row, 3);
    song->year = sqlite3_column_int(row, 4);
    const void *numbers = sqlite3_column_blob(row, 5);
    const size_t bytes = (size_t)sqlite3_column_bytes(row, 5);
    if (bytes != workspace->numerical * sizeof(double))
        return damaged(workspace, "a song has the wrong number of values", failure);
    if (bytes)
        memcpy(song->numerical, numbers, bytes);
    cJSON_Delete(song->json);
    song->json = cJSON_Parse(text_at(row, 6));
    if (!cJSON_IsArray(song->json) ||
        (uint32_t)cJSON_GetArraySize(song->json) != workspace->categorical)
        return damaged(workspace, "a song has the wrong number of categories", failure);
    uint32_t at = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, song->json) song->categorical[at++] =
        cJSON_IsString(item) ? item->valuestring : "";
    return 0;
}

int pulse_workspace_rewind(pulse_workspace *workspace, pulse_failure *failure)
{
    if (sqlite3_reset(workspace->next) != SQLITE_OK)
        return damaged(workspace, sqlite3_errmsg(workspace->db), failure);
    return 0;
}

void pulse_workspace_song_free(pulse_workspace_song *song)
{
    free(song->numerical);
    free(song->categorical);
    cJSON_Delete(song->json);
    *song = (pulse_workspace_song){0};
}
