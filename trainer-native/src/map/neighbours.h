/* The nearest songs of songs, by brute force: exact, and at 100,000 songs still seconds. */
#ifndef PULSE_TRAINER_MAP_NEIGHBOURS_H
#define PULSE_TRAINER_MAP_NEIGHBOURS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"
#include "base/parallel.h"

typedef struct pulse_map_search {
    const float *queries; /* [query_count, dimensions] of unit length */
    uint32_t query_count;
    const float *candidates; /* [candidate_count, dimensions] of unit length */
    uint32_t candidate_count;
    uint32_t dimensions;
    bool same;      /* queries and candidates are the same songs: none is its own neighbour */
    uint32_t count; /* of neighbours for each query; no more than there are candidates */
} pulse_map_search;

/* `songs` and `cosines` [query_count, count], nearest first; of equally near ones the first. */
int pulse_map_nearest(const pulse_map_search *search, pulse_parallel *parallel, uint32_t *songs,
                      float *cosines, pulse_failure *failure);

#endif
