/* "Did you mean": of many names the one that a slip of the fingers makes into what was typed. */
#ifndef PULSE_TRAINER_SUGGEST_H
#define PULSE_TRAINER_SUGGEST_H

#include <stddef.h>

/* Zero-initialise but for `typed`; offer every name; `best` is the nearest one that is near enough,
 * or NULL. Names are kept by pointer. */
typedef struct pulse_suggestion {
    const char *typed;
    const char *best;
    size_t distance; /* of `best` */
} pulse_suggestion;

void pulse_suggestion_offer(pulse_suggestion *suggestion, const char *name);

#endif
