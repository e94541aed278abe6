/* What measuring knows of the songs: what the bundle holds, and the workspace where there is one.
 */
#ifndef PULSE_TRAINER_FACTS_H
#define PULSE_TRAINER_FACTS_H

#include "train/songs.h"

typedef enum pulse_plain_kind {
    PULSE_PLAIN_NUMBER,
    PULSE_PLAIN_YEAR,
    PULSE_PLAIN_GENRE,   /* 0 or 1: one value of the genre */
    PULSE_PLAIN_CATEGORY /* 0 or 1: one value of another category */
} pulse_plain_kind;

/* A column of raw values. */
typedef struct pulse_plain_column {
    pulse_plain_kind kind;
    char *modality;
    float *values; /* [songs] NAN: missing; 0 in each of a category's columns where that is */
} pulse_plain_column;

typedef struct pulse_facts {
    uint32_t songs;
    uint32_t *artist, artists; /* [songs]; of a nameless one, the song's own */
    uint32_t *genre;           /* [songs], or PULSE_NO_CATEGORY */
    uint32_t genres;
    uint32_t *version; /* [songs] the same for versions of one song */
    uint32_t dimensions;
    float *latents; /* [songs, dimensions] as the bundle stores them: of length 1, or less */
    pulse_plain_column *plain; /* [plain_count] */
    uint32_t plain_count;

    /* Of the workspace; `work` NULL: without, and the columns above are those that the bundle has:
     * no categories but the genre. */
    const char *work;
    pulse_workspace workspace;
    pulse_song_table table;
} pulse_facts;

/* `work` may be NULL; one that holds other songs than the bundle is an error. Belongs to the caller
 * where this succeeds: pulse_facts_free. */
int pulse_facts_load(pulse_engine *engine, const char *work, pulse_facts *out,
                     pulse_failure *failure);
void pulse_facts_free(pulse_facts *facts);

/*
 * Vectors of raw values, [songs, *width], each of unit length or 0; the caller frees them. NULL
 * where no column is chosen. `hidden` [songs] flags songs of which the columns of `modality` are
 * taken for missing; NULL: none.
 */
typedef enum pulse_plain_choice {
    PULSE_PLAIN_ALL,   /* every number in standard deviations, categories one-hot, missing 0 */
    PULSE_PLAIN_AUDIO, /* the same of the modality "audio" alone */
    /* That modality's numbers from 0 to 1 between the catalogue's extremes, missing the mean; the
     * year in standard deviations, the genre one-hot. */
    PULSE_PLAIN_AUDIO_GENRE_YEAR
} pulse_plain_choice;
float *pulse_plain_vectors(const pulse_facts *facts, pulse_plain_choice choice,
                           const uint8_t *hidden, const char *modality, uint32_t *width);

/* The same before each is brought to unit length. */
float *pulse_plain_rows(const pulse_facts *facts, pulse_plain_choice choice, const uint8_t *hidden,
                        const char *modality, uint32_t *width);

#endif
