/* The training loop. */
#ifndef PULSE_TRAINER_TRAINER_H
#define PULSE_TRAINER_TRAINER_H

#include "base/parallel.h"
#include "train/checkpoint.h"
#include "train/dataset.h"

/* What the stages of a training share, and where it stands. */
typedef struct pulse_training_session {
    const char *log_path;
    const char *checkpoint_path;
    pulse_training_identity identity;
    pulse_parallel *threads;
    pulse_checkpoint resumed; /* parameters NULL: from the beginning */
    pulse_text log;           /* train.jsonl so far */
    double saved;             /* when, by the monotonic clock, in seconds */
    double save_seconds;      /* that it took */
    bool save_failed;         /* it was said once */

    /* In the final stage, of the first. */
    const uint8_t *measured; /* [measured_size] the model file */
    size_t measured_size;
    pulse_training_report measured_report;
    uint32_t measured_epochs;
    const float *measured_plateaus; /* [measured_epochs] */
} pulse_training_session;

/*
 * Trains `net`, which it makes, on the dataset's training songs. One JSON line per epoch goes to
 * the log. With validation songs it ends with the weights of the epoch that was best on them, after
 * recipe->patience more at the latest; without, it runs for all epochs and keeps the last. A
 * checkpoint is written at the end of an epoch, but not so often that it takes a twentieth of the
 * time, in a long epoch every half minute, and on Ctrl-C.
 *
 * `plateaus` [recipe->epochs] is the plateau schedule's factor by epoch: written where there are
 * validation songs, followed where there are none.
 *
 * The caller frees the net with pulse_net_free.
 */
int pulse_train(pulse_training_session *session, const pulse_dataset *dataset,
                const pulse_recipe *recipe, pulse_stage stage, float *plateaus, pulse_net *net,
                pulse_training_report *report, pulse_failure *failure);

/* The trained net as the core reads it (docs/bundle-format.md, "autoencoder"), over the full row.
 * `data`: a hash of what it was trained with. `*bytes` belongs to the caller: pulse_bytes_free. */
int pulse_model_write(const pulse_dataset *dataset, const pulse_net *net,
                      const pulse_recipe *recipe, const pulse_training_report *report,
                      const char *data, uint8_t **bytes, size_t *size, pulse_failure *failure);

/* A model file, read back. */
typedef struct pulse_model {
    uint8_t *bytes;
    size_t size;
    pulse_autoencoder *autoencoder;
    cJSON *header;
    cJSON *training;               /* {"songs","epochs","best_epoch","lyrics","recipe"} */
    const char *preprocessor_json; /* in header */
    const char *data;              /* in header: a hash of what it was trained with; may be NULL */
    pulse_recipe recipe;
    uint32_t songs; /* it was trained with, held-out ones included */
} pulse_model;
int pulse_model_read(const char *path, pulse_model *out, pulse_failure *failure);
void pulse_model_free(pulse_model *model);

typedef struct pulse_train_params {
    const pulse_recipe *recipe;
    uint32_t threads; /* 0: one for each processor; changes nothing but the time */
    bool resume;      /* go on with a training that was interrupted, where there is one */
} pulse_train_params;

/* The whole of `playlistpulse train`. */
int pulse_train_workspace(const char *workspace, const pulse_train_params *params,
                          pulse_failure *failure);

#endif
