#include "nn/xnn.h"

#include "base/error.h"

pulse_status pulse_from_xnn(enum xnn_status status, const char *doing, pulse_error *error)
{
    switch (status) {
    case xnn_status_success:
        return PULSE_OK;
    case xnn_status_out_of_memory:
        return pulse_out_of_memory(error);
    case xnn_status_unsupported_hardware:
        return pulse_fail(error, PULSE_E_UNSUPPORTED,
                          "XNNPACK has no kernels for this processor (%s)", doing);
    default:
        return pulse_fail(error, PULSE_E_INTERNAL, "XNNPACK: %s failed with status %d", doing,
                          (int)status);
    }
}
