/* What XNNPACK says, in our words. */
#ifndef PULSE_NN_XNN_H
#define PULSE_NN_XNN_H

#include "pulse.h"

#include <xnnpack.h>

/* `doing` completes "XNNPACK: ... failed". */
pulse_status pulse_from_xnn(enum xnn_status status, const char *doing, pulse_error *error);

#endif
