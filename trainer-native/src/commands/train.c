#include "commands/commands.h"
#include "commands/making.h"
#include "train/trainer.h"

static int run(int argc, char **argv, pulse_failure *failure)
{
    pulse_making making;
    const int code =
        pulse_making_read(&pulse_command_train, PULSE_TAKES_RECIPE, argc, argv, &making, failure);
    return code ? code : pulse_train_workspace(making.work, &making.recipe, failure);
}

const pulse_command pulse_command_train = {
    .name = "train",
    .summary = "train the autoencoder on a workspace's songs",
    .help =
        "Usage: playlistpulse train --work DIR [OPTION]...\n"
        "\n"
        "Trains the autoencoder that makes songs into vectors. Writes DIR/model.safetensors, and\n"
        "one line of JSON per epoch to DIR/train.jsonl.\n"
        "\n"
        "      --work DIR         the workspace that ingest made\n" PULSE_HELP_RECIPE,
    .run = run,
};
