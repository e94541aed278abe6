/* What a method's rankings of all playlists are worth. */
#ifndef PULSE_TRAINER_OUTCOME_H
#define PULSE_TRAINER_OUTCOME_H

#include <cjson/cJSON.h>

#include "evaluate/methods.h"
#include "evaluate/ranking.h"

/* How lists are judged, the same for all methods. */
typedef struct pulse_judge {
    const float *plain; /* [songs, plain_width] raw features, for diversity; NULL: none */
    uint32_t plain_width;
    const pulse_playlists *train; /* for novelty; NULL: none */
    uint32_t resamples;
    uint64_t seed;
} pulse_judge;

typedef struct pulse_outcome {
    double *values; /* [playlists, PULSE_RANK_MEASURES] NAN: not measured */
    pulse_estimate measures[PULSE_RANK_MEASURES];
    pulse_estimate coverage;
} pulse_outcome;

/* Asks the method for every playlist of the scene. */
int pulse_outcome_measure(pulse_method *method, const pulse_scene *scene, const pulse_judge *judge,
                          pulse_outcome *out, pulse_failure *failure);
void pulse_outcome_free(pulse_outcome *outcome);

/* Members for each measure, and "ci95". `ours` NULL: without "versus_pulse". */
void pulse_outcome_to_json(const pulse_outcome *outcome, const pulse_outcome *ours, cJSON *json);
/* Adds "drop": how much less `hidden` is, playlist by playlist, of the same method. */
void pulse_outcome_drop_to_json(const pulse_outcome *whole, const pulse_outcome *hidden,
                                uint32_t playlists, const pulse_judge *judge, cJSON *json);

/* Six digits, which is more than the intervals allow; nothing where it is no number. */
void pulse_json_number(cJSON *json, const char *name, double value);
/* [low, high], or nothing where there is no interval. */
void pulse_json_interval(cJSON *json, const char *name, const pulse_estimate *estimate);

#endif
