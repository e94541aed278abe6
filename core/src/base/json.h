/* JSON from outside, read strictly: cJSON behind checks of depth, size, encoding and types. */
#ifndef PULSE_BASE_JSON_H
#define PULSE_BASE_JSON_H

#include "pulse.h"

#include <cjson/cJSON.h>

#define PULSE_JSON_MAX_DEPTH 32
/* Values in one text: a value costs cJSON 64 bytes and more, whatever its length in the text. */
#define PULSE_JSON_MAX_VALUES (1u << 21)
/* The largest whole number that a double holds without neighbours: 2^53 - 1. */
#define PULSE_JSON_MAX_INTEGER ((UINT64_C(1) << 53) - 1)

/*
 * Parses exactly one JSON value with white space around it. Refused with PULSE_E_FORMAT, naming
 * line and column: anything else behind the value, invalid UTF-8, control characters and U+0000 in
 * strings, more than the limits above. `what` names the file in messages; NULL: no name.
 * Free with cJSON_Delete. cJSON allocates with malloc: its hooks would be global state.
 */
pulse_status pulse_json_parse(const char *text, size_t bytes, const char *what, cJSON **out,
                              pulse_error *error);

typedef enum pulse_json_type {
    PULSE_JSON_OBJECT,
    PULSE_JSON_ARRAY,
    PULSE_JSON_STRING,
    PULSE_JSON_NUMBER,
    PULSE_JSON_BOOLEAN
} pulse_json_type;

/* "object", "array", ... of a value, for messages. */
const char *pulse_json_type_name(const cJSON *item);

/* Members of an object. `where` is what messages call the object: "manifest.json: files[2]".
 * A member that is missing, of another type or there twice is PULSE_E_FORMAT; a missing one that is
 * not `required` gives PULSE_OK and NULL or the fallback. */
typedef struct pulse_json_object {
    const cJSON *object;
    const char *where;
} pulse_json_object;

pulse_status pulse_json_get(pulse_json_object from, const char *name, pulse_json_type type,
                            bool required, const cJSON **out, pulse_error *error);
/* A string, which belongs to the JSON value. */
pulse_status pulse_json_get_text(pulse_json_object from, const char *name, bool required,
                                 const char **out, pulse_error *error);
/* A whole number from 0 to `max`. */
pulse_status pulse_json_get_integer(pulse_json_object from, const char *name, uint64_t max,
                                    uint64_t *out, pulse_error *error);
/* A finite number. */
pulse_status pulse_json_get_number(pulse_json_object from, const char *name, bool required,
                                   double fallback, double *out, pulse_error *error);

/* true or false, which must be there. */
pulse_status pulse_json_get_boolean(pulse_json_object from, const char *name, bool *out,
                                    pulse_error *error);

/* Whether `item` is a whole number from 0 to `max`. */
bool pulse_json_is_integer(const cJSON *item, uint64_t max, uint64_t *out);

/* The length of the UTF-8 sequence that starts `text` [bytes], or 0 where it is not valid. */
size_t pulse_json_utf8(const uint8_t *text, size_t bytes);

#endif
