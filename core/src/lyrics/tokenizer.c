/* BERT's tokenizer: normalised words, each in pieces, between [CLS] and [SEP]. */
#include "base/alloc.h"
#include "base/error.h"
#include "lyrics/wordpiece.h"

#include <string.h>

enum { CLS, SEP, PAD, UNKNOWN, MASK };

static const pulse_verbatim specials[PULSE_VERBATIMS] = {
    [CLS] = {"[CLS]", 5},     [SEP] = {"[SEP]", 5},   [PAD] = {"[PAD]", 5},
    [UNKNOWN] = {"[UNK]", 5}, [MASK] = {"[MASK]", 6},
};

struct pulse_tokenizer {
    pulse_normalizer normalizer;
    pulse_vocabulary vocabulary;
    uint32_t specials[PULSE_VERBATIMS];
};

/* ---- making ---- */

/* Special tokens are found in texts too, as the published tokenizers do. */
static pulse_status find_specials(pulse_tokenizer *t, pulse_error *error)
{
    for (size_t i = 0; i < PULSE_VERBATIMS; ++i) {
        t->specials[i] = pulse_vocabulary_find(&t->vocabulary, specials[i].text, specials[i].size);
        if (t->specials[i] != PULSE_NO_TOKEN)
            t->normalizer.verbatim[i] = specials[i];
        else if (i != MASK) /* only training needs it */
            return pulse_fail(error, PULSE_E_FORMAT, "vocabulary: the token %s is missing",
                              specials[i].text);
    }
    return PULSE_OK;
}

pulse_status pulse_tokenizer_create(const uint8_t *vocab, size_t bytes,
                                    const pulse_tokenizer_params *params, pulse_tokenizer **out,
                                    pulse_error *error)
{
    static const pulse_tokenizer_params everything = {true, true, true, 0};
    *out = NULL;
    pulse_tokenizer *t = pulse_calloc(1, sizeof *t);
    if (!t)
        return pulse_out_of_memory(error);
    pulse_status status =
        pulse_normalizer_init(&t->normalizer, params ? params : &everything, error);
    if (status == PULSE_OK)
        status = pulse_vocabulary_read(vocab, bytes, &t->vocabulary, error);
    if (status == PULSE_OK)
        status = find_specials(t, error);
    if (status != PULSE_OK) {
        pulse_tokenizer_free(t);
        return status;
    }
    *out = t;
    return PULSE_OK;
}

void pulse_tokenizer_free(pulse_tokenizer *tokenizer)
{
    if (!tokenizer)
        return;
    pulse_vocabulary_free(&tokenizer->vocabulary);
    pulse_free(tokenizer);
}

uint32_t pulse_tokenizer_size(const pulse_tokenizer *tokenizer)
{
    return tokenizer->vocabulary.count;
}

/* ---- tokens ---- */

void pulse_token_ids_free(pulse_token_ids *tokens)
{
    pulse_free(tokens->ids);
    *tokens = (pulse_token_ids){0};
}

typedef struct writer {
    const pulse_tokenizer *tokenizer;
    pulse_token_ids *tokens;
    size_t most; /* tokens, [CLS] included and [SEP] not */
    bool out_of_memory;
} writer;

static bool reserve(pulse_token_ids *tokens, size_t more)
{
    if (tokens->capacity - tokens->count >= more)
        return true;
    size_t capacity = tokens->capacity < 64 ? 64 : tokens->capacity;
    while (capacity - tokens->count < more) {
        if (capacity > SIZE_MAX / 2)
            return false;
        capacity *= 2;
    }
    uint32_t *ids = pulse_realloc_array(tokens->ids, capacity, sizeof *ids);
    if (!ids)
        return false;
    tokens->ids = ids;
    tokens->capacity = capacity;
    return true;
}

/* Whether there is room for still more after these. */
static bool write_ids(writer *w, const uint32_t *ids, size_t count)
{
    if (count > w->most - w->tokens->count)
        count = w->most - w->tokens->count;
    if (!reserve(w->tokens, count)) {
        w->out_of_memory = true;
        return false;
    }
    if (count > 0)
        memcpy(w->tokens->ids + w->tokens->count, ids, count * sizeof *ids);
    w->tokens->count += count;
    return w->tokens->count < w->most;
}

static bool write_special(void *context, size_t index)
{
    writer *w = context;
    return write_ids(w, &w->tokenizer->specials[index], 1);
}

static bool write_word(void *context, const char *bytes, size_t size)
{
    writer *w = context;
    uint32_t pieces[PULSE_LONGEST_WORD];
    const size_t count =
        bytes ? pulse_wordpiece(&w->tokenizer->vocabulary, bytes, size, pieces) : 0;
    return count ? write_ids(w, pieces, count) : write_special(w, UNKNOWN);
}

pulse_status pulse_tokenize(const pulse_tokenizer *tokenizer, const char *text, size_t bytes,
                            size_t limit, pulse_token_ids *tokens, pulse_error *error)
{
    tokens->count = 0;
    if (limit == 1)
        return pulse_fail(error, PULSE_E_ARGUMENT,
                          "a limit of one token has no room for [CLS] and [SEP]");
    writer w = {tokenizer, tokens, limit ? limit - 1 : SIZE_MAX - 1, false};
    const pulse_words words = {&w, write_word, write_special};
    if (write_special(&w, CLS))
        pulse_normalize(&tokenizer->normalizer, text, bytes, &words);
    ++w.most;
    if (!w.out_of_memory)
        write_special(&w, SEP);
    if (w.out_of_memory) {
        tokens->count = 0;
        return pulse_out_of_memory(error);
    }
    return PULSE_OK;
}
