/*
 * The workspace: a directory that holds everything between the CSV and the bundle.
 *
 *     songs.sqlite       every song as ingested: exact values, lyrics; and the schema
 *     lyrics.safetensors the lyrics' embeddings, where they were made: F32 `lyrics` [songs, width],
 *                        rows of NAN for songs without lyrics
 *     encoder.safetensors, vocab.txt  what made them
 *     model.safetensors  the trained autoencoder, with its preprocessor and how it was trained
 *     heldout.safetensors  the same recipe without the held-out songs, to measure it with
 *     train.jsonl        one line per epoch
 *     checkpoint.safetensors  a training that has not ended yet
 */
#ifndef PULSE_TRAINER_WORKSPACE_H
#define PULSE_TRAINER_WORKSPACE_H

#include <sqlite3.h>

#include "base/failure.h"
#include "ingest/schema.h"

#define PULSE_WORKSPACE_SONGS "songs.sqlite"
#define PULSE_WORKSPACE_LYRICS "lyrics.safetensors"
#define PULSE_WORKSPACE_ENCODER "encoder.safetensors"
#define PULSE_WORKSPACE_VOCAB "vocab.txt"
#define PULSE_WORKSPACE_MODEL "model.safetensors"
#define PULSE_WORKSPACE_HELDOUT "heldout.safetensors"
#define PULSE_WORKSPACE_LOG "train.jsonl"
#define PULSE_WORKSPACE_CHECKPOINT "checkpoint.safetensors"
#define PULSE_WORKSPACE_OLDEST 1
#define PULSE_WORKSPACE_VERSION 2 /* knows a song's lead artist */

/* A file in the workspace; the caller frees the path. */
char *pulse_workspace_path(const char *workspace, const char *file);

/* Removes the lyrics' embeddings and their encoder: they belong to other songs, or are not wanted.
 */
void pulse_workspace_forget_lyrics(const char *workspace);

typedef struct pulse_ingest_report {
    uint64_t songs;
    uint64_t artists; /* different names */
} pulse_ingest_report;

/* Reads a CSV into `workspace`/songs.sqlite. `schema_file` may be NULL. Says on the standard error
 * what each column was taken for, and counts what was odd. */
int pulse_ingest(const char *csv, const char *workspace, const char *schema_file,
                 pulse_ingest_report *report, pulse_failure *failure);

/* Songs in the order of the CSV, read back. */
typedef struct pulse_workspace {
    sqlite3 *db;
    sqlite3_stmt *next;
    char *path;
    pulse_schema schema;
    char *source; /* file name of the CSV, without its directory */
    bool integer_ids;
    uint32_t songs;
    uint32_t numerical;   /* columns of year or numerical role */
    uint32_t categorical; /* columns of genre or categorical role */
} pulse_workspace;

typedef struct pulse_workspace_song {
    const char *song_id;
    const char *title;
    const char *artist;
    const char *lead;         /* the first of several artists, by whom songs are grouped */
    const char *genre;        /* "": unknown; the first of several */
    int32_t year;             /* 0: unknown */
    double *numerical;        /* [numerical] in the schema's order, NAN: missing */
    const char **categorical; /* [categorical] in the schema's order, "": missing; several values
                               * have PULSE_LIST_SEPARATOR between them */
    cJSON *json;              /* private */
} pulse_workspace_song;

int pulse_workspace_open(const char *directory, pulse_workspace *out, pulse_failure *failure);
void pulse_workspace_close(pulse_workspace *workspace);
/* The next song, or *more false. The strings live until the next call. Zero-initialise `song`
 * before the first call, free with pulse_workspace_song_free. */
int pulse_workspace_next(pulse_workspace *workspace, pulse_workspace_song *song, bool *more,
                         pulse_failure *failure);
int pulse_workspace_rewind(pulse_workspace *workspace, pulse_failure *failure);
void pulse_workspace_song_free(pulse_workspace_song *song);

#endif
