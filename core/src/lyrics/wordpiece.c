#include "lyrics/wordpiece.h"

size_t pulse_wordpiece(const pulse_vocabulary *vocabulary, const char *word, size_t size,
                       uint32_t pieces[PULSE_LONGEST_WORD])
{
    size_t count = 0;
    for (size_t start = 0, used = 0; start < size; start += used) {
        const uint32_t id =
            pulse_vocabulary_prefix(vocabulary, word + start, size - start, start > 0, &used);
        if (id == PULSE_NO_TOKEN || count == PULSE_LONGEST_WORD)
            return 0;
        pieces[count++] = id;
    }
    return count;
}
