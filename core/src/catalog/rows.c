/* Rows for people, and from a song_id to its song. */
#include "base/alloc.h"
#include "base/error.h"
#include "catalog/names.h"
#include "catalog/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool pulse_catalog_parse_id(const char *text, int64_t *number)
{
    bool negative = text[0] == '-';
    const char *digits = text + negative;
    size_t count = strlen(digits);
    if (count == 0 || count > 16 || (digits[0] == '0' && (count > 1 || negative)))
        return false;
    int64_t value = 0;
    for (size_t i = 0; i < count; ++i) {
        if (digits[i] < '0' || digits[i] > '9')
            return false;
        value = value * 10 + (digits[i] - '0');
    }
    if (value > PULSE_CATALOG_MAX_INTEGER_ID)
        return false;
    *number = negative ? -value : value;
    return true;
}

static pulse_status append_string(pulse_buffer *strings, const char *text, size_t size,
                                  pulse_error *error)
{
    return pulse_buffer_append(strings, text, size) && pulse_buffer_append(strings, "", 1)
               ? PULSE_OK
               : pulse_out_of_memory(error);
}

/* Appends song_id, title, artist and genre, each terminated. */
static pulse_status append_row(pulse_catalog *catalog, uint32_t song, pulse_buffer *strings,
                               pulse_error *error)
{
    sqlite3_stmt *select = catalog->row;
    sqlite3_bind_int64(select, 1, song);
    sqlite3_bind_int64(select, 2, catalog->columns.artist[song]);
    bool row;
    pulse_status status = pulse_store_step(catalog, select, &row, error);
    for (int column = 0; column < 3 && status == PULSE_OK; ++column) {
        char number[24];
        size_t size = 0;
        const char *text = NULL;
        if (row && column == 0 && catalog->columns.integer_ids) {
            size = (size_t)snprintf(number, sizeof number, "%" PRId64,
                                    (int64_t)sqlite3_column_int64(select, 0));
            text = number;
        } else if (row) {
            text = pulse_store_text(select, column, &size);
        }
        status = text ? append_string(strings, text, size, error)
                      : pulse_store_damaged(catalog, error,
                                            "damaged: song %" PRIu32 " cannot be found", song);
    }
    sqlite3_reset(select);
    uint32_t genre = catalog->columns.genre[song];
    const char *name = genre == PULSE_CATALOG_UNKNOWN ? "" : catalog->columns.genres[genre];
    return status == PULSE_OK ? append_string(strings, name, strlen(name), error) : status;
}

/* One block: the object, its items, their strings. */
static pulse_songs *make_songs(const pulse_catalog *catalog, const uint32_t *songs, size_t count,
                               const pulse_buffer *strings)
{
    if (count > (SIZE_MAX - sizeof(pulse_songs) - strings->size) / sizeof(pulse_song))
        return NULL;
    size_t items_size = count * sizeof(pulse_song);
    char *block = pulse_malloc(sizeof(pulse_songs) + items_size + strings->size);
    if (!block)
        return NULL;
    pulse_songs *made = (pulse_songs *)(void *)block;
    made->count = count;
    made->items = (pulse_song *)(void *)(block + sizeof(pulse_songs));
    char *text = block + sizeof(pulse_songs) + items_size;
    if (strings->size)
        memcpy(text, strings->data, strings->size);
    const pulse_columns *columns = &catalog->columns;
    for (size_t i = 0; i < count; ++i) {
        uint32_t song = songs[i];
        pulse_song *item = &made->items[i];
        item->song = song;
        item->version = columns->version[song];
        item->year = columns->year[song];
        item->song_id = text;
        text += strlen(text) + 1;
        item->title = text;
        text += strlen(text) + 1;
        item->artist = text;
        text += strlen(text) + 1;
        item->genre = text;
        text += strlen(text) + 1;
    }
    return made;
}

pulse_status pulse_catalog_songs(pulse_catalog *catalog, const uint32_t *songs, size_t count,
                                 pulse_songs **out, pulse_error *error)
{
    *out = NULL;
    pulse_store_begin(catalog);
    pulse_buffer strings = {0};
    pulse_status status = PULSE_OK;
    for (size_t i = 0; i < count && status == PULSE_OK; ++i) {
        if (songs[i] >= catalog->columns.songs)
            status = pulse_fail(error, PULSE_E_ARGUMENT,
                                "there is no song %" PRIu32 ": songs are numbered up to %" PRIu32,
                                songs[i], catalog->columns.songs);
        else
            status = append_row(catalog, songs[i], &strings, error);
        /* The work that is allowed is that of one row, so that any number of rows may be read. */
        pulse_store_begin(catalog);
    }
    if (status == PULSE_OK) {
        *out = make_songs(catalog, songs, count, &strings);
        if (!*out)
            status = pulse_out_of_memory(error);
    }
    pulse_buffer_free(&strings);
    return status;
}

void pulse_songs_free(pulse_songs *songs)
{
    pulse_free(songs);
}

/* The hash of the song_id in column 0 of the present row. */
static uint32_t hash_of_row(const pulse_catalog *catalog, sqlite3_stmt *select)
{
    if (catalog->columns.integer_ids) {
        int64_t number = sqlite3_column_int64(select, 0);
        return pulse_hash_bytes(&number, sizeof number);
    }
    const void *text = sqlite3_column_text(select, 0);
    size_t size = (size_t)sqlite3_column_bytes(select, 0);
    return pulse_hash_bytes(text, text ? size : 0);
}

static pulse_status fill_id_table(pulse_catalog *catalog, pulse_id_table *table, pulse_error *error)
{
    sqlite3_stmt *select;
    pulse_status status =
        pulse_store_prepare(catalog, "SELECT song_id FROM song ORDER BY id", &select, error);
    for (uint32_t song = 0; song < catalog->columns.songs && status == PULSE_OK; ++song) {
        bool row;
        status = pulse_store_step(catalog, select, &row, error);
        if (status != PULSE_OK || !row)
            break;
        uint32_t hash = hash_of_row(catalog, select);
        uint32_t slot = hash & (table->slots - 1);
        while (table->songs[slot])
            slot = (slot + 1) & (table->slots - 1);
        table->hashes[slot] = hash;
        table->songs[slot] = song + 1;
    }
    sqlite3_finalize(select);
    return status;
}

static pulse_status build_id_table(pulse_catalog *catalog, pulse_error *error)
{
    pulse_id_table table = {.slots = 16};
    while (table.slots < 2 * (uint64_t)catalog->columns.songs)
        table.slots *= 2;
    table.hashes = pulse_malloc_array(table.slots, sizeof *table.hashes);
    table.songs = pulse_calloc(table.slots, sizeof *table.songs);
    pulse_status status = table.hashes && table.songs ? fill_id_table(catalog, &table, error)
                                                      : pulse_out_of_memory(error);
    if (status == PULSE_OK) {
        catalog->ids = table;
    } else {
        pulse_free(table.hashes);
        pulse_free(table.songs);
    }
    return status;
}

/* Whether the song's id is the one asked for: `number` where ids are integers, else `text`. */
static pulse_status has_id(pulse_catalog *catalog, uint32_t song, const char *text, int64_t number,
                           bool *has, pulse_error *error)
{
    sqlite3_stmt *select = catalog->id_of_row;
    sqlite3_bind_int64(select, 1, song);
    bool row;
    pulse_status status = pulse_store_step(catalog, select, &row, error);
    *has = false;
    if (status == PULSE_OK && row) {
        size_t size;
        const char *id = catalog->columns.integer_ids ? NULL : pulse_store_text(select, 0, &size);
        *has = catalog->columns.integer_ids ? sqlite3_column_int64(select, 0) == number
                                            : id && strcmp(id, text) == 0;
    }
    sqlite3_reset(select);
    return status;
}

pulse_status pulse_catalog_find_id(pulse_catalog *catalog, const char *song_id, uint32_t *song,
                                   pulse_error *error)
{
    int64_t number = 0;
    bool integer_ids = catalog->columns.integer_ids;
    pulse_store_begin(catalog);
    if (!integer_ids || pulse_catalog_parse_id(song_id, &number)) {
        pulse_status status = catalog->ids.slots ? PULSE_OK : build_id_table(catalog, error);
        if (status != PULSE_OK)
            return status;
        const pulse_id_table *table = &catalog->ids;
        uint32_t hash = integer_ids ? pulse_hash_bytes(&number, sizeof number)
                                    : pulse_hash_bytes(song_id, strlen(song_id));
        for (uint32_t slot = hash & (table->slots - 1); table->songs[slot];
             slot = (slot + 1) & (table->slots - 1)) {
            if (table->hashes[slot] != hash)
                continue;
            bool has;
            status = has_id(catalog, table->songs[slot] - 1, song_id, number, &has, error);
            if (status != PULSE_OK)
                return status;
            if (has) {
                *song = table->songs[slot] - 1;
                return PULSE_OK;
            }
        }
    }
    return pulse_fail(error, PULSE_E_NOT_FOUND, "no song has the song_id %.100s", song_id);
}
