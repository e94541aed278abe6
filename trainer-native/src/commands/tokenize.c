#include "commands/bundle_options.h"
#include "commands/commands.h"

#include <inttypes.h>
#include <stdio.h>

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

enum { JSON = 1 };

static int run(pulse_options *options, pulse_failure *failure)
{
    tokenize_options asked = {.path = options->operand ? options->operand : "-"};
    for (int id; (id = pulse_options_next(options)) != 0;) {
        if (id == PULSE_ID_BUNDLE)
            asked.bundle = options->value;
        else if (id == JSON)
            asked.as_json = true;
    }
    return tokenize(&asked, failure);
}

static const pulse_option rows[] = {
    {.id = JSON, .name = "json", .help = "print JSON: {\"ids\":[101,...,102]}, one line per line"},
    {0},
};
static const pulse_option_group own = {"Answer", rows};

static const pulse_example examples[] = {
    {"How a line is read:",
     "echo \"Dancing in the moonlight\" | playlistpulse tokenize --bundle models/default"},
    {0},
};

const pulse_command pulse_command_tokenize = {
    .name = "tokenize",
    .section = PULSE_SECTION_LYRICS,
    .summary = "show texts as the lyrics encoder reads them: its tokens' ids",
    .usage = "[FILE] --bundle DIR [OPTION]...",
    .description =
        "Prints, for each line of FILE or the standard input, the ids of its tokens: BERT's "
        "WordPiece, [CLS] first and [SEP] last. An empty input is one empty text.",
    .operand = {.value = "FILE", .surplus = "one file at a time"},
    .groups = (const pulse_option_group *const[]){&pulse_bundle_options, &own, NULL},
    .examples = examples,
    .run = run,
};
