#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/suggest.h"

const pulse_command *pulse_command_last(const pulse_command_path *path)
{
    return path->at[path->depth - 1];
}

char *pulse_command_names(const pulse_command *command, const char *between)
{
    pulse_text all = {0};
    for (const pulse_command *const *each = command->commands; each && *each; ++each)
        pulse_text_format(&all, "%s%s", all.size ? between : "", (*each)->name);
    return all.data;
}

static int unknown(const pulse_command *command, const char *name, pulse_failure *failure)
{
    pulse_suggestion nearest = {.typed = name};
    const pulse_command *const *each = command->commands;
    for (; each && *each; ++each)
        pulse_suggestion_offer(&nearest, (*each)->name);
    if (nearest.best)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE, "unknown command %s; did you mean %s?",
                                 name, nearest.best);
    char *names = pulse_command_names(command, ", ");
    const int code =
        pulse_failure_set(failure, PULSE_EXIT_USAGE, "unknown command %s; %s %s", name,
                          names ? "there are" : "there are none of", names ? names : command->name);
    free(names);
    return code;
}

int pulse_command_enter(pulse_command_path *path, const char *name, pulse_failure *failure)
{
    const pulse_command *const *next = pulse_command_last(path)->commands;
    for (; next && *next; ++next) {
        if (strcmp((*next)->name, name) == 0 && path->depth < PULSE_COMMAND_DEPTH) {
            path->at[path->depth++] = *next;
            return 0;
        }
    }
    return unknown(pulse_command_last(path), name, failure);
}

char *pulse_command_words(const pulse_command_path *path, const char *between)
{
    pulse_text words = {0};
    for (uint32_t i = 0; i < path->depth; ++i)
        pulse_text_format(&words, "%s%s", i ? between : "", path->at[i]->name);
    return words.data;
}

const pulse_option_group *pulse_command_group(const pulse_command *command, size_t index)
{
    size_t count = 0;
    while (command->groups && command->groups[count])
        ++count;
    if (index < count)
        return command->groups[index];
    return index == count ? &pulse_common_options : NULL;
}

bool pulse_option_is_end(const pulse_option *row)
{
    return !row->letter && !row->name;
}

char *pulse_option_label(const pulse_option *row)
{
    pulse_text label = {0};
    if (row->letter)
        pulse_text_format(&label, "-%c", row->letter);
    if (row->name)
        pulse_text_format(&label, "%s--%s", row->letter ? ", " : "    ", row->name);
    if (row->value)
        pulse_text_format(&label, " %s", row->value);
    return label.data;
}

void pulse_option_spoken(const pulse_option *row, char out[48])
{
    if (row->name)
        snprintf(out, 48, "--%s", row->name);
    else
        snprintf(out, 48, "-%c", row->letter);
}

size_t pulse_choice_next(const char **at, const char **word)
{
    if (!*at)
        return 0;
    *word = *at + strspn(*at, " ");
    const size_t size = strcspn(*word, " ");
    *at = *word + size;
    return size;
}

bool pulse_choice_is(const char *choices, const char *text)
{
    const char *word;
    for (size_t size; (size = pulse_choice_next(&choices, &word)) > 0;) {
        if (strlen(text) == size && memcmp(word, text, size) == 0)
            return true;
    }
    return false;
}
