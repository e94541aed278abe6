/* Characters and words, as the passes of lyrics hygiene see them. */
#include "lyrics/hygiene.h"

#include "base/json.h"

#include <string.h>
#include <utf8proc.h>

int32_t pulse_hygiene_next(const char *text, size_t bytes, size_t *at)
{
    const uint8_t first = (uint8_t)text[*at];
    if (first < 0x80) {
        ++*at;
        return first;
    }
    const size_t length = pulse_json_utf8((const uint8_t *)text + *at, bytes - *at);
    if (length == 0) { /* not after the first pass */
        ++*at;
        return 0xfffd;
    }
    int32_t c = first & (0x7f >> length);
    for (size_t i = 1; i < length; ++i)
        c = c << 6 | (text[*at + i] & 0x3f);
    *at += length;
    return c;
}

/* Scripts that are written without spaces between words. */
static bool without_spaces(int32_t c)
{
    return (c >= 0x0e00 && c <= 0x0eff) || /* Thai, Lao */
           (c >= 0x1000 && c <= 0x109f) || /* Myanmar */
           (c >= 0x1780 && c <= 0x17ff) || /* Khmer */
           (c >= 0x3040 && c <= 0x30ff) || /* Hiragana, Katakana */
           (c >= 0x31f0 && c <= 0x31ff) || /* Katakana */
           (c >= 0x3400 && c <= 0x4dbf) || /* Han */
           (c >= 0x4e00 && c <= 0x9fff) || /* Han */
           (c >= 0xf900 && c <= 0xfaff) || /* Han */
           (c >= 0xff66 && c <= 0xff9f) || /* half-width Katakana */
           (c >= 0x20000 && c <= 0x3ffff); /* Han */
}

pulse_letter_kind pulse_hygiene_letter(int32_t c)
{
    if (c < 0x80) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
            return PULSE_LETTER_IN_WORD;
        return c >= '0' && c <= '9' ? PULSE_LETTER_DIGIT : PULSE_LETTER_NO;
    }
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return without_spaces(c) ? PULSE_LETTER_WORD : PULSE_LETTER_IN_WORD;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
        return PULSE_LETTER_IN_WORD;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
        return PULSE_LETTER_DIGIT;
    default:
        return PULSE_LETTER_NO;
    }
}

static bool is_apostrophe(int32_t c)
{
    return c == '\'' || c == 0x2019;
}

static void append(pulse_hygiene_word *word, int32_t c)
{
    utf8proc_uint8_t bytes[4];
    const size_t length = (size_t)utf8proc_encode_char(utf8proc_tolower(c), bytes);
    ++word->letters;
    if (length > sizeof word->text - word->bytes)
        return;
    memcpy(word->text + word->bytes, bytes, length);
    word->bytes += length;
}

bool pulse_hygiene_next_word(const char *text, size_t bytes, size_t *at, pulse_hygiene_word *word)
{
    word->bytes = 0;
    word->letters = 0;
    word->is_number = false;
    while (*at < bytes) {
        size_t next = *at;
        int32_t c = pulse_hygiene_next(text, bytes, &next);
        if (c == 0xd7) /* the multiplication sign, which is typed as "x" */
            c = 'x';
        const pulse_letter_kind kind = pulse_hygiene_letter(c);
        const bool number = kind == PULSE_LETTER_DIGIT;
        if (word->letters && (kind == PULSE_LETTER_NO ? !is_apostrophe(c) || word->is_number
                                                      : number != word->is_number))
            return true;
        *at = next;
        if (kind == PULSE_LETTER_NO)
            continue;
        word->is_number = number;
        append(word, c);
    }
    return word->letters > 0;
}
