/*
 * How good a bundle is: ranking against baselines, and the space its vectors make. The whole of
 * `playlistpulse evaluate`, without the printing. docs/evaluation.md says what each figure is.
 */
#ifndef PULSE_TRAINER_EVALUATE_H
#define PULSE_TRAINER_EVALUATE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"

/* Start from pulse_evaluate_defaults() and set what differs. */
typedef struct pulse_evaluate_params {
    const char *bundle;          /* directory; must be given */
    const char *work;            /* the workspace it was made from, for what a bundle does not hold:
                                    lyrics, every input, reconstruction. NULL: without */
    bool work_guessed;           /* nobody named `work`: one that is of other songs, or cannot be
                                    read, is passed over with a warning */
    const char *playlists;       /* JSON lists of song_ids, one a line; "-": standard input. NULL:
                                    without ranking */
    const char *train_playlists; /* for the methods that learn from playlists. NULL: without */
    uint64_t seed;      /* of bootstrap, random ranking, samples, and which songs to hide */
    uint32_t resamples; /* of the bootstrap */
    uint32_t threads;   /* 0: one for each processor */
    const char *hide;   /* a modality to hide from a share of the songs; NULL: none */
    double hide_share;  /* (0, 1] */
} pulse_evaluate_params;
pulse_evaluate_params pulse_evaluate_defaults(void);

/*
 * `*out` is what `--json` prints (docs/evaluation.md, "The JSON"), the caller's: cJSON_Delete. NULL
 * on failure. Says on the standard error what is left out and why. Ends early, with a failure, on
 * Ctrl-C. The files of a bundle and of a workspace are only read. Not to be called by two threads
 * at once.
 */
int pulse_evaluate(const pulse_evaluate_params *params, cJSON **out, pulse_failure *failure);

/* The same for people; `markdown`: as tables for a model card. To the standard output. */
void pulse_evaluate_print(const cJSON *evaluation, bool markdown);

#endif
