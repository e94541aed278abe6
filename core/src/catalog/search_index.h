/* What search holds in memory: folded titles and artists, in order, and their words. */
#ifndef PULSE_CATALOG_SEARCH_INDEX_H
#define PULSE_CATALOG_SEARCH_INDEX_H

#include "catalog/names.h"
#include "catalog/store.h"

/* Folded texts, one after another, and their numbers sorted by text. */
typedef struct pulse_texts {
    pulse_buffer bytes;
    uint32_t *ends;  /* [count] */
    uint32_t *order; /* [count] by text, then number */
    uint32_t count;
} pulse_texts;

/* The words of texts: word numbers of text i are items[ends[i - 1]] .. items[ends[i] - 1]. */
typedef struct pulse_tokens {
    uint32_t *items;
    uint32_t *ends; /* [count of texts] */
} pulse_tokens;

struct pulse_search_index {
    pulse_texts titles;    /* by song */
    pulse_texts artists;   /* by artist */
    uint8_t *noted;        /* [songs] 1: the title says which version it is ("live") */
    uint32_t *by_artist;   /* [songs] songs, grouped by artist */
    uint32_t *artist_ends; /* [artists] where each artist's songs end in by_artist */
    uint8_t *seen;         /* [songs] scratch of one search */
    bool has_words;        /* what follows is there */
    pulse_names words;     /* every distinct word */
    pulse_tokens title_words;
    pulse_tokens artist_words;
    uint32_t *marks; /* [words.count] scratch of one search */
};

/* Makes catalog->search where it is not there yet; likewise its words. */
pulse_status pulse_search_index_need(pulse_catalog *catalog, pulse_error *error);
pulse_status pulse_search_index_need_words(pulse_catalog *catalog, pulse_error *error);
void pulse_search_index_free(pulse_search_index *index);

/* Text number `i`: `*size` bytes, not terminated. */
static inline const char *pulse_texts_get(const pulse_texts *texts, uint32_t i, size_t *size)
{
    uint32_t start = i ? texts->ends[i - 1] : 0;
    *size = texts->ends[i] - start;
    return texts->bytes.data ? texts->bytes.data + start : "";
}

/* The first place in `order` whose text is not less than `text`. */
uint32_t pulse_texts_find(const pulse_texts *texts, const char *text, size_t size);

#endif
