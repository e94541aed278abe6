#include "commands/bundle_options.h"
#include "commands/commands.h"

#include "cli/table.h"

static int print_table(const char *json, pulse_failure *failure)
{
    cJSON *answer = cJSON_Parse(json);
    const cJSON *results = cJSON_GetObjectItemCaseSensitive(answer, "results"), *song;
    if (!cJSON_IsArray(results)) {
        cJSON_Delete(answer);
        return pulse_failure_set(failure, PULSE_EXIT_FAILED, "the answer cannot be read");
    }
    pulse_table table = {.columns = 5,
                         .about = {{.title = "ID", .right = true},
                                   {.title = "TITLE", .shrinks = true},
                                   {.title = "ARTIST", .shrinks = true},
                                   {.title = "GENRE", .shrinks = true},
                                   {.title = "YEAR", .right = true}}};
    cJSON_ArrayForEach(song, results)
    {
        char room[32];
        static const char *const members[] = {"song_id", "title", "artist", "genre", "year"};
        for (size_t i = 0; i < sizeof members / sizeof *members; ++i)
            pulse_table_cell(&table, pulse_json_text(song, members[i], room));
    }
    if (table.cells > 0)
        pulse_table_print(&table);
    pulse_table_free(&table);
    cJSON_Delete(answer);
    return 0;
}

enum { LIMIT = 1, JSON };

static int run(pulse_options *options, pulse_failure *failure)
{
    const char *bundle = NULL;
    uint64_t limit = 10;
    bool as_json = false;
    int code = 0;
    for (int id; !code && (id = pulse_options_next(options)) != 0;) {
        if (id == PULSE_ID_BUNDLE)
            bundle = options->value;
        else if (id == LIMIT)
            code = pulse_options_count(options, 1, UINT32_MAX, &limit, failure);
        else if (id == JSON)
            as_json = true;
    }
    if (code)
        return code;
    pulse_opened opened;
    code = pulse_bundle_open_for_command(bundle, &opened, failure);
    if (code)
        return code;
    char *json = NULL;
    pulse_error error;
    if (pulse_search_json(opened.engine, options->operand, (size_t)limit, &json, &error) !=
        PULSE_OK)
        code = pulse_failure_core(failure, &error);
    else if (as_json)
        pulse_print_json(json);
    else
        code = print_table(json, failure);
    pulse_string_free(json);
    pulse_opened_close(&opened);
    return code;
}

static const pulse_option rows[] = {
    {.id = LIMIT,
     .letter = 'n',
     .name = "limit",
     .value = "N",
     .help = "at most so many songs; without this, 10"},
    {.id = JSON,
     .name = "json",
     .help = "print JSON: {\"query\", \"results\": [{\"song_id\", "
             "\"title\", \"artist\", \"genre\", \"year\"}]}"},
    {0},
};
static const pulse_option_group own = {"Answer", rows};

static const pulse_example examples[] = {
    {"Songs by words of their title and artist, with a slip of the fingers:",
     "playlistpulse search \"bohemian rapsody queen\" --bundle models/default"},
    {"The ids of the first fifty, for a program:",
     "playlistpulse search love -b models/default -n 50 --json | jq -r '.results[].song_id'"},
    {0},
};

const pulse_command pulse_command_search = {
    .name = "search",
    .section = PULSE_SECTION_ASK,
    .summary = "find songs by title and artist",
    .usage = "TEXT --bundle DIR [OPTION]...",
    .description =
        "Finds songs by the words of their title and artist, in any order, the last one as it is "
        "being typed. Case, accents and punctuation do not matter, nor does one slip in a word of "
        "five letters or more.",
    .operand = {.value = "TEXT",
                .missing = "the text to search for is missing: playlistpulse search TEXT --bundle "
                           "DIR",
                .surplus = "put several words in quotes"},
    .groups = (const pulse_option_group *const[]){&pulse_bundle_options, &own, NULL},
    .examples = examples,
    .run = run,
};
