#include "base/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { SIGNALS = sizeof signals / sizeof *signals };

/* A signal handler has nowhere else to leave word. */
static volatile sig_atomic_t caught;

/* For all of them but what whoever started the program told it to ignore, as nohup does. */
static void set_action(void (*handler)(int))
{
    struct sigaction action, before;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; ++i) {
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
}

/* Asked once: end in order. Asked twice, by any of them: the system ends it, wherever it is. */
static void on_signal(int signal_number)
{
    set_action(SIG_DFL);
    caught = signal_number;
}

void pulse_interrupt_install(void)
{
    set_action(on_signal);
}

bool pulse_interrupted(void)
{
    return caught != 0;
}

void pulse_interrupt_end(void)
{
    if (caught)
        raise(caught);
}
