#include <string.h>

#include "base/interrupt.h"
#include "cli/options.h"
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

static int put_weights(const char *text, bool *f32, pulse_failure *failure)
{
    *f32 = strcmp(text, "f32") == 0;
    if (!*f32 && strcmp(text, "int8") != 0)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--weights must be int8 or f32, not \"%s\"", text);
    return 0;
}

static int check(int argc, char **argv, pulse_import_params *params, pulse_failure *failure)
{
    if (optind >= argc || strcmp(argv[optind], "import") != 0)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "what to do is missing: playlistpulse encoder import HF_DIR --out "
                                 "FILE");
    if (optind + 1 >= argc)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "the directory is missing that has config.json, "
                                 "model.safetensors and vocab.txt");
    if (optind + 2 < argc)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE, "\"%s\" is one argument too many",
                                 argv[optind + 2]);
    params->directory = argv[optind + 1];
    if (!params->out)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--out FILE is needed: where the encoder goes");
    if (!pulse_encoder_path_is_file(params->out))
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--out must end with .safetensors, and \"%s\" does not",
                                 params->out);
    return 0;
}

static int run(int argc, char **argv, pulse_failure *failure)
{
    static const struct option options[] = {{"out", required_argument, NULL, 'o'},
                                            {"name", required_argument, NULL, 'n'},
                                            {"licence", required_argument, NULL, 'l'},
                                            {"license", required_argument, NULL, 'l'},
                                            {"weights", required_argument, NULL, 'w'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    pulse_import_params params = {0};
    int option, code = 0;
    while ((option = pulse_option_next(argc, argv, ":o:h", options, failure)) != -1) {
        switch (option) {
        case 'o':
            params.out = optarg;
            break;
        case 'n':
            code = put_text("--name", optarg, &params.name, failure);
            break;
        case 'l':
            code = put_text("--licence", optarg, &params.licence, failure);
            break;
        case 'w':
            code = put_weights(optarg, &params.f32, failure);
            break;
        case 'h':
            return pulse_command_help(&pulse_command_encoder);
        default:
            return failure->code;
        }
        if (code)
            return code;
    }
    code = check(argc, argv, &params, failure);
    if (code)
        return code;
    pulse_interrupt_install();
    return pulse_encoder_import(&params, failure);
}

const pulse_command pulse_command_encoder = {
    .name = "encoder",
    .summary = "import a lyrics encoder from a Hugging Face directory",
    .help =
        "Usage: playlistpulse encoder import HF_DIR --out FILE.safetensors [OPTION]...\n"
        "\n"
        "Makes a lyrics encoder of a BERT as it is published on Hugging Face: HF_DIR holds\n"
        "config.json, model.safetensors, vocab.txt, and where there are any the tokenizer's\n"
        "settings and those of sentence-transformers (modules.json). Writes FILE.safetensors and,\n"
        "beside it, the vocabulary FILE.vocab.txt. embed and build take it as --encoder.\n"
        "\n"
        "  -o, --out FILE      where it goes; must end with .safetensors\n"
        "      --name N        what it is called (the directory's name)\n"
        "      --licence L     its licence, for the manifest of bundles that it is in\n"
        "      --weights W     int8, the default: a quarter of the size; or f32\n",
    .run = run,
};
