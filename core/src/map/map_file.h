/* The bundle's map file: a place in the plane for each song. */
#ifndef PULSE_MAP_MAP_FILE_H
#define PULSE_MAP_MAP_FILE_H

#include "pulse.h"

/* From the bytes of the bundle's map file, which must have the songs of the bundle. `*positions`
 * [songs, 2] points into `bytes`. */
pulse_status pulse_map_read(const uint8_t *bytes, size_t size, const char *what, uint32_t songs,
                            const int16_t **positions, pulse_error *error);

#endif
