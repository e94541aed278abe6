#include "commands/bundle_options.h"
#include "commands/commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "io/lines.h"

/* Texts that are encoded at once, where so many are there already. */
#define BATCH 32u
#define BATCH_BYTES ((size_t)4 << 20)

typedef struct encode_options {
    const char *bundle;
    const char *text;
    const char *path; /* of a file of lines */
    bool as_json;
    bool lyrics; /* clean the texts first, as embed does */
    uint32_t threads;
    pulse_compute compute;
} encode_options;

typedef struct encode_run {
    const encode_options *options;
    pulse_encoder *encoder;
    uint32_t dimensions;
    char *texts[BATCH]; /* NULL: there are no lyrics in it */
    size_t sizes[BATCH];
    uint32_t count;
    float *vectors; /* [BATCH, dimensions] */
} encode_run;

/* ---- Printing ------------------------------------------------------------------------------- */

/* As the core prints them (pulse_encode_json): to eight decimals. NULL: no lyrics. */
static int print_json(const float *vector, uint32_t dimensions, pulse_failure *failure)
{
    cJSON *json = cJSON_CreateObject();
    if (!vector)
        cJSON_AddNullToObject(json, "embedding");
    cJSON *list = vector ? cJSON_AddArrayToObject(json, "embedding") : NULL;
    for (uint32_t i = 0; vector && i < dimensions; ++i)
        cJSON_AddItemToArray(list, cJSON_CreateNumber(round((double)vector[i] * 1e8) / 1e8));
    char *text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    if (!text)
        return pulse_failure_set(failure, PULSE_EXIT_FAILED, "out of memory");
    pulse_print_json(text);
    cJSON_free(text);
    return 0;
}

static int print_vector(const encode_run *run, const float *vector, pulse_failure *failure)
{
    if (run->options->as_json)
        return print_json(vector, run->dimensions, failure);
    for (uint32_t i = 0; vector && i < run->dimensions; ++i)
        printf("%s%.8f", i ? " " : "", (double)vector[i]);
    putchar('\n');
    return 0;
}

/* ---- Encoding ------------------------------------------------------------------------------- */

static void forget_texts(encode_run *run)
{
    for (uint32_t i = 0; i < run->count; ++i)
        free(run->texts[i]);
    run->count = 0;
}

static int add_text(encode_run *run, const char *text, size_t bytes, pulse_failure *failure)
{
    char *clean = NULL;
    pulse_error error;
    if (run->options->lyrics) {
        if (pulse_lyrics_clean(text, bytes, PULSE_LYRICS_SONG, &clean, &bytes, &error) != PULSE_OK)
            return pulse_failure_core(failure, &error);
        text = clean;
    }
    char *copy = NULL;
    if (text) {
        copy = pulse_need(bytes + 1, 1);
        memcpy(copy, text, bytes);
    }
    pulse_string_free(clean);
    run->texts[run->count] = copy;
    run->sizes[run->count++] = bytes;
    return 0;
}

/* Encodes and prints the batch. */
static int finish_batch(encode_run *run, pulse_failure *failure)
{
    pulse_span spans[BATCH];
    size_t n = 0;
    for (uint32_t i = 0; i < run->count; ++i) {
        if (run->texts[i])
            spans[n++] = (pulse_span){run->texts[i], run->sizes[i]};
    }
    pulse_error error;
    int code = 0;
    if (n > 0 && pulse_encoder_encode(run->encoder, spans, n, run->vectors, &error) != PULSE_OK)
        code = pulse_failure_core(failure, &error);
    const float *next = run->vectors;
    for (uint32_t i = 0; i < run->count && !code; ++i) {
        code = print_vector(run, run->texts[i] ? next : NULL, failure);
        next += run->texts[i] ? run->dimensions : 0;
    }
    forget_texts(run);
    return code;
}

static int encode_lines(encode_run *run, pulse_failure *failure)
{
    pulse_lines lines;
    int code = pulse_lines_open(run->options->path, &lines, failure);
    size_t held = 0;
    const char *line = "";
    while (!code && line && !ferror(stdout)) {
        size_t bytes;
        code = pulse_lines_next(&lines, &line, &bytes, failure);
        if (!code && line)
            code = add_text(run, line, bytes, failure);
        held += bytes;
        if (code || (run->count < BATCH && held < BATCH_BYTES && line && pulse_lines_ready(&lines)))
            continue;
        code = finish_batch(run, failure);
        held = 0;
        if (!pulse_lines_ready(&lines))
            fflush(stdout); /* whoever writes the next line may wait for this one's answer */
    }
    forget_texts(run);
    pulse_lines_close(&lines);
    return code;
}

static int encode(const encode_options *options, pulse_failure *failure)
{
    pulse_opened opened;
    int code = pulse_bundle_open_with(options->bundle, options->threads, options->compute, &opened,
                                      failure);
    if (code)
        return code;
    encode_run *run = pulse_need(1, sizeof *run);
    run->options = options;
    pulse_error error;
    if (pulse_engine_encoder(opened.engine, &run->encoder, &error) != PULSE_OK) {
        code = pulse_failure_core_file(failure, options->bundle, &error);
    } else {
        run->dimensions = pulse_encoder_dimensions(run->encoder);
        run->vectors = pulse_need((size_t)BATCH * run->dimensions, sizeof *run->vectors);
        if (options->path) {
            code = encode_lines(run, failure);
        } else {
            code = add_text(run, options->text, strlen(options->text), failure);
            if (!code)
                code = finish_batch(run, failure);
        }
    }
    free(run->vectors);
    free(run);
    pulse_opened_close(&opened);
    return code;
}

/* ---- Options -------------------------------------------------------------------------------- */

enum { TEXT = 256, LINES, JSON, LYRICS, THREADS, COMPUTE };

static int take_option(encode_options *asked, int option, pulse_failure *failure)
{
    uint64_t count = 0;
    int code = 0;
    switch (option) {
    case 'b':
        asked->bundle = optarg;
        return 0;
    case TEXT:
        asked->text = optarg;
        return 0;
    case LINES:
        asked->path = optarg;
        return 0;
    case JSON:
        asked->as_json = true;
        return 0;
    case LYRICS:
        asked->lyrics = true;
        return 0;
    case THREADS:
        code = pulse_option_count("--threads", optarg, 1, 64, &count, failure);
        asked->threads = (uint32_t)count;
        return code;
    case COMPUTE:
        return pulse_option_compute("--compute", optarg, &asked->compute, failure);
    case 'h':
        return pulse_command_help(&pulse_command_encode);
    default:
        return failure->code;
    }
}

static int run(int argc, char **argv, pulse_failure *failure)
{
    static const struct option options[] = {{"bundle", required_argument, NULL, 'b'},
                                            {"text", required_argument, NULL, TEXT},
                                            {"lines", required_argument, NULL, LINES},
                                            {"json", no_argument, NULL, JSON},
                                            {"lyrics", no_argument, NULL, LYRICS},
                                            {"threads", required_argument, NULL, THREADS},
                                            {"compute", required_argument, NULL, COMPUTE},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    encode_options asked = {.threads = 1, .compute = PULSE_COMPUTE_PORTABLE};
    int option;
    while ((option = pulse_option_next(argc, argv, ":b:h", options, failure)) != -1) {
        const int code = take_option(&asked, option, failure);
        if (code)
            return code;
    }
    if (optind < argc)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "\"%s\" is one argument too many; a text goes after --text, in "
                                 "quotes",
                                 argv[optind]);
    if (!asked.text == !asked.path)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "%s: --text TEXT, or --lines FILE with a text on each line",
                                 asked.text ? "there must be one of two" : "there is no text");
    return encode(&asked, failure);
}

const pulse_command pulse_command_encode = {
    .name = "encode",
    .summary = "make vectors of texts with the lyrics encoder",
    .help =
        "Usage: playlistpulse encode --bundle DIR (--text T | --lines FILE) [OPTION]...\n"
        "\n"
        "Prints the lyrics encoder's vector of a text, or of each line of a file, one to a line:\n"
        "numbers with spaces between them, or JSON.\n"
        "\n"
        "  -b, --bundle DIR   a bundle with a lyrics encoder\n"
        "      --text T       this text\n"
        "      --lines FILE   the texts on the lines of this file; - is the standard input\n"
        "      --lyrics       clean the texts first as lyrics are (no headers, time stamps,\n"
        "                     markup); where that leaves none, the vector is null, or an empty\n"
        "                     line\n"
        "      --json         print JSON: {\"embedding\":[384 numbers]}, one line per text\n"
        "      --threads N    threads (1)\n"
        "      --compute C    how it multiplies: portable, the default, as a web page does;\n"
        "                     auto, the fastest here; f32, f32-int8, int8 or int16\n",
    .run = run,
};
