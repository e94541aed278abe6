#include "commands/commands.h"
#include "commands/going_on.h"
#include "commands/making.h"
#include "ingest/workspace_lock.h"
#include "train/trainer.h"

static int run(pulse_options *options, pulse_failure *failure)
{
    pulse_making making;
    int code = pulse_making_read(options, &making, failure);
    if (code)
        return code;
    pulse_workspace_lock lock;
    code = pulse_workspace_lock_take(making.work, PULSE_WORKSPACE_WRITE, &lock, failure);
    if (code)
        return code;
    code = pulse_making_train(&making, failure);
    if (code)
        pulse_going_on(PULSE_STEP_TRAIN, &making, false, failure);
    pulse_workspace_lock_release(&lock);
    return code;
}

static const pulse_example examples[] = {
    {"With the recipe that comes with the program:", "playlistpulse train --work songs.work"},
    {"Shorter vectors, and another draw of chance:",
     "playlistpulse train --work songs.work --latent 64 --seed 7"},
    {"After Ctrl-C, or a power cut:", "playlistpulse train --work songs.work --resume"},
    {0},
};

const pulse_command pulse_command_train = {
    .name = "train",
    .section = PULSE_SECTION_MAKE,
    .summary = "train the autoencoder on a workspace's songs",
    .usage = "--work DIR [OPTION]...",
    .description = "Trains the autoencoder that makes songs into vectors. Writes "
                   "DIR/model.safetensors, and one line of JSON per epoch to DIR/train.jsonl. A "
                   "training that is interrupted leaves DIR/checkpoint.safetensors, from which "
                   "--resume goes on.",
    .groups = (const pulse_option_group *const[]){&pulse_work_options, &pulse_recipe_options,
                                                  &pulse_jobs_options, &pulse_resume_options, NULL},
    .examples = examples,
    .run = run,
};
