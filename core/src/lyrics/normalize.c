#include "lyrics/normalize.h"

#include "base/error.h"
#include "lyrics/characters.h"

#include <string.h>
#include <utf8proc.h>

/* What to do with a character of the text, or with a part of one that was decomposed. */
enum {
    KEEP,  /* stands in the word as it is; one of ASCII as normalizer->ascii says */
    SPACE, /* ends the word */
    ALONE, /* is a word by itself, as it is */
    DROP,  /* is as if it were not there */
    WORK,  /* is not that simple */
};

typedef struct reader {
    const pulse_normalizer *normalizer;
    const pulse_words *words;
    bool ended;          /* those that take the words want no more */
    uint32_t characters; /* of this word; longest_word + 1: it is too long, and not kept */
    uint32_t waiting;
    size_t size;
    char bytes[4 * PULSE_LONGEST_WORD];
    /* Combining characters that nothing but their like has followed yet: their canonical order may
     * still change. They are few: a longer run is too long a word in any order. */
    struct {
        int32_t c;
        uint8_t combining;
    } marks[PULSE_LONGEST_WORD];
} reader;

/* ---- the word ---- */

static bool has_room(reader *r)
{
    const uint32_t longest = r->normalizer->longest_word;
    if (r->characters < longest) {
        ++r->characters;
        return true;
    }
    r->characters = longest + 1;
    return false;
}

/* What waits has found its order. */
static void settle(reader *r)
{
    for (uint32_t i = 0; i < r->waiting; ++i)
        r->size +=
            (size_t)utf8proc_encode_char(r->marks[i].c, (utf8proc_uint8_t *)r->bytes + r->size);
    r->waiting = 0;
}

static void append(reader *r, int32_t c)
{
    if (r->waiting)
        settle(r);
    if (has_room(r))
        r->size += (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)r->bytes + r->size);
}

static void wait_for_order(reader *r, int32_t c, uint8_t combining)
{
    if (!has_room(r))
        return;
    uint32_t place = r->waiting++;
    for (; place > 0 && r->marks[place - 1].combining > combining; --place)
        r->marks[place] = r->marks[place - 1];
    r->marks[place].c = c;
    r->marks[place].combining = combining;
}

static void end_word(reader *r)
{
    if (r->characters == 0)
        return;
    settle(r);
    const bool too_long = r->characters > r->normalizer->longest_word;
    if (!r->ended)
        r->ended =
            !r->words->word(r->words->context, too_long ? NULL : r->bytes, too_long ? 0 : r->size);
    r->characters = 0;
    r->size = 0;
}

static void word_of_one(reader *r, int32_t c)
{
    end_word(r);
    append(r, c);
    end_word(r);
}

/* ---- characters ---- */

/* A character that is decomposed as far as it is to be, and is no ideograph to be set apart. */
static void put(reader *r, int32_t c)
{
    const pulse_normalizer *n = r->normalizer;
    if (c < PULSE_LOOKED_UP && n->action[c] == KEEP) {
        append(r, c < 0x80 ? n->ascii[c] : c);
        return;
    }
    const pulse_character character = pulse_character_of(c);
    if (n->strip_accents && character.kind == PULSE_CHARACTER_MARK) {
        if (character.combining == 0)
            settle(r);
        return;
    }
    if (character.kind == PULSE_CHARACTER_PUNCTUATION) {
        word_of_one(r, c);
    } else if (character.kind == PULSE_CHARACTER_SPACE) {
        end_word(r);
    } else if (n->strip_accents && character.combining != 0) {
        wait_for_order(r, c, character.combining);
    } else if (n->lower_case && c == 0x130) {
        append(r, 'i');
        append(r, 0x307);
    } else {
        append(r, n->lower_case ? pulse_character_lower(c) : c);
    }
}

static int decompose(int32_t c, utf8proc_int32_t *parts, int room)
{
    int boundary = 0;
    if (pulse_character_may_decompose(c)) {
        const utf8proc_ssize_t count =
            utf8proc_decompose_char(c, parts, room, UTF8PROC_DECOMPOSE, &boundary);
        if (count > 0 && count <= room)
            return (int)count;
    }
    parts[0] = c;
    return 1;
}

/* A character of the text that is neither dropped nor white space. */
static void take(reader *r, int32_t c)
{
    const pulse_normalizer *n = r->normalizer;
    const bool apart = n->split_chinese && pulse_character_is_ideograph(c);
    if (apart)
        end_word(r);
    if (n->strip_accents) {
        utf8proc_int32_t parts[8]; /* no canonical decomposition is longer than 4 */
        const int count = decompose(c, parts, 8);
        for (int i = 0; i < count; ++i)
            put(r, parts[i]);
    } else {
        put(r, c);
    }
    if (apart)
        end_word(r);
}

static void work(reader *r, int32_t c)
{
    /* Neither punctuation nor marks nor anything that decomposes is among them. */
    if (c >= 0x3400 && c <= 0x9fff) {
        if (r->normalizer->split_chinese && pulse_character_is_ideograph(c))
            word_of_one(r, c);
        else
            append(r, c);
        return;
    }
    switch (pulse_character_of(c).kind) {
    case PULSE_CHARACTER_DROPPED:
        break;
    case PULSE_CHARACTER_SPACE:
        end_word(r);
        break;
    default:
        take(r, c);
        break;
    }
}

/* ---- the text ---- */

/* The size of the verbatim text that stands at `text`, or 0. */
static size_t find_verbatim(const pulse_normalizer *n, const char *text, size_t bytes,
                            size_t *index)
{
    for (size_t i = 0; i < PULSE_VERBATIMS; ++i) {
        const size_t size = n->verbatim[i].size;
        if (size && size <= bytes && memcmp(text, n->verbatim[i].text, size) == 0) {
            *index = i;
            return size;
        }
    }
    return 0;
}

/* The characters of ASCII that are kept, up to one that is not. */
static size_t read_letters(reader *r, const char *text, size_t bytes)
{
    const pulse_normalizer *n = r->normalizer;
    if (r->waiting)
        settle(r);
    size_t i = 0;
    for (; i < bytes; ++i) {
        const uint8_t byte = (uint8_t)text[i];
        if (byte >= 0x80 || n->action[byte] != KEEP)
            break;
        if (has_room(r))
            r->bytes[r->size++] = n->ascii[byte];
    }
    return i;
}

static void act(reader *r, int32_t c)
{
    switch (c < PULSE_LOOKED_UP ? r->normalizer->action[c] : WORK) {
    case KEEP:
        append(r, c);
        break;
    case SPACE:
        end_word(r);
        break;
    case ALONE:
        word_of_one(r, c);
        break;
    case DROP:
        break;
    default:
        work(r, c);
        break;
    }
}

void pulse_normalize(const pulse_normalizer *normalizer, const char *text, size_t bytes,
                     const pulse_words *words)
{
    reader r;
    r.normalizer = normalizer;
    r.words = words;
    r.ended = false;
    r.characters = 0;
    r.waiting = 0;
    r.size = 0;
    size_t i = 0;
    while (i < bytes && !r.ended) {
        const uint8_t byte = (uint8_t)text[i];
        if (byte < 0x80 && normalizer->action[byte] == KEEP) {
            i += read_letters(&r, text + i, bytes - i);
            continue;
        }
        if (byte == '[') {
            size_t index;
            const size_t size = find_verbatim(normalizer, text + i, bytes - i, &index);
            if (size) {
                end_word(&r);
                if (!r.ended)
                    r.ended = !words->verbatim(words->context, index);
                i += size;
                continue;
            }
        }
        utf8proc_int32_t c;
        const utf8proc_ssize_t used =
            utf8proc_iterate((const utf8proc_uint8_t *)text + i, (utf8proc_ssize_t)(bytes - i), &c);
        if (used <= 0) {
            ++i;
            continue;
        }
        act(&r, c);
        i += (size_t)used;
    }
    end_word(&r);
}

/* ---- what to do with each character ---- */

static uint8_t action_of(const pulse_normalizer *n, int32_t c, pulse_character character)
{
    switch (character.kind) {
    case PULSE_CHARACTER_DROPPED:
        return DROP;
    case PULSE_CHARACTER_SPACE:
        return SPACE;
    case PULSE_CHARACTER_MARK:
        if (n->strip_accents)
            return character.combining ? DROP : WORK;
        break;
    default:
        break;
    }
    if (n->strip_accents) {
        utf8proc_int32_t parts[8];
        if (character.combining != 0 || decompose(c, parts, 8) != 1 || parts[0] != c)
            return WORK;
    }
    if (character.kind == PULSE_CHARACTER_PUNCTUATION)
        return ALONE;
    return c >= 0x80 && n->lower_case && pulse_character_lower(c) != c ? WORK : KEEP;
}

pulse_status pulse_normalizer_init(pulse_normalizer *normalizer,
                                   const pulse_tokenizer_params *params, pulse_error *error)
{
    if (params->longest_word > PULSE_LONGEST_WORD)
        return pulse_fail(error, PULSE_E_ARGUMENT,
                          "the longest word is %u characters; at most %d can be asked for",
                          (unsigned)params->longest_word, PULSE_LONGEST_WORD);
    *normalizer = (pulse_normalizer){.lower_case = params->lower_case,
                                     .strip_accents = params->strip_accents,
                                     .split_chinese = params->split_chinese,
                                     .longest_word = params->longest_word};
    if (normalizer->longest_word == 0)
        normalizer->longest_word = 100;
    for (int c = 0; c < 128; ++c)
        normalizer->ascii[c] = (char)(normalizer->lower_case && c >= 'A' && c <= 'Z' ? c + 32 : c);
    size_t count;
    const pulse_character_range *range = pulse_character_ranges(&count);
    const pulse_character_range *end = range + count;
    for (int32_t c = 0; c < PULSE_LOOKED_UP; ++c) {
        while (range < end && range->last < c)
            ++range;
        pulse_character character = {PULSE_CHARACTER_OTHER, 0};
        if (range < end && range->first <= c)
            character = range->character;
        normalizer->action[c] = action_of(normalizer, c, character);
    }
    return PULSE_OK;
}
