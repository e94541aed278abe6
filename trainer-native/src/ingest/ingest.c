/* From a CSV to the workspace, in two passes: the records go to a scratch table while their columns
 * are measured, so that the input may be a pipe and need not fit in memory; then into `song`. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/log.h"
#include "ingest/csv.h"
#include "ingest/infer.h"
#include "ingest/workspace.h"
#include "io/files.h"

#define SAMPLES 20000u /* rows looked at for correlation and skew */
#define SAMPLE_CELLS 8000000u

typedef struct oddity { /* something tolerated, counted */
    uint64_t count;
    uint64_t line; /* the first */
    char text[64];
} oddity;

typedef struct ingester {
    const char *csv;
    char *path; /* of the new database, under its temporary name */
    sqlite3 *db;
    sqlite3_stmt *scratch_add;
    sqlite3_stmt *song_add;
    pulse_schema schema;
    pulse_column_stats *stats; /* [schema.count] */
    pulse_text packed;
    uint64_t records;
    uint64_t songs;
    bool integer_ids;

    oddity *infinite;   /* [schema.count] */
    oddity *not_number; /* [schema.count] */
    oddity untitled, nameless, undated;
} ingester;

static int database_failure(const ingester *in, pulse_failure *failure)
{
    return pulse_failure_set(failure, PULSE_EXIT_FAILED, "%s: %s", in->path,
                             sqlite3_errmsg(in->db));
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

static void notice(oddity *odd, uint64_t line, const char *text)
{
    if (odd->count++ == 0) {
        odd->line = line;
        snprintf(odd->text, sizeof odd->text, "%.50s", text);
    }
}

/* ---- First pass ----------------------------------------------------------------------------- */

static int on_header(void *context, const pulse_csv_record *header, pulse_failure *failure)
{
    ingester *in = context;
    in->schema.columns = pulse_need(header->count, sizeof *in->schema.columns);
    for (uint32_t i = 0; i < header->count; ++i) {
        if (pulse_schema_column(&in->schema, header->fields[i]) >= 0)
            return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: line %llu, column %u: the name \"%.80s\" is there twice",
                                     in->csv, (unsigned long long)header->line, i + 1,
                                     header->fields[i]);
        in->schema.columns[in->schema.count++].name = pulse_need_text(header->fields[i]);
    }
    in->stats = pulse_need(in->schema.count, sizeof *in->stats);
    in->infinite = pulse_need(in->schema.count, sizeof *in->infinite);
    in->not_number = pulse_need(in->schema.count, sizeof *in->not_number);
    return 0;
}

static int on_record(void *context, const pulse_csv_record *record, pulse_failure *failure)
{
    ingester *in = context;
    in->packed.size = 0;
    for (uint32_t i = 0; i < record->count; ++i) {
        pulse_column_stats_add(&in->stats[i], record->fields[i], record->sizes[i], record->line);
        pulse_text_append(&in->packed, record->fields[i], record->sizes[i] + 1);
    }
    sqlite3_bind_int64(in->scratch_add, 1, (sqlite3_int64)record->line);
    sqlite3_bind_blob64(in->scratch_add, 2, in->packed.data, in->packed.size, SQLITE_STATIC);
    const int step = sqlite3_step(in->scratch_add);
    sqlite3_reset(in->scratch_add);
    if (step != SQLITE_DONE)
        return database_failure(in, failure);
    if (++in->records > UINT32_MAX / 2)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: line %llu: too many songs",
                                 in->csv, (unsigned long long)record->line);
    return 0;
}

static int first_pass(ingester *in, const char *csv, pulse_failure *failure)
{
    pulse_input *input;
    int code = pulse_input_open(csv, &input, failure);
    if (code)
        return code;
    const pulse_csv_handler handler = {in, on_header, on_record};
    code = pulse_csv_read(input, &handler, failure);
    if (!code && in->records == 0)
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: line 2: there are no songs, only a header", in->csv);
    pulse_input_close(input);
    return code;
}

/* ---- Between: what the columns are ---------------------------------------------------------- */

/* The fields of a packed record, by the NULs between them. */
static void unpack(const char *packed, size_t size, const char **fields, uint32_t count)
{
    const char *at = packed, *end = packed + size;
    for (uint32_t i = 0; i < count; ++i) {
        fields[i] = at < end ? at : "";
        at += at < end ? strlen(at) + 1 : 0;
    }
}

static int take_samples(ingester *in, double **samples, size_t *count, pulse_failure *failure)
{
    const uint32_t columns = in->schema.count;
    size_t most = SAMPLE_CELLS / columns;
    if (columns > 256)
        most = 2000; /* correlations are taken of every pair */
    most = most < SAMPLES ? most : SAMPLES;
    const uint64_t stride = (in->records + most - 1) / most;
    *samples = pulse_need(most * columns, sizeof **samples);
    *count = 0;
    const char **fields = pulse_need(columns, sizeof *fields);
    sqlite3_stmt *select = NULL;
    int code = prepare(in, "SELECT fields FROM scratch.record WHERE rowid % ? = 0 ORDER BY rowid",
                       &select, failure);
    if (!code) {
        sqlite3_bind_int64(select, 1, (sqlite3_int64)stride);
        int step;
        while ((step = sqlite3_step(select)) == SQLITE_ROW && *count < most) {
            unpack(sqlite3_column_blob(select, 0), (size_t)sqlite3_column_bytes(select, 0), fields,
                   columns);
            double *row = *samples + *count * columns;
            for (uint32_t i = 0; i < columns; ++i) {
                const int32_t year =
                    in->stats[i].years > in->stats[i].numbers ? pulse_cell_year(fields[i]) : 0;
                if (year)
                    row[i] = year;
                else
                    pulse_cell_number(fields[i], &row[i]);
            }
            ++*count;
        }
        if (step != SQLITE_ROW && step != SQLITE_DONE)
            code = database_failure(in, failure);
    }
    sqlite3_finalize(select);
    free(fields);
    return code;
}

static int infer(ingester *in, const pulse_declaration *declaration, pulse_failure *failure)
{
    double *samples = NULL;
    size_t count = 0;
    int code = take_samples(in, &samples, &count, failure);
    if (!code)
        code = pulse_infer(in->csv, &in->schema, in->stats, samples, count, declaration, failure);
    free(samples);
    return code;
}

/* ---- Second pass ---------------------------------------------------------------------------- */

/* Titles and names on one line: line breaks and runs of white space become one space. */
static void tidy(const char *text, pulse_text *out)
{
    out->size = 0;
    pulse_text_append(out, "", 0);
    for (const unsigned char *at = (const unsigned char *)text; *at; ++at) {
        const bool space = *at <= ' ' || *at == 0x7f;
        if (!space)
            pulse_text_append(out, (const char *)at, 1);
        else if (out->size > 0 && out->data[out->size - 1] != ' ')
            pulse_text_append(out, " ", 1);
    }
    while (out->size > 0 && out->data[out->size - 1] == ' ')
        out->data[--out->size] = 0;
}

static bool is_missing(const char *text)
{
    double ignored;
    return pulse_cell_number(text, &ignored) == PULSE_CELL_MISSING;
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
    if (in->schema.columns[i].role == PULSE_ROLE_YEAR) {
        *year = pulse_cell_year(text);
        if (*year == 0 && text[0])
            notice(&in->undated, line, text);
        return *year ? (double)*year : NAN;
    }
    const pulse_cell cell = pulse_cell_number(text, &value);
    /* An empty cell is a gap; "NaN" or "N/A" may be a slip of whoever made the file. */
    if (cell == PULSE_CELL_TEXT || (cell == PULSE_CELL_MISSING && text[0]))
        notice(&in->not_number[i], line, text);
    if (cell == PULSE_CELL_INFINITE)
        notice(&in->infinite[i], line, text);
    return value;
}

static int duplicate_id(ingester *in, uint64_t line, const char *id, pulse_failure *failure)
{
    sqlite3_int64 first = 0;
    sqlite3_stmt *select = NULL;
    if (sqlite3_prepare_v2(in->db, "SELECT line FROM song WHERE song_id = ?", -1, &select, NULL) ==
        SQLITE_OK) {
        sqlite3_bind_text(select, 1, id, -1, SQLITE_STATIC);
        if (sqlite3_step(select) == SQLITE_ROW)
            first = sqlite3_column_int64(select, 0);
    }
    sqlite3_finalize(select);
    const int64_t column = pulse_schema_find(&in->schema, PULSE_ROLE_ID);
    return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                             "%s: line %llu, column \"%s\": the id \"%.80s\" is already that of "
                             "line %lld; every song needs its own",
                             in->csv, (unsigned long long)line,
                             column >= 0 ? in->schema.columns[column].name : "(row number)", id,
                             (long long)first);
}

typedef struct song_buffers {
    pulse_text id, title, artist, category;
    double *numbers;
    const char **fields;
} song_buffers;

static int add_song(ingester *in, song_buffers *room, uint64_t line, uint64_t record,
                    pulse_failure *failure)
{
    const pulse_schema *schema = &in->schema;
    const int64_t id = pulse_schema_find(schema, PULSE_ROLE_ID);
    const int64_t artist = pulse_schema_find(schema, PULSE_ROLE_ARTIST);
    const int64_t lyrics = pulse_schema_find(schema, PULSE_ROLE_LYRICS);
    const char *raw_title = room->fields[pulse_schema_find(schema, PULSE_ROLE_TITLE)];
    tidy(raw_title, &room->title);
    if (room->title.size == 0) {
        notice(&in->untitled, line, "");
        return 0;
    }
    tidy(artist >= 0 ? room->fields[artist] : "", &room->artist);
    if (artist >= 0 && room->artist.size == 0)
        notice(&in->nameless, line, "");
    if (id >= 0) {
        tidy(room->fields[id], &room->id);
    } else {
        room->id.size = 0;
        pulse_text_format(&room->id, "%llu", (unsigned long long)record);
    }
    if (room->id.size == 0)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: line %llu, column \"%s\": has no id", in->csv,
                                 (unsigned long long)line, schema->columns[id].name);
    in->integer_ids = in->integer_ids && is_canonical_integer(room->id.data);

    uint32_t numbers = 0;
    int32_t year = 0;
    const char *genre = "";
    cJSON *categories = cJSON_CreateArray();
    char *genre_copy = NULL;
    for (uint32_t i = 0; i < schema->count; ++i) {
        if (pulse_column_is_number(&schema->columns[i]))
            room->numbers[numbers++] = number_of(in, i, room->fields[i], line, &year);
        if (pulse_column_is_category(&schema->columns[i])) {
            tidy(is_missing(room->fields[i]) ? "" : room->fields[i], &room->category);
            cJSON_AddItemToArray(categories, cJSON_CreateString(room->category.data));
            if (schema->columns[i].role == PULSE_ROLE_GENRE)
                genre = genre_copy = pulse_need_text(room->category.data);
        }
    }
    char *categorical = cJSON_PrintUnformatted(categories);
    cJSON_Delete(categories);
    sqlite3_stmt *add = in->song_add;
    sqlite3_bind_int64(add, 1, (sqlite3_int64)in->songs);
    sqlite3_bind_int64(add, 2, (sqlite3_int64)line);
    sqlite3_bind_text(add, 3, room->id.data, -1, SQLITE_STATIC);
    sqlite3_bind_text(add, 4, room->title.data, -1, SQLITE_STATIC);
    sqlite3_bind_text(add, 5, room->artist.data, -1, SQLITE_STATIC);
    sqlite3_bind_text(add, 6, genre, -1, SQLITE_STATIC);
    sqlite3_bind_int(add, 7, year);
    sqlite3_bind_text(add, 8, lyrics >= 0 ? room->fields[lyrics] : "", -1, SQLITE_STATIC);
    sqlite3_bind_blob64(add, 9, room->numbers, numbers * sizeof *room->numbers, SQLITE_STATIC);
    sqlite3_bind_text(add, 10, categorical ? categorical : "[]", -1, SQLITE_STATIC);
    const int step = sqlite3_step(add);
    const int extended = sqlite3_extended_errcode(in->db);
    int code = 0;
    if (step != SQLITE_DONE)
        code = extended == SQLITE_CONSTRAINT_UNIQUE ? duplicate_id(in, line, room->id.data, failure)
                                                    : database_failure(in, failure);
    sqlite3_reset(add);
    cJSON_free(categorical);
    free(genre_copy);
    in->songs += code == 0;
    return code;
}

static int second_pass(ingester *in, pulse_failure *failure)
{
    song_buffers room = {0};
    room.numbers = pulse_need(in->schema.count, sizeof *room.numbers);
    room.fields = pulse_need(in->schema.count, sizeof *room.fields);
    in->integer_ids = true;
    sqlite3_stmt *select = NULL;
    int code =
        prepare(in, "SELECT line, fields FROM scratch.record ORDER BY rowid", &select, failure);
    uint64_t record = 0;
    int step = SQLITE_DONE;
    while (!code && (step = sqlite3_step(select)) == SQLITE_ROW) {
        unpack(sqlite3_column_blob(select, 1), (size_t)sqlite3_column_bytes(select, 1), room.fields,
               in->schema.count);
        code = add_song(in, &room, (uint64_t)sqlite3_column_int64(select, 0), record, failure);
        if (++record % 1024 == 0)
            pulse_progress("ingest", record, in->records, "");
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
    char *schema = pulse_schema_to_json(&in->schema);
    char songs[32];
    snprintf(songs, sizeof songs, "%llu", (unsigned long long)in->songs);
    const char *const settings[][2] = {{"version", "1"},
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

/* ---- What it says --------------------------------------------------------------------------- */

static void warn_about(const oddity *odd, const char *csv, const char *column, const char *what)
{
    if (odd->count == 0)
        return;
    char where[160] = "";
    if (column)
        snprintf(where, sizeof where, ", column \"%.100s\"", column);
    if (odd->text[0])
        pulse_warn("%s: line %llu%s: \"%s\" %s (%llu in all)", csv, (unsigned long long)odd->line,
                   where, odd->text, what, (unsigned long long)odd->count);
    else
        pulse_warn("%s: line %llu%s: %s (%llu in all)", csv, (unsigned long long)odd->line, where,
                   what, (unsigned long long)odd->count);
}

static void say_columns(const ingester *in)
{
    static const pulse_role order[] = {PULSE_ROLE_ID,   PULSE_ROLE_TITLE, PULSE_ROLE_ARTIST,
                                       PULSE_ROLE_YEAR, PULSE_ROLE_GENRE, PULSE_ROLE_LYRICS};
    pulse_text line = {0};
    pulse_text_append(&line, "columns:", 8);
    for (size_t i = 0; i < sizeof order / sizeof *order; ++i) {
        const int64_t at = pulse_schema_find(&in->schema, order[i]);
        pulse_text_format(&line, "%s %s = %s", i ? "," : "", pulse_role_name(order[i]),
                          at >= 0                     ? in->schema.columns[at].name
                          : order[i] == PULSE_ROLE_ID ? "(row number)"
                                                      : "(none)");
    }
    pulse_note("%s", line.data);
    static const pulse_role lists[] = {PULSE_ROLE_NUMERICAL, PULSE_ROLE_CATEGORICAL};
    for (size_t k = 0; k < 2; ++k) {
        line.size = 0;
        uint32_t count = 0;
        for (uint32_t i = 0; i < in->schema.count; ++i) {
            if (in->schema.columns[i].role == lists[k])
                pulse_text_format(&line, "%s %s", count++ ? "," : "", in->schema.columns[i].name);
        }
        if (count)
            pulse_note("%s (%u):%s", pulse_role_name(lists[k]), count, line.data);
    }
    for (uint32_t i = 0; i < in->schema.count; ++i) {
        const pulse_column *column = &in->schema.columns[i];
        if (column->role == PULSE_ROLE_IGNORED)
            pulse_note("ignored: %s, which %s", column->name,
                       column->reason ? column->reason : "is not declared");
    }
    free(line.data);
}

static void say_gaps(const ingester *in)
{
    for (uint32_t i = 0; i < in->schema.count; ++i) {
        const char *name = in->schema.columns[i].name;
        warn_about(&in->not_number[i], in->csv, name, "is not a number and taken as missing");
        warn_about(&in->infinite[i], in->csv, name, "is not finite and taken as missing");
    }
    const int64_t year = pulse_schema_find(&in->schema, PULSE_ROLE_YEAR);
    warn_about(&in->undated, in->csv, year >= 0 ? in->schema.columns[year].name : NULL,
               "is not a year or a date and taken as missing");
    warn_about(&in->nameless, in->csv, NULL, "a song has no artist");
    warn_about(&in->untitled, in->csv, NULL, "a song has no title and is left out");
    uint64_t missing = 0, cells = 0;
    for (uint32_t i = 0; i < in->schema.count; ++i) {
        if (pulse_column_is_number(&in->schema.columns[i]) ||
            pulse_column_is_category(&in->schema.columns[i])) {
            missing += in->stats[i].rows - in->stats[i].filled;
            cells += in->stats[i].rows;
        }
    }
    if (missing)
        pulse_note("%llu of %llu feature values are missing (%.1f%%)", (unsigned long long)missing,
                   (unsigned long long)cells, 100.0 * (double)missing / (double)cells);
}

/* ---- All of it ------------------------------------------------------------------------------ */

static const char tables[] =
    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;"
    "ATTACH '' AS scratch;" /* a file that SQLite removes itself */
    "CREATE TABLE scratch.record(line INTEGER NOT NULL, fields BLOB NOT NULL);"
    "CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE song(id INTEGER PRIMARY KEY, line INTEGER NOT NULL,"
    " song_id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, artist TEXT NOT NULL,"
    " genre TEXT NOT NULL, year INTEGER NOT NULL, lyrics TEXT NOT NULL,"
    " numerical BLOB NOT NULL,"    /* float64 in the machine's byte order, NaN: missing */
    " categorical TEXT NOT NULL);" /* a JSON list of texts */
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
        code = prepare(in, "INSERT INTO song VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", &in->song_add,
                       failure);
    if (!code)
        code = first_pass(in, csv, failure);
    if (!code)
        code = infer(in, declaration, failure);
    if (!code)
        code = second_pass(in, failure);
    if (!code)
        code = save_settings(in, in->csv, failure);
    if (!code)
        code = count_artists(in, &report->artists, failure);
    if (!code) {
        say_columns(in);
        say_gaps(in);
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
                       .path = pulse_temporary_name(path)};
        pulse_temporary_remember(in.path);
        code = ingest_into(&in, csv, schema_file ? &declaration : NULL, report, failure);
        if (!code) {
            pulse_workspace_forget_lyrics(workspace); /* they are the older songs' */
            code = pulse_file_commit(in.path, path, failure);
        }
        if (code) {
            pulse_path_remove(in.path);
            pulse_temporary_keep(in.path);
        }
        for (uint32_t i = 0; i < in.schema.count && in.stats; ++i)
            pulse_column_stats_free(&in.stats[i]);
        pulse_schema_free(&in.schema);
        free(in.stats);
        free(in.infinite);
        free(in.not_number);
        free(in.packed.data);
        free(in.path);
        free(path);
    }
    pulse_declaration_free(&declaration);
    return code;
}
