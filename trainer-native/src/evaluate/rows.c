#include "evaluate/rows.h"

#include <string.h>

static void take(const void *context, const uint32_t *songs, uint32_t count, float *out)
{
    const pulse_matrix *matrix = context;
    for (uint32_t i = 0; i < count; ++i)
        memcpy(out + (size_t)i * matrix->width, matrix->values + (size_t)songs[i] * matrix->width,
               matrix->width * sizeof *out);
}

pulse_rows pulse_matrix_rows(const pulse_matrix *matrix)
{
    return (pulse_rows){matrix->width, take, matrix};
}
