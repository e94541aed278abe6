#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/usage.h"
#include "cli/log.h"
#include "commands/commands.h"
#include "commands/going_on.h"
#include "commands/making.h"
#include "ingest/fingerprint.h"
#include "ingest/workspace.h"
#include "ingest/workspace_lock.h"
#include "io/files.h"
#include "report/report.h"
#include "train/trainer.h"

/* ---- The steps ------------------------------------------------------------------------------ */

static int ingest(const pulse_making *making, pulse_failure *failure)
{
    if (making->resume && pulse_workspace_has_input(making->work, making->csv, making->schema)) {
        pulse_note("ingested already: %s holds the songs of this file", making->work);
        return 0;
    }
    pulse_ingest_report report;
    const int code = pulse_ingest(making->csv, making->work, making->schema, &report, failure);
    if (code)
        return code;
    pulse_workspace_remember_input(making->work, making->csv, making->schema);
    pulse_note_of(
        PULSE_FIELDS({"songs", (double)report.songs}, {"artists", (double)report.artists}),
        "ingested: %llu songs by %llu artists", (unsigned long long)report.songs,
        (unsigned long long)report.artists);
    return 0;
}

static int embed(const pulse_making *making, pulse_failure *failure)
{
    return pulse_embed_workspace(making->work, &making->embed, false, failure);
}

static int train(const pulse_making *making, pulse_failure *failure)
{
    return pulse_making_train(making, failure);
}

static int export(const pulse_making *making, pulse_failure *failure)
{
    return pulse_export(making->work, making->out, &making->attribution, !making->no_map, failure);
}

static const struct {
    const char *name;
    int (*run)(const pulse_making *making, pulse_failure *failure);
} steps[] = {[PULSE_STEP_INGEST] = {"ingest", ingest},
             [PULSE_STEP_EMBED] = {"embed", embed},
             [PULSE_STEP_TRAIN] = {"train", train},
             [PULSE_STEP_EXPORT] = {"export", export}};
enum { STEPS = sizeof steps / sizeof *steps };

static void say_time(const char *name, double seconds)
{
    pulse_log_stage(name);
    pulse_note_of(PULSE_FIELDS({"seconds", seconds}), "%-8s %8.1f s", name, seconds);
}

/* The page about the bundle, with the time that each step took. */
static int report(const pulse_making *making, const double taken[STEPS], pulse_failure *failure)
{
    cJSON *stages = cJSON_CreateArray();
    for (int step = 0; step < STEPS; ++step) {
        cJSON *stage = cJSON_CreateObject();
        cJSON_AddStringToObject(stage, "name", steps[step].name);
        cJSON_AddNumberToObject(stage, "seconds", taken[step]);
        cJSON_AddItemToArray(stages, stage);
    }
    const pulse_report_params params = {
        .bundle = making->out, .work = making->work, .stages = stages};
    const int code = pulse_report_write(&params, making->report, failure);
    if (code)
        pulse_failure_advise(failure,
                             "the bundle is complete; to make the page of it: "
                             "playlistpulse evaluate --bundle %s --work %s --report FILE",
                             making->out, making->work);
    cJSON_Delete(stages);
    return code;
}

static int make_steps(const pulse_making *making, pulse_failure *failure)
{
    int code = 0;
    double taken[STEPS] = {0}, total = 0;
    for (int step = 0; step < STEPS && !code; ++step) {
        pulse_log_stage(steps[step].name);
        const double started = pulse_clock();
        code = steps[step].run(making, failure);
        taken[step] = pulse_clock() - started;
        total += taken[step];
        if (code)
            pulse_going_on((pulse_step)step, making, true, failure);
        else
            pulse_log_detail_of(PULSE_FIELDS({"peak_bytes", (double)pulse_peak_memory()}),
                                "%s: at most %.0f MB of memory so far", steps[step].name,
                                (double)pulse_peak_memory() / 1e6);
    }
    for (int step = 0; step < STEPS && !code; ++step)
        say_time(steps[step].name, taken[step]);
    if (!code)
        say_time("total", total);
    if (!code && making->report)
        code = report(making, taken, failure);
    return code;
}

static int make(const pulse_making *making, pulse_failure *failure)
{
    /* What would fail at the end had better fail before the work. */
    int code = pulse_directory_replaceable(making->out, failure);
    if (!code && making->report)
        code = pulse_report_check(making->report, failure);
    if (!code)
        code = pulse_embed_check(&making->embed, failure);
    pulse_workspace_lock lock;
    if (!code)
        code = pulse_workspace_lock_take(making->work, PULSE_WORKSPACE_MAKE, &lock, failure);
    if (code)
        return code;
    code = make_steps(making, failure);
    if (code)
        rmdir(making->work); /* nothing in it: a bad CSV leaves no trace; otherwise it stays */
    pulse_workspace_lock_release(&lock);
    return code;
}

/* ---- The command ---------------------------------------------------------------------------- */

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
    if (!making.out || !making.out[0]) {
        making.out = bundle;
        pulse_note("the bundle goes to %s; --out DIR puts it elsewhere", bundle);
    }
    size_t size = strlen(making.out);
    while (size > 1 && making.out[size - 1] == '/')
        --size;
    char *beside = pulse_need_format("%.*s.work", (int)size, making.out);
    if (!making.work || !making.work[0])
        making.work = beside;
    pulse_log_detail("from %s to %s, by way of %s", making.csv, making.out, making.work);
    code = make(&making, failure);
    free(beside);
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
        "ingest, embed, train and export, and at the end the time that each of them took. An older "
        "bundle at --out is replaced once the new one is complete and checked. After Ctrl-C, or a "
        "failure, what has been made so far is kept, and the message says how to go on.",
    .operand = PULSE_CSV_OPERAND,
    .groups = (const pulse_option_group *const[]){&pulse_places_options, &pulse_schema_options,
                                                  &pulse_lyrics_options, &pulse_jobs_options,
                                                  &pulse_resume_options, &pulse_recipe_options,
                                                  &pulse_map_options, &pulse_report_options,
                                                  &pulse_about_options, NULL},
    .examples = examples,
    .run = run,
};
