#include "commands/making.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "lyrics/sources.h"

/* Apart from any command's own ids. */
enum {
    WORK = 2000,
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
    LYRICS,
    LYRICS_CACHE,
    ENCODER,
    CACHE,
    JOBS,
    RESUME,
    COMPUTE,
    DATA_TITLE,
    LICENCE,
    ATTRIBUTION,
    SOURCE,
    NO_MAP,
    REPORT
};

/* ---- The tables ----------------------------------------------------------------------------- */

static const pulse_option work_rows[] = {
    {.id = WORK,
     .name = "work",
     .value = "DIR",
     .help = "the workspace: where what is between the CSV and the bundle is kept",
     .needed = true},
    {0},
};
const pulse_option_group pulse_work_options = {"Workspace", work_rows};

static const pulse_option schema_rows[] = {
    {.id = SCHEMA,
     .name = "schema",
     .value = "FILE.json",
     .help =
         "say which column is what instead of having it inferred; what the file does not say is "
         "inferred all the same. docs/ingest.md describes it, with examples:\n"
         "  {\"title\": \"track_name\", \"ignore\": [\"url\"]}"},
    {0},
};
const pulse_option_group pulse_schema_options = {"Columns", schema_rows};

static const pulse_option lyrics_rows[] = {
    {.id = LYRICS,
     .name = "lyrics",
     .value = "LIST",
     .help = "where texts come from, in order and with commas between: column, the default; "
             "folder:DIR, files named \"Artist - Title.txt\" or .lrc; lrclib and genius, what "
             "lyrics fetch has fetched. Or none. docs/lyrics.md has more"},
    {.id = LYRICS_CACHE,
     .name = "lyrics-cache",
     .value = "FILE",
     .help = "where lyrics fetch keeps answers; without this, playlistpulse/lyrics.sqlite in the "
             "user's cache directory"},
    {.id = ENCODER,
     .name = "encoder",
     .value = "FILE",
     .help = "what makes lyrics into vectors: a FILE.safetensors that encoder import made, or a "
             "bundle that has one; none leaves lyrics out. Without this, the one of the bundle "
             "that comes with the program (models/default)"},
    {.id = CACHE,
     .name = "cache",
     .value = "FILE",
     .help = "where vectors made before are kept; without this, playlistpulse/embeddings.sqlite in "
             "the user's cache directory"},
    {.id = COMPUTE,
     .name = "compute",
     .value = "HOW",
     .choices = PULSE_COMPUTE_CHOICES,
     .help = "how the encoder multiplies: portable, the default, is the same on every machine; "
             "auto, the fastest here; or one way by name"},
    {0},
};
const pulse_option_group pulse_lyrics_options = {"Lyrics", lyrics_rows};

static const pulse_option jobs_rows[] = {
    {.id = JOBS,
     .name = "jobs",
     .value = "N",
     .help = "threads; without this, one for each processor. The result does not depend on it"},
    {0},
};
const pulse_option_group pulse_jobs_options = {"Threads", jobs_rows};

static const pulse_option resume_rows[] = {
    {.id = RESUME,
     .name = "resume",
     .help = "go on where a run with the same songs and options was interrupted; the result is the "
             "same as without the interruption"},
    {0},
};
const pulse_option_group pulse_resume_options = {"Going on", resume_rows};

static const pulse_option recipe_rows[] = {
    {.id = LATENT, .name = "latent", .value = "N", .help = "dimensions of a song's vector"},
    {.id = SEED,
     .name = "seed",
     .value = "N",
     .help = "the same seed and input give the same bundle on the same kind of processor; without "
             "this, 1"},
    {.id = EPOCHS, .name = "epochs", .value = "N", .help = "passes over the songs, at most"},
    {.id = HIDDEN, .name = "hidden", .value = "N,N,...", .help = "widths of the hidden layers"},
    {.id = ACTIVATION,
     .name = "activation",
     .value = "NAME",
     .choices = "relu gelu tanh",
     .help = "of the hidden layers"},
    {.id = DROPOUT,
     .name = "dropout",
     .value = "P",
     .help = "share of hidden units dropped in training"},
    {.id = MODALITY_DROPOUT,
     .name = "modality-dropout",
     .value = "P",
     .help = "share of whole modalities (audio, lyrics, ...) hidden in training"},
    {.id = BATCH, .name = "batch", .value = "N", .help = "songs in a step"},
    {.id = RATE, .name = "learning-rate", .value = "R", .help = "of Adam, at its highest"},
    {.id = PATIENCE,
     .name = "patience",
     .value = "N",
     .help = "epochs without improvement before training stops; 0: never"},
    {.id = CONFIG,
     .name = "config",
     .value = "FILE.json",
     .help = "any of these and the rest of the recipe; options win",
     .many = true},
    {0},
};
const pulse_option_group pulse_recipe_options = {"Training", recipe_rows};

static const pulse_option out_rows[] = {
    {.id = OUT, .name = "out", .value = "DIR", .help = "where the bundle goes", .needed = true},
    {0},
};
const pulse_option_group pulse_out_options = {"Bundle", out_rows};

static const pulse_option about_rows[] = {
    {.id = DATA_TITLE, .name = "data-title", .value = "TEXT", .help = "what the songs are"},
    {.id = LICENCE,
     .name = "licence",
     .alias = "license",
     .value = "TEXT",
     .help = "the licence of the data"},
    {.id = ATTRIBUTION, .name = "attribution", .value = "TEXT", .help = "who made the data"},
    {.id = SOURCE, .name = "source", .value = "TEXT", .help = "where the data is from"},
    {0},
};
const pulse_option_group pulse_about_options = {"What the manifest says of the data", about_rows};

static const pulse_option map_rows[] = {
    {.id = NO_MAP, .name = "no-map", .help = "lay out no map of the songs: quicker, and smaller"},
    {0},
};
const pulse_option_group pulse_map_options = {"Map", map_rows};

static const pulse_option report_rows[] = {
    {.id = REPORT,
     .name = "report",
     .value = "FILE.html",
     .help = "write a page about the bundle too: learning curves, features, map, neighbours. It "
             "opens in any browser, without a network"},
    {0},
};
const pulse_option_group pulse_report_options = {"Report", report_rows};

static const pulse_option places_rows[] = {
    {.id = OUT,
     .name = "out",
     .value = "DIR",
     .help = "where the bundle goes; without this, the CSV's name with .bundle for its ending, in "
             "the current directory"},
    {.id = WORK,
     .name = "work",
     .value = "DIR",
     .help = "where the steps between are kept; without this, the bundle's name with .work after "
             "it"},
    {0},
};
const pulse_option_group pulse_places_options = {"Files", places_rows};

/* ---- Reading -------------------------------------------------------------------------------- */

static int put_width(const char *text, uint32_t *out, pulse_failure *failure)
{
    uint64_t width = 0;
    const int code = pulse_option_count("--hidden", text, 1, 8192, &width, failure);
    *out = (uint32_t)width;
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
            code = put_width(width, &recipe->hidden[recipe->hidden_count++], failure);
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

static int take_recipe(pulse_recipe *recipe, int id, const pulse_options *options,
                       pulse_failure *failure)
{
    switch (id) {
    case LATENT:
        return pulse_options_count32(options, 1, 1024, &recipe->latent, failure);
    case SEED:
        return pulse_options_count(options, 0, (1ull << 53) - 1, &recipe->seed, failure);
    case EPOCHS:
        return pulse_options_count32(options, 1, 100000, &recipe->epochs, failure);
    case HIDDEN:
        return put_hidden(recipe, options->value, failure);
    case ACTIVATION:
        return put_activation(recipe, options->value, failure);
    case DROPOUT:
        return pulse_options_real32(options, 0, 0.95, &recipe->dropout, failure);
    case MODALITY_DROPOUT:
        return pulse_options_real32(options, 0, 0.95, &recipe->modality_dropout, failure);
    case BATCH:
        return pulse_options_count32(options, 1, 65536, &recipe->batch, failure);
    case RATE:
        return pulse_options_real32(options, 1e-9, 10, &recipe->learning_rate, failure);
    case PATIENCE:
        return pulse_options_count32(options, 0, 100000, &recipe->patience, failure);
    default:
        return 0;
    }
}

static int take(pulse_making *making, int id, const pulse_options *options, pulse_failure *failure)
{
    switch (id) {
    case WORK:
        making->work = options->value;
        return 0;
    case SCHEMA:
        making->schema = options->value;
        return 0;
    case OUT:
        making->out = options->value;
        return 0;
    case LYRICS:
        making->embed.lyrics = options->value;
        return pulse_lyrics_sources_check(options->value, failure);
    case LYRICS_CACHE:
        making->embed.lyrics_cache = options->value;
        return 0;
    case ENCODER:
        making->embed.encoder = options->value;
        return 0;
    case CACHE:
        making->embed.cache = options->value;
        return 0;
    case JOBS:
        return pulse_options_count32(options, 1, 64, &making->embed.jobs, failure);
    case RESUME:
        making->resume = true;
        return 0;
    case COMPUTE:
        return pulse_options_compute(options, &making->embed.compute, failure);
    case CONFIG:
        return 0; /* was read before, so that options win wherever it stands */
    case NO_MAP:
        making->no_map = true;
        return 0;
    case REPORT:
        making->report = options->value;
        return 0;
    case DATA_TITLE:
        making->attribution.title = options->value;
        return 0;
    case LICENCE:
        making->attribution.licence = options->value;
        return 0;
    case ATTRIBUTION:
        making->attribution.attribution = options->value;
        return 0;
    case SOURCE:
        making->attribution.source = options->value;
        return 0;
    default:
        return take_recipe(&making->recipe, id, options, failure);
    }
}

int pulse_making_read(pulse_options *options, pulse_making *out, pulse_failure *failure)
{
    *out = (pulse_making){.options = options,
                          .csv = options->operand,
                          .attribution = {"", "", "", ""},
                          .embed = {.compute = PULSE_COMPUTE_PORTABLE},
                          .recipe = pulse_recipe_default()};
    int id, code = 0;
    while (!code && (id = pulse_options_next(options)) != 0) {
        if (id == CONFIG)
            code = pulse_recipe_read(&out->recipe, options->value, failure);
    }
    pulse_options_rewind(options);
    while (!code && (id = pulse_options_next(options)) != 0)
        code = take(out, id, options, failure);
    if (!code)
        pulse_interrupt_install();
    return code;
}

int pulse_making_train(const pulse_making *making, pulse_failure *failure)
{
    const pulse_train_params params = {
        .recipe = &making->recipe, .threads = making->embed.jobs, .resume = making->resume};
    return pulse_train_workspace(making->work, &params, failure);
}
