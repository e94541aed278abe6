/* The two terms of the loss, with their gradients. */
#ifndef PULSE_TRAINER_LOSS_H
#define PULSE_TRAINER_LOSS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Of squared errors over what is known: sum(weight * present * (y - x)^2). y [n, targets]; the
 * target is the first `targets` of each x [n, stride]; present [n, targets]; weight [targets].
 * y becomes the sum's gradient by it, times `scale`.
 */
double pulse_loss_errors(float *y, const float *x, size_t stride, const uint8_t *present,
                         const float *weight, uint32_t n, uint32_t targets, float scale);

/*
 * InfoNCE (van den Oord et al., 2018) over pairs of songs, both ways, on unit latents: row i of the
 * first half of [2 * pairs, latent] belongs with row i of the second half, and with no other row
 * but those of the same `group` [pairs], which are left out. Pairs whose `counted` is 0 are only
 * there for the others to differ from.
 *
 * It falls into parts that may run on different threads: all of one line below must have run before
 * the next begins. Sums are taken by block and then in the blocks' order, so the threads' number
 * does not change the result.
 *
 *     pulse_pairs_set_rows     for every row
 *     pulse_pairs_compare      for every block
 *     pulse_pairs_sum          once; gives the loss
 *     pulse_pairs_weigh        for every block
 *     pulse_pairs_differentiate  for every block
 */
enum { PULSE_PAIRS_BLOCK = 64 };

typedef struct pulse_pairs {
    uint32_t most, latent;
    uint32_t pairs;         /* of this batch, <= most */
    float temperature;      /* >= 0.03 */
    const uint32_t *group;  /* [pairs] */
    const uint8_t *counted; /* [pairs] */
    float scale;            /* of the gradient */
    float *unit;            /* [2 * most, latent] */
    float *norm;            /* [2 * most] */
    float *cosines;         /* [most, most], then their exponentials, then their gradients */
    float *own;             /* [most] the cosines of pairs */
    float *row_sums;        /* [most] */
    float *column_parts;    /* [blocks of most, most] */
    float *gradient;        /* [2 * most, latent] by the latents */
} pulse_pairs;

void pulse_pairs_make(pulse_pairs *pairs, uint32_t most, uint32_t latent, float temperature);
void pulse_pairs_free(pulse_pairs *pairs);
/* A new batch. `scale` is the gradient's. */
void pulse_pairs_begin(pulse_pairs *pairs, uint32_t count, const uint32_t *group,
                       const uint8_t *counted, float scale);
uint32_t pulse_pairs_blocks(const pulse_pairs *pairs);
/* z [n, latent]: rows `first` to `first` + n - 1 of the 2 * pairs. */
void pulse_pairs_set_rows(pulse_pairs *pairs, uint32_t first, uint32_t n, const float *z);
void pulse_pairs_compare(pulse_pairs *pairs, uint32_t block);
double pulse_pairs_sum(pulse_pairs *pairs);
void pulse_pairs_weigh(pulse_pairs *pairs, uint32_t block);
void pulse_pairs_differentiate(pulse_pairs *pairs, uint32_t block);

#endif
