/* Work that falls into parts which do not depend on each other, on several threads. */
#ifndef PULSE_TRAINER_PARALLEL_H
#define PULSE_TRAINER_PARALLEL_H

#include <stdint.h>

typedef struct pulse_parallel pulse_parallel;

/* Part `part`, on thread `thread` (0 .. threads-1): for what a thread keeps between its parts. */
typedef void (*pulse_parallel_fn)(void *context, uint32_t part, uint32_t thread);

/* `threads` 0: one for each processor, 64 at most. Threads that cannot be started are done without.
 */
pulse_parallel *pulse_parallel_start(uint32_t threads);
void pulse_parallel_stop(pulse_parallel *parallel);
uint32_t pulse_parallel_threads(const pulse_parallel *parallel);

/* Runs all parts 0 .. parts-1, the calling thread taking its share, and returns when all are done.
 * Which thread runs which part, and in what order, is not said. */
void pulse_parallel_run(pulse_parallel *parallel, pulse_parallel_fn work, void *context,
                        uint32_t parts);

#endif
