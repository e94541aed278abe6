#include "cli/man.h"

#include "commands/commands.h"

static int run(pulse_options *options, pulse_failure *failure)
{
    (void)options, (void)failure;
    pulse_man_print(&pulse_program, stdout);
    return 0;
}

static const pulse_example examples[] = {
    {"Read it without installing it:", "playlistpulse man | man -l -"},
    {0},
};

const pulse_command pulse_command_man = {
    .name = "man",
    .section = PULSE_SECTION_OTHER,
    .summary = "print the manual page, for man",
    .usage = "[OPTION]...",
    .description = "Prints the manual page of the program and all its commands in troff's man "
                   "macros. cmake --install puts it where man finds it.",
    .examples = examples,
    .run = run,
};
