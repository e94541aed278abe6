#include "cli/suggest.h"

#include <stdint.h>
#include <string.h>

enum { LONGEST = 31 }; /* names are short, and what is typed instead of one is hardly longer */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters to insert, remove, replace or swap with their neighbour: Damerau and Levenshtein's
 * distance, each pair swapped at most once. Both at most LONGEST long. */
static size_t distance(const char *a, const char *b)
{
    const size_t a_size = strlen(a), b_size = strlen(b);
    size_t rows[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= a_size; ++i) {
        for (size_t j = 0; j <= b_size; ++j) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            const size_t other = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            rows[i][j] = least(other, least(rows[i - 1][j], rows[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[i][j] = least(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    }
    return rows[a_size][b_size];
}

void pulse_suggestion_offer(pulse_suggestion *suggestion, const char *name)
{
    const size_t typed = strlen(suggestion->typed), size = strlen(name);
    if (typed == 0 || typed > LONGEST || size > LONGEST)
        return;
    size_t far = distance(suggestion->typed, name);
    /* What was begun rightly and not finished is near, however long the rest. */
    const size_t common = least(typed, size);
    if (common >= 2 && memcmp(suggestion->typed, name, common) == 0)
        far = 1;
    const size_t limit = common <= 5 ? 1 : common / 3;
    if (far > limit || (suggestion->best && far >= suggestion->distance))
        return;
    suggestion->best = name;
    suggestion->distance = far;
}
