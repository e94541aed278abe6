/* The map's points, packed: positions as the bundle has them, genre and artist as numbers, titles
 * as text. What would make the page too large is sampled, and how many there are is said. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/base64.h"
#include "report/catalogue.h"
#include "train/songs.h"

enum { MOST_POINTS = 40000, LONGEST_TEXT = 64, MOST_GENRES = 250, OTHER_GENRE = 255 };
#define MOST_TEXT ((size_t)1400 << 10) /* bytes of titles and artists, all together */

/* The song that is the n-th of `points` spread evenly over the catalogue. */
static uint32_t song_of(uint32_t n, uint32_t points, uint32_t songs)
{
    return (uint32_t)((uint64_t)n * songs / points);
}

/* The text's beginning, cut between characters. The caller frees it. */
static char *shortened(const char *text)
{
    size_t size = strnlen(text, LONGEST_TEXT + 1);
    if (size <= LONGEST_TEXT)
        return pulse_need_text(text);
    while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
        --size;
    return pulse_need_format("%.*s…", (int)size, text);
}

typedef struct packed {
    uint32_t points;
    uint8_t *positions; /* [points, 2] int16, little-endian */
    uint8_t *genre;     /* [points] place in by_songs, or OTHER_GENRE */
    uint8_t *artist;    /* [points] uint32, little-endian */
    pulse_intern artists;
    char **titles; /* [points] */
    size_t text;   /* bytes in titles and artists */
} packed;

static void packed_free(packed *p)
{
    for (uint32_t i = 0; p->titles && i < p->points; ++i)
        free(p->titles[i]);
    free(p->titles);
    free(p->positions);
    free(p->genre);
    free(p->artist);
    pulse_intern_free(&p->artists);
    *p = (packed){0};
}

/* -32767 .. 32767, as the bundle has it, little-endian wherever this runs. */
static void put_position(uint8_t *to, int16_t coordinate)
{
    to[0] = (uint8_t)(uint16_t)coordinate;
    to[1] = (uint8_t)((uint16_t)coordinate >> 8);
}

static uint8_t genre_place(const pulse_report_catalogue *catalogue, uint32_t song)
{
    const uint32_t count =
        catalogue->info.genre_count < MOST_GENRES ? catalogue->info.genre_count : MOST_GENRES;
    for (uint32_t i = 0; i < count; ++i) {
        if (catalogue->by_songs[i] == catalogue->genre[song])
            return (uint8_t)i;
    }
    return OTHER_GENRE;
}

static int pack_point(const pulse_report_catalogue *catalogue, const int16_t *positions, uint32_t n,
                      packed *p, pulse_failure *failure)
{
    const uint32_t song = song_of(n, p->points, catalogue->info.songs);
    pulse_songs *about;
    pulse_error error;
    if (pulse_get_song(catalogue->engine, song, &about, &error) != PULSE_OK)
        return pulse_failure_core(failure, &error);
    p->titles[n] = shortened(about->items[0].title);
    char *artist = shortened(about->items[0].artist);
    const uint32_t known = p->artists.count, number = pulse_intern_add(&p->artists, artist);
    p->text += strlen(p->titles[n]) + 3 + (p->artists.count > known ? strlen(artist) + 3 : 0);
    free(artist);
    pulse_songs_free(about);
    for (size_t i = 0; i < 4; ++i)
        p->artist[4 * (size_t)n + i] = (uint8_t)(number >> 8 * i);
    p->genre[n] = genre_place(catalogue, song);
    put_position(p->positions + 4 * (size_t)n, positions[2 * (size_t)song]);
    put_position(p->positions + 4 * (size_t)n + 2, positions[2 * (size_t)song + 1]);
    return 0;
}

static int pack(const pulse_report_catalogue *catalogue, const int16_t *positions, uint32_t points,
                packed *p, pulse_failure *failure)
{
    *p = (packed){.points = points,
                  .positions = pulse_need(points, 4),
                  .genre = pulse_need(points, 1),
                  .artist = pulse_need(points, 4),
                  .titles = pulse_need(points, sizeof(char *))};
    int code = 0;
    for (uint32_t n = 0; n < points && !code; ++n)
        code = pack_point(catalogue, positions, n, p, failure);
    return code;
}

static void add_base64(cJSON *json, const char *name, const void *bytes, size_t size)
{
    char *text = pulse_base64(bytes, size);
    cJSON_AddStringToObject(json, name, text);
    free(text);
}

static cJSON *points_json(const pulse_report_catalogue *catalogue, const packed *p)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "songs", catalogue->info.songs);
    cJSON_AddNumberToObject(json, "points", p->points);
    cJSON *genres = cJSON_AddArrayToObject(json, "genres");
    for (uint32_t i = 0; i < catalogue->info.genre_count && i < MOST_GENRES; ++i) {
        cJSON *genre = cJSON_CreateObject();
        const uint32_t number = catalogue->by_songs[i];
        cJSON_AddStringToObject(genre, "name", catalogue->info.genres[number]);
        cJSON_AddNumberToObject(genre, "songs", catalogue->genre_songs[number]);
        cJSON_AddItemToArray(genres, genre);
    }
    add_base64(json, "positions", p->positions, (size_t)p->points * 4);
    add_base64(json, "genre", p->genre, p->points);
    add_base64(json, "artist", p->artist, (size_t)p->points * 4);
    cJSON *artists = cJSON_AddArrayToObject(json, "artists"), *titles;
    for (uint32_t i = 0; i < p->artists.count; ++i)
        cJSON_AddItemToArray(artists, cJSON_CreateString(p->artists.items[i]));
    titles = cJSON_AddArrayToObject(json, "titles");
    for (uint32_t i = 0; i < p->points; ++i)
        cJSON_AddItemToArray(titles, cJSON_CreateString(p->titles[i]));
    return json;
}

/* Half as many points until what is written about them is small enough. */
int pulse_report_points(const pulse_report_catalogue *catalogue, const int16_t *positions,
                        cJSON *data, pulse_failure *failure)
{
    const uint32_t songs = catalogue->info.songs;
    packed p;
    int code = pack(catalogue, positions, songs < MOST_POINTS ? songs : MOST_POINTS, &p, failure);
    while (!code && p.text > MOST_TEXT) {
        const uint32_t fewer = p.points / 2;
        packed_free(&p);
        code = pack(catalogue, positions, fewer, &p, failure);
    }
    if (!code)
        cJSON_AddItemToObject(data, "map", points_json(catalogue, &p));
    packed_free(&p);
    return code;
}
