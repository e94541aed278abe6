/*
 * The autoencoder with its gradients. Encoder and decoder are fully connected layers; every layer
 * but the last of each half goes through the activation, and dropout while training; optional
 * linear skips run from the input to the latent and from the latent to the output. The core has
 * the forward pass of the same model for everyone else.
 *
 * Parameters lie in one array, so that an optimiser, a copy or a difference is one loop. What a
 * pass over some rows needs lies apart, so that several threads can each have their rows.
 */
#ifndef PULSE_TRAINER_NET_H
#define PULSE_TRAINER_NET_H

#include "base/random.h"
#include "train/recipe.h"

typedef struct pulse_net_layer {
    uint32_t inputs;
    uint32_t outputs;
    size_t weight; /* offset of [outputs, inputs] in the parameters */
    size_t bias;   /* offset of [outputs]; SIZE_MAX: none */
} pulse_net_layer;

typedef struct pulse_net_shape {
    uint32_t inputs;
    uint32_t targets;
    uint32_t latent;
    uint32_t hidden_count;
    uint32_t hidden[PULSE_MAX_HIDDEN];
    pulse_net_activation activation;
    bool skip;
} pulse_net_shape;

enum { PULSE_MAX_LAYERS = 2 * (PULSE_MAX_HIDDEN + 1) };

typedef struct pulse_net {
    pulse_net_shape shape;
    uint32_t depth;                           /* layers in each half */
    pulse_net_layer layers[PULSE_MAX_LAYERS]; /* encoder, then decoder */
    pulse_net_layer encoder_skip;             /* where shape.skip */
    pulse_net_layer decoder_skip;
    uint32_t widest; /* of a layer's inputs and outputs */
    size_t parameter_count;
    float *parameters; /* [parameter_count] */
} pulse_net;

/* Weights are drawn from `random` (He: variance 2 / inputs before an activation, else 1 / inputs);
 * biases are 0. */
void pulse_net_make(pulse_net *net, const pulse_net_shape *shape, pulse_random *random);
void pulse_net_free(pulse_net *net);

/* What one pass over up to `rows` rows needs. */
typedef struct pulse_net_pass {
    uint32_t rows;
    float *gradients;               /* [parameter_count] */
    float *after[PULSE_MAX_LAYERS]; /* a layer's output, after activation and dropout */
    float *slope[PULSE_MAX_LAYERS]; /* hidden layers: of the output by what was activated */
    float *decoder_input;           /* [rows, latent] the latent with its noise */
    float *delta;                   /* [rows, widest] gradients on their way back */
    float *delta_next;              /* [rows, widest] */
    float *ones;                    /* [rows] */
} pulse_net_pass;
void pulse_net_pass_make(pulse_net_pass *pass, const pulse_net *net, uint32_t rows);
void pulse_net_pass_free(pulse_net_pass *pass, const pulse_net *net);

typedef struct pulse_net_noise {
    bool on; /* whether a backward follows, with what is here */
    uint64_t key;
    float dropout;
    float latent_noise;
} pulse_net_noise;

/* x [n, inputs] -> the latent and the output, both inside the pass until its next call. n <= rows.
 */
void pulse_net_forward(const pulse_net *net, pulse_net_pass *pass, const float *x, uint32_t n,
                       const pulse_net_noise *noise);
/* [n, latent], not normalised */
const float *pulse_net_latent(const pulse_net *net, const pulse_net_pass *pass);
/* [n, targets]; the caller may change it */
float *pulse_net_output(const pulse_net *net, pulse_net_pass *pass);

/* Sets `gradients` from those of the loss by output [n, targets] and, where not NULL, by latent
 * [n, latent], after a forward of the same x with noise.on. */
void pulse_net_backward(const pulse_net *net, pulse_net_pass *pass, const float *x, uint32_t n,
                        const float *by_output, const float *by_latent);

/* Moves the latent by -mean and makes the decoder undo it: the output stays what it was. */
void pulse_net_centre(pulse_net *net, const float *mean);

#endif
