#include "commands/bundle_options.h"
#include "commands/commands.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/options.h"
#include "io/lines.h"

typedef struct tokenize_options {
    const char *bundle;
    const char *path;
    bool as_json;
} tokenize_options;

static int print_json(pulse_engine *engine, const char *text, size_t bytes, pulse_failure *failure)
{
    char *json = NULL;
    pulse_error error;
    if (pulse_tokenize_json(engine, text, bytes, &json, &error) != PULSE_OK)
        return pulse_failure_core(failure, &error);
    pulse_print_json(json);
    pulse_string_free(json);
    return 0;
}

static int print_ids(const pulse_tokenizer *tokenizer, const char *text, size_t bytes,
                     pulse_token_ids *tokens, pulse_failure *failure)
{
    pulse_error error;
    if (pulse_tokenize(tokenizer, text, bytes, 0, tokens, &error) != PULSE_OK)
        return pulse_failure_core(failure, &error);
    for (size_t i = 0; i < tokens->count; ++i)
        printf("%s%" PRIu32, i ? " " : "", tokens->ids[i]);
    putchar('\n');
    return 0;
}

/* An empty input is one empty text, so that a text always has its line. */
static int tokenize_lines(pulse_engine *engine, const pulse_tokenizer *tokenizer,
                          const tokenize_options *options, pulse_failure *failure)
{
    pulse_lines lines;
    pulse_token_ids tokens = {0};
    int code = pulse_lines_open(options->path, &lines, failure);
    for (bool first = true; !code; first = false) {
        const char *line;
        size_t bytes;
        code = pulse_lines_next(&lines, &line, &bytes, failure);
        if (code || (!line && !first))
            break;
        if (!line)
            line = "";
        code = options->as_json ? print_json(engine, line, bytes, failure)
                                : print_ids(tokenizer, line, bytes, &tokens, failure);
        if (!pulse_lines_ready(&lines))
            fflush(stdout); /* whoever writes the next line may wait for this one's answer */
        if (ferror(stdout))
            break; /* main says so */
    }
    pulse_token_ids_free(&tokens);
    pulse_lines_close(&lines);
    return code;
}

static int tokenize(const tokenize_options *options, pulse_failure *failure)
{
    pulse_opened opened;
    int code = pulse_bundle_open_for_command(options->bundle, &opened, failure);
    if (code)
        return code;
    const pulse_tokenizer *tokenizer;
    pulse_error error;
    if (pulse_engine_tokenizer(opened.engine, &tokenizer, &error) != PULSE_OK)
        code = pulse_failure_core_file(failure, options->bundle, &error);
    else
        code = tokenize_lines(opened.engine, tokenizer, options, failure);
    pulse_opened_close(&opened);
    return code;
}

static int run(int argc, char **argv, pulse_failure *failure)
{
    static const struct option options[] = {{"bundle", required_argument, NULL, 'b'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    tokenize_options asked = {.path = "-"};
    int option;
    while ((option = pulse_option_next(argc, argv, ":b:h", options, failure)) != -1) {
        switch (option) {
        case 'b':
            asked.bundle = optarg;
            break;
        case 'j':
            asked.as_json = true;
            break;
        case 'h':
            return pulse_command_help(&pulse_command_tokenize);
        default:
            return failure->code;
        }
    }
    if (optind < argc)
        asked.path = argv[optind++];
    if (optind < argc)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE, "\"%s\" is one file too many",
                                 argv[optind]);
    return tokenize(&asked, failure);
}

const pulse_command pulse_command_tokenize = {
    .name = "tokenize",
    .summary = "show texts as the lyrics encoder reads them: its tokens' ids",
    .help = "Usage: playlistpulse tokenize --bundle DIR [--json] [FILE]\n"
            "\n"
            "Prints, for each line of FILE or the standard input, the ids of its tokens: BERT's\n"
            "WordPiece, [CLS] first and [SEP] last. An empty input is one empty text.\n"
            "\n"
            "  -b, --bundle DIR   a bundle with a lyrics encoder\n"
            "      --json         print JSON: {\"ids\":[101,...,102]}, one line per line\n",
    .run = run,
};
