#include "evaluate/reconstruct.h"

#include <math.h>
#include <stdlib.h>

#include "base/interrupt.h"
#include "base/memory.h"

typedef struct errors {
    double sum, count;
} errors;

pulse_reconstruction pulse_reconstruction_none(const pulse_dataset *dataset)
{
    pulse_reconstruction none = {NAN, pulse_need(dataset->modalities, sizeof(double))};
    for (uint32_t m = 0; m < dataset->modalities; ++m)
        none.by_modality[m] = NAN;
    return none;
}

/* y and x [targets], standardised and unweighted. `features`: of all but the lyrics. */
static void compare(const pulse_dataset *dataset, const float *y, const float *x,
                    const uint8_t *present, errors *features, errors *by_modality)
{
    for (uint32_t c = 0; c < dataset->targets; ++c) {
        if (!present[c])
            continue;
        const double difference = (double)y[c] - x[c];
        if (c < dataset->targets - dataset->lyrics) {
            features->sum += difference * difference;
            features->count += 1;
        }
        by_modality[dataset->modality[c]].sum += difference * difference;
        by_modality[dataset->modality[c]].count += 1;
    }
}

static double mean_of(const errors *e)
{
    return e->count > 0 ? e->sum / e->count : NAN;
}

static void take_errors(const pulse_dataset *dataset, const errors *features,
                        const errors *by_modality, pulse_reconstruction *out)
{
    out->features = mean_of(features);
    for (uint32_t m = 0; m < dataset->modalities; ++m)
        out->by_modality[m] = mean_of(&by_modality[m]);
}

/* A song as training sees it, in standard deviations. Room: `row` [inputs]. */
static void standardised(const pulse_dataset *dataset, uint32_t song, float *row, float *x,
                         uint8_t *present)
{
    pulse_dataset_row(dataset, song, row, present);
    for (uint32_t c = 0; c < dataset->targets; ++c)
        x[c] = row[c] * dataset->unweight[c];
}

static void take_inputs(const void *context, const uint32_t *songs, uint32_t count, float *out)
{
    const pulse_dataset *dataset = context;
    float *row = pulse_need(dataset->inputs, sizeof *row);
    uint8_t *present = pulse_need(dataset->targets, 1);
    for (uint32_t i = 0; i < count; ++i) {
        float *x = out + (size_t)i * dataset->targets;
        standardised(dataset, songs[i], row, x, present);
        for (uint32_t c = 0; c < dataset->targets; ++c)
            x[c] *= sqrtf(dataset->loss_weight[c]);
    }
    free(row);
    free(present);
}

pulse_rows pulse_reconstruct_rows(const pulse_dataset *dataset)
{
    return (pulse_rows){dataset->targets, take_inputs, dataset};
}

float *pulse_reconstruct_inputs(const pulse_dataset *dataset)
{
    const uint32_t songs = dataset->table->songs;
    float *inputs = pulse_need((size_t)songs * dataset->targets, sizeof *inputs);
    uint32_t *all = pulse_need(songs, sizeof *all);
    for (uint32_t i = 0; i < songs; ++i)
        all[i] = i;
    take_inputs(dataset, all, songs, inputs);
    free(all);
    return inputs;
}

int pulse_reconstruct_by_model(const pulse_dataset *dataset, pulse_autoencoder *autoencoder,
                               const uint32_t *songs, uint32_t count, pulse_reconstruction *out,
                               pulse_failure *failure)
{
    const pulse_layout *layout = &dataset->layout;
    float *row = pulse_need(layout->inputs, sizeof *row);
    float *target = pulse_need(layout->targets, sizeof *target);
    float *x = pulse_need(dataset->targets, sizeof *x);
    float *y = pulse_need(dataset->targets, sizeof *y);
    uint8_t *present = pulse_need(dataset->targets, 1);
    errors features = {0}, *by_modality = pulse_need(dataset->modalities, sizeof *by_modality);
    int code = 0;
    for (uint32_t i = 0; i < count && !code; ++i) {
        code = pulse_song_table_rows(dataset->table, dataset->preprocessor, songs[i], 1, row, NULL,
                                     failure);
        pulse_error error;
        if (!code && pulse_autoencoder_reconstruct(autoencoder, row, 1, target, &error) != PULSE_OK)
            code = pulse_failure_core(failure, &error);
        for (uint32_t c = 0; c < dataset->targets; ++c)
            y[c] = (target[dataset->columns[c]] - dataset->centre[c]) * dataset->unweight[c];
        standardised(dataset, songs[i], row, x, present);
        compare(dataset, y, x, present, &features, by_modality);
        if (!code && pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    take_errors(dataset, &features, by_modality, out);
    free(row);
    free(target);
    free(x);
    free(y);
    free(present);
    free(by_modality);
    return code;
}

void pulse_reconstruct_by_pca(const pulse_dataset *dataset, const pulse_pca *pca,
                              const uint32_t *songs, uint32_t count, pulse_reconstruction *out)
{
    float *projected = pulse_need(pca->dimensions, sizeof *projected);
    float *row = pulse_need(dataset->inputs, sizeof *row);
    float *x = pulse_need(dataset->targets, sizeof *x);
    float *y = pulse_need(dataset->targets, sizeof *y);
    uint8_t *present = pulse_need(dataset->targets, 1);
    errors all = {0}, *by_modality = pulse_need(dataset->modalities, sizeof *by_modality);
    for (uint32_t i = 0; i < count; ++i) {
        take_inputs(dataset, &songs[i], 1, x);
        pulse_pca_project(pca, x, 1, projected);
        pulse_pca_restore(pca, projected, 1, y);
        /* What the loss does not look at is neither in the components nor restored. */
        for (uint32_t c = 0; c < dataset->targets; ++c)
            y[c] = dataset->loss_weight[c] > 0 ? y[c] / sqrtf(dataset->loss_weight[c]) : 0.0f;
        standardised(dataset, songs[i], row, x, present);
        compare(dataset, y, x, present, &all, by_modality);
    }
    take_errors(dataset, &all, by_modality, out);
    free(projected);
    free(row);
    free(x);
    free(y);
    free(present);
    free(by_modality);
}
