/* Which way of computing is the fastest on this machine. */
#ifndef PULSE_LYRICS_PROBE_H
#define PULSE_LYRICS_PROBE_H

#include "nn/dense.h"

/*
 * Times the product of `matrix` on one thread in every way that it allows, some tens of
 * milliseconds in all, and gives the fastest; of ways that are about as fast, the more exact one.
 * `log` may be NULL.
 */
pulse_status pulse_probe(const pulse_matrix *matrix, pulse_log_fn log, void *log_context,
                         pulse_compute *out, pulse_error *error);

#endif
