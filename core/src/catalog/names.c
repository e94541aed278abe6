#include "catalog/names.h"

#include "base/alloc.h"

#include <string.h>

void pulse_names_free(pulse_names *names)
{
    pulse_buffer_free(&names->bytes);
    pulse_free(names->ends);
    pulse_free(names->slots);
    *names = (pulse_names){0};
}

/* FNV-1a, with its bits mixed once more so that the low ones are good for a table. */
uint32_t pulse_hash_bytes(const void *bytes, size_t size)
{
    const unsigned char *p = bytes;
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; ++i)
        hash = (hash ^ p[i]) * 0x100000001b3u;
    hash ^= hash >> 32;
    hash *= 0x9e3779b97f4a7c15u;
    return (uint32_t)(hash >> 32);
}

const char *pulse_names_get(const pulse_names *names, uint32_t number, size_t *size)
{
    uint32_t start = number ? names->ends[number - 1] : 0;
    *size = names->ends[number] - start;
    return names->bytes.data ? names->bytes.data + start : "";
}

/* The slot that holds `name`, or the free one where it belongs. There is always a free one. */
static uint32_t slot_of(const pulse_names *names, const char *name, size_t size)
{
    uint32_t mask = names->slot_count - 1;
    uint32_t slot = pulse_hash_bytes(name, size) & mask;
    for (;; slot = (slot + 1) & mask) {
        uint32_t entry = names->slots[slot];
        if (!entry)
            return slot;
        size_t other_size;
        const char *other = pulse_names_get(names, entry - 1, &other_size);
        if (other_size == size && (size == 0 || memcmp(other, name, size) == 0))
            return slot;
    }
}

/* Room for one more name, with the table at most half full. */
static bool grow(pulse_names *names)
{
    if (names->count == names->capacity) {
        if (names->capacity > UINT32_MAX / 4)
            return false;
        uint32_t capacity = names->capacity ? names->capacity * 2 : 64;
        uint32_t *ends = pulse_realloc_array(names->ends, capacity, sizeof *ends);
        if (!ends)
            return false;
        names->ends = ends;
        names->capacity = capacity;
    }
    if (names->slot_count / 2 > names->count)
        return true;
    uint32_t slot_count = names->slot_count ? names->slot_count * 2 : 128;
    uint32_t *slots = pulse_calloc(slot_count, sizeof *slots);
    if (!slots)
        return false;
    pulse_free(names->slots);
    names->slots = slots;
    names->slot_count = slot_count;
    for (uint32_t i = 0; i < names->count; ++i) {
        size_t size;
        const char *name = pulse_names_get(names, i, &size);
        names->slots[slot_of(names, name, size)] = i + 1;
    }
    return true;
}

uint32_t pulse_names_add(pulse_names *names, const char *name, size_t size)
{
    if (!grow(names))
        return PULSE_NAMES_NONE;
    uint32_t slot = slot_of(names, name, size);
    if (names->slots[slot])
        return names->slots[slot] - 1;
    if (size > UINT32_MAX - names->bytes.size || !pulse_buffer_append(&names->bytes, name, size))
        return PULSE_NAMES_NONE;
    names->ends[names->count] = (uint32_t)names->bytes.size;
    names->slots[slot] = ++names->count;
    return names->count - 1;
}
