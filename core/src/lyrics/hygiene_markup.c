/* The passes of lyrics hygiene that look at characters and markup, not at lines. */
#include "lyrics/hygiene.h"

#include "base/json.h"

#include <string.h>
#include <utf8proc.h>

/* ---- characters ---- */

/* What a character outside ASCII becomes: itself (0), '\n', ' ', or nothing (-1). */
static int replacement(int32_t c)
{
    if (c == 0x85 || c == 0x2028 || c == 0x2029)
        return '\n';
    if (c == 0xfffd || (c >= 0x2669 && c <= 0x266c) || c == 0x1f3b5 || c == 0x1f3b6)
        return ' ';
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_CC:
        return ' ';
    case UTF8PROC_CATEGORY_CF:
        return -1;
    default:
        return 0;
    }
}

size_t pulse_hygiene_characters(const char *in, size_t bytes, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < bytes;) {
        const uint8_t byte = (uint8_t)in[i];
        if (byte >= 0x20 && byte < 0x7f) {
            out[size++] = in[i++];
        } else if (byte < 0x80) {
            const bool end = byte == '\n' || byte == '\v' || byte == '\f' || byte == '\r';
            if (byte == '\r' && i + 1 < bytes && in[i + 1] == '\n')
                ++i;
            out[size++] = end ? '\n' : ' ';
            ++i;
        } else if (pulse_json_utf8((const uint8_t *)in + i, bytes - i) == 0) {
            out[size++] = ' ';
            ++i;
        } else {
            const size_t start = i;
            const int other = replacement(pulse_hygiene_next(in, bytes, &i));
            if (other > 0) {
                out[size++] = (char)other;
            } else if (other == 0) {
                memcpy(out + size, in + start, i - start);
                size += i - start;
            }
        }
    }
    return size;
}

/* ---- markup ---- */

/* ASCII only, and so the same in every locale. */
static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

static bool is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Where `text` (lower case) begins in in[at, bytes), in any case; `bytes` where it does not. */
static size_t find(const char *in, size_t bytes, size_t at, const char *text)
{
    const size_t length = strlen(text);
    for (; at < bytes && length <= bytes - at; ++at) {
        size_t i = 0;
        while (i < length && lower(in[at + i]) == text[i])
            ++i;
        if (i == length)
            return at;
    }
    return bytes;
}

/* The number of an entity "#1234" or "#x12ab"; -1: it is none. */
static int32_t entity_number(const char *text, size_t bytes)
{
    const bool hex = bytes > 1 && lower(text[1]) == 'x';
    int32_t number = 0;
    size_t at = hex ? 2 : 1;
    if (at == bytes)
        return -1;
    for (; at < bytes; ++at) {
        const char c = lower(text[at]);
        if (is_digit(c))
            number = number * (hex ? 16 : 10) + (c - '0');
        else if (hex && c >= 'a' && c <= 'f')
            number = number * 16 + (c - 'a' + 10);
        else
            return -1;
        if (number > 0x10ffff)
            number = 0x110000; /* stays too large, and does not overflow */
    }
    if (number == 0 || number > 0x10ffff || (number >= 0xd800 && number <= 0xdfff))
        return ' ';
    return number;
}

/* in[at] is '&'. Writes what the entity stands for, and returns its length; 0: it is none. */
static size_t read_entity(const char *in, size_t bytes, size_t at, char *out, size_t *size)
{
    enum { LONGEST = 12 };
    size_t length = 1;
    while (length <= LONGEST && at + length < bytes && in[at + length] != ';')
        ++length;
    if (length == 1 || length > LONGEST || at + length == bytes)
        return 0;
    const char *name = in + at + 1;
    const int32_t c =
        *name == '#' ? entity_number(name, length - 1) : pulse_hygiene_entity(name, length - 1);
    if (c <= 0)
        return 0;
    *size += (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)out + *size);
    return length + 1;
}

/* in[at] is '<'. The length of "<00:12.34>", or 0. */
static size_t read_word_stamp(const char *in, size_t bytes, size_t at)
{
    size_t length = 1;
    size_t colons = 0;
    while (at + length < bytes &&
           (is_digit(in[at + length]) || in[at + length] == ':' || in[at + length] == '.'))
        colons += in[at + length++] == ':';
    return colons && at + length < bytes && in[at + length] == '>' ? length + 1 : 0;
}

/* Behind a comment, or an element that is not text, which starts with a tag [at, behind). Where it
 * does not end, the rest of the text belongs to it. */
static size_t skip_element(const char *in, size_t bytes, size_t behind, const char *end)
{
    const size_t found = find(in, bytes, behind, end);
    const size_t length = strlen(end);
    return found == bytes ? bytes : found + length;
}

/* in[at] is '<'. What stands for the tag goes to `out`; returns its length, or 0: it is none. */
static size_t read_tag(const char *in, size_t bytes, size_t at, char *out, size_t *size)
{
    if (bytes - at >= 4 && memcmp(in + at, "<!--", 4) == 0)
        return skip_element(in, bytes, at + 4, "-->") - at;
    size_t behind = at + 1;
    if (behind < bytes && (in[behind] == '/' || in[behind] == '!' || in[behind] == '?'))
        ++behind;
    char name[16];
    size_t name_bytes = 0;
    for (size_t i = behind; i < bytes && (is_letter(in[i]) || is_digit(in[i])); ++i)
        if (name_bytes < sizeof name)
            name[name_bytes++] = lower(in[i]);
    if (behind == bytes || !is_letter(in[behind]))
        return 0;
    while (behind < bytes && in[behind] != '>' && in[behind] != '<' && in[behind] != '\n')
        ++behind;
    if (behind == bytes || in[behind] != '>')
        return 0;
    ++behind;
    if (pulse_hygiene_ends_line(name, name_bytes))
        out[(*size)++] = '\n';
    if (in[at + 1] == 's' || in[at + 1] == 'S') {
        if (name_bytes == 6 && memcmp(name, "script", 6) == 0)
            behind = skip_element(in, bytes, behind, "</script>");
        else if (name_bytes == 5 && memcmp(name, "style", 5) == 0)
            behind = skip_element(in, bytes, behind, "</style>");
    }
    return behind - at;
}

size_t pulse_hygiene_markup(const char *in, size_t bytes, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < bytes;) {
        size_t length = 0;
        if (in[i] == '&')
            length = read_entity(in, bytes, i, out, &size);
        else if (in[i] == '<' && (length = read_word_stamp(in, bytes, i)) == 0)
            length = read_tag(in, bytes, i, out, &size);
        if (length)
            i += length;
        else
            out[size++] = in[i++];
    }
    return size;
}

/* ---- emphasis ---- */

/* Whether the character before `at`, or at it, is a letter or a digit, or part of one. */
static bool is_wordy(const char *in, size_t at)
{
    return is_letter(in[at]) || is_digit(in[at]) || (uint8_t)in[at] >= 0x80;
}

/*
 * A run of one to three '*', '_' or '~' that stands before a word, and one of the same length that
 * stands behind a word of that line, are emphasis. Inside a word they are not ("sh*t"), nor is one
 * without the other ("what the f**").
 */
size_t pulse_hygiene_emphasis(const char *in, size_t bytes, char *out)
{
    enum { KINDS = 3, LONGEST = 3 };
    static const char kinds[KINDS + 1] = "*_~";
    size_t open[KINDS][LONGEST + 1] = {{0}}; /* 1 + where the run began, or 0 */
    if (bytes)
        memcpy(out, in, bytes);
    for (size_t i = 0; i < bytes;) {
        const char *kind = in[i] ? strchr(kinds, in[i]) : NULL;
        if (in[i] == '\n')
            memset(open, 0, sizeof open);
        if (!kind) {
            ++i;
            continue;
        }
        const size_t start = i;
        while (i < bytes && in[i] == *kind)
            ++i;
        if (i - start > LONGEST)
            continue;
        const bool word_before = start > 0 && is_wordy(in, start - 1);
        const bool word_behind = i < bytes && is_wordy(in, i);
        const bool blank_before = start == 0 || in[start - 1] == ' ' || in[start - 1] == '\n';
        const bool blank_behind = i == bytes || in[i] == ' ' || in[i] == '\n';
        size_t *opened = &open[kind - kinds][i - start];
        if (*opened && !blank_before && !word_behind) {
            memset(out + *opened - 1, 0, i - start); /* marked: there is no NUL else */
            memset(out + start, 0, i - start);
            *opened = 0;
        } else if (!word_before && !blank_behind) {
            *opened = start + 1;
        }
    }
    size_t size = 0;
    for (size_t i = 0; i < bytes; ++i)
        if (out[i])
            out[size++] = out[i];
    return size;
}
