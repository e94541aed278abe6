/* Playlists from outside, as song numbers of a catalogue. */
#ifndef PULSE_TRAINER_PLAYLISTS_H
#define PULSE_TRAINER_PLAYLISTS_H

#include <stdint.h>

#include "base/failure.h"

typedef struct pulse_playlists {
    uint32_t count;
    size_t *first;   /* [count + 1] where each playlist's songs begin in `songs` */
    uint32_t *songs; /* in the playlists' order; none twice in one playlist */
    uint32_t *held;  /* [songs of the catalogue] in how many playlists each is */
    /* What was passed over: */
    uint32_t short_lists;   /* fewer songs than asked for */
    uint64_t unknown_songs; /* ids that the catalogue does not have */
    uint64_t repeated;      /* a song for the second time in one list */
} pulse_playlists;

/*
 * `path`, or "-": a JSON list of song_ids on each line; numbers and texts are both taken. Lists of
 * fewer than `least` different songs that the catalogue has are passed over, empty lines are no
 * lists. What is no list of ids, or longer than a line may be, is an error that names the line. No
 * playlist left is none: the caller says what that means.
 */
int pulse_playlists_read(const char *path, pulse_engine *engine, uint32_t least,
                         pulse_playlists *out, pulse_failure *failure);
void pulse_playlists_free(pulse_playlists *playlists);

#endif
