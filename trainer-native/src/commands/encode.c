#include "commands/bundle_options.h"
#include "commands/commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

enum { TEXT = 1, LINES, JSON, LYRICS };

static int take_option(encode_options *asked, int id, const pulse_options *options,
                       pulse_failure *failure)
{
    switch (id) {
    case PULSE_ID_BUNDLE:
        asked->bundle = options->value;
        return 0;
    case PULSE_ID_THREADS:
        return pulse_options_count32(options, 1, 64, &asked->threads, failure);
    case PULSE_ID_COMPUTE:
        return pulse_options_compute(options, &asked->compute, failure);
    case TEXT:
        asked->text = options->value;
        return 0;
    case LINES:
        asked->path = options->value;
        return 0;
    case JSON:
        asked->as_json = true;
        return 0;
    case LYRICS:
        asked->lyrics = true;
        return 0;
    default:
        return 0;
    }
}

static int run(pulse_options *options, pulse_failure *failure)
{
    encode_options asked = {.threads = 1, .compute = PULSE_COMPUTE_PORTABLE};
    int code = 0;
    for (int id; !code && (id = pulse_options_next(options)) != 0;)
        code = take_option(&asked, id, options, failure);
    if (!code && !asked.text == !asked.path)
        code = pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "%s: --text TEXT, or --lines FILE with a text on each line",
                                 asked.text ? "there must be one of two" : "there is no text");
    return code ? code : encode(&asked, failure);
}

static const pulse_option rows[] = {
    {.id = TEXT, .name = "text", .value = "TEXT", .help = "this text"},
    {.id = LINES,
     .name = "lines",
     .value = "FILE",
     .help = "the texts on the lines of this file; - is the standard input"},
    {.id = LYRICS,
     .name = "lyrics",
     .help = "clean the texts first as lyrics are (no headers, time stamps, markup); where that "
             "leaves none, the vector is null, or an empty line"},
    {.id = JSON,
     .name = "json",
     .help = "print JSON: {\"embedding\":[384 numbers]}, one line per text"},
    {0},
};
static const pulse_option_group own = {"Texts", rows};

static const pulse_example examples[] = {
    {"The vector of a sentence:",
     "playlistpulse encode --bundle models/default --text \"rain on a tin roof\""},
    {"One of each line, on two threads:",
     "playlistpulse encode -b models/default --lines verses.txt --threads 2 --json"},
    {0},
};

const pulse_command pulse_command_encode = {
    .name = "encode",
    .section = PULSE_SECTION_LYRICS,
    .summary = "make vectors of texts with the lyrics encoder",
    .usage = "--bundle DIR (--text TEXT | --lines FILE) [OPTION]...",
    .description = "Prints the lyrics encoder's vector of a text, or of each line of a file, one "
                   "to a line: numbers with spaces between them, or JSON.",
    .operand = {.surplus = "a text goes after --text, in quotes"},
    .groups = (const pulse_option_group *const[]){&pulse_bundle_options, &own,
                                                  &pulse_encoder_options, NULL},
    .examples = examples,
    .run = run,
};
