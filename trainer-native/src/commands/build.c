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
        code = pulse_export(work, making->out, &making->attribution, !making->no_map, failure);
    return code;
}

/* What the CSV is called, without its endings: "songs" of ../data/songs.csv.gz. */
static char *stem(const char *csv)
{
    const char *slash = strrchr(csv, '/'), *name = slash ? slash + 1 : csv;
    size_t size = strlen(name);
    static const char *const endings[] = {".gz", ".csv", ".tsv", ".txt"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; ++i) {
        const size_t ending = strlen(endings[i]);
        if (size > ending && strncmp(name + size - ending, endings[i], ending) == 0)
            size -= ending;
    }
    return strcmp(name, "-") == 0 ? pulse_need_text("songs")
                                  : pulse_need_format("%.*s", (int)size, name);
}

static int run(pulse_options *options, pulse_failure *failure)
{
    pulse_making making;
    int code = pulse_making_read(options, &making, failure);
    if (code)
        return code;
    char *name = stem(making.csv), *bundle = pulse_need_format("%s.bundle", name);
    if (!making.out)
        making.out = bundle;
    size_t size = strlen(making.out);
    while (size > 1 && making.out[size - 1] == '/')
        --size;
    char *work = making.work ? pulse_need_text(making.work)
                             : pulse_need_format("%.*s.work", (int)size, making.out);
    code = make(&making, work, failure);
    if (code)
        rmdir(work); /* nothing in it: a bad CSV leaves no trace; otherwise it stays */
    free(work);
    free(bundle);
    free(name);
    return code;
}

static const pulse_example examples[] = {
    {"From a CSV to songs.bundle:", "playlistpulse build songs.csv.gz"},
    {"To a place of your choice, with a word on the data, and without lyrics:",
     "playlistpulse build songs.csv --out models/mine --data-title \"My library\" --encoder none"},
    {0},
};

const pulse_command pulse_command_build = {
    .name = "build",
    .section = PULSE_SECTION_MAKE,
    .summary = "ingest, embed, train and export: from a CSV to a bundle",
    .usage = "SONGS.csv [--out DIR] [OPTION]...",
    .description =
        "From a CSV of songs (UTF-8, plain or gzip, \"-\" for the standard input) to a bundle, by "
        "ingest, embed, train and export. An older bundle at --out is replaced once the new one is "
        "complete and checked.",
    .operand = PULSE_CSV_OPERAND,
    .groups = (const pulse_option_group *const[]){&pulse_places_options, &pulse_schema_options,
                                                  &pulse_lyrics_options, &pulse_recipe_options,
                                                  &pulse_map_options, &pulse_about_options, NULL},
    .examples = examples,
    .run = run,
};
