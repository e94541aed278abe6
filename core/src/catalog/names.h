/* Distinct byte strings, numbered in the order they first come. */
#ifndef PULSE_CATALOG_NAMES_H
#define PULSE_CATALOG_NAMES_H

#include "base/buffer.h"

#include <stdint.h>

/* Zero-initialise; free with pulse_names_free. */
typedef struct pulse_names {
    pulse_buffer bytes; /* all of them, one after another */
    uint32_t *ends;     /* [count] where each ends in `bytes` */
    uint32_t *slots;    /* [slot_count] number + 1, or 0: an open-addressed hash table */
    uint32_t count;
    uint32_t capacity;   /* of ends */
    uint32_t slot_count; /* a power of two */
} pulse_names;

#define PULSE_NAMES_NONE UINT32_MAX

void pulse_names_free(pulse_names *names);

/* The number of `name`, which is added where it is new; PULSE_NAMES_NONE when memory is out (or
 * 4 GiB of names are reached). */
uint32_t pulse_names_add(pulse_names *names, const char *name, size_t size);

/* `*size` bytes, not terminated. */
const char *pulse_names_get(const pulse_names *names, uint32_t number, size_t *size);

uint32_t pulse_hash_bytes(const void *bytes, size_t size);

#endif
