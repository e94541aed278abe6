/* Eigenvectors of a symmetric matrix, by LAPACK. */
#ifndef PULSE_TRAINER_EIGEN_H
#define PULSE_TRAINER_EIGEN_H

#include <stdbool.h>
#include <stdint.h>

/* Of `matrix` [n, n] the lower triangle is read. Its rows become the eigenvectors, of unit length,
 * in the order of rising eigenvalues. False where LAPACK found none, as of values that are not
 * finite. */
bool pulse_eigenvectors(float *matrix, uint32_t n);

#endif
