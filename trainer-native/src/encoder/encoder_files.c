#include "encoder/encoder_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "encoder/encoder_path.h"
#include "io/files.h"

#define WEIGHTS_LIMIT ((size_t)2 << 30)
#define VOCAB_LIMIT ((size_t)64 << 20)

/* ---- Out of a bundle ------------------------------------------------------------------------ */

static const cJSON *find_role(const cJSON *manifest, const char *role)
{
    const cJSON *file;
    cJSON_ArrayForEach(file, cJSON_GetObjectItemCaseSensitive(manifest, "files"))
    {
        const cJSON *name = cJSON_GetObjectItemCaseSensitive(file, "role");
        if (cJSON_IsString(name) && strcmp(name->valuestring, role) == 0)
            return file;
    }
    return NULL;
}

/* The manifest has been checked by the engine: its names are plain, its sizes within limits. */
static int read_role(const pulse_source *source, const cJSON *manifest, const char *path,
                     const char *role, uint8_t **bytes, size_t *size, pulse_failure *failure)
{
    const cJSON *file = find_role(manifest, role), *shard;
    if (!file)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: this bundle has no %s; choose another --encoder", path,
                                 strcmp(role, "encoder") == 0 ? "lyrics encoder" : role);
    pulse_text whole = {0};
    pulse_error error;
    int code = 0;
    cJSON_ArrayForEach(shard, cJSON_GetObjectItemCaseSensitive(file, "shards"))
    {
        const cJSON *name = cJSON_GetObjectItemCaseSensitive(shard, "name");
        const uint8_t *part;
        size_t part_size;
        if (code || !cJSON_IsString(name))
            continue;
        if (source->open(source->context, name->valuestring, &part, &part_size, &error) !=
            PULSE_OK) {
            code = pulse_failure_core_file(failure, path, &error);
            continue;
        }
        pulse_text_append(&whole, (const char *)part, part_size);
        source->close(source->context, part, part_size);
        if (whole.size > WEIGHTS_LIMIT)
            code =
                pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: its %s is too large", path, role);
    }
    char hash[65];
    const cJSON *expected = cJSON_GetObjectItemCaseSensitive(file, "sha256");
    pulse_sha256_hex(whole.data, whole.size, hash);
    if (!code && !(cJSON_IsString(expected) && strcmp(expected->valuestring, hash) == 0))
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: its %s is damaged: the SHA-256 is not what the manifest "
                                 "says; copy or build it again, or choose another --encoder",
                                 path, role);
    if (code) {
        free(whole.data);
        return code;
    }
    *bytes = (uint8_t *)whole.data;
    *size = whole.size;
    return 0;
}

static int read_bundle(const char *path, pulse_encoder_files *out, pulse_failure *failure)
{
    pulse_source source;
    pulse_engine *engine = NULL;
    pulse_error error;
    if (pulse_directory_source(path, &source, &error) != PULSE_OK)
        return pulse_failure_core_file(failure, path, &error);
    int code = 0;
    if (pulse_engine_open(&source, NULL, &engine, &error) != PULSE_OK)
        code = pulse_failure_core_file(failure, path, &error);
    if (!code) {
        pulse_info info;
        pulse_engine_info(engine, &info);
        cJSON *manifest = cJSON_Parse(info.manifest);
        code = read_role(&source, manifest, path, "encoder", &out->weights, &out->weights_size,
                         failure);
        if (!code)
            code =
                read_role(&source, manifest, path, "vocab", &out->vocab, &out->vocab_size, failure);
        cJSON_Delete(manifest);
    }
    pulse_engine_close(engine);
    pulse_source_close(&source);
    return code;
}

/* ---- Either --------------------------------------------------------------------------------- */

static bool is_directory(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

int pulse_encoder_files_check(const char *encoder, pulse_failure *failure)
{
    if (access(encoder, R_OK) != 0)
        return pulse_failure_system(failure, PULSE_EXIT_INPUT, errno, "%s", encoder);
    if (!is_directory(encoder) && !pulse_encoder_path_is_file(encoder))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: is neither the directory of a bundle nor a file that ends "
                                 "with .safetensors; playlistpulse encoder import makes one",
                                 encoder);
    return 0;
}

int pulse_encoder_files_read(const char *encoder, pulse_encoder_files *out, pulse_failure *failure)
{
    *out = (pulse_encoder_files){0};
    int code = pulse_encoder_files_check(encoder, failure);
    if (code)
        return code;
    if (is_directory(encoder)) {
        code = read_bundle(encoder, out, failure);
    } else {
        char *vocab = pulse_encoder_vocab_path(encoder);
        code = pulse_file_read(encoder, WEIGHTS_LIMIT, &out->weights, &out->weights_size, failure);
        if (!code)
            code = pulse_file_read(vocab, VOCAB_LIMIT, &out->vocab, &out->vocab_size, failure);
        free(vocab);
    }
    if (!code)
        pulse_sha256_hex(out->weights, out->weights_size, out->hash);
    return code;
}

void pulse_encoder_files_free(pulse_encoder_files *files)
{
    free(files->weights);
    free(files->vocab);
    *files = (pulse_encoder_files){0};
}

/* ---- The default ---------------------------------------------------------------------------- */

static bool has_encoder(const char *bundle)
{
    char *path = pulse_need_format("%s/manifest.json", bundle);
    pulse_failure ignored;
    uint8_t *bytes = NULL;
    size_t size = 0;
    cJSON *manifest = NULL;
    if (access(path, R_OK) == 0 && pulse_file_read(path, 1u << 20, &bytes, &size, &ignored) == 0)
        manifest = cJSON_Parse((const char *)bytes);
    const bool has = find_role(manifest, "encoder") && find_role(manifest, "vocab");
    cJSON_Delete(manifest);
    free(bytes);
    free(path);
    return has;
}

/* The directory of the program, or "" where the system does not tell. The caller frees it. */
static char *program_directory(void)
{
    char room[4096];
    const ssize_t size = readlink("/proc/self/exe", room, sizeof room - 1);
    room[size > 0 ? size : 0] = 0;
    char *slash = strrchr(room, '/');
    if (slash)
        *slash = 0;
    return pulse_need_text(room);
}

char *pulse_encoder_find_default(void)
{
    /* From the program's directory: where it is built, and where it is installed. */
    static const char *const places[] = {"../../../models/default",
                                         "../share/playlistpulse/models/default", "models/default"};
    char *found = pulse_need_text("models/default");
    if (has_encoder(found))
        return found;
    free(found);
    char *program = program_directory();
    found = NULL;
    for (size_t i = 0; i < sizeof places / sizeof *places && !found && program[0]; ++i) {
        found = pulse_need_format("%s/%s", program, places[i]);
        if (!has_encoder(found)) {
            free(found);
            found = NULL;
        }
    }
    free(program);
    return found;
}
