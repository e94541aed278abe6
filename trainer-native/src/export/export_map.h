/* The bundle's map: laid out, measured and written. */
#ifndef PULSE_TRAINER_EXPORT_MAP_H
#define PULSE_TRAINER_EXPORT_MAP_H

#include "export/bundle_writer.h"

/*
 * Of `latents` [songs, dimensions] of unit length. `*quality`, the caller's, is what the manifest
 * says of the map; NULL after a failure.
 */
int pulse_export_map(const float *latents, uint32_t songs, uint32_t dimensions, uint64_t seed,
                     pulse_bundle_writer *bundle, cJSON **quality, pulse_failure *failure);

#endif
