/* Which column of the CSV is what. Inferred (infer.h), or told by a JSON file, or both. */
#ifndef PULSE_TRAINER_SCHEMA_H
#define PULSE_TRAINER_SCHEMA_H

#include <cjson/cJSON.h>

#include "base/failure.h"

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
    char *transform; /* "none", "log1p", "log", "logit" */
} pulse_column;

typedef struct pulse_schema {
    uint32_t count;
    pulse_column *columns; /* [count] in the CSV's order */
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

/*
 * A schema file. {"id","title","artist","year","genre","lyrics": COLUMN or null (there is none),
 * "numerical","categorical": [COLUMN | {"column","modality","label","unit","low","high",
 * "transform"}], "ignore":[COLUMN]}. Every member may be left out, and is then inferred;
 * "numerical" and "categorical", where given, are complete lists.
 */
typedef struct pulse_declaration {
    cJSON *json; /* checked */
    char *path;  /* for messages */
} pulse_declaration;
int pulse_declaration_read(const char *path, pulse_declaration *out, pulse_failure *failure);
void pulse_declaration_free(pulse_declaration *declaration);

/* Sets the roles that the file tells. A column it names that is not there is an error. `csv` names
 * the CSV in messages. */
int pulse_declaration_apply(const pulse_declaration *declaration, const char *csv,
                            pulse_schema *schema, pulse_failure *failure);
/* Whether the file has that member, so that it is not to be inferred. */
bool pulse_declaration_has(const pulse_declaration *declaration, const char *member);

/* As it is kept in the workspace. */
char *pulse_schema_to_json(const pulse_schema *schema);
int pulse_schema_from_json(const char *json, const char *path, pulse_schema *out,
                           pulse_failure *failure);

#endif
