#ifndef PULSE_BASE_ERROR_H
#define PULSE_BASE_ERROR_H

#include "pulse.h"

#if defined(__GNUC__)
#define PULSE_PRINTF(text, arguments) __attribute__((__format__(__printf__, text, arguments)))
#else
#define PULSE_PRINTF(text, arguments)
#endif

/* Fills `error` (may be NULL). */
void pulse_error_set(pulse_error *error, pulse_status status, const char *format, ...)
    PULSE_PRINTF(3, 4);

/* Fills `error` and is `status`: `return pulse_fail(error, PULSE_E_IO, ...)`. A macro, so that a
 * compiler and an analyser see that what failed is not PULSE_OK. */
#define pulse_fail(error, status, ...)                                                             \
    (pulse_error_set((error), (status), __VA_ARGS__), (pulse_status)(status))

/* Puts "<text>: " in front of the message that a callee left: adds the file it was about. */
pulse_status pulse_fail_in(pulse_error *error, pulse_status status, const char *where);

static inline pulse_status pulse_out_of_memory(pulse_error *error)
{
    return pulse_fail(error, PULSE_E_NO_MEMORY, "out of memory");
}

#endif
