#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "base/blas.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

static const size_t buffer_size = (size_t)128 << 20;

int pulse_blas_check(pulse_failure *failure)
{
    static bool taken; /* OpenBLAS has one buffer for the process, and keeps it */
    if (taken)
        return 0;
    void *buffer =
        mmap(NULL, buffer_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (buffer == MAP_FAILED)
        return pulse_failure_set(failure, PULSE_EXIT_FAILED,
                                 "OpenBLAS needs 128 MiB of memory to work in: %s",
                                 strerror(errno));
    munmap(buffer, buffer_size);
    taken = true;
    return 0;
}
