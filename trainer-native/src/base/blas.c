#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "base/blas.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

static const size_t buffer_size = (size_t)128 << 20;

int pulse_blas_check_threads(uint32_t threads, pulse_failure *failure)
{
    static uint32_t taken; /* OpenBLAS has its buffers for the process, and keeps them */
    if (threads <= taken)
        return 0;
    const size_t size = (threads - taken) * buffer_size;
    void *buffer = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (buffer == MAP_FAILED)
        return pulse_failure_set(
            failure, PULSE_EXIT_FAILED,
            "OpenBLAS needs 128 MiB of memory for each of %u threads to work in: "
            "%s",
            threads, strerror(errno));
    munmap(buffer, size);
    taken = threads;
    return 0;
}

int pulse_blas_check(pulse_failure *failure)
{
    return pulse_blas_check_threads(1, failure);
}
