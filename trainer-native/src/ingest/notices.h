/* What ingest tolerates, counted, and what it says of a file. */
#ifndef PULSE_TRAINER_NOTICES_H
#define PULSE_TRAINER_NOTICES_H

#include "ingest/survey.h"

typedef struct pulse_oddity {
    uint64_t count;
    uint64_t line; /* the first */
    char text[64];
} pulse_oddity;
void pulse_oddity_add(pulse_oddity *oddity, uint64_t line, const char *text);

typedef struct pulse_oddities {
    pulse_oddity *infinite;   /* [schema.count] */
    pulse_oddity *not_number; /* [schema.count] */
    pulse_oddity untitled, nameless, undated, repeated;
} pulse_oddities;

/* What each column was taken for, and what is missing or was odd. */
void pulse_say_columns(const pulse_survey *survey);
void pulse_say_gaps(const pulse_survey *survey, const pulse_oddities *oddities);

#endif
