#include "cli/log.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/usage.h"
#include "cli/terminal.h"
#include "ingest/csv.h"

/* The standard error is one for the whole process, and so is how it is written to, and what is
 * drawn on its last line. */
static pulse_verbosity verbosity = PULSE_VERBOSITY_NORMAL;
static bool as_json;
static const char *current_stage = "start";
static bool drawn;
static double drawn_at;

void pulse_log_set_level(pulse_verbosity level)
{
    verbosity = level;
}

void pulse_log_set_json(bool json)
{
    as_json = json;
}

void pulse_log_stage(const char *stage)
{
    current_stage = stage;
}

/* ---- Messages ------------------------------------------------------------------------------- */

typedef enum kind { DETAIL, NOTE, WARNING, FAILURE, PROGRESS } kind;

static void add_time(cJSON *line)
{
    struct timespec now;
    struct tm parts;
    char day[32], text[48];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text, sizeof text, "%s.%03ldZ", day, now.tv_nsec / 1000000);
    cJSON_AddStringToObject(line, "time", text);
}

/* Messages may quote what is in a file: JSON has to be UTF-8 all the same. */
static void add_text(cJSON *line, const char *name, const char *text)
{
    pulse_text clean = {0};
    const size_t size = strlen(text);
    for (size_t at = 0; at < size;) {
        size_t good = size - at;
        const bool valid = pulse_utf8_valid(text + at, size - at, &good);
        pulse_text_append(&clean, text + at, valid ? size - at : good);
        if (!valid)
            pulse_text_append(&clean, "\xef\xbf\xbd", 3);
        at = valid ? size : at + good + 1;
    }
    cJSON_AddStringToObject(line, name, clean.data ? clean.data : "");
    free(clean.data);
}

static void say_json(kind how, pulse_log_fields fields, const char *message, const char *next)
{
    static const char *const names[] = {"debug", "info", "warning", "error", "progress"};
    cJSON *line = cJSON_CreateObject();
    add_time(line);
    cJSON_AddStringToObject(line, "level", names[how]);
    cJSON_AddStringToObject(line, "stage", current_stage);
    add_text(line, "message", message);
    if (next)
        add_text(line, "next", next);
    for (size_t i = 0; i < fields.count; ++i)
        cJSON_AddNumberToObject(line, fields.at[i].name, fields.at[i].value);
    char *text = cJSON_PrintUnformatted(line);
    cJSON_Delete(line);
    if (text)
        fprintf(stderr, "%s\n", text);
    cJSON_free(text);
}

static void say(kind how, pulse_log_fields fields, const char *format, va_list arguments)
{
    if (verbosity < (how == DETAIL ? PULSE_VERBOSITY_VERBOSE : PULSE_VERBOSITY_NORMAL))
        return;
    char room[1024];
    va_list again;
    va_copy(again, arguments);
    const int size = vsnprintf(room, sizeof room, format, arguments);
    char *longer = NULL;
    if (size >= (int)sizeof room) {
        longer = pulse_need((size_t)size + 1, 1);
        vsnprintf(longer, (size_t)size + 1, format, again);
    }
    va_end(again);
    const char *message = longer ? longer : room;
    if (as_json) {
        say_json(how, fields, message, NULL);
    } else {
        pulse_progress_clear();
        flockfile(stderr);
        if (how == WARNING)
            pulse_terminal_put(stderr, PULSE_STYLE_WARNING, "warning: ");
        fprintf(stderr, "%s\n", message);
        funlockfile(stderr);
    }
    free(longer);
}

void pulse_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(NOTE, (pulse_log_fields){0}, format, arguments);
    va_end(arguments);
}

void pulse_note_of(pulse_log_fields fields, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(NOTE, fields, format, arguments);
    va_end(arguments);
}

void pulse_log_detail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(DETAIL, (pulse_log_fields){0}, format, arguments);
    va_end(arguments);
}

void pulse_log_detail_of(pulse_log_fields fields, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(DETAIL, fields, format, arguments);
    va_end(arguments);
}

void pulse_warn(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(WARNING, (pulse_log_fields){0}, format, arguments);
    va_end(arguments);
}

void pulse_log_failure(const char *command, const char *message, const char *next)
{
    pulse_progress_clear();
    if (as_json) {
        say_json(FAILURE, (pulse_log_fields){0}, message, next);
        return;
    }
    char *prefix = pulse_need_format("%s: ", command);
    pulse_terminal_put(stderr, PULSE_STYLE_ERROR, prefix);
    free(prefix);
    fprintf(stderr, "%s\n", message);
    if (next)
        fprintf(stderr, "%s\n", next);
}

void pulse_log_to_stderr(void *context, pulse_log_level level, const char *message)
{
    (void)context;
    if (level >= PULSE_LOG_WARN)
        pulse_warn("%s", message);
    else
        pulse_log_detail("%s", message);
}

/* ---- Progress ------------------------------------------------------------------------------- */

static void draw(const char *what, uint64_t done, uint64_t total, const char *note)
{
    enum { WIDTH = 24 };
    const int filled = total ? (int)(done * WIDTH / total) : 0;
    fprintf(stderr, "\r\033[K%-10s [", what);
    for (int i = 0; i < WIDTH; ++i)
        fputc(i < filled ? '#' : '.', stderr);
    fprintf(stderr, "] %3d%% %s", total ? (int)(done * 100 / total) : 0, note);
    fflush(stderr);
}

bool pulse_progress_shown(void)
{
    return verbosity != PULSE_VERBOSITY_QUIET && (as_json || pulse_terminal_is(stderr));
}

void pulse_progress(const char *what, uint64_t done, uint64_t total, const char *note)
{
    if (!pulse_progress_shown())
        return;
    const double now = pulse_clock();
    if (as_json ? now - drawn_at < 1 : drawn && done != total && now - drawn_at < 0.1)
        return;
    drawn_at = now;
    if (as_json) {
        char message[128];
        snprintf(message, sizeof message, "%s%s%s", what, note[0] ? ": " : "", note);
        say_json(PROGRESS, PULSE_FIELDS({"done", (double)done}, {"total", (double)total}), message,
                 NULL);
        return;
    }
    drawn = true;
    draw(what, done, total, note);
}

void pulse_progress_clear(void)
{
    if (drawn)
        fputs("\r\033[K", stderr);
    drawn = false;
}
