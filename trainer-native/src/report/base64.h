/* Base64 (RFC 4648, section 4): numbers in an HTML page at four characters for three bytes. */
#ifndef PULSE_TRAINER_REPORT_BASE64_H
#define PULSE_TRAINER_REPORT_BASE64_H

#include <stddef.h>

/* With padding; the caller frees it. */
char *pulse_base64(const void *bytes, size_t size);

#endif
