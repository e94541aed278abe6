/* The learning curves: what training wrote into the workspace, a line of JSON for each epoch. */
#ifndef PULSE_TRAINER_REPORT_CURVES_H
#define PULSE_TRAINER_REPORT_CURVES_H

#include <cjson/cJSON.h>

#include "base/failure.h"

/* Adds "epochs": the lines as they are, thinned out where they are more than a curve can show. A
 * workspace that was not trained yet has none; a line that was not finished is left out. */
int pulse_report_curves(const char *work, cJSON *data, pulse_failure *failure);

#endif
