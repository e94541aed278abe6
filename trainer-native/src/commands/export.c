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
    code = pulse_workspace_lock_take(making.work, PULSE_WORKSPACE_READ, &lock, failure);
    if (code)
        return code;
    code = pulse_export(making.work, making.out, &making.attribution, !making.no_map, failure);
    if (code)
        pulse_going_on(PULSE_STEP_EXPORT, &making, false, failure);
    pulse_workspace_lock_release(&lock);
    return code;
}

static const pulse_example examples[] = {
    {"A bundle that says whose songs they are:",
     "playlistpulse export --work songs.work --out songs.bundle --data-title \"My library\""},
    {0},
};

const pulse_command pulse_command_export = {
    .name = "export",
    .section = PULSE_SECTION_MAKE,
    .summary = "make a bundle of a trained workspace",
    .usage = "--work DIR --out DIR [OPTION]...",
    .description =
        "Encodes every song, measures the model, lays out a map, and writes the bundle that "
        "search, recommend, the "
        "service and the page open. An older bundle at --out is replaced once the new one is "
        "complete and checked.",
    .groups = (const pulse_option_group *const[]){&pulse_work_options, &pulse_out_options,
                                                  &pulse_map_options, &pulse_about_options, NULL},
    .examples = examples,
    .run = run,
};
