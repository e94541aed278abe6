/* What tells one workspace's songs from another's, and one input from another. */
#ifndef PULSE_TRAINER_FINGERPRINT_H
#define PULSE_TRAINER_FINGERPRINT_H

#include <stdbool.h>

#include "base/failure.h"

/* A hash of every song's every value, and of the schema: 64 hexadecimal digits. */
int pulse_workspace_fingerprint(const char *workspace, char out[65], pulse_failure *failure);

/*
 * Whether the workspace holds what ingest made of this very CSV with this very schema file (NULL:
 * none), by the hash of their bytes, as pulse_workspace_remember_input has noted it. The standard
 * input ("-") cannot be read twice: never. What cannot be read is no match, and no failure.
 */
bool pulse_workspace_has_input(const char *workspace, const char *csv, const char *schema_file);
/* After ingest. Where it fails, the next pulse_workspace_has_input says no. */
void pulse_workspace_remember_input(const char *workspace, const char *csv,
                                    const char *schema_file);

#endif
