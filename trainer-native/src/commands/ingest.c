#include "cli/log.h"
#include "commands/commands.h"
#include "commands/making.h"
#include "ingest/workspace.h"

static int run(pulse_options *options, pulse_failure *failure)
{
    pulse_making making;
    int code = pulse_making_read(options, &making, failure);
    if (code)
        return code;
    pulse_ingest_report report;
    code = pulse_ingest(making.csv, making.work, making.schema, &report, failure);
    if (!code)
        pulse_note("ingested: %llu songs by %llu artists", (unsigned long long)report.songs,
                   (unsigned long long)report.artists);
    return code;
}

static const pulse_example examples[] = {
    {"From a file to a workspace:", "playlistpulse ingest songs.csv.gz --work songs.work"},
    {"From another program, with a schema:",
     "xzcat songs.csv.xz | playlistpulse ingest - --work songs.work --schema songs.json"},
    {0}};

const pulse_command pulse_command_ingest = {
    .name = "ingest",
    .section = PULSE_SECTION_MAKE,
    .summary = "read a CSV of songs into a workspace",
    .usage = "SONGS.csv --work DIR [OPTION]...",
    .description =
        "Reads songs from a CSV (UTF-8, plain or gzip, \"-\" for the standard input), decides "
        "what each column is, says so, and keeps everything in DIR/songs.sqlite. A value that is "
        "no number counts as missing and is reported; a file that is not what it seems to be is "
        "refused with its line and column, and nothing is written.",
    .operand = PULSE_CSV_OPERAND,
    .groups = (const pulse_option_group *const[]){&pulse_work_options, &pulse_schema_options, NULL},
    .examples = examples,
    .run = run,
};
