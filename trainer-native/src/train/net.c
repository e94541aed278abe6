#include "train/net.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

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

void pulse_net_make(pulse_net *net, const pulse_net_shape *shape, uint32_t rows,
                    pulse_random *random)
{
    *net = (pulse_net){.shape = *shape, .depth = shape->hidden_count + 1, .rows = rows};
    uint32_t widths[2 * (PULSE_MAX_HIDDEN + 1) + 1];
    uint32_t count = 0;
    widths[count++] = shape->inputs;
    for (uint32_t i = 0; i < shape->hidden_count; ++i)
        widths[count++] = shape->hidden[i];
    widths[count++] = shape->latent;
    for (uint32_t i = shape->hidden_count; i > 0; --i)
        widths[count++] = shape->hidden[i - 1];
    widths[count++] = shape->targets;

    size_t at = 0;
    uint32_t widest = 0;
    for (uint32_t i = 0; i + 1 < count; ++i)
        at = place(&net->layers[i], widths[i], widths[i + 1], true, at);
    if (shape->skip) {
        at = place(&net->encoder_skip, shape->inputs, shape->latent, false, at);
        at = place(&net->decoder_skip, shape->latent, shape->targets, false, at);
    }
    for (uint32_t i = 0; i < count; ++i)
        widest = widths[i] > widest ? widths[i] : widest;
    net->parameter_count = at;
    net->parameters = pulse_need(at, sizeof(float));
    net->gradients = pulse_need(at, sizeof(float));
    for (uint32_t i = 0; i + 1 < count; ++i) {
        const size_t size = (size_t)rows * widths[i + 1];
        net->before[i] = pulse_need(size, sizeof(float));
        net->after[i] = is_hidden(net, i) ? pulse_need(size, sizeof(float)) : net->before[i];
        net->kept[i] = is_hidden(net, i) ? pulse_need(size, sizeof(float)) : NULL;
        draw(net, &net->layers[i], is_hidden(net, i) ? 2.0f : 1.0f, random);
    }
    if (shape->skip) {
        draw(net, &net->encoder_skip, 1.0f, random);
        draw(net, &net->decoder_skip, 1.0f, random);
    }
    net->decoder_input = pulse_need((size_t)rows * shape->latent, sizeof(float));
    net->delta = pulse_need((size_t)rows * widest, sizeof(float));
    net->delta_next = pulse_need((size_t)rows * widest, sizeof(float));
    net->ones = pulse_need(rows, sizeof(float));
    for (uint32_t i = 0; i < rows; ++i)
        net->ones[i] = 1.0f;
}

void pulse_net_free(pulse_net *net)
{
    for (uint32_t i = 0; i < 2 * net->depth; ++i) {
        if (net->after[i] != net->before[i])
            free(net->after[i]);
        free(net->before[i]);
        free(net->kept[i]);
    }
    free(net->parameters);
    free(net->gradients);
    free(net->decoder_input);
    free(net->delta);
    free(net->delta_next);
    free(net->ones);
    *net = (pulse_net){0};
}

/* ---- Forward -------------------------------------------------------------------------------- */

/* y [n, outputs] = x [n, inputs] W^T (+ y where `add`) */
static void multiply(const pulse_net *net, const pulse_net_layer *layer, const float *x, uint32_t n,
                     bool add, float *y)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)layer->outputs,
                (int)layer->inputs, 1.0f, x, (int)layer->inputs, net->parameters + layer->weight,
                (int)layer->inputs, add ? 1.0f : 0.0f, y, (int)layer->outputs);
}

static void apply_layer(const pulse_net *net, const pulse_net_layer *layer, const float *x,
                        uint32_t n, float *y)
{
    const float *bias = net->parameters + layer->bias;
    for (uint32_t i = 0; i < n; ++i)
        memcpy(y + (size_t)i * layer->outputs, bias, layer->outputs * sizeof(float));
    multiply(net, layer, x, n, true, y);
}

static void activate(pulse_net_activation activation, const float *x, size_t count, float *y)
{
    switch (activation) {
    case PULSE_NET_RELU:
        for (size_t i = 0; i < count; ++i)
            y[i] = x[i] > 0.0f ? x[i] : 0.0f;
        break;
    case PULSE_NET_GELU:
        for (size_t i = 0; i < count; ++i)
            y[i] = 0.5f * x[i] * (1.0f + erff(x[i] * 0.70710678f));
        break;
    case PULSE_NET_TANH:
        for (size_t i = 0; i < count; ++i)
            y[i] = tanhf(x[i]);
        break;
    }
}

/* delta *= kept * the activation's slope at x */
static void multiply_by_slope(pulse_net_activation activation, const float *x, const float *kept,
                              size_t count, float *delta)
{
    switch (activation) {
    case PULSE_NET_RELU:
        for (size_t i = 0; i < count; ++i)
            delta[i] *= x[i] > 0.0f ? kept[i] : 0.0f;
        break;
    case PULSE_NET_GELU:
        for (size_t i = 0; i < count; ++i)
            delta[i] *= kept[i] * (0.5f * (1.0f + erff(x[i] * 0.70710678f)) +
                                   x[i] * 0.39894228f * expf(-0.5f * x[i] * x[i]));
        break;
    case PULSE_NET_TANH:
        for (size_t i = 0; i < count; ++i) {
            const float t = tanhf(x[i]);
            delta[i] *= kept[i] * (1.0f - t * t);
        }
        break;
    }
}

/* Factors of 0 for the share that is dropped, 1 / (1 - share) for the rest. */
static void draw_dropout(float share, pulse_random *random, size_t count, float *kept)
{
    const float factor = 1.0f / (1.0f - share);
    const uint32_t limit = (uint32_t)(share * 65536.0f);
    for (size_t i = 0; i < count; i += 4) { /* four draws of 16 bits each */
        uint64_t bits = pulse_random_bits(random);
        for (size_t k = i; k < i + 4 && k < count; ++k, bits >>= 16)
            kept[k] = (uint32_t)(bits & 0xffff) < limit ? 0.0f : factor;
    }
}

void pulse_net_forward(pulse_net *net, const float *x, uint32_t n, const pulse_net_noise *noise)
{
    const float *input = x;
    for (uint32_t i = 0; i < 2 * net->depth; ++i) {
        const pulse_net_layer *layer = &net->layers[i];
        const size_t count = (size_t)n * layer->outputs;
        apply_layer(net, layer, input, n, net->before[i]);
        if (is_hidden(net, i)) {
            activate(net->shape.activation, net->before[i], count, net->after[i]);
            if (noise->random && noise->dropout > 0.0f) {
                draw_dropout(noise->dropout, noise->random, count, net->kept[i]);
                for (size_t k = 0; k < count; ++k)
                    net->after[i][k] *= net->kept[i][k];
            } else {
                for (size_t k = 0; k < count; ++k)
                    net->kept[i][k] = 1.0f;
            }
        }
        input = net->after[i];
        if (i + 1 == net->depth) {
            if (net->shape.skip)
                multiply(net, &net->encoder_skip, x, n, true, net->before[i]);
            memcpy(net->decoder_input, net->before[i], count * sizeof(float));
            if (noise->random && noise->latent_noise > 0.0f) {
                for (size_t k = 0; k < count; ++k)
                    net->decoder_input[k] +=
                        noise->latent_noise * pulse_random_normal(noise->random);
            }
            input = net->decoder_input;
        }
    }
    if (net->shape.skip)
        multiply(net, &net->decoder_skip, net->decoder_input, n, true,
                 net->before[2 * net->depth - 1]);
}

const float *pulse_net_latent(const pulse_net *net)
{
    return net->before[net->depth - 1];
}

const float *pulse_net_output(const pulse_net *net)
{
    return net->before[2 * net->depth - 1];
}

/* ---- Backward ------------------------------------------------------------------------------- */

/* The gradients of a layer's parameters from delta [n, outputs] and its input [n, inputs]. */
static void parameter_gradients(pulse_net *net, const pulse_net_layer *layer, const float *delta,
                                const float *input, uint32_t n)
{
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)layer->outputs, (int)layer->inputs,
                (int)n, 1.0f, delta, (int)layer->outputs, input, (int)layer->inputs, 0.0f,
                net->gradients + layer->weight, (int)layer->inputs);
    if (layer->bias != SIZE_MAX)
        cblas_sgemv(CblasRowMajor, CblasTrans, (int)n, (int)layer->outputs, 1.0f, delta,
                    (int)layer->outputs, net->ones, 1, 0.0f, net->gradients + layer->bias, 1);
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

/* One half, from its last layer to its first; delta [n, outputs of the last] is in net->delta and
 * leaves as the gradient by the half's input, where `onward`. */
static void backward_half(pulse_net *net, uint32_t first, const float *input, uint32_t n,
                          bool onward)
{
    for (uint32_t i = first + net->depth; i-- > first;) {
        const pulse_net_layer *layer = &net->layers[i];
        const float *layer_input = i == first ? input : net->after[i - 1];
        parameter_gradients(net, layer, net->delta, layer_input, n);
        if (i == first && !onward)
            break;
        back_through(net, layer, net->delta, n, false, net->delta_next);
        if (i > first) {
            multiply_by_slope(net->shape.activation, net->before[i - 1], net->kept[i - 1],
                              (size_t)n * layer->inputs, net->delta_next);
        }
        float *swap = net->delta;
        net->delta = net->delta_next;
        net->delta_next = swap;
    }
}

void pulse_net_backward(pulse_net *net, const float *x, uint32_t n, const float *by_output,
                        const float *by_latent)
{
    const size_t outputs = (size_t)n * net->shape.targets;
    const size_t latents = (size_t)n * net->shape.latent;
    memcpy(net->delta, by_output, outputs * sizeof(float));
    backward_half(net, net->depth, net->decoder_input, n, true);
    if (net->shape.skip) {
        parameter_gradients(net, &net->decoder_skip, by_output, net->decoder_input, n);
        back_through(net, &net->decoder_skip, by_output, n, true, net->delta);
    }
    for (size_t i = 0; by_latent && i < latents; ++i)
        net->delta[i] += by_latent[i];
    if (net->shape.skip)
        parameter_gradients(net, &net->encoder_skip, net->delta, x, n);
    backward_half(net, 0, x, n, false);
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
