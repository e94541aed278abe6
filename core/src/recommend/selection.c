#include "recommend/selection.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

static bool bit(const uint8_t *bits, uint32_t i)
{
    return bits[i / 8] >> (i % 8) & 1;
}

static void set_bit(uint8_t *bits, uint32_t i)
{
    bits[i / 8] = (uint8_t)(bits[i / 8] | 1u << (i % 8));
}

static bool better(const pulse_selection *selection, uint32_t a, uint32_t b)
{
    float score_a = selection->scores[a], score_b = selection->scores[b];
    return score_a > score_b || (score_a == score_b && a < b);
}

static void sift_down(pulse_selection *selection, uint32_t hole)
{
    uint32_t *heap = selection->heap;
    const uint32_t song = heap[hole], count = selection->heap_count;
    while (hole < count / 2) {
        uint32_t child = 2 * hole + 1;
        if (child + 1 < count && better(selection, heap[child + 1], heap[child]))
            ++child;
        if (!better(selection, heap[child], song))
            break;
        heap[hole] = heap[child];
        hole = child;
    }
    heap[hole] = song;
}

static void build_heap(pulse_selection *selection)
{
    for (uint32_t i = selection->heap_count / 2; i-- > 0;)
        sift_down(selection, i);
}

/* What one query rules out before any song is taken. */
typedef struct filter_sets {
    uint8_t *songs_out;   /* bit per song */
    uint8_t *artists_out; /* bit per artist; NULL: none */
    uint8_t *genres_in;   /* bit per genre; NULL: all */
} filter_sets;

static bool passes(const pulse_catalog *catalog, const pulse_query *query,
                   const filter_sets *filters, uint32_t song)
{
    const pulse_columns *columns = pulse_catalog_columns(catalog);
    if (bit(filters->songs_out, song))
        return false;
    if (filters->artists_out && bit(filters->artists_out, columns->artist[song]))
        return false;
    if (filters->genres_in && (columns->genre[song] == PULSE_CATALOG_UNKNOWN ||
                               !bit(filters->genres_in, columns->genre[song])))
        return false;
    const int32_t year = columns->year[song];
    if ((query->year_min || query->year_max) && year == 0)
        return false;
    if ((query->year_min && year < query->year_min) || (query->year_max && year > query->year_max))
        return false;
    for (size_t i = 0; i < query->range_count; ++i) {
        const pulse_range *range = &query->ranges[i];
        float value = pulse_catalog_value(catalog, song, range->feature);
        if (!(value >= range->min && value <= range->max))
            return false;
    }
    return true;
}

pulse_status pulse_selection_open(pulse_selection *selection, const pulse_catalog *catalog,
                                  const pulse_query *query, const float *scores, pulse_error *error)
{
    const pulse_columns *columns = pulse_catalog_columns(catalog);
    *selection = (pulse_selection){.columns = columns, .query = query, .scores = scores};
    filter_sets filters = {.songs_out = pulse_calloc(columns->songs / 8 + 1, 1)};
    bool enough = filters.songs_out != NULL;
    selection->heap = pulse_malloc_array(columns->songs, sizeof *selection->heap);
    enough &= selection->heap != NULL;
    if (query->exclude_seed_artists)
        enough &= (filters.artists_out = pulse_calloc(columns->artists / 8 + 1, 1)) != NULL;
    if (query->genre_count)
        enough &= (filters.genres_in = pulse_calloc(columns->genre_count / 8 + 1, 1)) != NULL;
    if (query->max_per_artist)
        enough &= (selection->taken_by_artist =
                       pulse_calloc(columns->artists, sizeof *selection->taken_by_artist)) != NULL;
    if (!query->keep_versions)
        enough &= (selection->versions_out = pulse_calloc(columns->songs / 8 + 1, 1)) != NULL;
    if (enough) {
        for (size_t i = 0; i < query->exclude_count; ++i)
            set_bit(filters.songs_out, query->exclude[i]);
        for (size_t i = 0; i < query->seed_count; ++i) {
            const uint32_t seed = query->seeds[i].song;
            set_bit(filters.songs_out, seed);
            if (filters.artists_out && query->seeds[i].weight > 0.0f)
                set_bit(filters.artists_out, columns->artist[seed]);
            if (selection->versions_out)
                set_bit(selection->versions_out, columns->version[seed]);
        }
        for (size_t i = 0; i < query->genre_count; ++i)
            set_bit(filters.genres_in, query->genres[i]);
        for (uint32_t song = 0; song < columns->songs; ++song)
            if (passes(catalog, query, &filters, song))
                selection->heap[selection->heap_count++] = song;
        build_heap(selection);
    }
    pulse_free(filters.songs_out);
    pulse_free(filters.artists_out);
    pulse_free(filters.genres_in);
    return enough ? PULSE_OK : pulse_out_of_memory(error);
}

void pulse_selection_close(pulse_selection *selection)
{
    pulse_free(selection->heap);
    pulse_free(selection->taken_by_artist);
    pulse_free(selection->versions_out);
    *selection = (pulse_selection){0};
}

bool pulse_selection_allows(const pulse_selection *selection, uint32_t song)
{
    if (selection->versions_out && bit(selection->versions_out, selection->columns->version[song]))
        return false;
    return !selection->taken_by_artist ||
           selection->taken_by_artist[selection->columns->artist[song]] <
               selection->query->max_per_artist;
}

void pulse_selection_mark(pulse_selection *selection, uint32_t song)
{
    if (selection->versions_out)
        set_bit(selection->versions_out, selection->columns->version[song]);
    if (selection->taken_by_artist)
        ++selection->taken_by_artist[selection->columns->artist[song]];
}

bool pulse_selection_next(pulse_selection *selection, uint32_t *song)
{
    while (selection->heap_count) {
        const uint32_t best = selection->heap[0];
        selection->heap[0] = selection->heap[--selection->heap_count];
        if (selection->heap_count)
            sift_down(selection, 0);
        if (pulse_selection_allows(selection, best)) {
            *song = best;
            return true;
        }
    }
    return false;
}

void pulse_selection_return(pulse_selection *selection, const uint32_t *songs, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        selection->heap[selection->heap_count++] = songs[i];
    build_heap(selection);
}
