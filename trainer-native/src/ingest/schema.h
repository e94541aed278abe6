/* Which column of the CSV is what. Inferred (infer.h), or told by a JSON file, or both. */
#ifndef PULSE_TRAINER_SCHEMA_H
#define PULSE_TRAINER_SCHEMA_H

#include <cjson/cJSON.h>

#include "base/failure.h"

/* Values of one category that a model looks at, the most frequent; the rest count as unknown. Of
 * lists, values that only one song has count as unknown too. */
#define PULSE_CATEGORY_VALUES 256u

typedef enum pulse_role {
    PULSE_ROLE_IGNORED = 0,
    PULSE_ROLE_ID,
    PULSE_ROLE_TITLE,
    PULSE_ROLE_ARTIST,
    PULSE_ROLE_YEAR,  /* also a numerical feature */
    PULSE_ROLE_GENRE, /* also a categorical feature */
    PULSE_ROLE_LYRICS,
    PULSE_ROLE_NUMERICAL,
    PULSE_ROLE_CATEGORICAL,
} pulse_role;
const char *pulse_role_name(pulse_role role);
pulse_role pulse_role_of(const char *name); /* ignored where it is none */

typedef struct pulse_column {
    char *name;
    pulse_role role;
    bool declared; /* by a schema file, so that bad content is an error and not a hint */
    char *reason;  /* why it is ignored; NULL unless it is */
    /* Of features. */
    char *modality;
    char *label;
    char *unit;
    char *low;
    char *high;
    char *transform; /* "none", "log1p", "log", "logit", "circular" */
    double period;   /* of "circular": as many units make a turn; else 0 */

    /* Of categories and artists: a cell is a list of several. */
    bool multiple;
    bool multiple_told; /* by a schema file, so that it is not to be inferred */
    char *separator;    /* one character between them; NULL or "": only lists in brackets */

    /* Of features: texts that stand for a missing value, such as -1. */
    char **unknown; /* [unknown_count] */
    uint32_t unknown_count;
    bool unknown_told; /* by a schema file */
} pulse_column;

typedef struct pulse_schema {
    uint32_t count;
    pulse_column *columns;     /* [count] in the CSV's order */
    bool keep_first_duplicate; /* of songs with the same id; otherwise they are an error */
} pulse_schema;

void pulse_schema_free(pulse_schema *schema);
/* The column with that role, or -1. */
int64_t pulse_schema_find(const pulse_schema *schema, pulse_role role);
int64_t pulse_schema_column(const pulse_schema *schema, const char *name);
/* Replaces a text of a column. */
void pulse_column_set(char **member, const char *text);
void pulse_column_ignore(pulse_column *column, const char *reason);
bool pulse_column_is_number(const pulse_column *column);   /* year or numerical */
bool pulse_column_is_category(const pulse_column *column); /* genre or categorical */
bool pulse_column_is_circular(const pulse_column *column);
char pulse_column_separator(const pulse_column *column); /* 0: only brackets */
void pulse_column_add_unknown(pulse_column *column, const char *text);

/* What a schema says of a column beside its name and role, as members of a JSON object: "modality",
 * "label", "unit", "low", "high", "transform", "period", "multiple", "separator", "unknown". */
void pulse_column_details_to_json(const pulse_column *column, cJSON *json);
/* A problem, in words that follow the member's name, or NULL. */
const char *pulse_column_detail_problem(const cJSON *member);
void pulse_column_details_from_json(pulse_column *column, const cJSON *json);

/* As it is kept in the workspace. */
char *pulse_schema_to_json(const pulse_schema *schema);
int pulse_schema_from_json(const char *json, const char *path, pulse_schema *out,
                           pulse_failure *failure);

#endif
