#include "report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/log.h"
#include "io/files.h"
#include "report/catalogue.h"
#include "report/curves.h"
#include "report/page.h"

/* ---- Where it goes -------------------------------------------------------------------------- */

/* The caller frees it. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return pulse_need_text(".");
    return slash == path ? pulse_need_text("/")
                         : pulse_need_format("%.*s", (int)(slash - path), path);
}

int pulse_report_check(const char *path, pulse_failure *failure)
{
    struct stat about;
    const size_t size = strlen(path);
    if (size == 0 || path[size - 1] == '/' || (stat(path, &about) == 0 && S_ISDIR(about.st_mode)))
        return pulse_failure_set(
            failure, PULSE_EXIT_USAGE,
            "--report %s: is a directory; name a file, such as %s%sreport.html", path, path,
            size > 0 && path[size - 1] != '/' ? "/" : "");
    char *directory = directory_of(path), *inside = pulse_need_format("%s/.", directory);
    int code = 0;
    if (access(inside, W_OK | X_OK) != 0)
        code = pulse_failure_set(failure, PULSE_EXIT_FAILED,
                                 "--report %s: cannot write in %s: %s; choose another place", path,
                                 directory, strerror(errno));
    free(inside);
    free(directory);
    return code;
}

/* ---- What it says --------------------------------------------------------------------------- */

/* A file of the bundle in short: its name's shards are of no interest to a reader. */
static cJSON *files_json(const cJSON *manifest)
{
    cJSON *list = cJSON_CreateArray();
    const cJSON *file;
    cJSON_ArrayForEach(file, cJSON_GetObjectItemCaseSensitive(manifest, "files"))
    {
        static const char *const members[] = {"role", "bytes", "sha256"};
        cJSON *json = cJSON_CreateObject();
        for (size_t i = 0; i < sizeof members / sizeof *members; ++i) {
            const cJSON *member = cJSON_GetObjectItemCaseSensitive(file, members[i]);
            if (member)
                cJSON_AddItemToObject(json, members[i], cJSON_Duplicate(member, 1));
        }
        cJSON_AddItemToArray(list, json);
    }
    return list;
}

/* The manifest, which is checked, but by its form alone: the page shows what it understands. */
static cJSON *manifest_json(const char *text)
{
    cJSON *manifest = cJSON_Parse(text);
    if (!cJSON_IsObject(manifest)) {
        cJSON_Delete(manifest);
        manifest = cJSON_CreateObject();
    }
    cJSON *files = files_json(manifest);
    cJSON_DeleteItemFromObjectCaseSensitive(manifest, "files");
    cJSON_AddItemToObject(manifest, "files", files);
    return manifest;
}

static void add_copy(cJSON *data, const char *name, const cJSON *value)
{
    if (value)
        cJSON_AddItemToObject(data, name, cJSON_Duplicate(value, 1));
}

static int add_map(const pulse_report_catalogue *catalogue, cJSON *data, pulse_failure *failure)
{
    const int16_t *positions;
    pulse_error error;
    if (pulse_get_map(catalogue->engine, &positions, &error) != PULSE_OK)
        return pulse_failure_core(failure, &error);
    return pulse_report_points(catalogue, positions, data, failure);
}

static int gather(const pulse_report_params *params, pulse_engine *engine, cJSON *data,
                  pulse_failure *failure)
{
    pulse_report_catalogue catalogue;
    int code = pulse_report_catalogue_read(engine, &catalogue, failure);
    if (code)
        return code;
    cJSON_AddNumberToObject(data, "report", 1);
    cJSON_AddNumberToObject(data, "songs", catalogue.info.songs);
    cJSON_AddNumberToObject(data, "artists", catalogue.info.artists);
    cJSON_AddNumberToObject(data, "dimensions", catalogue.info.dimensions);
    cJSON_AddItemToObject(data, "manifest", manifest_json(catalogue.info.manifest));
    add_copy(data, "evaluation", params->evaluation);
    add_copy(data, "stages", params->stages);
    if (params->work)
        code = pulse_report_curves(params->work, data, failure);
    if (!code)
        code = pulse_report_features(&catalogue, params->work, data, failure);
    if (!code)
        code = pulse_report_neighbours(&catalogue, data, failure);
    if (!code && catalogue.info.map)
        code = add_map(&catalogue, data, failure);
    pulse_report_catalogue_free(&catalogue);
    return code;
}

static char *title_of(const cJSON *data)
{
    const cJSON *about = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(data, "manifest"), "data");
    const char *title = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(about, "title"));
    return title && title[0] ? pulse_need_format("%s: report", title)
                             : pulse_need_text("Report of a bundle");
}

int pulse_report_write(const pulse_report_params *params, const char *path, pulse_failure *failure)
{
    int code = pulse_report_check(path, failure);
    if (code)
        return code;
    pulse_source source;
    pulse_error error;
    if (pulse_directory_source(params->bundle, &source, &error) != PULSE_OK)
        return pulse_failure_core_file(failure, params->bundle, &error);
    const pulse_engine_params settings = {.log = pulse_log_to_stderr};
    pulse_engine *engine;
    if (pulse_engine_open(&source, &settings, &engine, &error) != PULSE_OK) {
        pulse_source_close(&source);
        return pulse_failure_core_file(failure, params->bundle, &error);
    }
    cJSON *data = cJSON_CreateObject();
    code = gather(params, engine, data, failure);
    if (!code) {
        pulse_text page = {0};
        char *title = title_of(data);
        pulse_page_make(title, data, &page);
        code = pulse_file_write(path, page.data, page.size, failure);
        free(title);
        free(page.data);
    }
    if (!code)
        pulse_note("report: %s", path);
    cJSON_Delete(data);
    pulse_engine_close(engine);
    pulse_source_close(&source);
    return code;
}
