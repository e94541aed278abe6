/* OpenBLAS's working memory. */
#ifndef PULSE_TRAINER_BLAS_H
#define PULSE_TRAINER_BLAS_H

#include "base/failure.h"

/* Before the first product, of `threads` threads. OpenBLAS takes 128 MiB for each then, keeps them,
 * and where they cannot be had tries again for ever: this fails instead. */
int pulse_blas_check_threads(uint32_t threads, pulse_failure *failure);
/* Of one thread. */
int pulse_blas_check(pulse_failure *failure);

#endif
