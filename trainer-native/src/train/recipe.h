/*
 * How a model is trained: every choice, in one struct. The defaults are in recipe.c and nowhere
 * else; a JSON file (--config) and options change them.
 */
#ifndef PULSE_TRAINER_RECIPE_H
#define PULSE_TRAINER_RECIPE_H

#include <cjson/cJSON.h>

#include "base/failure.h"

#define PULSE_MAX_HIDDEN 7
#define PULSE_MAX_WEIGHTS 64

typedef enum pulse_net_activation {
    PULSE_NET_RELU = 0,
    PULSE_NET_GELU = 1, /* exact: x * Phi(x) */
    PULSE_NET_TANH = 2
} pulse_net_activation;
const char *pulse_net_activation_name(pulse_net_activation activation);

typedef enum pulse_schedule { PULSE_COSINE = 0, PULSE_PLATEAU = 1 } pulse_schedule;

/* A weight for a modality ("audio") or for one column ("genre"), which wins over its modality. */
typedef struct pulse_named_weight {
    char name[128];
    float weight;
} pulse_named_weight;

typedef struct pulse_weights {
    uint32_t count;
    pulse_named_weight items[PULSE_MAX_WEIGHTS];
} pulse_weights;
float pulse_weights_find(const pulse_weights *weights, const char *column, const char *modality);

typedef struct pulse_recipe {
    uint64_t seed;

    /* The model. */
    uint32_t latent;
    uint32_t hidden_count; /* 0 .. PULSE_MAX_HIDDEN; the decoder has the same, in reverse */
    uint32_t hidden[PULSE_MAX_HIDDEN];
    pulse_net_activation activation;
    bool skip;   /* add linear maps from input to latent and from latent to output */
    bool centre; /* after training, fold the latent's mean into the biases */
    bool refit;  /* ship a model trained on all songs; the measured one stays the held-out one */

    /* What it sees. */
    pulse_weights input_weights; /* times the standardised value, in the input and the target */
    float input_noise;           /* standard deviation, added to numerical inputs */
    float feature_dropout;       /* share of single values hidden from the input */
    float modality_dropout;      /* share of modalities hidden from the input, never all */
    float lone_modality;         /* share of songs of which one modality, drawn, is all it sees */
    pulse_weights lone_weights;  /* how likely each is to be drawn, against the others' 1 */
    float lyrics_noise;          /* standard deviation, added to lyrics seen alone */
    float dropout;               /* share of hidden units */
    float latent_noise;          /* standard deviation, added to the latent before decoding */

    /* What it is asked for. */
    pulse_weights loss_weights;
    float reconstruction; /* weight of the MSE */
    float contrastive;    /* weight of the same-artist InfoNCE term; 0: none */
    float temperature;    /* of it */
    float self_pairs;     /* share of pairs that are a song and a part of the same song */
    float left_out;       /* share of these whose part is all but one modality, not one alone */

    /* How. */
    uint32_t epochs; /* at most */
    uint32_t batch;
    float learning_rate;
    float final_rate; /* as a share of learning_rate */
    pulse_schedule schedule;
    uint32_t plateau_patience; /* epochs without a better validation loss before it is lowered */
    float plateau_factor;      /* by which the plateau schedule lowers the rate */
    uint32_t warmup;           /* steps */
    uint32_t patience;    /* epochs without a better validation loss before it stops; 0: never */
    float weight_decay;   /* decoupled; matrices only */
    float gradient_limit; /* L2 norm; 0: none */
    float validation;     /* share of songs, an artist's all together */
    float test;           /* share of songs, likewise */
} pulse_recipe;

pulse_recipe pulse_recipe_default(void);
/* Changes what the JSON object names; an unknown member or a value out of range is an error.
 * `where` names it in messages. */
int pulse_recipe_apply(pulse_recipe *recipe, const cJSON *json, const char *where,
                       pulse_failure *failure);
int pulse_recipe_read(pulse_recipe *recipe, const char *path, pulse_failure *failure);
cJSON *pulse_recipe_to_json(const pulse_recipe *recipe);

#endif
