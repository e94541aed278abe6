/* playlistpulse: from a CSV of songs to a bundle, and from a bundle to recommendations. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/usage.h"
#include "cli/help.h"
#include "cli/log.h"
#include "commands/commands.h"

static const pulse_command *const commands[] = {
    &pulse_command_build,
    &pulse_command_ingest,
    &pulse_command_embed,
    &pulse_command_train,
    &pulse_command_export,
    &pulse_command_search,
    &pulse_command_recommend,
    &pulse_command_info,
    &pulse_command_evaluate,
    &pulse_command_lyrics,
    &pulse_command_encoder,
    &pulse_command_encode,
    &pulse_command_tokenize,
    &pulse_command_help,
    &pulse_command_completion,
    &pulse_command_man,
    NULL,
};

static const pulse_option rows[] = {
    {.id = PULSE_OPTION_VERSION, .name = "version", .help = "print the version"},
    {0},
};
static const pulse_option_group program_options = {"Of the program", rows};

static const pulse_passage passages[] = {
    {"Exit codes", "  0  done\n"
                   "  1  failed\n"
                   "  2  wrong usage\n"
                   "  3  an input file is missing, damaged or not what it should be\n"
                   "  4  no such song, genre or feature\n"
                   "A command that was interrupted ends by the signal that interrupted it."},
    {"Environment", "  NO_COLOR        where it is not empty: no colours and no bold\n"
                    "  XDG_CACHE_HOME  where caches are kept; ~/.cache without it\n"
                    "  GENIUS_ACCESS_TOKEN  your own token for Genius, which lyrics fetch asks"},
    {0},
};

static const pulse_example examples[] = {
    {"From a table of songs to a bundle:", "playlistpulse build songs.csv.gz --out songs.bundle"},
    {"Look for a song, and ask for ten that belong with it:",
     "playlistpulse search \"bohemian rapsody\" --bundle songs.bundle"},
    {"", "playlistpulse recommend --song-id 1 --bundle songs.bundle"},
    {"What a command can do, with examples:", "playlistpulse help recommend"},
    {0},
};

const pulse_command pulse_program = {
    .name = "playlistpulse",
    .summary = "song recommendations from a CSV of songs",
    .usage = "COMMAND [OPTION]...",
    .description = "Song recommendations from a CSV of songs, on the command line and in the "
                   "browser. Results go to the standard output, everything else to the standard "
                   "error.",
    .groups = (const pulse_option_group *const[]){&program_options, NULL},
    .passages = passages,
    .examples = examples,
    .commands = commands,
};

/* Where the disk is full or a pipe closed, that must not pass for success. */
static int finish_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    pulse_failure failure;
    pulse_failure_system(&failure, PULSE_EXIT_FAILED, errno,
                         "the standard output cannot be written");
    pulse_log_failure(pulse_program.name, failure.message, failure.next[0] ? failure.next : NULL);
    return failure.code;
}

static int fail(const pulse_options *options, pulse_failure *failure)
{
    char *name = pulse_command_words(&options->path, " ");
    if (failure->code == PULSE_EXIT_USAGE && !failure->next[0])
        pulse_failure_advise(failure, "playlistpulse help%s lists %s",
                             name + strlen(pulse_program.name),
                             options->path.depth == 1 ? "the commands" : "its options");
    fflush(stdout);
    pulse_log_failure(name, failure->message, failure->next[0] ? failure->next : NULL);
    free(name);
    if (pulse_interrupted())
        pulse_interrupt_end();
    return failure->code;
}

/* For --verbose. */
static void say_what_it_took(double started)
{
    const double seconds = pulse_clock() - started, bytes = (double)pulse_peak_memory();
    pulse_log_detail_of(PULSE_FIELDS({"seconds", seconds}, {"peak_bytes", bytes}),
                        "%.2f s, at most %.0f MB of memory", seconds, bytes / 1e6);
}

int main(int argc, char **argv)
{
    /* Only characters follow the locale: numbers are written with a point, everywhere. */
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        setlocale(LC_CTYPE, "");
    /* A file that may not grow further, by ulimit -f, is a failure with a message like any other.
     */
    signal(SIGXFSZ, SIG_IGN);
    pulse_options options;
    pulse_failure failure = {0};
    if (argc < 2) {
        const pulse_command_path program = {.at = {&pulse_program}, .depth = 1};
        pulse_help_print(&program, stderr);
        return PULSE_EXIT_USAGE;
    }
    int code = pulse_options_start(&pulse_program, argc, argv, &options, &failure);
    if (!code) {
        const pulse_command *command = pulse_command_last(&options.path);
        pulse_log_stage(command->name);
        const double started = pulse_clock();
        code = command->run(&options, &failure);
        say_what_it_took(started);
    }
    if (code == 0 || code == PULSE_OPTIONS_DONE)
        return finish_output();
    return fail(&options, &failure);
}
