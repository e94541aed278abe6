/* Picks that are near the seeds, and unlike each other. */
#ifndef PULSE_RECOMMEND_DIVERSIFY_H
#define PULSE_RECOMMEND_DIVERSIFY_H

#include "recommend/recommend.h"
#include "recommend/selection.h"

/* Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998) with query->diversity. Fills
 * `picks` [limit], gives their number in `*count`, and leaves the selection to continue from. */
pulse_status pulse_diversify(pulse_selection *selection, const pulse_index *index,
                             pulse_pick *picks, size_t limit, size_t *count, pulse_error *error);

#endif
