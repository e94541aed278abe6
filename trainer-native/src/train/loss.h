/* The two terms of the loss, with their gradients. */
#ifndef PULSE_TRAINER_LOSS_H
#define PULSE_TRAINER_LOSS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Mean squared error over what is known: sum(weight * present * (y - x)^2) / sum(weight * present).
 * y [n, targets]; the target is the first `targets` of each x [n, stride]; present [n, targets];
 * weight [targets]. `gradient` [n, targets] by y, times `scale`; may be NULL.
 */
double pulse_loss_mse(const float *y, const float *x, size_t stride, const uint8_t *present,
                      const float *weight, uint32_t n, uint32_t targets, float scale,
                      float *gradient);

/*
 * InfoNCE (van den Oord et al., 2018) over pairs of songs, both ways, on unit latents: row i of the
 * first half of z [2 * pairs, latent] belongs with row i of the second half, and with no other row
 * but those of the same `group` [pairs], which are left out. Pairs whose `counted` is 0 are only
 * there for the others to differ from. `temperature` >= 0.03. Adds the gradient by z, times
 * `scale`, to `gradient` [2 * pairs, latent]; may be NULL. `room` holds pulse_loss_pairs_room
 * floats.
 */
double pulse_loss_pairs(const float *z, uint32_t pairs, uint32_t latent, const uint32_t *group,
                        const uint8_t *counted, float temperature, float scale, float *gradient,
                        float *room);
size_t pulse_loss_pairs_room(uint32_t pairs, uint32_t latent);

#endif
