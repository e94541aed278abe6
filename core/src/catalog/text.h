/* Text as it is compared: what a person types and what a title says meet here. */
#ifndef PULSE_CATALOG_TEXT_H
#define PULSE_CATALOG_TEXT_H

#include "base/buffer.h"

/*
 * Appends the folded form of `text` [bytes]: NFKD, case folded, without accents and apostrophes,
 * letters that only look like others (o-slash, dotless i, ae) as those, "&" as "and", every other
 * character that is neither letter nor digit a space, spaces single, none at the ends. Spellings
 * that people type as words are words: "R.E.M." is "rem", "A$AP" is "asap", "P!nk" is "pink".
 * Invalid UTF-8 folds as U+FFFD, which is a space. Linear time. false when memory is out.
 */
bool pulse_text_fold(const char *text, size_t bytes, pulse_buffer *out);

/*
 * Appends the folded title without what only tells versions of one recording apart: "(live ...)",
 * "[remastered 2011]", "- radio edit", "(feat. ...)". Never empty unless the folded title is: a
 * title made of nothing else keeps it.
 */
bool pulse_text_fold_work(const char *title, size_t bytes, pulse_buffer *out);

/* Whether `text` [bytes] is UTF-8 without a NUL. */
bool pulse_text_is_valid(const char *text, size_t bytes);

/* Appends `text` with U+FFFD for every byte that is not UTF-8 and for every NUL. */
bool pulse_text_repair(const char *text, size_t bytes, pulse_buffer *out);

#endif
