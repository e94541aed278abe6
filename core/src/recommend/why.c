#include "recommend/why.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Ranks within the catalogue, 0 .. 1: from here up a value is "high", and mirrored, "low". */
#define HIGH_RANK 0.7f
/* Two middling values this near in rank are worth a remark when there is nothing better to say. */
#define NEAR_RANK 0.08f
/* ... and this far up from the minimum to the maximum. Most songs have next to nothing of some
 * features: a lyric that is 1% about the night may rank high, and still is not about the night. */
#define HIGH_SHARE 0.15f
/* Years this far apart are of one time. */
#define NEAR_YEARS 4

struct pulse_profile {
    float *ranks;        /* [features] the seeds' mean rank; NAN: unknown, or they disagree */
    float *genre_share;  /* [genres] of the seeds */
    float *genre_rarity; /* [genres] 0: every song has it .. 1: none has */
    uint32_t *artists;   /* [seed_count] of the positive seeds */
    size_t artist_count;
    int32_t year_min; /* of the seeds, 0: unknown, or too far apart to be a time */
    int32_t year_max;
};

/* Where `value` stands among the catalogue's values, 0 .. 1: linear between the deciles, and the
 * middle of those it equals (many songs share one value, such as none at all). */
static float rank_among(const pulse_feature *feature, float value)
{
    const float *q = feature->quantiles;
    int below = 0, up_to = 0; /* deciles under the value, and at or under it */
    for (int i = 0; i <= 10; ++i) {
        below += q[i] < value;
        up_to += q[i] <= value;
    }
    if (up_to > below)
        return ((float)below + (float)(up_to - 1)) / 20.0f;
    if (below == 0)
        return 0.0f;
    if (below == 11)
        return 1.0f;
    return ((float)(below - 1) + (value - q[below - 1]) / (q[below] - q[below - 1])) / 10.0f;
}

/* The same, below HIGH_RANK for what is not much by itself. */
static float rank_of(const pulse_feature *feature, float value)
{
    const float *q = feature->quantiles;
    const float rank = rank_among(feature, value);
    const bool much = value - q[0] >= HIGH_SHARE * (q[10] - q[0]);
    return much ? rank : fminf(rank, HIGH_RANK - 0.01f);
}

void pulse_profile_free(pulse_profile *profile)
{
    if (!profile)
        return;
    pulse_free(profile->ranks);
    pulse_free(profile->genre_share);
    pulse_free(profile->genre_rarity);
    pulse_free(profile->artists);
    pulse_free(profile);
}

/* The seeds' rank in one feature, where they are of one mind. */
static float common_rank(const pulse_catalog *catalog, const pulse_query *query, uint32_t f)
{
    const pulse_feature *feature = &pulse_catalog_columns(catalog)->features[f];
    float sum = 0.0f, lowest = 1.0f, highest = 0.0f;
    size_t known = 0;
    for (size_t s = 0; s <= query->seed_count; ++s) {
        float value;
        if (s == query->seed_count)
            value = query->vector && query->vector_features ? query->vector_features[f] : NAN;
        else if (query->seeds[s].weight > 0.0f)
            value = pulse_catalog_value(catalog, query->seeds[s].song, f);
        else
            continue;
        if (isnan(value))
            continue;
        const float rank = rank_of(feature, value);
        sum += rank;
        lowest = fminf(lowest, rank);
        highest = fmaxf(highest, rank);
        ++known;
    }
    return known && highest - lowest <= 0.35f ? sum / (float)known : NAN;
}

static void profile_years(pulse_profile *profile, const pulse_columns *columns,
                          const pulse_query *query)
{
    for (size_t s = 0; s < query->seed_count; ++s) {
        const int32_t year = columns->year[query->seeds[s].song];
        if (query->seeds[s].weight < 0.0f || year == 0)
            continue;
        if (profile->year_min == 0 || year < profile->year_min)
            profile->year_min = year;
        if (profile->year_max == 0 || year > profile->year_max)
            profile->year_max = year;
    }
    if (profile->year_max - profile->year_min > 2 * NEAR_YEARS)
        profile->year_min = profile->year_max = 0;
}

pulse_status pulse_profile_create(const pulse_catalog *catalog, const pulse_query *query,
                                  pulse_profile **out, pulse_error *error)
{
    const pulse_columns *columns = pulse_catalog_columns(catalog);
    *out = NULL;
    pulse_profile *profile = pulse_calloc(1, sizeof *profile);
    if (!profile)
        return pulse_out_of_memory(error);
    profile->ranks = pulse_malloc_array(columns->feature_count, sizeof *profile->ranks);
    profile->genre_share = pulse_calloc(columns->genre_count, sizeof *profile->genre_share);
    profile->genre_rarity = pulse_calloc(columns->genre_count, sizeof *profile->genre_rarity);
    profile->artists = pulse_malloc_array(query->seed_count, sizeof *profile->artists);
    if (!profile->ranks || !profile->genre_share || !profile->genre_rarity || !profile->artists) {
        pulse_profile_free(profile);
        return pulse_out_of_memory(error);
    }
    for (uint32_t f = 0; f < columns->feature_count; ++f)
        profile->ranks[f] = common_rank(catalog, query, f);
    for (uint32_t song = 0; song < columns->songs; ++song)
        if (columns->genre[song] != PULSE_CATALOG_UNKNOWN)
            profile->genre_rarity[columns->genre[song]] += 1.0f;
    for (uint32_t g = 0; g < columns->genre_count; ++g)
        profile->genre_rarity[g] = 1.0f - profile->genre_rarity[g] / (float)columns->songs;
    for (size_t s = 0; s < query->seed_count; ++s) {
        const uint32_t song = query->seeds[s].song;
        if (query->seeds[s].weight < 0.0f)
            continue;
        profile->artists[profile->artist_count++] = columns->artist[song];
        if (columns->genre[song] != PULSE_CATALOG_UNKNOWN)
            profile->genre_share[columns->genre[song]] += 1.0f;
    }
    for (uint32_t g = 0; g < columns->genre_count && profile->artist_count; ++g)
        profile->genre_share[g] /= (float)profile->artist_count;
    profile_years(profile, columns, query);
    *out = profile;
    return PULSE_OK;
}

typedef struct reason {
    float strength; /* 0: nothing to say */
    char text[96];
} reason;

/* Keeps the strongest, in order; of equals, the one that came first. */
static void consider(reason *kept, float strength, const char *format, const char *word)
{
    for (size_t i = 0; i < PULSE_WHY_MAX; ++i) {
        if (strength <= kept[i].strength)
            continue;
        memmove(&kept[i + 1], &kept[i], (PULSE_WHY_MAX - 1 - i) * sizeof *kept);
        kept[i].strength = strength;
        snprintf(kept[i].text, sizeof kept[i].text, format, word);
        return;
    }
}

static void consider_feature(reason *kept, const pulse_feature *feature, float seeds, float song)
{
    const float apart = fabsf(seeds - song);
    if (seeds >= HIGH_RANK && song >= HIGH_RANK && feature->high[0])
        consider(kept, fminf(seeds, song) - 0.5f * apart, "%s", feature->high);
    else if (seeds <= 1.0f - HIGH_RANK && song <= 1.0f - HIGH_RANK && feature->low[0])
        consider(kept, 1.0f - fmaxf(seeds, song) - 0.5f * apart, "%s", feature->low);
    else if (apart <= NEAR_RANK && feature->low[0] && feature->high[0])
        consider(kept, 0.3f - apart, "similar %s", feature->label);
}

static void consider_year(reason *kept, const pulse_profile *profile, int32_t year)
{
    if (year == 0 || profile->year_min == 0)
        return;
    const int32_t apart = year < profile->year_min   ? profile->year_min - year
                          : year > profile->year_max ? year - profile->year_max
                                                     : 0;
    if (apart == 0 && profile->year_min == profile->year_max) {
        char word[16];
        snprintf(word, sizeof word, "%d", year);
        consider(kept, 0.8f, "also from %s", word);
    } else if (apart <= NEAR_YEARS) {
        consider(kept, 0.75f - 0.05f * (float)apart, "%s", "of the same years");
    }
}

pulse_status pulse_explain(const pulse_profile *profile, const pulse_catalog *catalog,
                           uint32_t song, pulse_buffer *text, size_t *count, pulse_error *error)
{
    const pulse_columns *columns = pulse_catalog_columns(catalog);
    reason kept[PULSE_WHY_MAX] = {0};
    for (size_t i = 0; i < profile->artist_count; ++i) {
        if (profile->artists[i] == columns->artist[song]) {
            consider(kept, 1.0f, "%s", "same artist");
            break;
        }
    }
    const uint32_t genre = columns->genre[song];
    if (genre != PULSE_CATALOG_UNKNOWN && profile->genre_share[genre] >= 0.5f)
        consider(kept, 0.95f * profile->genre_rarity[genre] * profile->genre_share[genre],
                 "also %s", columns->genres[genre]);
    consider_year(kept, profile, columns->year[song]);
    for (uint32_t f = 0; f < columns->feature_count; ++f) {
        const float value = pulse_catalog_value(catalog, song, f);
        if (!isnan(value) && !isnan(profile->ranks[f]))
            consider_feature(kept, &columns->features[f], profile->ranks[f],
                             rank_of(&columns->features[f], value));
    }
    *count = 0;
    for (size_t i = 0; i < PULSE_WHY_MAX && kept[i].strength > 0.0f; ++i) {
        if (!pulse_buffer_append(text, kept[i].text, strlen(kept[i].text) + 1))
            return pulse_out_of_memory(error);
        ++*count;
    }
    return PULSE_OK;
}
