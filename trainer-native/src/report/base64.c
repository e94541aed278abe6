#include "report/base64.h"

#include <stdint.h>

#include "base/memory.h"

char *pulse_base64(const void *bytes, size_t size)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    enum { PADDING = 64 };
    const uint8_t *in = bytes;
    char *text = pulse_need((size + 2) / 3 * 4 + 1, 1);
    char *out = text;
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const uint32_t three = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                               (left > 2 ? in[i + 2] : 0u);
        *out++ = digits[three >> 18];
        *out++ = digits[three >> 12 & 63];
        *out++ = digits[left > 1 ? three >> 6 & 63 : PADDING];
        *out++ = digits[left > 2 ? three & 63 : PADDING];
    }
    return text;
}
