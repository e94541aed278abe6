/* Why a song is among the results: what it shares with the seeds, in a listener's words. */
#ifndef PULSE_RECOMMEND_WHY_H
#define PULSE_RECOMMEND_WHY_H

#include "base/buffer.h"
#include "catalog/catalog.h"

#define PULSE_WHY_MAX 3

/* What the seeds have in common; made once per query. */
typedef struct pulse_profile pulse_profile;

pulse_status pulse_profile_create(const pulse_catalog *catalog, const pulse_query *query,
                                  pulse_profile **out, pulse_error *error);
void pulse_profile_free(pulse_profile *profile);

/* Appends up to PULSE_WHY_MAX reasons to `text`, each NUL-terminated, strongest first, and gives
 * their number. */
pulse_status pulse_explain(const pulse_profile *profile, const pulse_catalog *catalog,
                           uint32_t song, pulse_buffer *text, size_t *count, pulse_error *error);

#endif
