/* The songs: an SQLite image held in memory, with the columns that every query needs beside it. */
#ifndef PULSE_CATALOG_CATALOG_H
#define PULSE_CATALOG_CATALOG_H

#include "pulse.h"

#define PULSE_CATALOG_UNKNOWN UINT32_MAX /* a song without a genre */

typedef struct pulse_catalog pulse_catalog;

/* `bytes` must stay until close. `what` names the file in messages. */
pulse_status pulse_catalog_open(const uint8_t *bytes, size_t size, const char *what,
                                pulse_catalog **out, pulse_error *error);
void pulse_catalog_close(pulse_catalog *catalog);

/* Columns, [songs] each, in the order of the vectors. They belong to the catalogue. */
typedef struct pulse_columns {
    uint32_t songs;
    uint32_t artists;
    const uint32_t *artist;  /* 0 .. artists-1 */
    const uint32_t *genre;   /* 0 .. genre_count-1, or PULSE_CATALOG_UNKNOWN */
    const uint32_t *version; /* songs with the same number are versions of one song */
    const int32_t *year;     /* 0: unknown */
    int32_t year_min;
    int32_t year_max;
    uint32_t genre_count;
    const char *const *genres;
    uint32_t feature_count;
    const pulse_feature *features;
    bool integer_ids;
} pulse_columns;
const pulse_columns *pulse_catalog_columns(const pulse_catalog *catalog);

/* The raw value of one feature of one song; NAN: missing. */
float pulse_catalog_value(const pulse_catalog *catalog, uint32_t song, uint32_t feature);

/* Rows for people, in the order given. */
pulse_status pulse_catalog_songs(pulse_catalog *catalog, const uint32_t *songs, size_t count,
                                 pulse_songs **out, pulse_error *error);

pulse_status pulse_catalog_find_id(pulse_catalog *catalog, const char *song_id, uint32_t *song,
                                   pulse_error *error);
pulse_status pulse_catalog_find_title(pulse_catalog *catalog, const char *title, const char *artist,
                                      uint32_t *song, uint32_t *others, pulse_error *error);
/* Song numbers, best first, into `out` [limit]; how many into `*count`. See pulse_search. */
pulse_status pulse_catalog_search(pulse_catalog *catalog, const char *text, size_t limit,
                                  uint32_t *out, size_t *count, pulse_error *error);

#endif
