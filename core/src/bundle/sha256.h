/* SHA-256 (FIPS 180-4), on libmd. */
#ifndef PULSE_BUNDLE_SHA256_H
#define PULSE_BUNDLE_SHA256_H

#include <stdbool.h>
#include <stddef.h>

#define PULSE_SHA256_HEX 64

/* Whether `text` is 64 lower-case hex digits. */
bool pulse_sha256_is_hex(const char *text);

#endif
