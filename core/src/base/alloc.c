#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef PULSE_TEST_ALLOC
/* Test builds only: the library proper keeps no state. */
static long allocations;
static long fail_at = -1;
static int fail_sticky;

long pulse_test_fail_allocation(long n, int sticky)
{
    long made = allocations;
    allocations = 0;
    fail_at = n;
    fail_sticky = sticky;
    return made;
}

static int fails_now(void)
{
    long current = allocations++;
    return fail_at >= 0 && (current == fail_at || (fail_sticky && current > fail_at));
}
#else
static int fails_now(void)
{
    return 0;
}
#endif

void *pulse_malloc(size_t size)
{
    return fails_now() ? NULL : malloc(size ? size : 1);
}

void *pulse_calloc(size_t count, size_t size)
{
    if (fails_now())
        return NULL;
    return count && size ? calloc(count, size) : calloc(1, 1);
}

void *pulse_malloc_array(size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return pulse_malloc(count * size);
}

void *pulse_realloc_array(void *block, size_t count, size_t size)
{
    if (fails_now() || (size && count > SIZE_MAX / size))
        return NULL;
    size_t bytes = count * size;
    return realloc(block, bytes ? bytes : 1);
}

void pulse_free(void *block)
{
    free(block);
}

char *pulse_strdup(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = pulse_malloc(bytes);
    if (copy)
        memcpy(copy, text, bytes);
    return copy;
}
