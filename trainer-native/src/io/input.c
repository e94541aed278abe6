#include "io/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/memory.h"

struct pulse_input {
    gzFile file;
    char *name;
};

int pulse_input_open(const char *path, pulse_input **out, pulse_failure *failure)
{
    *out = NULL;
    const bool standard = strcmp(path, "-") == 0;
    const int descriptor = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    const char *name = standard ? "standard input" : path;
    struct stat about;
    if (descriptor < 0)
        return pulse_failure_system(failure, PULSE_EXIT_INPUT, errno, "%s", name);
    if (fstat(descriptor, &about) == 0 && S_ISDIR(about.st_mode)) {
        close(descriptor);
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: is a directory; a file is needed",
                                 name);
    }
    gzFile file = gzdopen(descriptor, "rb");
    if (!file) {
        close(descriptor);
        return pulse_failure_set(failure, PULSE_EXIT_FAILED, "%s: out of memory", name);
    }
    gzbuffer(file, 1u << 18);
    pulse_input *input = pulse_need(1, sizeof *input);
    input->file = file;
    input->name = pulse_need_text(name);
    *out = input;
    return 0;
}

int pulse_input_read(pulse_input *input, void *bytes, size_t size, size_t *count,
                     pulse_failure *failure)
{
    const int got = gzread(input->file, bytes, (unsigned)size);
    int status = Z_OK;
    const char *message = gzerror(input->file, &status);
    *count = got > 0 ? (size_t)got : 0;
    if (got >= 0 && (size_t)got == size)
        return 0;
    if (status == Z_BUF_ERROR)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: the gzip file is cut short; copy or download it again",
                                 input->name);
    if (status == Z_ERRNO)
        return pulse_failure_system(failure, PULSE_EXIT_INPUT, errno, "%s", input->name);
    if (got < 0 || (status != Z_OK && status != Z_STREAM_END))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: the gzip file is damaged (%s); copy or download it again",
                                 input->name, message);
    return 0;
}

const char *pulse_input_name(const pulse_input *input)
{
    return input->name;
}

void pulse_input_close(pulse_input *input)
{
    if (!input)
        return;
    gzclose_r(input->file);
    free(input->name);
    free(input);
}
