/* Backpropagation against finite differences, for every shape a recipe can ask for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train/adam.h"
#include "train/loss.h"
#include "train/net.h"

enum { PAIRS = 5, ROWS = 2 * PAIRS, INPUTS = 7, TARGETS = 5, LATENT = 4 };

typedef struct problem {
    pulse_net net;
    float x[ROWS * INPUTS];
    uint8_t present[ROWS * TARGETS];
    float weight[TARGETS];
    uint32_t group[PAIRS];
    uint8_t counted[PAIRS];
    float reconstruction, contrastive;
    pulse_net_noise noise;
    uint64_t noise_seed;
} problem;

static problem make(uint32_t hidden_count, pulse_net_activation activation, bool skip)
{
    problem p = {.reconstruction = 1.0f, .contrastive = 0.0f};
    pulse_random random = pulse_random_make(11, 1);
    const pulse_net_shape shape = {.inputs = INPUTS,
                                   .targets = TARGETS,
                                   .latent = LATENT,
                                   .hidden_count = hidden_count,
                                   .hidden = {9, 6},
                                   .activation = activation,
                                   .skip = skip};
    pulse_net_make(&p.net, &shape, ROWS, &random);
    for (size_t i = 0; i < p.net.parameter_count; ++i) /* biases too */
        p.net.parameters[i] += 0.1f * pulse_random_normal(&random);
    for (size_t i = 0; i < ROWS * INPUTS; ++i)
        p.x[i] = pulse_random_normal(&random);
    for (size_t i = 0; i < ROWS * TARGETS; ++i)
        p.present[i] = pulse_random_unit(&random) < 0.8f;
    for (size_t i = 0; i < TARGETS; ++i)
        p.weight[i] = 0.5f + pulse_random_unit(&random);
    const uint32_t group[PAIRS] = {0, 1, 0, 2, 3};
    const uint8_t counted[PAIRS] = {1, 1, 1, 0, 1};
    memcpy(p.group, group, sizeof group);
    memcpy(p.counted, counted, sizeof counted);
    return p;
}

/* The loss; with `differentiate`, its gradients in the net. The noise is drawn anew, the same. */
static double loss(problem *p, bool differentiate)
{
    float by_output[ROWS * TARGETS], by_latent[ROWS * LATENT] = {0};
    float *room = calloc(pulse_loss_pairs_room(PAIRS, LATENT), sizeof *room);
    pulse_random random = pulse_random_make(p->noise_seed, 9);
    p->noise.random = p->noise_seed ? &random : NULL;
    pulse_net_forward(&p->net, p->x, ROWS, &p->noise);
    double total =
        p->reconstruction * pulse_loss_mse(pulse_net_output(&p->net), p->x, INPUTS, p->present,
                                           p->weight, ROWS, TARGETS, p->reconstruction, by_output);
    if (p->contrastive > 0.0f)
        total +=
            p->contrastive * pulse_loss_pairs(pulse_net_latent(&p->net), PAIRS, LATENT, p->group,
                                              p->counted, 0.3f, p->contrastive, by_latent, room);
    if (differentiate)
        pulse_net_backward(&p->net, p->x, ROWS, by_output,
                           p->contrastive > 0.0f ? by_latent : NULL);
    free(room);
    p->noise.random = NULL; /* it is this call's */
    return total;
}

static void check(problem *p)
{
    loss(p, true);
    const size_t count = p->net.parameter_count;
    float *gradients = malloc(count * sizeof *gradients);
    memcpy(gradients, p->net.gradients, count * sizeof *gradients);
    double difference = 0, scale = 0;
    for (size_t i = 0; i < count; ++i) {
        const float kept = p->net.parameters[i], step = 2e-3f;
        p->net.parameters[i] = kept + step;
        const double above = loss(p, false);
        p->net.parameters[i] = kept - step;
        const double below = loss(p, false);
        p->net.parameters[i] = kept;
        const double expected = (above - below) / (2.0 * step);
        /* One entry at a time for a wrong term; floats leave about 1e-3 of noise. */
        assert_true(fabs(expected - gradients[i]) < 5e-3 + 0.03 * fabs(expected));
        difference += (expected - gradients[i]) * (expected - gradients[i]);
        scale += expected * expected;
    }
    assert_true(scale > 1e-4); /* else the check would pass whatever the code did */
    assert_true(sqrt(difference / scale) < 0.01);
    free(gradients);
    pulse_net_free(&p->net);
}

static void gradients_of_a_linear_autoencoder(void **state)
{
    (void)state;
    problem p = make(0, PULSE_NET_RELU, false);
    check(&p);
}

static void gradients_of_every_activation(void **state)
{
    (void)state;
    for (int i = 0; i < 3; ++i) {
        problem p = make(2, (pulse_net_activation)i, false);
        check(&p);
    }
}

static void gradients_of_the_skips(void **state)
{
    (void)state;
    for (uint32_t depth = 0; depth < 3; ++depth) {
        problem p = make(depth, PULSE_NET_TANH, true);
        check(&p);
    }
}

static void gradients_of_the_contrastive_term_alone(void **state)
{
    (void)state;
    problem p = make(1, PULSE_NET_TANH, true);
    p.reconstruction = 0.0f;
    p.contrastive = 1.0f;
    check(&p);
}

static void gradients_of_both_terms_together(void **state)
{
    (void)state;
    problem p = make(2, PULSE_NET_GELU, true);
    p.contrastive = 0.5f;
    check(&p);
}

static void gradients_through_dropout_and_latent_noise(void **state)
{
    (void)state;
    problem p = make(2, PULSE_NET_TANH, true);
    p.noise.dropout = 0.3f;
    p.noise.latent_noise = 0.2f;
    p.noise_seed = 5;
    check(&p);
}

static void what_is_not_present_has_no_part_in_the_loss(void **state)
{
    (void)state;
    problem p = make(1, PULSE_NET_RELU, false);
    float y[ROWS * TARGETS] = {0}, gradient[ROWS * TARGETS];
    const double before =
        pulse_loss_mse(y, p.x, INPUTS, p.present, p.weight, ROWS, TARGETS, 1.0f, gradient);
    for (size_t i = 0; i < ROWS * TARGETS; ++i) {
        if (!p.present[i]) {
            assert_true(gradient[i] == 0.0f);
            y[i] = 1000.0f;
        }
    }
    assert_true(pulse_loss_mse(y, p.x, INPUTS, p.present, p.weight, ROWS, TARGETS, 1.0f, NULL) ==
                before);
    pulse_net_free(&p.net);
}

static void centring_moves_the_latent_and_not_the_output(void **state)
{
    (void)state;
    for (int skip = 0; skip < 2; ++skip) {
        problem p = make(1, PULSE_NET_RELU, skip != 0);
        const float mean[LATENT] = {0.5f, -1.0f, 2.0f, 0.25f};
        float latent[ROWS * LATENT], output[ROWS * TARGETS];
        pulse_net_forward(&p.net, p.x, ROWS, &p.noise);
        memcpy(latent, pulse_net_latent(&p.net), sizeof latent);
        memcpy(output, pulse_net_output(&p.net), sizeof output);
        pulse_net_centre(&p.net, mean);
        pulse_net_forward(&p.net, p.x, ROWS, &p.noise);
        for (size_t i = 0; i < ROWS * LATENT; ++i)
            assert_true(fabsf(pulse_net_latent(&p.net)[i] - (latent[i] - mean[i % LATENT])) <
                        1e-5f);
        for (size_t i = 0; i < ROWS * TARGETS; ++i)
            assert_true(fabsf(pulse_net_output(&p.net)[i] - output[i]) < 1e-4f);
        pulse_net_free(&p.net);
    }
}

static void adam_brings_the_loss_down(void **state)
{
    (void)state;
    problem p = make(2, PULSE_NET_GELU, true);
    p.contrastive = 0.2f;
    pulse_adam adam;
    pulse_adam_make(&adam, &p.net);
    const double before = loss(&p, true);
    for (int i = 0; i < 400; ++i) {
        pulse_adam_step(&adam, &p.net, 1e-2f, 0.0f, 1.0f);
        loss(&p, true);
    }
    assert_true(loss(&p, false) < 0.2 * before);
    pulse_adam_free(&adam);
    pulse_net_free(&p.net);
}

static void the_rate_warms_up_and_comes_down(void **state)
{
    (void)state;
    pulse_recipe recipe = pulse_recipe_default();
    recipe.learning_rate = 1.0f;
    recipe.final_rate = 0.1f;
    recipe.warmup = 10;
    recipe.epochs = 10;
    recipe.schedule = PULSE_COSINE;
    pulse_rate rate = pulse_rate_make(&recipe, 100);
    assert_true(pulse_rate_at(&rate, 0) < 0.11f);
    assert_true(pulse_rate_at(&rate, 10) > 0.99f);
    assert_true(fabsf(pulse_rate_at(&rate, 500) - 0.55f) < 0.01f);
    assert_true(fabsf(pulse_rate_at(&rate, 1000) - 0.1f) < 1e-4f);
    recipe.schedule = PULSE_PLATEAU;
    for (int i = 0; i < 8; ++i)
        pulse_rate_epoch(&rate, false);
    assert_true(fabsf(pulse_rate_at(&rate, 500) - 0.25f) < 1e-6f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_of_a_linear_autoencoder),
        cmocka_unit_test(gradients_of_every_activation),
        cmocka_unit_test(gradients_of_the_skips),
        cmocka_unit_test(gradients_of_the_contrastive_term_alone),
        cmocka_unit_test(gradients_of_both_terms_together),
        cmocka_unit_test(gradients_through_dropout_and_latent_noise),
        cmocka_unit_test(what_is_not_present_has_no_part_in_the_loss),
        cmocka_unit_test(centring_moves_the_latent_and_not_the_output),
        cmocka_unit_test(adam_brings_the_loss_down),
        cmocka_unit_test(the_rate_warms_up_and_comes_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
