#include "cli/completion.h"

#include "commands/commands.h"

static int run(pulse_options *options, pulse_failure *failure)
{
    (void)failure;
    pulse_completion_print(&pulse_program, options->operand, stdout);
    return 0;
}

static const pulse_example examples[] = {
    {"For this session of bash, zsh or fish:", "source <(playlistpulse completion bash)"},
    {"", "source <(playlistpulse completion zsh)"},
    {"", "playlistpulse completion fish | source"},
    {"For good:", "playlistpulse completion fish > ~/.config/fish/completions/playlistpulse.fish"},
    {0},
};

const pulse_command pulse_command_completion = {
    .name = "completion",
    .section = PULSE_SECTION_OTHER,
    .summary = "print a script by which a shell completes commands and options",
    .usage = "(bash | zsh | fish)",
    .description =
        "Prints a script that teaches a shell to complete playlistpulse's commands, options, their "
        "values, and file names. Where the program was installed by cmake --install, the scripts "
        "are in place already.",
    .operand = {.value = "SHELL",
                .choices = PULSE_SHELLS,
                .missing = "which shell? playlistpulse completion bash, zsh or fish"},
    .examples = examples,
    .run = run,
};
