#include "io/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 65536u
#define LINE_LIMIT ((size_t)1 << 29)

int pulse_lines_open(const char *path, pulse_lines *out, pulse_failure *failure)
{
    const bool standard = strcmp(path, "-") == 0;
    *out = (pulse_lines){.name = pulse_need_text(standard ? "standard input" : path)};
    out->descriptor = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (out->descriptor < 0)
        return pulse_failure_system(failure, PULSE_EXIT_INPUT, errno, "%s", out->name);
    if (fstat(out->descriptor, &about) == 0 && S_ISDIR(about.st_mode))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: is a directory; a file of texts is needed", out->name);
    return 0;
}

void pulse_lines_close(pulse_lines *lines)
{
    if (lines->name && lines->descriptor >= 0)
        close(lines->descriptor);
    free(lines->name);
    free(lines->block.data);
    *lines = (pulse_lines){0};
}

static int read_more(pulse_lines *lines, pulse_failure *failure)
{
    pulse_text *block = &lines->block;
    if (lines->at > 0) {
        memmove(block->data, block->data + lines->at, block->size - lines->at);
        block->size -= lines->at;
        lines->seen -= lines->at;
        lines->at = 0;
    }
    if (block->size > LINE_LIMIT)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: a line is longer than %zu MiB; each must be one text",
                                 lines->name, LINE_LIMIT >> 20);
    char room[BLOCK];
    ssize_t got;
    do
        got = read(lines->descriptor, room, sizeof room);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return pulse_failure_system(failure, PULSE_EXIT_INPUT, errno, "%s", lines->name);
    if (got == 0)
        lines->ended = true;
    else
        pulse_text_append(block, room, (size_t)got);
    return 0;
}

/* The end of the line that starts at `at`, where it is in the block. */
static const char *line_end(const pulse_lines *lines)
{
    if (lines->seen >= lines->block.size)
        return NULL;
    return memchr(lines->block.data + lines->seen, '\n', lines->block.size - lines->seen);
}

bool pulse_lines_ready(const pulse_lines *lines)
{
    return lines->ended || line_end(lines) != NULL;
}

int pulse_lines_next(pulse_lines *lines, const char **line, size_t *bytes, pulse_failure *failure)
{
    *line = NULL;
    *bytes = 0;
    const char *end;
    while ((end = line_end(lines)) == NULL && !lines->ended) {
        lines->seen = lines->block.size;
        const int code = read_more(lines, failure);
        if (code)
            return code;
    }
    const size_t stop = end ? (size_t)(end - lines->block.data) : lines->block.size;
    if (!end && stop == lines->at)
        return 0;
    *line = lines->block.data + lines->at;
    *bytes = stop - lines->at;
    lines->at = lines->seen = end ? stop + 1 : stop;
    return 0;
}
