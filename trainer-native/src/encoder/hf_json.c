#include "encoder/hf_json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/files.h"

#define LIMIT ((size_t)64 << 20) /* a tokenizer.json holds the vocabulary, and is the largest */

int pulse_hf_json_read(const char *directory, const char *name, bool needed, bool list,
                       pulse_hf_json *out, pulse_failure *failure)
{
    *out = (pulse_hf_json){.path = pulse_need_format("%s/%s", directory, name)};
    if (!needed && access(out->path, F_OK) != 0 && errno == ENOENT)
        return 0;
    uint8_t *bytes;
    size_t size;
    int code = pulse_file_read(out->path, LIMIT, &bytes, &size, failure);
    if (code)
        return code;
    if (memchr(bytes, 0, size) == NULL)
        out->json = cJSON_ParseWithOpts((const char *)bytes, NULL, 1);
    free(bytes);
    if (!out->json)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: is not JSON", out->path);
    if (list ? !cJSON_IsArray(out->json) : !cJSON_IsObject(out->json))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: must be a JSON %s", out->path,
                                 list ? "list" : "object");
    return 0;
}

void pulse_hf_json_free(pulse_hf_json *file)
{
    cJSON_Delete(file->json);
    free(file->path);
    *file = (pulse_hf_json){0};
}

const cJSON *pulse_hf_json_member(const cJSON *json, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(json, name);
    return cJSON_IsNull(member) ? NULL : member;
}

int pulse_hf_json_bool(const pulse_hf_json *file, const cJSON *json, const char *name, bool *out,
                       pulse_failure *failure)
{
    const cJSON *member = pulse_hf_json_member(json, name);
    if (member && !cJSON_IsBool(member))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: \"%s\" must be true or false",
                                 file->path, name);
    if (member)
        *out = cJSON_IsTrue(member);
    return 0;
}

int pulse_hf_json_count(const pulse_hf_json *file, const cJSON *json, const char *name,
                        uint32_t least, uint32_t most, bool needed, uint32_t *out,
                        pulse_failure *failure)
{
    const cJSON *member = pulse_hf_json_member(json, name);
    if (!member && !needed)
        return 0;
    if (!member)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: \"%s\" is missing", file->path,
                                 name);
    const double value = cJSON_IsNumber(member) ? member->valuedouble : NAN;
    if (!(value >= least && value <= most) || value != floor(value))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: \"%s\" must be a whole number from %u to %u", file->path,
                                 name, least, most);
    *out = (uint32_t)value;
    return 0;
}

int pulse_hf_json_only(const pulse_hf_json *file, const cJSON *json, const char *name,
                       const char *only, const char *why, pulse_failure *failure)
{
    const cJSON *member = pulse_hf_json_member(json, name);
    if (!member)
        return 0;
    if (!cJSON_IsString(member))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: \"%s\" must be a text", file->path,
                                 name);
    if (strcmp(member->valuestring, only) != 0)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: \"%s\" is \"%.80s\", and must be \"%s\": %s", file->path,
                                 name, member->valuestring, only, why);
    return 0;
}
