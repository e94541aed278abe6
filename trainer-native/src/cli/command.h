/*
 * A command as data. What it is called, takes and says of itself is written here once; reading argv
 * (options.h), help (help.h), the manual page (man.h) and the shells' completions (completion.h)
 * are made from it.
 *
 * All texts are plain sentences: whoever prints them breaks the lines. A line that begins with a
 * space stays as it is, for what is typed or looked at; an empty line ends a paragraph.
 */
#ifndef PULSE_TRAINER_COMMAND_H
#define PULSE_TRAINER_COMMAND_H

#include "base/failure.h"

struct pulse_options;

typedef struct pulse_option {
    int id;           /* what the command knows it by, from 1 on: unique in a command */
    char letter;      /* 'b' for -b; 0: none */
    bool needed;      /* must be there: what `help` says is what is said when it is not */
    bool many;        /* may be repeated, and each counts; otherwise the last one does */
    const char *name; /* "bundle" for --bundle; NULL: the letter alone */
    /* What its value is called in help: "N", "TEXT"; NULL: it takes none. Shells complete what
     * begins with DIR or FILE as such, and COMMAND by the program's commands. */
    const char *value;
    const char *choices; /* the values there are, with a space between them; NULL: any */
    const char *help;    /* begins in lower case, and has no full stop where it is one sentence */
    const char *alias;   /* another name that is understood and not spoken of */
} pulse_option;

/* Options under one heading. A group may belong to several commands. */
typedef struct pulse_option_group {
    const char *title;        /* "Training" */
    const pulse_option *rows; /* ends with a row that has neither letter nor name */
} pulse_option_group;

/* The arguments that are no options. */
typedef struct pulse_operand {
    const char *value;   /* as an option's; NULL: none is taken */
    const char *choices; /* as an option's */
    uint32_t most;       /* how many; 0: one */
    const char *missing; /* what is said where there is none; NULL: it may be left out */
    const char *surplus; /* what to do where there are too many; NULL: nothing to say */
} pulse_operand;

typedef struct pulse_example {
    const char *about; /* "From a CSV to a bundle:"; "" for one that goes on */
    const char *command;
} pulse_example;

/* More to say, under a heading of its own. */
typedef struct pulse_passage {
    const char *title;
    const char *text;
} pulse_passage;

typedef struct pulse_command {
    const char *name;
    const char *section; /* its heading among the commands: "Make a bundle" */
    const char *summary; /* one line, no full stop */
    const char *usage;   /* what follows the name, or several such lines */
    const char *description;
    pulse_operand operand;
    const pulse_option_group *const *groups;     /* ends with NULL; NULL: none but the common */
    const pulse_passage *passages;               /* as examples */
    const pulse_example *examples;               /* ends with an empty one; NULL: none */
    const struct pulse_command *const *commands; /* ends with NULL; NULL: it has none */
    /* 0, or what was put into `failure` as its code. NULL where it has commands. */
    int (*run)(struct pulse_options *options, pulse_failure *failure);
} pulse_command;

/* From the program itself to the command, as they are typed: playlistpulse encoder import. */
enum { PULSE_COMMAND_DEPTH = 4 };
typedef struct pulse_command_path {
    const pulse_command *at[PULSE_COMMAND_DEPTH];
    uint32_t depth; /* at least 1; at[depth - 1] is the command */
} pulse_command_path;

const pulse_command *pulse_command_last(const pulse_command_path *path);
/* Adds the command of that name; where there is none, nothing changes, and the message says which
 * name is near. */
int pulse_command_enter(pulse_command_path *path, const char *name, pulse_failure *failure);
/* "build, ingest, ..." with `between` between them; the caller frees it. NULL: it has none. */
char *pulse_command_names(const pulse_command *command, const char *between);
/* "playlistpulse encoder import" with `between` as the space; the caller frees it. */
char *pulse_command_words(const pulse_command_path *path, const char *between);

/* The options that every command has, and that the program looks after: see options.c. */
extern const pulse_option_group pulse_common_options;
/* Ids from here on are the program's own. This one, --version, is the program's alone. */
#define PULSE_OPTION_VERSION (1 << 20)

/* The command's groups in order, the common ones last; NULL after them. */
const pulse_option_group *pulse_command_group(const pulse_command *command, size_t index);
bool pulse_option_is_end(const pulse_option *row);
/* "-b, --bundle DIR"; the caller frees it. */
char *pulse_option_label(const pulse_option *row);
/* What messages call it: "--bundle", or "-k" where it has no name. */
void pulse_option_spoken(const pulse_option *row, char out[48]);

/* One of the words in `choices`: its size, and where it begins; 0 after the last. `*at` begins as
 * `choices`, which may be NULL, and moves on. */
size_t pulse_choice_next(const char **at, const char **word);
bool pulse_choice_is(const char *choices, const char *text);

#endif
