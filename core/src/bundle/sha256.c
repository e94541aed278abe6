#include "bundle/sha256.h"

#include "pulse.h"

/* sha2.h wants these first. */
#include <stdint.h>
#include <sys/types.h>

#include <sha2.h>
#include <string.h>

void pulse_sha256_hex(const void *bytes, size_t size, char out[65])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA2_CTX context;
    SHA256Init(&context);
    if (size)
        SHA256Update(&context, bytes, size);
    SHA256Final(digest, &context);
    for (size_t i = 0; i < sizeof digest; ++i) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[64] = '\0';
}

bool pulse_sha256_is_hex(const char *text)
{
    return strlen(text) == PULSE_SHA256_HEX && strspn(text, "0123456789abcdef") == PULSE_SHA256_HEX;
}
