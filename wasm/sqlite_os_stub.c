/*
 * What SQLite asks of its operating system when there are no files.
 *
 * The catalogue is opened from memory, with sqlite3_open_v2(":memory:") and sqlite3_deserialize(),
 * and temporary tables stay in memory (SQLITE_TEMP_STORE=3), so SQLite is built with
 * SQLITE_OS_OTHER=1 and gets this instead of its Unix layer. SQLite still wants one VFS to be
 * there, for the time and for random bytes, and its memory VFS sits on top of it. This one refuses
 * every file.
 */
#include <sqlite3.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int sqlite3_os_init(void);
int sqlite3_os_end(void);

/* SQLite's clock counts milliseconds of the Julian day; 1970-01-01 00:00 UTC is day 2440587.5. */
#define UNIX_EPOCH_JULIAN_MS ((sqlite3_int64)210866760000000)

enum { LONGEST_PATH = 512 };

static int stub_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                     int *out_flags)
{
    (void)vfs;
    (void)name;
    (void)flags;
    (void)out_flags;
    file->pMethods = NULL; /* so that SQLite does not close what was never open */
    return SQLITE_CANTOPEN;
}

static int stub_delete(sqlite3_vfs *vfs, const char *name, int sync_directory)
{
    (void)vfs;
    (void)name;
    (void)sync_directory;
    return SQLITE_IOERR_DELETE_NOENT;
}

static int stub_access(sqlite3_vfs *vfs, const char *name, int flags, int *exists)
{
    (void)vfs;
    (void)name;
    (void)flags;
    *exists = 0;
    return SQLITE_OK;
}

static int stub_full_pathname(sqlite3_vfs *vfs, const char *name, int capacity, char *out)
{
    (void)vfs;
    const size_t length = strlen(name);
    if (capacity <= 0 || length >= (size_t)capacity) {
        return SQLITE_CANTOPEN;
    }
    memcpy(out, name, length + 1);
    return SQLITE_OK;
}

/* Returns how many of the bytes are random. getentropy() gives at most 256 at a time. */
static int stub_randomness(sqlite3_vfs *vfs, int count, char *out)
{
    (void)vfs;
    int done = 0;
    while (done < count) {
        const int part = count - done < 256 ? count - done : 256;
        if (getentropy(out + done, (size_t)part) != 0) {
            break;
        }
        done += part;
    }
    return done;
}

/* There is nobody to wait for: one thread, one connection. */
static int stub_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    (void)microseconds;
    return 0;
}

static int stub_current_time_int64(sqlite3_vfs *vfs, sqlite3_int64 *julian_ms)
{
    (void)vfs;
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
        return SQLITE_ERROR;
    }
    *julian_ms = UNIX_EPOCH_JULIAN_MS + (sqlite3_int64)now.tv_sec * 1000 +
                 (sqlite3_int64)now.tv_nsec / 1000000;
    return SQLITE_OK;
}

static int stub_current_time(sqlite3_vfs *vfs, double *julian_day)
{
    sqlite3_int64 julian_ms = 0;
    const int status = stub_current_time_int64(vfs, &julian_ms);
    *julian_day = (double)julian_ms / 86400000.0;
    return status;
}

static int stub_get_last_error(sqlite3_vfs *vfs, int capacity, char *out)
{
    (void)vfs;
    (void)capacity;
    (void)out;
    return 0;
}

int sqlite3_os_init(void)
{
    /* Static because SQLite keeps the pointer and links its list of VFSs through the struct. */
    static sqlite3_vfs vfs = {
        .iVersion = 2,
        .szOsFile = (int)sizeof(sqlite3_file),
        .mxPathname = LONGEST_PATH,
        .zName = "none",
        .xOpen = stub_open,
        .xDelete = stub_delete,
        .xAccess = stub_access,
        .xFullPathname = stub_full_pathname,
        .xRandomness = stub_randomness,
        .xSleep = stub_sleep,
        .xCurrentTime = stub_current_time,
        .xGetLastError = stub_get_last_error,
        .xCurrentTimeInt64 = stub_current_time_int64,
    };
    return sqlite3_vfs_register(&vfs, 1);
}

int sqlite3_os_end(void)
{
    return SQLITE_OK;
}
