/*
 * One program at a time in a workspace. Its files are each replaced whole, but they belong
 * together: the model to the songs, the vectors of the lyrics to both. Two that write would leave a
 * mixture; so the second is refused at once, and nothing is lost.
 */
#ifndef PULSE_TRAINER_WORKSPACE_LOCK_H
#define PULSE_TRAINER_WORKSPACE_LOCK_H

#include "base/failure.h"

typedef struct pulse_workspace_lock {
    int descriptor; /* of the directory; -1: none is held */
} pulse_workspace_lock;

typedef enum pulse_workspace_use {
    PULSE_WORKSPACE_READ,  /* any number at once, but not beside one that writes */
    PULSE_WORKSPACE_WRITE, /* alone */
    PULSE_WORKSPACE_MAKE,  /* alone, and the directory is made where it is not there */
} pulse_workspace_use;

/*
 * Who writes finds nothing that a program which was killed has left half-written. Where there is no
 * such directory nothing is held, and whoever opens it will say so; nor where the file system knows
 * no locks. The system gives a lock back when its program ends, however it ends.
 */
int pulse_workspace_lock_take(const char *workspace, pulse_workspace_use use,
                              pulse_workspace_lock *out, pulse_failure *failure);
void pulse_workspace_lock_release(pulse_workspace_lock *lock);

#endif
