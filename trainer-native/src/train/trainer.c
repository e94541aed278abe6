#include "train/trainer.h"

#include <cblas.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/blas.h"
#include "base/interrupt.h"
#include "base/usage.h"
#include "cli/log.h"
#include "io/files.h"
#include "train/step.h"

/* Within an epoch, a checkpoint is written after so many seconds; at its end, unless writing them
 * would take more than this share of the time. */
#define SAVE_WITHIN_EPOCH 30.0
#define SAVE_SHARE 0.05

/* The stream of an epoch's order: apart from the others of the seed (step.c, batch.h). */
#define STREAM_ORDER ((uint64_t)1 << 63)

typedef struct trainer {
    pulse_training_session *session;
    const pulse_dataset *dataset;
    const pulse_recipe *recipe;
    pulse_stage stage;
    pulse_net *net;
    pulse_stepper stepper;
    pulse_rate rate;
    pulse_partners partners;            /* among training songs */
    pulse_partners validation_partners; /* among validation songs */
    pulse_training_state state;
    float *plateaus; /* [recipe->epochs] */
    float *best;     /* parameters */
    uint32_t batches;
    FILE *log;
} trainer;

/* ---- The log -------------------------------------------------------------------------------- */

/* Seven digits: more would only be noise to read. */
static void add_number(cJSON *json, const char *name, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.7g", value);
    cJSON_AddItemToObject(json, name, isfinite(value) ? cJSON_CreateRaw(text) : cJSON_CreateNull());
}

static int log_failure(const trainer *t, pulse_failure *failure)
{
    return pulse_failure_system(failure, PULSE_EXIT_FAILED, errno, "%s: cannot write",
                                t->session->log_path);
}

/* For --verbose. */
static void say_epoch(const trainer *t, double loss, const pulse_step_evaluation *validation,
                      double seconds)
{
    const double epoch = t->state.epoch;
    if (t->dataset->split->validation_count)
        pulse_log_detail_of(PULSE_FIELDS({"epoch", epoch}, {"train_loss", loss},
                                         {"validation_loss", validation->loss},
                                         {"seconds", seconds}),
                            "epoch %.0f: training loss %.5f, validation loss %.5f, in %.2f s",
                            epoch, loss, validation->loss, seconds);
    else
        pulse_log_detail_of(
            PULSE_FIELDS({"epoch", epoch}, {"train_loss", loss}, {"seconds", seconds}),
            "epoch %.0f: training loss %.5f, in %.2f s", epoch, loss, seconds);
}

static int write_line(trainer *t, float rate, double loss, double norm, bool better,
                      const pulse_step_evaluation *validation, double seconds,
                      pulse_failure *failure)
{
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "stage", t->stage == PULSE_STAGE_MEASURED ? "measured" : "final");
    cJSON_AddNumberToObject(line, "epoch", t->state.epoch);
    add_number(line, "learning_rate", (double)rate);
    add_number(line, "train_loss", loss);
    add_number(line, "gradient_norm", norm);
    if (t->dataset->split->validation_count) {
        add_number(line, "validation_loss", validation->loss);
        add_number(line, "validation_reconstruction", validation->reconstruction);
        if (t->stepper.paired)
            add_number(line, "validation_contrastive", validation->pairs);
        cJSON *modalities = cJSON_AddObjectToObject(line, "validation_mse");
        for (uint32_t m = 0; m < t->dataset->modalities; ++m)
            add_number(modalities, t->dataset->modality_names[m], validation->by_modality[m]);
        cJSON_AddBoolToObject(line, "best", better);
    }
    add_number(line, "seconds", seconds);
    say_epoch(t, loss, validation, seconds);
    char *text = cJSON_PrintUnformatted(line);
    cJSON_Delete(line);
    pulse_text *log = &t->session->log;
    const size_t before = log->size;
    pulse_text_format(log, "%s\n", text ? text : "{}");
    cJSON_free(text);
    const size_t size = log->size - before;
    return fwrite(log->data + before, 1, size, t->log) == size && fflush(t->log) == 0
               ? 0
               : log_failure(t, failure);
}

/* What a log held that an interrupted training has left is written anew: it may have got further
 * than its checkpoint. */
static int open_log(trainer *t, pulse_failure *failure)
{
    const pulse_text *log = &t->session->log;
    t->log = fopen(t->session->log_path, "wb");
    if (!t->log)
        return log_failure(t, failure);
    return fwrite(log->data, 1, log->size, t->log) == log->size && fflush(t->log) == 0
               ? 0
               : log_failure(t, failure);
}

/* ---- Checkpoints ---------------------------------------------------------------------------- */

/* One that cannot be written is no reason to lose the training. */
static void save(trainer *t, double seconds)
{
    pulse_training_session *session = t->session;
    pulse_checkpoint checkpoint = {.stage = t->stage,
                                   .state = t->state,
                                   .parameter_count = t->net->parameter_count,
                                   .parameters = t->net->parameters,
                                   .mean = t->stepper.adam.mean,
                                   .variance = t->stepper.adam.variance,
                                   .best = t->best,
                                   .epochs = t->recipe->epochs,
                                   .plateaus = t->plateaus,
                                   .log = session->log.data,
                                   .log_size = session->log.size,
                                   .measured = session->measured,
                                   .measured_size = session->measured_size,
                                   .measured_report = session->measured_report,
                                   .measured_epochs = session->measured_epochs,
                                   .measured_plateaus = session->measured_plateaus};
    checkpoint.state.steps = t->stepper.adam.steps;
    checkpoint.state.plateau = t->rate.plateau;
    checkpoint.state.unchanged = t->rate.unchanged;
    checkpoint.state.seconds = seconds;
    pulse_failure failure;
    const double started = pulse_clock();
    if (pulse_checkpoint_write(session->checkpoint_path, &session->identity, &checkpoint,
                               &failure) &&
        !session->save_failed) {
        session->save_failed = true;
        pulse_warn("%s; training goes on, but could not be gone on with if it were interrupted",
                   failure.message);
    }
    session->saved = pulse_clock();
    session->save_seconds = session->saved - started;
}

static int restore(trainer *t, pulse_failure *failure)
{
    pulse_checkpoint *from = &t->session->resumed;
    const size_t size = t->net->parameter_count * sizeof(float);
    if (from->parameter_count != t->net->parameter_count || from->epochs != t->recipe->epochs ||
        from->state.batch > t->batches)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: does not fit its own recipe; without --resume, train begins "
                                 "anew",
                                 t->session->checkpoint_path);
    memcpy(t->net->parameters, from->parameters, size);
    memcpy(t->stepper.adam.mean, from->mean, size);
    memcpy(t->stepper.adam.variance, from->variance, size);
    memcpy(t->best, from->best, size);
    memcpy(t->plateaus, from->plateaus, from->epochs * sizeof *t->plateaus);
    t->state = from->state;
    t->stepper.adam.steps = from->state.steps;
    t->rate.plateau = from->state.plateau;
    t->rate.unchanged = from->state.unchanged;
    pulse_checkpoint_free(from);
    return 0;
}

/* ---- The loop ------------------------------------------------------------------------------- */

static void centre(trainer *t)
{
    const pulse_split *split = t->dataset->split;
    float *mean = pulse_need(t->recipe->latent, sizeof *mean);
    pulse_stepper_mean_latent(&t->stepper, split->train, split->train_count, mean);
    pulse_net_centre(t->net, mean);
    free(mean);
}

static void say_progress(const trainer *t)
{
    const pulse_training_state *s = &t->state;
    char note[96];
    snprintf(note, sizeof note, "epoch %u of %u, loss %.5f", s->epoch + 1, t->recipe->epochs,
             s->loss / (s->batch ? s->batch : 1));
    pulse_progress(t->stage == PULSE_STAGE_MEASURED ? "train" : "refit",
                   (uint64_t)s->epoch * t->batches + s->batch,
                   (uint64_t)t->recipe->epochs * t->batches, note);
}

static int interrupted(trainer *t, double seconds, pulse_failure *failure)
{
    save(t, seconds);
    pulse_progress_clear();
    return pulse_failure_interrupted(failure);
}

/* The batches of an epoch that are left; its order hangs on nothing but seed and epoch. */
static int run_batches(trainer *t, uint32_t *order, double started, pulse_failure *failure)
{
    const pulse_split *split = t->dataset->split;
    const uint32_t size = t->stepper.batch_size;
    pulse_random random = pulse_random_make(t->recipe->seed, STREAM_ORDER | t->state.epoch);
    memcpy(order, split->train, split->train_count * sizeof *order);
    pulse_random_shuffle(&random, order, split->train_count);
    while (t->state.batch < t->batches) {
        if (pulse_interrupted())
            return interrupted(t, pulse_clock() - started, failure);
        const uint64_t number = t->stepper.adam.steps;
        const pulse_step_result result = pulse_stepper_train(
            &t->stepper, order + (size_t)t->state.batch * size, size,
            t->stepper.paired ? &t->partners : NULL, number, pulse_rate_at(&t->rate, number));
        t->state.loss += result.loss;
        t->state.norm += result.gradient_norm;
        ++t->state.batch;
        if (t->state.batch % 8 == 0) {
            say_progress(t);
            if (pulse_clock() - t->session->saved > SAVE_WITHIN_EPOCH)
                save(t, pulse_clock() - started);
        }
    }
    return 0;
}

static int run_epoch(trainer *t, uint32_t *order, pulse_step_evaluation *validation, double started,
                     pulse_failure *failure)
{
    const pulse_split *split = t->dataset->split;
    const double epoch_started = pulse_clock();
    if (split->validation_count)
        t->plateaus[t->state.epoch] = t->rate.plateau;
    else
        t->rate.plateau = t->plateaus[t->state.epoch];
    int code = run_batches(t, order, started, failure);
    if (code)
        return code;
    const double loss = t->state.loss / t->batches, norm = t->state.norm / t->batches;
    pulse_stepper_evaluate(&t->stepper, split->validation, split->validation_count,
                           t->stepper.paired ? &t->validation_partners : NULL, validation);
    const uint32_t epoch = ++t->state.epoch;
    t->state.batch = 0;
    t->state.loss = t->state.norm = 0;
    if (!isfinite(loss) || !isfinite(validation->loss))
        return pulse_failure_set(failure, PULSE_EXIT_FAILED,
                                 "training diverged in epoch %u; try a smaller --learning-rate",
                                 epoch);
    const bool better = split->validation_count == 0 || validation->loss < t->state.best;
    if (better) {
        t->state.best = validation->loss;
        t->state.best_epoch = epoch;
        memcpy(t->best, t->net->parameters, t->net->parameter_count * sizeof(float));
    }
    code = write_line(t, pulse_rate_at(&t->rate, t->stepper.adam.steps - 1), loss, norm, better,
                      validation, pulse_clock() - epoch_started, failure);
    if (split->validation_count)
        pulse_rate_epoch(&t->rate, better);
    return code;
}

static bool is_done(const trainer *t)
{
    const pulse_training_state *s = &t->state;
    return s->epoch >= t->recipe->epochs ||
           (t->recipe->patience && s->epoch - s->best_epoch >= t->recipe->patience);
}

static int run(trainer *t, pulse_training_report *report, pulse_failure *failure)
{
    uint32_t *order = pulse_need(t->dataset->split->train_count, sizeof *order);
    pulse_step_evaluation validation = {.by_modality =
                                            pulse_need(t->dataset->modalities, sizeof(double))};
    const double started = pulse_clock() - t->state.seconds;
    int code = 0;
    t->session->saved = pulse_clock();
    while (!code && !is_done(t)) {
        code = run_epoch(t, order, &validation, started, failure);
        if (!code && t->session->save_seconds < SAVE_SHARE * (pulse_clock() - t->session->saved))
            save(t, pulse_clock() - started);
    }
    pulse_progress_clear();
    if (!code) {
        memcpy(t->net->parameters, t->best, t->net->parameter_count * sizeof(float));
        if (t->recipe->centre)
            centre(t);
        *report = (pulse_training_report){.epochs = t->state.epoch,
                                          .best_epoch = t->state.best_epoch,
                                          .validation = t->state.best,
                                          .seconds = pulse_clock() - started};
    }
    free(order);
    free(validation.by_modality);
    return code;
}

int pulse_train(pulse_training_session *session, const pulse_dataset *dataset,
                const pulse_recipe *recipe, pulse_stage stage, float *plateaus, pulse_net *net,
                pulse_training_report *report, pulse_failure *failure)
{
    const pulse_split *split = dataset->split;
    trainer t = {.session = session,
                 .dataset = dataset,
                 .recipe = recipe,
                 .stage = stage,
                 .net = net,
                 .plateaus = plateaus,
                 .state = {.best = (double)INFINITY}};
    *report = (pulse_training_report){0};
    *net = (pulse_net){0};
    int code = pulse_blas_check_threads(pulse_parallel_threads(session->threads), failure);
    if (code)
        return code;
    pulse_stepper_make(&t.stepper, dataset, recipe, session->threads, net);
    t.batches = split->train_count / t.stepper.batch_size;
    t.rate = pulse_rate_make(recipe, t.batches);
    t.best = pulse_need(net->parameter_count, sizeof(float));
    if (t.stepper.paired) {
        pulse_partners_make(&t.partners, dataset->table, split->train, split->train_count);
        pulse_partners_make(&t.validation_partners, dataset->table, split->validation,
                            split->validation_count);
    }
    /* The threads are ours: products themselves fall into no parts. */
    const int blas_threads = openblas_get_num_threads();
    openblas_set_num_threads(1);
    if (session->resumed.parameters && session->resumed.stage == stage)
        code = restore(&t, failure);
    if (!code)
        code = open_log(&t, failure);
    if (!code)
        code = run(&t, report, failure);
    openblas_set_num_threads(blas_threads);
    if (t.log && fclose(t.log) != 0 && !code)
        code = log_failure(&t, failure);
    pulse_partners_free(&t.partners);
    pulse_partners_free(&t.validation_partners);
    pulse_stepper_free(&t.stepper);
    free(t.best);
    if (code)
        pulse_net_free(net);
    return code;
}
