/* The training loop. */
#ifndef PULSE_TRAINER_TRAINER_H
#define PULSE_TRAINER_TRAINER_H

#include "train/dataset.h"
#include "train/net.h"

typedef struct pulse_training_report {
    uint32_t epochs;     /* run */
    uint32_t best_epoch; /* whose weights were kept, from 1 */
    double validation;   /* the loss there */
    double seconds;
} pulse_training_report;

/* What a training is for: the log says it, and the final one adds to the log of the first. */
typedef enum pulse_stage { PULSE_STAGE_MEASURED = 0, PULSE_STAGE_FINAL = 1 } pulse_stage;

/* Trains `net`, which it makes, on the dataset's training songs. One JSON line per epoch goes to
 * `log_path`. Without validation songs it runs for all epochs and keeps the last. The caller frees
 * the net with pulse_net_free. */
int pulse_train(const pulse_dataset *dataset, const pulse_recipe *recipe, pulse_stage stage,
                const char *log_path, pulse_net *net, pulse_training_report *report,
                pulse_failure *failure);

/* The trained net as the core reads it (docs/bundle-format.md, "autoencoder"), over the full row.
 * `*bytes` belongs to the caller: pulse_bytes_free. */
int pulse_model_write(const pulse_dataset *dataset, const pulse_net *net,
                      const pulse_recipe *recipe, const pulse_training_report *report,
                      uint8_t **bytes, size_t *size, pulse_failure *failure);

/* A model file, read back. */
typedef struct pulse_model {
    uint8_t *bytes;
    size_t size;
    pulse_autoencoder *autoencoder;
    cJSON *header;
    cJSON *training;               /* {"songs","epochs","best_epoch","lyrics","recipe"} */
    const char *preprocessor_json; /* in header */
    pulse_recipe recipe;
    uint32_t songs; /* it was trained with, held-out ones included */
} pulse_model;
int pulse_model_read(const char *path, pulse_model *out, pulse_failure *failure);
void pulse_model_free(pulse_model *model);

/* The whole of `playlistpulse train`. */
int pulse_train_workspace(const char *workspace, const pulse_recipe *recipe,
                          pulse_failure *failure);

#endif
