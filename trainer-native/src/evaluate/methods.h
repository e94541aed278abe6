/*
 * The ways to continue a playlist that are compared: ours, and those it has to beat. Each is made,
 * asked and freed before the next, since some are large.
 */
#ifndef PULSE_TRAINER_METHODS_H
#define PULSE_TRAINER_METHODS_H

#include "evaluate/facts.h"
#include "evaluate/items.h"
#include "train/dataset.h"

enum { PULSE_PROTOCOL_SEEDS = 5 }; /* the first songs of a playlist; the rest is to be found */

/* What the methods share. All of it outlives them. */
typedef struct pulse_scene {
    pulse_engine *engine;
    const pulse_facts *facts;
    const pulse_playlists *playlists; /* to continue; no song of them teaches a method anything */
    pulse_items *items;               /* of the training playlists; NULL: there are none */
    const pulse_dataset *dataset;     /* the model's own inputs; NULL where there is no workspace */
    const float *inputs;              /* [songs, dataset->targets], see pulse_reconstruct_inputs */
    float *words; /* lyrics by TF-IDF, [songs, words_width], once made; or NULL */
    uint32_t words_width;
    bool words_made;
    uint64_t seed;
    const uint8_t *hidden; /* [songs] flags songs of which `modality` is not known; NULL: none */
    const char *modality;
} pulse_scene;

typedef struct pulse_method {
    const char *name; /* as in the JSON */
    char label[96];   /* for people */
    char why[256];    /* why it is left out; "" where it is not */

    /* One of the two. Scores of the playlists first .. first+count-1 go into `scores` [count,
     * songs]; a ranking of one of them, best first, into `out` [k], and its length to `*count`. */
    int (*score)(struct pulse_method *method, const pulse_scene *scene, uint32_t first,
                 uint32_t count, float *scores, pulse_failure *failure);
    int (*rank)(struct pulse_method *method, const pulse_scene *scene, uint32_t playlist,
                uint32_t k, uint32_t *out, uint32_t *count, pulse_failure *failure);

    /* The space it ranks in, or looks into where its scores are equal: [songs, width] of unit
     * length or 0. */
    const float *vectors;
    float *owned; /* what is to be freed of it; or NULL */
    uint32_t width;
    float *weights; /* of EASE */
    pulse_knn knn;
    bool fold; /* versions are folded, as the engine does unless told otherwise */
} pulse_method;

uint32_t pulse_method_count(void);
/* Made, or left out: `why` says which. Fails only where the whole evaluation has to. */
int pulse_method_make(uint32_t number, pulse_scene *scene, pulse_method *out,
                      pulse_failure *failure);
void pulse_method_free(pulse_method *method);
/* Whether it changes when a modality of some songs is not known, and can be asked then. */
bool pulse_method_can_hide(uint32_t number);
/* Whether `vectors` are a space of its own, to be looked at by itself. */
bool pulse_method_is_space(const pulse_method *method);

#endif
