/*
 * Lyrics to embeddings: cleaned (pulse_lyrics_clean), looked up in the cache, and where they are
 * not there, encoded. Different songs with the same lyrics are encoded once. What has been encoded
 * is in the cache within a second or two, whatever ends the process.
 */
#ifndef PULSE_TRAINER_EMBED_H
#define PULSE_TRAINER_EMBED_H

#include <stdbool.h>

#include "base/failure.h"

typedef struct pulse_embed_params {
    const char *lyrics;       /* where texts come from (lyrics/sources.h); NULL: the column */
    const char *lyrics_cache; /* of those fetched; NULL: in the user's cache directory */
    const char *encoder;   /* FILE.safetensors, a bundle, "none", or NULL: the default bundle's */
    const char *cache;     /* NULL: in the user's cache directory */
    uint32_t jobs;         /* threads; 0: one for each processor */
    pulse_compute compute; /* PORTABLE, unless told otherwise: a model should not depend on what was
                              fastest on the day */
} pulse_embed_params;

/* What of `params` can be found wrong before longer work: an encoder that is not there. */
int pulse_embed_check(const pulse_embed_params *params, pulse_failure *failure);

/*
 * Writes the workspace's lyrics.safetensors, and encoder.safetensors and vocab.txt, which made
 * them. Without an encoder, or a column of lyrics, it removes them, says so, and is done;
 * `needed`: that is a failure.
 */
int pulse_embed_workspace(const char *workspace, const pulse_embed_params *params, bool needed,
                          pulse_failure *failure);

#endif
