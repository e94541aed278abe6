/* What --help prints, made from the command's tables. */
#ifndef PULSE_TRAINER_HELP_H
#define PULSE_TRAINER_HELP_H

#include <stdio.h>

#include "cli/command.h"

/* Of the path's last command; as wide as the terminal, 80 columns where there is none. */
void pulse_help_print(const pulse_command_path *path, FILE *to);

/* The same as JSON, with the commands after it; cJSON_free it. */
char *pulse_help_json(const pulse_command_path *path);

#endif
