#include "ingest/declaration.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/suggest.h"
#include "io/files.h"

static const char *const singles[] = {"id", "title", "artist", "year", "genre", "lyrics"};
static const char *const lists[] = {"numerical", "categorical", "ignore"};
enum { SINGLES = sizeof singles / sizeof *singles, LISTS = sizeof lists / sizeof *lists };

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    bool found = false;
    for (size_t i = 0; i < count; ++i)
        found |= strcmp(name, names[i]) == 0;
    return found;
}

static bool is_single_member(const char *name)
{
    return is_one_of(name, singles, SINGLES);
}

static bool is_list_member(const char *name)
{
    return is_one_of(name, lists, LISTS);
}

static int problem(const char *path, const char *member, const char *detail, const char *what,
                   pulse_failure *failure)
{
    return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: \"%s\"%s%s%s %s", path, member,
                             detail ? ": \"" : "", detail ? detail : "", detail ? "\"" : "", what);
}

static int unknown(const char *path, const char *name, pulse_failure *failure)
{
    pulse_suggestion nearest = {.typed = name};
    for (size_t i = 0; i < SINGLES; ++i)
        pulse_suggestion_offer(&nearest, singles[i]);
    for (size_t i = 0; i < LISTS; ++i)
        pulse_suggestion_offer(&nearest, lists[i]);
    pulse_suggestion_offer(&nearest, "duplicates");
    pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: unknown member \"%s\"", path, name);
    if (nearest.best)
        pulse_failure_advise(failure, "did you mean \"%s\"? docs/ingest.md describes schema files",
                             nearest.best);
    else
        pulse_failure_advise(failure, "docs/ingest.md describes schema files");
    return failure->code;
}

/* "NAME" or {"column": "NAME", ...}. */
static int check_column(const char *path, const char *list, const cJSON *item,
                        pulse_failure *failure)
{
    if (cJSON_IsString(item))
        return 0;
    const cJSON *member;
    cJSON_ArrayForEach(member, item)
    {
        const bool column = strcmp(member->string, "column") == 0;
        const char *what = column ? (cJSON_IsString(member) ? NULL : "must be a string")
                                  : pulse_column_detail_problem(member);
        if (what)
            return problem(path, list, member->string, what, failure);
    }
    if (!cJSON_GetObjectItemCaseSensitive(item, "column"))
        return problem(path, list, NULL, "has an object without \"column\"", failure);
    const cJSON *transform = cJSON_GetObjectItemCaseSensitive(item, "transform");
    const bool circular = transform && strcmp(transform->valuestring, "circular") == 0;
    if (circular != (cJSON_GetObjectItemCaseSensitive(item, "period") != NULL))
        return problem(path, list, "period",
                       circular ? "is missing: how many units make a turn (12 of a key)"
                                : "belongs to the transform \"circular\"",
                       failure);
    return 0;
}

static int check_list(const char *path, const cJSON *list, pulse_failure *failure)
{
    const bool plain = strcmp(list->string, "ignore") == 0;
    if (!cJSON_IsArray(list))
        return problem(path, list->string, NULL, "must be a list", failure);
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item) && (plain || !cJSON_IsObject(item)))
            return problem(path, list->string, NULL,
                           plain ? "must list column names"
                                 : "must list column names or objects with \"column\"",
                           failure);
        const int code = check_column(path, list->string, item, failure);
        if (code)
            return code;
    }
    return 0;
}

static int check_declaration(const char *path, const cJSON *json, pulse_failure *failure)
{
    if (!cJSON_IsObject(json))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: must be a JSON object", path);
    const cJSON *member;
    int code = 0;
    cJSON_ArrayForEach(member, json)
    {
        const char *text = cJSON_GetStringValue(member);
        if (is_single_member(member->string)) {
            if (!text && !cJSON_IsNull(member) && !cJSON_IsObject(member))
                code =
                    problem(path, member->string, NULL,
                            "must be a column name, an object with \"column\", or null", failure);
            else if (cJSON_IsObject(member))
                code = check_column(path, member->string, member, failure);
        } else if (is_list_member(member->string)) {
            code = check_list(path, member, failure);
        } else if (strcmp(member->string, "duplicates") == 0) {
            if (!text || (strcmp(text, "refuse") != 0 && strcmp(text, "first") != 0))
                code =
                    problem(path, "duplicates", NULL, "must be \"refuse\" or \"first\"", failure);
        } else {
            code = unknown(path, member->string, failure);
        }
        if (code)
            return code;
    }
    return 0;
}

int pulse_declaration_read(const char *path, pulse_declaration *out, pulse_failure *failure)
{
    *out = (pulse_declaration){0};
    uint8_t *bytes;
    size_t size;
    int code = pulse_file_read(path, 4u << 20, &bytes, &size, failure);
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
                 const cJSON *item, pulse_role role, pulse_failure *failure)
{
    const cJSON *column_name =
        cJSON_IsString(item) ? item : cJSON_GetObjectItemCaseSensitive(item, "column");
    const char *name = column_name->valuestring;
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
    if (role == PULSE_ROLE_IGNORED)
        pulse_column_ignore(column, "the schema file says so");
    if (cJSON_IsObject(item))
        pulse_column_details_from_json(column, item);
    return 0;
}

int pulse_declaration_apply(const pulse_declaration *declaration, const char *csv,
                            pulse_schema *schema, pulse_failure *failure)
{
    const cJSON *member;
    int code = 0;
    cJSON_ArrayForEach(member, declaration->json)
    {
        const pulse_role role = pulse_role_of(member->string); /* "ignore": ignored */
        if (strcmp(member->string, "duplicates") == 0)
            schema->keep_first_duplicate = strcmp(member->valuestring, "first") == 0;
        else if (cJSON_IsString(member) || cJSON_IsObject(member))
            code = claim(declaration, csv, schema, member, role, failure);
        const cJSON *item;
        for (item = cJSON_IsArray(member) ? member->child : NULL; item && !code; item = item->next)
            code = claim(declaration, csv, schema, item, role, failure);
        if (code)
            return code;
    }
    return 0;
}

/* ---- To write one --------------------------------------------------------------------------- */

/* The name alone where there is nothing more to say. */
static cJSON *describe(const pulse_column *column, bool feature)
{
    const bool plain = !feature && !column->multiple && !column->multiple_told;
    if (plain)
        return cJSON_CreateString(column->name);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "column", column->name);
    pulse_column_details_to_json(column, json);
    static const char *const of_numbers[] = {"unit", "low", "high"};
    for (size_t i = 0; i < 3 && !pulse_column_is_number(column); ++i)
        cJSON_DeleteItemFromObjectCaseSensitive(json, of_numbers[i]);
    return json;
}

cJSON *pulse_schema_to_declaration(const pulse_schema *schema)
{
    cJSON *json = cJSON_CreateObject();
    for (size_t i = 0; i < SINGLES; ++i) {
        const pulse_role role = pulse_role_of(singles[i]);
        const int64_t at = pulse_schema_find(schema, role);
        cJSON_AddItemToObject(
            json, singles[i],
            at < 0 ? cJSON_CreateNull()
                   : describe(&schema->columns[at], pulse_column_is_number(&schema->columns[at]) ||
                                                        role == PULSE_ROLE_GENRE));
    }
    for (size_t k = 0; k < LISTS; ++k) {
        const pulse_role role = pulse_role_of(lists[k]);
        cJSON *list = cJSON_AddArrayToObject(json, lists[k]);
        for (uint32_t i = 0; i < schema->count; ++i) {
            if (schema->columns[i].role == role)
                cJSON_AddItemToArray(list,
                                     describe(&schema->columns[i], role != PULSE_ROLE_IGNORED));
        }
    }
    cJSON_AddStringToObject(json, "duplicates", schema->keep_first_duplicate ? "first" : "refuse");
    return json;
}
