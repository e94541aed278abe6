/*
 * A byte of settings; a vocabulary, behind the special tokens, up to a line that is "=" alone; the
 * rest is a text. Refused with a message, or the ids are what the interface promises, with a limit
 * too, and what the text repeats is the same again.
 */
#include "pulse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char specials[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n";
enum { CLS = 2, SEP = 3 };

static void check(const pulse_tokenizer *tokenizer, const pulse_token_ids *tokens)
{
    if (tokens->count < 2 || tokens->count > tokens->capacity || tokens->ids[0] != CLS ||
        tokens->ids[tokens->count - 1] != SEP)
        abort();
    for (size_t i = 0; i < tokens->count; ++i)
        if (tokens->ids[i] >= pulse_tokenizer_size(tokenizer))
            abort();
}

static void tokenize(const pulse_tokenizer *tokenizer, const uint8_t *data, size_t size,
                     size_t limit)
{
    /* In a block of just that size, so that a byte read too far is found. */
    char *text = malloc(size ? size : 1);
    if (!text)
        abort();
    if (size)
        memcpy(text, data, size);
    pulse_token_ids whole = {0};
    pulse_token_ids cut = {0};
    if (pulse_tokenize(tokenizer, text, size, 0, &whole, NULL) != PULSE_OK ||
        pulse_tokenize(tokenizer, text, size, limit, &cut, NULL) != PULSE_OK)
        abort();
    check(tokenizer, &whole);
    check(tokenizer, &cut);
    const size_t count = whole.count < limit ? whole.count : limit;
    if (cut.count != count || memcmp(cut.ids, whole.ids, (count - 1) * sizeof *cut.ids) != 0)
        abort();
    pulse_token_ids_free(&whole);
    pulse_token_ids_free(&cut);
    free(text);
}

/* Where the line "=" starts, or the end. */
static size_t find_end(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; ++i)
        if (data[i] == '=' && (i == 0 || data[i - 1] == '\n') &&
            (i + 1 == size || data[i + 1] == '\n'))
            return i;
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const uint8_t settings = *data++;
    const size_t end = find_end(data, --size);
    const pulse_tokenizer_params params = {
        .lower_case = !(settings & 1),
        .strip_accents = !(settings & 2),
        .split_chinese = !(settings & 4),
        .longest_word = settings & 8 ? settings >> 4 : 0,
    };
    /* With bit 7 and without bit 3, the vocabulary has to bring its own special tokens. */
    const size_t head = (settings & 0x88) == 0x80 ? 0 : sizeof specials - 1;
    uint8_t *vocab = malloc(head + end + 1);
    if (!vocab)
        abort();
    memcpy(vocab, specials, head);
    memcpy(vocab + head, data, end);
    pulse_tokenizer *tokenizer;
    pulse_error error = {0};
    pulse_status status =
        pulse_tokenizer_create(vocab, head + end, head ? &params : NULL, &tokenizer, &error);
    free(vocab);
    if (status != PULSE_OK) {
        if (tokenizer || error.status != status || !error.message[0])
            abort();
        return 0;
    }
    if (head && end < size)
        tokenize(tokenizer, data + end + 1, size - end - 1, 2u + settings % 13u);
    pulse_tokenizer_free(tokenizer);
    return 0;
}
