#include "export/export_map.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cli/log.h"
#include "map/map.h"

static cJSON *describe(const pulse_map_quality *quality)
{
    cJSON *json = cJSON_CreateObject();
    if (isnan(quality->trustworthiness)) {
        cJSON_AddNullToObject(json, "trustworthiness");
    } else {
        char digits[32];
        snprintf(digits, sizeof digits, "%.4f", quality->trustworthiness);
        cJSON_AddNumberToObject(json, "trustworthiness", strtod(digits, NULL));
    }
    cJSON_AddNumberToObject(json, "neighbours", quality->neighbours);
    cJSON_AddNumberToObject(json, "queries", quality->queries);
    cJSON_AddNumberToObject(json, "landmarks", quality->landmarks);
    return json;
}

static int write_positions(const float *xy, uint32_t songs, uint64_t seed,
                           const pulse_map_quality *quality, pulse_bundle_writer *bundle,
                           pulse_failure *failure)
{
    int16_t *positions = pulse_need((size_t)songs * 2, sizeof *positions);
    for (size_t i = 0; i < (size_t)songs * 2; ++i)
        positions[i] = (int16_t)lrintf(xy[i] * 32767.0f);
    char landmarks[16], neighbours[16], number[24];
    snprintf(landmarks, sizeof landmarks, "%u", quality->landmarks);
    snprintf(neighbours, sizeof neighbours, "%u", PULSE_MAP_NEIGHBOURS);
    snprintf(number, sizeof number, "%llu", (unsigned long long)seed);
    const pulse_pair metadata[] = {
        {"format", "playlistpulse-map"}, {"version", "1"},         {"method", "umap"},
        {"neighbours", neighbours},      {"landmarks", landmarks}, {"seed", number}};
    const pulse_tensor tensor = {"position", PULSE_I16, 2,
                                 {songs, 2}, positions, (size_t)songs * 2 * sizeof *positions};
    uint8_t *bytes = NULL;
    size_t size = 0;
    pulse_error error;
    int code = 0;
    if (pulse_safetensors_write(&tensor, 1, metadata, sizeof metadata / sizeof *metadata, &bytes,
                                &size, &error) != PULSE_OK)
        code = pulse_failure_core(failure, &error);
    else
        code = pulse_bundle_writer_add(bundle, "map", "safetensors", bytes, size, failure);
    pulse_bytes_free(bytes);
    free(positions);
    return code;
}

int pulse_export_map(const float *latents, uint32_t songs, uint32_t dimensions, uint64_t seed,
                     pulse_bundle_writer *bundle, cJSON **quality, pulse_failure *failure)
{
    *quality = NULL;
    float *xy = pulse_need((size_t)songs * 2, sizeof *xy);
    pulse_map_quality measured;
    pulse_map_params params = pulse_map_params_default();
    params.seed = seed;
    int code = pulse_map_make(latents, songs, dimensions, &params, xy, &measured, failure);
    if (!code)
        code = write_positions(xy, songs, seed, &measured, bundle, failure);
    free(xy);
    if (!code) {
        *quality = describe(&measured);
        pulse_note("map: %u songs, trustworthiness %.3f at %u neighbours", songs,
                   measured.trustworthiness, measured.neighbours);
    }
    return code;
}
