#include "report/curves.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "ingest/workspace.h"
#include "io/files.h"

enum { MOST_EPOCHS = 2000 }; /* a curve is some 600 points wide */
#define LOG_LIMIT ((size_t)256 << 20)

static uint32_t count_lines(const char *text)
{
    uint32_t lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; ++at)
        ++lines;
    return lines;
}

int pulse_report_curves(const char *work, cJSON *data, pulse_failure *failure)
{
    char *path = pulse_workspace_path(work, PULSE_WORKSPACE_LOG);
    if (access(path, F_OK) != 0) {
        free(path);
        return 0;
    }
    uint8_t *bytes;
    size_t size;
    const int code = pulse_file_read(path, LOG_LIMIT, &bytes, &size, failure);
    free(path);
    if (code)
        return code;
    cJSON *list = cJSON_AddArrayToObject(data, "epochs");
    const char *at = (const char *)bytes;
    const uint32_t lines = count_lines(at);
    const uint32_t step = lines / MOST_EPOCHS + 1;
    for (uint32_t i = 0; i < lines; ++i) {
        const char *end = strchr(at, '\n');
        if (i % step == 0 || i + 1 == lines) {
            cJSON *line = cJSON_ParseWithLength(at, (size_t)(end - at));
            if (cJSON_IsObject(line))
                cJSON_AddItemToArray(list, line);
            else
                cJSON_Delete(line);
        }
        at = end + 1;
    }
    free(bytes);
    return 0;
}
