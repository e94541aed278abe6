/* The names of the ways of computing. */
#include "pulse.h"

const char *pulse_compute_name(pulse_compute compute)
{
    switch (compute) {
    case PULSE_COMPUTE_AUTO:
        return "auto";
    case PULSE_COMPUTE_F32:
        return "f32";
    case PULSE_COMPUTE_F32_INT8:
        return "f32-int8";
    case PULSE_COMPUTE_INT8:
        return "int8";
    case PULSE_COMPUTE_INT16:
        return "int16";
    case PULSE_COMPUTE_PORTABLE:
        return "portable";
    }
    return "unknown";
}
