#include "cli/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* The terminal is one for the whole process, and so is what is drawn on its last line. */
static bool drawn;
static double drawn_at;

static void say(const char *prefix, const char *format, va_list arguments)
{
    pulse_progress_clear();
    fputs(prefix, stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

void pulse_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("", format, arguments);
    va_end(arguments);
}

void pulse_warn(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("warning: ", format, arguments);
    va_end(arguments);
}

void pulse_log_to_stderr(void *context, pulse_log_level level, const char *message)
{
    (void)context;
    if (level >= PULSE_LOG_WARN)
        pulse_warn("%s", message);
}

void pulse_progress(const char *what, uint64_t done, uint64_t total, const char *note)
{
    if (!isatty(STDERR_FILENO))
        return;
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    const double now = (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
    if (drawn && done != total && now - drawn_at < 0.1)
        return;
    drawn = true;
    drawn_at = now;
    enum { WIDTH = 24 };
    const int filled = total ? (int)(done * WIDTH / total) : 0;
    fprintf(stderr, "\r\033[K%-10s [", what);
    for (int i = 0; i < WIDTH; ++i)
        fputc(i < filled ? '#' : '.', stderr);
    fprintf(stderr, "] %3d%% %s", total ? (int)(done * 100 / total) : 0, note);
    fflush(stderr);
}

void pulse_progress_clear(void)
{
    if (drawn)
        fputs("\r\033[K", stderr);
    drawn = false;
}
