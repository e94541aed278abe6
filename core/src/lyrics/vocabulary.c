#include "lyrics/vocabulary.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>
#include <utf8proc.h>

/* A token that is further from its place than this is refused, so that no list of tokens, however
 * it was contrived, makes looking up slow. Among tokens at half load, dozens are rare. */
#define FURTHEST 512

/* ---- hashing: FNV-1a, for its values at every byte are those of the prefixes ---- */

static const uint32_t hash_of_nothing = 2166136261u;

static inline uint32_t hash_on(uint32_t hash, char byte)
{
    return (hash ^ (uint8_t)byte) * 16777619u;
}

static inline uint32_t hash_end(uint32_t hash)
{
    hash = (hash ^ hash >> 15) * 0x2c1b3c6du;
    return hash ^ hash >> 13;
}

static uint32_t hash_text(const char *text, size_t size)
{
    uint32_t hash = hash_of_nothing;
    for (size_t i = 0; i < size; ++i)
        hash = hash_on(hash, text[i]);
    return hash_end(hash);
}

/* The token of this hash that is `mark` [mark_size] and `text` [size] together. */
static inline uint32_t look_up(const pulse_vocabulary *v, uint32_t hash, size_t mark_size,
                               const char *text, size_t size)
{
    for (uint32_t place = hash & v->slot_mask;; place = (place + 1) & v->slot_mask) {
        const pulse_vocabulary_slot slot = v->slots[place];
        if (slot.id == PULSE_NO_TOKEN)
            return PULSE_NO_TOKEN;
        if (slot.hash != hash)
            continue;
        const char *token = v->bytes + v->starts[slot.id];
        if (v->starts[slot.id + 1] - v->starts[slot.id] == mark_size + size &&
            memcmp(token, "##", mark_size) == 0 && memcmp(token + mark_size, text, size) == 0)
            return slot.id;
    }
}

uint32_t pulse_vocabulary_find(const pulse_vocabulary *vocabulary, const char *token, size_t size)
{
    return look_up(vocabulary, hash_text(token, size), 0, token, size);
}

static bool starts_character(char byte)
{
    return ((uint8_t)byte & 0xc0) != 0x80;
}

uint32_t pulse_vocabulary_prefix(const pulse_vocabulary *vocabulary, const char *text, size_t size,
                                 bool continues, size_t *used)
{
    const size_t mark_size = continues ? 2 : 0;
    if (vocabulary->longest <= mark_size)
        return PULSE_NO_TOKEN;
    size_t most = vocabulary->longest - mark_size;
    if (most > size)
        most = size;
    uint32_t hashes[PULSE_VOCABULARY_LONGEST];
    uint32_t hash = hash_of_nothing;
    for (size_t i = 0; i < mark_size; ++i)
        hash = hash_on(hash, '#');
    for (size_t i = 0; i < most; ++i)
        hashes[i] = hash = hash_on(hash, text[i]);
    for (size_t n = most; n > 0; --n) {
        if (n < size && !starts_character(text[n]))
            continue;
        const uint32_t id = look_up(vocabulary, hash_end(hashes[n - 1]), mark_size, text, n);
        if (id != PULSE_NO_TOKEN) {
            *used = n;
            return id;
        }
    }
    return PULSE_NO_TOKEN;
}

/* ---- reading ---- */

static bool is_text(const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        if (text[i] != 0 && (uint8_t)text[i] < 0x80) {
            ++i;
            continue;
        }
        utf8proc_int32_t c;
        const utf8proc_ssize_t used =
            utf8proc_iterate((const utf8proc_uint8_t *)text + i, (utf8proc_ssize_t)(size - i), &c);
        if (used <= 0 || c == 0)
            return false;
        i += (size_t)used;
    }
    return true;
}

/* As much of a token as a message has room for. */
static int shown(const char *token, size_t size)
{
    size_t most = size < 60 ? size : 60;
    while (most < size && most > 0 && !starts_character(token[most]))
        --most;
    return (int)most;
}

static pulse_status add(pulse_vocabulary *v, uint32_t id, pulse_error *error)
{
    const char *token = v->bytes + v->starts[id];
    const size_t size = v->starts[id + 1] - v->starts[id];
    const uint32_t hash = hash_text(token, size);
    const uint32_t twin = look_up(v, hash, 0, token, size);
    if (twin != PULSE_NO_TOKEN)
        return pulse_fail(error, PULSE_E_FORMAT,
                          "vocabulary: lines %u and %u are the same token, \"%.*s\"",
                          (unsigned)twin + 1, (unsigned)id + 1, shown(token, size), token);
    uint32_t place = hash & v->slot_mask;
    for (uint32_t steps = 0; v->slots[place].id != PULSE_NO_TOKEN; ++steps) {
        if (steps == FURTHEST)
            return pulse_fail(error, PULSE_E_FORMAT,
                              "vocabulary: line %u: too many tokens have one hash: not the "
                              "vocabulary of a language",
                              (unsigned)id + 1);
        place = (place + 1) & v->slot_mask;
    }
    v->slots[place] = (pulse_vocabulary_slot){hash, id};
    return PULSE_OK;
}

static pulse_status count_lines(const uint8_t *text, size_t bytes, uint32_t *lines,
                                pulse_error *error)
{
    *lines = 0;
    for (size_t i = 0; i < bytes;) {
        if (++*lines > PULSE_VOCABULARY_MAX_TOKENS)
            return pulse_fail(error, PULSE_E_FORMAT,
                              "vocabulary: there are more than %d lines, the most that is read",
                              PULSE_VOCABULARY_MAX_TOKENS);
        const uint8_t *end = memchr(text + i, '\n', bytes - i);
        const size_t length = end ? (size_t)(end - (text + i)) : bytes - i;
        if (length > PULSE_VOCABULARY_LONGEST + 1) /* a CR is not counted yet */
            return pulse_fail(error, PULSE_E_FORMAT,
                              "vocabulary: line %u is longer than %d bytes, the longest token that "
                              "is read",
                              (unsigned)*lines, PULSE_VOCABULARY_LONGEST);
        i += length + 1;
    }
    return PULSE_OK;
}

static pulse_status allocate(pulse_vocabulary *v, uint32_t lines, size_t bytes, pulse_error *error)
{
    uint32_t slots = 16;
    while (slots < 2 * lines)
        slots *= 2;
    v->slot_mask = slots - 1;
    v->bytes = pulse_malloc(bytes);
    v->starts = pulse_malloc_array(lines + 1, sizeof *v->starts);
    v->slots = pulse_malloc_array(slots, sizeof *v->slots);
    if (!v->bytes || !v->starts || !v->slots)
        return pulse_out_of_memory(error);
    memset(v->slots, 0xff, slots * sizeof *v->slots); /* PULSE_NO_TOKEN */
    return PULSE_OK;
}

/* The next line becomes the token `v->count`. */
static pulse_status read_line(pulse_vocabulary *v, const uint8_t *line, size_t size,
                              pulse_error *error)
{
    const unsigned number = (unsigned)v->count + 1;
    if (size > 0 && line[size - 1] == '\r')
        --size;
    if (size == 0)
        return pulse_fail(error, PULSE_E_FORMAT, "vocabulary: line %u is empty", number);
    if (size > PULSE_VOCABULARY_LONGEST)
        return pulse_fail(error, PULSE_E_FORMAT,
                          "vocabulary: line %u is longer than %d bytes, the longest token that is "
                          "read",
                          number, PULSE_VOCABULARY_LONGEST);
    if (!is_text((const char *)line, size))
        return pulse_fail(error, PULSE_E_FORMAT, "vocabulary: line %u is not UTF-8 text", number);
    const uint32_t start = v->starts[v->count];
    memcpy(v->bytes + start, line, size);
    v->starts[v->count + 1] = start + (uint32_t)size;
    if (size > v->longest)
        v->longest = (uint32_t)size;
    pulse_status status = add(v, v->count, error);
    if (status == PULSE_OK)
        ++v->count;
    return status;
}

pulse_status pulse_vocabulary_read(const uint8_t *text, size_t bytes, pulse_vocabulary *out,
                                   pulse_error *error)
{
    *out = (pulse_vocabulary){0};
    uint32_t lines;
    /* At most a million lines of at most 1 KiB: 32 bits count the bytes. */
    pulse_status status = count_lines(text, bytes, &lines, error);
    if (status == PULSE_OK)
        status = allocate(out, lines, bytes, error);
    if (status != PULSE_OK)
        return status;
    out->starts[0] = 0;
    for (size_t i = 0; i < bytes && status == PULSE_OK;) {
        const uint8_t *end = memchr(text + i, '\n', bytes - i);
        const size_t size = end ? (size_t)(end - (text + i)) : bytes - i;
        status = read_line(out, text + i, size, error);
        i += size + 1;
    }
    return status;
}

void pulse_vocabulary_free(pulse_vocabulary *vocabulary)
{
    pulse_free(vocabulary->bytes);
    pulse_free(vocabulary->starts);
    pulse_free(vocabulary->slots);
    *vocabulary = (pulse_vocabulary){0};
}
