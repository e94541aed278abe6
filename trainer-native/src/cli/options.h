/*
 * Reading argv by the tables of command.h.
 *
 * pulse_options_start looks at all of it: finds the command, refuses what is unknown, misplaced or
 * not among an option's choices, and sees to the options that every command has (--help, --quiet
 * and the like). The command then goes through its own options, and nothing is left that could be
 * wrong but their values:
 *
 *     for (int id; !code && (id = pulse_options_next(options)) != 0;) {
 *         switch (id) {
 *         case LIMIT:
 *             code = pulse_options_count(options, 1, UINT32_MAX, &limit, failure);
 *             break;
 *         case JSON:
 *             as_json = true;
 *             break;
 *         }
 *     }
 */
#ifndef PULSE_TRAINER_OPTIONS_H
#define PULSE_TRAINER_OPTIONS_H

#include "cli/command.h"
#include "cli/values.h"

#define PULSE_OPERANDS 4

typedef struct pulse_options {
    pulse_command_path path;
    const char *operand; /* the first argument that is no option, or NULL */
    const char *operand_at[PULSE_OPERANDS];
    size_t operands;
    /* Of the option that pulse_options_next gave last: */
    const char *value; /* NULL where it takes none; part of argv */
    char name[48];     /* for messages: "--limit" */
    /* Where it is: */
    int argc;
    char **argv;
    int first, at;
    const char *letters; /* what is left of -abc */
    bool only_operands;  /* after -- */
} pulse_options;

/* What pulse_options_start gives after it has done what was asked: --help, --version. */
#define PULSE_OPTIONS_DONE (-1)

/* 0, PULSE_OPTIONS_DONE, or what `failure` has. `path` is then as deep as was understood. */
int pulse_options_start(const pulse_command *root, int argc, char **argv, pulse_options *out,
                        pulse_failure *failure);

/* The id of the command's next option; 0 after the last. Common options are passed over. */
int pulse_options_next(pulse_options *options);
/* To the beginning again, for a second pass. */
void pulse_options_rewind(pulse_options *options);

/* The option's value as a number. */
int pulse_options_count(const pulse_options *options, uint64_t least, uint64_t most, uint64_t *out,
                        pulse_failure *failure);
int pulse_options_count32(const pulse_options *options, uint32_t least, uint32_t most,
                          uint32_t *out, pulse_failure *failure);
int pulse_options_real(const pulse_options *options, double least, double most, double *out,
                       pulse_failure *failure);
int pulse_options_real32(const pulse_options *options, double least, double most, float *out,
                         pulse_failure *failure);
int pulse_options_compute(const pulse_options *options, pulse_compute *out, pulse_failure *failure);

#endif
