#include "map/map_file.h"

#include "base/error.h"

pulse_status pulse_map_read(const uint8_t *bytes, size_t size, const char *what, uint32_t songs,
                            const int16_t **positions, pulse_error *error)
{
    *positions = NULL;
    pulse_safetensors *view;
    pulse_status status = pulse_safetensors_parse(bytes, size, what, &view, error);
    if (status != PULSE_OK)
        return status;
    const uint64_t shape[2] = {songs, 2};
    const pulse_tensor *tensor;
    status = pulse_safetensors_expect(view, "position", PULSE_I16, 2, shape, &tensor, error);
    const int16_t *values = status == PULSE_OK ? tensor->data : NULL;
    for (size_t i = 0; status == PULSE_OK && i < (size_t)songs * 2; ++i)
        if (values[i] == INT16_MIN)
            status = pulse_fail(error, PULSE_E_FORMAT,
                                "%s: song %zu lies at -32768, off the map, which ends at -32767",
                                what, i / 2);
    pulse_safetensors_free(view);
    if (status == PULSE_OK)
        *positions = values;
    return status;
}
