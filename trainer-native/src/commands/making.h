/* What ingest, embed, train, export and build share: their options, as tables and as a struct. */
#ifndef PULSE_TRAINER_MAKING_H
#define PULSE_TRAINER_MAKING_H

#include "commands/commands.h"
#include "embed/embed.h"
#include "export/export.h"
#include "train/recipe.h"
#include "train/trainer.h"

/* Groups of options that a command takes: its table of groups lists them. */
extern const pulse_option_group pulse_work_options;   /* --work, which is needed */
extern const pulse_option_group pulse_schema_options; /* --schema */
extern const pulse_option_group pulse_lyrics_options; /* --encoder, --cache, ... */
extern const pulse_option_group pulse_jobs_options;   /* --jobs */
extern const pulse_option_group pulse_resume_options; /* --resume */
extern const pulse_option_group pulse_recipe_options; /* --latent, --seed, ... --config */
extern const pulse_option_group pulse_out_options;    /* --out, which is needed, and below */
extern const pulse_option_group pulse_about_options;  /* what the manifest says of the data */
extern const pulse_option_group pulse_map_options;    /* --no-map */
extern const pulse_option_group pulse_report_options; /* --report */
extern const pulse_option_group pulse_places_options; /* of build: --out and --work, not needed */

/* The argument that is the CSV, for a command's `operand`. */
#define PULSE_CSV_OPERAND                                                                          \
    {                                                                                              \
        .value = "FILE", .missing = "the CSV file is missing (\"-\" is the standard input)",       \
        .surplus = "one CSV at a time"                                                             \
    }

typedef struct pulse_making {
    const pulse_options *options; /* what was read, for how to go on after an interruption */
    const char *csv;
    const char *work;
    const char *schema;
    const char *out;
    const char *report; /* NULL: none */
    bool no_map;
    bool resume;
    pulse_attribution attribution;
    pulse_recipe recipe;
    pulse_embed_params embed;
} pulse_making;

/* Takes every option of the groups above, and the CSV. From here on Ctrl-C is looked for. */
int pulse_making_read(pulse_options *options, pulse_making *out, pulse_failure *failure);

/* Of train, and of build's step of that name. */
int pulse_making_train(const pulse_making *making, pulse_failure *failure);

#endif
