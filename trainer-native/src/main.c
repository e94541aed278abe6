/* playlistpulse: from a CSV of songs to a bundle, and from a bundle to recommendations. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/interrupt.h"
#include "cli/log.h"
#include "cli/options.h"
#include "commands/commands.h"

static const pulse_command *const commands[] = {
    &pulse_command_build,  &pulse_command_ingest,   &pulse_command_embed,     &pulse_command_train,
    &pulse_command_export, &pulse_command_search,   &pulse_command_recommend, &pulse_command_info,
    &pulse_command_encode, &pulse_command_tokenize, &pulse_command_encoder,
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_usage(FILE *to)
{
    fputs("Usage: playlistpulse COMMAND [OPTION]...\n"
          "\n"
          "Song recommendations from a CSV of songs, on the command line and in the browser.\n"
          "\n",
          to);
    for (size_t i = 0; i < COMMANDS; ++i)
        fprintf(to, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
    fputs("  help        this text, or that of a command: playlistpulse help COMMAND\n"
          "\n"
          "  -h, --help     this text; after a command, its options\n"
          "      --version  the version\n"
          "\n"
          "Results go to the standard output, everything else to the standard error.\n"
          "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 bad input file, 4 not found.\n",
          to);
}

static const pulse_command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMANDS; ++i) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

int pulse_command_help(const pulse_command *command)
{
    fputs(command->help, stdout);
    return PULSE_HELP_GIVEN;
}

/* Where the disk is full or a pipe closed, that must not pass for success. */
static int finish_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, "playlistpulse: the standard output cannot be written: %s\n", strerror(errno));
    return PULSE_EXIT_FAILED;
}

static int run_command(const pulse_command *command, int argc, char **argv)
{
    pulse_failure failure = {0};
    pulse_option_reset();
    const int code = command->run(argc, argv, &failure);
    if (code == PULSE_HELP_GIVEN || code == 0)
        return finish_output();
    pulse_progress_clear();
    fflush(stdout);
    fprintf(stderr, "playlistpulse %s: %s\n", command->name, failure.message);
    if (code == PULSE_EXIT_USAGE)
        fprintf(stderr, "playlistpulse help %s lists its options\n", command->name);
    if (pulse_interrupted())
        pulse_interrupt_end();
    return code;
}

static int unknown(const char *what, const char *name)
{
    fprintf(stderr, "playlistpulse: unknown %s %s\n", what, name);
    fputs("playlistpulse --help lists the commands\n", stderr);
    return PULSE_EXIT_USAGE;
}

int main(int argc, char **argv)
{
    /* Only characters follow the locale: numbers are written with a point, everywhere. */
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        setlocale(LC_CTYPE, "");
    if (argc < 2) {
        print_usage(stderr);
        return PULSE_EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0) {
        puts("playlistpulse " PULSE_VERSION);
        return finish_output();
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
        (strcmp(name, "help") == 0 && argc == 2)) {
        print_usage(stdout);
        return finish_output();
    }
    if (strcmp(name, "help") == 0) {
        const pulse_command *asked = find_command(argv[2]);
        if (!asked)
            return unknown("command", argv[2]);
        pulse_command_help(asked);
        return finish_output();
    }
    const pulse_command *command = find_command(name);
    if (!command)
        return unknown(name[0] == '-' ? "option" : "command", name);
    return run_command(command, argc - 1, argv + 1);
}
