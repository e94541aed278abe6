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
bool pulse_name_is_category(const char *normalised);    /* its numbers are codes: mode */
bool pulse_name_is_feature(const char *normalised);     /* a well-known numerical feature */

bool pulse_name_is_plural(const char *normalised); /* artists: of a song there may be several */
bool pulse_name_is_none(const char *normalised);   /* nobody named the column */

/* What is known of the numbers of a column, by its name as it stands in the file. */
typedef struct pulse_meaning {
    double period;       /* as many units make a turn; 0: it does not go round */
    bool logarithm;      /* twice is as far from once as once from half */
    const char *unknown; /* the number that stands for none; NULL: there is no such */
} pulse_meaning;
pulse_meaning pulse_name_meaning(const char *name);

/* Fills in what is not yet set of modality, label, unit, low and high. */
void pulse_column_describe(pulse_column *column);

#endif
