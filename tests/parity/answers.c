/*
 * Answers questions natively, in one process: `answers BUNDLE < questions`. A question is a line:
 * "r" and a recommendation request in JSON, "s" and a text to search for, or "m" for the map. Each
 * answer is a line: the milliseconds it took, and its JSON. The first line is the milliseconds that
 * opening took, and pulse_info_json.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "pulse.h"

#define LIMIT 20 /* of a search */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static pulse_status ask(pulse_engine *engine, const char *line, char **json, pulse_error *error)
{
    if (strncmp(line, "s ", 2) == 0)
        return pulse_search_json(engine, line + 2, LIMIT, json, error);
    if (strncmp(line, "r ", 2) == 0)
        return pulse_recommend_json(engine, line + 2, strlen(line + 2), json, error);
    if (strcmp(line, "m") == 0)
        return pulse_map_json(engine, json, error);
    snprintf(error->message, sizeof error->message, "not \"r REQUEST\", \"s TEXT\" or \"m\"");
    return PULSE_E_ARGUMENT;
}

/* An answer is one line: a manifest is given as it stands in its file, line breaks included, which
 * in JSON are nothing but white space. */
static void print(double took, char *json)
{
    for (char *at = json; *at; ++at)
        if (*at == '\n' || *at == '\r')
            *at = ' ';
    printf("%.4f %s\n", took, json);
}

static int answer(pulse_engine *engine, const char *line)
{
    char *json = NULL;
    pulse_error error;
    const double from = now();
    const pulse_status status = ask(engine, line, &json, &error);
    const double took = now() - from;
    if (status == PULSE_OK)
        print(took, json);
    else
        fprintf(stderr, "answers: %s: %s\n", line, error.message);
    pulse_string_free(json);
    return status != PULSE_OK;
}

static int answer_all(const char *bundle)
{
    pulse_error error;
    pulse_source source;
    pulse_engine *engine = NULL;
    char *info = NULL;
    const double from = now();
    if (pulse_directory_source(bundle, &source, &error) != PULSE_OK) {
        fprintf(stderr, "answers: %s\n", error.message);
        return 1;
    }
    int code = 0;
    if (pulse_engine_open(&source, NULL, &engine, &error) != PULSE_OK ||
        pulse_info_json(engine, &info, &error) != PULSE_OK) {
        fprintf(stderr, "answers: %s\n", error.message);
        code = 1;
    } else {
        print(now() - from, info);
    }
    static char line[1 << 16];
    while (code == 0 && fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        code = answer(engine, line);
    }
    pulse_string_free(info);
    pulse_engine_close(engine);
    pulse_source_close(&source);
    return code;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: answers BUNDLE < questions\n");
        return 2;
    }
    return answer_all(argv[1]);
}
