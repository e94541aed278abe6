#include "base/failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int pulse_failure_set(pulse_failure *failure, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(failure->message, sizeof failure->message, format, arguments);
    va_end(arguments);
    failure->code = code;
    failure->next[0] = 0;
    return code;
}

/* "" where the reason alone does not tell. */
static const char *advice(int reason)
{
    switch (reason) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
        return "see that it is there, and that its name is right";
    case EACCES:
    case EPERM:
        return "see who may read and write it (ls -ld), or choose another place";
    case EROFS:
        return "nothing can be written on that file system; choose another place";
    case EISDIR:
        return "move that directory away, or choose another place";
    case ENOSPC:
    case EDQUOT:
        return "make room there, or choose another place, and run the same again";
    case EFBIG:
        return "files may not be as large there, or by ulimit -f; choose another place";
    case EIO:
        return "the disk, or the way to it, may be failing; copy the file elsewhere and try again";
    default:
        return "";
    }
}

int pulse_failure_system(pulse_failure *failure, int code, int reason, const char *format, ...)
{
    char what[sizeof failure->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    pulse_failure_set(failure, code, "%s: %s", what, strerror(reason));
    pulse_failure_advise(failure, "%s", advice(reason));
    return code;
}

void pulse_failure_advise(pulse_failure *failure, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(failure->next, sizeof failure->next, format, arguments);
    va_end(arguments);
}

static int exit_code(pulse_status status)
{
    switch (status) {
    case PULSE_OK:
        return PULSE_EXIT_DONE;
    case PULSE_E_ARGUMENT:
        return PULSE_EXIT_USAGE;
    case PULSE_E_FORMAT:
    case PULSE_E_VERSION:
        return PULSE_EXIT_INPUT;
    case PULSE_E_NOT_FOUND:
        return PULSE_EXIT_NOT_FOUND;
    default:
        return PULSE_EXIT_FAILED;
    }
}

int pulse_failure_core(pulse_failure *failure, const pulse_error *error)
{
    return pulse_failure_set(failure, exit_code(error->status), "%s", error->message);
}

/* Whether the message starts with the path: what the core says of a directory's files does. */
static bool names_path(const char *message, const char *path)
{
    const size_t size = strlen(path);
    return size > 0 && strncmp(message, path, size) == 0 &&
           (message[size] == '/' || message[size] == ':');
}

int pulse_failure_core_file(pulse_failure *failure, const char *path, const pulse_error *error)
{
    int code = exit_code(error->status);
    if (code == PULSE_EXIT_NOT_FOUND || error->status == PULSE_E_IO ||
        error->status == PULSE_E_UNSUPPORTED)
        code = PULSE_EXIT_INPUT;
    if (names_path(error->message, path))
        return pulse_failure_set(failure, code, "%s", error->message);
    return pulse_failure_set(failure, code, "%s: %s", path, error->message);
}

int pulse_failure_interrupted(pulse_failure *failure)
{
    return pulse_failure_set(failure, PULSE_EXIT_FAILED, "interrupted");
}
