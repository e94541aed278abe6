/* From seeds to songs: score, filter, fold versions, share among artists, diversify. */
#ifndef PULSE_RECOMMEND_RECOMMEND_H
#define PULSE_RECOMMEND_RECOMMEND_H

#include "catalog/catalog.h"
#include "index/index.h"

typedef struct pulse_pick {
    uint32_t song;
    float score;
} pulse_pick;

/* Picks in order, [*count] of them, to be freed with pulse_free. The query is checked whole. */
pulse_status pulse_recommend_pick(const pulse_catalog *catalog, const pulse_index *index,
                                  const pulse_query *query, pulse_pick **picks, size_t *count,
                                  pulse_error *error);

#endif
