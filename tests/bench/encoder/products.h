/*
 * The matrix products of an encoder's pass alone, by XNNPACK's own fully-connected operator: what
 * the encoder's speed is measured against.
 */
#ifndef PRODUCTS_H
#define PRODUCTS_H

#include "pulse.h"

typedef struct products products;

/* For MiniLM's six layers of 384. `way`: PULSE_COMPUTE_F32, or PULSE_COMPUTE_INT8 for the operator
 * with int8 weights and activations rounded to int8 at run time. At most `rows` tokens at once. */
pulse_status products_create(pulse_compute way, unsigned threads, size_t rows, products **out,
                             pulse_error *error);
void products_free(products *products);
/* All products of a pass of `rows` tokens, once. */
pulse_status products_run(products *products, size_t rows, pulse_error *error);

#endif
