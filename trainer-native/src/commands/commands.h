/*
 * The commands, one file each. What a command is called, takes and says of itself is a table
 * (cli/command.h); main.c lists them.
 */
#ifndef PULSE_TRAINER_COMMANDS_H
#define PULSE_TRAINER_COMMANDS_H

#include "cli/options.h"

extern const pulse_command pulse_command_build;
extern const pulse_command pulse_command_ingest;
extern const pulse_command pulse_command_embed;
extern const pulse_command pulse_command_train;
extern const pulse_command pulse_command_export;
extern const pulse_command pulse_command_search;
extern const pulse_command pulse_command_recommend;
extern const pulse_command pulse_command_info;
extern const pulse_command pulse_command_evaluate;
extern const pulse_command pulse_command_encode;
extern const pulse_command pulse_command_tokenize;
extern const pulse_command pulse_command_encoder;
extern const pulse_command pulse_command_lyrics;
extern const pulse_command pulse_command_help;
extern const pulse_command pulse_command_completion;
extern const pulse_command pulse_command_man;

/* The program itself, whose commands these are. */
extern const pulse_command pulse_program;

/* The headings that commands stand under. */
#define PULSE_SECTION_MAKE "Make a bundle"
#define PULSE_SECTION_ASK "Ask a bundle"
#define PULSE_SECTION_LYRICS "Lyrics"
#define PULSE_SECTION_MEASURE "Measure"
#define PULSE_SECTION_OTHER "Other"

#endif
