#include "cli/log.h"
#include "commands/commands.h"
#include "commands/making.h"
#include "ingest/workspace.h"

static int run(int argc, char **argv, pulse_failure *failure)
{
    pulse_making making;
    int code =
        pulse_making_read(&pulse_command_ingest, PULSE_TAKES_CSV, argc, argv, &making, failure);
    if (code)
        return code;
    pulse_ingest_report report;
    code = pulse_ingest(making.csv, making.work, making.schema, &report, failure);
    if (!code)
        pulse_note("ingested: %llu songs by %llu artists", (unsigned long long)report.songs,
                   (unsigned long long)report.artists);
    return code;
}

const pulse_command pulse_command_ingest = {
    .name = "ingest",
    .summary = "read a CSV of songs into a workspace",
    .help =
        "Usage: playlistpulse ingest SONGS.csv --work DIR [--schema S.json]\n"
        "\n"
        "Reads songs from a CSV (UTF-8, plain or gzip, \"-\" for the standard input), decides "
        "what\n"
        "each column is, says so, and keeps everything in DIR/songs.sqlite. A value that is no\n"
        "number counts as missing and is reported; a file that is not what it seems to be is\n"
        "refused with its line and column, and nothing is written.\n"
        "\n"
        "      --work DIR         the workspace\n" PULSE_HELP_SCHEMA,
    .run = run,
};
