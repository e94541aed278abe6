/* What the commands that ask a bundle share. */
#ifndef PULSE_TRAINER_BUNDLE_OPTIONS_H
#define PULSE_TRAINER_BUNDLE_OPTIONS_H

#include <cjson/cJSON.h>

#include "base/failure.h"
#include "cli/command.h"

/* Ids of the options below, apart from any command's own. */
enum { PULSE_ID_BUNDLE = 1000, PULSE_ID_THREADS, PULSE_ID_COMPUTE };
extern const pulse_option_group pulse_bundle_options;  /* --bundle, which is needed */
extern const pulse_option_group pulse_encoder_options; /* --threads and --compute */

typedef struct pulse_opened {
    pulse_source source;
    pulse_engine *engine;
    bool has_source;
} pulse_opened;

int pulse_bundle_open_for_command(const char *path, pulse_opened *out, pulse_failure *failure);
/* The same, with settings for its lyrics encoder. */
int pulse_bundle_open_with(const char *path, uint32_t threads, pulse_compute compute,
                           pulse_opened *out, pulse_failure *failure);
void pulse_opened_close(pulse_opened *opened);

/* A song's members as a table shows them; the text is in `room` or the JSON. */
const char *pulse_json_text(const cJSON *object, const char *member, char room[32]);

/* Prints a line of JSON to the standard output. */
void pulse_print_json(const char *json);

#endif
