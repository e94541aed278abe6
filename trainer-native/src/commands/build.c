#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/log.h"
#include "commands/commands.h"
#include "commands/making.h"
#include "ingest/workspace.h"
#include "io/files.h"
#include "train/trainer.h"

static int make(const pulse_making *making, const char *work, pulse_failure *failure)
{
    /* What would fail at the end had better fail before the work. */
    int code = pulse_directory_replaceable(making->out, failure);
    pulse_ingest_report report;
    if (!code)
        code = pulse_ingest(making->csv, work, making->schema, &report, failure);
    if (!code)
        pulse_note("ingested: %llu songs by %llu artists", (unsigned long long)report.songs,
                   (unsigned long long)report.artists);
    if (!code)
        code = pulse_embed_workspace(work, &making->embed, false, failure);
    if (!code)
        code = pulse_train_workspace(work, &making->recipe, failure);
    if (!code)
        code = pulse_export(work, making->out, &making->attribution, failure);
    return code;
}

static int run(int argc, char **argv, pulse_failure *failure)
{
    pulse_making making;
    int code = pulse_making_read(&pulse_command_build,
                                 PULSE_TAKES_CSV | PULSE_TAKES_LYRICS | PULSE_TAKES_RECIPE |
                                     PULSE_TAKES_OUT,
                                 argc, argv, &making, failure);
    if (code)
        return code;
    size_t size = strlen(making.out);
    while (size > 1 && making.out[size - 1] == '/')
        --size;
    char *work = making.work ? pulse_need_text(making.work)
                             : pulse_need_format("%.*s.work", (int)size, making.out);
    code = make(&making, work, failure);
    if (code)
        rmdir(work); /* nothing in it: a bad CSV leaves no trace; otherwise it stays */
    free(work);
    return code;
}

const pulse_command pulse_command_build = {
    .name = "build",
    .summary = "ingest, embed, train and export: from a CSV to a bundle",
    .help =
        "Usage: playlistpulse build SONGS.csv --out DIR [OPTION]...\n"
        "\n"
        "From a CSV of songs (UTF-8, plain or gzip, \"-\" for the standard input) to a bundle, by\n"
        "ingest, embed, train and export. An older bundle at --out is replaced once the new one "
        "is\n"
        "complete and checked.\n"
        "\n"
        "      --out DIR          where the bundle goes\n"
        "      --work DIR         where the steps between are kept (the bundle's name + "
        ".work)\n" PULSE_HELP_SCHEMA PULSE_HELP_LYRICS PULSE_HELP_RECIPE PULSE_HELP_OUT,
    .run = run,
};
