/* The manual page, made from the commands' tables. */
#ifndef PULSE_TRAINER_MAN_H
#define PULSE_TRAINER_MAN_H

#include <stdio.h>

#include "cli/command.h"

/* In the man macros of troff: one page with all commands. */
void pulse_man_print(const pulse_command *program, FILE *to);

#endif
