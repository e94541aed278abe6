/* WordPiece: a normalised word in pieces that a vocabulary has. */
#ifndef PULSE_LYRICS_WORDPIECE_H
#define PULSE_LYRICS_WORDPIECE_H

#include "lyrics/normalize.h"
#include "lyrics/vocabulary.h"

/*
 * Cuts `word` [size], of at most PULSE_LONGEST_WORD characters, from the left, each time the
 * longest piece that the vocabulary has, and writes their ids. Returns how many there are, or 0
 * where the vocabulary has no piece for what is left: the whole word is unknown then. Time is at
 * most size * vocabulary->longest.
 */
size_t pulse_wordpiece(const pulse_vocabulary *vocabulary, const char *word, size_t size,
                       uint32_t pieces[PULSE_LONGEST_WORD]);

#endif
