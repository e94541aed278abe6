/* What a space is like, whatever is asked of it: who is near whom, and who is near everybody. */
#ifndef PULSE_TRAINER_HUBS_H
#define PULSE_TRAINER_HUBS_H

#include "base/parallel.h"
#include "evaluate/facts.h"
#include "evaluate/ranking.h"

/* Above this many songs, so many are drawn, and looked at among themselves. */
#define PULSE_HUBS_SONGS 40000u

typedef struct pulse_hubs {
    uint32_t songs;             /* looked at, each with its 10 nearest */
    pulse_estimate same_artist; /* of the artist's other songs, at most 10, the share among them */
    pulse_estimate same_genre;  /* the share of the song's genre among them */
    /* Of k-occurrence, in how many songs' 10 nearest a song is (Radovanović et al., JMLR 2010): */
    double skewness;  /* 0: symmetrical; large: a few songs are near everybody */
    double reachable; /* the share of songs that are in any */
    uint32_t largest;
} pulse_hubs;

/* vectors [songs, width] of unit length or 0. Of songs that are as near, the first counts. */
int pulse_hubs_measure(const float *vectors, uint32_t width, const pulse_facts *facts,
                       uint64_t seed, pulse_parallel *parallel, pulse_hubs *out,
                       pulse_failure *failure);

/* The third standardised moment; 0 where all are equal. */
double pulse_hubs_skewness(const uint32_t *counts, uint32_t n);

#endif
