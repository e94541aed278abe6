/* What a client sends: the first byte says whether the rest is a search or a recommend request. */
#include "pulse.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Opened once: the bundle is not what is under test. */
static pulse_engine *open_engine(void)
{
    static pulse_source source;
    pulse_engine *engine;
    pulse_error error;
    if (pulse_directory_source(PULSE_SOURCE_DIR "/models/default", &source, &error) != PULSE_OK ||
        pulse_engine_open(&source, NULL, &engine, &error) != PULSE_OK) {
        fprintf(stderr, "%s\n", error.message);
        abort();
    }
    return engine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static pulse_engine *engine;
    if (!engine)
        engine = open_engine();
    if (size == 0)
        return 0;
    char *json = NULL;
    pulse_error error;
    pulse_status status;
    if (data[0] == 's') {
        char *text = malloc(size);
        if (!text)
            abort();
        memcpy(text, data + 1, size - 1);
        text[size - 1] = '\0';
        status = pulse_search_json(engine, text, 20, &json, &error);
        free(text);
    } else {
        status = pulse_recommend_json(engine, (const char *)data + 1, size - 1, &json, &error);
    }
    if ((status == PULSE_OK) != (json != NULL) || (status != PULSE_OK && error.status != status))
        abort();
    pulse_string_free(json);
    return 0;
}
