/*
 * Times the engine natively: `bench_native BUNDLE WARM_UP < work`, one job a line: "r" and a
 * recommendation request in JSON, or "s" and a text to search. Prints "r" or "s" and the
 * milliseconds of each job, the first WARM_UP of each kind left out. One thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pulse.h"

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int fail(const char *what, const pulse_error *error)
{
    fprintf(stderr, "bench_native: %s: %s\n", what, error->message);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: bench_native BUNDLE WARM_UP < work\n");
        return 2;
    }
    const long warm_up = strtol(argv[2], NULL, 10);
    pulse_error error;
    pulse_source source;
    pulse_engine *engine = NULL;
    const double started = now();
    if (pulse_directory_source(argv[1], &source, &error) != PULSE_OK)
        return fail(argv[1], &error);
    if (pulse_engine_open(&source, NULL, &engine, &error) != PULSE_OK) {
        pulse_source_close(&source);
        return fail(argv[1], &error);
    }
    printf("o %.4f\n", now() - started);

    static char line[1 << 16];
    long recommendations = 0, searches = 0;
    int code = 0;
    while (code == 0 && fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (strlen(line) < 2)
            continue;
        const char *job = line + 2;
        const bool search = line[0] == 's';
        char *json = NULL;
        const double from = now();
        const pulse_status status =
            search ? pulse_search_json(engine, job, 10, &json, &error)
                   : pulse_recommend_json(engine, job, strlen(job), &json, &error);
        const double took = now() - from;
        pulse_string_free(json);
        if (status != PULSE_OK)
            code = fail(job, &error);
        else if ((search ? searches++ : recommendations++) >= warm_up)
            printf("%c %.4f\n", line[0], took);
    }
    pulse_engine_close(engine);
    pulse_source_close(&source);
    return code;
}
