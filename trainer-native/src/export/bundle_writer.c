#define _GNU_SOURCE /* flock */
#include "export/bundle_writer.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/files.h"

/* A writer holds a lock on its directory, which the system gives back when it is killed. One that
 * was made just now may not have it yet. */
static bool is_abandoned(const char *directory)
{
    enum { YOUNG = 10 }; /* s */
    struct stat about;
    const int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    const bool abandoned = fstat(descriptor, &about) == 0 && time(NULL) - about.st_mtime > YOUNG &&
                           flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    close(descriptor);
    return abandoned;
}

/* Removes what exports to the same place that were killed have left beside it. */
static void remove_abandoned(const char *temporary)
{
    const char *slash = strrchr(temporary, '/');
    const char *name = slash ? slash + 1 : temporary;
    const size_t stem =
        (size_t)(strrchr(name, '-') + 1 - name); /* "NAME.tmp-", before the number */
    char *above = slash ? pulse_need_format("%.*s/", (int)(slash - temporary), temporary)
                        : pulse_need_text("./");
    DIR *directory = opendir(above);
    for (struct dirent *entry; directory && (entry = readdir(directory)) != NULL;) {
        const char *found = entry->d_name;
        if (strncmp(found, name, stem) != 0 || !isdigit((unsigned char)found[stem]) ||
            found[stem + strspn(found + stem, "0123456789")] != 0)
            continue;
        char *path = pulse_need_format("%s%s", above, found);
        if (is_abandoned(path))
            pulse_path_remove(path);
        free(path);
    }
    if (directory)
        closedir(directory);
    free(above);
}

int pulse_bundle_writer_open(const char *target, pulse_bundle_writer *out, pulse_failure *failure)
{
    *out = (pulse_bundle_writer){0};
    int code = pulse_directory_replaceable(target, failure);
    if (code)
        return code;
    char *temporary = pulse_temporary_name(target);
    char *slash = strrchr(temporary, '/');
    if (slash && slash != temporary) {
        *slash = 0;
        code = pulse_directory_make(temporary, failure);
        *slash = '/';
    }
    if (!code && mkdir(temporary, 0777) != 0)
        code = pulse_failure_system(failure, PULSE_EXIT_FAILED, errno,
                                    "%s: cannot make the directory", target);
    if (code) {
        free(temporary);
        return code;
    }
    pulse_temporary_remember(temporary);
    remove_abandoned(temporary);
    const int lock = open(temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock >= 0)
        flock(lock, LOCK_EX | LOCK_NB);
    out->lock = lock + 1;
    out->directory = temporary;
    out->target = pulse_need_text(target);
    out->files = cJSON_CreateArray();
    return 0;
}

/* An entry of "files", with an empty list of shards. */
static cJSON *add_file(pulse_bundle_writer *writer, const char *role, const char *hash, size_t size)
{
    cJSON *file = cJSON_CreateObject();
    cJSON_AddStringToObject(file, "role", role);
    cJSON_AddStringToObject(file, "sha256", hash);
    cJSON_AddNumberToObject(file, "bytes", (double)size);
    cJSON *shards = cJSON_AddArrayToObject(file, "shards");
    cJSON_AddItemToArray(writer->files, file);
    return shards;
}

static int add_shard(const pulse_bundle_writer *writer, cJSON *shards, const char *name,
                     const char *hash, const uint8_t *bytes, size_t size, pulse_failure *failure)
{
    char *path = pulse_need_format("%s/%s", writer->directory, name);
    const int code = pulse_file_write(path, bytes, size, failure);
    cJSON *shard = cJSON_CreateObject();
    cJSON_AddStringToObject(shard, "name", name);
    cJSON_AddStringToObject(shard, "sha256", hash);
    cJSON_AddNumberToObject(shard, "bytes", (double)size);
    cJSON_AddItemToArray(shards, shard);
    free(path);
    return code;
}

int pulse_bundle_writer_add(pulse_bundle_writer *writer, const char *role, const char *ending,
                            const uint8_t *bytes, size_t size, pulse_failure *failure)
{
    char hash[65];
    pulse_sha256_hex(bytes, size, hash);
    cJSON *shards = add_file(writer, role, hash, size);
    int code = 0;
    size_t at = 0;
    do {
        const size_t part = size - at < PULSE_SHARD_LIMIT ? size - at : PULSE_SHARD_LIMIT;
        pulse_sha256_hex(bytes + at, part, hash);
        char *name = pulse_need_format("%s.%.16s.%s", role, hash, ending);
        code = add_shard(writer, shards, name, hash, bytes + at, part, failure);
        free(name);
        at += part;
    } while (at < size && !code);
    return code;
}

int pulse_bundle_writer_add_shards(pulse_bundle_writer *writer, const char *role,
                                   const char *ending, size_t limit, const uint8_t *bytes,
                                   size_t size, pulse_failure *failure)
{
    char whole[65], hash[65];
    pulse_sha256_hex(bytes, size, whole);
    cJSON *shards = add_file(writer, role, whole, size);
    int code = 0;
    unsigned number = 0;
    for (size_t at = 0; at < size && !code; ++number) {
        const size_t part = size - at < limit ? size - at : limit;
        pulse_sha256_hex(bytes + at, part, hash);
        char *name = pulse_need_format("%s.%.16s.%s.%u", role, whole, ending, number);
        code = add_shard(writer, shards, name, hash, bytes + at, part, failure);
        free(name);
        at += part;
    }
    return code;
}

int pulse_bundle_writer_manifest(pulse_bundle_writer *writer, cJSON *manifest,
                                 pulse_failure *failure)
{
    cJSON_DeleteItemFromObjectCaseSensitive(manifest, "files");
    cJSON_AddItemToObject(manifest, "files", cJSON_Duplicate(writer->files, 1));
    char *text = cJSON_Print(manifest);
    if (!text)
        return pulse_failure_set(failure, PULSE_EXIT_FAILED, "out of memory");
    char *path = pulse_need_format("%s/manifest.json", writer->directory);
    pulse_text whole = {0};
    pulse_text_format(&whole, "%s\n", text);
    const int code = pulse_file_write(path, whole.data, whole.size, failure);
    free(whole.data);
    free(path);
    cJSON_free(text);
    return code;
}

int pulse_bundle_writer_commit(pulse_bundle_writer *writer, pulse_failure *failure)
{
    const int code = pulse_directory_commit(writer->directory, writer->target, failure);
    if (!code) {
        free(writer->directory);
        writer->directory = NULL;
    }
    return code;
}

void pulse_bundle_writer_close(pulse_bundle_writer *writer)
{
    if (writer->directory) {
        pulse_path_remove(writer->directory);
        pulse_temporary_keep(writer->directory);
    }
    if (writer->lock > 0)
        close(writer->lock - 1);
    free(writer->directory);
    free(writer->target);
    cJSON_Delete(writer->files);
    *writer = (pulse_bundle_writer){0};
}
