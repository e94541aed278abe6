#include "train/trainer.h"

#include <cblas.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/blas.h"
#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/log.h"
#include "train/adam.h"
#include "train/batch.h"
#include "train/loss.h"

typedef struct trainer {
    const pulse_dataset *dataset;
    const pulse_recipe *recipe;
    pulse_stage stage;
    pulse_net *net;
    pulse_adam adam;
    pulse_rate rate;
    uint32_t batch_size;
    bool paired;
    pulse_batch batch;
    pulse_partners partners;            /* among training songs */
    pulse_partners validation_partners; /* among training and validation songs */
    pulse_random draws;                 /* order and partners */
    pulse_random noise;                 /* what is hidden */
    float *by_output;
    float *by_latent;
    float *pair_room;
    float *best; /* parameters */
    FILE *log;
} trainer;

typedef struct evaluation {
    double loss;
    double reconstruction;
    double pairs;
    double
        *by_modality; /* [modalities] mean squared error, standardised and unweighted; NAN: none */
} evaluation;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double step(trainer *t, const uint32_t *songs, uint32_t count, uint64_t number)
{
    const pulse_dataset *dataset = t->dataset;
    const pulse_recipe *recipe = t->recipe;
    pulse_batch *batch = &t->batch;
    pulse_batch_fill(batch, dataset, songs, count, t->paired ? &t->partners : NULL, recipe,
                     &t->noise);
    const pulse_net_noise noise = {&t->noise, recipe->dropout, recipe->latent_noise};
    pulse_net_forward(t->net, batch->seen, batch->rows, &noise);
    double loss = recipe->reconstruction *
                  pulse_loss_mse(pulse_net_output(t->net), batch->clean, dataset->inputs,
                                 batch->present, dataset->loss_weight, batch->rows,
                                 dataset->targets, recipe->reconstruction, t->by_output);
    if (t->paired) {
        memset(t->by_latent, 0, (size_t)batch->rows * recipe->latent * sizeof(float));
        loss += recipe->contrastive *
                pulse_loss_pairs(pulse_net_latent(t->net), batch->pairs, recipe->latent,
                                 batch->artist, batch->counted, recipe->temperature,
                                 recipe->contrastive, t->by_latent, t->pair_room);
    }
    pulse_net_backward(t->net, batch->seen, batch->rows, t->by_output,
                       t->paired ? t->by_latent : NULL);
    pulse_adam_step(&t->adam, t->net, pulse_rate_at(&t->rate, number), recipe->weight_decay,
                    recipe->gradient_limit);
    return loss;
}

/* Over the validation songs, with nothing hidden, and the same partners every time. */
static void evaluate(trainer *t, evaluation *out)
{
    const pulse_dataset *dataset = t->dataset;
    const pulse_split *split = dataset->split;
    pulse_batch *batch = &t->batch;
    double *errors = pulse_need(dataset->modalities, sizeof *errors);
    double *counts = pulse_need(dataset->modalities, sizeof *counts);
    double total = 0, weights = 0, pairs = 0, pair_batches = 0;
    pulse_random random = pulse_random_make(t->recipe->seed, 5);
    const pulse_net_noise none = {0};
    for (uint32_t at = 0; at < split->validation_count; at += t->batch_size) {
        const uint32_t left = split->validation_count - at;
        const uint32_t count = left < t->batch_size ? left : t->batch_size;
        pulse_batch_fill(batch, dataset, split->validation + at, count,
                         t->paired ? &t->validation_partners : NULL, NULL, &random);
        pulse_net_forward(t->net, batch->seen, batch->rows, &none);
        const float *output = pulse_net_output(t->net);
        for (uint32_t i = 0; i < count; ++i) {
            for (uint32_t c = 0; c < dataset->targets; ++c) {
                if (!batch->present[(size_t)i * dataset->targets + c])
                    continue;
                const double d = output[(size_t)i * dataset->targets + c] -
                                 batch->clean[(size_t)i * dataset->inputs + c];
                const double plain = d * dataset->unweight[c];
                total += dataset->loss_weight[c] * d * d;
                weights += dataset->loss_weight[c];
                errors[dataset->modality[c]] += plain * plain;
                counts[dataset->modality[c]] += 1;
            }
        }
        if (t->paired && count > 1) {
            pairs += pulse_loss_pairs(pulse_net_latent(t->net), batch->pairs, t->recipe->latent,
                                      batch->artist, batch->counted, t->recipe->temperature, 0,
                                      NULL, t->pair_room);
            pair_batches += 1;
        }
    }
    out->reconstruction = weights > 0 ? total / weights : 0;
    out->pairs = pair_batches > 0 ? pairs / pair_batches : 0;
    out->loss =
        t->recipe->reconstruction * out->reconstruction + t->recipe->contrastive * out->pairs;
    for (uint32_t m = 0; m < dataset->modalities; ++m)
        out->by_modality[m] = counts[m] > 0 ? errors[m] / counts[m] : NAN;
    free(errors);
    free(counts);
}

/* Seven digits: more would only be noise to read. */
static void add_number(cJSON *json, const char *name, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.7g", value);
    cJSON_AddItemToObject(json, name, isfinite(value) ? cJSON_CreateRaw(text) : cJSON_CreateNull());
}

static int write_line(trainer *t, const char *path, uint32_t epoch, float rate, double loss,
                      const evaluation *validation, double seconds, pulse_failure *failure)
{
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "stage", t->stage == PULSE_STAGE_MEASURED ? "measured" : "final");
    cJSON_AddNumberToObject(line, "epoch", epoch);
    add_number(line, "learning_rate", rate);
    add_number(line, "train_loss", loss);
    if (t->dataset->split->validation_count) {
        add_number(line, "validation_loss", validation->loss);
        add_number(line, "validation_reconstruction", validation->reconstruction);
        if (t->paired)
            add_number(line, "validation_contrastive", validation->pairs);
        cJSON *modalities = cJSON_AddObjectToObject(line, "validation_mse");
        for (uint32_t m = 0; m < t->dataset->modalities; ++m)
            add_number(modalities, t->dataset->modality_names[m], validation->by_modality[m]);
    }
    add_number(line, "seconds", seconds);
    char *text = cJSON_PrintUnformatted(line);
    cJSON_Delete(line);
    const bool written = text && fprintf(t->log, "%s\n", text) > 0 && fflush(t->log) == 0;
    cJSON_free(text);
    return written ? 0
                   : pulse_failure_set(failure, PULSE_EXIT_FAILED, "%s: cannot write: %s", path,
                                       strerror(errno));
}

static void centre(trainer *t)
{
    const pulse_split *split = t->dataset->split;
    const uint32_t latent = t->recipe->latent;
    double *sum = pulse_need(latent, sizeof *sum);
    float *mean = pulse_need(latent, sizeof *mean);
    const pulse_net_noise none = {0};
    for (uint32_t at = 0; at < split->train_count; at += t->batch_size) {
        const uint32_t left = split->train_count - at;
        const uint32_t count = left < t->batch_size ? left : t->batch_size;
        pulse_batch_fill(&t->batch, t->dataset, split->train + at, count, NULL, NULL, NULL);
        pulse_net_forward(t->net, t->batch.seen, count, &none);
        const float *z = pulse_net_latent(t->net);
        for (size_t i = 0; i < (size_t)count * latent; ++i)
            sum[i % latent] += z[i];
    }
    for (uint32_t k = 0; k < latent; ++k)
        mean[k] = (float)(sum[k] / split->train_count);
    pulse_net_centre(t->net, mean);
    free(sum);
    free(mean);
}

static int run(trainer *t, const char *log_path, pulse_training_report *report,
               pulse_failure *failure)
{
    const pulse_split *split = t->dataset->split;
    const uint32_t batches = split->train_count / t->batch_size;
    const size_t size = t->net->parameter_count * sizeof(float);
    uint32_t *order = pulse_need(split->train_count, sizeof *order);
    memcpy(order, split->train, split->train_count * sizeof *order);
    evaluation validation = {.by_modality = pulse_need(t->dataset->modalities, sizeof(double))};
    const double started = now();
    double best = INFINITY;
    int code = 0;
    for (uint32_t epoch = 1; epoch <= t->recipe->epochs && !code; ++epoch) {
        const double epoch_started = now();
        double loss = 0;
        pulse_random_shuffle(&t->draws, order, split->train_count);
        for (uint32_t b = 0; b < batches; ++b) {
            loss += step(t, order + (size_t)b * t->batch_size, t->batch_size, t->adam.steps);
            if (pulse_interrupted())
                break;
            if (b % 16 == 0) {
                char note[96];
                snprintf(note, sizeof note, "epoch %u of %u, loss %.5f", epoch, t->recipe->epochs,
                         loss / (b + 1));
                pulse_progress(t->stage == PULSE_STAGE_MEASURED ? "train" : "refit",
                               (uint64_t)(epoch - 1) * batches + b,
                               (uint64_t)t->recipe->epochs * batches, note);
            }
        }
        if (pulse_interrupted()) {
            code = pulse_failure_interrupted(failure);
            break;
        }
        loss /= batches;
        evaluate(t, &validation);
        if (!isfinite(loss) || !isfinite(validation.loss)) {
            code = pulse_failure_set(failure, PULSE_EXIT_FAILED,
                                     "training diverged in epoch %u; try a smaller "
                                     "--learning-rate",
                                     epoch);
            break;
        }
        code = write_line(t, log_path, epoch, pulse_rate_at(&t->rate, t->adam.steps - 1), loss,
                          &validation, now() - epoch_started, failure);
        const bool better = validation.loss < best || split->validation_count == 0;
        if (better) {
            best = validation.loss;
            report->best_epoch = epoch;
            memcpy(t->best, t->net->parameters, size);
        }
        pulse_rate_epoch(&t->rate, better);
        report->epochs = epoch;
        if (t->recipe->patience && epoch - report->best_epoch >= t->recipe->patience)
            break;
    }
    pulse_progress_clear();
    if (!code) {
        memcpy(t->net->parameters, t->best, size);
        if (t->recipe->centre)
            centre(t);
        report->validation = best;
        report->seconds = now() - started;
    }
    free(order);
    free(validation.by_modality);
    return code;
}

int pulse_train(const pulse_dataset *dataset, const pulse_recipe *recipe, pulse_stage stage,
                const char *log_path, pulse_net *net, pulse_training_report *report,
                pulse_failure *failure)
{
    const pulse_split *split = dataset->split;
    trainer t = {.dataset = dataset, .recipe = recipe, .stage = stage, .net = net};
    *report = (pulse_training_report){0};
    *net = (pulse_net){0};
    t.log = fopen(log_path, stage == PULSE_STAGE_MEASURED ? "wb" : "ab");
    if (!t.log)
        return pulse_failure_set(failure, PULSE_EXIT_FAILED, "%s: cannot write: %s", log_path,
                                 strerror(errno));
    t.batch_size = recipe->batch < split->train_count ? recipe->batch : split->train_count;
    t.paired = recipe->contrastive > 0.0f;
    t.draws = pulse_random_make(recipe->seed, 2);
    t.noise = pulse_random_make(recipe->seed, 3);
    pulse_random initial = pulse_random_make(recipe->seed, 4);
    pulse_net_shape shape = {.inputs = dataset->inputs,
                             .targets = dataset->targets,
                             .latent = recipe->latent,
                             .hidden_count = recipe->hidden_count,
                             .activation = recipe->activation,
                             .skip = recipe->skip};
    memcpy(shape.hidden, recipe->hidden, sizeof shape.hidden);
    pulse_batch_make(&t.batch, dataset, t.batch_size, t.paired);
    pulse_net_make(net, &shape, t.batch.capacity, &initial);
    pulse_adam_make(&t.adam, net);
    t.rate = pulse_rate_make(recipe, split->train_count / t.batch_size);
    t.by_output = pulse_need((size_t)t.batch.capacity * dataset->targets, sizeof(float));
    t.by_latent = pulse_need((size_t)t.batch.capacity * recipe->latent, sizeof(float));
    t.best = pulse_need(net->parameter_count, sizeof(float));
    if (t.paired) {
        t.pair_room =
            pulse_need(pulse_loss_pairs_room(t.batch_size, recipe->latent), sizeof(float));
        pulse_partners_make(&t.partners, dataset->table, split->train, split->train_count);
        /* validation and train lie side by side; where nothing is held out they are the same */
        pulse_partners_make(&t.validation_partners, dataset->table, split->validation,
                            split->held_out ? split->validation_count + split->train_count
                                            : split->train_count);
    }
    /* The products of a small net are too short to share: threads would mostly wait. */
    const int threads = openblas_get_num_threads();
    if (net->parameter_count < 500000)
        openblas_set_num_threads(1);
    int code = pulse_blas_check(failure);
    if (!code)
        code = run(&t, log_path, report, failure);
    openblas_set_num_threads(threads);
    if (fclose(t.log) != 0 && !code)
        code = pulse_failure_set(failure, PULSE_EXIT_FAILED, "%s: cannot write: %s", log_path,
                                 strerror(errno));
    pulse_partners_free(&t.partners);
    pulse_partners_free(&t.validation_partners);
    pulse_batch_free(&t.batch);
    pulse_adam_free(&t.adam);
    free(t.by_output);
    free(t.by_latent);
    free(t.pair_room);
    free(t.best);
    if (code)
        pulse_net_free(net);
    return code;
}
