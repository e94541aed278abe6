/* Ctrl-C: long work looks at a flag and ends in order, so that nothing half-written stays. Asked a
 * second time, the program ends at once. */
#ifndef PULSE_TRAINER_INTERRUPT_H
#define PULSE_TRAINER_INTERRUPT_H

#include <stdbool.h>

/* For commands that look at the flag: others end at once without it. */
void pulse_interrupt_install(void);
bool pulse_interrupted(void);
/* Ends the program by the signal that interrupted it, as a shell expects. Returns if there was
 * none. */
void pulse_interrupt_end(void);

#endif
