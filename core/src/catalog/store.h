/* The open catalogue as its own files see it. */
#ifndef PULSE_CATALOG_STORE_H
#define PULSE_CATALOG_STORE_H

#include "catalog/catalog.h"
#include "catalog/schema.h"

#include <sqlite3.h>

typedef struct pulse_search_index pulse_search_index;

/* From song_id to song: open addressing, built when first needed. */
typedef struct pulse_id_table {
    uint32_t *hashes; /* [slots] */
    uint32_t *songs;  /* [slots] song + 1, or 0 */
    uint32_t slots;   /* a power of two, or 0 while not built */
} pulse_id_table;

struct pulse_catalog {
    char *what; /* the file's name, for messages */
    size_t size;
    sqlite3 *db;
    int64_t work_left; /* of the present call, see pulse_store_begin */
    pulse_columns columns;
    uint32_t *artist;
    uint32_t *genre;
    uint32_t *version;
    int32_t *year;
    uint16_t *values; /* [songs, feature_count] */
    pulse_feature *features;
    char **genres;
    char **feature_texts; /* [6 * feature_count] owned strings behind `features` */
    sqlite3_stmt *row;
    sqlite3_stmt *id_of_row;
    sqlite3_stmt *match;
    pulse_id_table ids;
    pulse_search_index *search; /* built by the first search */
};

/* Bounds the work of the statements that follow: a damaged file must not keep SQLite busy for
 * ever. */
void pulse_store_begin(pulse_catalog *catalog);

pulse_status pulse_store_prepare(pulse_catalog *catalog, const char *sql, sqlite3_stmt **out,
                                 pulse_error *error);
/* The failure that SQLite reports now. */
pulse_status pulse_store_sql_error(pulse_catalog *catalog, pulse_error *error);
/* `PULSE_E_FORMAT` with "<what>: " in front. */
pulse_status pulse_store_damaged(const pulse_catalog *catalog, pulse_error *error,
                                 const char *format, ...);

/* The next row: *row false at the end. */
pulse_status pulse_store_step(pulse_catalog *catalog, sqlite3_stmt *statement, bool *row,
                              pulse_error *error);

/* A text column that is UTF-8 of no more than PULSE_CATALOG_MAX_TEXT bytes, or NULL where it is
 * something else. Good until the statement moves. */
const char *pulse_store_text(sqlite3_stmt *statement, int column, size_t *size);

/* columns.c: reads settings, artists, genres, features and songs, and checks every value. */
pulse_status pulse_store_load(pulse_catalog *catalog, pulse_error *error);
void pulse_store_unload(pulse_catalog *catalog);

#endif
