/* From the file's tables to the columns that every query reads, with every value checked. */
#include "base/alloc.h"
#include "base/error.h"
#include "catalog/names.h"
#include "catalog/store.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FEATURE_TEXTS = 6, QUANTILES = 11, MAX_GENRES = 65536 };

/* A number of rows from the settings. Each takes bytes of the file, so `size` bounds it before
 * anything is allocated for it. */
static pulse_status read_count(pulse_catalog *catalog, const char *name, const char *text,
                               size_t size, int64_t limit, uint32_t *out, pulse_error *error)
{
    int64_t number = 0;
    bool ok = text && size > 0 && size <= 10;
    for (size_t i = 0; ok && i < size; ++i) {
        ok = text[i] >= '0' && text[i] <= '9';
        number = number * 10 + (text[i] - '0');
    }
    if (!ok || number > limit || (uint64_t)number > catalog->size)
        return pulse_store_damaged(catalog, error, "damaged: setting \"%s\" is \"%.20s\"", name,
                                   text ? text : "");
    *out = (uint32_t)number;
    return PULSE_OK;
}

static pulse_status load_settings(pulse_catalog *catalog, pulse_error *error)
{
    sqlite3_stmt *select;
    pulse_status status =
        pulse_store_prepare(catalog, "SELECT value FROM setting WHERE name = ?1", &select, error);
    static const char *const names[] = {"songs", "artists", "integer_ids"};
    static const int64_t limits[] = {PULSE_CATALOG_MAX_SONGS, PULSE_CATALOG_MAX_SONGS, 1};
    uint32_t counts[3] = {0};
    for (int i = 0; i < 3 && status == PULSE_OK; ++i) {
        sqlite3_reset(select);
        sqlite3_bind_text(select, 1, names[i], -1, SQLITE_STATIC);
        bool row;
        status = pulse_store_step(catalog, select, &row, error);
        size_t size = 0;
        const char *text = status == PULSE_OK && row ? pulse_store_text(select, 0, &size) : NULL;
        if (status == PULSE_OK && !text)
            status =
                pulse_store_damaged(catalog, error, "damaged: it has no setting \"%s\"", names[i]);
        if (status == PULSE_OK)
            status = read_count(catalog, names[i], text, size, limits[i], &counts[i], error);
    }
    sqlite3_finalize(select);
    catalog->columns.songs = counts[0];
    catalog->columns.artists = counts[1];
    catalog->columns.integer_ids = counts[2] == 1;
    return status;
}

/* Rows must be numbered 0, 1, 2 ... in their first column. */
static pulse_status check_number(pulse_catalog *catalog, sqlite3_stmt *select, const char *table,
                                 uint32_t expected, pulse_error *error)
{
    int64_t id = sqlite3_column_int64(select, 0);
    if (id == (int64_t)expected)
        return PULSE_OK;
    return pulse_store_damaged(catalog, error,
                               "damaged: table %s has row %" PRId64 " where %" PRIu32 " belongs",
                               table, id, expected);
}

/* Every artist has a name. The names stay in the file. */
static pulse_status check_artists(pulse_catalog *catalog, pulse_error *error)
{
    sqlite3_stmt *select;
    pulse_status status =
        pulse_store_prepare(catalog, "SELECT id, name FROM artist ORDER BY id", &select, error);
    uint32_t artist = 0;
    while (status == PULSE_OK) {
        bool row;
        status = pulse_store_step(catalog, select, &row, error);
        if (status != PULSE_OK || !row)
            break;
        status = check_number(catalog, select, "artist", artist, error);
        size_t size;
        if (status == PULSE_OK && !pulse_store_text(select, 1, &size))
            status = pulse_store_damaged(
                catalog, error, "damaged: artist %" PRIu32 " has a name that is not text", artist);
        ++artist;
    }
    sqlite3_finalize(select);
    if (status == PULSE_OK && artist != catalog->columns.artists)
        status =
            pulse_store_damaged(catalog, error, "damaged: %" PRIu32 " artists instead of %" PRIu32,
                                artist, catalog->columns.artists);
    return status;
}

static pulse_status add_genre(pulse_catalog *catalog, sqlite3_stmt *select, uint32_t *capacity,
                              pulse_error *error)
{
    uint32_t genre = catalog->columns.genre_count;
    pulse_status status = check_number(catalog, select, "genre", genre, error);
    if (status != PULSE_OK)
        return status;
    size_t size;
    const char *name = pulse_store_text(select, 1, &size);
    if (!name || genre >= MAX_GENRES)
        return pulse_store_damaged(catalog, error,
                                   "damaged: genre %" PRIu32 " is not text, or one "
                                   "too many",
                                   genre);
    if (genre == *capacity) {
        *capacity = *capacity ? *capacity * 2 : 16;
        char **genres = pulse_realloc_array(catalog->genres, *capacity, sizeof *genres);
        if (!genres)
            return pulse_out_of_memory(error);
        catalog->genres = genres;
    }
    catalog->genres[genre] = pulse_strdup(name);
    if (!catalog->genres[genre])
        return pulse_out_of_memory(error);
    ++catalog->columns.genre_count;
    return PULSE_OK;
}

static pulse_status load_genres(pulse_catalog *catalog, pulse_error *error)
{
    sqlite3_stmt *select;
    pulse_status status =
        pulse_store_prepare(catalog, "SELECT id, name FROM genre ORDER BY id", &select, error);
    uint32_t capacity = 0;
    while (status == PULSE_OK) {
        bool row;
        status = pulse_store_step(catalog, select, &row, error);
        if (status != PULSE_OK || !row)
            break;
        status = add_genre(catalog, select, &capacity, error);
    }
    sqlite3_finalize(select);
    catalog->columns.genres = (const char *const *)catalog->genres;
    return status;
}

static float read_float(const uint8_t *p)
{
    uint32_t bits = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static pulse_status read_quantiles(pulse_catalog *catalog, sqlite3_stmt *select,
                                   pulse_feature *feature, pulse_error *error)
{
    const uint8_t *blob =
        sqlite3_column_type(select, 7) == SQLITE_BLOB ? sqlite3_column_blob(select, 7) : NULL;
    bool ok = blob && sqlite3_column_bytes(select, 7) == 4 * QUANTILES;
    for (int i = 0; ok && i < QUANTILES; ++i) {
        feature->quantiles[i] = read_float(blob + (size_t)4 * i);
        ok = isfinite(feature->quantiles[i]) &&
             (i == 0 || feature->quantiles[i] >= feature->quantiles[i - 1]);
    }
    return ok ? PULSE_OK
              : pulse_store_damaged(catalog, error,
                                    "damaged: feature %s does not have eleven rising quantiles",
                                    feature->name);
}

static pulse_status read_feature(pulse_catalog *catalog, sqlite3_stmt *select, uint32_t f,
                                 pulse_names *names, pulse_error *error)
{
    pulse_status status = check_number(catalog, select, "feature", f, error);
    if (status != PULSE_OK)
        return status;
    char **texts = catalog->feature_texts + (size_t)FEATURE_TEXTS * f;
    for (int i = 0; i < FEATURE_TEXTS; ++i) {
        size_t size;
        const char *text = pulse_store_text(select, 1 + i, &size);
        if (!text || (i == 0 && size == 0))
            return pulse_store_damaged(catalog, error,
                                       "damaged: feature %" PRIu32 " lacks its name or texts", f);
        texts[i] = pulse_strdup(text);
        if (!texts[i])
            return pulse_out_of_memory(error);
    }
    uint32_t number = pulse_names_add(names, texts[0], strlen(texts[0]));
    if (number == PULSE_NAMES_NONE)
        return pulse_out_of_memory(error);
    if (number != f)
        return pulse_store_damaged(catalog, error, "damaged: two features are called %.64s",
                                   texts[0]);
    pulse_feature *feature = &catalog->features[f];
    feature->name = texts[0];
    feature->modality = texts[1];
    feature->label = texts[2];
    feature->unit = texts[3];
    feature->low = texts[4];
    feature->high = texts[5];
    return read_quantiles(catalog, select, feature, error);
}

static pulse_status count_rows(pulse_catalog *catalog, const char *sql, int64_t *out,
                               pulse_error *error)
{
    sqlite3_stmt *select;
    pulse_status status = pulse_store_prepare(catalog, sql, &select, error);
    bool row = false;
    if (status == PULSE_OK)
        status = pulse_store_step(catalog, select, &row, error);
    *out = row ? sqlite3_column_int64(select, 0) : 0;
    sqlite3_finalize(select);
    return status;
}

static pulse_status load_features(pulse_catalog *catalog, pulse_error *error)
{
    int64_t rows;
    pulse_status status = count_rows(catalog, "SELECT count(*) FROM feature", &rows, error);
    if (status != PULSE_OK)
        return status;
    if (rows < 0 || rows > PULSE_CATALOG_MAX_FEATURES)
        return pulse_store_damaged(catalog, error, "%" PRId64 " features, and %d are the most",
                                   rows, PULSE_CATALOG_MAX_FEATURES);
    uint32_t count = (uint32_t)rows;
    catalog->features = pulse_calloc(count, sizeof *catalog->features);
    catalog->feature_texts = pulse_calloc((size_t)count * FEATURE_TEXTS, sizeof(char *));
    if (!catalog->features || !catalog->feature_texts)
        return pulse_out_of_memory(error);
    catalog->columns.feature_count = count;
    catalog->columns.features = catalog->features;
    sqlite3_stmt *select;
    status = pulse_store_prepare(catalog,
                                 "SELECT id, name, modality, label, unit, low, high, quantiles"
                                 " FROM feature ORDER BY id",
                                 &select, error);
    pulse_names names = {0};
    uint32_t f = 0;
    bool row = false;
    while (status == PULSE_OK) {
        status = pulse_store_step(catalog, select, &row, error);
        if (status != PULSE_OK || !row)
            break;
        status = f < count ? read_feature(catalog, select, f, &names, error)
                           : pulse_store_damaged(catalog, error, "damaged: features miscounted");
        ++f;
    }
    pulse_names_free(&names);
    sqlite3_finalize(select);
    if (status == PULSE_OK && f != count)
        status = pulse_store_damaged(catalog, error, "damaged: features miscounted");
    return status;
}

/* An integer column within [low, high]. */
static bool read_integer(sqlite3_stmt *select, int column, int64_t low, int64_t high, int64_t *out)
{
    *out = sqlite3_column_int64(select, column);
    return sqlite3_column_type(select, column) == SQLITE_INTEGER && *out >= low && *out <= high;
}

static pulse_status bad_song(pulse_catalog *catalog, uint32_t song, const char *column,
                             pulse_error *error)
{
    return pulse_store_damaged(catalog, error, "damaged: song %" PRIu32 " has a bad %s", song,
                               column);
}

static pulse_status read_song(pulse_catalog *catalog, sqlite3_stmt *select, uint32_t song,
                              pulse_error *error)
{
    pulse_columns *columns = &catalog->columns;
    int64_t number;
    size_t size;
    bool id_ok = columns->integer_ids ? read_integer(select, 1, -PULSE_CATALOG_MAX_INTEGER_ID,
                                                     PULSE_CATALOG_MAX_INTEGER_ID, &number)
                                      : pulse_store_text(select, 1, &size) != NULL;
    if (!id_ok)
        return bad_song(catalog, song, "song_id", error);
    if (!pulse_store_text(select, 2, &size))
        return bad_song(catalog, song, "title", error);
    if (!read_integer(select, 3, 0, (int64_t)columns->artists - 1, &number))
        return bad_song(catalog, song, "artist", error);
    catalog->artist[song] = (uint32_t)number;
    catalog->genre[song] = PULSE_CATALOG_UNKNOWN;
    if (sqlite3_column_type(select, 4) != SQLITE_NULL) {
        if (!read_integer(select, 4, 0, (int64_t)columns->genre_count - 1, &number))
            return bad_song(catalog, song, "genre", error);
        catalog->genre[song] = (uint32_t)number;
    }
    catalog->year[song] = 0;
    if (sqlite3_column_type(select, 5) != SQLITE_NULL) {
        if (!read_integer(select, 5, INT32_MIN, INT32_MAX, &number))
            return bad_song(catalog, song, "year", error);
        catalog->year[song] = (int32_t)number;
    }
    /* The first of the versions names itself. */
    if (!read_integer(select, 6, 0, song, &number) ||
        (number != song && catalog->version[number] != number))
        return bad_song(catalog, song, "version", error);
    catalog->version[song] = (uint32_t)number;
    if (sqlite3_column_type(select, 7) != SQLITE_BLOB ||
        (size_t)sqlite3_column_bytes(select, 7) != (size_t)2 * columns->feature_count)
        return bad_song(catalog, song, "row of features", error);
    const uint8_t *row = sqlite3_column_blob(select, 7);
    uint16_t *values = catalog->values + (size_t)song * columns->feature_count;
    for (uint32_t f = 0; f < columns->feature_count; ++f)
        values[f] = (uint16_t)(row[(size_t)2 * f] | row[(size_t)2 * f + 1] << 8);
    return PULSE_OK;
}

static pulse_status allocate_songs(pulse_catalog *catalog, pulse_error *error)
{
    const pulse_columns *columns = &catalog->columns;
    size_t songs = columns->songs;
    size_t features = columns->feature_count;
    /* Each song holds its features in the file too. */
    if (features && songs > catalog->size / (2 * features))
        return pulse_store_damaged(catalog, error, "damaged: too short for %zu songs", songs);
    catalog->artist = pulse_malloc_array(songs, sizeof *catalog->artist);
    catalog->genre = pulse_malloc_array(songs, sizeof *catalog->genre);
    catalog->version = pulse_malloc_array(songs, sizeof *catalog->version);
    catalog->year = pulse_malloc_array(songs, sizeof *catalog->year);
    catalog->values = pulse_malloc_array(songs * features, sizeof *catalog->values);
    return catalog->artist && catalog->genre && catalog->version && catalog->year && catalog->values
               ? PULSE_OK
               : pulse_out_of_memory(error);
}

static void find_years(pulse_catalog *catalog)
{
    pulse_columns *columns = &catalog->columns;
    bool any = false;
    for (uint32_t song = 0; song < columns->songs; ++song) {
        int32_t year = catalog->year[song];
        if (year == 0)
            continue;
        if (!any || year < columns->year_min)
            columns->year_min = year;
        if (!any || year > columns->year_max)
            columns->year_max = year;
        any = true;
    }
}

static pulse_status load_songs(pulse_catalog *catalog, pulse_error *error)
{
    pulse_columns *columns = &catalog->columns;
    pulse_status status = allocate_songs(catalog, error);
    if (status != PULSE_OK)
        return status;
    sqlite3_stmt *select;
    status = pulse_store_prepare(catalog,
                                 "SELECT id, song_id, title, artist, genre, year, version, features"
                                 " FROM song ORDER BY id",
                                 &select, error);
    uint32_t song = 0;
    while (status == PULSE_OK) {
        bool row;
        status = pulse_store_step(catalog, select, &row, error);
        if (status != PULSE_OK || !row)
            break;
        status = check_number(catalog, select, "song", song, error);
        if (status == PULSE_OK && song >= columns->songs)
            status = pulse_store_damaged(catalog, error,
                                         "damaged: more songs than the %" PRIu32 " it names",
                                         columns->songs);
        if (status == PULSE_OK)
            status = read_song(catalog, select, song, error);
        ++song;
    }
    sqlite3_finalize(select);
    if (status == PULSE_OK && song != columns->songs)
        status = pulse_store_damaged(
            catalog, error, "damaged: %" PRIu32 " songs instead of %" PRIu32, song, columns->songs);
    columns->artist = catalog->artist;
    columns->genre = catalog->genre;
    columns->version = catalog->version;
    columns->year = catalog->year;
    if (status == PULSE_OK)
        find_years(catalog);
    return status;
}

pulse_status pulse_store_load(pulse_catalog *catalog, pulse_error *error)
{
    pulse_status status = load_settings(catalog, error);
    if (status == PULSE_OK)
        status = check_artists(catalog, error);
    if (status == PULSE_OK)
        status = load_genres(catalog, error);
    if (status == PULSE_OK)
        status = load_features(catalog, error);
    if (status == PULSE_OK)
        status = load_songs(catalog, error);
    return status;
}

void pulse_store_unload(pulse_catalog *catalog)
{
    for (uint32_t i = 0; i < catalog->columns.genre_count; ++i)
        pulse_free(catalog->genres[i]);
    pulse_free(catalog->genres);
    for (size_t i = 0; i < (size_t)catalog->columns.feature_count * FEATURE_TEXTS; ++i)
        pulse_free(catalog->feature_texts[i]);
    pulse_free(catalog->feature_texts);
    pulse_free(catalog->features);
    pulse_free(catalog->artist);
    pulse_free(catalog->genre);
    pulse_free(catalog->version);
    pulse_free(catalog->year);
    pulse_free(catalog->values);
}

float pulse_catalog_value(const pulse_catalog *catalog, uint32_t song, uint32_t feature)
{
    size_t at = (size_t)song * catalog->columns.feature_count + feature;
    uint32_t step = catalog->values[at];
    if (step == PULSE_CATALOG_FEATURE_MISSING)
        return NAN;
    const float *quantiles = catalog->features[feature].quantiles;
    double low = quantiles[0];
    double high = quantiles[QUANTILES - 1];
    return (float)(low + (high - low) * ((double)step / PULSE_CATALOG_FEATURE_STEPS));
}
