/* Lyrics as bags of words: TF-IDF, and the latent semantic space of it. */
#ifndef PULSE_TRAINER_TFIDF_H
#define PULSE_TRAINER_TFIDF_H

#include "base/failure.h"

/* A sparse matrix, row by row. Zero-initialise. */
typedef struct pulse_sparse {
    uint32_t rows, columns;
    size_t *first; /* [rows + 1] where a row's values begin */
    uint32_t *column;
    float *value;
    size_t count, capacity;
} pulse_sparse;
void pulse_sparse_free(pulse_sparse *sparse);

/* Word counts, gathered text by text. Zero-initialise; pulse_words_free. */
typedef struct pulse_words pulse_words;
pulse_words *pulse_words_make(void);
void pulse_words_free(pulse_words *words);
/* The next text's words: runs of two or more letters, digits, underscores and bytes beyond ASCII,
 * in lower case. NULL: a text without any. */
void pulse_words_add(pulse_words *words, const char *text, size_t bytes);

/*
 * Rows of (1 + ln count) * (ln((1 + texts) / (1 + texts with the word)) + 1), at unit length, over
 * the words that at least `least` texts have.
 */
pulse_sparse pulse_words_tfidf(const pulse_words *words, uint32_t least);

/*
 * The rows' coordinates along the `dimensions` largest right singular vectors, or as many as there
 * are: [rows, *width], largest first; the caller frees them. NULL where the matrix is empty. By
 * subspace iteration from a random start (Halko, Martinsson and Tropp, 2011), the same for a seed.
 */
float *pulse_sparse_svd(const pulse_sparse *sparse, uint32_t dimensions, uint64_t seed,
                        uint32_t *width);

/* All of it for the lyrics that the workspace of `directory` holds: [songs, *width], 0 for a song
 * without; `*out` NULL where no song has any. */
int pulse_tfidf_vectors(const char *directory, uint32_t dimensions, uint64_t seed, float **out,
                        uint32_t *width, pulse_failure *failure);

#endif
