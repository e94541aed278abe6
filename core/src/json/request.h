/* A recommend request in JSON, as numbers that a pulse_query points to. */
#ifndef PULSE_JSON_REQUEST_H
#define PULSE_JSON_REQUEST_H

#include "pulse.h"

typedef struct pulse_request {
    pulse_query query; /* points into the arrays below */
    pulse_seed *seeds;
    uint32_t *exclude;
    uint32_t *genres;
    pulse_range *ranges;
    float *vector;          /* [dimensions], where "features" or "text" was given */
    float *vector_features; /* [feature_count] */
} pulse_request;

/* Songs, genres and features are looked up in the engine. Call pulse_request_free in every case. */
pulse_status pulse_request_parse(pulse_engine *engine, const char *text, size_t bytes,
                                 pulse_request *request, pulse_error *error);
void pulse_request_free(pulse_request *request);

#endif
