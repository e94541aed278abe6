/* The pass of lyrics hygiene that looks at lines: what in them is about the song, not of it. */
#include "lyrics/hygiene.h"

#include <string.h>

/* ---- what a few words say ---- */

typedef struct summary {
    size_t words;
    bool known;   /* each word is in the table of sections */
    bool numbers; /* there are only numbers */
    bool number;  /* there is a number */
    bool times;
    bool repeat;
    pulse_section_level highest;
    pulse_section_level early; /* the highest of the first three words */
} summary;

static summary summarise(pulse_span text)
{
    enum { MOST = 8, EARLY = 3 }; /* a header of more words is told by its first */
    summary s = {.known = true, .numbers = true};
    pulse_hygiene_word word;
    for (size_t at = 0; pulse_hygiene_next_word(text.data, text.bytes, &at, &word);) {
        if (++s.words > MOST) {
            s.known = false;
            s.numbers = false;
            return s;
        }
        const pulse_section_level level =
            word.is_number ? PULSE_SECTION_BESIDE : pulse_hygiene_section(word.text, word.bytes);
        s.known = s.known && level != PULSE_SECTION_NONE;
        s.numbers = s.numbers && word.is_number;
        s.number = s.number || word.is_number;
        s.times = s.times || level == PULSE_SECTION_TIMES;
        s.repeat = s.repeat || level == PULSE_SECTION_REPEAT;
        if (level > s.highest)
            s.highest = level;
        if (s.words <= EARLY)
            s.early = s.highest;
    }
    s.known = s.known && s.words > 0;
    return s;
}

/* "x2", "2x", "repeat 3 times"; without a number only where the text has brackets around it. */
static bool is_repeat_mark(const summary *s, bool bracketed)
{
    return s->known && ((s->times && s->number) || (s->repeat && (s->number || bracketed)));
}

/* "[ar:Somebody]", as files of time-stamped lyrics have it. */
static bool is_tag(pulse_span text)
{
    static const char *const tags[] = {"al", "ar", "au", "by",     "id",   "kana",  "la", "length",
                                       "lr", "re", "ti", "offset", "tool", "total", "ve"};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; ++i) {
        const size_t length = strlen(tags[i]);
        if (text.bytes > length && text.data[length] == ':' &&
            memcmp(text.data, tags[i], length) == 0)
            return true;
    }
    return false;
}

/* What stands in [brackets]: no word at all (a time stamp), or words that say what it is about.
 * With nothing else in the line it is a header in whatever language, unless it is long enough for a
 * line that is sung. */
static bool is_square_mark(pulse_span text, bool whole_line)
{
    enum { HEADER_WORDS = 4, LABELLED_WORDS = 8 };
    const summary s = summarise(text);
    if (s.numbers || s.early >= PULSE_SECTION_MARK || is_repeat_mark(&s, true) || is_tag(text) ||
        (s.known && s.highest >= PULSE_SECTION_BRACKET))
        return true;
    if (!whole_line)
        return false;
    return s.early >= PULSE_SECTION_BRACKET || s.words <= HEADER_WORDS ||
           (s.words <= LABELLED_WORDS && memchr(text.data, ':', text.bytes));
}

/* What stands in (brackets): backing vocals, unless each word says otherwise. */
static bool is_round_mark(pulse_span text)
{
    const summary s = summarise(text);
    return s.words == 0 ||
           (s.known && (s.highest >= PULSE_SECTION_MARK || is_repeat_mark(&s, true)));
}

/* ---- brackets ---- */

typedef struct bracket {
    const char *open;
    const char *close;
    bool square;
} bracket;

static const bracket brackets[] = {
    {"[", "]", true},
    {"(", ")", false},
    {"\xe3\x80\x90", "\xe3\x80\x91", true},  /* black lenticular brackets */
    {"\xef\xbc\xbb", "\xef\xbc\xbd", true},  /* full-width square brackets */
    {"\xef\xbc\x88", "\xef\xbc\x89", false}, /* full-width parentheses */
};

static bool starts(pulse_span text, size_t at, const char *with)
{
    const size_t length = strlen(with);
    return text.bytes - at >= length && memcmp(text.data + at, with, length) == 0;
}

/* The bracket that opens at text[at], or NULL. */
static const bracket *opens(pulse_span text, size_t at)
{
    const char c = text.data[at];
    if (c != '[' && c != '(' && c != '\xe3' && c != '\xef')
        return NULL;
    for (size_t i = 0; i < sizeof brackets / sizeof *brackets; ++i)
        if (starts(text, at, brackets[i].open))
            return &brackets[i];
    return NULL;
}

/* Where the bracket's content, from text[at] on, ends; text.bytes: there is no end. The next
 * bracket of the kind that opens ends the search, so that all searches of a line together are
 * linear. */
static size_t find_close(pulse_span text, size_t at, const bracket *kind)
{
    for (; at < text.bytes; ++at) {
        if (text.data[at] == *kind->close && starts(text, at, kind->close))
            return at;
        if (text.data[at] == *kind->open && starts(text, at, kind->open))
            return text.bytes;
    }
    return text.bytes;
}

/* The length of a mark in brackets that opens at text[at], 0: there is none. */
static size_t read_mark(pulse_span text, size_t at)
{
    const bracket *kind = opens(text, at);
    if (!kind)
        return 0;
    const size_t begin = at + strlen(kind->open);
    const size_t end = find_close(text, begin, kind);
    if (end == text.bytes)
        return 0;
    const pulse_span inside = {text.data + begin, end - begin};
    const size_t behind = end + strlen(kind->close);
    const bool mark = kind->square ? is_square_mark(inside, at == 0 && behind == text.bytes)
                                   : is_round_mark(inside);
    return mark ? behind - at : 0;
}

/* ---- ends of a line ---- */

static pulse_span trim(pulse_span text)
{
    while (text.bytes && text.data[text.bytes - 1] == ' ')
        --text.bytes;
    while (text.bytes && *text.data == ' ') {
        ++text.data;
        --text.bytes;
    }
    return text;
}

static pulse_span behind(pulse_span text, size_t bytes)
{
    return trim((pulse_span){text.data + bytes, text.bytes - bytes});
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* The length of "x" or the multiplication sign that ends text[0, end), or 0. */
static size_t times_sign(pulse_span text, size_t end)
{
    if (end >= 1 && (text.data[end - 1] == 'x' || text.data[end - 1] == 'X'))
        return 1;
    return end >= 2 && memcmp(text.data + end - 2, "\xc3\x97", 2) == 0 ? 2 : 0;
}

static size_t digits_before(pulse_span text, size_t end)
{
    size_t count = 0;
    while (count < 3 && count < end && is_digit(text.data[end - 1 - count]))
        ++count;
    return count == 3 ? 0 : count;
}

/* "... x2" and "... 2x" */
static pulse_span strip_repeat_mark(pulse_span line)
{
    size_t end = line.bytes;
    size_t digits = digits_before(line, end);
    size_t sign = times_sign(line, end - digits);
    if (!digits && sign)
        digits = digits_before(line, end - sign);
    if (!digits || !sign)
        return line;
    end -= digits + sign;
    if (end && line.data[end - 1] != ' ')
        return line;
    return trim((pulse_span){line.data, end});
}

/* "Chorus: ..." */
static pulse_span strip_label(pulse_span line)
{
    enum { LONGEST = 48 };
    for (size_t i = 0; i < line.bytes && i < LONGEST; ++i) {
        const bool wide = starts(line, i, "\xef\xbc\x9a"); /* the full-width colon */
        if (line.data[i] != ':' && !wide)
            continue;
        const summary s = summarise((pulse_span){line.data, i});
        return s.known && s.highest >= PULSE_SECTION_MARK ? behind(line, i + (wide ? 3 : 1)) : line;
    }
    return line;
}

/* "# ...", as Markdown has headings */
static pulse_span strip_heading(pulse_span line)
{
    size_t length = 0;
    while (length < line.bytes && line.data[length] == '#')
        ++length;
    return length && length < line.bytes && line.data[length] == ' ' ? behind(line, length) : line;
}

/* Where `text` stands in the line, or line.bytes. */
static size_t find_text(pulse_span line, const char *text)
{
    for (size_t i = 0; i < line.bytes; ++i)
        if (line.data[i] == *text && starts(line, i, text))
            return i;
    return line.bytes;
}

/*
 * What sites put on the page without a line of its own, so that copied lyrics have it glued to the
 * words before or behind: a lower-case letter never follows it, and often precedes it.
 */
static pulse_span strip_contributors(pulse_span line)
{
    size_t at = 0;
    while (at < line.bytes && is_digit(line.data[at]))
        ++at;
    if (at == 0 || !starts(line, at, " Contributor"))
        return line;
    size_t end = find_text(line, "Lyrics");
    if (end < line.bytes)
        end += strlen("Lyrics");
    const pulse_span rest = behind(line, end);
    if (rest.bytes && is_lower(*rest.data))
        return behind(line, line.bytes);
    const size_t more = find_text(rest, "Read More");
    return more < rest.bytes ? behind(rest, more + strlen("Read More")) : rest;
}

static pulse_span strip_tickets(pulse_span line)
{
    static const char tickets[] = "Get tickets as low as $";
    if (!starts(line, 0, "See ") && !starts(line, 0, "Get "))
        return line;
    size_t at = find_text(line, tickets);
    if (at == line.bytes)
        return line;
    at += strlen(tickets);
    while (at < line.bytes && is_digit(line.data[at]))
        ++at;
    return behind(line, at);
}

static pulse_span strip_suggestion(pulse_span line)
{
    static const char text[] = "You might also like";
    const size_t length = strlen(text);
    if (!starts(line, 0, text))
        return line;
    const bool glued =
        line.bytes > length && line.data[length] != ' ' && !is_lower(line.data[length]);
    return glued || line.bytes == length ? behind(line, length) : line;
}

/* "... word42Embed" */
static pulse_span strip_embed(pulse_span line)
{
    static const char text[] = "Embed";
    const size_t length = strlen(text);
    if (line.bytes < length || !starts(line, line.bytes - length, text))
        return line;
    size_t end = line.bytes - length;
    if (end && line.data[end - 1] == ' ')
        return line;
    while (end && is_digit(line.data[end - 1]))
        --end;
    return trim((pulse_span){line.data, end});
}

static pulse_span strip_ends(pulse_span line)
{
    line = strip_heading(line);
    line = strip_contributors(line);
    line = strip_tickets(line);
    line = strip_suggestion(line);
    line = strip_embed(line);
    line = strip_label(line);
    return strip_repeat_mark(line);
}

/* ---- whole lines ---- */

typedef struct place {
    bool first;  /* nothing that was kept stands above */
    bool spared; /* all that a listener has typed */
    pulse_span next;
} place;

static bool ends(pulse_span text, const char *with)
{
    const size_t length = strlen(with);
    return text.bytes >= length && starts(text, text.bytes - length, with);
}

static bool has_word(pulse_span line)
{
    pulse_hygiene_word word;
    size_t at = 0;
    return pulse_hygiene_next_word(line.data, line.bytes, &at, &word);
}

/* Each word of it is an address. */
static bool is_address(pulse_span line)
{
    bool in_address = false;
    for (size_t at = 0; at < line.bytes; ++at) {
        if (line.data[at] == ' ') {
            in_address = false;
        } else if (!in_address) {
            if (!starts(line, at, "http://") && !starts(line, at, "https://") &&
                !starts(line, at, "www."))
                return false;
            in_address = true;
        }
    }
    return true;
}

/* "Chorus", "Verse 2", "Repeat chorus x2" with nothing else in the line. */
static bool is_header(pulse_span line)
{
    const summary s = summarise(line);
    return (s.known && s.highest == PULSE_SECTION_SURE) || is_repeat_mark(&s, false);
}

/* `line` is what stripping its ends has left of `whole`. */
static bool is_dropped(pulse_span whole, pulse_span line, const place *at)
{
    enum { LONGEST_TITLE = 120 };
    if (!has_word(line) || is_address(line))
        return true;
    if (at->spared)
        return false;
    if (pulse_hygiene_is_noise(whole.data, whole.bytes) ||
        pulse_hygiene_is_noise(line.data, line.bytes))
        return true;
    if (starts(line, 0, "See ") && ends(line, " Live") && starts(at->next, 0, "Get tickets"))
        return true;
    return is_header(line) || (at->first && line.bytes <= LONGEST_TITLE && ends(line, " Lyrics"));
}

/* Copies the line to `out` without marks in brackets and with single blanks. */
static pulse_span copy_line(pulse_span line, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < line.bytes;) {
        const size_t mark = read_mark(line, i);
        const bool blank = mark || line.data[i] == ' ';
        if (blank && size && out[size - 1] != ' ')
            out[size++] = ' ';
        if (!blank)
            out[size++] = line.data[i];
        i += mark ? mark : 1;
    }
    return trim((pulse_span){out, size});
}

/* The line that starts at text[at], trimmed; *next: where the one behind it does. */
static pulse_span line_at(pulse_span text, size_t at, size_t *next)
{
    const char *start = text.data + at;
    const char *end = at < text.bytes ? memchr(start, '\n', text.bytes - at) : NULL;
    const size_t length = end ? (size_t)(end - start) : text.bytes - at;
    *next = end ? at + length + 1 : text.bytes;
    return trim((pulse_span){start, length});
}

static bool has_one_line(pulse_span text)
{
    size_t lines = 0;
    for (size_t at = 0; at < text.bytes && lines < 2;)
        lines += line_at(text, at, &at).bytes > 0;
    return lines < 2;
}

size_t pulse_hygiene_lines(const char *in, size_t bytes, pulse_lyrics_kind kind, char *out)
{
    const pulse_span text = {in, bytes};
    size_t size = 0;
    place at = {.first = true, .spared = kind == PULSE_LYRICS_QUERY && has_one_line(text)};
    for (size_t i = 0; i < bytes;) {
        size_t behind_next;
        const pulse_span line = line_at(text, i, &i);
        at.next = line_at(text, i, &behind_next);
        /* A line's '\n' has room, because a line's own was read before the next line is. */
        const size_t begin = size + (size > 0);
        const pulse_span whole = copy_line(line, out + begin);
        const pulse_span kept = strip_ends(whole);
        if (is_dropped(whole, kept, &at))
            continue;
        if (size)
            out[size] = '\n';
        memmove(out + begin, kept.data, kept.bytes);
        size = begin + kept.bytes;
        at.first = false;
    }
    return size;
}
