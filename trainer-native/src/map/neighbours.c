#include "map/neighbours.h"

#include <cblas.h>
#include <stdlib.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/log.h"

enum { QUERIES = 128, CANDIDATES = 1024, PARTS_BETWEEN_REPORTS = 32 };

typedef struct task {
    const pulse_map_search *search;
    uint32_t first_part; /* parts are counted from it */
    uint32_t *songs;
    float *cosines;
    float *scores; /* [threads, QUERIES, CANDIDATES] */
} task;

/* Into a list of `room`, of which `*used` are taken, falling. */
static void offer(float *cosines, uint32_t *songs, uint32_t *used, uint32_t room, float score,
                  uint32_t song)
{
    uint32_t at = *used < room ? (*used)++ : room - 1;
    while (at > 0 && cosines[at - 1] < score) {
        cosines[at] = cosines[at - 1];
        songs[at] = songs[at - 1];
        --at;
    }
    cosines[at] = score;
    songs[at] = song;
}

static void find(void *context, uint32_t part, uint32_t thread)
{
    const task *t = context;
    const pulse_map_search *s = t->search;
    const uint32_t first = (t->first_part + part) * QUERIES, width = s->dimensions;
    const uint32_t some = s->query_count - first < QUERIES ? s->query_count - first : QUERIES;
    float *scores = t->scores + (size_t)thread * QUERIES * CANDIDATES;
    uint32_t used[QUERIES] = {0};
    for (uint32_t c = 0; c < s->candidate_count; c += CANDIDATES) {
        const uint32_t block =
            s->candidate_count - c < CANDIDATES ? s->candidate_count - c : CANDIDATES;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)some, (int)block, (int)width,
                    1.0f, s->queries + (size_t)first * width, (int)width,
                    s->candidates + (size_t)c * width, (int)width, 0.0f, scores, CANDIDATES);
        for (uint32_t q = 0; q < some; ++q) {
            const float *row = scores + (size_t)q * CANDIDATES;
            float *cosines = t->cosines + (size_t)(first + q) * s->count;
            uint32_t *songs = t->songs + (size_t)(first + q) * s->count;
            for (uint32_t k = 0; k < block; ++k) {
                if (used[q] == s->count && row[k] <= cosines[s->count - 1])
                    continue;
                if (!s->same || c + k != first + q)
                    offer(cosines, songs, &used[q], s->count, row[k], c + k);
            }
        }
    }
}

int pulse_map_nearest(const pulse_map_search *search, pulse_parallel *parallel, uint32_t *songs,
                      float *cosines, pulse_failure *failure)
{
    const uint32_t parts = (search->query_count + QUERIES - 1) / QUERIES;
    task t = {.search = search, .songs = songs, .cosines = cosines};
    t.scores = pulse_need((size_t)pulse_parallel_threads(parallel) * QUERIES * CANDIDATES,
                          sizeof *t.scores);
    int code = 0;
    for (uint32_t part = 0; part < parts && !code; part += PARTS_BETWEEN_REPORTS) {
        const uint32_t some =
            parts - part < PARTS_BETWEEN_REPORTS ? parts - part : PARTS_BETWEEN_REPORTS;
        t.first_part = part;
        pulse_parallel_run(parallel, find, &t, some);
        pulse_progress("neighbours", part + some, parts, "");
        if (pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    pulse_progress_clear();
    free(t.scores);
    return code;
}
