/* The workspace's songs in memory, as training and measuring need them. */
#ifndef PULSE_TRAINER_SONGS_H
#define PULSE_TRAINER_SONGS_H

#include "ingest/workspace.h"
#include "train/lyrics.h"

/* Different texts, numbered from 0 in the order they came. Zero-initialise. */
typedef struct pulse_intern {
    uint32_t count;
    uint32_t capacity;
    char **items;    /* [count] */
    uint32_t *slots; /* an open-addressing table of number + 1 */
    uint32_t slot_count;
} pulse_intern;
uint32_t pulse_intern_add(pulse_intern *names, const char *text);
void pulse_intern_free(pulse_intern *names);

#define PULSE_NO_CATEGORY UINT32_MAX

typedef struct pulse_song_category {
    const pulse_column *column; /* belongs to the workspace */
    pulse_intern names;
    uint32_t *values; /* [songs] number of the name, the first of several, or PULSE_NO_CATEGORY */
    /* Where a song may have several (column->multiple), all of song s: lists[first[s]] up to
     * lists[first[s + 1]]. NULL where not. */
    size_t *first;   /* [songs + 1] */
    uint32_t *lists; /* [first[songs]] */
    size_t list_capacity;
} pulse_song_category;

typedef struct pulse_song_table {
    uint32_t songs;
    uint32_t numerical;
    const pulse_column **numerical_columns; /* [numerical]; belong to the workspace */
    float *numbers;                         /* [songs, numerical] raw, NAN: missing */
    uint32_t categorical;
    pulse_song_category *categories; /* [categorical] */
    uint32_t *artist;                /* [songs] the first of several */
    uint32_t artists;                /* an empty name is an artist of its own for each song */
    int64_t genre;                   /* the category that is the genre, or -1 */
    pulse_song_lyrics lyrics;        /* zero: none */
} pulse_song_table;

/* `directory`: the workspace's, for the lyrics embeddings. */
int pulse_song_table_load(pulse_workspace *workspace, const char *directory, pulse_song_table *out,
                          pulse_failure *failure);
void pulse_song_table_free(pulse_song_table *table);

/* The model's input rows [count, inputs] of the songs from `first` on, and, where not NULL, what is
 * known of them [count, targets]. A full row is wide, so callers go through the songs in parts. */
int pulse_song_table_rows(const pulse_song_table *table, const pulse_preprocessor *preprocessor,
                          uint32_t first, uint32_t count, float *rows, uint8_t *present,
                          pulse_failure *failure);

/*
 * Which songs are for what, drawn by the seed. All songs of an artist are on one side, so that what
 * is measured on the test songs is measured on artists that the model has never met; a song without
 * an artist is on its own. With fewer than 20 songs there is nothing to hold out, and all three
 * lists are all the songs. Each list is in an order that is drawn.
 *
 * The shares are met to within the smallest artist that is left. Where artists are too few or too
 * large for that, songs of the largest are dealt out one by one: `divided` counts such artists.
 */
typedef struct pulse_split {
    uint32_t *order; /* the three lists, one after the other */
    const uint32_t *test, *validation, *train;
    uint32_t test_count, validation_count, train_count;
    bool held_out; /* whether test and validation songs are kept out of training */
    uint32_t divided;
} pulse_split;
pulse_split pulse_split_make(const pulse_song_table *table, float test, float validation,
                             uint64_t seed);
/* All songs to train with, and none for anything else. */
pulse_split pulse_split_all(uint32_t songs);
void pulse_split_free(pulse_split *split);

#endif
