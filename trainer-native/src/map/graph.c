#include "map/graph.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* How much farther than the nearest: the distance of two points on the unit sphere, less its. */
static double beyond(const float *cosines, uint32_t k)
{
    const double nearest = sqrt(fmax(2.0 - 2.0 * cosines[0], 0));
    return fmax(sqrt(fmax(2.0 - 2.0 * cosines[k], 0)) - nearest, 0);
}

static double weight_of(double distance, double unit)
{
    return distance > 0 ? exp(-distance / unit) : 1;
}

void pulse_map_weights(const float *cosines, uint32_t count, float *weights)
{
    enum { STEPS = 40 };
    const double target = log2((double)count);
    double low = 0, high = 0, unit = 1; /* high 0: not known yet */
    for (int step = 0; step < STEPS; ++step) {
        double sum = 0;
        for (uint32_t k = 0; k < count; ++k)
            sum += weight_of(beyond(cosines, k), unit);
        if (fabs(sum - target) < 1e-5)
            break;
        if (sum > target)
            high = unit;
        else
            low = unit;
        unit = high > 0 ? (low + high) / 2 : unit * 2;
    }
    for (uint32_t k = 0; k < count; ++k)
        weights[k] = (float)weight_of(beyond(cosines, k), unit);
}

static int by_end(const void *a, const void *b)
{
    const pulse_map_edge *x = a, *y = b;
    return (x->to > y->to) - (x->to < y->to);
}

/* Sorts each point's edges, makes one of two to the same end, and closes the gaps. */
static void join(pulse_map_graph *graph, uint32_t points)
{
    pulse_map_edge *edges = graph->edges;
    size_t kept = 0, first = 0;
    for (uint32_t i = 0; i < points; ++i) {
        const size_t end = graph->starts[i + 1];
        if (end > first)
            qsort(edges + first, end - first, sizeof *edges, by_end);
        graph->starts[i] = kept;
        for (size_t e = first; e < end; ++e) {
            if (kept > graph->starts[i] && edges[kept - 1].to == edges[e].to) {
                const float a = edges[kept - 1].weight, b = edges[e].weight;
                edges[kept - 1].weight = a + b - a * b;
            } else {
                edges[kept++] = edges[e];
            }
        }
        first = end;
    }
    graph->starts[points] = kept;
}

pulse_map_graph pulse_map_graph_make(uint32_t points, uint32_t count, const uint32_t *neighbours,
                                     const float *cosines)
{
    float *weights = pulse_need(count, sizeof *weights);
    pulse_map_graph graph = {
        .starts = pulse_need((size_t)points + 2, sizeof *graph.starts),
        .edges = pulse_need((size_t)points * count * 2, sizeof *graph.edges),
    };
    /* While edges come in, at[i] is where i's next one goes; at the end, where i + 1's begin. */
    size_t *at = graph.starts + 1;
    for (uint32_t i = 0; i < points; ++i) {
        at[i + 1] += count;
        for (uint32_t k = 0; k < count; ++k)
            ++at[neighbours[(size_t)i * count + k] + 1];
    }
    for (uint32_t i = 0; i < points; ++i)
        at[i + 1] += at[i];
    for (uint32_t i = 0; i < points; ++i) {
        pulse_map_weights(cosines + (size_t)i * count, count, weights);
        for (uint32_t k = 0; k < count; ++k) {
            const uint32_t j = neighbours[(size_t)i * count + k];
            graph.edges[at[i]++] = (pulse_map_edge){j, weights[k]};
            graph.edges[at[j]++] = (pulse_map_edge){i, weights[k]};
        }
    }
    free(weights);
    join(&graph, points);
    return graph;
}

void pulse_map_graph_free(pulse_map_graph *graph)
{
    free(graph->starts);
    free(graph->edges);
    *graph = (pulse_map_graph){0};
}
