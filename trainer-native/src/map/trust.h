/* How far a map can be trusted. */
#ifndef PULSE_TRAINER_MAP_TRUST_H
#define PULSE_TRAINER_MAP_TRUST_H

#include <stdint.h>

#include "base/failure.h"
#include "base/parallel.h"

/*
 * Trustworthiness (Venna and Kaski, "Neighborhood preservation in nonlinear projection methods",
 * 2001): 1 where the `neighbours` nearest songs on the map are the nearest by their vectors, too;
 * less for each that is not, by how far away it is really. Over `queries` [query_count] songs, each
 * against all songs. vectors [songs, dimensions] of unit length, xy [songs, 2]. NAN for fewer than
 * 3 * neighbours / 2 + 1 songs, where it is not defined.
 */
int pulse_map_trust(const float *vectors, uint32_t songs, uint32_t dimensions, const float *xy,
                    const uint32_t *queries, uint32_t query_count, uint32_t neighbours,
                    pulse_parallel *parallel, double *out, pulse_failure *failure);

#endif
