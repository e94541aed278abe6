#include "commands/bundle_options.h"
#include "commands/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/log.h"
#include "evaluate/evaluate.h"
#include "ingest/workspace_lock.h"
#include "report/report.h"

enum {
    WORK = 1,
    PLAYLISTS,
    TRAIN_PLAYLISTS,
    HIDE,
    HIDE_SHARE,
    SEED,
    RESAMPLES,
    THREADS,
    REPORT,
    JSON,
    MARKDOWN
};

typedef struct request {
    pulse_evaluate_params params;
    bool as_json, markdown;
    const char *report; /* NULL: none */
} request;

static int read_options(pulse_options *options, request *r, pulse_failure *failure)
{
    pulse_evaluate_params *p = &r->params;
    int code = 0;
    for (int id; !code && (id = pulse_options_next(options)) != 0;) {
        switch (id) {
        case PULSE_ID_BUNDLE:
            p->bundle = options->value;
            break;
        case WORK:
            p->work = options->value;
            break;
        case PLAYLISTS:
            p->playlists = options->value;
            break;
        case TRAIN_PLAYLISTS:
            p->train_playlists = options->value;
            break;
        case HIDE:
            p->hide = options->value;
            break;
        case HIDE_SHARE:
            code = pulse_options_real(options, 0, 1, &p->hide_share, failure);
            break;
        case SEED:
            code = pulse_options_count(options, 0, INT64_MAX, &p->seed, failure);
            break;
        case RESAMPLES:
            code = pulse_options_count32(options, 100, 1000000, &p->resamples, failure);
            break;
        case THREADS:
            code = pulse_options_count32(options, 1, 64, &p->threads, failure);
            break;
        case REPORT:
            r->report = options->value;
            break;
        case JSON:
            r->as_json = true;
            break;
        case MARKDOWN:
            r->markdown = true;
            break;
        }
    }
    if (!code && p->playlists && p->train_playlists && strcmp(p->playlists, "-") == 0 &&
        strcmp(p->train_playlists, "-") == 0)
        code = pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--playlists and --train-playlists cannot both be the standard "
                                 "input");
    return code;
}

/* Where build leaves the steps between, if that is there; the caller frees it. NULL: it is not. */
static char *usual_work(const char *bundle)
{
    size_t size = strlen(bundle);
    while (size > 1 && bundle[size - 1] == '/')
        --size;
    char *work = pulse_need_format("%.*s.work", (int)size, bundle);
    struct stat about;
    if (stat(work, &about) == 0 && S_ISDIR(about.st_mode))
        return work;
    free(work);
    return NULL;
}

static int run(pulse_options *options, pulse_failure *failure)
{
    request r = {.params = pulse_evaluate_defaults()};
    int code = read_options(options, &r, failure);
    if (code)
        return code;
    pulse_interrupt_install();
    char *work = r.params.work ? NULL : usual_work(r.params.bundle);
    if (work) {
        pulse_note("workspace: %s", work);
        r.params.work = work;
        r.params.work_guessed = true;
    }
    cJSON *evaluation = NULL;
    if (r.report) /* what would fail at the end had better fail before the work */
        code = pulse_report_check(r.report, failure);
    pulse_workspace_lock lock = {.descriptor = -1};
    if (!code && r.params.work)
        code = pulse_workspace_lock_take(r.params.work, PULSE_WORKSPACE_READ, &lock, failure);
    if (!code)
        code = pulse_evaluate(&r.params, &evaluation, failure);
    if (!code && r.as_json) {
        char *text = cJSON_Print(evaluation);
        if (text)
            pulse_print_json(text);
        else
            code = pulse_failure_set(failure, PULSE_EXIT_FAILED, "out of memory");
        cJSON_free(text);
    } else if (!code) {
        pulse_evaluate_print(evaluation, r.markdown);
    }
    if (!code && r.report) {
        const pulse_report_params report = {
            .bundle = r.params.bundle, .work = r.params.work, .evaluation = evaluation};
        code = pulse_report_write(&report, r.report, failure);
    }
    pulse_workspace_lock_release(&lock);
    cJSON_Delete(evaluation);
    free(work);
    return code;
}

static const pulse_option rows[] = {
    {.id = PLAYLISTS,
     .name = "playlists",
     .value = "FILE",
     .help =
         "playlists to continue: on each line a JSON list of song_ids; - is the standard input. "
         "Without this, nothing is ranked"},
    {.id = TRAIN_PLAYLISTS,
     .name = "train-playlists",
     .value = "FILE",
     .help = "other playlists, for the methods that learn from them, and for novelty"},
    {.id = WORK,
     .name = "work",
     .value = "DIR",
     .help =
         "the steps between CSV and bundle, for what a bundle does not hold: lyrics, all "
         "features, reconstruction. Without this, the bundle's name + .work, where it is there"},
    {.id = HIDE,
     .name = "hide",
     .value = "MODALITY",
     .help = "rank again with this of some songs not known: lyrics, audio, descriptors, metadata, "
             "or what else the model has"},
    {.id = HIDE_SHARE,
     .name = "hide-share",
     .value = "SHARE",
     .help = "of so many of the songs, from 0 to 1; without this, 0.2"},
    {.id = SEED,
     .name = "seed",
     .value = "N",
     .help = "of everything that is drawn; without this, 1"},
    {.id = RESAMPLES,
     .name = "resamples",
     .value = "N",
     .help = "of the bootstrap; without this, 2000"},
    {.id = THREADS, .name = "threads", .value = "N", .help = "without this, all processors"},
    {.id = REPORT,
     .name = "report",
     .value = "FILE.html",
     .help = "write a page about the bundle with this evaluation in it: it opens in any browser, "
             "without a network"},
    {.id = JSON, .name = "json", .help = "print JSON, as docs/evaluation.md describes it"},
    {.id = MARKDOWN, .name = "markdown", .help = "print the tables in Markdown, for a model card"},
    {0},
};
static const pulse_option_group own = {"Evaluation", rows};

static const pulse_example examples[] = {
    {"What can be said without playlists:", "playlistpulse evaluate --bundle songs.bundle"},
    {"Against everything it has to beat:",
     "playlistpulse evaluate --bundle songs.bundle --playlists valid.jsonl --train-playlists "
     "train.jsonl"},
    {"What lyrics are worth, where a fifth of the songs has none:",
     "playlistpulse evaluate --bundle songs.bundle --playlists valid.jsonl --hide lyrics"},
    {0},
};

const pulse_command pulse_command_evaluate = {
    .name = "evaluate",
    .section = PULSE_SECTION_MEASURE,
    .summary = "say how good a bundle is, beside the methods it has to beat",
    .usage = "--bundle DIR [OPTION]...",
    .description =
        "Continues playlists from their first five songs, by the bundle and by simpler methods, "
        "and prints how much of the rest each found, with 95% intervals. Looks at the space of "
        "songs, too: whether alike songs are near each other, and whether every song can be found. "
        "Nothing is written but the page that --report asks for.",
    .groups = (const pulse_option_group *const[]){&pulse_bundle_options, &own, NULL},
    .examples = examples,
    .run = run,
};
