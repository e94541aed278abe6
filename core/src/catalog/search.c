/*
 * Songs for what was typed so far. Each song gets a rank; the lowest come back:
 *   0 the title is the text, or title and artist are, in either order
 *   1 the title starts with the text
 *   2 the artist is the text
 *   3 the artist starts with the text
 *   4 all words are in the title
 *   5 all words are in title and artist
 * Ranks 0 to 3 come from sorted texts, 4 and 5 from the full-text index. Where no song has all
 * words and one of them is "by" ("believe by cher"), it is left out. Where there are fewer songs
 * than asked for, those follow in which long words differ by one edit. Within a rank: fewer edits,
 * titles that are not of a special version, shorter titles, lower song numbers.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "catalog/edit.h"
#include "catalog/search_index.h"
#include "catalog/text.h"

#include <string.h>

enum {
    MAX_TEXT = 512, /* bytes of folded text that are read */
    MAX_WORDS = 16, /* a song that has these has the others too, mostly */
    FUZZY_LETTERS = 5,
    MAX_MATCHES = 100000, /* rows taken from the full-text index */
};

/* Ranks of a search without "by", and of those with edits, come after. */
enum {
    RANK_EXACT = 0,
    RANK_TITLE = 1,
    RANK_ARTIST = 2,
    RANK_ARTIST_PREFIX = 3,
    RANK_WORDS_IN_TITLE = 4,
    RANK_WORDS = 5,
    RANK_WITHOUT_BY = 6,
    RANK_FUZZY = 12,
    RANK_FUZZY_WITHOUT_BY = 14,
};

typedef struct typed_text {
    char text[MAX_TEXT];
    size_t size;
    struct {
        const char *text;
        size_t size;
    } words[MAX_WORDS];
    size_t word_count;
} typed_text;

typedef struct search {
    pulse_catalog *catalog;
    const pulse_search_index *index;
    uint64_t *heap; /* [limit] the best so far, the worst of them first */
    size_t limit;
    size_t kept;
    size_t found;
} search;

/* ---- The best of the songs found ---- */

/* Everything that decides between two songs, in one number; its low 32 bits are the song. */
static uint64_t key_of(const search *s, uint32_t song, unsigned rank, unsigned edits)
{
    size_t size;
    pulse_texts_get(&s->index->titles, song, &size);
    uint64_t length = size < 0xffff ? size : 0xffff;
    return (uint64_t)rank << 56 | (uint64_t)edits << 51 | (uint64_t)s->index->noted[song] << 50 |
           length << 32 | song;
}

static void sift_down(uint64_t *heap, size_t count, size_t i)
{
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= count)
            return;
        if (child + 1 < count && heap[child + 1] > heap[child])
            ++child;
        if (heap[i] >= heap[child])
            return;
        uint64_t swapped = heap[i];
        heap[i] = heap[child];
        heap[child] = swapped;
        i = child;
    }
}

static void keep(search *s, uint64_t key)
{
    if (s->kept == s->limit) {
        if (key < s->heap[0]) {
            s->heap[0] = key;
            sift_down(s->heap, s->kept, 0);
        }
        return;
    }
    size_t i = s->kept++;
    while (i > 0 && s->heap[(i - 1) / 2] < key) {
        s->heap[i] = s->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    s->heap[i] = key;
}

/* Ranks are tried in rising order, so the first offer of a song is its best. */
static void offer(search *s, uint32_t song, unsigned rank, unsigned edits)
{
    uint8_t *seen = s->index->seen;
    if (seen[song])
        return;
    seen[song] = 1;
    ++s->found;
    keep(s, key_of(s, song, rank, edits));
}

/* Takes the heap apart, the worst first, into out from its end. */
static size_t take_all(search *s, uint32_t *out)
{
    size_t count = s->kept;
    while (s->kept > 0) {
        out[s->kept - 1] = (uint32_t)s->heap[0];
        s->heap[0] = s->heap[--s->kept];
        sift_down(s->heap, s->kept, 0);
    }
    return count;
}

/* ---- What was typed ---- */

static void split_words(typed_text *typed)
{
    typed->word_count = 0;
    size_t at = 0;
    while (at < typed->size && typed->word_count < MAX_WORDS) {
        const char *space = memchr(typed->text + at, ' ', typed->size - at);
        size_t length = space ? (size_t)(space - typed->text) - at : typed->size - at;
        typed->words[typed->word_count].text = typed->text + at;
        typed->words[typed->word_count].size = length;
        ++typed->word_count;
        at += length + 1;
    }
}

static pulse_status read_typed(const char *text, typed_text *typed, pulse_error *error)
{
    pulse_buffer folded = {0};
    /* Folding shortens or lengthens; eight times what is kept is more than enough to read. */
    size_t bytes = strlen(text);
    if (!pulse_text_fold(text, bytes < (size_t)8 * MAX_TEXT ? bytes : (size_t)8 * MAX_TEXT,
                         &folded)) {
        pulse_buffer_free(&folded);
        return pulse_out_of_memory(error);
    }
    size_t size = folded.size;
    if (size > MAX_TEXT) {
        size = MAX_TEXT;
        while (size > 0 && ((unsigned char)folded.data[size] & 0xc0) == 0x80)
            --size;
        while (size > 0 && folded.data[size - 1] == ' ')
            --size;
    }
    if (size)
        memcpy(typed->text, folded.data, size);
    typed->size = size;
    pulse_buffer_free(&folded);
    split_words(typed);
    return PULSE_OK;
}

/* The same without its words "by"; false where there is none that could be left out. */
static bool without_by(const typed_text *typed, typed_text *out)
{
    out->size = 0;
    for (size_t i = 0; i < typed->word_count; ++i) {
        size_t size = typed->words[i].size;
        if (i > 0 && size == 2 && memcmp(typed->words[i].text, "by", 2) == 0)
            continue;
        if (out->size)
            out->text[out->size++] = ' ';
        memcpy(out->text + out->size, typed->words[i].text, size);
        out->size += size;
    }
    split_words(out);
    return out->word_count > 0 && out->word_count < typed->word_count;
}

/* ---- Ranks 0 to 3 ---- */

static bool starts_with(const pulse_texts *texts, uint32_t number, const char *text, size_t size,
                        bool *equal)
{
    size_t other_size;
    const char *other = pulse_texts_get(texts, number, &other_size);
    *equal = other_size == size;
    return other_size >= size && memcmp(other, text, size) == 0;
}

/* Songs of this title by this artist. */
static void offer_pair(search *s, const char *title, size_t title_size, const char *artist,
                       size_t artist_size, unsigned rank)
{
    const pulse_search_index *index = s->index;
    const pulse_columns *columns = &s->catalog->columns;
    uint32_t at = pulse_texts_find(&index->artists, artist, artist_size);
    bool equal;
    if (at == index->artists.count ||
        !starts_with(&index->artists, index->artists.order[at], artist, artist_size, &equal) ||
        !equal)
        return;
    for (uint32_t i = pulse_texts_find(&index->titles, title, title_size); i < columns->songs;
         ++i) {
        uint32_t song = index->titles.order[i];
        if (!starts_with(&index->titles, song, title, title_size, &equal) || !equal)
            break;
        if (starts_with(&index->artists, columns->artist[song], artist, artist_size, &equal) &&
            equal)
            offer(s, song, rank, 0);
    }
}

static void offer_titles(search *s, const typed_text *typed, unsigned base)
{
    /* Title and artist, parted at each space. */
    for (size_t i = 1; i + 1 < typed->size; ++i) {
        if (typed->text[i] != ' ')
            continue;
        const char *right = typed->text + i + 1;
        size_t right_size = typed->size - i - 1;
        offer_pair(s, typed->text, i, right, right_size, base + RANK_EXACT);
        offer_pair(s, right, right_size, typed->text, i, base + RANK_EXACT);
    }
    const pulse_texts *titles = &s->index->titles;
    for (uint32_t i = pulse_texts_find(titles, typed->text, typed->size); i < titles->count; ++i) {
        bool equal;
        if (!starts_with(titles, titles->order[i], typed->text, typed->size, &equal))
            break;
        offer(s, titles->order[i], base + (equal ? RANK_EXACT : RANK_TITLE), 0);
    }
}

static void offer_artists(search *s, const typed_text *typed, unsigned base)
{
    const pulse_texts *artists = &s->index->artists;
    for (uint32_t i = pulse_texts_find(artists, typed->text, typed->size); i < artists->count;
         ++i) {
        bool equal;
        uint32_t artist = artists->order[i];
        if (!starts_with(artists, artist, typed->text, typed->size, &equal))
            break;
        uint32_t end = s->index->artist_ends[artist];
        for (uint32_t at = artist ? s->index->artist_ends[artist - 1] : 0; at < end; ++at)
            offer(s, s->index->by_artist[at], base + (equal ? RANK_ARTIST : RANK_ARTIST_PREFIX), 0);
    }
}

/* ---- Ranks 4 and 5 ---- */

/* Whether `text` has `word` as a word, or with `prefix` as the beginning of one. */
static bool has_word(const char *text, size_t size, const char *word, size_t word_size, bool prefix)
{
    for (size_t at = 0; at + word_size <= size;) {
        if (memcmp(text + at, word, word_size) == 0 &&
            (prefix || at + word_size == size || text[at + word_size] == ' '))
            return true;
        const char *space = memchr(text + at, ' ', size - at);
        if (!space)
            return false;
        at = (size_t)(space - text) + 1;
    }
    return false;
}

/* Checks the song against the words themselves: the index on file is not taken at its word. */
static void offer_match(search *s, const typed_text *typed, uint32_t song, unsigned base)
{
    size_t title_size;
    size_t artist_size;
    const char *title = pulse_texts_get(&s->index->titles, song, &title_size);
    const char *artist =
        pulse_texts_get(&s->index->artists, s->catalog->columns.artist[song], &artist_size);
    bool all_in_title = true;
    for (size_t i = 0; i < typed->word_count; ++i) {
        const char *word = typed->words[i].text;
        size_t size = typed->words[i].size;
        bool prefix = i + 1 == typed->word_count;
        if (has_word(title, title_size, word, size, prefix))
            continue;
        all_in_title = false;
        if (!has_word(artist, artist_size, word, size, prefix))
            return;
    }
    offer(s, song, base + (all_in_title ? RANK_WORDS_IN_TITLE : RANK_WORDS), 0);
}

/* "one" AND "two" AND "thr"*. Folded words hold no quotation marks. */
static bool match_expression(const typed_text *typed, pulse_buffer *out)
{
    for (size_t i = 0; i < typed->word_count; ++i) {
        if (!pulse_buffer_append_text(out, i ? " AND \"" : "\"") ||
            !pulse_buffer_append(out, typed->words[i].text, typed->words[i].size) ||
            !pulse_buffer_append_text(out, i + 1 == typed->word_count ? "\"*" : "\""))
            return false;
    }
    return true;
}

static pulse_status offer_matches(search *s, const typed_text *typed, unsigned base,
                                  pulse_error *error)
{
    pulse_buffer expression = {0};
    if (!match_expression(typed, &expression)) {
        pulse_buffer_free(&expression);
        return pulse_out_of_memory(error);
    }
    sqlite3_stmt *match = s->catalog->match;
    pulse_status status = PULSE_OK;
    if (sqlite3_bind_text64(match, 1, expression.data, expression.size, SQLITE_STATIC,
                            SQLITE_UTF8) != SQLITE_OK)
        status = pulse_store_sql_error(s->catalog, error);
    for (int rows = 0; rows < MAX_MATCHES && status == PULSE_OK; ++rows) {
        bool row;
        status = pulse_store_step(s->catalog, match, &row, error);
        if (status != PULSE_OK || !row)
            break;
        int64_t song = sqlite3_column_int64(match, 0);
        if (song < 0 || song >= s->catalog->columns.songs)
            status = pulse_store_damaged(s->catalog, error,
                                         "damaged: its text index names a song that is not there");
        else
            offer_match(s, typed, (uint32_t)song, base);
    }
    sqlite3_reset(match);
    sqlite3_clear_bindings(match);
    pulse_buffer_free(&expression);
    return status;
}

/* Stops as soon as what is left to try ranks behind `limit` songs. */
static pulse_status search_exact(search *s, const typed_text *typed, unsigned base,
                                 pulse_error *error)
{
    offer_titles(s, typed, base);
    if (s->found < s->limit)
        offer_artists(s, typed, base);
    if (s->found < s->limit)
        return offer_matches(s, typed, base, error);
    return PULSE_OK;
}

/* ---- One edit ---- */

/* Per word of the vocabulary: bit i, it is word i as typed; bit 16 + i, it is one edit away. */
static void mark_words(const search *s, const typed_text *typed)
{
    const pulse_names *words = &s->index->words;
    uint32_t *marks = s->index->marks;
    memset(marks, 0, words->count * sizeof *marks);
    for (size_t i = 0; i < typed->word_count; ++i) {
        const char *word = typed->words[i].text;
        size_t size = typed->words[i].size;
        bool prefix = i + 1 == typed->word_count;
        bool fuzzy = pulse_character_count(word, size) >= FUZZY_LETTERS;
        for (uint32_t w = 0; w < words->count; ++w) {
            size_t other_size;
            const char *other = pulse_names_get(words, w, &other_size);
            /* A character is at most four bytes. */
            if (other_size + 4 < size || (!prefix && other_size > size + 4))
                continue;
            if ((prefix ? other_size >= size : other_size == size) &&
                memcmp(other, word, size) == 0)
                marks[w] |= 1u << i;
            else if (fuzzy && pulse_one_edit(word, size, other, other_size, prefix))
                marks[w] |= 1u << (16 + i);
        }
    }
}

static uint32_t marks_of(const pulse_search_index *index, const pulse_tokens *tokens, uint32_t i)
{
    uint32_t marks = 0;
    for (uint32_t at = i ? tokens->ends[i - 1] : 0; at < tokens->ends[i]; ++at)
        marks |= index->marks[tokens->items[at]];
    return marks;
}

static unsigned count_bits(uint32_t bits)
{
    unsigned count = 0;
    for (; bits; bits &= bits - 1)
        ++count;
    return count;
}

static pulse_status search_fuzzy(search *s, const typed_text *typed, unsigned base,
                                 pulse_error *error)
{
    bool any = false;
    for (size_t i = 0; i < typed->word_count; ++i)
        any |= pulse_character_count(typed->words[i].text, typed->words[i].size) >= FUZZY_LETTERS;
    if (!any)
        return PULSE_OK;
    pulse_status status = pulse_search_index_need_words(s->catalog, error);
    if (status != PULSE_OK)
        return status;
    mark_words(s, typed);
    const pulse_search_index *index = s->index;
    const uint32_t all = (1u << typed->word_count) - 1;
    for (uint32_t artist = 0; artist < index->artists.count; ++artist) {
        uint32_t of_artist = marks_of(index, &index->artist_words, artist);
        uint32_t end = index->artist_ends[artist];
        for (uint32_t at = artist ? index->artist_ends[artist - 1] : 0; at < end; ++at) {
            uint32_t song = index->by_artist[at];
            uint32_t of_title = marks_of(index, &index->title_words, song);
            uint32_t both = of_title | of_artist;
            if (((both | both >> 16) & all) != all)
                continue;
            bool in_title = ((of_title | of_title >> 16) & all) == all;
            offer(s, song, base + !in_title, count_bits(all & ~both));
        }
    }
    return PULSE_OK;
}

/* ---- The public calls ---- */

static pulse_status run(search *s, const typed_text *typed, pulse_error *error)
{
    typed_text shorter;
    bool by = without_by(typed, &shorter);
    pulse_status status = search_exact(s, typed, 0, error);
    if (status == PULSE_OK && by && s->found == 0)
        status = search_exact(s, &shorter, RANK_WITHOUT_BY, error);
    if (status == PULSE_OK && s->found < s->limit)
        status = search_fuzzy(s, typed, RANK_FUZZY, error);
    if (status == PULSE_OK && by && s->found == 0)
        status = search_fuzzy(s, &shorter, RANK_FUZZY_WITHOUT_BY, error);
    return status;
}

pulse_status pulse_catalog_search(pulse_catalog *catalog, const char *text, size_t limit,
                                  uint32_t *out, size_t *count, pulse_error *error)
{
    *count = 0;
    pulse_store_begin(catalog);
    if (limit > catalog->columns.songs)
        limit = catalog->columns.songs;
    typed_text typed;
    pulse_status status = read_typed(text, &typed, error);
    if (status != PULSE_OK || typed.word_count == 0 || limit == 0)
        return status;
    status = pulse_search_index_need(catalog, error);
    if (status != PULSE_OK)
        return status;
    memset(catalog->search->seen, 0, catalog->columns.songs);
    search s = {.catalog = catalog, .index = catalog->search, .limit = limit};
    s.heap = pulse_malloc_array(limit, sizeof *s.heap);
    if (!s.heap)
        return pulse_out_of_memory(error);
    status = run(&s, &typed, error);
    if (status == PULSE_OK)
        *count = take_all(&s, out);
    pulse_free(s.heap);
    return status;
}
