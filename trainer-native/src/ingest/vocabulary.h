/* What this program knows about column names: roles, and words for well-known features. */
#ifndef PULSE_TRAINER_VOCABULARY_H
#define PULSE_TRAINER_VOCABULARY_H

#include "ingest/schema.h"

/* Lower-case, with every run of other characters than letters and digits as one '_'. */
void pulse_name_normalise(const char *name, char *out, size_t size);

/* How well a (normalised) name fits a role of which there is one: 0 not at all, larger is better.
 */
int pulse_name_fits(const char *normalised, pulse_role role);
bool pulse_name_is_bookkeeping(const char *normalised); /* says nothing about the song */
bool pulse_name_is_category(const char *normalised);    /* its numbers are codes: key, mode */
bool pulse_name_is_feature(const char *normalised);     /* a well-known numerical feature */

/* Fills in what is not yet set of modality, label, unit, low and high. */
void pulse_column_describe(pulse_column *column);

#endif
