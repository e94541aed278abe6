#include "base/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

/* A signal handler has nowhere else to leave word. */
static volatile sig_atomic_t caught;

static void on_signal(int signal_number)
{
    if (caught) { /* asked twice: stop now */
        signal(signal_number, SIG_DFL);
        raise(signal_number);
    }
    caught = signal_number;
}

void pulse_interrupt_install(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; ++i)
        sigaction(signals[i], &action, NULL);
}

bool pulse_interrupted(void)
{
    return caught != 0;
}

void pulse_interrupt_end(void)
{
    if (!caught)
        return;
    const int signal_number = caught;
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}
