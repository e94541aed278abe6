/*
 * Shell completions, made from the commands' tables: commands, options, their choices, and files
 * or directories where those are wanted. The scripts need nothing but the shell.
 */
#ifndef PULSE_TRAINER_COMPLETION_H
#define PULSE_TRAINER_COMPLETION_H

#include <stdio.h>

#include "cli/command.h"

#define PULSE_SHELLS "bash zsh fish"

/* `shell` is one of PULSE_SHELLS. */
void pulse_completion_print(const pulse_command *program, const char *shell, FILE *to);

#endif
