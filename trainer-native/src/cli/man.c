#include "cli/man.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* ---- Text as troff reads it ----------------------------------------------------------------- */

static void put_character(FILE *to, char c)
{
    switch (c) {
    case '\\':
        fputs("\\e", to);
        break;
    case '-': /* not a hyphen: people copy options */
        fputs("\\-", to);
        break;
    case '\'':
        fputs("\\(aq", to);
        break;
    case '`':
        fputs("\\(ga", to);
        break;
    case '^':
        fputs("\\(ha", to);
        break;
    case '~':
        fputs("\\(ti", to);
        break;
    case '"':
        fputs("\\(dq", to); /* also within the arguments of macros */
        break;
    default:
        fputc(c, to);
    }
}

/* A dot or an apostrophe that begins a line would be a request. */
static void put_bytes(FILE *to, const char *text, size_t size, bool at_start)
{
    if (at_start && size > 0 && text[0] == '.')
        fputs("\\&", to);
    for (size_t i = 0; i < size; ++i)
        put_character(to, text[i]);
}

static void put_text(FILE *to, const char *text)
{
    put_bytes(to, text, strlen(text), true);
}

/* One line of the text in lines of the source that an editor shows whole. */
static void put_words(FILE *to, const char *text, size_t size)
{
    enum { WIDEST = 72 };
    size_t at = 0;
    while (size > 0) {
        const char *space = memchr(text + 1, ' ', size - 1);
        const size_t word = space ? (size_t)(space - text) : size; /* with the space before it */
        const bool first = at == 0, breaks = !first && at + word > WIDEST;
        if (breaks)
            fputc('\n', to);
        const size_t skip = breaks && text[0] == ' ';
        put_bytes(to, text + skip, word - skip, first || breaks);
        at = breaks ? word : at + word;
        text += word;
        size -= word;
    }
    fputc('\n', to);
}

/* Sentences. Lines that begin with a space stay as they are; an empty line is a new paragraph. */
static void put_prose(FILE *to, const char *text, const char *paragraph)
{
    bool kept = false;
    while (*text) {
        const size_t size = strcspn(text, "\n");
        const bool keep = text[0] == ' ';
        if (keep != kept)
            fputs(keep ? ".EX\n" : ".EE\n", to);
        kept = keep;
        if (size == 0) {
            fprintf(to, "%s\n", paragraph);
        } else if (keep) {
            put_bytes(to, text, size, true);
            fputc('\n', to);
        } else {
            put_words(to, text, size);
        }
        text += size + (text[size] == '\n');
    }
    if (kept)
        fputs(".EE\n", to);
}

/* ---- Tables --------------------------------------------------------------------------------- */

static void put_option(FILE *to, const pulse_option *row)
{
    fputs(".TP\n", to);
    if (row->letter)
        fprintf(to, "\\fB\\-%c\\fR%s", row->letter, row->name ? ", " : "");
    if (row->name) {
        fputs("\\fB\\-\\-", to);
        put_bytes(to, row->name, strlen(row->name), false);
        fputs("\\fR", to);
    }
    if (row->value) {
        fputs(" \\fI", to);
        put_bytes(to, row->value, strlen(row->value), false);
        fputs("\\fR", to);
    }
    fputc('\n', to);
    pulse_text help = {0};
    pulse_text_format(&help, "%c%s", toupper((unsigned char)row->help[0]), row->help + 1);
    const bool ends = strchr(help.data, '\n') != NULL;
    const char *at = row->choices, *choice;
    for (size_t size, n = 0; (size = pulse_choice_next(&at, &choice)) > 0; ++n)
        pulse_text_format(&help, "%s%.*s", n ? ", " : " (", (int)size, choice);
    pulse_text_format(&help, "%s%s%s", row->choices ? ")" : "",
                      row->many ? "; may be repeated" : "", ends ? "" : ".");
    put_prose(to, help.data, ".IP");
    free(help.data);
}

static void put_groups(FILE *to, const pulse_command *command)
{
    const pulse_option_group *group;
    for (size_t g = 0; (group = pulse_command_group(command, g)) != NULL; ++g) {
        if (group == &pulse_common_options)
            continue;
        fputs(".PP\n", to);
        put_text(to, group->title);
        fputs(":\n", to);
        for (const pulse_option *row = group->rows; !pulse_option_is_end(row); ++row)
            put_option(to, row);
    }
}

static void put_examples(FILE *to, const pulse_example *example)
{
    for (; example && example->command; ++example) {
        if (example->about[0])
            put_words(to, example->about, strlen(example->about));
        fputs(".RS 4\n.EX\n", to);
        put_text(to, example->command);
        fputs("\n.EE\n.RE\n", to);
    }
}

static void put_usage(FILE *to, const pulse_command_path *path)
{
    char *words = pulse_command_words(path, " ");
    for (const char *usage = pulse_command_last(path)->usage; *usage;) {
        const size_t size = strcspn(usage, "\n");
        fputs("\\fB", to);
        put_text(to, words);
        fputs("\\fR ", to);
        put_bytes(to, usage, size, false);
        fputs(usage[size] ? "\n.br\n" : "\n", to);
        usage += size + (usage[size] == '\n');
    }
    free(words);
}

static void put_command(FILE *to, const pulse_command_path *path)
{
    const pulse_command *command = pulse_command_last(path);
    char *words = pulse_command_words(path, " ");
    fputs(".SS \"", to);
    put_text(to, words);
    fputs("\"\n", to);
    free(words);
    put_usage(to, path);
    fputs(".PP\n", to);
    put_prose(to, command->description, ".PP");
    put_groups(to, command);
    if (command->examples)
        fputs(".PP\nExamples:\n.PP\n", to);
    put_examples(to, command->examples);
}

static void put_commands(FILE *to, const pulse_command *program)
{
    pulse_command_path path = {.at = {program}, .depth = 1};
    for (const pulse_command *const *each = program->commands; *each; ++each) {
        path.at[1] = *each;
        path.depth = 2;
        const pulse_command *const *inner = (*each)->commands;
        if (!inner) /* those that only have commands are said by them */
            put_command(to, &path);
        for (; inner && *inner; ++inner) {
            path.at[2] = *inner;
            path.depth = 3;
            put_command(to, &path);
        }
    }
}

void pulse_man_print(const pulse_command *program, FILE *to)
{
    const pulse_command_path path = {.at = {program}, .depth = 1};
    fputs(".\\\" This file is made by: playlistpulse man\n"
          ".TH PLAYLISTPULSE 1 \"\" \"playlistpulse " PULSE_VERSION "\" \"User Commands\"\n"
          ".SH NAME\n",
          to);
    put_text(to, program->name);
    fputs(" \\- ", to);
    put_text(to, program->summary);
    fputs("\n.SH SYNOPSIS\n", to);
    put_usage(to, &path);
    fputs(".SH DESCRIPTION\n", to);
    put_prose(to, program->description, ".PP");
    put_groups(to, program);
    fputs(".SH COMMANDS\n", to);
    put_commands(to, program);
    fputs(".SH COMMON OPTIONS\n", to);
    for (const pulse_option *row = pulse_common_options.rows; !pulse_option_is_end(row); ++row)
        put_option(to, row);
    for (const pulse_passage *passage = program->passages; passage && passage->title; ++passage) {
        fputs(".SH ", to);
        for (const char *at = passage->title; *at; ++at)
            fputc(toupper((unsigned char)*at), to);
        fputc('\n', to);
        put_prose(to, passage->text, ".PP");
    }
    fputs(".SH EXAMPLES\n", to);
    put_examples(to, program->examples);
}
