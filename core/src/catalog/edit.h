/* One typing mistake. */
#ifndef PULSE_CATALOG_EDIT_H
#define PULSE_CATALOG_EDIT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether one edit (a character inserted, deleted or substituted, or two neighbours swapped) turns
 * `typed` into `word`, or, with `prefix`, into some beginning of `word`. Both are UTF-8. Also true
 * for some pairs that are equal; test equality first.
 */
bool pulse_one_edit(const char *typed, size_t typed_size, const char *word, size_t word_size,
                    bool prefix);

/* How many characters of UTF-8 there are. */
size_t pulse_character_count(const char *text, size_t size);

#endif
