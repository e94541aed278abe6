#include "commands/commands.h"
#include "commands/making.h"

static int run(int argc, char **argv, pulse_failure *failure)
{
    pulse_making making;
    const int code =
        pulse_making_read(&pulse_command_embed, PULSE_TAKES_LYRICS, argc, argv, &making, failure);
    return code ? code : pulse_embed_workspace(making.work, &making.embed, true, failure);
}

const pulse_command pulse_command_embed = {
    .name = "embed",
    .summary = "make vectors of a workspace's lyrics",
    .help =
        "Usage: playlistpulse embed --work DIR [OPTION]...\n"
        "\n"
        "Makes a vector of each song's lyrics, and writes them to DIR/lyrics.safetensors with the\n"
        "encoder beside it; train and export take them from there. What has been made is kept in\n"
        "a cache: a run that was stopped, however it was, goes on where it ended.\n"
        "\n"
        "      --work DIR         the workspace that ingest made\n" PULSE_HELP_LYRICS,
    .run = run,
};
