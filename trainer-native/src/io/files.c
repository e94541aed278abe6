#define _GNU_SOURCE /* renameat2 */
#include "io/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

#define REMEMBERED 16

/* What atexit must remove. A process has one set of exit handlers, so there is one list. */
static char *remembered[REMEMBERED];

static char *without_slashes(const char *path)
{
    char *copy = pulse_need_text(path);
    size_t size = strlen(copy);
    while (size > 1 && copy[size - 1] == '/')
        copy[--size] = 0;
    return copy;
}

char *pulse_temporary_name(const char *path)
{
    char *bare = without_slashes(path);
    char *name = pulse_need_format("%s.tmp-%ld", bare, (long)getpid());
    free(bare);
    return name;
}

static void remove_remembered(void)
{
    for (size_t i = 0; i < REMEMBERED; ++i) {
        if (remembered[i])
            pulse_path_remove(remembered[i]);
        free(remembered[i]);
        remembered[i] = NULL;
    }
}

void pulse_temporary_remember(const char *path)
{
    static bool registered;
    if (!registered) {
        registered = true;
        atexit(remove_remembered);
    }
    for (size_t i = 0; i < REMEMBERED; ++i) {
        if (!remembered[i]) {
            remembered[i] = pulse_need_text(path);
            return;
        }
    }
}

void pulse_temporary_keep(const char *path)
{
    for (size_t i = 0; i < REMEMBERED; ++i) {
        if (remembered[i] && strcmp(remembered[i], path) == 0) {
            free(remembered[i]);
            remembered[i] = NULL;
        }
    }
}

static void sync_parent(const char *path)
{
    char *bare = without_slashes(path);
    char *slash = strrchr(bare, '/');
    const char *parent = ".";
    if (slash == bare)
        parent = "/";
    else if (slash) {
        *slash = 0;
        parent = bare;
    }
    const int descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        fsync(descriptor); /* some file systems refuse it for directories: nothing is lost */
        close(descriptor);
    }
    free(bare);
}

static int system_failure(pulse_failure *failure, const char *path, const char *doing)
{
    return pulse_failure_system(failure, PULSE_EXIT_FAILED, errno, "%s: cannot %s", path, doing);
}

int pulse_file_commit(const char *temporary, const char *path, pulse_failure *failure)
{
    const int descriptor = open(temporary, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return system_failure(failure, temporary, "open");
    const int synced = fsync(descriptor);
    close(descriptor);
    if (synced != 0)
        return system_failure(failure, temporary, "sync");
    if (rename(temporary, path) != 0)
        return system_failure(failure, path, "replace");
    pulse_temporary_keep(temporary);
    sync_parent(path);
    return 0;
}

int pulse_file_write(const char *path, const void *bytes, size_t size, pulse_failure *failure)
{
    char *temporary = pulse_temporary_name(path);
    pulse_temporary_remember(temporary);
    int code = 0;
    FILE *file = fopen(temporary, "wb");
    if (!file) {
        code = system_failure(failure, path, "write");
    } else {
        const bool written = fwrite(bytes, 1, size, file) == size;
        const bool closed = fclose(file) == 0;
        if (!written || !closed)
            code = system_failure(failure, path, "write");
        else
            code = pulse_file_commit(temporary, path, failure);
    }
    if (code) {
        unlink(temporary);
        pulse_temporary_keep(temporary);
    }
    free(temporary);
    return code;
}

int pulse_file_read(const char *path, size_t limit, uint8_t **bytes, size_t *size,
                    pulse_failure *failure)
{
    *bytes = NULL;
    *size = 0;
    FILE *file = fopen(path, "rb");
    if (!file)
        return pulse_failure_system(failure, PULSE_EXIT_INPUT, errno, "%s", path);
    pulse_text text = {0};
    char block[65536];
    size_t got;
    while ((got = fread(block, 1, sizeof block, file)) > 0 && text.size <= limit)
        pulse_text_append(&text, block, got);
    const bool failed = ferror(file) != 0;
    const int reason = errno;
    fclose(file);
    if (failed || text.size > limit) {
        free(text.data);
        return failed ? pulse_failure_system(failure, PULSE_EXIT_INPUT, reason, "%s", path)
                      : pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                          "%s: is larger than %zu bytes, which no such file is",
                                          path, limit);
    }
    pulse_text_append(&text, "", 0);
    *bytes = (uint8_t *)text.data;
    *size = text.size;
    return 0;
}

int pulse_directory_make(const char *path, pulse_failure *failure)
{
    char *partial = without_slashes(path);
    for (char *at = partial + 1;; ++at) {
        if (*at && *at != '/')
            continue;
        const char kept = *at;
        *at = 0;
        struct stat about;
        if (mkdir(partial, 0777) != 0 &&
            !(errno == EEXIST && stat(partial, &about) == 0 && S_ISDIR(about.st_mode))) {
            if (errno == EEXIST)
                errno = ENOTDIR;
            const int code = system_failure(failure, partial, "make the directory");
            free(partial);
            return code;
        }
        *at = kept;
        if (!kept)
            break;
    }
    free(partial);
    return 0;
}

static bool is_bundle(const char *path)
{
    char *manifest = pulse_need_format("%s/manifest.json", path);
    pulse_failure ignored;
    uint8_t *bytes;
    size_t size;
    pulse_file_read(manifest, 1u << 20, &bytes, &size, &ignored);
    const bool is = bytes && strstr((const char *)bytes, "\"playlistpulse-bundle\"") != NULL;
    free(bytes);
    free(manifest);
    return is;
}

/* Whether something can be made or replaced at `path`: in its directory, or the nearest one above
 * that is there, as the others would be made. */
static int check_parent(const char *path, pulse_failure *failure)
{
    char *above = without_slashes(path);
    int code = 0;
    for (bool found = false; !found;) {
        char *slash = strrchr(above, '/');
        if (slash)
            slash[slash == above] = 0;
        else
            memcpy(above, ".", 2); /* it has at least one character */
        char *inside = pulse_need_format("%s/.", above);
        const bool usable = access(inside, W_OK | X_OK) == 0;
        found = usable || errno != ENOENT || !slash || slash == above;
        if (found && !usable)
            code = system_failure(failure, path, "make the directory");
        free(inside);
    }
    free(above);
    return code;
}

int pulse_directory_replaceable(const char *path, pulse_failure *failure)
{
    struct stat about;
    if (lstat(path, &about) != 0)
        return errno == ENOENT ? check_parent(path, failure)
                               : system_failure(failure, path, "look at it");
    if (!S_ISDIR(about.st_mode))
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "%s: exists and is not a directory; choose another --out", path);
    if (is_bundle(path))
        return check_parent(path, failure);
    DIR *directory = opendir(path);
    if (!directory)
        return system_failure(failure, path, "open");
    bool empty = true;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        empty &= strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(directory);
    if (!empty)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "%s: is not empty and holds no bundle, so it is not replaced; "
                                 "choose another --out",
                                 path);
    return check_parent(path, failure);
}

int pulse_directory_commit(const char *temporary, const char *path, pulse_failure *failure)
{
    DIR *directory = opendir(temporary);
    if (!directory)
        return system_failure(failure, temporary, "open");
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        const int descriptor = openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC);
        if (descriptor >= 0) {
            fsync(descriptor);
            close(descriptor);
        }
    }
    closedir(directory);

    char *bare = without_slashes(path);
    int code = 0;
    if (rename(temporary, bare) != 0) { /* works where `path` is absent or an empty directory */
        bool swapped = false;
#ifdef RENAME_EXCHANGE
        swapped = renameat2(AT_FDCWD, temporary, AT_FDCWD, bare, RENAME_EXCHANGE) == 0;
        if (swapped)
            pulse_path_remove(temporary); /* the old bundle is there now */
#endif
        if (!swapped) {
            char *old = pulse_need_format("%s.old-%ld", bare, (long)getpid());
            if (rename(bare, old) != 0)
                code = system_failure(failure, path, "replace");
            else if (rename(temporary, bare) != 0) {
                code = system_failure(failure, path, "replace");
                if (rename(old, bare) != 0)
                    code = pulse_failure_set(failure, PULSE_EXIT_FAILED,
                                             "%s: cannot be replaced; the old bundle is in %s",
                                             path, old);
            } else {
                pulse_path_remove(old);
            }
            free(old);
        }
    }
    if (!code) {
        pulse_temporary_keep(temporary);
        sync_parent(bare);
    }
    free(bare);
    return code;
}

void pulse_path_remove(const char *path)
{
    DIR *directory = opendir(path);
    if (!directory) {
        unlink(path);
        return;
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    rmdir(path);
}
