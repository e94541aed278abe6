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

static void add_option(pulse_text *command, const char *option, const char *value)
{
    if (!value || !value[0])
        return;
    pulse_text_format(command, " %s", option);
    add_word(command, value);
}

static void add_export(pulse_text *command, const pulse_making *making)
{
    const pulse_attribution *about = &making->attribution;
    pulse_text_format(command, "playlistpulse export");
    add_option(command, "--work", making->work);
    add_option(command, "--out", making->out);
    add_option(command, "--data-title", about->title);
    add_option(command, "--licence", about->licence);
    add_option(command, "--attribution", about->attribution);
    add_option(command, "--source", about->source);
    if (making->no_map)
        pulse_text_format(command, " --no-map");
}

void pulse_going_on(pulse_step step, const pulse_making *making, bool build, pulse_failure *failure)
{
    if (!pulse_interrupted() && (!build || step < PULSE_STEP_TRAIN))
        return;
    pulse_text next = {0};
    if (failure->next[0]) /* what has to be done before */
        pulse_text_format(&next, "%s\n", failure->next);
    switch (step) {
    case PULSE_STEP_INGEST:
        pulse_text_format(&next, "nothing was kept; the same command begins again");
        break;
    case PULSE_STEP_EMBED:
        pulse_text_format(&next, "what has been embedded is kept: the same command goes on from "
                                 "there");
        break;
    case PULSE_STEP_TRAIN:
        pulse_text_format(&next, "what has been trained is kept: the same command with --resume "
                                 "goes on from there");
        break;
    case PULSE_STEP_EXPORT:
        pulse_text_format(&next, "the trained model is kept; to go on: ");
        add_export(&next, making);
        break;
    }
    pulse_failure_advise(failure, "%s", next.data);
    free(next.data);
}
