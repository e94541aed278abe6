/* What the report's parts need to know of every song of a bundle, read once. */
#ifndef PULSE_TRAINER_REPORT_CATALOGUE_H
#define PULSE_TRAINER_REPORT_CATALOGUE_H

#include <cjson/cJSON.h>

#include "base/failure.h"

#define PULSE_NO_GENRE UINT32_MAX

typedef struct pulse_report_catalogue {
    pulse_engine *engine; /* the caller's */
    pulse_info info;
    uint32_t *genre;       /* [songs] its number in info.genres, or PULSE_NO_GENRE */
    int32_t *year;         /* [songs] 0: unknown */
    uint32_t *genre_songs; /* [genre_count] */
    uint32_t *by_songs;    /* [genre_count] genres, the largest first */
} pulse_report_catalogue;

int pulse_report_catalogue_read(pulse_engine *engine, pulse_report_catalogue *out,
                                pulse_failure *failure);
void pulse_report_catalogue_free(pulse_report_catalogue *catalogue);

/* A number with so many significant digits: all that a page can show, in few bytes. Not a finite
 * one is null. */
cJSON *pulse_report_number(double value, int digits);

/* The parts, as docs/report.md describes them. Each adds one member to `data`. */
int pulse_report_features(const pulse_report_catalogue *catalogue, const char *work, cJSON *data,
                          pulse_failure *failure);
int pulse_report_neighbours(const pulse_report_catalogue *catalogue, cJSON *data,
                            pulse_failure *failure);
/* `positions` [songs, 2] as pulse_get_map gives them. */
int pulse_report_points(const pulse_report_catalogue *catalogue, const int16_t *positions,
                        cJSON *data, pulse_failure *failure);

#endif
