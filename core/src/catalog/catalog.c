/* Opening a catalogue: an SQLite image in memory, trusted with nothing. */
#include "catalog/catalog.h"

#include "base/alloc.h"
#include "base/error.h"
#include "catalog/search_index.h"
#include "catalog/store.h"
#include "catalog/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* SQLite calls back after this many of its instructions. */
enum { PROGRESS_STEP = 10000 };

/* https://www.sqlite.org/fileformat.html, "The Database Header". */
enum {
    HEADER_BYTES = 100,
    HEADER_PAGE_SIZE = 16,
    HEADER_WRITE_VERSION = 18,
    HEADER_READ_VERSION = 19,
    HEADER_PAGE_COUNT = 28,
    HEADER_ENCODING = 56,
    HEADER_USER_VERSION = 60,
    HEADER_APPLICATION_ID = 68,
};

static const struct {
    const char *name;
    const char *sql;
} TABLES[] = {
    {"setting", PULSE_CATALOG_TABLE_SETTING},
    {"artist", PULSE_CATALOG_TABLE_ARTIST},
    {"genre", PULSE_CATALOG_TABLE_GENRE},
    {"feature", PULSE_CATALOG_TABLE_FEATURE},
    {"song", PULSE_CATALOG_TABLE_SONG},
    {"song_text", PULSE_CATALOG_TABLE_SONG_TEXT},
    /* What FTS5 keeps song_text in. */
    {"song_text_data", "CREATE TABLE 'song_text_data'(id INTEGER PRIMARY KEY, block BLOB)"},
    {"song_text_idx", "CREATE TABLE 'song_text_idx'(segid, term, pgno, PRIMARY KEY(segid, term))"
                      " WITHOUT ROWID"},
    {"song_text_config", "CREATE TABLE 'song_text_config'(k PRIMARY KEY, v) WITHOUT ROWID"},
};
enum { TABLE_COUNT = sizeof TABLES / sizeof *TABLES };

pulse_status pulse_store_damaged(const pulse_catalog *catalog, pulse_error *error,
                                 const char *format, ...)
{
    char message[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return pulse_fail(error, PULSE_E_FORMAT, "%s: %s", catalog->what, message);
}

pulse_status pulse_store_sql_error(pulse_catalog *catalog, pulse_error *error)
{
    switch (sqlite3_errcode(catalog->db) & 0xff) {
    case SQLITE_NOMEM:
        return pulse_out_of_memory(error);
    case SQLITE_INTERRUPT:
        return pulse_store_damaged(catalog, error, "damaged: reading it does not come to an end");
    default:
        return pulse_store_damaged(catalog, error, "%s", sqlite3_errmsg(catalog->db));
    }
}

static int on_progress(void *context)
{
    pulse_catalog *catalog = context;
    catalog->work_left -= PROGRESS_STEP;
    return catalog->work_left < 0;
}

void pulse_store_begin(pulse_catalog *catalog)
{
    /* Every value of the file read some dozen times. */
    catalog->work_left = 10000000 + (int64_t)catalog->size * 16;
}

pulse_status pulse_store_prepare(pulse_catalog *catalog, const char *sql, sqlite3_stmt **out,
                                 pulse_error *error)
{
    *out = NULL;
    if (sqlite3_prepare_v3(catalog->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) != SQLITE_OK)
        return pulse_store_sql_error(catalog, error);
    return PULSE_OK;
}

pulse_status pulse_store_step(pulse_catalog *catalog, sqlite3_stmt *statement, bool *row,
                              pulse_error *error)
{
    int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE ? PULSE_OK
                                                     : pulse_store_sql_error(catalog, error);
}

const char *pulse_store_text(sqlite3_stmt *statement, int column, size_t *size)
{
    if (sqlite3_column_type(statement, column) != SQLITE_TEXT)
        return NULL;
    const char *text = (const char *)sqlite3_column_text(statement, column);
    *size = (size_t)sqlite3_column_bytes(statement, column);
    if (!text || *size > PULSE_CATALOG_MAX_TEXT || !pulse_text_is_valid(text, *size))
        return NULL;
    return text;
}

static uint32_t big_endian(const uint8_t *p, int bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < bytes; ++i)
        value = value << 8 | p[i];
    return value;
}

/* What can be said better than SQLite says it, or that SQLite lets pass. */
static pulse_status check_header(const pulse_catalog *catalog, const uint8_t *bytes, size_t size,
                                 pulse_error *error)
{
    if (size < HEADER_BYTES || memcmp(bytes, "SQLite format 3", 16) != 0)
        return pulse_store_damaged(catalog, error, "not an SQLite file");
    if (big_endian(bytes + HEADER_APPLICATION_ID, 4) != PULSE_CATALOG_APPLICATION_ID)
        return pulse_store_damaged(catalog, error, "an SQLite file, but not a song catalogue");
    uint32_t version = big_endian(bytes + HEADER_USER_VERSION, 4);
    if (version != PULSE_CATALOG_SCHEMA_VERSION)
        return pulse_fail(error, PULSE_E_VERSION,
                          "%s: catalogue version %u, but this build reads version %d",
                          catalog->what, version, PULSE_CATALOG_SCHEMA_VERSION);
    uint32_t page_size = big_endian(bytes + HEADER_PAGE_SIZE, 2);
    if (page_size == 1)
        page_size = 65536;
    if (page_size < 512 || (page_size & (page_size - 1)))
        return pulse_store_damaged(catalog, error, "damaged: its page size is %u", page_size);
    uint64_t expected = (uint64_t)big_endian(bytes + HEADER_PAGE_COUNT, 4) * page_size;
    if (expected != size)
        return pulse_store_damaged(catalog, error, "%s: %zu bytes instead of the %llu it names",
                                   size < expected ? "cut short" : "too long", size,
                                   (unsigned long long)expected);
    if (bytes[HEADER_WRITE_VERSION] != 1 || bytes[HEADER_READ_VERSION] != 1)
        return pulse_store_damaged(catalog, error,
                                   "in write-ahead mode, which a catalogue never is");
    if (big_endian(bytes + HEADER_ENCODING, 4) != SQLITE_UTF8)
        return pulse_store_damaged(catalog, error, "its text is not UTF-8");
    return PULSE_OK;
}

static void restrict_database(sqlite3 *db)
{
    static const int limits[][2] = {
        {SQLITE_LIMIT_LENGTH, 1 << 20},     {SQLITE_LIMIT_SQL_LENGTH, 1 << 16},
        {SQLITE_LIMIT_COLUMN, 64},          {SQLITE_LIMIT_EXPR_DEPTH, 64},
        {SQLITE_LIMIT_COMPOUND_SELECT, 4},  {SQLITE_LIMIT_VDBE_OP, 100000},
        {SQLITE_LIMIT_FUNCTION_ARG, 16},    {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_VARIABLE_NUMBER, 16}, {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
        {SQLITE_LIMIT_WORKER_THREADS, 0},   {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 64},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; ++i)
        sqlite3_limit(db, limits[i][0], limits[i][1]);
}

static pulse_status open_database(pulse_catalog *catalog, const uint8_t *bytes, size_t size,
                                  pulse_error *error)
{
    /* SQLite's own memory VFS: natively and in WebAssembly the same, with or without files. */
    int code = sqlite3_open_v2(":memory:", &catalog->db,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, "memdb");
    if (code != SQLITE_OK) {
        if (!catalog->db)
            return pulse_out_of_memory(error);
        return pulse_fail(error, PULSE_E_INTERNAL, "%s: cannot start SQLite: %s", catalog->what,
                          sqlite3_errmsg(catalog->db));
    }
    sqlite3_db_config(catalog->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    sqlite3_db_config(catalog->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
    sqlite3_db_config(catalog->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)NULL);
    sqlite3_db_config(catalog->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, (int *)NULL);
    sqlite3_db_config(catalog->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, (int *)NULL);
    /* SQLITE_DESERIALIZE_READONLY: the bytes are not written, whatever the type says. */
    if (sqlite3_deserialize(catalog->db, "main", (unsigned char *)bytes, (sqlite3_int64)size,
                            (sqlite3_int64)size, SQLITE_DESERIALIZE_READONLY) != SQLITE_OK)
        return pulse_store_sql_error(catalog, error);
    restrict_database(catalog->db);
    sqlite3_progress_handler(catalog->db, PROGRESS_STEP, on_progress, catalog);
    if (sqlite3_exec(catalog->db, "PRAGMA cell_size_check=ON; PRAGMA query_only=ON;", NULL, NULL,
                     NULL) != SQLITE_OK)
        return pulse_store_sql_error(catalog, error);
    return PULSE_OK;
}

static pulse_status check_table(const pulse_catalog *catalog, sqlite3_stmt *select, unsigned *found,
                                pulse_error *error)
{
    size_t size;
    const char *type = pulse_store_text(select, 0, &size);
    const char *name = pulse_store_text(select, 1, &size);
    const char *sql = pulse_store_text(select, 2, &size);
    if (!type || !name || !sql)
        return pulse_store_damaged(catalog, error, "damaged: its schema is not text");
    for (int i = 0; i < TABLE_COUNT; ++i) {
        if (strcmp(name, TABLES[i].name) != 0)
            continue;
        if (strcmp(type, "table") != 0 || strcmp(sql, TABLES[i].sql) != 0 || (*found & 1u << i))
            return pulse_store_damaged(catalog, error, "its table %s is not as it should be", name);
        *found |= 1u << i;
        return PULSE_OK;
    }
    return pulse_store_damaged(catalog, error, "it has a %.32s \"%.64s\", which no catalogue has",
                               type, name);
}

static pulse_status check_schema(pulse_catalog *catalog, pulse_error *error)
{
    sqlite3_stmt *select;
    pulse_status status =
        pulse_store_prepare(catalog, "SELECT type, name, sql FROM sqlite_master", &select, error);
    unsigned found = 0;
    bool row = true;
    while (status == PULSE_OK && row) {
        status = pulse_store_step(catalog, select, &row, error);
        if (status == PULSE_OK && row)
            status = check_table(catalog, select, &found, error);
    }
    sqlite3_finalize(select);
    for (int i = 0; i < TABLE_COUNT && status == PULSE_OK; ++i) {
        if (!(found & 1u << i))
            status = pulse_store_damaged(catalog, error, "it has no table %s", TABLES[i].name);
    }
    return status;
}

static pulse_status prepare_statements(pulse_catalog *catalog, pulse_error *error)
{
    pulse_status status =
        pulse_store_prepare(catalog,
                            "SELECT song.song_id, song.title, artist.name FROM song, artist"
                            " WHERE song.id = ?1 AND artist.id = ?2",
                            &catalog->row, error);
    if (status == PULSE_OK)
        status = pulse_store_prepare(catalog, "SELECT song_id FROM song WHERE id = ?1",
                                     &catalog->id_of_row, error);
    if (status == PULSE_OK)
        status =
            pulse_store_prepare(catalog, "SELECT rowid FROM song_text WHERE song_text MATCH ?1",
                                &catalog->match, error);
    return status;
}

pulse_status pulse_catalog_open(const uint8_t *bytes, size_t size, const char *what,
                                pulse_catalog **out, pulse_error *error)
{
    *out = NULL;
    pulse_catalog *catalog = pulse_calloc(1, sizeof *catalog);
    if (!catalog)
        return pulse_out_of_memory(error);
    catalog->size = size;
    catalog->what = pulse_strdup(what);
    pulse_status status = catalog->what ? PULSE_OK : pulse_out_of_memory(error);
    pulse_store_begin(catalog);
    if (status == PULSE_OK)
        status = check_header(catalog, bytes, size, error);
    if (status == PULSE_OK)
        status = open_database(catalog, bytes, size, error);
    if (status == PULSE_OK)
        status = check_schema(catalog, error);
    if (status == PULSE_OK)
        status = pulse_store_load(catalog, error);
    if (status == PULSE_OK)
        status = prepare_statements(catalog, error);
    if (status == PULSE_OK)
        *out = catalog;
    else
        pulse_catalog_close(catalog);
    return status;
}

void pulse_catalog_close(pulse_catalog *catalog)
{
    if (!catalog)
        return;
    pulse_search_index_free(catalog->search);
    sqlite3_finalize(catalog->row);
    sqlite3_finalize(catalog->id_of_row);
    sqlite3_finalize(catalog->match);
    sqlite3_close(catalog->db);
    pulse_store_unload(catalog);
    pulse_free(catalog->ids.hashes);
    pulse_free(catalog->ids.songs);
    pulse_free(catalog->what);
    pulse_free(catalog);
}

const pulse_columns *pulse_catalog_columns(const pulse_catalog *catalog)
{
    return &catalog->columns;
}
