#include "catalog/search_index.h"

#include "base/alloc.h"
#include "base/error.h"
#include "catalog/text.h"

#include <stdlib.h>
#include <string.h>

/* A text with its first eight bytes as a number, so that most comparisons touch nothing else. */
typedef struct sort_item {
    uint64_t head;
    const char *text;
    uint32_t size;
    uint32_t number;
} sort_item;

static uint64_t head_of(const char *text, size_t size)
{
    uint64_t head = 0;
    for (size_t i = 0; i < 8; ++i)
        head = head << 8 | (i < size ? (unsigned char)text[i] : 0u);
    return head;
}

static int compare_texts(const char *a, size_t a_size, const char *b, size_t b_size)
{
    size_t common = a_size < b_size ? a_size : b_size;
    int order = common ? memcmp(a, b, common) : 0;
    return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare_items(const void *left, const void *right)
{
    const sort_item *a = left;
    const sort_item *b = right;
    if (a->head != b->head)
        return a->head < b->head ? -1 : 1;
    int order = compare_texts(a->text, a->size, b->text, b->size);
    return order ? order : (a->number > b->number) - (a->number < b->number);
}

static bool sort_texts(pulse_texts *texts)
{
    sort_item *items = pulse_malloc_array(texts->count, sizeof *items);
    texts->order = pulse_malloc_array(texts->count, sizeof *texts->order);
    if (!items || !texts->order) {
        pulse_free(items);
        return false;
    }
    for (uint32_t i = 0; i < texts->count; ++i) {
        size_t size;
        const char *text = pulse_texts_get(texts, i, &size);
        items[i] = (sort_item){head_of(text, size), text, (uint32_t)size, i};
    }
    qsort(items, texts->count, sizeof *items, compare_items);
    for (uint32_t i = 0; i < texts->count; ++i)
        texts->order[i] = items[i].number;
    pulse_free(items);
    return true;
}

uint32_t pulse_texts_find(const pulse_texts *texts, const char *text, size_t size)
{
    uint32_t low = 0;
    uint32_t high = texts->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        size_t other_size;
        const char *other = pulse_texts_get(texts, texts->order[middle], &other_size);
        if (compare_texts(other, other_size, text, size) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Whether folding the title as a work drops something of it. */
static bool has_note(const char *title, size_t size, const char *folded, size_t folded_size,
                     pulse_buffer *scratch, bool *note)
{
    scratch->size = 0;
    if (!pulse_text_fold_work(title, size, scratch))
        return false;
    *note = scratch->size != folded_size ||
            (scratch->data && folded && memcmp(scratch->data, folded, folded_size) != 0);
    return true;
}

/* Folds the text of each row, in the order of their numbers; `noted` may be NULL. */
static pulse_status fold_rows(pulse_catalog *catalog, const char *sql, uint32_t count,
                              pulse_texts *texts, uint8_t *noted, pulse_error *error)
{
    texts->count = count;
    texts->ends = pulse_malloc_array(count, sizeof *texts->ends);
    if (!texts->ends)
        return pulse_out_of_memory(error);
    sqlite3_stmt *select;
    pulse_status status = pulse_store_prepare(catalog, sql, &select, error);
    pulse_buffer scratch = {0};
    for (uint32_t i = 0; i < count && status == PULSE_OK; ++i) {
        bool row;
        status = pulse_store_step(catalog, select, &row, error);
        if (status != PULSE_OK)
            break;
        size_t size = 0;
        const char *text = row ? pulse_store_text(select, 0, &size) : NULL;
        if (!text) {
            status = pulse_store_damaged(catalog, error, "damaged: a title or a name is missing");
            break;
        }
        size_t start = texts->bytes.size;
        bool note = false;
        bool ok = pulse_text_fold(text, size, &texts->bytes);
        if (ok && noted)
            ok = has_note(text, size, texts->bytes.data + (texts->bytes.data ? start : 0),
                          texts->bytes.size - start, &scratch, &note);
        if (!ok || texts->bytes.size > UINT32_MAX) {
            status = pulse_out_of_memory(error);
            break;
        }
        texts->ends[i] = (uint32_t)texts->bytes.size;
        if (noted)
            noted[i] = note;
    }
    pulse_buffer_free(&scratch);
    sqlite3_finalize(select);
    if (status == PULSE_OK && !sort_texts(texts))
        status = pulse_out_of_memory(error);
    return status;
}

/* A counting sort: songs in rising order within each artist. */
static void group_by_artist(pulse_search_index *index, const pulse_columns *columns)
{
    memset(index->artist_ends, 0, columns->artists * sizeof *index->artist_ends);
    for (uint32_t song = 0; song < columns->songs; ++song)
        ++index->artist_ends[columns->artist[song]];
    uint32_t start = 0;
    for (uint32_t artist = 0; artist < columns->artists; ++artist) {
        uint32_t songs = index->artist_ends[artist];
        index->artist_ends[artist] = start;
        start += songs;
    }
    for (uint32_t song = 0; song < columns->songs; ++song)
        index->by_artist[index->artist_ends[columns->artist[song]]++] = song;
}

static pulse_status build(pulse_catalog *catalog, pulse_search_index *index, pulse_error *error)
{
    const pulse_columns *columns = &catalog->columns;
    index->noted = pulse_malloc_array(columns->songs, 1);
    index->seen = pulse_malloc_array(columns->songs, 1);
    index->by_artist = pulse_malloc_array(columns->songs, sizeof *index->by_artist);
    index->artist_ends = pulse_malloc_array(columns->artists, sizeof *index->artist_ends);
    if (!index->noted || !index->seen || !index->by_artist || !index->artist_ends)
        return pulse_out_of_memory(error);
    group_by_artist(index, columns);
    pulse_status status = fold_rows(catalog, "SELECT title FROM song ORDER BY id", columns->songs,
                                    &index->titles, index->noted, error);
    if (status == PULSE_OK)
        status = fold_rows(catalog, "SELECT name FROM artist ORDER BY id", columns->artists,
                           &index->artists, NULL, error);
    return status;
}

pulse_status pulse_search_index_need(pulse_catalog *catalog, pulse_error *error)
{
    if (catalog->search)
        return PULSE_OK;
    pulse_search_index *index = pulse_calloc(1, sizeof *index);
    if (!index)
        return pulse_out_of_memory(error);
    pulse_status status = build(catalog, index, error);
    if (status == PULSE_OK)
        catalog->search = index;
    else
        pulse_search_index_free(index);
    return status;
}

/* Numbers the words of every text. */
static bool add_words(const pulse_texts *texts, pulse_names *words, pulse_tokens *tokens)
{
    pulse_buffer items = {0};
    tokens->ends = pulse_malloc_array(texts->count, sizeof *tokens->ends);
    bool ok = tokens->ends != NULL;
    for (uint32_t i = 0; i < texts->count && ok; ++i) {
        size_t size;
        const char *text = pulse_texts_get(texts, i, &size);
        for (size_t at = 0; at < size && ok;) {
            const char *space = memchr(text + at, ' ', size - at);
            size_t length = space ? (size_t)(space - text) - at : size - at;
            uint32_t word = pulse_names_add(words, text + at, length);
            ok = word != PULSE_NAMES_NONE && pulse_buffer_append(&items, &word, sizeof word);
            at += length + 1;
        }
        if (ok)
            tokens->ends[i] = (uint32_t)(items.size / sizeof(uint32_t));
    }
    tokens->items = (uint32_t *)(void *)items.data;
    return ok;
}

static void free_words(pulse_search_index *index)
{
    pulse_names_free(&index->words);
    pulse_free(index->title_words.items);
    pulse_free(index->title_words.ends);
    pulse_free(index->artist_words.items);
    pulse_free(index->artist_words.ends);
    pulse_free(index->marks);
    index->title_words = (pulse_tokens){0};
    index->artist_words = (pulse_tokens){0};
    index->marks = NULL;
}

pulse_status pulse_search_index_need_words(pulse_catalog *catalog, pulse_error *error)
{
    pulse_search_index *index = catalog->search;
    if (index->has_words)
        return PULSE_OK;
    bool ok = add_words(&index->titles, &index->words, &index->title_words) &&
              add_words(&index->artists, &index->words, &index->artist_words);
    if (ok) {
        index->marks = pulse_malloc_array(index->words.count, sizeof *index->marks);
        ok = index->marks != NULL;
    }
    index->has_words = ok;
    if (ok)
        return PULSE_OK;
    free_words(index);
    return pulse_out_of_memory(error);
}

static void free_texts(pulse_texts *texts)
{
    pulse_buffer_free(&texts->bytes);
    pulse_free(texts->ends);
    pulse_free(texts->order);
}

void pulse_search_index_free(pulse_search_index *index)
{
    if (!index)
        return;
    free_texts(&index->titles);
    free_texts(&index->artists);
    pulse_free(index->noted);
    pulse_free(index->seen);
    pulse_free(index->by_artist);
    pulse_free(index->artist_ends);
    free_words(index);
    pulse_free(index);
}
