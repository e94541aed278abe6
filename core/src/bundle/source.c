/* A bundle's files from a directory. POSIX; a page brings a source of its own. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "pulse.h"

#include "base/alloc.h"
#include "base/error.h"
#include "bundle/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directory is held open, so that a bundle that is replaced by renaming directories stays the
 * one that was opened. */
typedef struct directory {
    int descriptor;
    char *path; /* for messages */
} directory;

static pulse_status status_of(int number)
{
    if (number == ENOENT)
        return PULSE_E_NOT_FOUND;
    return number == ENOMEM ? PULSE_E_NO_MEMORY : PULSE_E_IO;
}

/* strerror: thread-safe in glibc since 2.32 and in musl. */
static pulse_status fail_errno(const directory *from, const char *name, int number,
                               pulse_error *error)
{
    return pulse_fail(error, status_of(number), "%s/%s: %s", from->path, name, strerror(number));
}

/* Reads until `size` bytes or the end of the file; how many into `*got`. */
static int read_up_to(int descriptor, uint8_t *data, size_t size, size_t *got)
{
    *got = 0;
    while (*got < size) {
        ssize_t count = read(descriptor, data + *got, size - *got);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return errno;
        if (count == 0)
            break;
        *got += (size_t)count;
    }
    return 0;
}

static pulse_status read_open_file(const directory *from, const char *name, int descriptor,
                                   const uint8_t **out, size_t *out_size, pulse_error *error)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        return fail_errno(from, name, errno, error);
    if (!S_ISREG(about.st_mode))
        return pulse_fail(error, PULSE_E_IO, "%s/%s: not a regular file", from->path, name);
    if (about.st_size < 0 || (uint64_t)about.st_size > PULSE_BUNDLE_MAX_FILE)
        return pulse_fail(error, PULSE_E_FORMAT, "%s/%s: is %lld bytes, the limit is %llu",
                          from->path, name, (long long)about.st_size,
                          (unsigned long long)PULSE_BUNDLE_MAX_FILE);
    size_t size = (size_t)about.st_size;
    /* One byte more than there should be, to see a file that grew since. */
    uint8_t *data = pulse_malloc(size + 1);
    if (!data)
        return pulse_out_of_memory(error);
    size_t got;
    int number = read_up_to(descriptor, data, size + 1, &got);
    if (number != 0) {
        pulse_free(data);
        return fail_errno(from, name, number, error);
    }
    if (got != size) {
        pulse_free(data);
        return pulse_fail(error, PULSE_E_IO, "%s/%s: changed while it was read", from->path, name);
    }
    *out = data;
    *out_size = size;
    return PULSE_OK;
}

static pulse_status directory_open(void *context, const char *name, const uint8_t **data,
                                   size_t *size, pulse_error *error)
{
    const directory *from = context;
    *data = NULL;
    *size = 0;
    if (!pulse_bundle_name_is_safe(name))
        return pulse_fail(error, PULSE_E_ARGUMENT, "a bundle cannot have a file of such a name");
    /* O_NONBLOCK: opening a FIFO would wait for a writer. */
    int descriptor = openat(from->descriptor, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        return fail_errno(from, name, errno, error);
    pulse_status status = read_open_file(from, name, descriptor, data, size, error);
    close(descriptor);
    return status;
}

static void directory_close(void *context, const uint8_t *data, size_t size)
{
    (void)context;
    (void)size;
    pulse_free((void *)(uintptr_t)data);
}

static void directory_destroy(void *context)
{
    directory *from = context;
    close(from->descriptor);
    pulse_free(from->path);
    pulse_free(from);
}

pulse_status pulse_directory_source(const char *path, pulse_source *out, pulse_error *error)
{
    *out = (pulse_source){0};
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (descriptor < 0)
        return pulse_fail(error, status_of(errno), "%s: %s", path, strerror(errno));
    directory *from = pulse_malloc(sizeof *from);
    char *copy = pulse_strdup(path);
    if (!from || !copy) {
        pulse_free(from);
        pulse_free(copy);
        close(descriptor);
        return pulse_out_of_memory(error);
    }
    *from = (directory){.descriptor = descriptor, .path = copy};
    *out = (pulse_source){.context = from,
                          .open = directory_open,
                          .close = directory_close,
                          .destroy = directory_destroy};
    return PULSE_OK;
}

void pulse_source_close(pulse_source *source)
{
    if (!source)
        return;
    if (source->destroy)
        source->destroy(source->context);
    *source = (pulse_source){0};
}
