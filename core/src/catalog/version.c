/*
 * Which part of a title says only which version of a recording this is. Notes stand in brackets,
 * after a dash, or bare at the end. A note in brackets or after a dash is one when it is made of
 * nothing but the words below (so "live forever" and "live a little" stay titles); what may stand
 * bare is a shorter list, because there most words belong to the title ("how do I live").
 */
#include "base/error.h"
#include "catalog/text.h"

#include <stdint.h>
#include <string.h>

enum {
    NOTE_WORDS = 48,    /* a longer note is read up to here */
    NOTE_ATTEMPTS = 12, /* brackets and dashes looked at in one title: keeps the time linear */
};

typedef struct word {
    const char *text;
    size_t size;
} word;

typedef struct words {
    word items[NOTE_WORDS];
    size_t count;
} words;

static bool word_is(word w, const char *text)
{
    return strlen(text) == w.size && memcmp(w.text, text, w.size) == 0;
}

static bool word_in(word w, const char *const *list)
{
    for (; *list; ++list) {
        if (word_is(w, *list))
            return true;
    }
    return false;
}

/* Enough on their own: "(demo)". */
static const char *const SUFFICIENT[] = {
    "live",        "remaster",    "remastered", "remasterd", "remastering", "rerecorded",
    "rerecording", "unplugged",   "acoustic",   "demo",      "mono",        "stereo",
    "alternate",   "alternative", "bonus",      "deluxe",    "explicit",    "clean",
    "edit",        "edited",      "version",    "extended",  "uncensored",  "censored",
    "outtake",     "rehearsal",   NULL};

/* Need another word of these lists beside them: "(radio mix)", but not "(mix)". */
static const char *const NOUNS[] = {"mix",         "take",       "recording", "edition", "cut",
                                    "performance", "session",    "sessions",  "single",  "album",
                                    "original",    "soundtrack", NULL};

static const char *const QUALIFIERS[] = {
    "radio",      "lp",    "ep",          "digital", "digitally", "newly",    "full",
    "length",     "short", "long",        "studio",  "video",     "us",       "uk",
    "inch",       "track", "special",     "extra",   "re",        "recorded", "bbc",
    "mtv",        "peel",  "kexp",        "the",     "a",         "and",      "new",
    "bit",        "early", "anniversary", "taylors", "motion",    "picture",  "previously",
    "unreleased", "tv",    "movie",       "film",    NULL};

/* "live in ..." is a note when a place follows, and a title when one of these does. */
static const char *const LIVED_IN[] = {"my",      "your", "our",  "his",  "her",  "me",
                                       "you",     "us",   "it",   "love", "fear", "peace",
                                       "harmony", "sin",  "this", "that", "a",    NULL};

static const char *const LIVED_IN_THE[] = {"moment",  "past",   "now",  "sun",     "light",
                                           "present", "future", "city", "country", NULL};

/* "(with ...)" names a guest, unless it goes on like a sentence. */
static const char *const NO_GUEST[] = {
    "you",    "me",       "my",        "your",       "yours",    "him",      "her",
    "his",    "us",       "our",       "them",       "their",    "it",       "its",
    "this",   "that",     "a",         "an",         "no",       "or",       "out",
    "all",    "every",    "each",      "love",       "these",    "those",    "some",
    "any",    "someone",  "somebody",  "anyone",     "anybody",  "everyone", "everybody",
    "nobody", "nothing",  "something", "everything", "anything", "just",     "only",
    "myself", "yourself", NULL};

/* Nor where these are anywhere in it. */
static const char *const ADDRESSED[] = {"i",  "im",   "ill",  "ive",  "you",   "youre", "youve",
                                        "me", "my",   "your", "we",   "were",  "us",    "our",
                                        "is", "dont", "cant", "wont", "never", NULL};

static const char *const SOURCES[] = {"motion", "picture", "soundtrack", "film",
                                      "movie",  "musical", "broadway",   "tv",
                                      "series", "vault",   "cast",       NULL};

static void split(const pulse_buffer *folded, words *out)
{
    out->count = 0;
    size_t i = 0;
    while (i < folded->size && out->count < NOTE_WORDS) {
        const char *end = memchr(folded->data + i, ' ', folded->size - i);
        size_t size = end ? (size_t)(end - (folded->data + i)) : folded->size - i;
        if (size)
            out->items[out->count++] = (word){folded->data + i, size};
        i += size + 1;
    }
}

/* "2011", "45", "7", "50th": at most four digits and an ordinal's ending. */
static bool is_number(word w)
{
    size_t digits = 0;
    while (digits < w.size && w.text[digits] >= '0' && w.text[digits] <= '9')
        ++digits;
    word rest = {w.text + digits, w.size - digits};
    static const char *const endings[] = {"", "st", "nd", "rd", "th", "s", NULL};
    return digits > 0 && digits <= 4 && word_in(rest, endings);
}

static bool is_note_word(word w)
{
    return is_number(w) || word_in(w, SUFFICIENT) || word_in(w, NOUNS) || word_in(w, QUALIFIERS);
}

/* All of the first `count` words are words that notes are made of. */
static bool only_note_words(const words *w, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        if (!is_note_word(w->items[i]))
            return false;
    }
    return true;
}

static bool made_of_note_words(const words *w)
{
    if (!only_note_words(w, w->count))
        return false;
    size_t nouns = 0;
    for (size_t i = 0; i < w->count; ++i) {
        if (word_in(w->items[i], SUFFICIENT))
            return true;
        nouns += word_in(w->items[i], NOUNS);
        if (i > 0 && word_is(w->items[i], "recorded") && word_is(w->items[i - 1], "re"))
            return true;
    }
    return nouns > 0 && w->count > 1;
}

/* "live at the Apollo", "acoustic, live in Paris", "recorded live from ..." */
static bool is_live_somewhere(const words *w)
{
    for (size_t i = 0; i + 2 < w->count; ++i) {
        if (!word_is(w->items[i], "live"))
            continue;
        if (!only_note_words(w, i))
            return false;
        word at = w->items[i + 1];
        word place = w->items[i + 2];
        if (word_is(at, "at") || word_is(at, "from") || word_is(at, "on"))
            return !word_in(place, NO_GUEST);
        if (!word_is(at, "in") || word_in(place, LIVED_IN))
            return false;
        return !word_is(place, "the") || i + 3 >= w->count ||
               !word_in(w->items[i + 3], LIVED_IN_THE);
    }
    return false;
}

static bool is_feature(word w)
{
    return word_is(w, "feat") || word_is(w, "ft") || word_is(w, "featuring");
}

static bool is_guest(const words *w)
{
    if (w->count < 2)
        return false;
    if (is_feature(w->items[0]))
        return true;
    if (!word_is(w->items[0], "with") || word_in(w->items[1], NO_GUEST))
        return false;
    for (size_t i = 1; i < w->count; ++i) {
        if (word_in(w->items[i], ADDRESSED))
            return false;
    }
    /* "with the Beatles" and "with the lights on": only the second ends in a small word. */
    static const char *const particles[] = {"on", "off", "in", "out", "up", "down", "away", NULL};
    return !word_in(w->items[w->count - 1], particles);
}

static bool is_source(const words *w, bool quoted)
{
    if (w->count < 2 || !word_is(w->items[0], "from"))
        return false;
    if (quoted)
        return true;
    for (size_t i = 1; i < w->count && i < 8; ++i) {
        if (word_in(w->items[i], SOURCES))
            return true;
    }
    return false;
}

/* `from "..."`: what follows the first word is in quotation marks. */
static bool quotes_after_from(const char *text, size_t bytes)
{
    size_t i = 0;
    while (i < bytes && (text[i] == ' ' || text[i] == '\t'))
        ++i;
    if (bytes - i < 6 || (text[i] | 0x20) != 'f')
        return false;
    i += 4;
    while (i < bytes && text[i] == ' ')
        ++i;
    if (i < bytes && (text[i] == '"' || text[i] == '\''))
        return true;
    /* The quotation marks U+2018 .. U+201F. */
    return bytes - i >= 3 && memcmp(text + i, "\xe2\x80", 2) == 0 &&
           (unsigned char)text[i + 2] >= 0x98 && (unsigned char)text[i + 2] <= 0x9f;
}

static bool is_note(const char *text, size_t bytes, pulse_buffer *scratch, bool *is)
{
    scratch->size = 0;
    *is = false;
    if (!pulse_text_fold(text, bytes, scratch))
        return false;
    words w;
    split(scratch, &w);
    *is = w.count > 0 && (made_of_note_words(&w) || is_live_somewhere(&w) || is_guest(&w) ||
                          is_source(&w, quotes_after_from(text, bytes)));
    return true;
}

static char closer_of(char c)
{
    switch (c) {
    case '(':
        return ')';
    case '[':
        return ']';
    case '{':
        return '}';
    default:
        return '\0';
    }
}

/* The end of the bracket that opens at `from`: its closer, or the end of a text that forgot it. */
static size_t bracket_end(const char *text, size_t bytes, size_t from)
{
    char open = text[from];
    char close = closer_of(open);
    size_t depth = 0;
    for (size_t i = from; i < bytes; ++i) {
        if (text[i] == open)
            ++depth;
        else if (text[i] == close && --depth == 0)
            return i;
    }
    return bytes;
}

/* Appends `title` without the brackets that are notes. */
static bool drop_brackets(const char *title, size_t bytes, pulse_buffer *out, pulse_buffer *scratch)
{
    int attempts = 0;
    for (size_t i = 0; i < bytes;) {
        if (closer_of(title[i]) && i > 0 && attempts < NOTE_ATTEMPTS) {
            ++attempts;
            size_t end = bracket_end(title, bytes, i);
            bool note;
            if (!is_note(title + i + 1, end - i - 1, scratch, &note))
                return false;
            if (note) {
                if (!pulse_buffer_append(out, " ", 1))
                    return false;
                i = end < bytes ? end + 1 : bytes;
                continue;
            }
        }
        if (!pulse_buffer_append(out, title + i, 1))
            return false;
        ++i;
    }
    return true;
}

/* The length of a dash with spaces around it at text[i] (" - ", or with an en or em dash), or 0. */
static size_t dash_at(const char *text, size_t bytes, size_t i)
{
    if (bytes - i >= 3 && memcmp(text + i, " - ", 3) == 0)
        return 3;
    if (bytes - i >= 5 && text[i] == ' ' && memcmp(text + i + 1, "\xe2\x80", 2) == 0 &&
        ((unsigned char)text[i + 3] == 0x93 || (unsigned char)text[i + 3] == 0x94) &&
        text[i + 4] == ' ')
        return 5;
    return 0;
}

/* Cuts `title` at the first dash after which there is nothing but a note. */
static bool cut_at_dash(const char *title, size_t *bytes, pulse_buffer *scratch)
{
    int attempts = 0;
    for (size_t i = 1; i < *bytes && attempts < NOTE_ATTEMPTS; ++i) {
        size_t dash = dash_at(title, *bytes, i);
        if (!dash)
            continue;
        ++attempts;
        bool note;
        if (!is_note(title + i + dash, *bytes - i - dash, scratch, &note))
            return false;
        if (note)
            *bytes = i;
    }
    return true;
}

/* Where "feat. X" begins among the words of a title outside its brackets; `first` is the number
 * of the first word it may be at. */
static size_t bare_guest(const words *w, size_t first)
{
    for (size_t i = first; i + 1 < w->count; ++i) {
        /* "20 ft tall" has feet. */
        if (is_feature(w->items[i]) &&
            !(i > 0 && word_is(w->items[i], "ft") && is_number(w->items[i - 1])))
            return i;
    }
    return w->count;
}

/* Where the words at the end of a title begin to be a note that stands bare. */
static size_t bare_note(const words *w)
{
    if (w->count < 2)
        return w->count;
    size_t last = w->count - 1;
    if (is_number(w->items[last]) && w->items[last].size == 4 && last >= 2)
        --last;
    word end = w->items[last];
    if (word_is(end, "remaster") || word_is(end, "remastered")) {
        while (last >= 2 && is_number(w->items[last - 1]))
            --last;
        return last;
    }
    static const char *const makers[] = {"version", "edit", "mix", NULL};
    static const char *const kinds[] = {"radio",    "single", "album",    "mono",     "stereo",
                                        "extended", "live",   "acoustic", "original", NULL};
    if (last == w->count - 1 && last >= 2 && word_in(end, makers) &&
        word_in(w->items[last - 1], kinds))
        return last - 1;
    return w->count;
}

/* Appends the folded piece of a title, with a space before it where `out` has text from `start`. */
static bool append_piece(const char *text, size_t bytes, size_t start, pulse_buffer *out,
                         pulse_buffer *scratch)
{
    scratch->size = 0;
    if (!pulse_text_fold(text, bytes, scratch))
        return false;
    if (scratch->size == 0)
        return true;
    return (out->size == start || pulse_buffer_append(out, " ", 1)) &&
           pulse_buffer_append(out, scratch->data, scratch->size);
}

/* Cuts from `out`, which has text from `start`, the words from number `cut` on. */
static void cut_words(pulse_buffer *out, size_t start, const words *w, size_t cut)
{
    if (cut < w->count)
        out->size = cut ? (size_t)(w->items[cut].text - out->data) - 1 : start;
}

static words words_from(const pulse_buffer *out, size_t start)
{
    words w;
    pulse_buffer folded = {.size = out->size - start};
    folded.data = folded.size ? out->data + start : NULL;
    split(&folded, &w);
    return w;
}

/* Folds `title` [bytes] into `out` without a guest that stands bare ("song feat. X (remix)" keeps
 * its bracket) and without a bare note at its end. */
static bool fold_without_bare(const char *title, size_t bytes, pulse_buffer *out,
                              pulse_buffer *scratch)
{
    size_t start = out->size;
    int attempts = 0;
    for (size_t i = 0; i < bytes;) {
        bool bracket = closer_of(title[i]) && attempts < NOTE_ATTEMPTS;
        size_t end = i + 1;
        if (bracket) {
            ++attempts;
            end = bracket_end(title, bytes, i);
            end = end < bytes ? end + 1 : bytes;
        } else {
            while (end < bytes && !(closer_of(title[end]) && attempts < NOTE_ATTEMPTS))
                ++end;
        }
        size_t piece = out->size;
        if (!append_piece(title + i, end - i, start, out, scratch))
            return false;
        if (!bracket) {
            words w = words_from(out, piece);
            cut_words(out, piece, &w, bare_guest(&w, piece > start ? 0 : 1));
        }
        i = end;
    }
    words w = words_from(out, start);
    /* A title of more words than are read has its end out of sight. */
    if (w.count < NOTE_WORDS)
        cut_words(out, start, &w, bare_note(&w));
    return true;
}

static bool has_brackets_or_dash(const char *title, size_t bytes)
{
    for (size_t i = 0; i < bytes; ++i) {
        if (closer_of(title[i]) || dash_at(title, bytes, i))
            return true;
    }
    return false;
}

bool pulse_text_fold_work(const char *title, size_t bytes, pulse_buffer *out)
{
    size_t start = out->size;
    pulse_buffer rest = {0};
    pulse_buffer scratch = {0};
    bool ok = true;
    const char *kept = title;
    size_t kept_bytes = bytes;
    /* Most titles have neither, and a catalogue has many titles. */
    if (has_brackets_or_dash(title, bytes)) {
        ok = drop_brackets(title, bytes, &rest, &scratch);
        kept = rest.data ? rest.data : "";
        kept_bytes = rest.size;
        ok = ok && cut_at_dash(kept, &kept_bytes, &scratch);
    }
    ok = ok && fold_without_bare(kept, kept_bytes, out, &scratch);
    if (ok && out->size == start)
        ok = pulse_text_fold(title, bytes, out);
    pulse_buffer_free(&rest);
    pulse_buffer_free(&scratch);
    return ok;
}

pulse_status pulse_name_fold(const char *name, size_t bytes, pulse_name_form form, char **out,
                             pulse_error *error)
{
    *out = NULL;
    if (!name && bytes)
        return pulse_fail(error, PULSE_E_ARGUMENT, "there is no name");
    pulse_buffer folded = {0};
    const bool ok = (form == PULSE_NAME_WORK ? pulse_text_fold_work(name, bytes, &folded)
                                             : pulse_text_fold(name, bytes, &folded)) &&
                    pulse_buffer_terminate(&folded);
    if (!ok) {
        pulse_buffer_free(&folded);
        return pulse_out_of_memory(error);
    }
    *out = folded.data;
    return PULSE_OK;
}
