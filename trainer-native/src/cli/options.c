#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/help.h"
#include "cli/log.h"
#include "cli/suggest.h"
#include "cli/terminal.h"

enum { HELP = PULSE_OPTION_VERSION + 1, QUIET, VERBOSE, LOG_FORMAT, NO_COLOR };

static const pulse_option common_rows[] = {
    {.id = HELP, .letter = 'h', .name = "help", .help = "print this"},
    {.id = QUIET, .letter = 'q', .name = "quiet", .help = "say nothing but what went wrong"},
    {.id = VERBOSE,
     .letter = 'v',
     .name = "verbose",
     .help = "say more: files, settings, times and memory"},
    {.id = LOG_FORMAT,
     .name = "log-format",
     .value = "FORMAT",
     .choices = "text json",
     .help = "how messages are written to the standard error: as text, or as a JSON object on each "
             "line, for programs"},
    {.id = NO_COLOR,
     .name = "no-color",
     .help = "no colours and no bold, as where the environment has NO_COLOR or the output is no "
             "terminal",
     .alias = "no-colour"},
    {0},
};
const pulse_option_group pulse_common_options = {"Common to all commands", common_rows};

/* ---- Finding rows --------------------------------------------------------------------------- */

typedef bool (*row_test)(const pulse_option *row, const void *what);

/* The first row that passes, from the one after `after`, or from the first where that is NULL. */
static const pulse_option *find_row(const pulse_command *command, const pulse_option *after,
                                    row_test test, const void *what)
{
    bool started = after == NULL;
    const pulse_option_group *group;
    for (size_t g = 0; (group = pulse_command_group(command, g)) != NULL; ++g) {
        for (const pulse_option *row = group->rows; !pulse_option_is_end(row); ++row) {
            if (started && test(row, what))
                return row;
            started = started || row == after;
        }
    }
    return NULL;
}

static bool has_letter(const pulse_option *row, const void *letter)
{
    return row->letter && row->letter == *(const char *)letter;
}

typedef struct part {
    const char *text;
    size_t size;
} part;

static bool is_called(const char *name, const part *typed)
{
    return name && strlen(name) == typed->size && memcmp(name, typed->text, typed->size) == 0;
}

static bool has_name(const pulse_option *row, const void *typed)
{
    return is_called(row->name, typed) || is_called(row->alias, typed);
}

static bool has_beginning(const pulse_option *row, const void *what)
{
    const part *typed = what;
    return row->name && strncmp(row->name, typed->text, typed->size) == 0;
}

static int unknown_name(const pulse_command *command, const part *typed, pulse_failure *failure)
{
    char *name = pulse_need_format("%.*s", (int)typed->size, typed->text);
    pulse_suggestion nearest = {.typed = name};
    const pulse_option_group *group;
    for (size_t g = 0; (group = pulse_command_group(command, g)) != NULL; ++g) {
        for (const pulse_option *row = group->rows; !pulse_option_is_end(row); ++row) {
            if (row->name)
                pulse_suggestion_offer(&nearest, row->name);
        }
    }
    const int code =
        nearest.best
            ? pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                "unknown option --%s; did you mean --%s?", name, nearest.best)
            : pulse_failure_set(failure, PULSE_EXIT_USAGE, "unknown option --%s", name);
    free(name);
    return code;
}

/* By its whole name, or by a beginning that no other name has. */
static int row_by_name(const pulse_command *command, const part *typed, const pulse_option **out,
                       pulse_failure *failure)
{
    *out = find_row(command, NULL, has_name, typed);
    if (*out)
        return 0;
    *out = typed->size ? find_row(command, NULL, has_beginning, typed) : NULL;
    const pulse_option *second = *out ? find_row(command, *out, has_beginning, typed) : NULL;
    if (second)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE, "--%.*s could be --%s or --%s",
                                 (int)typed->size, typed->text, (*out)->name, second->name);
    return *out ? 0 : unknown_name(command, typed, failure);
}

/* ---- One word after the other --------------------------------------------------------------- */

typedef struct word {
    const pulse_option *row; /* NULL: an operand, or the end */
    const char *operand;
} word;

static int take_value(pulse_options *o, const pulse_option *row, const char *attached,
                      pulse_failure *failure)
{
    pulse_option_spoken(row, o->name);
    o->value = attached;
    if (!row->value && attached)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE, "%s takes no value", o->name);
    if (row->value && !attached) {
        if (o->at >= o->argc)
            return pulse_failure_set(failure, PULSE_EXIT_USAGE, "%s needs a value: %s", o->name,
                                     row->value);
        o->value = o->argv[o->at++];
    }
    return 0;
}

static int next_letter(pulse_options *o, word *out, pulse_failure *failure)
{
    const char letter = *o->letters++;
    out->row = find_row(pulse_command_last(&o->path), NULL, has_letter, &letter);
    if (!out->row)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE, "unknown option -%c", letter);
    const bool ends = out->row->value || !*o->letters;
    const char *attached = out->row->value && *o->letters ? o->letters : NULL;
    if (ends)
        o->letters = NULL;
    return take_value(o, out->row, attached, failure);
}

static int next_name(pulse_options *o, const char *text, word *out, pulse_failure *failure)
{
    const part typed = {text, strcspn(text, "=")};
    const int code = row_by_name(pulse_command_last(&o->path), &typed, &out->row, failure);
    if (code || !out->row)
        return code;
    return take_value(o, out->row, text[typed.size] ? text + typed.size + 1 : NULL, failure);
}

static int next_word(pulse_options *o, word *out, pulse_failure *failure)
{
    *out = (word){0};
    if (o->letters)
        return next_letter(o, out, failure);
    if (o->at >= o->argc)
        return 0;
    const char *text = o->argv[o->at++];
    if (o->only_operands || text[0] != '-' || !text[1]) {
        out->operand = text;
        return 0;
    }
    if (strcmp(text, "--") == 0) {
        o->only_operands = true;
        return next_word(o, out, failure);
    }
    if (text[1] == '-')
        return next_name(o, text + 2, out, failure);
    o->letters = text + 1;
    return next_letter(o, out, failure);
}

void pulse_options_rewind(pulse_options *options)
{
    options->at = options->first;
    options->letters = NULL;
    options->only_operands = false;
}

int pulse_options_next(pulse_options *options)
{
    pulse_failure none; /* pulse_options_start has seen every word */
    word next;
    do {
        if (next_word(options, &next, &none))
            return 0;
    } while (next.operand || (next.row && next.row->id >= PULSE_OPTION_VERSION));
    return next.row ? next.row->id : 0;
}

/* ---- All of them, before the command -------------------------------------------------------- */

static int refuse_choice(const char *name, const char *choices, const char *text,
                         pulse_failure *failure)
{
    pulse_text all = {0};
    const char *at = choices, *choice;
    for (size_t size, n = 0; (size = pulse_choice_next(&at, &choice)) > 0; ++n) {
        const bool last = !at[strspn(at, " ")];
        pulse_text_format(&all, "%s%.*s", n == 0 ? "" : last ? " or " : ", ", (int)size, choice);
    }
    const int code = pulse_failure_set(failure, PULSE_EXIT_USAGE, "%s must be %s, not \"%s\"", name,
                                       all.data, text);
    free(all.data);
    return code;
}

static int take_common(pulse_options *o, int id)
{
    switch (id) {
    case HELP:
        pulse_help_print(&o->path, stdout);
        return PULSE_OPTIONS_DONE;
    case PULSE_OPTION_VERSION:
        puts("playlistpulse " PULSE_VERSION);
        return PULSE_OPTIONS_DONE;
    case QUIET:
        pulse_log_set_level(PULSE_VERBOSITY_QUIET);
        return 0;
    case VERBOSE:
        pulse_log_set_level(PULSE_VERBOSITY_VERBOSE);
        return 0;
    case LOG_FORMAT:
        pulse_log_set_json(o->value && strcmp(o->value, "json") == 0);
        return 0;
    default:
        pulse_terminal_forbid_color();
        return 0;
    }
}

static int take_operand(pulse_options *o, const char *text, pulse_failure *failure)
{
    const pulse_operand *operand = &pulse_command_last(&o->path)->operand;
    const size_t most = !operand->value ? 0 : operand->most ? operand->most : 1;
    if (o->operands == most || o->operands == PULSE_OPERANDS)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE, "\"%s\" is one argument too many%s%s",
                                 text, operand->surplus ? "; " : "",
                                 operand->surplus ? operand->surplus : "");
    if (operand->choices && !pulse_choice_is(operand->choices, text))
        return refuse_choice(operand->value, operand->choices, text, failure);
    o->operand = o->operands ? o->operand : text;
    o->operand_at[o->operands++] = text;
    return 0;
}

static int missing_command(const pulse_command_path *path, pulse_failure *failure)
{
    char *names = pulse_command_names(pulse_command_last(path), ", "),
         *words = pulse_command_words(path, " ");
    const int code =
        pulse_failure_set(failure, PULSE_EXIT_USAGE,
                          "what to do is missing: %s COMMAND, which is one of %s", words, names);
    free(names);
    free(words);
    return code;
}

/* Whether `row` was among what pulse_options_next has to give, with a value. */
static bool is_given(pulse_options *o, const pulse_option *row)
{
    bool given = false;
    pulse_options_rewind(o);
    for (int id; (id = pulse_options_next(o)) != 0;)
        given = given || (id == row->id && !(o->value && !o->value[0]));
    return given;
}

static bool is_needed(const pulse_option *row, const void *what)
{
    (void)what;
    return row->needed;
}

static int check_needed(pulse_options *o, pulse_failure *failure)
{
    const pulse_command *command = pulse_command_last(&o->path);
    if (command->operand.missing && !o->operand)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE, "%s", command->operand.missing);
    const pulse_option *row = NULL;
    while ((row = find_row(command, row, is_needed, NULL)) != NULL) {
        if (!is_given(o, row)) {
            pulse_option_spoken(row, o->name);
            return pulse_failure_set(failure, PULSE_EXIT_USAGE, "%s %s is needed: %s", o->name,
                                     row->value ? row->value : "", row->help);
        }
    }
    return 0;
}

static int take_word(pulse_options *o, const word *next, pulse_failure *failure)
{
    if (next->row) {
        if (o->value && next->row->choices && !pulse_choice_is(next->row->choices, o->value))
            return refuse_choice(o->name, next->row->choices, o->value, failure);
        return next->row->id >= PULSE_OPTION_VERSION ? take_common(o, next->row->id) : 0;
    }
    if (!pulse_command_last(&o->path)->commands)
        return take_operand(o, next->operand, failure);
    const int code = pulse_command_enter(&o->path, next->operand, failure);
    o->first = o->at; /* its own options follow its name */
    return code;
}

int pulse_options_start(const pulse_command *root, int argc, char **argv, pulse_options *out,
                        pulse_failure *failure)
{
    *out = (pulse_options){.path = {.at = {root}, .depth = 1}, .argc = argc, .argv = argv};
    out->first = out->at = argc > 0 ? 1 : 0;
    pulse_options *o = out;
    int code = 0;
    for (;;) {
        word next;
        code = next_word(o, &next, failure);
        if (code || (!next.row && !next.operand))
            break;
        code = take_word(o, &next, failure);
        if (code)
            return code;
    }
    if (!code && pulse_command_last(&o->path)->run)
        code = check_needed(o, failure);
    else if (!code)
        code = missing_command(&o->path, failure);
    pulse_options_rewind(o);
    return code;
}

/* ---- Values --------------------------------------------------------------------------------- */

int pulse_options_count(const pulse_options *options, uint64_t least, uint64_t most, uint64_t *out,
                        pulse_failure *failure)
{
    return pulse_option_count(options->name, options->value, least, most, out, failure);
}

int pulse_options_count32(const pulse_options *options, uint32_t least, uint32_t most,
                          uint32_t *out, pulse_failure *failure)
{
    uint64_t value = 0;
    const int code = pulse_options_count(options, least, most, &value, failure);
    if (!code)
        *out = (uint32_t)value;
    return code;
}

int pulse_options_real(const pulse_options *options, double least, double most, double *out,
                       pulse_failure *failure)
{
    return pulse_option_real(options->name, options->value, least, most, out, failure);
}

int pulse_options_real32(const pulse_options *options, double least, double most, float *out,
                         pulse_failure *failure)
{
    double value = 0;
    const int code = pulse_options_real(options, least, most, &value, failure);
    if (!code)
        *out = (float)value;
    return code;
}

int pulse_options_compute(const pulse_options *options, pulse_compute *out, pulse_failure *failure)
{
    return pulse_option_compute(options->name, options->value, out, failure);
}
