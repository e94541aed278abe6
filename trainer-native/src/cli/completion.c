#include "cli/completion.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* ---- What all shells ask of the tables ------------------------------------------------------ */

typedef enum kind { ANYTHING, FILES, DIRECTORIES, CHOICES, COMMANDS } kind;

static kind kind_of(const char *value, const char *choices)
{
    if (choices)
        return CHOICES;
    if (strncmp(value, "DIR", 3) == 0)
        return DIRECTORIES;
    if (strncmp(value, "FILE", 4) == 0)
        return FILES;
    return strcmp(value, "COMMAND") == 0 ? COMMANDS : ANYTHING;
}

/* Calls for each command, those of commands after them, with the path that leads there. */
typedef void (*visit)(const pulse_command_path *path, FILE *to);
static void visit_all(const pulse_command *program, visit call, FILE *to)
{
    pulse_command_path path = {.at = {program}, .depth = 1};
    size_t next[PULSE_COMMAND_DEPTH] = {0};
    call(&path, to);
    while (path.depth > 0) {
        const pulse_command *command = pulse_command_last(&path);
        size_t *index = &next[path.depth - 1];
        if (command->commands && command->commands[*index]) {
            const pulse_command *inner = command->commands[(*index)++];
            next[path.depth] = 0;
            path.at[path.depth++] = inner;
            call(&path, to);
        } else {
            --path.depth;
        }
    }
}

/* The command's options, one after the other; NULL at the end. Begins with {command}. */
typedef struct rows {
    const pulse_command *command;
    size_t group;
    const pulse_option *row;
} rows;
static const pulse_option *next_row(rows *at)
{
    const pulse_option_group *group;
    while ((group = pulse_command_group(at->command, at->group)) != NULL) {
        at->row = at->row ? at->row + 1 : group->rows;
        if (!pulse_option_is_end(at->row))
            return at->row;
        at->row = NULL;
        ++at->group;
    }
    return NULL;
}

/* The words after the program's name: "encoder import"; the caller frees it. */
static char *words_after(const pulse_command_path *path)
{
    char *words = pulse_command_words(path, " ");
    const size_t name = strlen(path->at[0]->name);
    char *after = pulse_need_text(words + name + (words[name] == ' '));
    free(words);
    return after;
}

/* The help's beginning, which is enough beside a name. */
static char *brief(const char *help)
{
    size_t size = strcspn(help, ";\n");
    const char *stop = strstr(help, ". ");
    if (stop && (size_t)(stop - help) < size)
        size = (size_t)(stop - help);
    return pulse_need_format("%.*s", (int)size, help);
}

/* The text with a backslash before each of `special`; a ' as '\'' where `quoted`. */
static void put_escaped(FILE *to, const char *text, const char *special, bool quoted)
{
    for (; *text; ++text) {
        if (quoted && *text == '\'')
            fputs("'\\''", to);
        else
            fprintf(to, "%s%c", strchr(special, *text) ? "\\" : "", *text);
    }
}

/* ---- bash ----------------------------------------------------------------------------------- */

static void bash_path(const pulse_command_path *path, FILE *to)
{
    if (path->depth < 2)
        return;
    char *words = pulse_command_words(path, " ");
    fprintf(to, "        \"%s\") command=\"%s\" ;;\n", words, words);
    free(words);
}

static void bash_names(const pulse_option *row, const char *between, FILE *to)
{
    if (row->letter)
        fprintf(to, "-%c%s", row->letter, row->name ? between : "");
    if (row->name)
        fprintf(to, "--%s", row->name);
}

static void bash_kind(const char *value, const char *choices, FILE *to)
{
    switch (kind_of(value, choices)) {
    case CHOICES:
        fprintf(to, "words \"%s\"", choices);
        break;
    case FILES:
        fputs("files -f", to);
        break;
    case DIRECTORIES:
        fputs("files -d", to);
        break;
    case COMMANDS:
        fputs("words \"$commands\"", to);
        break;
    default:
        fputs("none", to);
    }
}

static void bash_command(const pulse_command_path *path, FILE *to)
{
    const pulse_command *command = pulse_command_last(path);
    char *words = pulse_command_words(path, " ");
    fprintf(to, "    \"%s\")\n        case \"$option\" in\n", words);
    free(words);
    const pulse_option *row;
    for (rows at = {command, 0, NULL}; (row = next_row(&at)) != NULL;) {
        if (!row->value)
            continue;
        fputs("        ", to);
        bash_names(row, " | ", to);
        fputs(") _playlistpulse_", to);
        bash_kind(row->value, row->choices, to);
        fputs("; return ;;\n", to);
    }
    fputs("        esac\n        options=\"", to);
    const char *between = "";
    for (rows at = {command, 0, NULL}; (row = next_row(&at)) != NULL;) {
        fputs(between, to);
        bash_names(row, " ", to);
        between = " ";
    }
    fputs("\"\n", to);
    if (command->commands) {
        char *names = pulse_command_names(command, " ");
        fprintf(to, "        operand=(words \"%s\")\n", names);
        free(names);
    } else if (command->operand.value) {
        fputs("        operand=(", to);
        bash_kind(command->operand.value, command->operand.choices, to);
        fputs(")\n", to);
    }
    fputs("        ;;\n", to);
}

static void print_bash(const pulse_command *program, FILE *to)
{
    fputs("# Completions of playlistpulse for bash. This file is made by: playlistpulse completion "
          "bash\n"
          "\n"
          "_playlistpulse_none() { COMPREPLY=(); }\n"
          "\n"
          "_playlistpulse_words() {\n"
          "    COMPREPLY=($(compgen -W \"$1\" -- \"$current\"))\n"
          "}\n"
          "\n"
          "_playlistpulse_files() {\n"
          "    local name\n"
          "    COMPREPLY=()\n"
          "    while IFS= read -r name; do\n"
          "        COMPREPLY+=(\"$name\")\n"
          "    done < <(compgen \"$1\" -- \"$current\")\n"
          "    compopt -o filenames 2>/dev/null\n"
          "}\n"
          "\n"
          "_playlistpulse() {\n"
          "    local current=\"${COMP_WORDS[COMP_CWORD]}\" option=\"\" command=\"playlistpulse\"\n"
          "    local options=\"\" commands i\n"
          "    local -a operand=(none)\n"
          "    COMPREPLY=()\n"
          "    # --name=value is three words to readline.\n"
          "    if ((COMP_CWORD > 0)); then option=\"${COMP_WORDS[COMP_CWORD - 1]}\"; fi\n"
          "    if [[ $current == \"=\" ]]; then\n"
          "        current=\"\"\n"
          "    elif [[ $option == \"=\" ]] && ((COMP_CWORD > 1)); then\n"
          "        option=\"${COMP_WORDS[COMP_CWORD - 2]}\"\n"
          "    fi\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        case \"$command ${COMP_WORDS[i]}\" in\n",
          to);
    visit_all(program, bash_path, to);
    char *names = pulse_command_names(program, " ");
    fprintf(to,
            "        esac\n"
            "    done\n"
            "    commands=\"%s\"\n"
            "    case \"$command\" in\n",
            names);
    free(names);
    visit_all(program, bash_command, to);
    fputs("    esac\n"
          "    if [[ $current == -* ]]; then\n"
          "        _playlistpulse_words \"$options\"\n"
          "    else\n"
          "        \"_playlistpulse_${operand[0]}\" \"${operand[1]}\"\n"
          "    fi\n"
          "}\n"
          "\n"
          "complete -F _playlistpulse playlistpulse\n",
          to);
}

/* ---- zsh ------------------------------------------------------------------------------------ */

static void zsh_value(const char *value, const char *choices, FILE *to)
{
    fputc(':', to);
    put_escaped(to, value, ":\\[]", true);
    fputc(':', to);
    switch (kind_of(value, choices)) {
    case CHOICES:
        fprintf(to, "(%s)", choices);
        break;
    case FILES:
        fputs("_files", to);
        break;
    case DIRECTORIES:
        fputs("_files -/", to);
        break;
    case COMMANDS:
        fputs("_playlistpulse_names", to);
        break;
    default:
        break;
    }
}

/* One way to write it: '(-b --bundle)--bundle=[help]:DIR:_files -/' */
static void zsh_spec(const pulse_option *row, bool letter, FILE *to)
{
    fputs(" \\\n        '", to);
    if (row->many) {
        fputc('*', to);
    } else {
        fputc('(', to);
        bash_names(row, " ", to);
        fputc(')', to);
    }
    if (letter)
        fprintf(to, "-%c%s", row->letter, row->value ? "+" : "");
    else
        fprintf(to, "--%s%s", row->name, row->value ? "=" : "");
    char *help = brief(row->help);
    fputc('[', to);
    put_escaped(to, help, ":\\[]", true);
    fputc(']', to);
    free(help);
    if (row->value)
        zsh_value(row->value, row->choices, to);
    fputc('\'', to);
}

static void zsh_inner(const pulse_command_path *path, FILE *to)
{
    const pulse_command *command = pulse_command_last(path);
    char *function = pulse_command_words(path, "_");
    fputs(" \\\n        '1: :->command' '*:: :->rest'\n    case $state in\n    command)\n"
          "        commands=(",
          to);
    const pulse_command *const *each;
    for (each = command->commands; *each; ++each) {
        fprintf(to, "\n            '%s:", (*each)->name);
        put_escaped(to, (*each)->summary, ":\\", true);
        fputc('\'', to);
    }
    fputs(")\n        _describe -t commands command commands\n        ;;\n    rest)\n"
          "        case $line[1] in\n",
          to);
    for (each = command->commands; *each; ++each)
        fprintf(to, "        %s) _%s_%s ;;\n", (*each)->name, function, (*each)->name);
    fputs("        esac\n        ;;\n    esac\n", to);
    free(function);
}

static void zsh_command(const pulse_command_path *path, FILE *to)
{
    const pulse_command *command = pulse_command_last(path);
    char *function = pulse_command_words(path, "_");
    fprintf(to,
            "\n_%s() {\n    local curcontext=\"$curcontext\" state\n    local -a line commands\n"
            "    _arguments -C",
            function);
    free(function);
    const pulse_option *row;
    for (rows at = {command, 0, NULL}; (row = next_row(&at)) != NULL;) {
        if (row->letter)
            zsh_spec(row, true, to);
        if (row->name)
            zsh_spec(row, false, to);
    }
    if (command->commands) {
        zsh_inner(path, to);
    } else if (command->operand.value) {
        fprintf(to, " \\\n        '%s", command->operand.most > 1 ? "*" : "1");
        zsh_value(command->operand.value, command->operand.choices, to);
        fputs("'\n", to);
    } else {
        fputc('\n', to);
    }
    fputs("}\n", to);
}

static void print_zsh(const pulse_command *program, FILE *to)
{
    fputs("#compdef playlistpulse\n"
          "# Completions of playlistpulse for zsh. This file is made by: playlistpulse completion "
          "zsh\n"
          "\n_playlistpulse_names() {\n    compadd",
          to);
    for (const pulse_command *const *each = program->commands; *each; ++each)
        fprintf(to, " %s", (*each)->name);
    fputs("\n}\n", to);
    visit_all(program, zsh_command, to);
    fputs("\n"
          "# Loaded by its name from $fpath, or by eval.\n"
          "if [[ $funcstack[1] == _playlistpulse ]]; then\n"
          "    _playlistpulse \"$@\"\n"
          "else\n"
          "    compdef _playlistpulse playlistpulse\n"
          "fi\n",
          to);
}

/* ---- fish ----------------------------------------------------------------------------------- */

static void fish_path(const pulse_command_path *path, FILE *to)
{
    if (path->depth < 2)
        return;
    char *words = words_after(path);
    fprintf(to, " '%s'", words);
    free(words);
}

/* What follows -a, -r or -x: after an option's name, or for the operand. */
static void fish_value(const char *value, const char *choices, const pulse_command *program,
                       FILE *to)
{
    switch (kind_of(value, choices)) {
    case CHOICES:
        fprintf(to, " -x -a '%s'", choices);
        break;
    case FILES:
        fputs(" -r -F", to);
        break;
    case DIRECTORIES:
        fputs(" -x -a '(__fish_complete_directories (commandline -ct))'", to);
        break;
    case COMMANDS:
        fputs(" -x -a '", to);
        for (const pulse_command *const *each = program->commands; *each; ++each)
            fprintf(to, "%s%s", each == program->commands ? "" : " ", (*each)->name);
        fputc('\'', to);
        break;
    default:
        fputs(" -x", to);
    }
}

static void fish_begin(const char *words, FILE *to)
{
    fprintf(to, "complete -c playlistpulse -n '__playlistpulse_at \"%s\"'", words);
}

static void fish_command(const pulse_command_path *path, FILE *to)
{
    const pulse_command *command = pulse_command_last(path);
    char *words = words_after(path);
    fprintf(to, "\n# %s\n", words[0] ? words : path->at[0]->name);
    for (const pulse_command *const *each = command->commands; each && *each; ++each) {
        fish_begin(words, to);
        fprintf(to, " -a %s -d '", (*each)->name);
        put_escaped(to, (*each)->summary, "\\'", false);
        fputs("'\n", to);
    }
    if (!command->commands && command->operand.value) {
        fish_begin(words, to);
        fish_value(command->operand.value, command->operand.choices, path->at[0], to);
        fputc('\n', to);
    }
    const pulse_option *row;
    for (rows at = {command, 0, NULL}; (row = next_row(&at)) != NULL;) {
        fish_begin(words, to);
        if (row->letter)
            fprintf(to, " -s %c", row->letter);
        if (row->name)
            fprintf(to, " -l %s", row->name);
        if (row->value)
            fish_value(row->value, row->choices, path->at[0], to);
        char *help = brief(row->help);
        fputs(" -d '", to);
        put_escaped(to, help, "\\'", false);
        fputs("'\n", to);
        free(help);
    }
    free(words);
}

static void print_fish(const pulse_command *program, FILE *to)
{
    fputs("# Completions of playlistpulse for fish. This file is made by: playlistpulse completion "
          "fish\n"
          "\n"
          "# The command that has been typed: \"encoder import\".\n"
          "function __playlistpulse_command\n"
          "    set -l known",
          to);
    visit_all(program, fish_path, to);
    fputs("\n"
          "    set -l typed (commandline -opc)\n"
          "    set -l found\n"
          "    for word in $typed[2..-1]\n"
          "        set -l longer (string join -- ' ' $found $word)\n"
          "        if contains -- $longer $known\n"
          "            set found $longer\n"
          "        end\n"
          "    end\n"
          "    echo $found\n"
          "end\n"
          "\n"
          "function __playlistpulse_at\n"
          "    set -l command (__playlistpulse_command)\n"
          "    test \"$command\" = \"$argv\"\n"
          "end\n"
          "\n"
          "complete -c playlistpulse -f\n",
          to);
    visit_all(program, fish_command, to);
}

void pulse_completion_print(const pulse_command *program, const char *shell, FILE *to)
{
    if (strcmp(shell, "bash") == 0)
        print_bash(program, to);
    else if (strcmp(shell, "zsh") == 0)
        print_zsh(program, to);
    else
        print_fish(program, to);
}
