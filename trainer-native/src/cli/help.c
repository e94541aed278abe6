#include "cli/help.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/terminal.h"

enum { NARROWEST = 50, WIDEST = 100, PIPE = 80 }; /* long lines are hard to read */

typedef struct page {
    FILE *to;
    size_t width;
} page;

static void print_heading(const page *p, const char *text)
{
    fputc('\n', p->to);
    pulse_terminal_put(p->to, PULSE_STYLE_BOLD, text);
    fputs(":\n", p->to);
}

/* A label on the left, its text on the right: on the line below where the label is too long. */
static void print_entry(const page *p, const char *label, size_t column, const char *text)
{
    size_t at = (size_t)fprintf(p->to, "  %s", label);
    if (at + 2 > column) {
        fputc('\n', p->to);
        at = 0;
    }
    pulse_terminal_wrap(p->to, text, at, column, p->width);
}

static void print_option(const page *p, const pulse_option *row)
{
    char *label = pulse_option_label(row);
    pulse_text text = {0};
    pulse_text_format(&text, "%s", row->help);
    const char *at = row->choices, *choice;
    for (size_t size, n = 0; (size = pulse_choice_next(&at, &choice)) > 0; ++n)
        pulse_text_format(&text, "%s%.*s", n ? ", " : " (", (int)size, choice);
    if (row->choices)
        pulse_text_format(&text, ")");
    if (row->many)
        pulse_text_format(&text, "; may be repeated");
    print_entry(p, label, 26, text.data);
    free(text.data);
    free(label);
}

/* "Usage: playlistpulse encoder import HF_DIR ...", one for each line of the command's usage. */
static void print_usage(const page *p, const pulse_command_path *path)
{
    char *words = pulse_command_words(path, " ");
    const char *usage = pulse_command_last(path)->usage;
    const char *before = "Usage: ";
    do {
        const size_t size = strcspn(usage, "\n");
        const size_t indent = strlen(before) + strlen(words) + 1;
        char *line = pulse_need_format("%.*s", (int)size, usage);
        pulse_terminal_put(p->to, PULSE_STYLE_BOLD, before[0] == 'U' ? "Usage:" : "      ");
        fprintf(p->to, " %s ", words);
        pulse_terminal_wrap(p->to, line, indent, indent, p->width);
        free(line);
        usage += size + (usage[size] == '\n');
        before = "       ";
    } while (*usage);
    free(words);
}

/* Under their sections, in the order in which they come. */
static void print_commands(const page *p, const pulse_command *command)
{
    const char *section = NULL;
    for (const pulse_command *const *each = command->commands; each && *each; ++each) {
        const char *its = (*each)->section ? (*each)->section : "Commands";
        if (!section || strcmp(section, its) != 0)
            print_heading(p, its);
        section = its;
        print_entry(p, (*each)->name, 15, (*each)->summary);
    }
}

static void print_examples(const page *p, const pulse_example *example)
{
    if (!example)
        return;
    print_heading(p, "Examples");
    for (; example->command; ++example) {
        if (example->about[0])
            pulse_terminal_wrap(p->to, example->about, 0, 2, p->width);
        fprintf(p->to, "      %s\n", example->command);
    }
}

void pulse_help_print(const pulse_command_path *path, FILE *to)
{
    const pulse_command *command = pulse_command_last(path);
    const size_t terminal = pulse_terminal_width(to);
    page p = {to, terminal ? terminal : PIPE};
    p.width = p.width < NARROWEST ? NARROWEST : p.width > WIDEST ? WIDEST : p.width;
    print_usage(&p, path);
    fputc('\n', to);
    pulse_terminal_wrap(to, command->description, 0, 0, p.width);
    print_commands(&p, command);
    const pulse_option_group *group;
    for (size_t g = 0; (group = pulse_command_group(command, g)) != NULL; ++g) {
        print_heading(&p, group->title);
        for (const pulse_option *row = group->rows; !pulse_option_is_end(row); ++row)
            print_option(&p, row);
    }
    for (const pulse_passage *passage = command->passages; passage && passage->title; ++passage) {
        print_heading(&p, passage->title);
        pulse_terminal_wrap(to, passage->text, 0, 2, p.width);
    }
    print_examples(&p, command->examples);
}
