/* The commands. Each reads its own options; argv[0] is its name. */
#ifndef PULSE_TRAINER_COMMANDS_H
#define PULSE_TRAINER_COMMANDS_H

#include "base/failure.h"

typedef struct pulse_command {
    const char *name;
    const char *summary; /* one line */
    const char *help;    /* what `playlistpulse NAME --help` prints */
    int (*run)(int argc, char **argv, pulse_failure *failure);
} pulse_command;

extern const pulse_command pulse_command_ingest;
extern const pulse_command pulse_command_embed;
extern const pulse_command pulse_command_train;
extern const pulse_command pulse_command_export;
extern const pulse_command pulse_command_build;
extern const pulse_command pulse_command_search;
extern const pulse_command pulse_command_recommend;
extern const pulse_command pulse_command_info;
extern const pulse_command pulse_command_encoder;
extern const pulse_command pulse_command_encode;
extern const pulse_command pulse_command_tokenize;

/* A command's --help: prints it, and gives this instead of 0, which main takes for done. */
#define PULSE_HELP_GIVEN (-1)
int pulse_command_help(const pulse_command *command);

#endif
