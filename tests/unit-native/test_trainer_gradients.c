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
#include "train/kernels.h"
#include "train/loss.h"
#include "train/net.h"
#include "train/noise.h"

enum { PAIRS = 5, ROWS = 2 * PAIRS, INPUTS = 7, TARGETS = 5, LATENT = 4 };

typedef struct problem {
    pulse_net net;
    pulse_net_pass pass;
    float x[ROWS * INPUTS];
    uint8_t present[ROWS * TARGETS];
    float weight[TARGETS];
    uint32_t group[PAIRS];
    uint8_t counted[PAIRS];
    float reconstruction, contrastive;
    pulse_net_noise noise;
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
    pulse_net_make(&p.net, &shape, &random);
    pulse_net_pass_make(&p.pass, &p.net, ROWS);
    p.noise = (pulse_net_noise){.on = true, .key = 77};
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

static void free_problem(problem *p)
{
    pulse_net_pass_free(&p->pass, &p->net);
    pulse_net_free(&p->net);
}

/* All of the contrastive term, as a stepper calls its parts; the gradient is left in `pairs`. */
static double contrast(pulse_pairs *pairs, const float *z, uint32_t count, const uint32_t *group,
                       const uint8_t *counted, float scale)
{
    pulse_pairs_begin(pairs, count, group, counted, scale);
    pulse_pairs_set_rows(pairs, 0, 2 * count, z);
    for (uint32_t b = 0; b < pulse_pairs_blocks(pairs); ++b)
        pulse_pairs_compare(pairs, b);
    const double total = pulse_pairs_sum(pairs);
    for (uint32_t b = 0; b < pulse_pairs_blocks(pairs); ++b)
        pulse_pairs_weigh(pairs, b);
    for (uint32_t b = 0; b < pulse_pairs_blocks(pairs); ++b)
        pulse_pairs_differentiate(pairs, b);
    return total;
}

/* The loss; its gradients are left in the pass. The noise hangs on its key: it is the same again.
 */
static double loss(problem *p)
{
    double weights = 0;
    for (size_t i = 0; i < ROWS * TARGETS; ++i)
        weights += p->present[i] ? (double)p->weight[i % TARGETS] : 0;
    pulse_net_forward(&p->net, &p->pass, p->x, ROWS, &p->noise);
    float *output = pulse_net_output(&p->net, &p->pass);
    const double share = (double)p->reconstruction / weights;
    double total = share * pulse_loss_errors(output, p->x, INPUTS, p->present, p->weight, ROWS,
                                             TARGETS, (float)share);
    pulse_pairs pairs;
    pulse_pairs_make(&pairs, PAIRS, LATENT, 0.3f);
    if (p->contrastive > 0.0f)
        total += (double)p->contrastive * contrast(&pairs, pulse_net_latent(&p->net, &p->pass),
                                                   PAIRS, p->group, p->counted, p->contrastive);
    pulse_net_backward(&p->net, &p->pass, p->x, ROWS, output,
                       p->contrastive > 0.0f ? pairs.gradient : NULL);
    pulse_pairs_free(&pairs);
    return total;
}

static void check(problem *p)
{
    loss(p);
    const size_t count = p->net.parameter_count;
    float *gradients = malloc(count * sizeof *gradients);
    memcpy(gradients, p->pass.gradients, count * sizeof *gradients);
    double difference = 0, scale = 0;
    for (size_t i = 0; i < count; ++i) {
        const float kept = p->net.parameters[i], step = 2e-3f;
        p->net.parameters[i] = kept + step;
        const double above = loss(p);
        p->net.parameters[i] = kept - step;
        const double below = loss(p);
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
    free_problem(p);
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
    p.noise.key = 5;
    check(&p);
}

static void what_is_not_present_has_no_part_in_the_loss(void **state)
{
    (void)state;
    problem p = make(1, PULSE_NET_RELU, false);
    float y[ROWS * TARGETS] = {0}, gradient[ROWS * TARGETS] = {0};
    const double before =
        pulse_loss_errors(gradient, p.x, INPUTS, p.present, p.weight, ROWS, TARGETS, 1.0f);
    for (size_t i = 0; i < ROWS * TARGETS; ++i) {
        if (!p.present[i]) {
            assert_true(gradient[i] == 0.0f);
            y[i] = 1000.0f;
        }
    }
    assert_true(pulse_loss_errors(y, p.x, INPUTS, p.present, p.weight, ROWS, TARGETS, 1.0f) ==
                before);
    free_problem(&p);
}

/* The definition, written down once more without a thought for speed. */
static double plain_contrast(const float *z, uint32_t count, uint32_t latent, const uint32_t *group,
                             const uint8_t *counted, double temperature)
{
    double total = 0, pairs = 0;
    for (uint32_t i = 0; i < count; ++i) {
        double rows = 0, columns = 0, own = 0;
        for (uint32_t j = 0; j < count; ++j) {
            if (i != j && group[i] == group[j])
                continue;
            double across = 0, down = 0, norms[4] = {0};
            for (uint32_t k = 0; k < latent; ++k) {
                const double ai = (double)z[i * latent + k], aj = (double)z[j * latent + k];
                const double pi = (double)z[(count + i) * latent + k];
                const double pj = (double)z[(count + j) * latent + k];
                across += ai * pj;
                down += aj * pi;
                norms[0] += ai * ai;
                norms[1] += pj * pj;
                norms[2] += aj * aj;
                norms[3] += pi * pi;
            }
            rows += exp(across / sqrt(norms[0] * norms[1]) / temperature);
            columns += exp(down / sqrt(norms[2] * norms[3]) / temperature);
            own = i == j ? across / sqrt(norms[0] * norms[1]) : own;
        }
        if (counted[i]) {
            total += log(rows) + log(columns) - 2 * own / temperature;
            pairs += 1;
        }
    }
    return total / (2 * pairs);
}

static void pairs_in_blocks_come_to_what_the_definition_says(void **state)
{
    (void)state;
    enum { COUNT = 2 * PULSE_PAIRS_BLOCK + 9, WIDTH = 19 };
    pulse_random random = pulse_random_make(3, 1);
    float z[2 * COUNT * WIDTH];
    uint32_t group[COUNT];
    uint8_t counted[COUNT];
    for (size_t i = 0; i < 2 * COUNT * WIDTH; ++i)
        z[i] = pulse_random_normal(&random);
    for (uint32_t i = 0; i < COUNT; ++i) {
        group[i] = pulse_random_below(&random, 60);
        counted[i] = pulse_random_unit(&random) < 0.8f;
    }
    pulse_pairs pairs;
    pulse_pairs_make(&pairs, COUNT, WIDTH, 0.1f);
    const double got = contrast(&pairs, z, COUNT, group, counted, 1.0f);
    const double expected = plain_contrast(z, COUNT, WIDTH, group, counted, 0.1);
    assert_true(fabs(got - expected) < 1e-4 * expected);
    for (uint32_t at = 0; at < 2 * COUNT * WIDTH; at += 97) {
        const float kept = z[at];
        z[at] = kept + 1e-2f;
        const double above = plain_contrast(z, COUNT, WIDTH, group, counted, 0.1);
        z[at] = kept - 1e-2f;
        const double below = plain_contrast(z, COUNT, WIDTH, group, counted, 0.1);
        z[at] = kept;
        assert_true(fabs((above - below) / 2e-2 - (double)pairs.gradient[at]) < 2e-5);
    }
    pulse_pairs_free(&pairs);
}

static void centring_moves_the_latent_and_not_the_output(void **state)
{
    (void)state;
    for (int skip = 0; skip < 2; ++skip) {
        problem p = make(1, PULSE_NET_RELU, skip != 0);
        const float mean[LATENT] = {0.5f, -1.0f, 2.0f, 0.25f};
        float latent[ROWS * LATENT], output[ROWS * TARGETS];
        const pulse_net_noise none = {0};
        pulse_net_forward(&p.net, &p.pass, p.x, ROWS, &none);
        memcpy(latent, pulse_net_latent(&p.net, &p.pass), sizeof latent);
        memcpy(output, pulse_net_output(&p.net, &p.pass), sizeof output);
        pulse_net_centre(&p.net, mean);
        pulse_net_forward(&p.net, &p.pass, p.x, ROWS, &none);
        for (size_t i = 0; i < ROWS * LATENT; ++i)
            assert_true(fabsf(pulse_net_latent(&p.net, &p.pass)[i] -
                              (latent[i] - mean[i % LATENT])) < 1e-5f);
        for (size_t i = 0; i < ROWS * TARGETS; ++i)
            assert_true(fabsf(pulse_net_output(&p.net, &p.pass)[i] - output[i]) < 1e-4f);
        free_problem(&p);
    }
}

static void update(pulse_adam *adam, problem *p, pulse_adam_step step)
{
    pulse_adam_begin(adam);
    pulse_adam_update(adam, &step, p->pass.gradients, p->net.parameters, 0, adam->count);
}

static void adam_brings_the_loss_down(void **state)
{
    (void)state;
    problem p = make(2, PULSE_NET_GELU, true);
    p.contrastive = 0.2f;
    pulse_adam adam;
    pulse_adam_make(&adam, &p.net);
    const double before = loss(&p);
    for (int i = 0; i < 400; ++i) {
        update(&adam, &p, (pulse_adam_step){.rate = 1e-2f});
        loss(&p);
    }
    assert_true(loss(&p) < 0.2 * before);
    pulse_adam_free(&adam);
    free_problem(&p);
}

/* What Adam remembers after its first step is a tenth of the gradients, as they were brought down.
 */
static void gradients_above_the_limit_are_brought_down_to_it(void **state)
{
    (void)state;
    problem p = make(1, PULSE_NET_TANH, true);
    loss(&p);
    double squares = 0;
    for (size_t i = 0; i < p.net.parameter_count; ++i)
        squares += (double)p.pass.gradients[i] * (double)p.pass.gradients[i];
    const double norm = sqrt(squares);
    const float limits[] = {(float)(norm / 4), (float)(norm * 4), 0.0f};
    const double expected[] = {norm / 4, norm, norm};
    for (int k = 0; k < 3; ++k) {
        pulse_adam adam;
        pulse_adam_make(&adam, &p.net);
        update(&adam, &p, (pulse_adam_step){.rate = 1e-3f, .limit = limits[k], .norm = norm});
        double remembered = 0;
        for (size_t i = 0; i < adam.count; ++i)
            remembered += pow((double)adam.mean[i] / 0.1, 2);
        assert_true(fabs(sqrt(remembered) - expected[k]) < 1e-4 * expected[k]);
        pulse_adam_free(&adam);
    }
    free_problem(&p);
}

static void matrices_decay_and_biases_do_not(void **state)
{
    (void)state;
    problem p = make(1, PULSE_NET_TANH, true);
    memset(p.pass.gradients, 0, p.net.parameter_count * sizeof(float));
    pulse_adam adam;
    pulse_adam_make(&adam, &p.net);
    const size_t weight = p.net.layers[0].weight, bias = p.net.layers[0].bias;
    const float before[] = {p.net.parameters[weight], p.net.parameters[bias]};
    update(&adam, &p, (pulse_adam_step){.rate = 0.1f, .decay = 0.5f});
    assert_true(fabsf(p.net.parameters[weight] - 0.95f * before[0]) < 1e-6f);
    assert_true(p.net.parameters[bias] == before[1]);
    pulse_adam_free(&adam);
    free_problem(&p);
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
}

static void a_plateau_halves_the_rate_and_progress_does_not(void **state)
{
    (void)state;
    pulse_recipe recipe = pulse_recipe_default();
    recipe.learning_rate = 1.0f;
    recipe.final_rate = 0.2f;
    recipe.warmup = 0;
    recipe.schedule = PULSE_PLATEAU;
    recipe.plateau_patience = 3;
    pulse_rate rate = pulse_rate_make(&recipe, 100);
    for (int i = 0; i < 20; ++i)
        pulse_rate_epoch(&rate, i % 3 == 0); /* never three in a row that are no better */
    assert_true(pulse_rate_at(&rate, 500) == 1.0f);
    const bool news[] = {true, false, false, false, false, false, false};
    const float rates[] = {1.0f, 1.0f, 1.0f, 0.5f, 0.5f, 0.5f, 0.25f};
    for (int i = 0; i < 7; ++i) {
        pulse_rate_epoch(&rate, news[i]);
        assert_true(pulse_rate_at(&rate, 500) == rates[i]);
    }
    for (int i = 0; i < 9; ++i)
        pulse_rate_epoch(&rate, false);
    assert_true(pulse_rate_at(&rate, 500) == 0.2f);
}

/* ---- Noise ---------------------------------------------------------------------------------- */

static void dropout_drops_its_share_and_keeps_the_mean(void **state)
{
    (void)state;
    enum { COUNT = 100003 }; /* ends within a block */
    float *factors = malloc(COUNT * sizeof *factors), *other = malloc(COUNT * sizeof *other);
    pulse_noise_dropout(1, 0.2f, COUNT, factors);
    pulse_noise_dropout(2, 0.2f, COUNT, other);
    double dropped = 0, both = 0, next = 0;
    for (size_t i = 0; i < COUNT; ++i) {
        assert_true(factors[i] == 0.0f || fabsf(factors[i] - 1.25f) < 1e-6f);
        dropped += factors[i] == 0.0f;
        both += factors[i] == 0.0f && other[i] == 0.0f;
        next += i > 0 && factors[i] == 0.0f && factors[i - 1] == 0.0f;
    }
    assert_true(fabs(dropped / COUNT - 0.2) < 0.005);
    assert_true(fabs(both / COUNT - 0.04) < 0.003); /* another key, other places */
    assert_true(fabs(next / COUNT - 0.04) < 0.003);
    free(factors);
    free(other);
}

static void normal_noise_is_normal(void **state)
{
    (void)state;
    enum { COUNT = 200005 };
    float *x = calloc(COUNT, sizeof *x), *scaled = calloc(COUNT, sizeof *scaled);
    float *scale = malloc(COUNT * sizeof *scale);
    for (size_t i = 0; i < COUNT; ++i)
        scale[i] = (float)(i % 3);
    pulse_noise_add_normal(9, 1.0f, NULL, COUNT, x);
    pulse_noise_add_normal(9, 2.0f, scale, COUNT, scaled);
    double sums[5] = {0}, neighbours = 0, beyond = 0;
    for (size_t i = 0; i < COUNT; ++i) {
        double power = 1;
        for (int k = 1; k < 5; ++k) {
            power *= (double)x[i];
            sums[k] += power;
        }
        neighbours += i >= 16 ? (double)x[i] * (double)x[i - 16] : 0; /* a pair's two, too */
        beyond += fabsf(x[i]) > 1.959964f;
        assert_true(fabsf(scaled[i] - 2.0f * scale[i] * x[i]) < 1e-5f);
    }
    assert_true(fabs(sums[1] / COUNT) < 0.01);
    assert_true(fabs(sums[2] / COUNT - 1) < 0.01);
    assert_true(fabs(sums[3] / COUNT) < 0.03);
    assert_true(fabs(sums[4] / COUNT - 3) < 0.08);
    assert_true(fabs(neighbours / COUNT) < 0.01);
    assert_true(fabs(beyond / COUNT - 0.05) < 0.002);
    free(x);
    free(scaled);
    free(scale);
}

static void activations_are_what_the_core_computes(void **state)
{
    (void)state;
    enum { COUNT = 601, MIDDLE = COUNT / 2 };
    for (int kind = 0; kind < 3; ++kind) {
        float x[COUNT], slope[COUNT];
        for (int i = 0; i < COUNT; ++i) {
            x[i] = (float)(i - MIDDLE) / 30.0f; /* -10 to 10 */
            slope[i] = 1.0f;
        }
        pulse_kernel_activate((pulse_net_activation)kind, COUNT, x, slope);
        for (int i = 0; i < COUNT; ++i) {
            const double v = (double)((float)(i - MIDDLE) / 30.0f);
            const double exact = kind == PULSE_NET_RELU   ? (v > 0 ? v : 0)
                                 : kind == PULSE_NET_TANH ? tanh(v)
                                                          : 0.5 * v * (1 + erf(v * sqrt(0.5)));
            assert_true(fabs((double)x[i] - exact) < 1e-6);
        }
    }
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
        cmocka_unit_test(pairs_in_blocks_come_to_what_the_definition_says),
        cmocka_unit_test(centring_moves_the_latent_and_not_the_output),
        cmocka_unit_test(adam_brings_the_loss_down),
        cmocka_unit_test(gradients_above_the_limit_are_brought_down_to_it),
        cmocka_unit_test(matrices_decay_and_biases_do_not),
        cmocka_unit_test(the_rate_warms_up_and_comes_down),
        cmocka_unit_test(a_plateau_halves_the_rate_and_progress_does_not),
        cmocka_unit_test(dropout_drops_its_share_and_keeps_the_mean),
        cmocka_unit_test(normal_noise_is_normal),
        cmocka_unit_test(activations_are_what_the_core_computes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
