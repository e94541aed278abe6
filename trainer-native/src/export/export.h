/* From the workspace to a bundle. */
#ifndef PULSE_TRAINER_EXPORT_H
#define PULSE_TRAINER_EXPORT_H

#include "base/failure.h"

/* What the manifest says of the data; "" where unknown. */
typedef struct pulse_attribution {
    const char *title;
    const char *licence;
    const char *attribution;
    const char *source;
} pulse_attribution;

/* `map`: lay out a map of the songs, too. */
int pulse_export(const char *workspace, const char *out, const pulse_attribution *attribution,
                 bool map, pulse_failure *failure);

#endif
