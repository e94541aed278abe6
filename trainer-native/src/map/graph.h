/* Who draws whom: the weighted graph of neighbours. */
#ifndef PULSE_TRAINER_MAP_GRAPH_H
#define PULSE_TRAINER_MAP_GRAPH_H

#include <stddef.h>
#include <stdint.h>

typedef struct pulse_map_edge {
    uint32_t to;
    float weight; /* 0 .. 1 */
} pulse_map_edge;

/* Both ends know of an edge: point i's are edges[starts[i]] .. edges[starts[i + 1] - 1]. */
typedef struct pulse_map_graph {
    size_t *starts; /* [points + 1] */
    pulse_map_edge *edges;
} pulse_map_graph;

/*
 * `weights` [count] of a point's neighbours, by `cosines` [count], falling: the nearest 1, the
 * others less by how much farther they are, in a unit that makes the sum log2(count), however
 * densely the songs lie there.
 */
void pulse_map_weights(const float *cosines, uint32_t count, float *weights);

/* Of `neighbours` and `cosines` [points, count]. Where both ends draw, by a and b, the weight is
 * a + b - ab. */
pulse_map_graph pulse_map_graph_make(uint32_t points, uint32_t count, const uint32_t *neighbours,
                                     const float *cosines);
void pulse_map_graph_free(pulse_map_graph *graph);

#endif
