/* Any bytes as lyrics: what is kept is UTF-8 without controls, empty lines or blanks to spare, is
 * no longer than what came in, and stays the same when it is cleaned again. The first byte says
 * whether it is a song's or a listener's. */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t size)
{
    char before = '\n';
    if (size == 0 || text[size] != '\0' || text[size - 1] == '\n' || text[size - 1] == ' ')
        abort();
    for (size_t i = 0; i < size;) {
        const uint8_t c = (uint8_t)text[i];
        const size_t length = pulse_json_utf8((const uint8_t *)text + i, size - i);
        if (length == 0 || (c < 0x20 && c != '\n') || c == 0x7f)
            abort();
        if ((c == ' ' || c == '\n') && (before == ' ' || before == '\n'))
            abort();
        before = (char)c;
        i += length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const pulse_lyrics_kind kind = data[0] == 's' ? PULSE_LYRICS_SONG : PULSE_LYRICS_QUERY;
    char *text;
    char *again;
    size_t bytes;
    size_t bytes_again;
    if (pulse_lyrics_clean((const char *)data + 1, size - 1, kind, &text, &bytes, NULL) != PULSE_OK)
        abort();
    if (!text)
        return 0;
    check_text(text, bytes);
    if (bytes > size - 1 ||
        pulse_lyrics_clean(text, bytes, kind, &again, &bytes_again, NULL) != PULSE_OK || !again ||
        bytes_again != bytes || memcmp(again, text, bytes) != 0)
        abort();
    pulse_string_free(again);
    pulse_string_free(text);
    return 0;
}
