#include "ingest/cell.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool pulse_cell_is_missing(const char *text)
{
    static const char *const words[] = {"",     "nan",  "na",  "n/a",  "null", "none", "[]",
                                        "-nan", "#n/a", "\\n", "<na>", "-",    "?"};
    while (*text == ' ' || *text == '\t')
        ++text;
    /* Nearly every cell ends here: it begins like none of them, or is longer. */
    if (*text && (!strchr("nN-#\\<?[", *text) || strnlen(text, 5) == 5))
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
        if (strcasecmp(text, words[i]) == 0)
            return true;
    }
    return false;
}

pulse_cell pulse_cell_number(const char *text, double *value)
{
    while (*text == ' ' || *text == '\t')
        ++text;
    *value = NAN;
    if (pulse_cell_is_missing(text))
        return PULSE_CELL_MISSING;
    const char *digits = text + (*text == '-' || *text == '+');
    /* strtod also reads hexadecimal and "nan(...)": neither is a number in a CSV. */
    if (!isdigit((unsigned char)*digits) && *digits != '.')
        return strcasecmp(digits, "inf") == 0 || strcasecmp(digits, "infinity") == 0
                   ? PULSE_CELL_INFINITE
                   : PULSE_CELL_TEXT;
    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))
        return PULSE_CELL_TEXT;
    char *end;
    const double parsed = strtod(text, &end);
    if (end == text)
        return PULSE_CELL_TEXT;
    while (*end == ' ' || *end == '\t')
        ++end;
    if (*end)
        return PULSE_CELL_TEXT;
    /* Values are floats from here on. */
    if (!isfinite(parsed) || fabs(parsed) > 3e38)
        return PULSE_CELL_INFINITE;
    *value = parsed;
    return PULSE_CELL_NUMBER;
}

bool pulse_cell_comma_number(const char *text, double *value)
{
    char copy[64];
    *value = NAN;
    const char *comma = strchr(text, ',');
    if (!comma || strlen(text) >= sizeof copy || strpbrk(comma + 1, ",.") ||
        memchr(text, '.', (size_t)(comma - text)) || !isdigit((unsigned char)comma[1]))
        return false;
    memcpy(copy, text, strlen(text) + 1);
    copy[comma - text] = '.';
    return pulse_cell_number(copy, value) == PULSE_CELL_NUMBER;
}

bool pulse_cell_clock(const char *text, double *value)
{
    double seconds = 0;
    *value = NAN;
    for (int part = 0; part < 3; ++part) {
        const size_t digits = strspn(text, "0123456789");
        if (part == 0 ? digits == 0 || digits > 6 : digits != 2 || text[0] > '5')
            return false;
        seconds = seconds * 60 + (double)strtoul(text, NULL, 10);
        text += digits;
        if (*text == 0 && part > 0) {
            *value = seconds;
            return true;
        }
        if (*text++ != ':')
            return false;
    }
    return false;
}

bool pulse_cell_truth(const char *text, double *value)
{
    static const char *const words[] = {"false", "true", "no", "yes", "f", "t", "n", "y"};
    *value = NAN;
    if (!*text || !strchr("fFtTnNyY", *text) || strnlen(text, 6) == 6)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
        if (strcasecmp(text, words[i]) == 0) {
            *value = (double)(i % 2);
            return true;
        }
    }
    return false;
}

/* ---- Years ---------------------------------------------------------------------------------- */

/* Four digits and no more. */
static int32_t four_digits(const char *text)
{
    int32_t year = 0;
    for (int i = 0; i < 4; ++i) {
        if (!isdigit((unsigned char)text[i]))
            return 0;
        year = year * 10 + (text[i] - '0');
    }
    return isdigit((unsigned char)text[4]) || year < 1000 ? 0 : year;
}

/* 01.03.1999, 3/1/99 not, 1 March 1999, Mar 1, 1999: a day or a month first, the year last. */
static int32_t year_at_end(const char *text)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    size_t size = strnlen(text, 33);
    while (size > 0 && text[size - 1] == ' ')
        --size;
    if (size > 32 || size < 6 || !strchr(" -/.,", text[size - 5]))
        return 0;
    const size_t digits = strspn(text, "0123456789");
    bool starts_well = digits == 1 || digits == 2;
    for (size_t i = 0; i < 36 && !starts_well; i += 3)
        starts_well = strncasecmp(text, months + i, 3) == 0;
    if (!starts_well || strspn(text, "0123456789 -/.,abcdefghijklmnopqrstuvwxyz"
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ") < size)
        return 0;
    return four_digits(text + size - 4);
}

int32_t pulse_cell_year(const char *text)
{
    while (*text == ' ')
        ++text;
    const int32_t year = four_digits(text);
    if (year == 0)
        return year_at_end(text);
    const char *rest = text + 4;
    if (*rest == '.') { /* a year that went through a float */
        ++rest;
        while (*rest == '0')
            ++rest;
    } else if (*rest == '-' || *rest == '/') {
        if (!isdigit((unsigned char)rest[1]))
            return 0;
        rest += strspn(rest, "0123456789-/T:.Z+ ");
    }
    return *rest == 0 || *rest == ' ' ? year : 0;
}

/* ---- Lists ---------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7f;
}

static void add_character(pulse_text *out, size_t start, char c)
{
    if (!is_blank(c))
        pulse_text_append(out, &c, 1);
    else if (out->size > start && out->data[out->size - 1] != ' ')
        pulse_text_append(out, " ", 1);
}

/* Removes blanks at the end of what began at `start`. */
static void trim(pulse_text *out, size_t start)
{
    while (out->size > start && out->data[out->size - 1] == ' ')
        out->data[--out->size] = 0;
}

void pulse_cell_tidy(const char *text, pulse_text *out)
{
    out->size = 0;
    pulse_text_append(out, "", 0);
    while (*text) {
        size_t run = 0;
        while (!is_blank(text[run]))
            ++run;
        if (run > 0 && out->size > 0)
            pulse_text_append(out, " ", 1);
        pulse_text_append(out, text, run);
        text += run;
        while (*text && is_blank(*text))
            ++text;
    }
}

static void add_code_point(pulse_text *out, size_t start, uint32_t point)
{
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        point = 0xfffd;
    char bytes[4];
    size_t count;
    if (point < 0x80) {
        add_character(out, start, (char)point);
        return;
    }
    if (point < 0x800) {
        bytes[0] = (char)(0xc0 | point >> 6);
        count = 2;
    } else if (point < 0x10000) {
        bytes[0] = (char)(0xe0 | point >> 12);
        count = 3;
    } else {
        bytes[0] = (char)(0xf0 | point >> 18);
        count = 4;
    }
    for (size_t i = 1; i < count; ++i)
        bytes[i] = (char)(0x80 | (point >> (6 * (count - 1 - i)) & 0x3f));
    pulse_text_append(out, bytes, count);
}

/* `count` hexadecimal digits; false where there are fewer. */
static bool hexadecimal(const char *text, size_t count, uint32_t *value)
{
    *value = 0;
    for (size_t i = 0; i < count; ++i) {
        const char c = text[i];
        if (!isxdigit((unsigned char)c))
            return false;
        const int digit =
            isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
        *value = *value << 4 | (uint32_t)digit;
    }
    return true;
}

/* What follows a backslash; returns the first byte after it. An escape that is none is itself. */
static const char *unescape(const char *at, pulse_text *out, size_t start)
{
    uint32_t point, low;
    if (*at == 'u' && hexadecimal(at + 1, 4, &point)) {
        at += 5;
        if (point >= 0xd800 && point < 0xdc00 && at[0] == '\\' && at[1] == 'u' &&
            hexadecimal(at + 2, 4, &low) && low >= 0xdc00 && low < 0xe000) {
            point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
            at += 6;
        }
        add_code_point(out, start, point);
        return at;
    }
    if (*at == 'U' && hexadecimal(at + 1, 8, &point)) {
        add_code_point(out, start, point);
        return at + 9;
    }
    if (*at == 'x' && hexadecimal(at + 1, 2, &point)) {
        add_code_point(out, start, point);
        return at + 3;
    }
    if (*at == 0)
        return at;
    add_character(out, start, (char)(strchr("abfnrtv", *at) ? ' ' : *at));
    return at + 1;
}

/* Whether a quote at `at` closes: what belongs to a name ('Destiny's') has the name's rest after
 * it. */
static bool closes(const char *at)
{
    ++at;
    while (is_blank(*at) && *at)
        ++at;
    return *at == ',' || *at == ']' || *at == 0;
}

/* A cell may be megabytes of commas: enough is enough. */
static bool has_room(const pulse_text *out, size_t count, size_t seen)
{
    return count < PULSE_CELL_VALUES && seen < (size_t)16 * PULSE_CELL_VALUES && out->size < 16384;
}

/* Keeps the value that began at `start` unless it is empty or was there before. */
static void keep_value(pulse_text *out, size_t start, size_t *count)
{
    trim(out, start);
    const char *value = out->data + start;
    bool new = out->size > start;
    for (const char *at = out->data; new &&at < value;) {
        const char *end = memchr(at, PULSE_LIST_SEPARATOR[0], (size_t)(value - at));
        new = (size_t)(end - at) != out->size - start || memcmp(at, value, out->size - start) != 0;
        at = end + 1;
    }
    if (new) {
        ++*count;
        pulse_text_append(out, PULSE_LIST_SEPARATOR, 1);
    } else {
        out->size = start;
        out->data[start] = 0;
    }
}

bool pulse_cell_is_bracketed(const char *text, size_t size)
{
    while (size > 0 && is_blank(text[size - 1]))
        --size;
    while (size > 0 && is_blank(*text)) {
        ++text;
        --size;
    }
    return size >= 2 && text[0] == '[' && text[size - 1] == ']';
}

static size_t bracketed(const char *at, pulse_text *out)
{
    size_t count = 0;
    at = strchr(at, '[') + 1;
    for (size_t seen = 0; *at && has_room(out, count, seen); ++seen) {
        while (*at && is_blank(*at))
            ++at;
        const size_t start = out->size;
        const char quote = (char)(*at == '\'' || *at == '"' ? *at++ : 0);
        while (*at && (quote ? !(*at == quote && closes(at)) : *at != ',')) {
            /* The last bracket closes the list; others belong to a name. */
            if (!quote && *at == ']' && pulse_cell_is_missing(at + 1))
                break;
            if (quote && *at == '\\') {
                at = unescape(at + 1, out, start);
                continue;
            }
            add_character(out, start, *at++);
        }
        keep_value(out, start, &count);
        at += strcspn(at, ",");
        at += *at == ',';
    }
    return count;
}

static size_t separated(const char *at, char separator, pulse_text *out)
{
    size_t count = 0;
    for (size_t seen = 0; *at && has_room(out, count, seen); ++seen) {
        const size_t start = out->size;
        while (*at && (separator == 0 || *at != separator))
            add_character(out, start, *at++);
        keep_value(out, start, &count);
        at += *at != 0;
    }
    return count;
}

size_t pulse_cell_list(const char *text, char separator, pulse_text *out)
{
    out->size = 0;
    pulse_text_append(out, "", 0);
    const size_t count = pulse_cell_is_bracketed(text, strlen(text))
                             ? bracketed(text, out)
                             : separated(text, separator, out);
    if (out->size > 0)
        out->data[--out->size] = 0; /* the separator after the last */
    return count;
}
