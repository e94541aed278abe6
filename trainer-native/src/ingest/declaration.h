/*
 * A schema file: which column of the CSV is what, told by a person.
 *
 *     {"id","title","artist","year","genre","lyrics": COLUMN, {"column": COLUMN, DETAILS} or null
 *                                                     (there is none),
 *      "numerical","categorical": [COLUMN | {"column": COLUMN, DETAILS}],
 *      "ignore": [COLUMN],
 *      "duplicates": "refuse" | "first"}
 *
 * with the details of schema.h. Every member may be left out, and is then inferred; "numerical" and
 * "categorical", where given, are complete lists.
 */
#ifndef PULSE_TRAINER_DECLARATION_H
#define PULSE_TRAINER_DECLARATION_H

#include "ingest/schema.h"

typedef struct pulse_declaration {
    cJSON *json; /* checked */
    char *path;  /* for messages */
} pulse_declaration;
int pulse_declaration_read(const char *path, pulse_declaration *out, pulse_failure *failure);
void pulse_declaration_free(pulse_declaration *declaration);

/* Sets the roles and details that the file tells. A column it names that is not there is an error.
 * `csv` names the CSV in messages. */
int pulse_declaration_apply(const pulse_declaration *declaration, const char *csv,
                            pulse_schema *schema, pulse_failure *failure);
/* Whether the file has that member, so that it is not to be inferred. `declaration` may be NULL. */
bool pulse_declaration_has(const pulse_declaration *declaration, const char *member);

/* The file that would tell all of this. */
cJSON *pulse_schema_to_declaration(const pulse_schema *schema);

#endif
