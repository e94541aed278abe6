#include "train/net.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "train/kernels.h"
#include "train/noise.h"

/* ---- Shape and memory ----------------------------------------------------------------------- */

static size_t place(pulse_net_layer *layer, uint32_t inputs, uint32_t outputs, bool bias, size_t at)
{
    layer->inputs = inputs;
    layer->outputs = outputs;
    layer->weight = at;
    at += (size_t)inputs * outputs;
    layer->bias = bias ? at : SIZE_MAX;
    return at + (bias ? outputs : 0);
}

static void draw(pulse_net *net, const pulse_net_layer *layer, float gain, pulse_random *random)
{
    const float deviation = sqrtf(gain / (float)layer->inputs);
    const size_t count = (size_t)layer->inputs * layer->outputs;
    for (size_t i = 0; i < count; ++i)
        net->parameters[layer->weight + i] = deviation * pulse_random_normal(random);
}

/* Whether a layer's output goes through the activation: all but the last of each half. */
static bool is_hidden(const pulse_net *net, uint32_t layer)
{
    return layer + 1 != net->depth && layer + 1 != 2 * net->depth;
}

void pulse_net_make(pulse_net *net, const pulse_net_shape *shape, pulse_random *random)
{
    *net = (pulse_net){.shape = *shape, .depth = shape->hidden_count + 1};
    uint32_t widths[PULSE_MAX_LAYERS + 1];
    uint32_t count = 0;
    widths[count++] = shape->inputs;
    for (uint32_t i = 0; i < shape->hidden_count; ++i)
        widths[count++] = shape->hidden[i];
    widths[count++] = shape->latent;
    for (uint32_t i = shape->hidden_count; i > 0; --i)
        widths[count++] = shape->hidden[i - 1];
    widths[count++] = shape->targets;

    size_t at = 0;
    for (uint32_t i = 0; i + 1 < count; ++i)
        at = place(&net->layers[i], widths[i], widths[i + 1], true, at);
    if (shape->skip) {
        at = place(&net->encoder_skip, shape->inputs, shape->latent, false, at);
        at = place(&net->decoder_skip, shape->latent, shape->targets, false, at);
    }
    for (uint32_t i = 0; i < count; ++i)
        net->widest = widths[i] > net->widest ? widths[i] : net->widest;
    net->parameter_count = at;
    net->parameters = pulse_need(at, sizeof(float));
    for (uint32_t i = 0; i < 2 * net->depth; ++i)
        draw(net, &net->layers[i], is_hidden(net, i) ? 2.0f : 1.0f, random);
    if (shape->skip) {
        draw(net, &net->encoder_skip, 1.0f, random);
        draw(net, &net->decoder_skip, 1.0f, random);
    }
}

void pulse_net_free(pulse_net *net)
{
    free(net->parameters);
    *net = (pulse_net){0};
}

void pulse_net_pass_make(pulse_net_pass *pass, const pulse_net *net, uint32_t rows)
{
    *pass = (pulse_net_pass){.rows = rows};
    pass->gradients = pulse_need(net->parameter_count, sizeof(float));
    for (uint32_t i = 0; i < 2 * net->depth; ++i) {
        const size_t size = (size_t)rows * net->layers[i].outputs;
        pass->after[i] = pulse_need(size, sizeof(float));
        pass->slope[i] = is_hidden(net, i) ? pulse_need(size, sizeof(float)) : NULL;
    }
    pass->decoder_input = pulse_need((size_t)rows * net->shape.latent, sizeof(float));
    pass->delta = pulse_need((size_t)rows * net->widest, sizeof(float));
    pass->delta_next = pulse_need((size_t)rows * net->widest, sizeof(float));
    pass->ones = pulse_need(rows, sizeof(float));
    for (uint32_t i = 0; i < rows; ++i)
        pass->ones[i] = 1.0f;
}

void pulse_net_pass_free(pulse_net_pass *pass, const pulse_net *net)
{
    for (uint32_t i = 0; i < 2 * net->depth; ++i) {
        free(pass->after[i]);
        free(pass->slope[i]);
    }
    free(pass->gradients);
    free(pass->decoder_input);
    free(pass->delta);
    free(pass->delta_next);
    free(pass->ones);
    *pass = (pulse_net_pass){0};
}

/* ---- Forward -------------------------------------------------------------------------------- */

/* y [n, outputs] += x [n, inputs] W^T */
static void multiply(const pulse_net *net, const pulse_net_layer *layer, const float *x, uint32_t n,
                     float *y)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)layer->outputs,
                (int)layer->inputs, 1.0f, x, (int)layer->inputs, net->parameters + layer->weight,
                (int)layer->inputs, 1.0f, y, (int)layer->outputs);
}

static void apply_layer(const pulse_net *net, const pulse_net_layer *layer, const float *x,
                        uint32_t n, float *y)
{
    const float *bias = net->parameters + layer->bias;
    for (uint32_t i = 0; i < n; ++i)
        memcpy(y + (size_t)i * layer->outputs, bias, layer->outputs * sizeof(float));
    multiply(net, layer, x, n, y);
}

static void activate(const pulse_net *net, pulse_net_pass *pass, uint32_t layer, size_t count,
                     const pulse_net_noise *noise)
{
    float *slope = NULL;
    if (noise->on) {
        slope = pass->slope[layer];
        /* A key of its own for each layer; the last is the latent's. */
        pulse_noise_dropout(noise->key + ((uint64_t)(layer + 1) << 32), noise->dropout, count,
                            slope);
    }
    pulse_kernel_activate(net->shape.activation, count, pass->after[layer], slope);
}

void pulse_net_forward(const pulse_net *net, pulse_net_pass *pass, const float *x, uint32_t n,
                       const pulse_net_noise *noise)
{
    const float *input = x;
    for (uint32_t i = 0; i < 2 * net->depth; ++i) {
        const pulse_net_layer *layer = &net->layers[i];
        const size_t count = (size_t)n * layer->outputs;
        apply_layer(net, layer, input, n, pass->after[i]);
        if (is_hidden(net, i))
            activate(net, pass, i, count, noise);
        input = pass->after[i];
        if (i + 1 == net->depth) {
            if (net->shape.skip)
                multiply(net, &net->encoder_skip, x, n, pass->after[i]);
            memcpy(pass->decoder_input, pass->after[i], count * sizeof(float));
            if (noise->on && noise->latent_noise > 0.0f)
                pulse_noise_add_normal(noise->key, noise->latent_noise, NULL, count,
                                       pass->decoder_input);
            input = pass->decoder_input;
        }
    }
    if (net->shape.skip)
        multiply(net, &net->decoder_skip, pass->decoder_input, n, pass->after[2 * net->depth - 1]);
}

const float *pulse_net_latent(const pulse_net *net, const pulse_net_pass *pass)
{
    return pass->after[net->depth - 1];
}

float *pulse_net_output(const pulse_net *net, pulse_net_pass *pass)
{
    return pass->after[2 * net->depth - 1];
}

/* ---- Backward ------------------------------------------------------------------------------- */

/* The gradients of a layer's parameters from delta [n, outputs] and its input [n, inputs]. */
static void parameter_gradients(pulse_net_pass *pass, const pulse_net_layer *layer,
                                const float *delta, const float *input, uint32_t n)
{
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)layer->outputs, (int)layer->inputs,
                (int)n, 1.0f, delta, (int)layer->outputs, input, (int)layer->inputs, 0.0f,
                pass->gradients + layer->weight, (int)layer->inputs);
    if (layer->bias != SIZE_MAX)
        cblas_sgemv(CblasRowMajor, CblasTrans, (int)n, (int)layer->outputs, 1.0f, delta,
                    (int)layer->outputs, pass->ones, 1, 0.0f, pass->gradients + layer->bias, 1);
}

/* out [n, inputs] = delta [n, outputs] W (+ out where `add`) */
static void back_through(const pulse_net *net, const pulse_net_layer *layer, const float *delta,
                         uint32_t n, bool add, float *out)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, (int)layer->inputs,
                (int)layer->outputs, 1.0f, delta, (int)layer->outputs,
                net->parameters + layer->weight, (int)layer->inputs, add ? 1.0f : 0.0f, out,
                (int)layer->inputs);
}

/* One half, from its last layer to its first. `delta` [n, outputs of the last] is the gradient by
 * the half's output; the one by its input is left in pass->delta, where `onward`. */
static void backward_half(const pulse_net *net, pulse_net_pass *pass, uint32_t first,
                          const float *input, uint32_t n, const float *delta, bool onward)
{
    for (uint32_t i = first + net->depth; i-- > first;) {
        const pulse_net_layer *layer = &net->layers[i];
        const float *layer_input = i == first ? input : pass->after[i - 1];
        parameter_gradients(pass, layer, delta, layer_input, n);
        if (i == first && !onward)
            break;
        back_through(net, layer, delta, n, false, pass->delta_next);
        if (i > first)
            pulse_kernel_multiply((size_t)n * layer->inputs, pass->slope[i - 1], pass->delta_next);
        float *swap = pass->delta;
        delta = pass->delta = pass->delta_next;
        pass->delta_next = swap;
    }
}

void pulse_net_backward(const pulse_net *net, pulse_net_pass *pass, const float *x, uint32_t n,
                        const float *by_output, const float *by_latent)
{
    backward_half(net, pass, net->depth, pass->decoder_input, n, by_output, true);
    if (net->shape.skip) {
        parameter_gradients(pass, &net->decoder_skip, by_output, pass->decoder_input, n);
        back_through(net, &net->decoder_skip, by_output, n, true, pass->delta);
    }
    if (by_latent)
        pulse_kernel_add((size_t)n * net->shape.latent, by_latent, pass->delta);
    if (net->shape.skip)
        parameter_gradients(pass, &net->encoder_skip, pass->delta, x, n);
    backward_half(net, pass, 0, x, n, pass->delta, false);
}

void pulse_net_centre(pulse_net *net, const float *mean)
{
    float *p = net->parameters;
    const pulse_net_layer *last = &net->layers[net->depth - 1];
    const pulse_net_layer *first = &net->layers[net->depth];
    const pulse_net_layer *output = &net->layers[2 * net->depth - 1];
    for (uint32_t k = 0; k < net->shape.latent; ++k)
        p[last->bias + k] -= mean[k];
    cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)first->outputs, (int)first->inputs, 1.0f,
                p + first->weight, (int)first->inputs, mean, 1, 1.0f, p + first->bias, 1);
    if (net->shape.skip)
        cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)output->outputs, (int)net->shape.latent, 1.0f,
                    p + net->decoder_skip.weight, (int)net->shape.latent, mean, 1, 1.0f,
                    p + output->bias, 1);
}
