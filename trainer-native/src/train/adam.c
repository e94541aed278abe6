#include "train/adam.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

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

void pulse_adam_step(pulse_adam *adam, pulse_net *net, float rate, float decay, float limit)
{
    const float first = 0.9f, second = 0.999f, tiny = 1e-8f;
    float shrink = 1.0f;
    if (limit > 0.0f) {
        const float norm = cblas_snrm2((int)adam->count, net->gradients, 1);
        if (norm > limit)
            shrink = limit / norm;
    }
    ++adam->steps;
    const float unbias_mean = (float)(1.0 / (1.0 - pow(first, (double)adam->steps)));
    const float unbias_variance = (float)(1.0 / (1.0 - pow(second, (double)adam->steps)));
    for (size_t i = 0; i < adam->count; ++i) {
        const float g = shrink * net->gradients[i];
        adam->mean[i] = first * adam->mean[i] + (1.0f - first) * g;
        adam->variance[i] = second * adam->variance[i] + (1.0f - second) * g * g;
        float step =
            adam->mean[i] * unbias_mean / (sqrtf(adam->variance[i] * unbias_variance) + tiny);
        if (adam->decays[i])
            step += decay * net->parameters[i];
        net->parameters[i] -= rate * step;
    }
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
    if (rate->recipe->schedule == PULSE_PLATEAU && rate->unchanged >= 4) {
        rate->unchanged = 0;
        rate->plateau = fmaxf(rate->plateau * 0.5f, rate->recipe->final_rate);
    }
}
