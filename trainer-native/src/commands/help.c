#include "cli/help.h"

#include <stdio.h>

#include "commands/commands.h"

static int run(pulse_options *options, pulse_failure *failure)
{
    pulse_command_path path = {.at = {&pulse_program}, .depth = 1};
    for (size_t i = 0; i < options->operands; ++i) {
        const int code = pulse_command_enter(&path, options->operand_at[i], failure);
        if (code)
            return code;
    }
    pulse_help_print(&path, stdout);
    return 0;
}

static const pulse_example examples[] = {
    {"All commands:", "playlistpulse help"},
    {"One of them:", "playlistpulse help recommend"},
    {"A command of a command:", "playlistpulse help encoder import"},
    {0}};

const pulse_command pulse_command_help = {
    .name = "help",
    .section = PULSE_SECTION_OTHER,
    .summary = "say what the program can do, or one of its commands",
    .usage = "[COMMAND [COMMAND]]",
    .description = "Prints the same as --help after a command. The manual page, man playlistpulse, "
                   "has all commands.",
    .operand = {.value = "COMMAND", .most = 2},
    .examples = examples,
    .run = run,
};
