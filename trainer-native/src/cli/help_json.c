#include "cli/help.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "base/memory.h"

static void add_choices(cJSON *to, const char *choices)
{
    if (!choices)
        return;
    cJSON *list = cJSON_AddArrayToObject(to, "choices");
    const char *word;
    for (size_t size; (size = pulse_choice_next(&choices, &word)) > 0;) {
        char *choice = pulse_need_format("%.*s", (int)size, word);
        cJSON_AddItemToArray(list, cJSON_CreateString(choice));
        free(choice);
    }
}

static cJSON *option_json(const pulse_option *row, const char *group)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "id", row->id);
    if (row->letter)
        cJSON_AddStringToObject(json, "letter", (const char[]){row->letter, 0});
    if (row->name)
        cJSON_AddStringToObject(json, "name", row->name);
    if (row->alias)
        cJSON_AddStringToObject(json, "alias", row->alias);
    if (row->value)
        cJSON_AddStringToObject(json, "value", row->value);
    add_choices(json, row->choices);
    cJSON_AddStringToObject(json, "help", row->help);
    cJSON_AddStringToObject(json, "group", group);
    cJSON_AddBoolToObject(json, "needed", row->needed);
    cJSON_AddBoolToObject(json, "many", row->many);
    return json;
}

/* Without the commands after it. */
static cJSON *command_json(const pulse_command *command)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", command->name);
    if (command->section)
        cJSON_AddStringToObject(json, "section", command->section);
    cJSON_AddStringToObject(json, "summary", command->summary);
    cJSON_AddStringToObject(json, "usage", command->usage);
    cJSON_AddStringToObject(json, "description", command->description);
    if (command->operand.value) {
        cJSON *operand = cJSON_AddObjectToObject(json, "operand");
        cJSON_AddStringToObject(operand, "value", command->operand.value);
        add_choices(operand, command->operand.choices);
    }
    cJSON *options = cJSON_AddArrayToObject(json, "options");
    const pulse_option_group *group;
    for (size_t g = 0; (group = pulse_command_group(command, g)) != NULL; ++g) {
        for (const pulse_option *row = group->rows; !pulse_option_is_end(row); ++row)
            cJSON_AddItemToArray(options, option_json(row, group->title));
    }
    cJSON *examples = cJSON_AddArrayToObject(json, "examples");
    for (const pulse_example *each = command->examples; each && each->command; ++each)
        cJSON_AddItemToArray(examples, cJSON_CreateString(each->command));
    cJSON_AddArrayToObject(json, "commands");
    return json;
}

char *pulse_help_json(const pulse_command_path *path)
{
    /* Each command's JSON on the way, and which of its commands comes next. */
    const pulse_command *at[PULSE_COMMAND_DEPTH] = {pulse_command_last(path)};
    cJSON *json[PULSE_COMMAND_DEPTH] = {command_json(at[0])};
    size_t next[PULSE_COMMAND_DEPTH] = {0}, depth = 1;
    while (depth > 0) {
        const size_t here = depth - 1;
        const pulse_command *inner = at[here]->commands ? at[here]->commands[next[here]] : NULL;
        ++next[here];
        if (!inner || depth == PULSE_COMMAND_DEPTH) {
            --depth;
            continue;
        }
        at[depth] = inner;
        json[depth] = command_json(inner);
        next[depth] = 0;
        cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(json[here], "commands"), json[depth]);
        ++depth;
    }
    char *text = cJSON_PrintUnformatted(json[0]);
    cJSON_Delete(json[0]);
    return text;
}
