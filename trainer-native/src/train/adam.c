#include "train/adam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "train/kernels.h"

static void mark_matrix(pulse_adam *adam, const pulse_net_layer *layer)
{
    memset(adam->decays + layer->weight, 1, (size_t)layer->inputs * layer->outputs);
}

void pulse_adam_make(pulse_adam *adam, const pulse_net *net)
{
    *adam = (pulse_adam){.count = net->parameter_count};
    adam->mean = pulse_need(adam->count, sizeof(float));
    adam->variance = pulse_need(adam->count, sizeof(float));
    adam->decays = pulse_need(adam->count, 1);
    for (uint32_t i = 0; i < 2 * net->depth; ++i)
        mark_matrix(adam, &net->layers[i]);
    if (net->shape.skip) {
        mark_matrix(adam, &net->encoder_skip);
        mark_matrix(adam, &net->decoder_skip);
    }
}

void pulse_adam_free(pulse_adam *adam)
{
    free(adam->mean);
    free(adam->variance);
    free(adam->decays);
    *adam = (pulse_adam){0};
}

void pulse_adam_begin(pulse_adam *adam)
{
    ++adam->steps;
}

void pulse_adam_update(pulse_adam *adam, const pulse_adam_step *step, const float *gradients,
                       float *parameters, size_t first, size_t count)
{
    const double steps = (double)adam->steps;
    const bool clip = step->limit > 0.0f && step->norm > (double)step->limit;
    const pulse_adam_factors factors = {
        .rate = step->rate,
        .decay = step->decay,
        .shrink = clip ? (float)((double)step->limit / step->norm) : 1.0f,
        .unbias_mean = (float)(1.0 / (1.0 - pow(0.9, steps))),
        .unbias_variance = (float)(1.0 / (1.0 - pow(0.999, steps))),
    };
    pulse_kernel_adam(count, &factors, gradients + first, adam->decays + first, adam->mean + first,
                      adam->variance + first, parameters + first);
}

pulse_rate pulse_rate_make(const pulse_recipe *recipe, uint64_t steps_per_epoch)
{
    return (pulse_rate){
        .recipe = recipe, .total = steps_per_epoch * recipe->epochs, .plateau = 1.0f};
}

float pulse_rate_at(const pulse_rate *rate, uint64_t step)
{
    const pulse_recipe *recipe = rate->recipe;
    float share = rate->plateau;
    if (recipe->schedule == PULSE_COSINE) {
        const double done = rate->total ? (double)step / (double)rate->total : 0;
        const double wave = 0.5 * (1.0 + cos(3.14159265358979323846 * (done < 1 ? done : 1)));
        share = recipe->final_rate + (1.0f - recipe->final_rate) * (float)wave;
    }
    if (step < recipe->warmup)
        share *= (float)(step + 1) / (float)recipe->warmup;
    return recipe->learning_rate * share;
}

void pulse_rate_epoch(pulse_rate *rate, bool better)
{
    rate->unchanged = better ? 0 : rate->unchanged + 1;
    if (rate->recipe->schedule == PULSE_PLATEAU &&
        rate->unchanged >= rate->recipe->plateau_patience) {
        rate->unchanged = 0;
        rate->plateau =
            fmaxf(rate->plateau * rate->recipe->plateau_factor, rate->recipe->final_rate);
    }
}
