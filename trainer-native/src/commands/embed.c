#include "commands/commands.h"
#include "commands/going_on.h"
#include "commands/making.h"
#include "ingest/workspace_lock.h"

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
    code = pulse_embed_workspace(making.work, &making.embed, true, failure);
    if (code)
        pulse_going_on(PULSE_STEP_EMBED, &making, false, failure);
    pulse_workspace_lock_release(&lock);
    return code;
}

static const pulse_example examples[] = {
    {"With the encoder that comes with the program:", "playlistpulse embed --work songs.work"},
    {"With one of your own, on two threads:",
     "playlistpulse embed --work songs.work --encoder minilm.safetensors --jobs 2"},
    {0},
};

const pulse_command pulse_command_embed = {
    .name = "embed",
    .section = PULSE_SECTION_MAKE,
    .summary = "make vectors of a workspace's lyrics",
    .usage = "--work DIR [OPTION]...",
    .description =
        "Makes a vector of each song's lyrics, and writes them to DIR/lyrics.safetensors with the "
        "encoder beside it; train and export take them from there. What has been made is kept in a "
        "cache: a run that was stopped, however it was, goes on where it ended.",
    .groups = (const pulse_option_group *const[]){&pulse_work_options, &pulse_lyrics_options,
                                                  &pulse_jobs_options, NULL},
    .examples = examples,
    .run = run,
};
