/* Any bytes as a song's page: a text that comes of it is lyrics, in UTF-8 where the page is,
 * without a NUL, no longer than a song may be, and the same each time; and a page with lyrics is no
 * captcha. */
#include "lyrics/page.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "pulse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_utf8(const uint8_t *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        const size_t length = pulse_json_utf8(text + i, size - i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

static void check_text(const char *text, size_t size, bool utf8)
{
    char *clean = NULL;
    size_t bytes = 0;
    if (size == 0 || size > ((size_t)512 << 10) || strlen(text) != size)
        abort();
    if (utf8 && !is_utf8((const uint8_t *)text, size))
        abort();
    if (pulse_lyrics_clean(text, size, PULSE_LYRICS_SONG, &clean, &bytes, NULL) != PULSE_OK ||
        !clean)
        abort();
    pulse_string_free(clean);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text, *again;
    size_t bytes, bytes_again;
    const pulse_page_kind kind = pulse_page_read((const char *)data, size, &text, &bytes);
    if ((kind == PULSE_PAGE_LYRICS) != (text != NULL))
        abort();
    if (!text) {
        pulse_page_is_challenge((const char *)data, size);
        return 0;
    }
    check_text(text, bytes, is_utf8(data, size));
    if (pulse_page_is_challenge((const char *)data, size) ||
        pulse_page_read((const char *)data, size, &again, &bytes_again) != PULSE_PAGE_LYRICS ||
        bytes_again != bytes || memcmp(again, text, bytes) != 0)
        abort();
    free(again);
    free(text);
    return 0;
}
