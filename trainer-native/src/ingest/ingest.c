/* From a CSV to the workspace, in two passes: the records go to a scratch table while their columns
 * are measured, so that the input may be a pipe and need not fit in memory; then into `song`. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/log.h"
#include "ingest/notices.h"
#include "ingest/workspace.h"
#include "io/files.h"

typedef struct ingester {
    const char *csv;
    const char *target; /* the database's path */
    char *path;         /* its temporary name until it is whole */
    sqlite3 *db;
    sqlite3_stmt *scratch_add;
    sqlite3_stmt *song_add;
    pulse_survey survey;
    const pulse_schema *schema;        /* the survey's */
    pulse_reading *readings;           /* [schema->count] */
    int64_t id, title, artist, lyrics; /* columns, or -1 */
    pulse_text packed;
    uint64_t songs;
    bool integer_ids;
    pulse_oddities odd;
} ingester;

static int database_failure(const ingester *in, pulse_failure *failure)
{
    const int reason =
        sqlite3_errcode(in->db) == SQLITE_FULL ? ENOSPC : sqlite3_system_errno(in->db);
    if (reason)
        return pulse_failure_system(failure, PULSE_EXIT_FAILED, reason,
                                    "%s: cannot be written (%s)", in->target,
                                    sqlite3_errmsg(in->db));
    pulse_failure_set(failure, PULSE_EXIT_FAILED, "%s: cannot be written: %s", in->target,
                      sqlite3_errmsg(in->db));
    pulse_failure_advise(failure, PULSE_ADVICE_DATABASE);
    return PULSE_EXIT_FAILED;
}

static int run(const ingester *in, const char *sql, pulse_failure *failure)
{
    return sqlite3_exec(in->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0
                                                                    : database_failure(in, failure);
}

static int prepare(const ingester *in, const char *sql, sqlite3_stmt **out, pulse_failure *failure)
{
    return sqlite3_prepare_v2(in->db, sql, -1, out, NULL) == SQLITE_OK
               ? 0
               : database_failure(in, failure);
}

/* ---- First pass ----------------------------------------------------------------------------- */

static int keep_record(void *context, const pulse_csv_record *record, pulse_failure *failure)
{
    ingester *in = context;
    in->packed.size = 0;
    for (uint32_t i = 0; i < record->count; ++i)
        pulse_text_append(&in->packed, record->fields[i], record->sizes[i] + 1);
    sqlite3_bind_int64(in->scratch_add, 1, (sqlite3_int64)record->line);
    sqlite3_bind_blob64(in->scratch_add, 2, in->packed.data, in->packed.size, SQLITE_STATIC);
    const int step = sqlite3_step(in->scratch_add);
    sqlite3_reset(in->scratch_add);
    return step == SQLITE_DONE ? 0 : database_failure(in, failure);
}

static int first_pass(ingester *in, const char *csv, const pulse_declaration *declaration,
                      pulse_failure *failure)
{
    in->survey.declaration = declaration;
    in->survey.keep = keep_record;
    in->survey.context = in;
    const int code = pulse_survey_read(&in->survey, csv, failure);
    const pulse_schema *schema = in->schema = &in->survey.schema;
    if (code)
        return code;
    in->readings = pulse_need(schema->count, sizeof *in->readings);
    for (uint32_t i = 0; i < schema->count; ++i)
        in->readings[i] = pulse_column_reading(&in->survey.stats[i]);
    in->odd.infinite = pulse_need(schema->count, sizeof *in->odd.infinite);
    in->odd.not_number = pulse_need(schema->count, sizeof *in->odd.not_number);
    in->id = pulse_schema_find(schema, PULSE_ROLE_ID);
    in->title = pulse_schema_find(schema, PULSE_ROLE_TITLE);
    in->artist = pulse_schema_find(schema, PULSE_ROLE_ARTIST);
    in->lyrics = pulse_schema_find(schema, PULSE_ROLE_LYRICS);
    return 0;
}

/* ---- Second pass ---------------------------------------------------------------------------- */

/* The fields of a packed record, by the NULs between them. */
static void unpack(const char *packed, size_t size, const char **fields, uint32_t count)
{
    const char *at = packed, *end = packed + size;
    for (uint32_t i = 0; i < count; ++i) {
        fields[i] = at < end ? at : "";
        at += at < end ? strlen(at) + 1 : 0;
    }
}

/* "7" is; "007", "+7", "7.0" and 2^53 are not: they would not come back from JSON as they were. */
static bool is_canonical_integer(const char *text)
{
    const char *digits = text + (*text == '-');
    const size_t count = strlen(digits);
    if (count == 0 || count > 16 || strspn(digits, "0123456789") != count ||
        (digits[0] == '0' && (count > 1 || digits != text)))
        return false;
    return strtoull(digits, NULL, 10) < (1ull << 53);
}

static double number_of(ingester *in, uint32_t i, const char *text, uint64_t line, int32_t *year)
{
    double value;
    const pulse_column *column = &in->schema->columns[i];
    const pulse_cell cell = pulse_column_value(column, in->readings[i], text, &value);
    if (column->role == PULSE_ROLE_YEAR) {
        *year = cell == PULSE_CELL_MISSING ? 0 : pulse_cell_year(text);
        if (*year == 0 && text[0] && (cell != PULSE_CELL_MISSING || pulse_cell_is_missing(text)))
            pulse_oddity_add(&in->odd.undated, line, text);
        return *year ? (double)*year : NAN;
    }
    /* An empty cell is a gap; "NaN" or "N/A" may be a slip of whoever made the file. */
    if (cell == PULSE_CELL_TEXT ||
        (cell == PULSE_CELL_MISSING && text[0] && pulse_cell_is_missing(text)))
        pulse_oddity_add(&in->odd.not_number[i], line, text);
    if (cell == PULSE_CELL_INFINITE)
        pulse_oddity_add(&in->odd.infinite[i], line, text);
    return value;
}

typedef struct song_buffers {
    pulse_text id, title, artist, lead, genre, category;
    double *numbers;
    const char **fields;
} song_buffers;

static void copy_text(const char *text, size_t size, pulse_text *out)
{
    out->size = 0;
    pulse_text_append(out, "", 0);
    pulse_text_append(out, text, size);
}

/* Several artists are shown with a comma between them; the first leads. */
static void take_artist(const ingester *in, song_buffers *room)
{
    const char *cell = in->artist >= 0 ? room->fields[in->artist] : "";
    const pulse_column *column = in->artist >= 0 ? &in->schema->columns[in->artist] : NULL;
    if (!column || !column->multiple) {
        pulse_cell_tidy(cell, &room->artist);
        copy_text(room->artist.data, room->artist.size, &room->lead);
        return;
    }
    pulse_cell_list(cell, pulse_column_separator(column), &room->category);
    copy_text("", 0, &room->artist);
    const char *list = room->category.data;
    copy_text(list, strcspn(list, PULSE_LIST_SEPARATOR), &room->lead);
    for (const char *at = list; *at;) {
        const size_t size = strcspn(at, PULSE_LIST_SEPARATOR);
        if (at != list)
            pulse_text_append(&room->artist, ", ", 2);
        pulse_text_append(&room->artist, at, size);
        at += size + (at[size] != 0);
    }
}

/* One value, or several with PULSE_LIST_SEPARATOR between them, into `room->category`. */
static void take_category(const ingester *in, uint32_t i, song_buffers *room)
{
    const pulse_column *column = &in->schema->columns[i];
    double ignored;
    const bool missing = pulse_column_value(column, (pulse_reading){0}, room->fields[i],
                                            &ignored) == PULSE_CELL_MISSING;
    const char *cell = missing ? "" : room->fields[i];
    if (column->multiple)
        pulse_cell_list(cell, pulse_column_separator(column), &room->category);
    else
        pulse_cell_tidy(cell, &room->category);
    if (column->role == PULSE_ROLE_GENRE)
        copy_text(room->category.data, strcspn(room->category.data, PULSE_LIST_SEPARATOR),
                  &room->genre);
}

static int take_id(ingester *in, song_buffers *room, uint64_t line, uint64_t record,
                   pulse_failure *failure)
{
    if (in->id >= 0) {
        pulse_cell_tidy(room->fields[in->id], &room->id);
    } else {
        room->id.size = 0;
        pulse_text_format(&room->id, "%llu", (unsigned long long)record);
    }
    if (room->id.size == 0)
        return pulse_failure_set(
            failure, PULSE_EXIT_INPUT,
            "%s: line %llu, column \"%s\": has no id (\"id\": null in a schema file "
            "numbers the songs instead)",
            in->csv, (unsigned long long)line, in->schema->columns[in->id].name);
    in->integer_ids = in->integer_ids && is_canonical_integer(room->id.data);
    return 0;
}

static int insert_song(ingester *in, const song_buffers *room, uint64_t line, int32_t year,
                       uint32_t numbers, const char *categorical, pulse_failure *failure)
{
    sqlite3_stmt *add = in->song_add;
    sqlite3_bind_int64(add, 1, (sqlite3_int64)in->songs);
    sqlite3_bind_int64(add, 2, (sqlite3_int64)line);
    sqlite3_bind_text(add, 3, room->id.data, -1, SQLITE_STATIC);
    sqlite3_bind_text(add, 4, room->title.data, -1, SQLITE_STATIC);
    sqlite3_bind_text(add, 5, room->artist.data, -1, SQLITE_STATIC);
    sqlite3_bind_text(add, 6, room->genre.data, -1, SQLITE_STATIC);
    sqlite3_bind_int(add, 7, year);
    sqlite3_bind_text(add, 8, in->lyrics >= 0 ? room->fields[in->lyrics] : "", -1, SQLITE_STATIC);
    sqlite3_bind_blob64(add, 9, room->numbers, numbers * sizeof *room->numbers, SQLITE_STATIC);
    sqlite3_bind_text(add, 10, categorical, -1, SQLITE_STATIC);
    sqlite3_bind_text(add, 11, room->lead.data, -1, SQLITE_STATIC);
    const int step = sqlite3_step(add);
    int code = 0;
    if (step == SQLITE_DONE)
        ++in->songs;
    else if (sqlite3_extended_errcode(in->db) == SQLITE_CONSTRAINT_UNIQUE)
        pulse_oddity_add(&in->odd.repeated, line, room->id.data); /* see index_ids */
    else
        code = database_failure(in, failure);
    sqlite3_reset(add);
    return code;
}

static int add_song(ingester *in, song_buffers *room, uint64_t line, uint64_t record,
                    pulse_failure *failure)
{
    pulse_cell_tidy(room->fields[in->title], &room->title);
    if (room->title.size == 0) {
        pulse_oddity_add(&in->odd.untitled, line, "");
        return 0;
    }
    take_artist(in, room);
    if (in->artist >= 0 && room->artist.size == 0)
        pulse_oddity_add(&in->odd.nameless, line, "");
    int code = take_id(in, room, line, record, failure);
    if (code)
        return code;
    uint32_t numbers = 0;
    int32_t year = 0;
    copy_text("", 0, &room->genre);
    cJSON *categories = cJSON_CreateArray();
    for (uint32_t i = 0; i < in->schema->count; ++i) {
        const pulse_column *column = &in->schema->columns[i];
        if (pulse_column_is_number(column))
            room->numbers[numbers++] = number_of(in, i, room->fields[i], line, &year);
        if (pulse_column_is_category(column)) {
            take_category(in, i, room);
            cJSON_AddItemToArray(categories, cJSON_CreateString(room->category.data));
        }
    }
    char *categorical = cJSON_PrintUnformatted(categories);
    cJSON_Delete(categories);
    code = insert_song(in, room, line, year, numbers, categorical ? categorical : "[]", failure);
    cJSON_free(categorical);
    return code;
}

static int refuse_duplicate(ingester *in, pulse_failure *failure)
{
    sqlite3_stmt *select = NULL;
    int code = prepare(in,
                       "SELECT song_id, line, first FROM (SELECT id, song_id, line,"
                       " row_number() OVER ids AS nth, min(line) OVER ids AS first"
                       " FROM song WINDOW ids AS (PARTITION BY song_id ORDER BY id))"
                       " WHERE nth = 2 ORDER BY id LIMIT 1",
                       &select, failure);
    if (!code && sqlite3_step(select) == SQLITE_ROW)
        code = pulse_failure_set(
            failure, PULSE_EXIT_INPUT,
            "%s: line %lld, column \"%s\": the id \"%.80s\" is already that of line %lld; every "
            "song needs its own (\"duplicates\": \"first\" in a schema file leaves the later ones "
            "out)",
            in->csv, (long long)sqlite3_column_int64(select, 1),
            in->id >= 0 ? in->schema->columns[in->id].name : "(row number)",
            (const char *)sqlite3_column_text(select, 0),
            (long long)sqlite3_column_int64(select, 2));
    sqlite3_finalize(select);
    return code;
}

/*
 * Sorted once all songs are there: an index that grows by ids in no order would be read and written
 * all over. Only where later songs of the same id are left out is it needed before.
 */
static int index_ids(ingester *in, bool before, pulse_failure *failure)
{
    const bool first = in->schema->keep_first_duplicate;
    if (before != first)
        return 0;
    if (first)
        return run(in, "CREATE UNIQUE INDEX song_by_id ON song(song_id)", failure);
    int code = run(in, "CREATE INDEX song_by_id ON song(song_id)", failure);
    sqlite3_stmt *select = NULL;
    if (!code)
        code = prepare(in, "SELECT 1 FROM song GROUP BY song_id HAVING count(*) > 1 LIMIT 1",
                       &select, failure);
    if (!code && sqlite3_step(select) == SQLITE_ROW)
        code = refuse_duplicate(in, failure);
    sqlite3_finalize(select);
    return code;
}

static int second_pass(ingester *in, pulse_failure *failure)
{
    song_buffers room = {0};
    room.numbers = pulse_need(in->schema->count, sizeof *room.numbers);
    room.fields = pulse_need(in->schema->count, sizeof *room.fields);
    in->integer_ids = true;
    sqlite3_stmt *select = NULL;
    int code =
        prepare(in, "SELECT line, fields FROM scratch.record ORDER BY rowid", &select, failure);
    uint64_t record = 0;
    int step = SQLITE_DONE;
    while (!code && (step = sqlite3_step(select)) == SQLITE_ROW) {
        unpack(sqlite3_column_blob(select, 1), (size_t)sqlite3_column_bytes(select, 1), room.fields,
               in->schema->count);
        code = add_song(in, &room, (uint64_t)sqlite3_column_int64(select, 0), record, failure);
        if (++record % 1024 == 0)
            pulse_progress("ingest", record, in->survey.records, "");
        if (!code && pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    if (!code && step != SQLITE_DONE)
        code = database_failure(in, failure);
    sqlite3_finalize(select);
    free(room.numbers);
    free(room.fields);
    free(room.id.data);
    free(room.title.data);
    free(room.artist.data);
    free(room.lead.data);
    free(room.genre.data);
    free(room.category.data);
    pulse_progress_clear();
    if (!code && in->songs == 0)
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: line 2: no song has a title",
                                 in->csv);
    return code;
}

static int save_settings(ingester *in, const char *source, pulse_failure *failure)
{
    const char *slash = strrchr(source, '/');
    char *schema = pulse_schema_to_json(in->schema);
    char songs[32];
    snprintf(songs, sizeof songs, "%llu", (unsigned long long)in->songs);
    char version[16];
    snprintf(version, sizeof version, "%d", PULSE_WORKSPACE_VERSION);
    const char *const settings[][2] = {{"version", version},
                                       {"songs", songs},
                                       {"integer_ids", in->integer_ids ? "1" : "0"},
                                       {"source", slash ? slash + 1 : source},
                                       {"schema", schema}};
    sqlite3_stmt *add = NULL;
    int code = prepare(in, "INSERT INTO setting VALUES(?, ?)", &add, failure);
    for (size_t i = 0; !code && i < sizeof settings / sizeof *settings; ++i) {
        sqlite3_bind_text(add, 1, settings[i][0], -1, SQLITE_STATIC);
        sqlite3_bind_text(add, 2, settings[i][1], -1, SQLITE_STATIC);
        if (sqlite3_step(add) != SQLITE_DONE)
            code = database_failure(in, failure);
        sqlite3_reset(add);
    }
    sqlite3_finalize(add);
    free(schema);
    return code;
}

/* ---- All of it ------------------------------------------------------------------------------ */

static const char tables[] =
    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;"
    "ATTACH '' AS scratch;" /* a file that SQLite removes itself */
    "CREATE TABLE scratch.record(line INTEGER NOT NULL, fields BLOB NOT NULL);"
    "CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE song(id INTEGER PRIMARY KEY, line INTEGER NOT NULL,"
    " song_id TEXT NOT NULL, title TEXT NOT NULL, artist TEXT NOT NULL,"
    " genre TEXT NOT NULL, year INTEGER NOT NULL, lyrics TEXT NOT NULL,"
    " numerical BLOB NOT NULL,"   /* float64 in the machine's byte order, NaN: missing */
    " categorical TEXT NOT NULL," /* a JSON list of texts, several of one joined by U+001F */
    " lead TEXT NOT NULL);"
    "BEGIN;";

static int count_artists(ingester *in, uint64_t *artists, pulse_failure *failure)
{
    sqlite3_stmt *select = NULL;
    int code = prepare(in, "SELECT count(DISTINCT artist) FROM song", &select, failure);
    if (!code && sqlite3_step(select) == SQLITE_ROW)
        *artists = (uint64_t)sqlite3_column_int64(select, 0);
    sqlite3_finalize(select);
    return code;
}

static int ingest_into(ingester *in, const char *csv, const pulse_declaration *declaration,
                       pulse_ingest_report *report, pulse_failure *failure)
{
    if (sqlite3_open(in->path, &in->db) != SQLITE_OK)
        return database_failure(in, failure);
    int code = run(in, tables, failure);
    if (!code)
        code = prepare(in, "INSERT INTO scratch.record VALUES(?, ?)", &in->scratch_add, failure);
    if (!code)
        code = prepare(in, "INSERT INTO song VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       &in->song_add, failure);
    if (!code)
        code = first_pass(in, csv, declaration, failure);
    if (!code)
        code = index_ids(in, true, failure);
    if (!code)
        code = second_pass(in, failure);
    if (!code)
        code = index_ids(in, false, failure);
    if (!code)
        code = save_settings(in, in->csv, failure);
    if (!code)
        code = count_artists(in, &report->artists, failure);
    if (!code) {
        pulse_say_columns(&in->survey);
        pulse_say_gaps(&in->survey, &in->odd);
        report->songs = in->songs;
    }
    sqlite3_finalize(in->scratch_add);
    sqlite3_finalize(in->song_add);
    if (!code)
        code = run(in, "COMMIT", failure);
    if (sqlite3_close(in->db) != SQLITE_OK && !code)
        code = pulse_failure_set(failure, PULSE_EXIT_FAILED, "%s: cannot be closed", in->path);
    return code;
}

int pulse_ingest(const char *csv, const char *workspace, const char *schema_file,
                 pulse_ingest_report *report, pulse_failure *failure)
{
    pulse_declaration declaration = {0};
    int code = schema_file ? pulse_declaration_read(schema_file, &declaration, failure) : 0;
    if (!code)
        code = pulse_directory_make(workspace, failure);
    if (!code) {
        char *path = pulse_workspace_path(workspace, PULSE_WORKSPACE_SONGS);
        ingester in = {.csv = strcmp(csv, "-") == 0 ? "standard input" : csv,
                       .target = path,
                       .path = pulse_temporary_name(path)};
        pulse_temporary_remember(in.path);
        /* What SQLite puts aside is as large as the CSV, and goes where the songs go: a machine's
         * own place for such files may be small, or memory. */
        sqlite3_temp_directory = sqlite3_mprintf("%s", workspace);
        code = ingest_into(&in, csv, schema_file ? &declaration : NULL, report, failure);
        sqlite3_free(sqlite3_temp_directory);
        sqlite3_temp_directory = NULL;
        if (!code) {
            pulse_workspace_forget_lyrics(workspace); /* they are the older songs' */
            code = pulse_file_commit(in.path, path, failure);
        }
        if (code) {
            pulse_path_remove(in.path);
            pulse_temporary_keep(in.path);
        }
        pulse_survey_free(&in.survey);
        free(in.readings);
        free(in.odd.infinite);
        free(in.odd.not_number);
        free(in.packed.data);
        free(in.path);
        free(path);
    }
    pulse_declaration_free(&declaration);
    return code;
}
