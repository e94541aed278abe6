#include "catalog/text.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

typedef struct folder {
    pulse_buffer *out;
    size_t start;    /* where this text's output begins in `out` */
    bool want_space; /* a space is due before the next character, if any */
} folder;

static bool ascii_letter(int32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool put(folder *f, const char *bytes, size_t size)
{
    if (f->want_space && f->out->size > f->start && !pulse_buffer_append(f->out, " ", 1))
        return false;
    f->want_space = false;
    return pulse_buffer_append(f->out, bytes, size);
}

/* Letters that have no decomposition, but that people without the key for them type otherwise. */
static const char *look_alike(int32_t c)
{
    switch (c) {
    case 0x00e6: /* ae */
        return "ae";
    case 0x00f0: /* eth */
    case 0x0111: /* d with stroke */
        return "d";
    case 0x00f8: /* o with stroke */
        return "o";
    case 0x00fe: /* thorn */
        return "th";
    case 0x0127: /* h with stroke */
        return "h";
    case 0x0131: /* dotless i */
        return "i";
    case 0x0142: /* l with stroke */
        return "l";
    case 0x0153: /* oe */
        return "oe";
    case 0x0167: /* t with stroke */
        return "t";
    default:
        return NULL;
    }
}

static bool is_apostrophe(int32_t c)
{
    switch (c) {
    case '\'':
    case '`':
    case 0x00b4: /* acute accent: decomposes into a space, so it is caught before */
    case 0x02b9: /* modifier letters prime, turned comma, apostrophe, reversed comma */
    case 0x02bb:
    case 0x02bc:
    case 0x02bd:
    case 0x2018: /* quotation marks, single */
    case 0x2019:
    case 0x201b:
    case 0x2032: /* prime */
    case 0xff07: /* full-width apostrophe */
        return true;
    default:
        return false;
    }
}

/* A character of NFKD and folded case. */
static bool put_folded(folder *f, int32_t c)
{
    if (c < 0x80) {
        char byte = (char)c;
        if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9'))
            return put(f, &byte, 1);
        if (!is_apostrophe(c))
            f->want_space = true;
        return true;
    }
    const char *plain = look_alike(c);
    if (plain)
        return put(f, plain, strlen(plain));
    const utf8proc_property_t *property = utf8proc_get_property(c);
    if (is_apostrophe(c) || property->ignorable)
        return true;
    switch (property->category) {
    case UTF8PROC_CATEGORY_ME:
        return true;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
        /* Marks of class 0 are not accents but vowels of the scripts of India and its neighbours.
         */
        if (property->combining_class != 0)
            return true;
        break;
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        break;
    default:
        f->want_space = true;
        return true;
    }
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t size = utf8proc_encode_char(c, bytes);
    return put(f, (const char *)bytes, (size_t)size);
}

static bool put_unicode(folder *f, int32_t c)
{
    if (is_apostrophe(c))
        return true;
    /* The longest NFKD of one character is 18 characters (U+FDFA). */
    utf8proc_int32_t parts[32];
    int boundary = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char(
        c, parts, 32, UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD, &boundary);
    if (count < 0 || count > 32) {
        f->want_space = true;
        return true;
    }
    for (utf8proc_ssize_t i = 0; i < count; ++i) {
        if (!put_folded(f, parts[i]))
            return false;
    }
    return true;
}

/* The character that starts at text[i] is a letter or a digit. */
static bool starts_word_character(const char *text, size_t bytes, size_t i)
{
    if (i >= bytes)
        return false;
    unsigned char c = (unsigned char)text[i];
    return ascii_letter(c) || (c >= '0' && c <= '9') || c >= 0x80;
}

/* text[i] is a letter that stands alone, as in "R.E.M." or "J.J. Cale". */
static bool is_initial(const char *text, size_t bytes, size_t i)
{
    return i < bytes && ascii_letter(text[i]) && !starts_word_character(text, bytes, i + 1) &&
           (i == 0 || !starts_word_character(text, bytes, i - 1));
}

static bool put_ascii(folder *f, const char *text, size_t bytes, size_t i)
{
    char c = text[i];
    if (c >= 'A' && c <= 'Z')
        c = (char)(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
        return put(f, &c, 1);
    bool letter_before = i > 0 && ascii_letter(text[i - 1]);
    bool letter_after = i + 1 < bytes && ascii_letter(text[i + 1]);
    switch (c) {
    case '\'':
    case '`':
        return true;
    case '.':
        if (i > 0 && is_initial(text, bytes, i - 1) && is_initial(text, bytes, i + 1))
            return true;
        break;
    case '$':
        if (letter_before || letter_after)
            return put(f, "s", 1);
        break;
    case '!':
        if (letter_before && letter_after)
            return put(f, "i", 1);
        break;
    case '&':
        f->want_space = true;
        if (!put(f, "and", 3))
            return false;
        break;
    default:
        break;
    }
    f->want_space = true;
    return true;
}

bool pulse_text_fold(const char *text, size_t bytes, pulse_buffer *out)
{
    folder f = {.out = out, .start = out->size};
    size_t i = 0;
    while (i < bytes) {
        if ((unsigned char)text[i] < 0x80) {
            if (!put_ascii(&f, text, bytes, i))
                return false;
            ++i;
            continue;
        }
        utf8proc_int32_t c;
        utf8proc_ssize_t used =
            utf8proc_iterate((const utf8proc_uint8_t *)text + i, (utf8proc_ssize_t)(bytes - i), &c);
        if (used <= 0) {
            f.want_space = true;
            ++i;
            continue;
        }
        if (!put_unicode(&f, c))
            return false;
        i += (size_t)used;
    }
    return true;
}

static size_t valid_character(const char *text, size_t bytes)
{
    if (text[0] == '\0')
        return 0;
    if ((unsigned char)text[0] < 0x80)
        return 1;
    utf8proc_int32_t c;
    utf8proc_ssize_t used =
        utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)bytes, &c);
    return used > 0 ? (size_t)used : 0;
}

bool pulse_text_is_valid(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes;) {
        size_t used = valid_character(text + i, bytes - i);
        if (!used)
            return false;
        i += used;
    }
    return true;
}

bool pulse_text_repair(const char *text, size_t bytes, pulse_buffer *out)
{
    for (size_t i = 0; i < bytes;) {
        size_t used = valid_character(text + i, bytes - i);
        if (!pulse_buffer_append(out, used ? text + i : "\xef\xbf\xbd", used ? used : 3))
            return false;
        i += used ? used : 1;
    }
    return true;
}
