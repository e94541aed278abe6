#include "commands/commands.h"
#include "commands/making.h"

static int run(int argc, char **argv, pulse_failure *failure)
{
    pulse_making making;
    const int code =
        pulse_making_read(&pulse_command_export, PULSE_TAKES_OUT, argc, argv, &making, failure);
    return code ? code : pulse_export(making.work, making.out, &making.attribution, failure);
}

const pulse_command pulse_command_export = {
    .name = "export",
    .summary = "make a bundle of a trained workspace",
    .help =
        "Usage: playlistpulse export --work DIR --out DIR [OPTION]...\n"
        "\n"
        "Encodes every song, measures the model, and writes the bundle that search, recommend,\n"
        "the service and the page open. An older bundle at --out is replaced once the new one is\n"
        "complete and checked.\n"
        "\n"
        "      --work DIR         the workspace\n"
        "      --out DIR          where the bundle goes\n" PULSE_HELP_OUT,
    .run = run,
};
