#include <string.h>

#include "base/interrupt.h"
#include "commands/commands.h"
#include "encoder/encoder_path.h"
#include "encoder/import.h"

#define TEXT_LIMIT 200

static int put_text(const char *option, const char *text, const char **out, pulse_failure *failure)
{
    if (strlen(text) > TEXT_LIMIT)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE, "%s must be at most %d bytes", option,
                                 TEXT_LIMIT);
    *out = text;
    return 0;
}

enum { OUT = 1, NAME, LICENCE, WEIGHTS };

static int run(pulse_options *options, pulse_failure *failure)
{
    pulse_import_params params = {.directory = options->operand};
    int code = 0;
    for (int id; !code && (id = pulse_options_next(options)) != 0;) {
        if (id == OUT)
            params.out = options->value;
        else if (id == NAME)
            code = put_text(options->name, options->value, &params.name, failure);
        else if (id == LICENCE)
            code = put_text(options->name, options->value, &params.licence, failure);
        else if (id == WEIGHTS)
            params.f32 = strcmp(options->value, "f32") == 0;
    }
    if (!code && !pulse_encoder_path_is_file(params.out))
        code =
            pulse_failure_set(failure, PULSE_EXIT_USAGE,
                              "--out must end with .safetensors, and \"%s\" does not", params.out);
    if (code)
        return code;
    pulse_interrupt_install();
    code = pulse_encoder_import(&params, failure);
    if (code == PULSE_EXIT_INPUT && !failure->next[0])
        pulse_failure_advise(failure, "docs/encoder.md says which encoders can be imported");
    return code;
}

static const pulse_option rows[] = {
    {.id = OUT,
     .letter = 'o',
     .name = "out",
     .value = "FILE",
     .help = "where the encoder goes; must end with .safetensors",
     .needed = true},
    {.id = NAME,
     .name = "name",
     .value = "TEXT",
     .help = "what it is called; without this, as the directory is"},
    {.id = LICENCE,
     .name = "licence",
     .alias = "license",
     .value = "TEXT",
     .help = "its licence, for the manifest of bundles that it is in"},
    {.id = WEIGHTS,
     .name = "weights",
     .value = "KIND",
     .choices = "int8 f32",
     .help = "int8, the default, takes a quarter of the room"},
    {0},
};
static const pulse_option_group own = {"Encoder", rows};

static const pulse_example examples[] = {
    {"Import a sentence encoder, then use it:",
     "playlistpulse encoder import all-MiniLM-L6-v2 --out minilm.safetensors --licence "
     "Apache-2.0"},
    {"", "playlistpulse build songs.csv.gz --encoder minilm.safetensors"},
    {0},
};

static const pulse_command import = {
    .name = "import",
    .summary = "make a lyrics encoder of a Hugging Face directory",
    .usage = "HF_DIR --out FILE.safetensors [OPTION]...",
    .description =
        "Makes a lyrics encoder of a BERT as it is published on Hugging Face: HF_DIR holds "
        "config.json, model.safetensors, vocab.txt, and where there are any the tokenizer's "
        "settings and those of sentence-transformers (modules.json). Writes FILE.safetensors and, "
        "beside it, the vocabulary FILE.vocab.txt. embed and build take it as --encoder.",
    .operand = {.value = "DIR",
                .missing = "the directory is missing that has config.json, model.safetensors and "
                           "vocab.txt"},
    .groups = (const pulse_option_group *const[]){&own, NULL},
    .examples = examples,
    .run = run,
};

const pulse_command pulse_command_encoder = {
    .name = "encoder",
    .section = PULSE_SECTION_LYRICS,
    .summary = "import a lyrics encoder from a Hugging Face directory",
    .usage = "import HF_DIR --out FILE.safetensors [OPTION]...",
    .description = "Looks after lyrics encoders: what makes vectors of lyrics.",
    .commands = (const pulse_command *const[]){&import, NULL},
};
