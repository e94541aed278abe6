#include "commands/bundle_options.h"
#include "commands/commands.h"

#include "cli/options.h"
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

static int run(int argc, char **argv, pulse_failure *failure)
{
    static const struct option options[] = {{"bundle", required_argument, NULL, 'b'},
                                            {"limit", required_argument, NULL, 'n'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *bundle = NULL;
    uint64_t limit = 10;
    bool as_json = false;
    int option, code = 0;
    while ((option = pulse_option_next(argc, argv, ":b:n:h", options, failure)) != -1) {
        switch (option) {
        case 'b':
            bundle = optarg;
            break;
        case 'n':
            code = pulse_option_count("--limit", optarg, 1, UINT32_MAX, &limit, failure);
            break;
        case 'j':
            as_json = true;
            break;
        case 'h':
            return pulse_command_help(&pulse_command_search);
        default:
            return failure->code;
        }
        if (code)
            return code;
    }
    if (optind >= argc)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "the text to search for is missing: playlistpulse search TEXT "
                                 "--bundle DIR");
    if (optind + 1 < argc)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "\"%s\" is one text too many; put several words in quotes",
                                 argv[optind + 1]);
    pulse_opened opened;
    code = pulse_bundle_open_for_command(bundle, &opened, failure);
    if (code)
        return code;
    char *json = NULL;
    pulse_error error;
    if (pulse_search_json(opened.engine, argv[optind], (size_t)limit, &json, &error) != PULSE_OK)
        code = pulse_failure_core(failure, &error);
    else if (as_json)
        pulse_print_json(json);
    else
        code = print_table(json, failure);
    pulse_string_free(json);
    pulse_opened_close(&opened);
    return code;
}

const pulse_command pulse_command_search = {
    .name = "search",
    .summary = "find songs by title and artist",
    .help = "Usage: playlistpulse search TEXT --bundle DIR [--limit N] [--json]\n"
            "\n"
            "Finds songs by the words of their title and artist, in any order, the last one as it\n"
            "is being typed. Case, accents and punctuation do not matter, nor does one slip in a\n"
            "word of five letters or more.\n"
            "\n"
            "  -b, --bundle DIR   the bundle to search\n"
            "  -n, --limit N      at most N songs (10)\n"
            "      --json         print JSON: "
            "{\"query\",\"results\":[{\"song_id\",\"title\",\"artist\",\n"
            "                     \"genre\",\"year\"}]}\n",
    .run = run,
};
