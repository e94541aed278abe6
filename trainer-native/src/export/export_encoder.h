/* The lyrics encoder's part of a bundle. */
#ifndef PULSE_TRAINER_EXPORT_ENCODER_H
#define PULSE_TRAINER_EXPORT_ENCODER_H

#include "export/bundle_writer.h"
#include "train/lyrics.h"

/* Adds the encoder that made `lyrics`, and its vocabulary, from the workspace. `*about`: what the
 * manifest says of it, for people; NULL where there are no lyrics, and nothing is added. */
int pulse_export_encoder(const char *workspace, const pulse_song_lyrics *lyrics,
                         pulse_bundle_writer *bundle, cJSON **about, pulse_failure *failure);

#endif
