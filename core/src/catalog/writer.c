/* Writes a catalogue: an SQLite file under a temporary name, renamed when it is complete. */
#define _POSIX_C_SOURCE 200809L
#include "base/alloc.h"
#include "base/error.h"
#include "catalog/names.h"
#include "catalog/schema.h"
#include "catalog/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INSERT_ARTIST, INSERT_GENRE, INSERT_SONG, INSERT_TEXT, STATEMENTS };

static const char *const STATEMENT_SQL[STATEMENTS] = {
    "INSERT INTO artist VALUES(?1, ?2)",
    "INSERT INTO genre VALUES(?1, ?2)",
    "INSERT INTO song VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    "INSERT INTO song_text(rowid, title, artist) VALUES(?1, ?2, ?3)",
};

struct pulse_catalog_writer {
    char *path;
    char *temporary; /* exists from when it is set until the rename */
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    size_t feature_count;
    float *minimum; /* [feature_count] */
    float *maximum;
    uint8_t *row; /* [2 * feature_count] */
    bool integer_ids;
    bool failed; /* the file is useless: an earlier call failed half-way */
    uint32_t songs;
    pulse_names artists; /* folded names; the number is the artist's id */
    pulse_names genres;
    pulse_names works;       /* artist id and folded work */
    uint32_t *first_of_work; /* [works.capacity] the first song of each work */
    uint32_t first_capacity;
    pulse_buffer text; /* scratch: repaired UTF-8 */
    pulse_buffer fold; /* scratch: folded title */
    pulse_buffer key;  /* scratch */
};

static pulse_status database_error(pulse_catalog_writer *writer, pulse_error *error)
{
    writer->failed = true;
    int code = writer->db ? sqlite3_errcode(writer->db) : SQLITE_NOMEM;
    if (code == SQLITE_NOMEM)
        return pulse_out_of_memory(error);
    return pulse_fail(error, PULSE_E_IO, "%s: cannot write the catalogue: %s", writer->path,
                      sqlite3_errmsg(writer->db));
}

static pulse_status no_memory(pulse_catalog_writer *writer, pulse_error *error)
{
    writer->failed = true;
    return pulse_out_of_memory(error);
}

static pulse_status execute(pulse_catalog_writer *writer, const char *sql, pulse_error *error)
{
    if (sqlite3_exec(writer->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return database_error(writer, error);
    return PULSE_OK;
}

static pulse_status step(pulse_catalog_writer *writer, sqlite3_stmt *statement, pulse_error *error)
{
    int code = sqlite3_step(statement);
    pulse_status status = code == SQLITE_DONE ? PULSE_OK : database_error(writer, error);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return status;
}

static int bind_text(sqlite3_stmt *statement, int column, const char *text, size_t size)
{
    return sqlite3_bind_text64(statement, column, text ? text : "", size, SQLITE_STATIC,
                               SQLITE_UTF8);
}

/* A file of our own beside `path`, so that the rename stays within one file system. */
static pulse_status create_temporary(pulse_catalog_writer *writer, pulse_error *error)
{
    size_t size = strlen(writer->path) + 32;
    char *name = pulse_malloc(size);
    if (!name)
        return pulse_out_of_memory(error);
    for (int attempt = 0; attempt < 100; ++attempt) {
        snprintf(name, size, "%s.%ld-%d.tmp", writer->path, (long)getpid(), attempt);
        int file = open(name, O_RDWR | O_CREAT | O_EXCL, 0644);
        if (file >= 0) {
            close(file);
            writer->temporary = name;
            return PULSE_OK;
        }
        if (errno != EEXIST)
            break;
    }
    pulse_status status =
        pulse_fail(error, PULSE_E_IO, "cannot create %s: %s", name, strerror(errno));
    pulse_free(name);
    return status;
}

static pulse_status check_feature(const pulse_feature *feature, pulse_error *error)
{
    const char *const texts[] = {feature->name, feature->modality, feature->label,
                                 feature->unit, feature->low,      feature->high};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
        if (!texts[i] || !pulse_text_is_valid(texts[i], strlen(texts[i])))
            return pulse_fail(error, PULSE_E_ARGUMENT,
                              "a feature needs a name and five more texts, all of them UTF-8");
    }
    for (int i = 0; i < 11; ++i) {
        if (!isfinite(feature->quantiles[i]))
            return pulse_fail(error, PULSE_E_ARGUMENT, "feature %s: quantile %d is not finite",
                              feature->name, i);
        if (i > 0 && feature->quantiles[i] < feature->quantiles[i - 1])
            return pulse_fail(error, PULSE_E_ARGUMENT,
                              "feature %s: quantile %d (%g) is less than the one before (%g)",
                              feature->name, i, (double)feature->quantiles[i],
                              (double)feature->quantiles[i - 1]);
    }
    return PULSE_OK;
}

static void put_float(uint8_t *out, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 4; ++i)
        out[i] = (uint8_t)(bits >> (8 * i));
}

static pulse_status write_features(pulse_catalog_writer *writer, const pulse_feature *features,
                                   pulse_error *error)
{
    sqlite3_stmt *insert;
    if (sqlite3_prepare_v2(writer->db, "INSERT INTO feature VALUES(?1,?2,?3,?4,?5,?6,?7,?8)", -1,
                           &insert, NULL) != SQLITE_OK)
        return database_error(writer, error);
    pulse_status status = PULSE_OK;
    for (size_t f = 0; f < writer->feature_count && status == PULSE_OK; ++f) {
        const pulse_feature *feature = &features[f];
        const char *const texts[] = {feature->name, feature->modality, feature->label,
                                     feature->unit, feature->low,      feature->high};
        uint8_t quantiles[44];
        for (int i = 0; i < 11; ++i)
            put_float(quantiles + (size_t)4 * i, feature->quantiles[i]);
        bool bound = sqlite3_bind_int64(insert, 1, (sqlite3_int64)f) == SQLITE_OK;
        for (int i = 0; i < 6; ++i)
            bound = bound && bind_text(insert, 2 + i, texts[i], strlen(texts[i])) == SQLITE_OK;
        bound = bound && sqlite3_bind_blob(insert, 8, quantiles, sizeof quantiles, SQLITE_STATIC) ==
                             SQLITE_OK;
        status = bound ? step(writer, insert, error) : database_error(writer, error);
        writer->minimum[f] = feature->quantiles[0];
        writer->maximum[f] = feature->quantiles[10];
    }
    sqlite3_finalize(insert);
    return status;
}

static pulse_status create_database(pulse_catalog_writer *writer, const pulse_feature *features,
                                    pulse_error *error)
{
    if (sqlite3_open_v2(writer->temporary, &writer->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        return database_error(writer, error);
    char pragmas[256];
    /* No journal: what is half-written is deleted, not rolled back. */
    snprintf(pragmas, sizeof pragmas,
             "PRAGMA page_size=4096; PRAGMA encoding='UTF-8'; PRAGMA auto_vacuum=0;"
             "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;"
             "PRAGMA temp_store=MEMORY; PRAGMA application_id=%d; PRAGMA user_version=%d;",
             PULSE_CATALOG_APPLICATION_ID, PULSE_CATALOG_SCHEMA_VERSION);
    pulse_status status = execute(writer, pragmas, error);
    if (status == PULSE_OK)
        status = execute(writer, "BEGIN; " PULSE_CATALOG_SCHEMA, error);
    if (status == PULSE_OK)
        status = write_features(writer, features, error);
    for (int i = 0; i < STATEMENTS && status == PULSE_OK; ++i) {
        if (sqlite3_prepare_v3(writer->db, STATEMENT_SQL[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &writer->statements[i], NULL) != SQLITE_OK)
            status = database_error(writer, error);
    }
    return status;
}

pulse_status pulse_catalog_writer_open(const char *path, const pulse_feature *features,
                                       size_t feature_count, bool integer_ids,
                                       pulse_catalog_writer **out, pulse_error *error)
{
    *out = NULL;
    if (feature_count > PULSE_CATALOG_MAX_FEATURES)
        return pulse_fail(error, PULSE_E_ARGUMENT, "%zu features are more than the %d there may be",
                          feature_count, PULSE_CATALOG_MAX_FEATURES);
    for (size_t f = 0; f < feature_count; ++f) {
        pulse_status status = check_feature(&features[f], error);
        if (status != PULSE_OK)
            return status;
    }
    pulse_catalog_writer *writer = pulse_calloc(1, sizeof *writer);
    if (!writer)
        return pulse_out_of_memory(error);
    writer->feature_count = feature_count;
    writer->integer_ids = integer_ids;
    writer->path = pulse_strdup(path);
    writer->minimum = pulse_malloc_array(feature_count, sizeof *writer->minimum);
    writer->maximum = pulse_malloc_array(feature_count, sizeof *writer->maximum);
    writer->row = pulse_malloc_array(feature_count, 2);
    pulse_status status = writer->path && writer->minimum && writer->maximum && writer->row
                              ? PULSE_OK
                              : pulse_out_of_memory(error);
    if (status == PULSE_OK)
        status = create_temporary(writer, error);
    if (status == PULSE_OK)
        status = create_database(writer, features, error);
    if (status == PULSE_OK)
        *out = writer;
    else
        pulse_catalog_writer_free(writer);
    return status;
}

/* Adds `text` with a row {id, text} where it is new. The row holds the text as it is first seen. */
static pulse_status add_named(pulse_catalog_writer *writer, pulse_names *names,
                              const pulse_buffer *key, const char *text, int statement_number,
                              uint32_t *id, pulse_error *error)
{
    uint32_t before = names->count;
    *id = pulse_names_add(names, key->data ? key->data : "", key->size);
    if (*id == PULSE_NAMES_NONE)
        return no_memory(writer, error);
    if (*id < before)
        return PULSE_OK;
    writer->text.size = 0;
    if (!pulse_text_repair(text, strlen(text), &writer->text))
        return no_memory(writer, error);
    sqlite3_stmt *insert = writer->statements[statement_number];
    if (sqlite3_bind_int64(insert, 1, *id) != SQLITE_OK ||
        bind_text(insert, 2, writer->text.data, writer->text.size) != SQLITE_OK)
        return database_error(writer, error);
    return step(writer, insert, error);
}

/* Folds `text` into the key; a text that folds to nothing ("!!!") is its own key. */
static bool fold_key(pulse_catalog_writer *writer, const char *text)
{
    writer->key.size = 0;
    return pulse_text_fold(text, strlen(text), &writer->key) &&
           (writer->key.size > 0 || pulse_buffer_append_text(&writer->key, text));
}

static pulse_status add_artist(pulse_catalog_writer *writer, const char *name, uint32_t *id,
                               pulse_error *error)
{
    if (!fold_key(writer, name))
        return no_memory(writer, error);
    return add_named(writer, &writer->artists, &writer->key, name, INSERT_ARTIST, id, error);
}

static pulse_status add_genre(pulse_catalog_writer *writer, const char *name, uint32_t *id,
                              pulse_error *error)
{
    writer->key.size = 0;
    if (!pulse_text_repair(name, strlen(name), &writer->key))
        return no_memory(writer, error);
    return add_named(writer, &writer->genres, &writer->key, name, INSERT_GENRE, id, error);
}

/* The first song of this artist and this work. */
static pulse_status find_version(pulse_catalog_writer *writer, const char *title, uint32_t artist,
                                 uint32_t *version, pulse_error *error)
{
    writer->key.size = 0;
    bool ok = pulse_buffer_append(&writer->key, &artist, sizeof artist) &&
              pulse_text_fold_work(title, strlen(title), &writer->key) &&
              (writer->key.size > sizeof artist || pulse_buffer_append_text(&writer->key, title));
    uint32_t before = writer->works.count;
    uint32_t work =
        ok ? pulse_names_add(&writer->works, writer->key.data, writer->key.size) : PULSE_NAMES_NONE;
    if (work == PULSE_NAMES_NONE)
        return no_memory(writer, error);
    if (work == before) {
        if (writer->works.capacity > writer->first_capacity) {
            uint32_t *first =
                pulse_realloc_array(writer->first_of_work, writer->works.capacity, sizeof *first);
            if (!first)
                return no_memory(writer, error);
            writer->first_of_work = first;
            writer->first_capacity = writer->works.capacity;
        }
        writer->first_of_work[work] = writer->songs;
    }
    *version = writer->first_of_work[work];
    return PULSE_OK;
}

static pulse_status quantise(pulse_catalog_writer *writer, const pulse_catalog_song *song,
                             pulse_error *error)
{
    for (size_t f = 0; f < writer->feature_count; ++f) {
        float value = song->features[f];
        uint32_t step_number = PULSE_CATALOG_FEATURE_MISSING;
        if (isinf(value))
            return pulse_fail(error, PULSE_E_ARGUMENT, "song %s: feature %zu is infinite",
                              song->song_id, f);
        if (!isnan(value)) {
            double low = writer->minimum[f];
            double range = (double)writer->maximum[f] - low;
            double at = range > 0 ? ((double)value - low) / range : 0;
            at = at < 0 ? 0 : at > 1 ? 1 : at;
            step_number = (uint32_t)floor(at * PULSE_CATALOG_FEATURE_STEPS + 0.5);
        }
        writer->row[2 * f] = (uint8_t)step_number;
        writer->row[2 * f + 1] = (uint8_t)(step_number >> 8);
    }
    return PULSE_OK;
}

static pulse_status bind_song_id(pulse_catalog_writer *writer, sqlite3_stmt *insert,
                                 const char *song_id, pulse_error *error)
{
    if (!writer->integer_ids) {
        if (!pulse_text_is_valid(song_id, strlen(song_id)))
            return pulse_fail(error, PULSE_E_ARGUMENT,
                              "song number %" PRIu32 ": its id is not UTF-8", writer->songs);
        return bind_text(insert, 2, song_id, strlen(song_id)) == SQLITE_OK
                   ? PULSE_OK
                   : database_error(writer, error);
    }
    int64_t number;
    if (!pulse_catalog_parse_id(song_id, &number))
        return pulse_fail(error, PULSE_E_ARGUMENT,
                          "song_id \"%.64s\" is not an integer, as all ids were said to be",
                          song_id);
    return sqlite3_bind_int64(insert, 2, number) == SQLITE_OK ? PULSE_OK
                                                              : database_error(writer, error);
}

static pulse_status insert_song(pulse_catalog_writer *writer, const pulse_catalog_song *song,
                                uint32_t artist, uint32_t genre, uint32_t version,
                                pulse_error *error)
{
    writer->text.size = 0;
    if (!pulse_text_repair(song->title, strlen(song->title), &writer->text))
        return no_memory(writer, error);
    sqlite3_stmt *insert = writer->statements[INSERT_SONG];
    bool bound = sqlite3_bind_int64(insert, 1, writer->songs) == SQLITE_OK &&
                 bind_text(insert, 3, writer->text.data, writer->text.size) == SQLITE_OK &&
                 sqlite3_bind_int64(insert, 4, artist) == SQLITE_OK &&
                 sqlite3_bind_int64(insert, 7, version) == SQLITE_OK &&
                 sqlite3_bind_blob64(insert, 8, writer->row, 2 * writer->feature_count,
                                     SQLITE_STATIC) == SQLITE_OK;
    if (genre != PULSE_NAMES_NONE)
        bound = bound && sqlite3_bind_int64(insert, 5, genre) == SQLITE_OK;
    if (song->year != 0)
        bound = bound && sqlite3_bind_int64(insert, 6, song->year) == SQLITE_OK;
    return bound ? step(writer, insert, error) : database_error(writer, error);
}

static pulse_status insert_text(pulse_catalog_writer *writer, const pulse_catalog_song *song,
                                uint32_t artist, pulse_error *error)
{
    writer->fold.size = 0;
    if (!pulse_text_fold(song->title, strlen(song->title), &writer->fold))
        return no_memory(writer, error);
    size_t artist_size;
    const char *artist_key = pulse_names_get(&writer->artists, artist, &artist_size);
    sqlite3_stmt *insert = writer->statements[INSERT_TEXT];
    bool bound = sqlite3_bind_int64(insert, 1, writer->songs) == SQLITE_OK &&
                 bind_text(insert, 2, writer->fold.data, writer->fold.size) == SQLITE_OK &&
                 bind_text(insert, 3, artist_key, artist_size) == SQLITE_OK;
    return bound ? step(writer, insert, error) : database_error(writer, error);
}

pulse_status pulse_catalog_writer_add(pulse_catalog_writer *writer, const pulse_catalog_song *song,
                                      pulse_error *error)
{
    if (writer->failed)
        return pulse_fail(error, PULSE_E_ARGUMENT,
                          "an earlier song could not be written, so the catalogue is given up");
    if (!song->song_id || !song->title || !song->artist ||
        (writer->feature_count && !song->features))
        return pulse_fail(error, PULSE_E_ARGUMENT,
                          "song number %" PRIu32 " lacks an id, a title, an artist or features",
                          writer->songs);
    if (strlen(song->song_id) > PULSE_CATALOG_MAX_TEXT ||
        strlen(song->title) > PULSE_CATALOG_MAX_TEXT ||
        strlen(song->artist) > PULSE_CATALOG_MAX_TEXT ||
        (song->genre && strlen(song->genre) > PULSE_CATALOG_MAX_TEXT))
        return pulse_fail(error, PULSE_E_ARGUMENT, "song %.64s has a text of more than %d bytes",
                          song->song_id, PULSE_CATALOG_MAX_TEXT);
    if (writer->songs >= PULSE_CATALOG_MAX_SONGS)
        return pulse_fail(error, PULSE_E_ARGUMENT, "a catalogue holds at most %d songs",
                          PULSE_CATALOG_MAX_SONGS);
    uint32_t artist = 0;
    uint32_t genre = PULSE_NAMES_NONE;
    uint32_t version = 0;
    sqlite3_stmt *insert = writer->statements[INSERT_SONG];
    /* What can be wrong with the song comes first, so that a refused song changes nothing. */
    pulse_status status = quantise(writer, song, error);
    if (status == PULSE_OK)
        status = bind_song_id(writer, insert, song->song_id, error);
    if (status == PULSE_OK)
        status = add_artist(writer, song->artist, &artist, error);
    if (status == PULSE_OK && song->genre && song->genre[0])
        status = add_genre(writer, song->genre, &genre, error);
    if (status == PULSE_OK)
        status = find_version(writer, song->title, artist, &version, error);
    if (status == PULSE_OK)
        status = insert_song(writer, song, artist, genre, version, error);
    if (status == PULSE_OK)
        status = insert_text(writer, song, artist, error);
    if (status == PULSE_OK)
        ++writer->songs;
    return status;
}

static void finalize_statements(pulse_catalog_writer *writer)
{
    for (int i = 0; i < STATEMENTS; ++i) {
        sqlite3_finalize(writer->statements[i]);
        writer->statements[i] = NULL;
    }
}

static pulse_status sync_path(const char *path, bool directory, pulse_error *error)
{
    int file = open(path, directory ? O_RDONLY | O_DIRECTORY : O_RDWR);
    bool ok = file >= 0 && (fsync(file) == 0 || (directory && errno == EINVAL));
    int reason = errno;
    if (file >= 0)
        close(file);
    return ok ? PULSE_OK
              : pulse_fail(error, PULSE_E_IO, "cannot bring %s to the disk: %s", path,
                           strerror(reason));
}

/* After the rename: the new name itself is on the disk once its directory is. */
static pulse_status sync_directory_of(const char *path, pulse_error *error)
{
    char *directory = pulse_strdup(path);
    if (!directory)
        return pulse_out_of_memory(error);
    char *slash = strrchr(directory, '/');
    if (slash == directory)
        slash[1] = '\0';
    else if (slash)
        *slash = '\0';
    pulse_status status = sync_path(slash ? directory : ".", true, error);
    pulse_free(directory);
    return status;
}

static pulse_status complete_database(pulse_catalog_writer *writer, pulse_error *error)
{
    char sql[320];
    snprintf(sql, sizeof sql,
             "INSERT INTO setting VALUES('artists', '%" PRIu32 "'), ('integer_ids', '%d'),"
             " ('songs', '%" PRIu32 "');"
             "INSERT INTO song_text(song_text) VALUES('optimize');"
             "COMMIT; VACUUM;",
             writer->artists.count, writer->integer_ids, writer->songs);
    pulse_status status = execute(writer, sql, error);
    if (status != PULSE_OK)
        return status;
    if (sqlite3_close(writer->db) != SQLITE_OK)
        return database_error(writer, error);
    writer->db = NULL;
    return PULSE_OK;
}

pulse_status pulse_catalog_writer_finish(pulse_catalog_writer *writer, pulse_error *error)
{
    if (writer->failed || !writer->temporary)
        return pulse_fail(error, PULSE_E_ARGUMENT, "%s: there is nothing to finish", writer->path);
    /* Whatever comes out, this writer is done. */
    writer->failed = true;
    finalize_statements(writer);
    pulse_status status = complete_database(writer, error);
    if (status == PULSE_OK)
        status = sync_path(writer->temporary, false, error);
    if (status == PULSE_OK && rename(writer->temporary, writer->path) != 0)
        status = pulse_fail(error, PULSE_E_IO, "cannot rename %s to %s: %s", writer->temporary,
                            writer->path, strerror(errno));
    if (status != PULSE_OK)
        return status;
    pulse_free(writer->temporary);
    writer->temporary = NULL;
    return sync_directory_of(writer->path, error);
}

void pulse_catalog_writer_free(pulse_catalog_writer *writer)
{
    if (!writer)
        return;
    finalize_statements(writer);
    sqlite3_close(writer->db);
    if (writer->temporary)
        unlink(writer->temporary);
    pulse_free(writer->temporary);
    pulse_free(writer->path);
    pulse_free(writer->minimum);
    pulse_free(writer->maximum);
    pulse_free(writer->row);
    pulse_names_free(&writer->artists);
    pulse_names_free(&writer->genres);
    pulse_names_free(&writer->works);
    pulse_free(writer->first_of_work);
    pulse_buffer_free(&writer->text);
    pulse_buffer_free(&writer->fold);
    pulse_buffer_free(&writer->key);
    pulse_free(writer);
}
