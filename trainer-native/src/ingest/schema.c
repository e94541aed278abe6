#include "ingest/schema.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/files.h"

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

/* ---- A schema file -------------------------------------------------------------------------- */

static const char *const details[] = {"modality", "label", "unit", "low", "high", "transform"};
enum { DETAILS = sizeof details / sizeof *details };

static char **detail_of(pulse_column *column, size_t detail)
{
    char **const members[DETAILS] = {&column->modality, &column->label, &column->unit,
                                     &column->low,      &column->high,  &column->transform};
    return members[detail];
}

static bool known_transform(const char *name)
{
    return strcmp(name, "none") == 0 || strcmp(name, "log1p") == 0 || strcmp(name, "log") == 0 ||
           strcmp(name, "logit") == 0;
}

static bool is_scalar_member(const char *name)
{
    return strcmp(name, "id") == 0 || strcmp(name, "title") == 0 || strcmp(name, "artist") == 0 ||
           strcmp(name, "year") == 0 || strcmp(name, "genre") == 0 || strcmp(name, "lyrics") == 0;
}

static bool is_list_member(const char *name)
{
    return strcmp(name, "numerical") == 0 || strcmp(name, "categorical") == 0 ||
           strcmp(name, "ignore") == 0;
}

static int check_feature(const char *path, const char *list, const cJSON *item,
                         pulse_failure *failure)
{
    if (cJSON_IsString(item))
        return 0;
    if (!cJSON_IsObject(item) || strcmp(list, "ignore") == 0)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: \"%s\" must list column names%s",
                                 path, list,
                                 strcmp(list, "ignore") == 0 ? "" : " or objects with \"column\"");
    bool named = false;
    const cJSON *member;
    cJSON_ArrayForEach(member, item)
    {
        bool known = strcmp(member->string, "column") == 0;
        named |= known;
        for (size_t i = 0; i < DETAILS; ++i)
            known |= strcmp(member->string, details[i]) == 0;
        if (!known || !cJSON_IsString(member))
            return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: \"%s\": \"%s\" is not a member this program knows, or "
                                     "not a string",
                                     path, list, member->string);
        if (strcmp(member->string, "transform") == 0 && !known_transform(member->valuestring))
            return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: \"%s\": the transform \"%s\" is not none, log1p, log or "
                                     "logit",
                                     path, list, member->valuestring);
    }
    if (!named)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: \"%s\": an object has no \"column\"", path, list);
    return 0;
}

static int check_declaration(const char *path, const cJSON *json, pulse_failure *failure)
{
    if (!cJSON_IsObject(json))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: must be a JSON object", path);
    const cJSON *member;
    cJSON_ArrayForEach(member, json)
    {
        if (is_scalar_member(member->string)) {
            if (!cJSON_IsString(member) && !cJSON_IsNull(member))
                return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                         "%s: \"%s\" must be a column name or null", path,
                                         member->string);
        } else if (is_list_member(member->string)) {
            if (!cJSON_IsArray(member))
                return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: \"%s\" must be a list",
                                         path, member->string);
            const cJSON *item;
            cJSON_ArrayForEach(item, member)
            {
                const int code = check_feature(path, member->string, item, failure);
                if (code)
                    return code;
            }
        } else {
            return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: unknown member \"%s\"", path,
                                     member->string);
        }
    }
    return 0;
}

int pulse_declaration_read(const char *path, pulse_declaration *out, pulse_failure *failure)
{
    *out = (pulse_declaration){0};
    uint8_t *bytes;
    size_t size;
    int code = pulse_file_read(path, 1u << 20, &bytes, &size, failure);
    if (code)
        return code;
    const char *end = NULL;
    cJSON *json = cJSON_ParseWithOpts((const char *)bytes, &end, 1);
    if (!json) {
        uint64_t line = 1, column = 1;
        for (const char *at = (const char *)bytes; end && at < end; ++at) {
            column = *at == '\n' ? 1 : column + 1;
            line += *at == '\n';
        }
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: line %llu, column %llu: not JSON",
                                 path, (unsigned long long)line, (unsigned long long)column);
    } else {
        code = check_declaration(path, json, failure);
    }
    free(bytes);
    if (code) {
        cJSON_Delete(json);
        return code;
    }
    out->json = json;
    out->path = pulse_need_text(path);
    return 0;
}

void pulse_declaration_free(pulse_declaration *declaration)
{
    cJSON_Delete(declaration->json);
    free(declaration->path);
    *declaration = (pulse_declaration){0};
}

bool pulse_declaration_has(const pulse_declaration *declaration, const char *member)
{
    return declaration && cJSON_GetObjectItemCaseSensitive(declaration->json, member) != NULL;
}

static int claim(const pulse_declaration *declaration, const char *csv, pulse_schema *schema,
                 const char *name, pulse_role role, pulse_column **out, pulse_failure *failure)
{
    const int64_t at = pulse_schema_column(schema, name);
    if (at < 0)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: line 1: has no column \"%s\", which %s names", csv, name,
                                 declaration->path);
    pulse_column *column = &schema->columns[at];
    if (column->declared)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: names the column \"%s\" twice",
                                 declaration->path, name);
    column->declared = true;
    column->role = role;
    *out = column;
    return 0;
}

int pulse_declaration_apply(const pulse_declaration *declaration, const char *csv,
                            pulse_schema *schema, pulse_failure *failure)
{
    const cJSON *member;
    pulse_column *column = NULL;
    int code;
    cJSON_ArrayForEach(member, declaration->json)
    {
        pulse_role role = PULSE_ROLE_IGNORED;
        for (size_t i = 0; i < ROLES; ++i) {
            if (strcmp(member->string, roles[i].name) == 0)
                role = roles[i].role;
        }
        if (cJSON_IsString(member)) {
            code = claim(declaration, csv, schema, member->valuestring, role, &column, failure);
            if (code)
                return code;
            continue;
        }
        const cJSON *item;
        cJSON_ArrayForEach(item, member)
        {
            const cJSON *name =
                cJSON_IsString(item) ? item : cJSON_GetObjectItemCaseSensitive(item, "column");
            code = claim(declaration, csv, schema, name->valuestring, role, &column, failure);
            if (code)
                return code;
            if (role == PULSE_ROLE_IGNORED)
                pulse_column_ignore(column, "the schema file says so");
            for (size_t i = 0; i < DETAILS && cJSON_IsObject(item); ++i) {
                const cJSON *detail = cJSON_GetObjectItemCaseSensitive(item, details[i]);
                if (detail)
                    pulse_column_set(detail_of(column, i), detail->valuestring);
            }
        }
    }
    return 0;
}

/* ---- In the workspace ----------------------------------------------------------------------- */

char *pulse_schema_to_json(const pulse_schema *schema)
{
    cJSON *list = cJSON_CreateArray();
    for (uint32_t i = 0; i < schema->count; ++i) {
        pulse_column *column = &schema->columns[i];
        cJSON *json = cJSON_CreateObject();
        cJSON_AddStringToObject(json, "column", column->name);
        cJSON_AddStringToObject(json, "role", pulse_role_name(column->role));
        if (column->reason)
            cJSON_AddStringToObject(json, "reason", column->reason);
        for (size_t k = 0; k < DETAILS; ++k) {
            if (*detail_of(column, k))
                cJSON_AddStringToObject(json, details[k], *detail_of(column, k));
        }
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
        for (size_t i = 0; i < ROLES; ++i) {
            if (strcmp(role->valuestring, roles[i].name) == 0)
                column->role = roles[i].role;
        }
        if (cJSON_IsString(reason))
            column->reason = pulse_need_text(reason->valuestring);
        for (size_t k = 0; k < DETAILS; ++k) {
            const cJSON *detail = cJSON_GetObjectItemCaseSensitive(item, details[k]);
            if (cJSON_IsString(detail))
                *detail_of(column, k) = pulse_need_text(detail->valuestring);
        }
    }
    cJSON_Delete(list);
    if (out->count == 0) {
        pulse_schema_free(out);
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: holds no schema; run playlistpulse ingest again", path);
    }
    return 0;
}
