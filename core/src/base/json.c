#include "base/json.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

size_t pulse_json_utf8(const uint8_t *text, size_t bytes)
{
    if (bytes == 0)
        return 0;
    uint8_t first = text[0];
    if (first < 0x80)
        return 1;
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || bytes < length)
        return 0;
    /* The second byte tells apart overlong forms, surrogates and what lies past U+10FFFF. */
    uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (text[1] < low || text[1] > high)
        return 0;
    for (size_t i = 2; i < length; ++i)
        if (text[i] < 0x80 || text[i] > 0xbf)
            return 0;
    return length;
}

/* Line and column from 1, the column in bytes: that is how editors count ASCII, and most JSON is.
 */
static pulse_status fail_at(const char *text, size_t at, const char *what, const char *problem,
                            pulse_error *error)
{
    size_t line = 1;
    size_t start = 0;
    for (size_t i = 0; i < at; ++i) {
        if (text[i] == '\n') {
            ++line;
            start = i + 1;
        }
    }
    return pulse_fail(error, PULSE_E_FORMAT, "%s%sline %zu, column %zu: %s", what ? what : "",
                      what ? ": " : "", line, at - start + 1, problem);
}

/* What is wrong at text[*at], inside a string, or NULL; *at moves behind the character. */
static const char *check_string_character(const char *text, size_t bytes, size_t *at)
{
    uint8_t byte = (uint8_t)text[*at];
    if (byte < 0x20)
        return "a control character inside a string";
    if (byte == '\\') {
        if (bytes - *at >= 6 && memcmp(text + *at, "\\u0000", 6) == 0)
            return "U+0000 inside a string";
        *at += bytes - *at > 1 ? 2 : 1;
        return NULL;
    }
    size_t length = pulse_json_utf8((const uint8_t *)text + *at, bytes - *at);
    if (length == 0)
        return "not valid UTF-8";
    *at += length;
    return NULL;
}

/* What cJSON does not check, or checks only after it has recursed or allocated. */
static pulse_status check_text(const char *text, size_t bytes, const char *what, pulse_error *error)
{
    size_t depth = 0;
    size_t values = 0;
    bool in_string = false;
    for (size_t i = 0; i < bytes;) {
        char c = text[i];
        if (in_string) {
            if (c == '"') {
                in_string = false;
                ++i;
                continue;
            }
            const char *problem = check_string_character(text, bytes, &i);
            if (problem)
                return fail_at(text, i, what, problem, error);
            continue;
        }
        if (c == '"')
            in_string = true;
        else if (c == '[' || c == '{')
            ++depth;
        else if ((c == ']' || c == '}') && depth > 0)
            --depth;
        /* Outside strings JSON is ASCII, and cJSON takes any control character for white space. */
        else if ((uint8_t)c >= 0x7f || ((uint8_t)c < 0x20 && !strchr("\t\n\r", c)) || c == '\0')
            return fail_at(text, i, what, "a character that JSON does not have here", error);
        if (depth > PULSE_JSON_MAX_DEPTH)
            return fail_at(text, i, what, "nested too deeply", error);
        if ((c == '[' || c == '{' || c == ',') && ++values > PULSE_JSON_MAX_VALUES)
            return fail_at(text, i, what, "too many values", error);
        ++i;
    }
    return PULSE_OK;
}

pulse_status pulse_json_parse(const char *text, size_t bytes, const char *what, cJSON **out,
                              pulse_error *error)
{
    *out = NULL;
    pulse_status status = check_text(text, bytes, what, error);
    if (status != PULSE_OK)
        return status;
    if (bytes == 0)
        return fail_at("", 0, what, "empty, where JSON is expected", error);
    const char *end = text;
    cJSON *root = cJSON_ParseWithLengthOpts(text, bytes, &end, 0);
    size_t at = end >= text && end <= text + bytes ? (size_t)(end - text) : 0;
    if (!root)
        return fail_at(text, at, what, "this is not JSON", error);
    while (at < bytes && strchr(" \t\n\r", text[at]))
        ++at;
    if (at < bytes) {
        cJSON_Delete(root);
        return fail_at(text, at, what, "more text behind the end of the JSON value", error);
    }
    *out = root;
    return PULSE_OK;
}

const char *pulse_json_type_name(const cJSON *item)
{
    if (cJSON_IsObject(item))
        return "an object";
    if (cJSON_IsArray(item))
        return "an array";
    if (cJSON_IsString(item))
        return "a string";
    if (cJSON_IsNumber(item))
        return "a number";
    if (cJSON_IsBool(item))
        return "true or false";
    return cJSON_IsNull(item) ? "null" : "missing";
}

static bool is_of_type(const cJSON *item, pulse_json_type type)
{
    switch (type) {
    case PULSE_JSON_OBJECT:
        return cJSON_IsObject(item);
    case PULSE_JSON_ARRAY:
        return cJSON_IsArray(item);
    case PULSE_JSON_STRING:
        return cJSON_IsString(item);
    case PULSE_JSON_NUMBER:
        return cJSON_IsNumber(item);
    case PULSE_JSON_BOOLEAN:
        return cJSON_IsBool(item);
    }
    return false;
}

pulse_status pulse_json_get(pulse_json_object from, const char *name, pulse_json_type type,
                            bool required, const cJSON **out, pulse_error *error)
{
    static const char *const wanted[] = {"an object", "an array", "a string", "a number",
                                         "true or false"};
    *out = NULL;
    const cJSON *found = NULL;
    for (const cJSON *item = from.object->child; item; item = item->next) {
        if (!item->string || strcmp(item->string, name) != 0)
            continue;
        if (found)
            return pulse_fail(error, PULSE_E_FORMAT, "%s: \"%s\" is there twice", from.where, name);
        found = item;
    }
    if (!found) {
        if (!required)
            return PULSE_OK;
        return pulse_fail(error, PULSE_E_FORMAT, "%s: \"%s\" is missing", from.where, name);
    }
    if (!is_of_type(found, type))
        return pulse_fail(error, PULSE_E_FORMAT, "%s: \"%s\" is %s, it must be %s", from.where,
                          name, pulse_json_type_name(found), wanted[type]);
    *out = found;
    return PULSE_OK;
}

pulse_status pulse_json_get_text(pulse_json_object from, const char *name, bool required,
                                 const char **out, pulse_error *error)
{
    const cJSON *item;
    pulse_status status = pulse_json_get(from, name, PULSE_JSON_STRING, required, &item, error);
    *out = item ? item->valuestring : NULL;
    return status;
}

bool pulse_json_is_integer(const cJSON *item, uint64_t max, uint64_t *out)
{
    if (!cJSON_IsNumber(item))
        return false;
    double value = item->valuedouble;
    if (!(value >= 0) || value > (double)PULSE_JSON_MAX_INTEGER || value != floor(value))
        return false;
    if ((uint64_t)value > max)
        return false;
    *out = (uint64_t)value;
    return true;
}

pulse_status pulse_json_get_integer(pulse_json_object from, const char *name, uint64_t max,
                                    uint64_t *out, pulse_error *error)
{
    *out = 0;
    const cJSON *item;
    pulse_status status = pulse_json_get(from, name, PULSE_JSON_NUMBER, true, &item, error);
    if (status != PULSE_OK)
        return status;
    if (!pulse_json_is_integer(item, max, out))
        return pulse_fail(error, PULSE_E_FORMAT,
                          "%s: \"%s\" is %.17g, it must be a whole number from 0 to %llu",
                          from.where, name, item->valuedouble, (unsigned long long)max);
    return PULSE_OK;
}

pulse_status pulse_json_get_number(pulse_json_object from, const char *name, bool required,
                                   double fallback, double *out, pulse_error *error)
{
    *out = fallback;
    const cJSON *item;
    pulse_status status = pulse_json_get(from, name, PULSE_JSON_NUMBER, required, &item, error);
    if (status != PULSE_OK || !item)
        return status;
    if (!isfinite(item->valuedouble))
        return pulse_fail(error, PULSE_E_FORMAT, "%s: \"%s\" is too large for a number", from.where,
                          name);
    *out = item->valuedouble;
    return PULSE_OK;
}

pulse_status pulse_json_get_boolean(pulse_json_object from, const char *name, bool *out,
                                    pulse_error *error)
{
    const cJSON *item;
    pulse_status status = pulse_json_get(from, name, PULSE_JSON_BOOLEAN, true, &item, error);
    *out = status == PULSE_OK && cJSON_IsTrue(item);
    return status;
}
