#include "evaluate/outcome.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/log.h"

/* Scores that are held at once. */
#define SCORES_ROOM ((size_t)4 << 20)
enum { BATCH = 64 };

typedef struct ranker {
    pulse_method *method;
    const pulse_scene *scene;
    const pulse_judge *judge;
    float *scores;    /* [batch, songs] */
    uint8_t *barred;  /* [songs] the seeds of the playlist at hand */
    uint8_t *target;  /* [songs] its targets */
    uint32_t *ranked; /* [songs] */
    uint32_t *tops;   /* [playlists, PULSE_RANK_TOP] */
    double *values;   /* [playlists, PULSE_RANK_MEASURES] */
} ranker;

static void judge_list(ranker *r, uint32_t playlist, uint32_t count)
{
    const pulse_playlists *playlists = r->scene->playlists;
    const pulse_judge *judge = r->judge;
    const uint32_t *songs = playlists->songs + playlists->first[playlist];
    double *out = r->values + (size_t)playlist * PULSE_RANK_MEASURES;
    const size_t targets =
        playlists->first[playlist + 1] - playlists->first[playlist] - PULSE_PROTOCOL_SEEDS;
    pulse_rank_judge(r->ranked, count, r->target, (uint32_t)targets, out);
    out[PULSE_DIVERSITY_10] =
        judge->plain ? pulse_rank_diversity(r->ranked, count, judge->plain, judge->plain_width)
                     : NAN;
    out[PULSE_NOVELTY_10] =
        judge->train ? pulse_rank_novelty(r->ranked, count, judge->train->held, judge->train->count)
                     : NAN;
    out[PULSE_VERSIONS_10] = pulse_rank_versions(r->ranked, count, songs, PULSE_PROTOCOL_SEEDS,
                                                 r->scene->facts->version);
    for (uint32_t i = 0; i < PULSE_RANK_TOP; ++i)
        r->tops[(size_t)playlist * PULSE_RANK_TOP + i] = i < count ? r->ranked[i] : UINT32_MAX;
}

static void flag(ranker *r, uint32_t playlist, uint8_t value)
{
    const pulse_playlists *playlists = r->scene->playlists;
    const size_t first = playlists->first[playlist], end = playlists->first[playlist + 1];
    for (size_t i = first; i < end; ++i)
        (i < first + PULSE_PROTOCOL_SEEDS ? r->barred : r->target)[playlists->songs[i]] = value;
}

static int rank_one(ranker *r, uint32_t playlist, const float *scores, pulse_failure *failure)
{
    const pulse_playlists *playlists = r->scene->playlists;
    const size_t targets =
        playlists->first[playlist + 1] - playlists->first[playlist] - PULSE_PROTOCOL_SEEDS;
    const uint32_t k = targets > PULSE_RANK_DEPTH ? (uint32_t)targets : PULSE_RANK_DEPTH;
    uint32_t count = 0;
    int code = 0;
    flag(r, playlist, 1);
    if (scores)
        count = pulse_rank_top(scores, r->scene->facts->songs, r->barred, k, r->ranked);
    else
        code = r->method->rank(r->method, r->scene, playlist, k, r->ranked, &count, failure);
    if (!code)
        judge_list(r, playlist, count);
    flag(r, playlist, 0);
    return code;
}

static int rank_all(ranker *r, uint32_t batch, pulse_failure *failure)
{
    const uint32_t playlists = r->scene->playlists->count, songs = r->scene->facts->songs;
    int code = 0;
    for (uint32_t first = 0; first < playlists && !code; first += batch) {
        const uint32_t some = playlists - first < batch ? playlists - first : batch;
        if (r->method->score)
            code = r->method->score(r->method, r->scene, first, some, r->scores, failure);
        for (uint32_t i = 0; i < some && !code; ++i)
            code = rank_one(r, first + i, r->method->score ? r->scores + (size_t)i * songs : NULL,
                            failure);
        pulse_progress("evaluate", first + some, playlists, r->method->label);
        if (!code && pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    pulse_progress_clear();
    return code;
}

int pulse_outcome_measure(pulse_method *method, const pulse_scene *scene, const pulse_judge *judge,
                          pulse_outcome *out, pulse_failure *failure)
{
    const uint32_t songs = scene->facts->songs, playlists = scene->playlists->count;
    uint32_t batch = (uint32_t)(SCORES_ROOM / songs);
    batch = batch < 1 ? 1 : batch > BATCH ? BATCH : batch;
    ranker r = {.method = method, .scene = scene, .judge = judge};
    r.scores = method->score ? pulse_need((size_t)batch * songs, sizeof *r.scores) : NULL;
    r.barred = pulse_need(songs, 1);
    r.target = pulse_need(songs, 1);
    r.ranked = pulse_need(songs > PULSE_RANK_DEPTH ? songs : PULSE_RANK_DEPTH, sizeof *r.ranked);
    r.tops = pulse_need((size_t)playlists * PULSE_RANK_TOP, sizeof *r.tops);
    r.values = pulse_need((size_t)playlists * PULSE_RANK_MEASURES, sizeof *r.values);
    *out = (pulse_outcome){.values = r.values};
    const int code = rank_all(&r, batch, failure);
    if (!code) {
        pulse_bootstrap(r.values, playlists, PULSE_RANK_MEASURES, judge->resamples, judge->seed,
                        out->measures);
        out->coverage = pulse_rank_coverage(r.tops, playlists, PULSE_RANK_TOP, songs);
    }
    free(r.scores);
    free(r.barred);
    free(r.target);
    free(r.ranked);
    free(r.tops);
    if (code)
        pulse_outcome_free(out);
    return code;
}

void pulse_outcome_free(pulse_outcome *outcome)
{
    free(outcome->values);
    outcome->values = NULL;
}

/* ---- As JSON -------------------------------------------------------------------------------- */

static double rounded(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", fabs(value) < 1e-9 ? 0.0 : value);
    return strtod(text, NULL);
}

void pulse_json_number(cJSON *json, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(json, name, rounded(value));
}

void pulse_json_interval(cJSON *json, const char *name, const pulse_estimate *estimate)
{
    if (!isfinite(estimate->low) || !isfinite(estimate->high))
        return;
    cJSON *pair = cJSON_AddArrayToObject(json, name);
    cJSON_AddItemToArray(pair, cJSON_CreateNumber(rounded(estimate->low)));
    cJSON_AddItemToArray(pair, cJSON_CreateNumber(rounded(estimate->high)));
}

static const char *compare(const pulse_estimate *theirs, const pulse_estimate *ours)
{
    if (theirs->high < ours->low)
        return "worse";
    return theirs->low > ours->high ? "better" : "overlaps";
}

void pulse_outcome_to_json(const pulse_outcome *outcome, const pulse_outcome *ours, cJSON *json)
{
    for (int m = 0; m < PULSE_RANK_MEASURES; ++m)
        pulse_json_number(json, pulse_rank_measure_name(m), outcome->measures[m].mean);
    pulse_json_number(json, "coverage@10", outcome->coverage.mean);
    cJSON *intervals = cJSON_AddObjectToObject(json, "ci95");
    for (int m = 0; m < PULSE_RANK_MEASURES; ++m)
        pulse_json_interval(intervals, pulse_rank_measure_name(m), &outcome->measures[m]);
    pulse_json_interval(intervals, "coverage@10", &outcome->coverage);
    if (!ours)
        return;
    cJSON *versus = cJSON_AddObjectToObject(json, "versus_pulse");
    for (int m = PULSE_RECALL_10; m <= PULSE_R_PRECISION; ++m)
        cJSON_AddStringToObject(versus, pulse_rank_measure_name(m),
                                compare(&outcome->measures[m], &ours->measures[m]));
}

void pulse_outcome_drop_to_json(const pulse_outcome *whole, const pulse_outcome *hidden,
                                uint32_t playlists, const pulse_judge *judge, cJSON *json)
{
    const size_t size = (size_t)playlists * PULSE_RANK_MEASURES;
    double *differences = pulse_need(size, sizeof *differences);
    for (size_t i = 0; i < size; ++i)
        differences[i] = whole->values[i] - hidden->values[i];
    pulse_estimate drops[PULSE_RANK_MEASURES];
    pulse_bootstrap(differences, playlists, PULSE_RANK_MEASURES, judge->resamples, judge->seed,
                    drops);
    free(differences);
    cJSON *drop = cJSON_AddObjectToObject(json, "drop");
    for (int m = PULSE_RECALL_10; m <= PULSE_R_PRECISION; ++m) {
        cJSON *triple = cJSON_AddArrayToObject(drop, pulse_rank_measure_name(m));
        const double values[] = {drops[m].mean, drops[m].low, drops[m].high};
        for (int i = 0; i < 3; ++i)
            cJSON_AddItemToArray(triple, cJSON_CreateNumber(rounded(values[i])));
    }
}
