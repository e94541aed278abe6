/*
 * The catalogue's schema, version 1: docs/bundle-format.md explains every column. The writer makes
 * it, the reader checks it.
 */
#ifndef PULSE_CATALOG_SCHEMA_H
#define PULSE_CATALOG_SCHEMA_H

#define PULSE_CATALOG_APPLICATION_ID 0x504c5053 /* "PLPS" */
#define PULSE_CATALOG_SCHEMA_VERSION 1

/* A raw feature value v is stored as the uint16 round((v - minimum) / (maximum - minimum) * 65534);
 * 65535 is a missing value. Rows of `features` are little-endian, in the order of `feature.id`. */
#define PULSE_CATALOG_FEATURE_STEPS 65534u
#define PULSE_CATALOG_FEATURE_MISSING 65535u

#define PULSE_CATALOG_SCHEMA                                                                       \
    "CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"              \
    "CREATE TABLE artist(id INTEGER PRIMARY KEY, name TEXT NOT NULL);"                             \
    "CREATE TABLE genre(id INTEGER PRIMARY KEY, name TEXT NOT NULL);"                              \
    "CREATE TABLE feature(id INTEGER PRIMARY KEY, name TEXT NOT NULL, modality TEXT NOT NULL,"     \
    " label TEXT NOT NULL, unit TEXT NOT NULL, low TEXT NOT NULL, high TEXT NOT NULL,"             \
    " quantiles BLOB NOT NULL);"                                                                   \
    "CREATE TABLE song(id INTEGER PRIMARY KEY, song_id NOT NULL, title TEXT NOT NULL,"             \
    " artist INTEGER NOT NULL, genre INTEGER, year INTEGER, version INTEGER NOT NULL,"             \
    " features BLOB NOT NULL);"                                                                    \
    "CREATE VIRTUAL TABLE song_text USING fts5(title, artist, content='', columnsize=0,"           \
    " detail=none, prefix='1 2 3', tokenize='ascii');"

#endif
