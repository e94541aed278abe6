#include "commands/going_on.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"

/* A word as a shell reads it back. */
static void add_word(pulse_text *command, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_./,:=@%+-";
    if (word[0] && word[strspn(word, plain)] == 0) {
        pulse_text_format(command, " %s", word);
        return;
    }
    pulse_text_append(command, " '", 2);
    for (; *word; ++word) {
        if (*word == '\'')
            pulse_text_append(command, "'\\''", 4);
        else
            pulse_text_append(command, word, 1);
    }
    pulse_text_append(command, "'", 1);
}

static char *typed_again(const pulse_options *options, bool resume)
{
    pulse_text command = {0};
    pulse_text_format(&command, "%s", options->path.at[0]->name);
    for (int i = 1; i < options->argc; ++i) {
        add_word(&command, options->argv[i]);
        resume = resume && strcmp(options->argv[i], "--resume") != 0;
    }
    if (resume)
        add_word(&command, "--resume");
    return command.data;
}

void pulse_going_on(pulse_step step, const pulse_making *making, bool build, pulse_failure *failure)
{
    static const char *const kept[] = {
        [PULSE_STEP_INGEST] = "nothing was kept; to begin again: ",
        [PULSE_STEP_EMBED] = "what has been embedded is kept; to go on: ",
        [PULSE_STEP_TRAIN] = "what has been trained is kept; to go on: ",
        [PULSE_STEP_EXPORT] = "the trained model is kept; to go on: ",
    };
    if (!pulse_interrupted() && (!build || step < PULSE_STEP_TRAIN))
        return;
    const bool resume = step == PULSE_STEP_TRAIN || (build && step != PULSE_STEP_INGEST);
    char *command = typed_again(making->options, resume);
    char *before = pulse_need_text(failure->next); /* what has to be done first */
    pulse_failure_advise(failure, "%s%s%s%s", before, before[0] ? "\n" : "", kept[step], command);
    free(before);
    free(command);
}
