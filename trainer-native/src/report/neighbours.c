/* Songs and their nearest neighbours, as the recommender gives them: the most typical song of each
 * of the large genres, and a few drawn by lot. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "report/catalogue.h"

enum { TYPICAL = 6, BY_LOT = 4, NEIGHBOURS = 10 };

/* Unit vectors add up to the middle of a genre; the song nearest to it is the most typical. */
static int find_typical(const pulse_report_catalogue *catalogue, uint32_t genres, uint32_t *songs,
                        pulse_failure *failure)
{
    const pulse_info *info = &catalogue->info;
    const uint32_t dimensions = info->dimensions;
    float *vector = pulse_need(dimensions, sizeof *vector);
    double *middles = pulse_need((size_t)genres * dimensions, sizeof *middles);
    double *best = pulse_need(genres, sizeof *best);
    int code = 0;
    for (int pass = 0; pass < 2; ++pass) {
        for (uint32_t i = 0; i < info->songs && !code; ++i) {
            uint32_t g = 0;
            while (g < genres && catalogue->by_songs[g] != catalogue->genre[i])
                ++g;
            if (g == genres)
                continue;
            pulse_error error;
            if (pulse_get_vector(catalogue->engine, i, vector, &error) != PULSE_OK) {
                code = pulse_failure_core(failure, &error);
                break;
            }
            double *middle = middles + (size_t)g * dimensions, product = 0;
            for (uint32_t d = 0; d < dimensions; ++d) {
                product += middle[d] * (double)vector[d];
                middle[d] += pass == 0 ? (double)vector[d] : 0;
            }
            if (pass == 1 && (songs[g] == UINT32_MAX || product > best[g])) {
                best[g] = product;
                songs[g] = i;
            }
        }
    }
    free(vector);
    free(middles);
    free(best);
    return code;
}

static void add_song(cJSON *json, const pulse_song *song)
{
    cJSON_AddStringToObject(json, "title", song->title);
    cJSON_AddStringToObject(json, "artist", song->artist);
    cJSON_AddStringToObject(json, "genre", song->genre);
    cJSON_AddNumberToObject(json, "year", song->year);
}

static int add_sample(const pulse_report_catalogue *catalogue, uint32_t number, const char *chosen,
                      cJSON *list, pulse_failure *failure)
{
    pulse_error error;
    pulse_songs *seed;
    if (pulse_get_song(catalogue->engine, number, &seed, &error) != PULSE_OK)
        return pulse_failure_core(failure, &error);
    const pulse_seed seeds = {.song = number, .weight = 1};
    pulse_query query = pulse_query_default();
    query.seeds = &seeds;
    query.seed_count = 1;
    query.k = NEIGHBOURS;
    pulse_results *results;
    if (pulse_recommend(catalogue->engine, &query, &results, &error) != PULSE_OK) {
        pulse_songs_free(seed);
        return pulse_failure_core(failure, &error);
    }
    cJSON *sample = cJSON_CreateObject();
    cJSON_AddStringToObject(sample, "chosen", chosen);
    add_song(sample, &seed->items[0]);
    cJSON *neighbours = cJSON_AddArrayToObject(sample, "neighbours");
    for (size_t i = 0; i < results->count; ++i) {
        const pulse_result *result = &results->items[i];
        cJSON *json = cJSON_CreateObject();
        add_song(json, &result->song);
        cJSON_AddItemToObject(json, "score", pulse_report_number((double)result->score, 4));
        cJSON *why = cJSON_AddArrayToObject(json, "why");
        for (size_t w = 0; w < result->why_count; ++w)
            cJSON_AddItemToArray(why, cJSON_CreateString(result->why[w]));
        cJSON_AddItemToArray(neighbours, json);
    }
    cJSON_AddItemToArray(list, sample);
    pulse_results_free(results);
    pulse_songs_free(seed);
    return 0;
}

/* The same every time: who compares two reports wants to see the same songs. */
static uint32_t drawn(uint32_t turn, uint32_t songs)
{
    uint64_t x = (turn + 1) * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((x ^ x >> 31) % songs);
}

int pulse_report_neighbours(const pulse_report_catalogue *catalogue, cJSON *data,
                            pulse_failure *failure)
{
    const pulse_info *info = &catalogue->info;
    cJSON *list = cJSON_AddArrayToObject(data, "samples");
    const uint32_t genres = info->genre_count < TYPICAL ? info->genre_count : TYPICAL;
    uint32_t typical[TYPICAL];
    for (size_t i = 0; i < TYPICAL; ++i)
        typical[i] = UINT32_MAX;
    int code = find_typical(catalogue, genres, typical, failure);
    for (uint32_t g = 0; g < genres && !code; ++g) {
        if (typical[g] != UINT32_MAX)
            code = add_sample(catalogue, typical[g], "typical", list, failure);
    }
    for (uint32_t i = 0; i < BY_LOT && !code && info->songs > 0; ++i)
        code = add_sample(catalogue, drawn(i, info->songs), "by lot", list, failure);
    return code;
}
