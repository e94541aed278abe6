#include "ingest/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const struct {
    pulse_role role;
    const char *name;
} roles[] = {
    {PULSE_ROLE_IGNORED, "ignored"},
    {PULSE_ROLE_ID, "id"},
    {PULSE_ROLE_TITLE, "title"},
    {PULSE_ROLE_ARTIST, "artist"},
    {PULSE_ROLE_YEAR, "year"},
    {PULSE_ROLE_GENRE, "genre"},
    {PULSE_ROLE_LYRICS, "lyrics"},
    {PULSE_ROLE_NUMERICAL, "numerical"},
    {PULSE_ROLE_CATEGORICAL, "categorical"},
};
enum { ROLES = sizeof roles / sizeof *roles };

const char *pulse_role_name(pulse_role role)
{
    for (size_t i = 0; i < ROLES; ++i) {
        if (roles[i].role == role)
            return roles[i].name;
    }
    return "ignored";
}

pulse_role pulse_role_of(const char *name)
{
    for (size_t i = 0; i < ROLES; ++i) {
        if (strcmp(roles[i].name, name) == 0)
            return roles[i].role;
    }
    return PULSE_ROLE_IGNORED;
}

void pulse_schema_free(pulse_schema *schema)
{
    for (uint32_t i = 0; i < schema->count; ++i) {
        pulse_column *column = &schema->columns[i];
        free(column->name);
        free(column->reason);
        free(column->modality);
        free(column->label);
        free(column->unit);
        free(column->low);
        free(column->high);
        free(column->transform);
        free(column->separator);
        for (uint32_t k = 0; k < column->unknown_count; ++k)
            free(column->unknown[k]);
        free(column->unknown);
    }
    free(schema->columns);
    *schema = (pulse_schema){0};
}

int64_t pulse_schema_find(const pulse_schema *schema, pulse_role role)
{
    for (uint32_t i = 0; i < schema->count; ++i) {
        if (schema->columns[i].role == role)
            return i;
    }
    return -1;
}

int64_t pulse_schema_column(const pulse_schema *schema, const char *name)
{
    for (uint32_t i = 0; i < schema->count; ++i) {
        if (strcmp(schema->columns[i].name, name) == 0)
            return i;
    }
    return -1;
}

void pulse_column_set(char **member, const char *text)
{
    char *copy = text ? pulse_need_text(text) : NULL;
    free(*member);
    *member = copy;
}

void pulse_column_ignore(pulse_column *column, const char *reason)
{
    column->role = PULSE_ROLE_IGNORED;
    pulse_column_set(&column->reason, reason);
}

bool pulse_column_is_number(const pulse_column *column)
{
    return column->role == PULSE_ROLE_YEAR || column->role == PULSE_ROLE_NUMERICAL;
}

bool pulse_column_is_category(const pulse_column *column)
{
    return column->role == PULSE_ROLE_GENRE || column->role == PULSE_ROLE_CATEGORICAL;
}

bool pulse_column_is_circular(const pulse_column *column)
{
    return column->transform && strcmp(column->transform, "circular") == 0;
}

char pulse_column_separator(const pulse_column *column)
{
    return (char)(column->separator ? column->separator[0] : 0);
}

void pulse_column_add_unknown(pulse_column *column, const char *text)
{
    column->unknown =
        pulse_need_more(column->unknown, column->unknown_count + 1, sizeof *column->unknown);
    column->unknown[column->unknown_count++] = pulse_need_text(text);
}

/* ---- Details -------------------------------------------------------------------------------- */

static const char *const texts[] = {"modality", "label", "unit", "low", "high", "transform"};
enum { TEXTS = sizeof texts / sizeof *texts };

static char **text_of(pulse_column *column, size_t text)
{
    char **const members[TEXTS] = {&column->modality, &column->label, &column->unit,
                                   &column->low,      &column->high,  &column->transform};
    return members[text];
}

void pulse_column_details_to_json(const pulse_column *column, cJSON *json)
{
    pulse_column copy = *column; /* text_of gives what may be written to */
    for (size_t i = 0; i < TEXTS; ++i) {
        if (*text_of(&copy, i))
            cJSON_AddStringToObject(json, texts[i], *text_of(&copy, i));
    }
    if (column->period > 0)
        cJSON_AddNumberToObject(json, "period", column->period);
    if (column->multiple || column->multiple_told)
        cJSON_AddBoolToObject(json, "multiple", column->multiple);
    if (column->multiple && column->separator && column->separator[0])
        cJSON_AddStringToObject(json, "separator", column->separator);
    if (column->unknown_count || column->unknown_told) {
        cJSON *list = cJSON_AddArrayToObject(json, "unknown");
        for (uint32_t i = 0; i < column->unknown_count; ++i)
            cJSON_AddItemToArray(list, cJSON_CreateString(column->unknown[i]));
    }
}

static bool is_value_list(const cJSON *list)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item) && !cJSON_IsNumber(item))
            return false;
    }
    return cJSON_IsArray(list) && cJSON_GetArraySize(list) <= 100;
}

static bool is_transform(const cJSON *member)
{
    static const char *const names[] = {"none", "log1p", "log", "logit", "circular"};
    bool known = false;
    for (size_t i = 0; cJSON_IsString(member) && i < sizeof names / sizeof *names; ++i)
        known |= strcmp(names[i], member->valuestring) == 0;
    return known;
}

const char *pulse_column_detail_problem(const cJSON *member)
{
    const char *name = member->string;
    if (strcmp(name, "transform") == 0)
        return is_transform(member) ? NULL : "must be none, log1p, log, logit or circular";
    for (size_t i = 0; i < TEXTS; ++i) {
        if (strcmp(name, texts[i]) == 0)
            return cJSON_IsString(member) ? NULL : "must be a string";
    }
    if (strcmp(name, "period") == 0)
        return cJSON_IsNumber(member) && member->valuedouble > 0 && member->valuedouble < 1e12
                   ? NULL
                   : "must be a number above 0: how many units make a turn";
    if (strcmp(name, "multiple") == 0)
        return cJSON_IsBool(member) ? NULL : "must be true or false";
    if (strcmp(name, "separator") == 0) {
        const char *text = cJSON_GetStringValue(member);
        return text && strlen(text) <= 1 && (text[0] == 0 || (text[0] > ' ' && text[0] < 0x7f))
                   ? NULL
                   : "must be one character that can be seen, such as \",\"";
    }
    if (strcmp(name, "unknown") == 0)
        return is_value_list(member) ? NULL : "must be a list of strings and numbers";
    return "is not a member this program knows";
}

void pulse_column_details_from_json(pulse_column *column, const cJSON *json)
{
    for (size_t i = 0; i < TEXTS; ++i) {
        const cJSON *member = cJSON_GetObjectItemCaseSensitive(json, texts[i]);
        if (cJSON_IsString(member))
            pulse_column_set(text_of(column, i), member->valuestring);
    }
    const cJSON *period = cJSON_GetObjectItemCaseSensitive(json, "period");
    if (cJSON_IsNumber(period))
        column->period = period->valuedouble;
    const cJSON *separator = cJSON_GetObjectItemCaseSensitive(json, "separator");
    const cJSON *multiple = cJSON_GetObjectItemCaseSensitive(json, "multiple");
    if (cJSON_IsString(separator))
        pulse_column_set(&column->separator, separator->valuestring);
    column->multiple = multiple ? cJSON_IsTrue(multiple) : cJSON_IsString(separator);
    column->multiple_told = multiple || separator;
    const cJSON *unknown = cJSON_GetObjectItemCaseSensitive(json, "unknown"), *item;
    column->unknown_told = unknown != NULL;
    cJSON_ArrayForEach(item, unknown)
    {
        char number[32];
        snprintf(number, sizeof number, "%.15g", item->valuedouble);
        pulse_column_add_unknown(column, cJSON_IsString(item) ? item->valuestring : number);
    }
}

/* ---- In the workspace ----------------------------------------------------------------------- */

char *pulse_schema_to_json(const pulse_schema *schema)
{
    cJSON *list = cJSON_CreateArray();
    for (uint32_t i = 0; i < schema->count; ++i) {
        const pulse_column *column = &schema->columns[i];
        cJSON *json = cJSON_CreateObject();
        cJSON_AddStringToObject(json, "column", column->name);
        cJSON_AddStringToObject(json, "role", pulse_role_name(column->role));
        if (column->reason)
            cJSON_AddStringToObject(json, "reason", column->reason);
        pulse_column_details_to_json(column, json);
        cJSON_AddItemToArray(list, json);
    }
    char *text = cJSON_PrintUnformatted(list);
    cJSON_Delete(list);
    char *copy = pulse_need_text(text ? text : "[]");
    cJSON_free(text);
    return copy;
}

int pulse_schema_from_json(const char *json, const char *path, pulse_schema *out,
                           pulse_failure *failure)
{
    *out = (pulse_schema){0};
    cJSON *list = cJSON_Parse(json);
    const int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    out->columns = pulse_need((size_t)count, sizeof *out->columns);
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, "column");
        const cJSON *role = cJSON_GetObjectItemCaseSensitive(item, "role");
        const cJSON *reason = cJSON_GetObjectItemCaseSensitive(item, "reason");
        if (!cJSON_IsString(name) || !cJSON_IsString(role)) {
            out->count = 0;
            break;
        }
        pulse_column *column = &out->columns[out->count++];
        column->name = pulse_need_text(name->valuestring);
        column->role = pulse_role_of(role->valuestring);
        if (cJSON_IsString(reason))
            column->reason = pulse_need_text(reason->valuestring);
        pulse_column_details_from_json(column, item);
    }
    cJSON_Delete(list);
    if (out->count == 0) {
        pulse_schema_free(out);
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: holds no schema; run playlistpulse ingest again", path);
    }
    return 0;
}
