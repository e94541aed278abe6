#include "lyrics/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/log.h"

#define LONGEST_TOKEN 1024

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What may stand in a header: one line of visible ASCII. Where it is from, but not what it is, is
 * said. */
static int take(const char *text, size_t size, const char *from, char **token,
                pulse_failure *failure)
{
    while (size > 0 && is_blank(text[size - 1]))
        --size;
    while (size > 0 && is_blank(text[0])) {
        ++text;
        --size;
    }
    if (size == 0)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE, "the access token in %s is empty",
                                 from);
    for (size_t i = 0; i < size; ++i) {
        if (text[i] <= ' ' || text[i] > '~')
            return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                     "what is in %s is no access token: one word of letters, "
                                     "digits and signs is expected, and nothing else",
                                     from);
    }
    if (size > LONGEST_TOKEN)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "what is in %s is too long for an access token", from);
    *token = pulse_need(size + 1, 1);
    memcpy(*token, text, size);
    return 0;
}

/* Messages do not say the file's name: whoever gave the token itself instead would find it there.
 */
static int read_file(const char *file, char **token, pulse_failure *failure)
{
    char text[LONGEST_TOKEN + 64];
    struct stat about;
    const int descriptor = open(file, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "the file that --token-file names cannot be opened: %s (the token "
                                 "itself is no argument, which others could see)",
                                 strerror(errno));
    size_t size = 0;
    ssize_t got = 1;
    while (size < sizeof text && got > 0) {
        got = read(descriptor, text + size, sizeof text - size);
        size += got > 0 ? (size_t)got : 0;
    }
    const int reason = errno;
    const bool open_to_others = fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) &&
                                (about.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    close(descriptor);
    if (got < 0)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "the file that --token-file names cannot be read: %s",
                                 strerror(reason));
    if (open_to_others)
        pulse_warn("others can read the file with the access token; chmod 600 keeps it to "
                   "yourself");
    const int code = take(text, size, "the file that --token-file names", token, failure);
    memset(text, 0, sizeof text);
    return code;
}

int pulse_token_read(const char *file, const char *variable, char **token, pulse_failure *failure)
{
    *token = NULL;
    if (file)
        return read_file(file, token, failure);
    const char *text = getenv(variable);
    if (!text || !text[0])
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "an access token of your own is needed, in the environment's %s "
                                 "or in a file that --token-file names; https://genius.com/"
                                 "api-clients gives one",
                                 variable);
    return take(text, strlen(text), variable, token, failure);
}

void pulse_token_free(char *token)
{
    if (!token)
        return;
    for (volatile char *at = token; *at; ++at)
        *at = 0;
    free(token);
}
