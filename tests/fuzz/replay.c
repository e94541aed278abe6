/*
 * Runs a fuzz target over files kept from earlier fuzzing, without libFuzzer: fuzz_name
 * FILE-OR-DIRECTORY... Fails when there is nothing to replay, so that a corpus that went missing
 * does not pass for a good run.
 */
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int complain(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return -1;
}

/* Returns 1 when the file was replayed, -1 when it could not be read. */
static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return complain(path);
    }
    if (fseek(file, 0, SEEK_END) != 0) {
        fclose(file);
        return complain(path);
    }
    const long length = ftell(file);
    rewind(file);
    /* Exactly as long as the file, so that AddressSanitizer sees a read past its end. */
    uint8_t *data = length < 0 ? NULL : malloc(length > 0 ? (size_t)length : 1);
    if (data == NULL || fread(data, 1, (size_t)length, file) != (size_t)length) {
        free(data);
        fclose(file);
        return complain(path);
    }
    fclose(file);
    LLVMFuzzerTestOneInput(data, (size_t)length);
    free(data);
    return 1;
}

/* Returns how many files of a directory were replayed, or -1. Subdirectories are not entered. */
static int replay_directory(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return complain(path);
    }
    int replayed = 0;
    const struct dirent *entry;
    while (replayed >= 0 && (entry = readdir(directory)) != NULL) {
        char name[4096];
        struct stat about;
        const int length = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof name || stat(name, &about) != 0 ||
            !S_ISREG(about.st_mode)) {
            continue;
        }
        replayed = replay_file(name) < 0 ? -1 : replayed + 1;
    }
    closedir(directory);
    return replayed;
}

int main(int argc, char **argv)
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        struct stat about;
        if (stat(argv[i], &about) != 0) {
            complain(argv[i]);
            return 1;
        }
        const int replayed =
            S_ISDIR(about.st_mode) ? replay_directory(argv[i]) : replay_file(argv[i]);
        if (replayed < 0) {
            return 1;
        }
        total += replayed;
    }
    if (total == 0) {
        fprintf(stderr, "nothing to replay; usage: %s FILE-OR-DIRECTORY...\n", argv[0]);
        return 1;
    }
    printf("%d inputs replayed\n", total);
    return 0;
}
