/* Members of the JSON files of a Hugging Face directory, with messages that name file and member.
 */
#ifndef PULSE_TRAINER_HF_JSON_H
#define PULSE_TRAINER_HF_JSON_H

#include <cjson/cJSON.h>

#include "base/failure.h"

typedef struct pulse_hf_json {
    char *path;
    cJSON *json; /* NULL: there is no such file */
} pulse_hf_json;

/* An object or, with `list`, an array. A file that is not there is an error only if `needed`. */
int pulse_hf_json_read(const char *directory, const char *name, bool needed, bool list,
                       pulse_hf_json *out, pulse_failure *failure);
void pulse_hf_json_free(pulse_hf_json *file);

/* NULL where it is missing or null. */
const cJSON *pulse_hf_json_member(const cJSON *json, const char *name);
/* Leaves `*out` alone where the member is missing or null. */
int pulse_hf_json_bool(const pulse_hf_json *file, const cJSON *json, const char *name, bool *out,
                       pulse_failure *failure);
int pulse_hf_json_count(const pulse_hf_json *file, const cJSON *json, const char *name,
                        uint32_t least, uint32_t most, bool needed, uint32_t *out,
                        pulse_failure *failure);
/* A member that, where it is there, must be exactly this text. `why` completes the message. */
int pulse_hf_json_only(const pulse_hf_json *file, const cJSON *json, const char *name,
                       const char *only, const char *why, pulse_failure *failure);

#endif
