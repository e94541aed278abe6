/*
 * Files and directories that are either there whole or not at all: written under a temporary name
 * beside the final one, synced, renamed.
 */
#ifndef PULSE_TRAINER_FILES_H
#define PULSE_TRAINER_FILES_H

#include <stdbool.h>

#include "base/failure.h"

/* A name beside `path` that belongs to this process. The caller frees it. */
char *pulse_temporary_name(const char *path);

/* Removes the file or flat directory at exit, unless pulse_temporary_keep comes first: for the ways
 * out that do not return, such as running out of memory. */
void pulse_temporary_remember(const char *path);
void pulse_temporary_keep(const char *path);

int pulse_file_write(const char *path, const void *bytes, size_t size, pulse_failure *failure);
/* The whole file with a NUL after it; the caller frees it. Larger than `limit` is an error. */
int pulse_file_read(const char *path, size_t limit, uint8_t **bytes, size_t *size,
                    pulse_failure *failure);
/* Syncs `temporary` and renames it to `path`. */
int pulse_file_commit(const char *temporary, const char *path, pulse_failure *failure);

int pulse_directory_make(const char *path, pulse_failure *failure); /* parents too; may exist */
/* Whether a bundle may be written to `path`: nothing there, an empty directory, or a bundle. */
int pulse_directory_replaceable(const char *path, pulse_failure *failure);
/* Puts the directory `temporary` in the place of `path`, whose files are then removed. */
int pulse_directory_commit(const char *temporary, const char *path, pulse_failure *failure);
/* Removes a file, or a directory and the files in it. Subdirectories are left. */
void pulse_path_remove(const char *path);

#endif
