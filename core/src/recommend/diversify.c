#include "recommend/diversify.h"

#include "base/alloc.h"
#include "base/error.h"

/* The best candidates that compete for the next pick. Even with a diversity of 1 a pick is one of
 * these: unlike the others, but still near the seeds. */
#define POOL 512
/* A pick is compared with this many picks before it: what is further up the list is out of sight.
 */
#define WINDOW 64

typedef struct candidate_pool {
    uint32_t songs[POOL];
    float nearest[POOL]; /* the similarity to the most similar pick in the window */
    size_t count;
} candidate_pool;

static float nearest_pick(const pulse_index *index, uint32_t song, const pulse_pick *picks,
                          size_t count)
{
    float nearest = 0.0f;
    for (size_t i = count > WINDOW ? count - WINDOW : 0; i < count; ++i) {
        float similarity = pulse_index_similarity(index, song, picks[i].song);
        nearest = similarity > nearest ? similarity : nearest;
    }
    return nearest;
}

/* Drops what the last pick ruled out, and accounts for the pick in the rest. */
static void account(candidate_pool *pool, const pulse_selection *selection,
                    const pulse_index *index, uint32_t picked)
{
    size_t kept = 0;
    for (size_t i = 0; i < pool->count; ++i) {
        const uint32_t song = pool->songs[i];
        if (song == picked || !pulse_selection_allows(selection, song))
            continue;
        float similarity = pulse_index_similarity(index, song, picked);
        pool->nearest[kept] = similarity > pool->nearest[i] ? similarity : pool->nearest[i];
        pool->songs[kept++] = song;
    }
    pool->count = kept;
}

pulse_status pulse_diversify(pulse_selection *selection, const pulse_index *index,
                             pulse_pick *picks, size_t limit, size_t *count, pulse_error *error)
{
    *count = 0;
    candidate_pool *pool = pulse_calloc(1, sizeof *pool);
    if (!pool)
        return pulse_out_of_memory(error);
    const float diversity = selection->query->diversity;
    size_t n = 0;
    while (n < limit) {
        uint32_t song;
        while (pool->count < POOL && pulse_selection_next(selection, &song)) {
            pool->nearest[pool->count] = nearest_pick(index, song, picks, n);
            pool->songs[pool->count++] = song;
        }
        if (!pool->count)
            break;
        size_t best = 0;
        float best_value = 0.0f;
        for (size_t i = 0; i < pool->count; ++i) {
            const uint32_t candidate = pool->songs[i];
            float value =
                (1.0f - diversity) * selection->scores[candidate] - diversity * pool->nearest[i];
            if (i == 0 || value > best_value ||
                (value == best_value && candidate < pool->songs[best])) {
                best = i;
                best_value = value;
            }
        }
        const uint32_t picked = pool->songs[best];
        picks[n++] = (pulse_pick){picked, selection->scores[picked]};
        pulse_selection_mark(selection, picked);
        account(pool, selection, index, picked);
    }
    pulse_selection_return(selection, pool->songs, pool->count);
    pulse_free(pool);
    *count = n;
    return PULSE_OK;
}
