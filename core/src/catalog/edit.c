#include "catalog/edit.h"

#include <string.h>

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

size_t pulse_character_count(const char *text, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; ++i)
        count += !continues(text[i]);
    return count;
}

/* The bytes of the character at text[i]; 0 at the end. */
static size_t character_at(const char *text, size_t size, size_t i)
{
    if (i >= size)
        return 0;
    size_t end = i + 1;
    while (end < size && continues(text[end]))
        ++end;
    return end - i;
}

/* What is left of the typed word, from t, against what is left of the other, from w. */
static bool rest_agrees(const char *typed, size_t typed_size, size_t t, const char *word,
                        size_t word_size, size_t w, bool prefix)
{
    size_t typed_rest = typed_size - t;
    size_t word_rest = word_size - w;
    if (prefix ? word_rest < typed_rest : word_rest != typed_rest)
        return false;
    return memcmp(typed + t, word + w, typed_rest) == 0;
}

bool pulse_one_edit(const char *typed, size_t typed_size, const char *word, size_t word_size,
                    bool prefix)
{
    size_t i = 0;
    while (i < typed_size && i < word_size && typed[i] == word[i])
        ++i;
    /* Back to the beginning of the first character that differs. What came before is the same in
     * both, so the edit, if one is enough, can be taken to be here. */
    while (i > 0 &&
           ((i < typed_size && continues(typed[i])) || (i < word_size && continues(word[i]))))
        --i;
    size_t typed_one = character_at(typed, typed_size, i);
    size_t word_one = character_at(word, word_size, i);
    /* Too many typed, and too few. */
    if (typed_one && rest_agrees(typed, typed_size, i + typed_one, word, word_size, i, prefix))
        return true;
    if (word_one && rest_agrees(typed, typed_size, i, word, word_size, i + word_one, prefix))
        return true;
    if (!typed_one || !word_one)
        return false;
    /* Another one. */
    if (rest_agrees(typed, typed_size, i + typed_one, word, word_size, i + word_one, prefix))
        return true;
    /* Two swapped: the second of each is the first of the other. */
    size_t typed_two = character_at(typed, typed_size, i + typed_one);
    size_t word_two = character_at(word, word_size, i + word_one);
    return typed_two == word_one && word_two == typed_one &&
           memcmp(typed + i, word + i + word_one, typed_one) == 0 &&
           memcmp(typed + i + typed_one, word + i, word_one) == 0 &&
           rest_agrees(typed, typed_size, i + typed_one + typed_two, word, word_size,
                       i + word_one + word_two, prefix);
}
