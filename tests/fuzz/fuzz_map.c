/* Any bytes as the map of a bundle of three songs: refused, or a place on the map for each. */

#include "map/map_file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { SONGS = 3 };
    const int16_t *positions;
    pulse_error error;
    if (pulse_map_read(data, size, "map", SONGS, &positions, &error) != PULSE_OK) {
        if (positions)
            abort();
        return 0;
    }
    for (int i = 0; i < SONGS * 2; ++i)
        if (positions[i] < -32767)
            abort();
    return 0;
}
