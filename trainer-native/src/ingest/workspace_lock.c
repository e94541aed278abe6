#define _GNU_SOURCE /* flock */
#include "ingest/workspace_lock.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/log.h"
#include "io/files.h"

/* Names as pulse_temporary_name makes them, and SQLite's journal of one. */
static bool is_temporary(const char *name)
{
    const char *mark = strstr(name, ".tmp-");
    if (!mark)
        return false;
    const char *at = mark + strlen(".tmp-");
    if (!isdigit((unsigned char)*at))
        return false;
    while (isdigit((unsigned char)*at))
        ++at;
    return *at == 0 || strcmp(at, "-journal") == 0;
}

/* Nobody else is at work here, so what is half-written will never be finished. */
static void remove_leftovers(const char *workspace)
{
    DIR *directory = opendir(workspace);
    if (!directory)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (is_temporary(entry->d_name) && unlinkat(dirfd(directory), entry->d_name, 0) == 0)
            pulse_log_detail("%s: removed %s, which a run that was killed has left", workspace,
                             entry->d_name);
    }
    closedir(directory);
}

/* Whether the directory that is open is still the one of that name: another program may have made
 * it, found nothing to put into it, and removed it meanwhile. */
static bool is_there(int descriptor, const char *workspace)
{
    struct stat open, named;
    return fstat(descriptor, &open) == 0 && stat(workspace, &named) == 0 &&
           open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

static int take(const char *workspace, pulse_workspace_use use, pulse_workspace_lock *out,
                pulse_failure *failure)
{
    const int descriptor = open(workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        if (use != PULSE_WORKSPACE_MAKE)
            return 0;
        return pulse_failure_system(failure, PULSE_EXIT_FAILED, errno, "%s: cannot open",
                                    workspace);
    }
    if (flock(descriptor, (use == PULSE_WORKSPACE_READ ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0) {
        out->descriptor = descriptor;
        return 0;
    }
    const bool taken = errno == EWOULDBLOCK;
    close(descriptor);
    if (!taken)
        return 0;
    pulse_failure_set(failure, PULSE_EXIT_FAILED, "%s: another playlistpulse is at work in it",
                      workspace);
    pulse_failure_advise(failure, "wait until it has ended, or choose another --work");
    return PULSE_EXIT_FAILED;
}

int pulse_workspace_lock_take(const char *workspace, pulse_workspace_use use,
                              pulse_workspace_lock *out, pulse_failure *failure)
{
    enum { TURNS = 10 };
    int code = 0;
    for (int turn = 0; turn < TURNS; ++turn) {
        out->descriptor = -1;
        if (use == PULSE_WORKSPACE_MAKE)
            code = pulse_directory_make(workspace, failure);
        if (!code)
            code = take(workspace, use, out, failure);
        if (code || out->descriptor < 0 || is_there(out->descriptor, workspace))
            break;
        pulse_workspace_lock_release(out);
    }
    if (!code && use != PULSE_WORKSPACE_READ && out->descriptor >= 0) {
        if (faccessat(out->descriptor, ".", W_OK | X_OK, 0) != 0) {
            code = pulse_failure_system(failure, PULSE_EXIT_FAILED, errno, "%s: cannot write in it",
                                        workspace);
            pulse_workspace_lock_release(out);
        } else {
            remove_leftovers(workspace);
        }
    }
    return code;
}

void pulse_workspace_lock_release(pulse_workspace_lock *lock)
{
    if (lock->descriptor >= 0)
        close(lock->descriptor);
    lock->descriptor = -1;
}
