#include "train/step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "train/kernels.h"

enum {
    SHARD_ROWS =
        128,         /* with fewer, products are too short; with more, threads have less to share */
    SLICE = 1 << 14, /* parameters */
};

/* The streams of a seed that are not a batch's (those are from 2^20 on). */
enum { STREAM_WEIGHTS = 4, STREAM_EVALUATION = 5 };

void pulse_stepper_make(pulse_stepper *stepper, const pulse_dataset *dataset,
                        const pulse_recipe *recipe, pulse_parallel *threads, pulse_net *net)
{
    const uint32_t songs = dataset->split->train_count;
    *stepper = (pulse_stepper){.dataset = dataset,
                               .recipe = recipe,
                               .net = net,
                               .threads = threads,
                               .batch_size = recipe->batch < songs ? recipe->batch : songs,
                               .paired = recipe->contrastive > 0.0f};
    pulse_net_shape shape = {.inputs = dataset->inputs,
                             .targets = dataset->targets,
                             .latent = recipe->latent,
                             .hidden_count = recipe->hidden_count,
                             .activation = recipe->activation,
                             .skip = recipe->skip};
    memcpy(shape.hidden, recipe->hidden, sizeof shape.hidden);
    pulse_random weights = pulse_random_make(recipe->seed, STREAM_WEIGHTS);
    pulse_net_make(net, &shape, &weights);
    pulse_adam_make(&stepper->adam, net);
    pulse_batch_make(&stepper->batch, dataset, stepper->batch_size, stepper->paired);
    if (stepper->paired)
        pulse_pairs_make(&stepper->pairs, stepper->batch_size, recipe->latent, recipe->temperature);
    const uint32_t capacity = stepper->batch.capacity;
    uint32_t shards = (capacity + SHARD_ROWS - 1) / SHARD_ROWS;
    shards = shards < PULSE_MOST_SHARDS ? shards : PULSE_MOST_SHARDS;
    stepper->shard_rows = (capacity + shards - 1) / shards;
    for (uint32_t i = 0; i < shards; ++i) {
        pulse_net_pass_make(&stepper->passes[i], net, stepper->shard_rows);
        stepper->by_modality[i] = pulse_need(2 * (size_t)dataset->modalities, sizeof(double));
    }
    stepper->gradients = pulse_need(net->parameter_count, sizeof(float));
    stepper->squares = pulse_need(net->parameter_count / SLICE + 1, sizeof(double));
}

void pulse_stepper_free(pulse_stepper *stepper)
{
    for (uint32_t i = 0; i < PULSE_MOST_SHARDS && stepper->passes[i].rows; ++i) {
        pulse_net_pass_free(&stepper->passes[i], stepper->net);
        free(stepper->by_modality[i]);
    }
    pulse_adam_free(&stepper->adam);
    pulse_batch_free(&stepper->batch);
    pulse_pairs_free(&stepper->pairs);
    free(stepper->gradients);
    free(stepper->squares);
    *stepper = (pulse_stepper){0};
}

/* One part needs no other thread to wake. */
static void run(pulse_stepper *s, pulse_parallel_fn work, uint32_t parts)
{
    if (parts == 1)
        work(s, 0, 0);
    else if (parts > 1)
        pulse_parallel_run(s->threads, work, s, parts);
}

/* ---- Shards --------------------------------------------------------------------------------- */

typedef struct rows {
    uint32_t first, count;
    const float *seen, *clean;
    const uint8_t *present;
} rows;

static rows rows_of(const pulse_stepper *s, uint32_t shard)
{
    const pulse_batch *batch = &s->batch;
    const uint32_t first = shard * s->shard_rows, left = batch->rows - first;
    return (rows){.first = first,
                  .count = left < s->shard_rows ? left : s->shard_rows,
                  .seen = batch->seen + (size_t)first * s->dataset->inputs,
                  .clean = batch->clean + (size_t)first * s->dataset->inputs,
                  .present = batch->present + (size_t)first * s->dataset->targets};
}

static void begin(pulse_stepper *s, const uint32_t *songs, uint32_t count,
                  const pulse_partners *partners, const pulse_recipe *recipe, uint64_t seed,
                  uint64_t number)
{
    pulse_batch_begin(&s->batch, songs, count, partners, recipe, seed, number);
    s->shards = (s->batch.rows + s->shard_rows - 1) / s->shard_rows;
    if (partners)
        pulse_pairs_begin(&s->pairs, count, s->batch.artist, s->batch.counted,
                          s->recipe->contrastive);
}

static void forward(pulse_stepper *s, uint32_t shard, const pulse_net_noise *noise)
{
    const rows r = rows_of(s, shard);
    pulse_net_pass *pass = &s->passes[shard];
    pulse_batch_fill(&s->batch, r.first, r.count);
    pulse_net_forward(s->net, pass, r.seen, r.count, noise);
    if (s->batch.pairs)
        pulse_pairs_set_rows(&s->pairs, r.first, r.count, pulse_net_latent(s->net, pass));
}

static void forward_with_noise(void *context, uint32_t shard, uint32_t thread)
{
    pulse_stepper *s = context;
    (void)thread;
    pulse_random random = pulse_batch_random(&s->batch, PULSE_BATCH_APART | shard);
    const pulse_net_noise noise = {.on = true,
                                   .key = pulse_random_bits(&random),
                                   .dropout = s->recipe->dropout,
                                   .latent_noise = s->recipe->latent_noise};
    forward(s, shard, &noise);
}

static void forward_alone(void *context, uint32_t shard, uint32_t thread)
{
    const pulse_net_noise none = {0};
    (void)thread;
    forward(context, shard, &none);
}

static void compare(void *context, uint32_t block, uint32_t thread)
{
    (void)thread;
    pulse_pairs_compare(&((pulse_stepper *)context)->pairs, block);
}

static void weigh(void *context, uint32_t block, uint32_t thread)
{
    (void)thread;
    pulse_pairs_weigh(&((pulse_stepper *)context)->pairs, block);
}

static void differentiate(void *context, uint32_t block, uint32_t thread)
{
    (void)thread;
    pulse_pairs_differentiate(&((pulse_stepper *)context)->pairs, block);
}

/* ---- Training ------------------------------------------------------------------------------- */

static void backward(void *context, uint32_t shard, uint32_t thread)
{
    pulse_stepper *s = context;
    (void)thread;
    const pulse_dataset *dataset = s->dataset;
    const rows r = rows_of(s, shard);
    pulse_net_pass *pass = &s->passes[shard];
    float *output = pulse_net_output(s->net, pass);
    const float scale = (float)((double)s->recipe->reconstruction / s->weights);
    s->errors[shard] = pulse_loss_errors(output, r.clean, dataset->inputs, r.present,
                                         dataset->loss_weight, r.count, dataset->targets, scale);
    const float *by_latent =
        s->batch.pairs ? s->pairs.gradient + (size_t)r.first * s->recipe->latent : NULL;
    pulse_net_backward(s->net, pass, r.seen, r.count, output, by_latent);
}

static uint32_t slices(const pulse_stepper *s)
{
    return (uint32_t)((s->net->parameter_count + SLICE - 1) / SLICE);
}

static size_t slice_size(const pulse_stepper *s, size_t first)
{
    const size_t left = s->net->parameter_count - first;
    return left < SLICE ? left : SLICE;
}

static void add_gradients(void *context, uint32_t slice, uint32_t thread)
{
    pulse_stepper *s = context;
    (void)thread;
    const float *parts[PULSE_MOST_SHARDS];
    const size_t first = (size_t)slice * SLICE, count = slice_size(s, first);
    for (uint32_t i = 0; i < s->shards; ++i)
        parts[i] = s->passes[i].gradients;
    pulse_kernel_add_parts(first, count, parts, s->shards, s->gradients);
    s->squares[slice] = (double)pulse_kernel_squares(count, s->gradients + first);
}

static void update(void *context, uint32_t slice, uint32_t thread)
{
    pulse_stepper *s = context;
    (void)thread;
    const size_t first = (size_t)slice * SLICE;
    pulse_adam_update(&s->adam, &s->update, s->gradients, s->net->parameters, first,
                      slice_size(s, first));
}

static double total_weight(const pulse_stepper *s)
{
    double sum = 0;
    for (uint32_t i = 0; i < s->batch.rows; ++i)
        sum += (double)s->dataset->song_weight[s->batch.songs[i]];
    return sum > 0 ? sum : 1;
}

pulse_step_result pulse_stepper_train(pulse_stepper *s, const uint32_t *songs, uint32_t count,
                                      const pulse_partners *partners, uint64_t number, float rate)
{
    const pulse_recipe *recipe = s->recipe;
    pulse_step_result result = {0};
    begin(s, songs, count, partners, recipe, recipe->seed, number);
    run(s, forward_with_noise, s->shards);
    s->weights = total_weight(s);
    if (partners) {
        const uint32_t blocks = pulse_pairs_blocks(&s->pairs);
        run(s, compare, blocks);
        result.loss += (double)recipe->contrastive * pulse_pairs_sum(&s->pairs);
        run(s, weigh, blocks);
        run(s, differentiate, blocks);
    }
    run(s, backward, s->shards);
    run(s, add_gradients, slices(s));
    double errors = 0, squares = 0;
    for (uint32_t i = 0; i < s->shards; ++i)
        errors += s->errors[i];
    for (uint32_t i = 0; i < slices(s); ++i)
        squares += s->squares[i];
    result.loss += (double)recipe->reconstruction * errors / s->weights;
    result.gradient_norm = sqrt(squares);
    s->update = (pulse_adam_step){.rate = rate,
                                  .decay = recipe->weight_decay,
                                  .limit = recipe->gradient_limit,
                                  .norm = result.gradient_norm};
    pulse_adam_begin(&s->adam);
    run(s, update, slices(s));
    return result;
}

/* ---- Looking -------------------------------------------------------------------------------- */

/* Errors of the anchors among a shard's rows; partners are only there to be told apart. */
static void look(void *context, uint32_t shard, uint32_t thread)
{
    pulse_stepper *s = context;
    forward_alone(s, shard, thread);
    const pulse_dataset *dataset = s->dataset;
    const rows r = rows_of(s, shard);
    const uint32_t anchors = s->batch.pairs ? s->batch.pairs : s->batch.rows;
    const float *output = pulse_net_output(s->net, &s->passes[shard]);
    double *sums = s->by_modality[shard], *counts = sums + dataset->modalities;
    memset(sums, 0, 2 * (size_t)dataset->modalities * sizeof *sums);
    s->errors[shard] = 0;
    for (uint32_t i = 0; i < r.count && r.first + i < anchors; ++i) {
        for (uint32_t c = 0; c < dataset->targets; ++c) {
            if (!r.present[(size_t)i * dataset->targets + c])
                continue;
            const double d = (double)output[(size_t)i * dataset->targets + c] -
                             (double)r.clean[(size_t)i * dataset->inputs + c];
            const double plain = d * (double)dataset->unweight[c];
            s->errors[shard] += (double)dataset->loss_weight[c] * d * d;
            sums[dataset->modality[c]] += plain * plain;
            counts[dataset->modality[c]] += 1;
        }
    }
}

void pulse_stepper_evaluate(pulse_stepper *s, const uint32_t *songs, uint32_t count,
                            const pulse_partners *partners, pulse_step_evaluation *out)
{
    const uint32_t modalities = s->dataset->modalities;
    double *counts = pulse_need(modalities, sizeof *counts);
    double total = 0, weights = 0, pairs = 0, batches = 0;
    memset(out->by_modality, 0, modalities * sizeof *out->by_modality);
    for (uint32_t at = 0; at < count; at += s->batch_size) {
        const uint32_t some = count - at < s->batch_size ? count - at : s->batch_size;
        const uint64_t seed = s->recipe->seed ^ ((uint64_t)STREAM_EVALUATION << 56);
        begin(s, songs + at, some, partners, NULL, seed, at);
        run(s, look, s->shards);
        for (uint32_t i = 0; i < s->shards; ++i) {
            total += s->errors[i];
            for (uint32_t m = 0; m < modalities; ++m) {
                out->by_modality[m] += s->by_modality[i][m];
                counts[m] += s->by_modality[i][modalities + m];
            }
        }
        for (uint32_t i = 0; i < some; ++i)
            weights += (double)s->dataset->song_weight[songs[at + i]];
        if (partners && some > 1) {
            run(s, compare, pulse_pairs_blocks(&s->pairs));
            pairs += pulse_pairs_sum(&s->pairs);
            batches += 1;
        }
    }
    out->reconstruction = weights > 0 ? total / weights : 0;
    out->pairs = batches > 0 ? pairs / batches : 0;
    out->loss = (double)s->recipe->reconstruction * out->reconstruction +
                (double)s->recipe->contrastive * out->pairs;
    for (uint32_t m = 0; m < modalities; ++m)
        out->by_modality[m] = counts[m] > 0 ? out->by_modality[m] / counts[m] : (double)NAN;
    free(counts);
}

void pulse_stepper_mean_latent(pulse_stepper *s, const uint32_t *songs, uint32_t count, float *mean)
{
    const uint32_t latent = s->recipe->latent;
    double *sum = pulse_need(latent, sizeof *sum);
    for (uint32_t at = 0; at < count; at += s->batch_size) {
        const uint32_t some = count - at < s->batch_size ? count - at : s->batch_size;
        begin(s, songs + at, some, NULL, NULL, 0, 0);
        run(s, forward_alone, s->shards);
        for (uint32_t i = 0; i < s->shards; ++i) {
            const float *z = pulse_net_latent(s->net, &s->passes[i]);
            const size_t values = (size_t)rows_of(s, i).count * latent;
            for (size_t k = 0; k < values; ++k)
                sum[k % latent] += (double)z[k];
        }
    }
    for (uint32_t k = 0; k < latent; ++k)
        mean[k] = (float)(sum[k] / count);
    free(sum);
}
