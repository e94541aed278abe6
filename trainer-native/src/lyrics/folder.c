/*
 * A folder of files named "Artist - Title.txt" or ".lrc". Only plain files in the folder itself
 * count: symbolic links are not followed, pipes and devices not opened, huge files not read.
 */
#define _DEFAULT_SOURCE /* DT_LNK, d_type */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/log.h"
#include "lyrics/sources.h"

#define LARGEST_FILE ((size_t)1 << 20)
#define MOST_FILES ((size_t)10 << 20)
/* Dashes in a name at which it may be parted into artist and title. */
#define MOST_DASHES 3

typedef struct entry {
    char *key;  /* artist, title and version as they are compared */
    char *file; /* its name; the same for all entries of a file, and the first one's to free */
    bool first;
} entry;

typedef struct folder {
    int descriptor; /* of the directory */
    char *path;
    entry *entries; /* [count] by key, then file */
    size_t count, room;
    uint32_t files, links, odd, unnamed; /* texts; links; what cannot be read; no " - " */
} folder;

static char *key_text(const pulse_song_key *key)
{
    return pulse_need_format("%s\n%s\n%s", key->artist, key->title, key->version);
}

static void add(folder *in, const char *artist, const char *title, char *file, bool first)
{
    pulse_song_key key;
    pulse_song_key_make(artist, title, &key);
    if (in->count == in->room) {
        in->room = in->room ? in->room * 2 : 256;
        in->entries = pulse_need_more(in->entries, in->room, sizeof *in->entries);
    }
    in->entries[in->count++] = (entry){key_text(&key), file, first};
    pulse_song_key_free(&key);
}

/* The length of the dash with blanks around it that begins at `at`, or 0. */
static size_t dash(const char *at)
{
    static const char *const dashes[] = {" - ", " \xe2\x80\x93 ", " \xe2\x80\x94 "};
    for (size_t i = 0; i < sizeof dashes / sizeof *dashes; ++i) {
        if (strncmp(at, dashes[i], strlen(dashes[i])) == 0)
            return strlen(dashes[i]);
    }
    return 0;
}

static bool is_text_name(const char *name, size_t *stem)
{
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name)
        return false;
    *stem = (size_t)(dot - name);
    return strcasecmp(dot, ".txt") == 0 || strcasecmp(dot, ".lrc") == 0;
}

/* "A - B - C" is B - C by A, or C by A - B: both are kept, and a song asks for one of them. */
static void add_file(folder *in, const char *name, size_t stem)
{
    char *bare = pulse_need_format("%.*s", (int)stem, name);
    char *file = pulse_need_text(name);
    int dashes = 0;
    for (char *at = bare; *at && dashes < MOST_DASHES; ++at) {
        const size_t size = dash(at);
        if (size == 0)
            continue;
        *at = 0;
        add(in, bare, at + size, file, dashes == 0);
        *at = ' ';
        ++dashes;
    }
    free(bare);
    if (dashes > 0) {
        ++in->files;
    } else {
        ++in->unnamed;
        free(file);
    }
}

static int by_key(const void *a, const void *b)
{
    const entry *left = a, *right = b;
    const int order = strcmp(left->key, right->key);
    if (order)
        return order;
    /* A text before its timed twin. */
    const char *left_dot = strrchr(left->file, '.'), *right_dot = strrchr(right->file, '.');
    const int kind = -strcasecmp(left_dot, right_dot);
    return kind ? kind : strcmp(left->file, right->file);
}

static int cannot(const folder *in, const char *what, pulse_failure *failure)
{
    return pulse_failure_set(failure, PULSE_EXIT_INPUT, "--lyrics folder:%s: %s: %s", in->path,
                             what, strerror(errno));
}

static int list(folder *in, pulse_failure *failure)
{
    in->descriptor = open(in->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (in->descriptor < 0)
        return cannot(in, "cannot be opened", failure);
    const int copy = dup(in->descriptor);
    DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    if (!directory) {
        if (copy >= 0)
            close(copy);
        return cannot(in, "cannot be read", failure);
    }
    const struct dirent *item;
    errno = 0;
    while ((item = readdir(directory)) != NULL && in->count < MOST_FILES) {
        size_t stem;
        if (!is_text_name(item->d_name, &stem))
            continue;
        if (item->d_type == DT_LNK)
            ++in->links;
        else if (item->d_type != DT_REG && item->d_type != DT_UNKNOWN)
            ++in->odd;
        else
            add_file(in, item->d_name, stem);
        errno = 0;
    }
    const int code = !item && errno ? cannot(in, "cannot be read", failure) : 0;
    closedir(directory);
    if (in->count > 0)
        qsort(in->entries, in->count, sizeof *in->entries, by_key);
    return code;
}

/* The file's text, or NULL where it is none that we read. */
static char *read_file(folder *in, const char *name, size_t *bytes)
{
    /* Not to wait for the other end of a pipe that took a file's place. */
    const int descriptor =
        openat(in->descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat about;
    char *text = NULL;
    size_t size = 0;
    if (descriptor >= 0 && fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) &&
        about.st_size >= 0 && (uint64_t)about.st_size <= LARGEST_FILE) {
        const size_t room = (size_t)about.st_size;
        text = pulse_need(room + 1, 1);
        ssize_t got;
        while (size < room && ((got = read(descriptor, text + size, room - size)) > 0 ||
                               (got < 0 && errno == EINTR)))
            size += got > 0 ? (size_t)got : 0;
    } else {
        pulse_warn("%s/%s: is no file of lyrics (at most 1 MiB, and no link): it is left out",
                   in->path, name);
    }
    if (descriptor >= 0)
        close(descriptor);
    *bytes = size;
    return text;
}

static const entry *search(const folder *in, const char *key)
{
    size_t low = 0, high = in->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(in->entries[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < in->count && strcmp(in->entries[low].key, key) == 0 ? &in->entries[low] : NULL;
}

static const entry *search_song(const folder *in, const char *artist, const char *title)
{
    pulse_song_key key;
    pulse_song_key_make(artist, title, &key);
    const entry *found = NULL;
    if (pulse_song_key_is_usable(&key)) {
        char *text = key_text(&key);
        found = search(in, text);
        free(text);
    }
    pulse_song_key_free(&key);
    return found;
}

static int find(void *self, const pulse_lyrics_song *song, pulse_lyrics_answer *answer,
                pulse_failure *failure)
{
    (void)failure;
    folder *in = self;
    answer->outcome = PULSE_ANSWER_NOT_FOUND;
    const entry *found = search_song(in, song->artist, song->title);
    if (!found) {
        char *first = pulse_song_first_artist(song->lead);
        if (strcmp(first, song->artist) != 0)
            found = search_song(in, first, song->title);
        free(first);
    }
    if (!found)
        return 0;
    answer->text = read_file(in, found->file, &answer->bytes);
    if (answer->text)
        answer->outcome = PULSE_ANSWER_FOUND;
    return 0;
}

static void close_folder(void *self)
{
    folder *in = self;
    for (size_t i = 0; i < in->count; ++i) {
        free(in->entries[i].key);
        if (in->entries[i].first)
            free(in->entries[i].file);
    }
    if (in->descriptor >= 0)
        close(in->descriptor);
    free(in->entries);
    free(in->path);
    free(in);
}

int pulse_lyrics_folder_open(const char *directory, pulse_lyrics_provider *out,
                             pulse_failure *failure)
{
    folder *in = pulse_need(1, sizeof *in);
    in->descriptor = -1;
    in->path = pulse_need_text(directory);
    *out = (pulse_lyrics_provider){
        .name = "folder", .needs_names = true, .self = in, .find = find, .close = close_folder};
    const int code = list(in, failure);
    if (code)
        return code;
    pulse_note("lyrics: %s has %u texts", in->path, in->files);
    if (in->unnamed > 0)
        pulse_warn("%s: %u texts are not named \"Artist - Title\"; they are left out", in->path,
                   in->unnamed);
    if (in->links + in->odd > 0)
        pulse_warn("%s: %u links and other things that are no plain files are left out", in->path,
                   in->links + in->odd);
    return 0;
}
