#include "lyrics/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Longer names are cut: no song is called so. */
#define LONGEST_NAME ((size_t)1024)
enum { MOST_WORDS = 200, MOST_ARTISTS = 32 };

typedef struct word {
    const char *text;
    size_t size;
} word;

typedef struct words {
    word items[MOST_WORDS];
    size_t count;
} words;

static bool is(word w, const char *text)
{
    return strlen(text) == w.size && memcmp(w.text, text, w.size) == 0;
}

static bool is_one_of(word w, const char *const *list)
{
    for (; *list; ++list) {
        if (is(w, *list))
            return true;
    }
    return false;
}

static void split(const char *folded, words *out)
{
    out->count = 0;
    while (*folded && out->count < MOST_WORDS) {
        const size_t size = strcspn(folded, " ");
        if (size)
            out->items[out->count++] = (word){folded, size};
        folded += size + (folded[size] == ' ');
    }
}

/* The folded name, to be freed by pulse_string_free. */
static char *fold(const char *name, size_t size, pulse_name_form form)
{
    char *folded = NULL;
    if (pulse_name_fold(name, size < LONGEST_NAME ? size : LONGEST_NAME, form, &folded, NULL) !=
        PULSE_OK) {
        fputs("playlistpulse: out of memory\n", stderr);
        exit(PULSE_EXIT_FAILED);
    }
    return folded;
}

static void append_word(pulse_text *out, const char *text, size_t size)
{
    if (out->size)
        pulse_text_append(out, " ", 1);
    pulse_text_append(out, text, size);
}

/* ---- Titles --------------------------------------------------------------------------------- */

/* Of the words that tell versions apart, those after which other words may be sung. */
static const char *const matters[] = {"live",      "unplugged", "acoustic",    "demo",
                                      "rehearsal", "outtake",   "alternate",   "alternative",
                                      "session",   "sessions",  "performance", NULL};

/* How words of titles are spelled alike: "pt. II" is "part 2", "rock 'n' roll" "rock and roll". */
static word spelled(const words *in, size_t at)
{
    static const char *const parts[] = {"part", "pt", "vol", "volume", NULL};
    static const char *const romans[][2] = {{"i", "1"},  {"ii", "2"}, {"iii", "3"},
                                            {"iv", "4"}, {"v", "5"},  {"vi", "6"}};
    const word w = in->items[at];
    if (is(w, "pt"))
        return (word){"part", 4};
    if (is(w, "vol"))
        return (word){"volume", 6};
    if (is(w, "n") && at > 0 && at + 1 < in->count)
        return (word){"and", 3};
    if (at > 0 && is_one_of(in->items[at - 1], parts)) {
        for (size_t i = 0; i < sizeof romans / sizeof *romans; ++i) {
            if (is(w, romans[i][0]))
                return (word){romans[i][1], 1};
        }
    }
    return w;
}

static size_t times(const words *in, word w)
{
    size_t count = 0;
    for (size_t i = 0; i < in->count; ++i)
        count += in->items[i].size == w.size && memcmp(in->items[i].text, w.text, w.size) == 0;
    return count;
}

/* The words that matter and were dropped as notes on the version. */
static void put_version(const words *whole, const words *work, pulse_text *out)
{
    for (const char *const *note = matters; *note; ++note) {
        const word w = {*note, strlen(*note)};
        if (times(whole, w) > times(work, w))
            append_word(out, w.text, w.size);
    }
}

static void read_title(const char *title, pulse_text *name, pulse_text *version)
{
    char *whole = fold(title, strlen(title), PULSE_NAME_WHOLE);
    char *work = fold(title, strlen(title), PULSE_NAME_WORK);
    words in_whole, in_work;
    split(whole, &in_whole);
    split(work, &in_work);
    pulse_text_append(name, "", 0);
    pulse_text_append(version, "", 0);
    for (size_t i = 0; i < in_work.count; ++i) {
        const word w = spelled(&in_work, i);
        append_word(name, w.text, w.size);
    }
    put_version(&in_whole, &in_work, version);
    pulse_string_free(whole);
    pulse_string_free(work);
}

/* "rock and roll" and "rockandroll": blanks are typed differently, too. */
static bool same_but_blanks(const char *a, const char *b)
{
    for (;;) {
        while (*a == ' ')
            ++a;
        while (*b == ' ')
            ++b;
        if (*a != *b)
            return false;
        if (!*a)
            return true;
        ++a;
        ++b;
    }
}

bool pulse_song_title_matches(const char *wanted, const char *candidate)
{
    pulse_text names[2] = {{0}}, versions[2] = {{0}};
    read_title(wanted, &names[0], &versions[0]);
    read_title(candidate, &names[1], &versions[1]);
    const bool same = names[0].size > 0 ? same_but_blanks(names[0].data, names[1].data) &&
                                              strcmp(versions[0].data, versions[1].data) == 0
                                        : names[1].size == 0 && strcmp(wanted, candidate) == 0;
    for (int i = 0; i < 2; ++i) {
        free(names[i].data);
        free(versions[i].data);
    }
    return same;
}

/* ---- Artists -------------------------------------------------------------------------------- */

/* A credit taken apart. Names are folded, without "the". */
typedef struct credit {
    char *whole;               /* all but the guests, as one name */
    char *names[MOST_ARTISTS]; /* [count] the same, apart */
    size_t count;
    char *guests[MOST_ARTISTS]; /* [guest_count] */
    size_t guest_count;
    bool is_list; /* written as a list, so that the first name is one by itself */
} credit;

static char *artist_name(const char *name, size_t size)
{
    char *folded = fold(name, size, PULSE_NAME_WHOLE);
    char *start = folded;
    size_t bytes = strlen(folded);
    if (bytes > 4 && memcmp(folded, "the ", 4) == 0) {
        start += 4;
        bytes -= 4;
    } else if (bytes > 4 && memcmp(folded + bytes - 4, " the", 4) == 0) {
        bytes -= 4; /* "Beatles, The" */
    }
    char *out = pulse_need_format("%.*s", (int)bytes, start);
    pulse_string_free(folded);
    return out;
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Whether `text` begins with `with` in any case and ends there or goes on with one of `after`. */
static bool starts(const char *text, const char *end, const char *with, const char *after)
{
    for (; *with; ++with, ++text) {
        if (text == end || lower(*text) != *with)
            return false;
    }
    return text == end || strchr(after, *text) != NULL;
}

/* Where the guests begin: " feat. X", " (ft X)", or the end. */
static const char *guests_of(const char *text, const char *end)
{
    static const char *const forms[] = {"featuring", "feat", "ft", NULL};
    for (const char *at = text; at < end; ++at) {
        if (at == text || !strchr(" ([", at[-1]))
            continue;
        for (const char *const *w = forms; *w; ++w) {
            if (starts(at, end, *w, " .:"))
                return at;
        }
    }
    return end;
}

/* The length of what stands between two artists at `at`, or 0. */
static size_t separator(const char *at, const char *end, bool *list)
{
    static const char *const forms[] = {" and ", " with ", " x ", " vs ", " vs. ", NULL};
    if (*at == ';' || *at == '|' || *at == '\x1f') {
        *list = true;
        return 1;
    }
    if (*at == ',' || *at == '&' || *at == '+' || *at == '/')
        return 1;
    for (const char *const *w = forms; *w; ++w) {
        const size_t size = strlen(*w);
        size_t same = 0;
        while (same < size && at + same < end && lower(at[same]) == (*w)[same])
            ++same;
        if (same == size)
            return size;
    }
    return 0;
}

static void add_name(const char *from, const char *to, char **names, size_t *count)
{
    char *name = artist_name(from, (size_t)(to - from));
    if (name[0] && *count < MOST_ARTISTS)
        names[(*count)++] = name;
    else
        free(name);
}

static void split_names(const char *text, const char *end, char **names, size_t *count, bool *list)
{
    const char *start = text;
    for (const char *at = text; at < end;) {
        const size_t size = separator(at, end, list);
        if (size) {
            add_name(start, at, names, count);
            start = at += size;
        } else {
            ++at;
        }
    }
    if (start < end)
        add_name(start, end, names, count);
}

static const char *after_word(const char *at, const char *end)
{
    while (at < end && !strchr(" .:", *at))
        ++at;
    while (at < end && strchr(" .:", *at))
        ++at;
    return at;
}

static void read_credit(const char *text, credit *out)
{
    *out = (credit){0};
    const size_t size = strlen(text);
    const char *end = text + (size < LONGEST_NAME ? size : LONGEST_NAME);
    const char *guests = guests_of(text, end);
    bool ignored = false;
    out->whole = artist_name(text, (size_t)(guests - text));
    split_names(text, guests, out->names, &out->count, &out->is_list);
    if (guests < end)
        split_names(after_word(guests, end), end, out->guests, &out->guest_count, &ignored);
}

static void free_credit(credit *in)
{
    free(in->whole);
    for (size_t i = 0; i < in->count; ++i)
        free(in->names[i]);
    for (size_t i = 0; i < in->guest_count; ++i)
        free(in->guests[i]);
}

static bool has_name(char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; ++i) {
        if (same_but_blanks(names[i], name))
            return true;
    }
    return false;
}

/* Whether some way of crediting the candidate names that artist. */
static bool is_credited(const credit *candidate, size_t count, const char *name)
{
    for (size_t i = 0; i < count; ++i) {
        if (same_but_blanks(candidate[i].whole, name) ||
            has_name(candidate[i].names, candidate[i].count, name) ||
            has_name(candidate[i].guests, candidate[i].guest_count, name))
            return true;
    }
    return false;
}

/* The first is the first, and everybody else is there. */
static bool names_all(const credit *wanted, const credit *candidate, size_t count)
{
    const credit *primary = &candidate[0];
    if (wanted->count < 2 || primary->count == 0 ||
        !(same_but_blanks(wanted->names[0], primary->whole) ||
          same_but_blanks(wanted->names[0], primary->names[0])))
        return false;
    for (size_t i = 1; i < wanted->count; ++i) {
        if (!is_credited(candidate, count, wanted->names[i]))
            return false;
    }
    return true;
}

/* "A & B", where the catalogue says "A feat. B". */
static bool is_with_guests(const credit *wanted, const credit *primary)
{
    if (primary->count < 2 || !same_but_blanks(wanted->whole, primary->names[0]))
        return false;
    for (size_t i = 1; i < primary->count; ++i) {
        if (!has_name(wanted->guests, wanted->guest_count, primary->names[i]))
            return false;
    }
    return true;
}

static bool matches(const credit *wanted, const credit *candidate, size_t count)
{
    if (!wanted->whole[0])
        return false;
    /* The primary credit, or another way of writing all of it: an "other" that is one name may be a
     * guest's. */
    for (size_t i = 0; i < count; ++i) {
        if ((i == 0 || candidate[i].count > 1) &&
            same_but_blanks(wanted->whole, candidate[i].whole))
            return true;
    }
    if (wanted->is_list && wanted->count > 0 &&
        same_but_blanks(wanted->names[0], candidate[0].whole))
        return true;
    return names_all(wanted, candidate, count) || is_with_guests(wanted, &candidate[0]);
}

bool pulse_song_artist_matches(const char *wanted, const char *primary, const char *const *others,
                               size_t count)
{
    enum { CREDITS = 12 };
    credit asked, candidate[CREDITS];
    read_credit(wanted, &asked);
    read_credit(primary, &candidate[0]);
    size_t credits = 1;
    for (size_t i = 0; i < count && credits < CREDITS; ++i)
        read_credit(others[i], &candidate[credits++]);
    const bool same = matches(&asked, candidate, credits);
    free_credit(&asked);
    for (size_t i = 0; i < credits; ++i)
        free_credit(&candidate[i]);
    return same;
}

char *pulse_song_first_artist(const char *artist)
{
    const size_t size = strlen(artist);
    const char *end = artist + (size < LONGEST_NAME ? size : LONGEST_NAME);
    const char *guests = guests_of(artist, end);
    const size_t list = strcspn(artist, ";|\x1f");
    size_t bytes = (size_t)(guests - artist) < list ? (size_t)(guests - artist) : list;
    while (bytes > 0 && strchr(" ([,", artist[bytes - 1]))
        --bytes;
    return pulse_need_format("%.*s", (int)bytes, artist);
}

/* ---- Keys ----------------------------------------------------------------------------------- */

void pulse_song_key_make(const char *artist, const char *title, pulse_song_key *out)
{
    pulse_text name = {0}, version = {0};
    read_title(title, &name, &version);
    credit asked;
    read_credit(artist, &asked);
    *out = (pulse_song_key){name.data, version.data, pulse_need_text(asked.whole)};
    free_credit(&asked);
}

void pulse_song_key_free(pulse_song_key *key)
{
    free(key->title);
    free(key->version);
    free(key->artist);
    *key = (pulse_song_key){0};
}

bool pulse_song_key_is_usable(const pulse_song_key *key)
{
    return key->title[0] && key->artist[0];
}
