#include "commands/making.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/options.h"
#include "commands/commands.h"

enum {
    WORK = 256,
    SCHEMA,
    OUT,
    LATENT,
    SEED,
    EPOCHS,
    HIDDEN,
    ACTIVATION,
    DROPOUT,
    MODALITY_DROPOUT,
    BATCH,
    RATE,
    PATIENCE,
    CONFIG,
    ENCODER,
    CACHE,
    JOBS,
    COMPUTE,
    DATA_TITLE,
    LICENCE,
    ATTRIBUTION,
    SOURCE
};

typedef struct known_option {
    int takes; /* 0: every command */
    struct option option;
} known_option;

static const known_option known[] = {
    {0, {"work", required_argument, NULL, WORK}},
    {0, {"help", no_argument, NULL, 'h'}},
    {PULSE_TAKES_CSV, {"schema", required_argument, NULL, SCHEMA}},
    {PULSE_TAKES_OUT, {"out", required_argument, NULL, OUT}},
    {PULSE_TAKES_OUT, {"data-title", required_argument, NULL, DATA_TITLE}},
    {PULSE_TAKES_OUT, {"licence", required_argument, NULL, LICENCE}},
    {PULSE_TAKES_OUT, {"license", required_argument, NULL, LICENCE}},
    {PULSE_TAKES_OUT, {"attribution", required_argument, NULL, ATTRIBUTION}},
    {PULSE_TAKES_OUT, {"source", required_argument, NULL, SOURCE}},
    {PULSE_TAKES_LYRICS, {"encoder", required_argument, NULL, ENCODER}},
    {PULSE_TAKES_LYRICS, {"cache", required_argument, NULL, CACHE}},
    {PULSE_TAKES_LYRICS, {"jobs", required_argument, NULL, JOBS}},
    {PULSE_TAKES_LYRICS, {"compute", required_argument, NULL, COMPUTE}},
    {PULSE_TAKES_RECIPE, {"latent", required_argument, NULL, LATENT}},
    {PULSE_TAKES_RECIPE, {"seed", required_argument, NULL, SEED}},
    {PULSE_TAKES_RECIPE, {"epochs", required_argument, NULL, EPOCHS}},
    {PULSE_TAKES_RECIPE, {"hidden", required_argument, NULL, HIDDEN}},
    {PULSE_TAKES_RECIPE, {"activation", required_argument, NULL, ACTIVATION}},
    {PULSE_TAKES_RECIPE, {"dropout", required_argument, NULL, DROPOUT}},
    {PULSE_TAKES_RECIPE, {"modality-dropout", required_argument, NULL, MODALITY_DROPOUT}},
    {PULSE_TAKES_RECIPE, {"batch", required_argument, NULL, BATCH}},
    {PULSE_TAKES_RECIPE, {"learning-rate", required_argument, NULL, RATE}},
    {PULSE_TAKES_RECIPE, {"patience", required_argument, NULL, PATIENCE}},
    {PULSE_TAKES_RECIPE, {"config", required_argument, NULL, CONFIG}},
};
enum { KNOWN = sizeof known / sizeof *known };

static int put_count(const char *name, const char *text, uint64_t least, uint64_t most,
                     uint32_t *out, pulse_failure *failure)
{
    uint64_t value;
    const int code = pulse_option_count(name, text, least, most, &value, failure);
    if (!code)
        *out = (uint32_t)value;
    return code;
}

static int put_real(const char *name, const char *text, double least, double most, float *out,
                    pulse_failure *failure)
{
    double value;
    const int code = pulse_option_real(name, text, least, most, &value, failure);
    if (!code)
        *out = (float)value;
    return code;
}

static int put_hidden(pulse_recipe *recipe, const char *text, pulse_failure *failure)
{
    recipe->hidden_count = 0;
    for (const char *at = text; *at;) {
        const size_t size = strcspn(at, ",");
        char *width = pulse_need_format("%.*s", (int)size, at);
        int code = 0;
        if (recipe->hidden_count == PULSE_MAX_HIDDEN)
            code = pulse_failure_set(failure, PULSE_EXIT_USAGE, "--hidden: at most %d layers",
                                     PULSE_MAX_HIDDEN);
        else
            code = put_count("--hidden", width, 1, 8192, &recipe->hidden[recipe->hidden_count++],
                             failure);
        free(width);
        if (code)
            return code;
        at += size + (at[size] == ',');
    }
    return 0;
}

static int put_activation(pulse_recipe *recipe, const char *text, pulse_failure *failure)
{
    static const pulse_net_activation all[] = {PULSE_NET_RELU, PULSE_NET_GELU, PULSE_NET_TANH};
    for (size_t i = 0; i < 3; ++i) {
        if (strcmp(text, pulse_net_activation_name(all[i])) == 0) {
            recipe->activation = all[i];
            return 0;
        }
    }
    return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                             "--activation must be relu, gelu or tanh, not \"%s\"", text);
}

static int take_recipe(pulse_recipe *recipe, int option, const char *text, pulse_failure *failure)
{
    uint64_t seed;
    int code;
    switch (option) {
    case LATENT:
        return put_count("--latent", text, 1, 1024, &recipe->latent, failure);
    case SEED:
        code = pulse_option_count("--seed", text, 0, (1ull << 53) - 1, &seed, failure);
        if (!code)
            recipe->seed = seed;
        return code;
    case EPOCHS:
        return put_count("--epochs", text, 1, 100000, &recipe->epochs, failure);
    case HIDDEN:
        return put_hidden(recipe, text, failure);
    case ACTIVATION:
        return put_activation(recipe, text, failure);
    case DROPOUT:
        return put_real("--dropout", text, 0, 0.95, &recipe->dropout, failure);
    case MODALITY_DROPOUT:
        return put_real("--modality-dropout", text, 0, 0.95, &recipe->modality_dropout, failure);
    case BATCH:
        return put_count("--batch", text, 1, 65536, &recipe->batch, failure);
    case RATE:
        return put_real("--learning-rate", text, 1e-9, 10, &recipe->learning_rate, failure);
    case PATIENCE:
        return put_count("--patience", text, 0, 100000, &recipe->patience, failure);
    default:
        return failure->code;
    }
}

static int take(pulse_making *making, int option, pulse_failure *failure)
{
    switch (option) {
    case WORK:
        making->work = optarg;
        return 0;
    case SCHEMA:
        making->schema = optarg;
        return 0;
    case OUT:
        making->out = optarg;
        return 0;
    case ENCODER:
        making->embed.encoder = optarg;
        return 0;
    case CACHE:
        making->embed.cache = optarg;
        return 0;
    case JOBS:
        return put_count("--jobs", optarg, 1, 64, &making->embed.jobs, failure);
    case COMPUTE:
        return pulse_option_compute("--compute", optarg, &making->embed.compute, failure);
    case CONFIG:
        return 0; /* was read before, so that options win wherever it stands */
    case DATA_TITLE:
        making->attribution.title = optarg;
        return 0;
    case LICENCE:
        making->attribution.licence = optarg;
        return 0;
    case ATTRIBUTION:
        making->attribution.attribution = optarg;
        return 0;
    case SOURCE:
        making->attribution.source = optarg;
        return 0;
    default:
        return take_recipe(&making->recipe, option, optarg, failure);
    }
}

static int check(int takes, int argc, char **argv, pulse_making *making, pulse_failure *failure)
{
    const bool has_csv = (takes & PULSE_TAKES_CSV) != 0;
    if (has_csv && optind >= argc)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "the CSV file is missing (\"-\" is the standard input)");
    const int words = has_csv ? 1 : 0;
    if (optind + words < argc)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE, "\"%s\" is one argument too many",
                                 argv[optind + words]);
    if (has_csv)
        making->csv = argv[optind];
    if ((takes & PULSE_TAKES_OUT) && !(making->out && making->out[0]))
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--out DIR is needed: where the bundle goes");
    const bool is_build = has_csv && (takes & PULSE_TAKES_OUT);
    if (!is_build && !(making->work && making->work[0]))
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--work DIR is needed: where the steps between CSV and bundle are "
                                 "kept");
    return 0;
}

static int read_all(const pulse_command *command, int argc, char **argv,
                    const struct option *options, bool configs, pulse_making *making,
                    pulse_failure *failure)
{
    int option, code = 0;
    pulse_option_reset();
    while (!code && (option = pulse_option_next(argc, argv, ":h", options, failure)) != -1) {
        if (option == '?' || option == ':')
            code = failure->code;
        else if (option == 'h')
            code = pulse_command_help(command);
        else if (!configs)
            code = take(making, option, failure);
        else if (option == CONFIG)
            code = pulse_recipe_read(&making->recipe, optarg, failure);
    }
    return code;
}

int pulse_making_read(const pulse_command *command, int takes, int argc, char **argv,
                      pulse_making *out, pulse_failure *failure)
{
    *out = (pulse_making){.attribution = {"", "", "", ""},
                          .embed = {.compute = PULSE_COMPUTE_PORTABLE},
                          .recipe = pulse_recipe_default()};
    struct option options[KNOWN + 1] = {{0}};
    size_t count = 0;
    for (size_t i = 0; i < KNOWN; ++i) {
        if (known[i].takes == 0 || (takes & known[i].takes))
            options[count++] = known[i].option;
    }
    int code = read_all(command, argc, argv, options, true, out, failure);
    if (!code)
        code = read_all(command, argc, argv, options, false, out, failure);
    if (!code)
        code = check(takes, argc, argv, out, failure);
    if (!code)
        pulse_interrupt_install();
    return code;
}
