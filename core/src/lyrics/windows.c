#include "lyrics/windows.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

/* ---- which tokens continue a word ---- */

pulse_status pulse_continuations_read(const uint8_t *vocab, size_t bytes, pulse_continuations *out,
                                      pulse_error *error)
{
    size_t lines = 1;
    for (size_t i = 0; i < bytes; ++i)
        lines += vocab[i] == '\n';
    *out = (pulse_continuations){.bits = pulse_calloc(lines / 8 + 1, 1), .count = lines};
    if (!out->bits)
        return pulse_out_of_memory(error);
    size_t id = 0;
    for (size_t start = 0; start < bytes; ++id) {
        if (bytes - start > 2 && vocab[start] == '#' && vocab[start + 1] == '#' &&
            vocab[start + 2] != '\n')
            out->bits[id / 8] |= (uint8_t)(1u << id % 8);
        const uint8_t *end = memchr(vocab + start, '\n', bytes - start);
        start = end ? (size_t)(end - vocab) + 1 : bytes;
    }
    return PULSE_OK;
}

void pulse_continuations_free(pulse_continuations *continuations)
{
    pulse_free(continuations->bits);
    *continuations = (pulse_continuations){0};
}

static bool continues_word(const pulse_continuations *continuations, uint32_t id)
{
    return id < continuations->count && (continuations->bits[id / 8] >> id % 8 & 1);
}

/* ---- cutting ---- */

pulse_windows pulse_windows_start(const uint32_t *ids, size_t count, size_t room,
                                  const pulse_continuations *continuations)
{
    size_t windows = count / room + (count % room != 0);
    if (windows == 0)
        windows = 1;
    if (windows > PULSE_ENCODER_MAX_WINDOWS) {
        windows = PULSE_ENCODER_MAX_WINDOWS;
        count = windows * room;
    }
    return (pulse_windows){
        .ids = ids, .count = count, .left = windows, .room = room, .continuations = continuations};
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The cut nearest to `cut` in [least, most] that is between words, or `cut` where there is none. */
static size_t between_words(const pulse_windows *windows, size_t cut, size_t least, size_t most)
{
    for (size_t distance = 0; cut - least >= distance || most - cut >= distance; ++distance) {
        if (cut - least >= distance &&
            !continues_word(windows->continuations, windows->ids[cut - distance]))
            return cut - distance;
        if (most - cut >= distance &&
            !continues_word(windows->continuations, windows->ids[cut + distance]))
            return cut + distance;
    }
    return cut;
}

void pulse_windows_next(pulse_windows *windows, size_t *first, size_t *count)
{
    const size_t rest = windows->count - windows->next;
    const size_t others = --windows->left;
    size_t length = rest;
    if (others > 0) {
        const size_t even = (rest + others) / (others + 1);
        /* Not far from even; and what is cut must fit in here, what is left in the others, which
         * get one each. */
        const size_t room = windows->room;
        const size_t least =
            larger(even - even / 4, rest > others * room ? rest - others * room : 1);
        const size_t most = smaller(even + even / 4, smaller(room, rest - others));
        length = between_words(windows, windows->next + even, windows->next + least,
                               windows->next + most) -
                 windows->next;
    }
    *first = windows->next;
    *count = length;
    windows->next += length;
}
