/* `playlistpulse ingest --dry-run`: what a CSV's columns are, and what each would be used for. */
#ifndef PULSE_TRAINER_INSPECT_H
#define PULSE_TRAINER_INSPECT_H

#include "base/failure.h"

typedef struct pulse_inspection {
    const char *csv;         /* "-": the standard input */
    const char *schema_file; /* NULL: everything is inferred */
    const char *write_to;    /* a schema file that says all of it; NULL: none is written */
    bool json;               /* to the standard output, instead of a table */
} pulse_inspection;

/* Reads all of the CSV, and writes nothing but what it is asked for. docs/ingest.md describes the
 * JSON. */
int pulse_inspect(const pulse_inspection *inspection, pulse_failure *failure);

#endif
