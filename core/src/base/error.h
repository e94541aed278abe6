#ifndef PULSE_BASE_ERROR_H
#define PULSE_BASE_ERROR_H

#include "pulse.h"

#if defined(__GNUC__)
#define PULSE_PRINTF(text, arguments) __attribute__((__format__(__printf__, text, arguments)))
#else
#define PULSE_PRINTF(text, arguments)
#endif

/* Fills `error` (may be NULL) and returns `status`: `return pulse_fail(error, PULSE_E_IO, ...)`. */
pulse_status pulse_fail(pulse_error *error, pulse_status status, const char *format, ...)
    PULSE_PRINTF(3, 4);

/* Puts "<text>: " in front of the message that a callee left: adds the file it was about. */
pulse_status pulse_fail_in(pulse_error *error, pulse_status status, const char *where);

pulse_status pulse_out_of_memory(pulse_error *error);

#endif
