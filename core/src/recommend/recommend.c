#include "recommend/recommend.h"

#include "base/alloc.h"
#include "base/error.h"
#include "recommend/diversify.h"

#include <math.h>
#include <string.h>

/* Comparing one more candidate with all picks so far costs; past this many picks, diversity has
 * done its work and the rest follows by score. */
#define DIVERSIFIED_PICKS 1000

static pulse_status check_query(const pulse_columns *columns, const pulse_query *query,
                                pulse_error *error)
{
    if (query->seed_count == 0 && !query->vector)
        return pulse_fail(error, PULSE_E_ARGUMENT, "there is no seed to recommend from");
    if (query->k == 0)
        return pulse_fail(error, PULSE_E_ARGUMENT, "k is 0; ask for at least one song");
    if (!(query->diversity >= 0.0f && query->diversity <= 1.0f))
        return pulse_fail(error, PULSE_E_ARGUMENT, "diversity must be between 0 and 1");
    for (size_t i = 0; i < query->seed_count; ++i) {
        if (query->seeds[i].song >= columns->songs)
            return pulse_fail(error, PULSE_E_NOT_FOUND, "seed %zu: there is no song number %u", i,
                              query->seeds[i].song);
        if (!isfinite(query->seeds[i].weight) || query->seeds[i].weight == 0.0f)
            return pulse_fail(error, PULSE_E_ARGUMENT,
                              "seed %zu: its weight must be a number other than 0", i);
    }
    for (size_t i = 0; i < query->exclude_count; ++i)
        if (query->exclude[i] >= columns->songs)
            return pulse_fail(error, PULSE_E_NOT_FOUND, "exclude: there is no song number %u",
                              query->exclude[i]);
    for (size_t i = 0; i < query->genre_count; ++i)
        if (query->genres[i] >= columns->genre_count)
            return pulse_fail(error, PULSE_E_NOT_FOUND, "there is no genre number %u",
                              query->genres[i]);
    if (query->year_min && query->year_max && query->year_min > query->year_max)
        return pulse_fail(error, PULSE_E_ARGUMENT, "the years %d to %d are the wrong way round",
                          query->year_min, query->year_max);
    for (size_t i = 0; i < query->range_count; ++i) {
        if (query->ranges[i].feature >= columns->feature_count)
            return pulse_fail(error, PULSE_E_NOT_FOUND, "there is no feature number %u",
                              query->ranges[i].feature);
        if (!(query->ranges[i].min <= query->ranges[i].max))
            return pulse_fail(error, PULSE_E_ARGUMENT,
                              "the range of \"%s\" is the wrong way round, or not a number",
                              columns->features[query->ranges[i].feature].name);
    }
    return PULSE_OK;
}

/* The weighted sum of the seeds' vectors, [d]. */
static pulse_status blend_seeds(const pulse_index *index, const pulse_query *query, float *out,
                                pulse_error *error)
{
    const uint32_t d = pulse_index_dimensions(index);
    double sum[PULSE_INDEX_MAX_DIMENSIONS] = {0};
    float row[PULSE_INDEX_MAX_DIMENSIONS];
    double weights = 0.0, squares = 0.0;
    for (size_t s = 0; s < query->seed_count; ++s) {
        pulse_index_row(index, query->seeds[s].song, row);
        weights += fabs((double)query->seeds[s].weight);
        for (uint32_t i = 0; i < d; ++i)
            sum[i] += (double)query->seeds[s].weight * row[i];
    }
    if (query->vector) {
        weights += 1.0;
        for (uint32_t i = 0; i < d; ++i)
            sum[i] += query->vector[i];
    }
    for (uint32_t i = 0; i < d; ++i)
        squares += sum[i] * sum[i];
    /* What is left of seeds that cancel is rounding, and would rank songs by noise. */
    if (!(sqrt(squares) > 1e-4 * weights))
        return pulse_fail(error, PULSE_E_ARGUMENT,
                          "the seeds cancel each other out; remove one or change its weight");
    for (uint32_t i = 0; i < d; ++i)
        out[i] = (float)(sum[i] / sqrt(squares));
    return PULSE_OK;
}

/* query->k picks in order, or as many as there are. */
static pulse_status take(pulse_selection *selection, const pulse_index *index, pulse_pick **picks,
                         size_t *count, pulse_error *error)
{
    const pulse_query *query = selection->query;
    const size_t limit = query->k < selection->heap_count ? query->k : selection->heap_count;
    pulse_pick *taken = pulse_malloc_array(limit, sizeof *taken);
    if (!taken)
        return pulse_out_of_memory(error);
    size_t n = 0;
    if (query->diversity > 0.0f) {
        const size_t diversified = limit < DIVERSIFIED_PICKS ? limit : DIVERSIFIED_PICKS;
        pulse_status status = pulse_diversify(selection, index, taken, diversified, &n, error);
        if (status != PULSE_OK) {
            pulse_free(taken);
            return status;
        }
    }
    uint32_t song;
    while (n < limit && pulse_selection_next(selection, &song)) {
        pulse_selection_mark(selection, song);
        taken[n++] = (pulse_pick){song, selection->scores[song]};
    }
    *picks = taken;
    *count = n;
    return PULSE_OK;
}

pulse_status pulse_recommend_pick(const pulse_catalog *catalog, const pulse_index *index,
                                  const pulse_query *query, pulse_pick **picks, size_t *count,
                                  pulse_error *error)
{
    const pulse_columns *columns = pulse_catalog_columns(catalog);
    float blend[PULSE_INDEX_MAX_DIMENSIONS];
    *picks = NULL;
    *count = 0;
    pulse_status status = check_query(columns, query, error);
    if (status == PULSE_OK)
        status = blend_seeds(index, query, blend, error);
    if (status != PULSE_OK)
        return status;
    float *scores = pulse_malloc_array(columns->songs, sizeof *scores);
    if (!scores)
        return pulse_out_of_memory(error);
    status = pulse_index_scan(index, blend, scores, error);
    pulse_selection selection = {0};
    if (status == PULSE_OK)
        status = pulse_selection_open(&selection, catalog, query, scores, error);
    if (status == PULSE_OK)
        status = take(&selection, index, picks, count, error);
    pulse_selection_close(&selection);
    pulse_free(scores);
    return status;
}
