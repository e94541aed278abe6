/* From a title as a person writes it to one song. */
#include "base/alloc.h"
#include "base/error.h"
#include "catalog/search_index.h"
#include "catalog/text.h"

#include <stdio.h>
#include <string.h>

enum {
    NEAR_MISSES = 3,
    NAME_BYTES = 60,    /* of a title or an artist in a message */
    MAX_VERSIONS = 256, /* titles that start like this one and are looked at as versions of it */
};

typedef struct wanted {
    pulse_buffer title;  /* folded */
    pulse_buffer artist; /* folded */
    bool any_artist;
} wanted;

/* The best song so far, and how many there were. */
typedef struct best {
    uint32_t song;
    uint32_t count;
} best;

static bool by_artist(const pulse_catalog *catalog, const wanted *w, uint32_t song)
{
    if (w->any_artist)
        return true;
    size_t size;
    const char *artist =
        pulse_texts_get(&catalog->search->artists, catalog->columns.artist[song], &size);
    return size == w->artist.size && (size == 0 || memcmp(artist, w->artist.data, size) == 0);
}

/* The order of pulse_search among songs whose titles are alike. */
static void take(const pulse_catalog *catalog, uint32_t song, best *b)
{
    const uint8_t *noted = catalog->search->noted;
    if (b->count == 0 || noted[song] < noted[b->song] ||
        (noted[song] == noted[b->song] && song < b->song))
        b->song = song;
    ++b->count;
}

static void find_exact(const pulse_catalog *catalog, const wanted *w, best *b)
{
    const pulse_texts *titles = &catalog->search->titles;
    const char *title = w->title.data ? w->title.data : "";
    for (uint32_t i = pulse_texts_find(titles, title, w->title.size); i < titles->count; ++i) {
        size_t size;
        uint32_t song = titles->order[i];
        const char *other = pulse_texts_get(titles, song, &size);
        if (size != w->title.size || (size && memcmp(other, title, size) != 0))
            return;
        if (by_artist(catalog, w, song))
            take(catalog, song, b);
    }
}

/* "Wonderwall" where there is only "Wonderwall - Remastered": the shortest such title. */
static pulse_status find_version(pulse_catalog *catalog, const wanted *w, best *b,
                                 pulse_error *error)
{
    const pulse_texts *titles = &catalog->search->titles;
    uint32_t start = pulse_texts_find(titles, w->title.data, w->title.size);
    pulse_buffer work = {0};
    pulse_status status = PULSE_OK;
    for (uint32_t i = start; i < titles->count && i - start < MAX_VERSIONS; ++i) {
        size_t size;
        uint32_t song = titles->order[i];
        const char *other = pulse_texts_get(titles, song, &size);
        if (size < w->title.size || memcmp(other, w->title.data, w->title.size) != 0)
            break;
        if (!catalog->search->noted[song] || !by_artist(catalog, w, song))
            continue;
        pulse_songs *row;
        status = pulse_catalog_songs(catalog, &song, 1, &row, error);
        if (status != PULSE_OK)
            break;
        work.size = 0;
        const char *title = row->items[0].title;
        bool ok = pulse_text_fold_work(title, strlen(title), &work);
        pulse_songs_free(row);
        if (!ok) {
            status = pulse_out_of_memory(error);
            break;
        }
        if (work.size == w->title.size && memcmp(work.data, w->title.data, work.size) == 0)
            take(catalog, song, b);
    }
    pulse_buffer_free(&work);
    return status;
}

/* Titles that fold to nothing ("???") are compared as they are. */
static pulse_status find_unfolded(pulse_catalog *catalog, const wanted *w, const char *title,
                                  best *b, pulse_error *error)
{
    sqlite3_stmt *select;
    pulse_status status = pulse_store_prepare(
        catalog, "SELECT id FROM song WHERE title = ?1 ORDER BY id", &select, error);
    if (status == PULSE_OK && sqlite3_bind_text(select, 1, title, -1, SQLITE_STATIC) != SQLITE_OK)
        status = pulse_store_sql_error(catalog, error);
    while (status == PULSE_OK) {
        bool row;
        status = pulse_store_step(catalog, select, &row, error);
        if (status != PULSE_OK || !row)
            break;
        int64_t song = sqlite3_column_int64(select, 0);
        if (song >= 0 && song < catalog->columns.songs && by_artist(catalog, w, (uint32_t)song))
            take(catalog, (uint32_t)song, b);
    }
    sqlite3_finalize(select);
    return status;
}

/* Appends `text`, cut at a character where it is long, to a message. */
static void add_name(char *message, size_t capacity, const char *text)
{
    size_t size = strlen(text);
    const char *ending = "";
    if (size > NAME_BYTES) {
        size = NAME_BYTES;
        while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
            --size;
        ending = "...";
    }
    size_t used = strlen(message);
    snprintf(message + used, capacity - used, "\"%.*s%s\"", (int)size, text, ending);
}

static void add_text(char *message, size_t capacity, const char *text)
{
    size_t used = strlen(message);
    snprintf(message + used, capacity - used, "%s", text);
}

static pulse_status find_near(pulse_catalog *catalog, const char *title, const char *artist,
                              pulse_songs **near, pulse_error *error)
{
    uint32_t songs[NEAR_MISSES];
    size_t count = 0;
    pulse_buffer both = {0};
    pulse_status status = PULSE_OK;
    if (artist) {
        if (!pulse_buffer_append_text(&both, title) || !pulse_buffer_append_text(&both, " ") ||
            !pulse_buffer_append_text(&both, artist) || !pulse_buffer_terminate(&both))
            status = pulse_out_of_memory(error);
        else
            status = pulse_catalog_search(catalog, both.data, NEAR_MISSES, songs, &count, error);
        pulse_buffer_free(&both);
    }
    if (status == PULSE_OK && count == 0)
        status = pulse_catalog_search(catalog, title, NEAR_MISSES, songs, &count, error);
    return status == PULSE_OK ? pulse_catalog_songs(catalog, songs, count, near, error) : status;
}

static pulse_status not_found(pulse_catalog *catalog, const char *title, const char *artist,
                              pulse_error *error)
{
    pulse_songs *near = NULL;
    pulse_status status = find_near(catalog, title, artist, &near, error);
    if (status != PULSE_OK)
        return status;
    char message[480] = "no song ";
    add_name(message, sizeof message, title);
    if (artist) {
        add_text(message, sizeof message, " by ");
        add_name(message, sizeof message, artist);
    }
    for (size_t i = 0; i < near->count; ++i) {
        add_text(message, sizeof message, i ? ", or " : "; did you mean ");
        add_name(message, sizeof message, near->items[i].title);
        add_text(message, sizeof message, " by ");
        add_name(message, sizeof message, near->items[i].artist);
    }
    if (near->count)
        add_text(message, sizeof message, "?");
    pulse_songs_free(near);
    return pulse_fail(error, PULSE_E_NOT_FOUND, "%s", message);
}

static pulse_status find(pulse_catalog *catalog, const wanted *w, const char *title, best *b,
                         pulse_error *error)
{
    if (w->title.size == 0)
        return find_unfolded(catalog, w, title, b, error);
    find_exact(catalog, w, b);
    return b->count ? PULSE_OK : find_version(catalog, w, b, error);
}

pulse_status pulse_catalog_find_title(pulse_catalog *catalog, const char *title, const char *artist,
                                      uint32_t *song, uint32_t *others, pulse_error *error)
{
    pulse_store_begin(catalog);
    pulse_status status = pulse_search_index_need(catalog, error);
    if (status != PULSE_OK)
        return status;
    wanted w = {.any_artist = artist == NULL};
    best b = {0};
    if (!pulse_text_fold(title, strlen(title), &w.title) ||
        (artist && !pulse_text_fold(artist, strlen(artist), &w.artist)))
        status = pulse_out_of_memory(error);
    if (status == PULSE_OK)
        status = find(catalog, &w, title, &b, error);
    pulse_buffer_free(&w.title);
    pulse_buffer_free(&w.artist);
    if (status != PULSE_OK)
        return status;
    if (b.count == 0)
        return not_found(catalog, title, artist, error);
    *song = b.song;
    if (others)
        *others = b.count - 1;
    return PULSE_OK;
}
