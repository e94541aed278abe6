/*
 * The catalogue's schema, version 1: docs/bundle-format.md explains every column. The writer makes
 * it, the reader checks it.
 */
#ifndef PULSE_CATALOG_SCHEMA_H
#define PULSE_CATALOG_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#define PULSE_CATALOG_APPLICATION_ID 0x504c5053 /* "PLPS" */
#define PULSE_CATALOG_SCHEMA_VERSION 1

#define PULSE_CATALOG_MAX_SONGS 100000000
#define PULSE_CATALOG_MAX_FEATURES 4096
#define PULSE_CATALOG_MAX_TEXT 65535 /* bytes of an id, a title, an artist, a genre */
#define PULSE_CATALOG_MAX_INTEGER_ID INT64_C(9007199254740991)

/* A raw feature value v is stored as the uint16 round((v - minimum) / (maximum - minimum) * 65534),
 * where minimum and maximum are the feature's outermost quantiles and what lies beyond is clamped;
 * 65535 is a missing value. Rows of `features` are little-endian, in the order of `feature.id`. */
#define PULSE_CATALOG_FEATURE_STEPS 65534u
#define PULSE_CATALOG_FEATURE_MISSING 65535u

/* Ids of artist, genre, feature and song count from 0. `setting` holds "songs", "artists" and
 * "integer_ids" (0 or 1). `song.version` is the smallest song that is the same work by the same
 * artist. `feature.quantiles` are 11 little-endian float32. `song_text` is indexed by song.id and
 * holds folded text. Its index of first letters is what keeps "night b" fast; with indexes of two
 * and three letters too, the file is a tenth larger and a keystroke takes as long. */
#define PULSE_CATALOG_TABLE_SETTING                                                                \
    "CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
#define PULSE_CATALOG_TABLE_ARTIST "CREATE TABLE artist(id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
#define PULSE_CATALOG_TABLE_GENRE "CREATE TABLE genre(id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
#define PULSE_CATALOG_TABLE_FEATURE                                                                \
    "CREATE TABLE feature(id INTEGER PRIMARY KEY, name TEXT NOT NULL, modality TEXT NOT NULL,"     \
    " label TEXT NOT NULL, unit TEXT NOT NULL, low TEXT NOT NULL, high TEXT NOT NULL,"             \
    " quantiles BLOB NOT NULL)"
#define PULSE_CATALOG_TABLE_SONG                                                                   \
    "CREATE TABLE song(id INTEGER PRIMARY KEY, song_id NOT NULL, title TEXT NOT NULL,"             \
    " artist INTEGER NOT NULL, genre INTEGER, year INTEGER, version INTEGER NOT NULL,"             \
    " features BLOB NOT NULL)"
#define PULSE_CATALOG_TABLE_SONG_TEXT                                                              \
    "CREATE VIRTUAL TABLE song_text USING fts5(title, artist, content='', columnsize=0,"           \
    " detail=none, prefix='1', tokenize='ascii')"

#define PULSE_CATALOG_SCHEMA                                                                       \
    PULSE_CATALOG_TABLE_SETTING                                                                    \
    ";" PULSE_CATALOG_TABLE_ARTIST ";" PULSE_CATALOG_TABLE_GENRE ";" PULSE_CATALOG_TABLE_FEATURE   \
    ";" PULSE_CATALOG_TABLE_SONG ";" PULSE_CATALOG_TABLE_SONG_TEXT ";"

/* A canonical integer ("-7", not "+7" or "007") of a magnitude that JSON keeps
 * exact. */
bool pulse_catalog_parse_id(const char *text, int64_t *number);

#endif
