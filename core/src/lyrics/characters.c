#include "lyrics/characters.h"

#include <utf8proc.h>

/* The table's letters. */
enum {
    D = PULSE_CHARACTER_DROPPED,
    S = PULSE_CHARACTER_SPACE,
    P = PULSE_CHARACTER_PUNCTUATION,
    M = PULSE_CHARACTER_MARK,
    O = PULSE_CHARACTER_OTHER
};

static const pulse_character_range ranges[] = {
#include "lyrics/characters_table.h"
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

const pulse_character_range *pulse_character_ranges(size_t *count)
{
    *count = COUNT(ranges);
    return ranges;
}

pulse_character pulse_character_of(int32_t c)
{
    size_t low = 0;
    size_t high = COUNT(ranges);
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (ranges[middle].last < c)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < COUNT(ranges) && ranges[low].first <= c)
        return ranges[low].character;
    return (pulse_character){PULSE_CHARACTER_OTHER, 0};
}

static bool within(int32_t c, int32_t first, int32_t last)
{
    return c >= first && c <= last;
}

bool pulse_character_is_ideograph(int32_t c)
{
    return within(c, 0x4e00, 0x9fff) || within(c, 0x3400, 0x4dbf) || within(c, 0xf900, 0xfaff) ||
           within(c, 0x20000, 0x2a6df) || within(c, 0x2a700, 0x2b81f) ||
           within(c, 0x2b920, 0x2ceaf) || within(c, 0x2f800, 0x2fa1f);
}

/* Capitals of Unicode 16 and 17; the oldest utf8proc in use here is of Unicode 15. */
static int32_t young_lower(int32_t c)
{
    if (within(c, 0x10d50, 0x10d65)) /* Garay */
        return c + 0x20;
    if (within(c, 0x16ea0, 0x16eb8)) /* Beria Erfe */
        return c + 0x1b;
    switch (c) {
    case 0x1c89:
    case 0xa7cc:
    case 0xa7ce:
    case 0xa7d2:
    case 0xa7d4:
    case 0xa7da:
        return c + 1;
    case 0xa7cb:
        return 0x264;
    case 0xa7dc:
        return 0x19b;
    default:
        return c;
    }
}

int32_t pulse_character_lower(int32_t c)
{
    const int32_t lower = young_lower(c);
    return lower != c ? lower : utf8proc_tolower(c);
}

bool pulse_character_may_decompose(int32_t c)
{
    /* Of these ones, Unicode 9 has a few; below them, nothing that decomposes is younger. */
    static const struct {
        int32_t first;
        int32_t last;
    } old[] = {{0x1109a, 0x1109a}, {0x1109c, 0x1109c}, {0x110ab, 0x110ab}, {0x1112e, 0x1112f},
               {0x1134b, 0x1134c}, {0x114bb, 0x114bc}, {0x114be, 0x114be}, {0x115ba, 0x115bb},
               {0x1d15e, 0x1d164}, {0x1d1bb, 0x1d1c0}, {0x2f800, 0x2fa1d}};
    if (c < 0x10000)
        return true;
    for (size_t i = 0; i < COUNT(old); ++i)
        if (within(c, old[i].first, old[i].last))
            return true;
    return false;
}
