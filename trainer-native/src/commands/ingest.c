#include <unistd.h>

#include "cli/log.h"
#include "commands/commands.h"
#include "commands/going_on.h"
#include "commands/making.h"
#include "ingest/inspect.h"
#include "ingest/workspace.h"
#include "ingest/workspace_lock.h"

enum { WORK = 1, DRY_RUN, JSON, WRITE_SCHEMA };

static int look(const pulse_inspection *inspection, bool dry, pulse_failure *failure)
{
    if (dry)
        return pulse_inspect(inspection, failure);
    const char *option = inspection->json       ? "--json"
                         : inspection->write_to ? "--write-schema"
                                                : NULL;
    return option ? pulse_failure_set(failure, PULSE_EXIT_USAGE, "%s goes with --dry-run", option)
                  : 0;
}

static int run(pulse_options *options, pulse_failure *failure)
{
    pulse_making making;
    int code = pulse_making_read(options, &making, failure);
    pulse_inspection inspection = {.csv = making.csv, .schema_file = making.schema};
    bool dry = false;
    pulse_options_rewind(options);
    for (int id; !code && (id = pulse_options_next(options)) != 0;) {
        if (id == WORK)
            making.work = options->value;
        else if (id == DRY_RUN)
            dry = true;
        else if (id == JSON)
            inspection.json = true;
        else if (id == WRITE_SCHEMA)
            inspection.write_to = options->value;
    }
    if (!code)
        code = look(&inspection, dry, failure);
    if (code || dry)
        return code;
    if (!making.work || !making.work[0])
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--work DIR is needed: the workspace, where what is between the "
                                 "CSV and the bundle is kept (or --dry-run, to look only)");
    pulse_workspace_lock lock;
    code = pulse_workspace_lock_take(making.work, PULSE_WORKSPACE_MAKE, &lock, failure);
    if (code)
        return code;
    pulse_ingest_report report;
    code = pulse_ingest(making.csv, making.work, making.schema, &report, failure);
    if (!code)
        pulse_note_of(
            PULSE_FIELDS({"songs", (double)report.songs}, {"artists", (double)report.artists}),
            "ingested: %llu songs by %llu artists", (unsigned long long)report.songs,
            (unsigned long long)report.artists);
    else
        pulse_going_on(PULSE_STEP_INGEST, &making, false, failure);
    if (code)
        rmdir(making.work); /* nothing in it: what cannot be read leaves no trace */
    pulse_workspace_lock_release(&lock);
    return code;
}

static const pulse_option rows[] = {
    {.id = WORK,
     .name = "work",
     .value = "DIR",
     .help = "the workspace: where what is between the CSV and the bundle is kept"},
    {.id = DRY_RUN,
     .name = "dry-run",
     .help = "only say what each column was taken for: how much of it is missing, its range, and "
             "what it would be used as. No workspace is needed, and nothing is written"},
    {.id = JSON, .name = "json", .help = "with --dry-run, print JSON"},
    {.id = WRITE_SCHEMA,
     .name = "write-schema",
     .value = "FILE.json",
     .help = "with --dry-run, write what was inferred as a file for --schema, to be edited"},
    {0},
};
static const pulse_option_group own_options = {"What to do", rows};

static const pulse_example examples[] = {
    {"What the columns of a file would be taken for:", "playlistpulse ingest --dry-run songs.csv"},
    {"The same as a schema file, to change a word in it and use it:",
     "playlistpulse ingest --dry-run songs.csv --write-schema songs.json"},
    {"From a file to a workspace:",
     "playlistpulse ingest songs.csv.gz --schema songs.json --work songs.work"},
    {"From another program:", "xzcat songs.csv.xz | playlistpulse ingest - --work songs.work"},
    {0},
};

const pulse_command pulse_command_ingest = {
    .name = "ingest",
    .section = PULSE_SECTION_MAKE,
    .summary = "read a CSV of songs into a workspace",
    .usage = "SONGS.csv --work DIR [OPTION]...\nSONGS.csv --dry-run [OPTION]...",
    .description =
        "Reads songs from a CSV (UTF-8, plain or gzip, \"-\" for the standard input), decides "
        "what each column is, says so, and keeps everything in DIR/songs.sqlite. A value that is "
        "no number counts as missing and is reported; a file that is not what it seems to be is "
        "refused with its line and column, and nothing is written.",
    .operand = PULSE_CSV_OPERAND,
    .groups = (const pulse_option_group *const[]){&own_options, &pulse_schema_options, NULL},
    .examples = examples,
    .run = run,
};
