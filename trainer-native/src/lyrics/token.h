/* A listener's own access token for a service: read from the environment or a file, and kept to
 * ourselves. It stands in no message, not even in part. */
#ifndef PULSE_TRAINER_LYRICS_TOKEN_H
#define PULSE_TRAINER_LYRICS_TOKEN_H

#include "base/failure.h"

/* From `file`, or where that is NULL from the environment's `variable`. Warns where others than the
 * file's owner can read it. `*token` is for pulse_token_free. */
int pulse_token_read(const char *file, const char *variable, char **token, pulse_failure *failure);
/* Overwrites it first. Accepts NULL. */
void pulse_token_free(char *token);

#endif
