#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *pulse_status_name(pulse_status status)
{
    switch (status) {
    case PULSE_OK:
        return "ok";
    case PULSE_E_NO_MEMORY:
        return "out of memory";
    case PULSE_E_ARGUMENT:
        return "bad argument";
    case PULSE_E_IO:
        return "input/output error";
    case PULSE_E_FORMAT:
        return "damaged file";
    case PULSE_E_VERSION:
        return "unknown format version";
    case PULSE_E_NOT_FOUND:
        return "not found";
    case PULSE_E_UNSUPPORTED:
        return "not supported";
    case PULSE_E_INTERNAL:
        return "internal error";
    }
    return "unknown status";
}

void pulse_error_set(pulse_error *error, pulse_status status, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        error->status = status;
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
}

pulse_status pulse_fail_in(pulse_error *error, pulse_status status, const char *where)
{
    if (error) {
        char message[sizeof error->message];
        snprintf(message, sizeof message, "%s", error->message);
        /* The cut, where it comes, falls on the tail of the sentence. */
        size_t used = (size_t)snprintf(error->message, sizeof error->message, "%s: ", where);
        if (used < sizeof error->message) {
            size_t room = sizeof error->message - used - 1;
            size_t length = strlen(message);
            if (length > room)
                length = room;
            memcpy(error->message + used, message, length);
            error->message[used + length] = '\0';
        }
        error->status = status;
    }
    return status;
}
