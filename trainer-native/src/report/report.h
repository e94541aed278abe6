/*
 * The report: one HTML page about a bundle, readable in any browser without a network. Learning
 * curves, the features' distributions, the map of the latent space, samples of neighbours, the
 * evaluation and how it was all made. What is not there to be shown is said, not left out.
 *
 * report.c gathers, features.c, neighbours.c and points.c each one part, page.c writes. The page's
 * style and script are files under page/, made into C by cmake/EmbedPage.cmake.
 */
#ifndef PULSE_TRAINER_REPORT_H
#define PULSE_TRAINER_REPORT_H

#include <cjson/cJSON.h>

#include "base/failure.h"

typedef struct pulse_report_params {
    const char *bundle;      /* its directory; needed */
    const char *work;        /* the workspace, for learning curves and categories; NULL: none */
    const cJSON *evaluation; /* what `evaluate --json` prints; NULL: none */
    const cJSON *stages;     /* [{"name":TEXT,"seconds":NUMBER}] of this run; NULL: not known */
} pulse_report_params;

/* Whether a report can be written to `path`: asked before the work, so that it is not in vain. */
int pulse_report_check(const char *path, pulse_failure *failure);

/* Writes the page to `path`, whole or not at all; an older one is replaced. */
int pulse_report_write(const pulse_report_params *params, const char *path, pulse_failure *failure);

#endif
