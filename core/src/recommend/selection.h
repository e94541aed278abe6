/*
 * The candidates of one query, best first. Each song taken changes which may follow: its artist's
 * share is used up, and its other versions are out.
 */
#ifndef PULSE_RECOMMEND_SELECTION_H
#define PULSE_RECOMMEND_SELECTION_H

#include "catalog/catalog.h"

typedef struct pulse_selection {
    const pulse_columns *columns;
    const pulse_query *query;
    const float *scores;
    uint32_t *heap; /* [heap_count] songs, the best at the root */
    uint32_t heap_count;
    uint32_t *taken_by_artist; /* [artists]; NULL where there is no limit */
    uint8_t *versions_out;     /* bit per version number; NULL where versions are kept apart */
} pulse_selection;

/* Everything that passes the query's filters. `query` and `scores` [songs] must stay until close.
 */
pulse_status pulse_selection_open(pulse_selection *selection, const pulse_catalog *catalog,
                                  const pulse_query *query, const float *scores,
                                  pulse_error *error);
void pulse_selection_close(pulse_selection *selection);

/* Whether the song may still be taken; that it was taken; the best one left, taken off the heap
 * (false: none). */
bool pulse_selection_allows(const pulse_selection *selection, uint32_t song);
void pulse_selection_mark(pulse_selection *selection, uint32_t song);
bool pulse_selection_next(pulse_selection *selection, uint32_t *song);
/* Puts back songs that pulse_selection_next handed out and nobody took. */
void pulse_selection_return(pulse_selection *selection, const uint32_t *songs, size_t count);

#endif
