#include "commands/bundle_options.h"

#include <stdio.h>

#include "base/usage.h"
#include "cli/log.h"
#include "cli/values.h"

static const pulse_option bundle_rows[] = {
    {.id = PULSE_ID_BUNDLE,
     .letter = 'b',
     .name = "bundle",
     .value = "DIR",
     .help = "the directory that build made",
     .needed = true},
    {0},
};
const pulse_option_group pulse_bundle_options = {"Bundle", bundle_rows};

static const pulse_option encoder_rows[] = {
    {.id = PULSE_ID_THREADS,
     .name = "threads",
     .value = "N",
     .help = "threads of the lyrics encoder; without this, 1"},
    {.id = PULSE_ID_COMPUTE,
     .name = "compute",
     .value = "HOW",
     .choices = PULSE_COMPUTE_CHOICES,
     .help =
         "how it multiplies: portable, the default, as a web page does; auto, the fastest here; "
         "or one way by name"},
    {0},
};
const pulse_option_group pulse_encoder_options = {"Lyrics encoder", encoder_rows};

int pulse_bundle_open_for_command(const char *path, pulse_opened *out, pulse_failure *failure)
{
    return pulse_bundle_open_with(path, 1, PULSE_COMPUTE_PORTABLE, out, failure);
}

/* That of the core, and what to do about it. */
static int not_opened(pulse_failure *failure, const char *path, const pulse_error *error)
{
    const int code = pulse_failure_core_file(failure, path, error);
    if (error->status == PULSE_E_IO || error->status == PULSE_E_NOT_FOUND)
        pulse_failure_advise(failure, "a bundle is a directory that playlistpulse build made");
    else if (error->status == PULSE_E_FORMAT)
        pulse_failure_advise(failure, "copy the bundle again, or build it again");
    return code;
}

int pulse_bundle_open_with(const char *path, uint32_t threads, pulse_compute compute,
                           pulse_opened *out, pulse_failure *failure)
{
    *out = (pulse_opened){0};
    const double started = pulse_clock();
    pulse_error error;
    if (pulse_directory_source(path, &out->source, &error) != PULSE_OK)
        return not_opened(failure, path, &error);
    out->has_source = true;
    const pulse_engine_params params = {
        .log = pulse_log_to_stderr, .threads = threads, .compute = compute};
    if (pulse_engine_open(&out->source, &params, &out->engine, &error) != PULSE_OK) {
        pulse_opened_close(out);
        return not_opened(failure, path, &error);
    }
    const double seconds = pulse_clock() - started;
    pulse_log_detail_of(PULSE_FIELDS({"seconds", seconds}), "%s: opened in %.3f s", path, seconds);
    return 0;
}

void pulse_opened_close(pulse_opened *opened)
{
    pulse_engine_close(opened->engine);
    if (opened->has_source)
        pulse_source_close(&opened->source);
    *opened = (pulse_opened){0};
}

const char *pulse_json_text(const cJSON *object, const char *member, char room[32])
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, member);
    if (cJSON_IsString(value))
        return value->valuestring;
    if (!cJSON_IsNumber(value))
        return "";
    snprintf(room, 32, "%.0f", value->valuedouble);
    return room;
}

void pulse_print_json(const char *json)
{
    puts(json);
}
