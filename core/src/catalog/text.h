/* Text as it is compared: what a person types and what a title says meet here. */
#ifndef PULSE_CATALOG_TEXT_H
#define PULSE_CATALOG_TEXT_H

#include "base/buffer.h"

/*
 * Appends the folded form of `text` [bytes]: NFKD, case folded, without combining marks or
 * apostrophes, every other character that is neither letter nor digit a space, spaces single, none
 * at the ends. Invalid UTF-8 folds as U+FFFD, which is a space. Linear time. false when memory is
 * out.
 */
bool pulse_text_fold(const char *text, size_t bytes, pulse_buffer *out);

/*
 * Appends the folded title without what only tells versions of one recording apart: "(live ...)",
 * "[remastered 2011]", "- radio edit", "(feat. ...)". Never empty unless the folded title is: a
 * title made of nothing else keeps it.
 */
bool pulse_text_fold_work(const char *title, size_t bytes, pulse_buffer *out);

#endif
