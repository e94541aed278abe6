#include "commands/bundle_options.h"
#include "commands/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/table.h"
#include "evaluate/quality.h"

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static double number(const cJSON *object, const char *name)
{
    const cJSON *value = member(object, name);
    return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

/* Text of a bundle is from outside: nothing in it may drive the terminal. */
static void print_text(const char *label, const char *text)
{
    if (!text || !text[0])
        return;
    printf("%-12s", label);
    for (const char *at = text; *at; ++at)
        putchar((unsigned char)*at < 0x20 || *at == 0x7f ? ' ' : *at);
    putchar('\n');
}

static void print_genres(const cJSON *info)
{
    pulse_text line = {0};
    const cJSON *genre;
    cJSON_ArrayForEach(genre, member(info, "genres"))
    {
        char room[32];
        pulse_text_format(&line, "%s%.60s (%.0f)", line.size ? ", " : "",
                          pulse_json_text(genre, "name", room), number(genre, "songs"));
    }
    print_text("genres", line.data);
    free(line.data);
}

static void print_features(const cJSON *info)
{
    pulse_table table = {.columns = 7,
                         .about = {{.title = "FEATURE", .shrinks = true},
                                   {.title = "GROUP", .shrinks = true},
                                   {.title = "SMALLEST", .right = true},
                                   {.title = "MEDIAN", .right = true},
                                   {.title = "LARGEST", .right = true},
                                   {.title = "UNIT"},
                                   {.title = "WORDS", .shrinks = true}}};
    const cJSON *feature;
    cJSON_ArrayForEach(feature, member(info, "features"))
    {
        char room[32], text[64], words[256], low[32], high[32];
        pulse_table_cell(&table, pulse_json_text(feature, "name", room));
        pulse_table_cell(&table, pulse_json_text(feature, "modality", room));
        snprintf(text, sizeof text, "%.4g", number(feature, "min"));
        pulse_table_cell(&table, text);
        const cJSON *median = cJSON_GetArrayItem(member(feature, "quantiles"), 5);
        snprintf(text, sizeof text, "%.4g", cJSON_IsNumber(median) ? median->valuedouble : 0.0);
        pulse_table_cell(&table, text);
        snprintf(text, sizeof text, "%.4g", number(feature, "max"));
        pulse_table_cell(&table, text);
        pulse_table_cell(&table, pulse_json_text(feature, "unit", room));
        const char *small = pulse_json_text(feature, "low", low);
        const char *large = pulse_json_text(feature, "high", high);
        snprintf(words, sizeof words, "%.100s%s%.100s", small, small[0] && large[0] ? " .. " : "",
                 large);
        pulse_table_cell(&table, words);
    }
    if (table.cells) {
        putchar('\n');
        pulse_table_print(&table);
    }
    pulse_table_free(&table);
}

/* What reads texts, in a bundle that has it. */
static void print_encoder(const cJSON *encoder)
{
    if (!cJSON_IsObject(encoder))
        return;
    char name[32], licence[32];
    char *line = pulse_need_format("%.200s (%.100s), %.0f dimensions, %.0f songs with lyrics",
                                   pulse_json_text(encoder, "name", name),
                                   pulse_json_text(encoder, "licence", licence),
                                   number(encoder, "dimensions"), number(encoder, "songs"));
    print_text("lyrics", line);
    free(line);
}

/* Where the songs lie in the plane, in a bundle that says so. */
static void print_map(const cJSON *info, const cJSON *quality)
{
    if (!cJSON_IsTrue(member(info, "map")))
        return;
    const cJSON *map = member(quality, "map");
    char *line = cJSON_IsNumber(member(map, "trustworthiness"))
                     ? pulse_need_format("trustworthiness %.3f at %.0f neighbours",
                                         number(map, "trustworthiness"), number(map, "neighbours"))
                     : pulse_need_text("not measured");
    print_text("map", line);
    free(line);
}

static int print_info(const char *json, pulse_failure *failure)
{
    cJSON *info = cJSON_Parse(json);
    if (!info)
        return pulse_failure_set(failure, PULSE_EXIT_FAILED, "the answer cannot be read");
    const cJSON *manifest = member(info, "manifest"), *data = member(manifest, "data");
    const cJSON *generator = member(manifest, "generator");
    char room[32];
    print_text("data", pulse_json_text(data, "title", room));
    print_text("licence", pulse_json_text(data, "licence", room));
    print_text("attribution", pulse_json_text(data, "attribution", room));
    print_text("source", pulse_json_text(data, "source", room));
    printf("%-12s%.0f\n", "songs", number(info, "songs"));
    printf("%-12s%.0f\n", "artists", number(info, "artists"));
    if (cJSON_IsNumber(member(info, "year_min")))
        printf("%-12s%.0f to %.0f\n", "years", number(info, "year_min"), number(info, "year_max"));
    print_genres(info);
    printf("%-12s%.0f dimensions\n", "vectors", number(info, "dimensions"));
    print_map(info, member(manifest, "quality"));
    print_encoder(member(manifest, "encoder"));
    print_text("made by", pulse_json_text(generator, "program", room));
    print_text("with", pulse_json_text(generator, "command", room));
    print_features(info);
    char *quality = pulse_quality_text(member(manifest, "quality"));
    if (quality[0])
        printf("\n%s", quality);
    free(quality);
    cJSON_Delete(info);
    return 0;
}

enum { JSON = 1 };

static int run(pulse_options *options, pulse_failure *failure)
{
    const char *bundle = NULL;
    bool as_json = false;
    for (int id; (id = pulse_options_next(options)) != 0;) {
        if (id == PULSE_ID_BUNDLE)
            bundle = options->value;
        else if (id == JSON)
            as_json = true;
    }
    pulse_opened opened;
    int code = pulse_bundle_open_for_command(bundle, &opened, failure);
    if (code)
        return code;
    char *json = NULL;
    pulse_error error;
    if (pulse_info_json(opened.engine, &json, &error) != PULSE_OK)
        code = pulse_failure_core(failure, &error);
    else if (as_json)
        pulse_print_json(json);
    else
        code = print_info(json, failure);
    pulse_string_free(json);
    pulse_opened_close(&opened);
    return code;
}

static const pulse_option rows[] = {
    {.id = JSON, .name = "json", .help = "print JSON, with the whole manifest"},
    {0},
};
static const pulse_option_group own = {"Answer", rows};

static const pulse_example examples[] = {
    {"What is in the bundle that comes with the program:",
     "playlistpulse info --bundle models/default"},
    {"One figure of it:",
     "playlistpulse info --bundle models/default --json | jq .manifest.quality"},
    {0},
};

const pulse_command pulse_command_info = {
    .name = "info",
    .section = PULSE_SECTION_ASK,
    .summary = "say what a bundle holds, and how good its model is",
    .usage = "--bundle DIR [OPTION]...",
    .description =
        "Prints the data set, its licence, songs, artists, years, genres and features, and what "
        "was measured of the model when the bundle was made.",
    .groups = (const pulse_option_group *const[]){&pulse_bundle_options, &own, NULL},
    .examples = examples,
    .run = run,
};
