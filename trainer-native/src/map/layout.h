/* The layout: points that neighbours draw together and everything else pushes apart. */
#ifndef PULSE_TRAINER_MAP_LAYOUT_H
#define PULSE_TRAINER_MAP_LAYOUT_H

#include "base/failure.h"
#include "base/parallel.h"
#include "map/graph.h"

/*
 * Moves points until they lie as the graph has it. `xy` [points, 2] is where they start, and
 * becomes where they end. The same for the same seed, whatever the number of threads. The points
 * had better be in a random order: those that are numbered side by side move at once.
 */
int pulse_map_layout(uint32_t points, const pulse_map_graph *graph, uint64_t seed,
                     pulse_parallel *parallel, float *xy, pulse_failure *failure);

/*
 * Puts one more point among points that stay: `edges` [count] are to them, `settled` [points, 2]
 * is where they lie. `xy` [2] is where the point starts, and becomes where it ends. `key` makes
 * its random numbers.
 */
void pulse_map_place(const float *settled, uint32_t points, const pulse_map_edge *edges,
                     uint32_t count, uint64_t key, float *xy);

#endif
