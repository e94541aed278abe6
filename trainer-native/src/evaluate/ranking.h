/*
 * What a ranking is worth: measures of one ranked list, and means with intervals over many. Nothing
 * here knows where a ranking comes from.
 */
#ifndef PULSE_TRAINER_RANKING_H
#define PULSE_TRAINER_RANKING_H

#include <stdint.h>

enum {
    PULSE_RANK_TOP = 10,    /* what is looked at first */
    PULSE_RANK_DEPTH = 100, /* how far recall and NDCG look */
};

/* Of one list. */
typedef enum pulse_rank_measure {
    PULSE_RECALL_10,    /* of the targets, the share among the first 10 */
    PULSE_RECALL_100,   /* and among the first 100 */
    PULSE_NDCG_100,     /* sum of 1 / log2(rank + 1) over hits, by that of the best order */
    PULSE_R_PRECISION,  /* of the targets, the share among the first as many as there are targets */
    PULSE_DIVERSITY_10, /* mean of 1 - cosine over the pairs of the first 10 */
    PULSE_NOVELTY_10,   /* mean over the first 10 of -log2 of the share of playlists that hold it */
    PULSE_VERSIONS_10,  /* of the first 10, the share that is a version of a seed or of one above */
    PULSE_RANK_MEASURES
} pulse_rank_measure;
/* "recall@10" and so on. */
const char *pulse_rank_measure_name(pulse_rank_measure measure);

/*
 * The `k` best of scores [songs], or as many as there are, best first; of equal scores the lower
 * number comes first. Songs whose flag in `barred` is set, and scores that are NAN, are left out.
 * `out` [k]; gives how many.
 */
uint32_t pulse_rank_top(const float *scores, uint32_t songs, const uint8_t *barred, uint32_t k,
                        uint32_t *out);

/* The first four measures of ranked [count], into `out`. `target` [songs] has a flag for each of
 * the `targets` songs that are to be found. */
void pulse_rank_judge(const uint32_t *ranked, uint32_t count, const uint8_t *target,
                      uint32_t targets, double out[PULSE_RANK_MEASURES]);

/* vectors [songs, width] of unit length or 0. NAN for fewer than two songs. */
double pulse_rank_diversity(const uint32_t *ranked, uint32_t count, const float *vectors,
                            uint32_t width);
/* `held` [songs]: how many of `playlists` playlists hold the song. One is added to both. */
double pulse_rank_novelty(const uint32_t *ranked, uint32_t count, const uint32_t *held,
                          uint32_t playlists);
/* `version` [songs] is the same for versions of one song. */
double pulse_rank_versions(const uint32_t *ranked, uint32_t count, const uint32_t *seeds,
                           uint32_t seed_count, const uint32_t *version);

typedef struct pulse_estimate {
    double mean;
    double low, high; /* its 95% interval */
} pulse_estimate;

/*
 * The mean of each column of values [count, columns] over the rows, with the percentile interval of
 * the bootstrap (Efron, 1979): the same rows are drawn for every call with the same seed, so that
 * methods are compared on the same draws. A column with a NAN has none: all three are NAN.
 */
void pulse_bootstrap(const double *values, uint32_t count, uint32_t columns, uint32_t resamples,
                     uint64_t seed, pulse_estimate *out /* [columns] */);

/*
 * Of the catalogue, the share that is in at least one of the lists: lists [count, width], with
 * UINT32_MAX where a list is shorter. It is no mean, and drawing lists again would only lose some:
 * the interval is the jackknife's, from what each list alone adds.
 */
pulse_estimate pulse_rank_coverage(const uint32_t *lists, uint32_t count, uint32_t width,
                                   uint32_t songs);

#endif
