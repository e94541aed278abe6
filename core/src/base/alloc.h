/* The one door to the heap, so that tests can make the n-th allocation fail. */
#ifndef PULSE_BASE_ALLOC_H
#define PULSE_BASE_ALLOC_H

#include <stddef.h>

/* NULL when memory is out. A size of 0 gives a pointer that may be freed. */
void *pulse_malloc(size_t size);
/* Zeroed; NULL also where count * size overflows. */
void *pulse_calloc(size_t count, size_t size);
/* [count] elements uninitialised; NULL also where count * size overflows. */
void *pulse_malloc_array(size_t count, size_t size);
/* As realloc to count * size; on NULL the old block is untouched. */
void *pulse_realloc_array(void *block, size_t count, size_t size);
void pulse_free(void *block);
/* NULL when memory is out. */
char *pulse_strdup(const char *text);

#ifdef PULSE_TEST_ALLOC
/* Tests only: the n-th allocation from now (0: the next) fails, and all after it while `sticky`;
 * a negative n turns this off. Returns how many allocations were made since the last call. */
long pulse_test_fail_allocation(long n, int sticky);
#endif

#endif
