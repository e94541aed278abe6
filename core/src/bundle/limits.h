/* How large a bundle's parts may be: what an honest bundle never reaches, and a hostile one may
 * not pass. */
#ifndef PULSE_BUNDLE_LIMITS_H
#define PULSE_BUNDLE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#define PULSE_BUNDLE_MAX_MANIFEST (UINT64_C(1) << 20)
#define PULSE_BUNDLE_MAX_FILE (UINT64_C(1) << 30)
#define PULSE_BUNDLE_MAX_FILES 64
#define PULSE_BUNDLE_MAX_SHARDS 4096 /* of all files together */
#define PULSE_BUNDLE_MAX_NAME 128

/* 1 to 128 of A-Z a-z 0-9 . _ -, the first not a dot. */
bool pulse_bundle_name_is_safe(const char *name);

#endif
