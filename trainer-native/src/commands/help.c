#include "cli/help.h"

#include <cjson/cJSON.h>
#include <stdio.h>

#include "commands/bundle_options.h"
#include "commands/commands.h"

enum { JSON = 1 };

static int run(pulse_options *options, pulse_failure *failure)
{
    pulse_command_path path = {.at = {&pulse_program}, .depth = 1};
    for (size_t i = 0; i < options->operands; ++i) {
        const int code = pulse_command_enter(&path, options->operand_at[i], failure);
        if (code)
            return code;
    }
    if (pulse_options_next(options) == JSON) {
        char *json = pulse_help_json(&path);
        pulse_print_json(json);
        cJSON_free(json);
    } else {
        pulse_help_print(&path, stdout);
    }
    return 0;
}

static const pulse_option rows[] = {
    {.id = JSON,
     .name = "json",
     .help = "print JSON: what the command is, its options and its commands, for programs that "
             "start this one"},
    {0},
};
static const pulse_option_group own = {"Answer", rows};

static const pulse_example examples[] = {
    {"All commands:", "playlistpulse help"},
    {"One of them:", "playlistpulse help recommend"},
    {"A command of a command:", "playlistpulse help encoder import"},
    {0},
};

const pulse_command pulse_command_help = {
    .name = "help",
    .section = PULSE_SECTION_OTHER,
    .summary = "say what the program can do, or one of its commands",
    .usage = "[COMMAND [COMMAND]] [OPTION]...",
    .description = "Prints the same as --help after a command. The manual page, man playlistpulse, "
                   "has all commands.",
    .operand = {.value = "COMMAND", .most = 2},
    .groups = (const pulse_option_group *const[]){&own, NULL},
    .examples = examples,
    .run = run,
};
