/*
 * CSV by RFC 4180: quotes, doubled quotes, line breaks within quotes; CRLF, LF or CR; with or
 * without a byte order mark. Separated by commas, semicolons or tabs, whichever the header has
 * most of. The first record is the header.
 */
#ifndef PULSE_TRAINER_CSV_H
#define PULSE_TRAINER_CSV_H

#include "io/input.h"

#define PULSE_CSV_MAX_FIELD (16u << 20)  /* bytes */
#define PULSE_CSV_MAX_RECORD (64u << 20) /* bytes */
#define PULSE_CSV_MAX_COLUMNS 10000u

typedef struct pulse_csv_record {
    uint64_t line;             /* where it starts, from 1 */
    uint32_t count;            /* fields; the same in every record */
    const char *const *fields; /* [count] valid UTF-8, NUL-terminated, no NUL within */
    const size_t *sizes;       /* [count] */
} pulse_csv_record;

/* Header and records live only as long as the call. Not 0 stops the reading and is returned. */
typedef struct pulse_csv_handler {
    void *context;
    int (*header)(void *context, const pulse_csv_record *header, pulse_failure *failure);
    int (*record)(void *context, const pulse_csv_record *record, pulse_failure *failure);
} pulse_csv_handler;

/*
 * Reads all of it. Ragged records, stray or unclosed quotes, invalid UTF-8, NUL bytes and giant
 * fields are errors (PULSE_EXIT_INPUT) that name file, line and column.
 */
int pulse_csv_read(pulse_input *input, const pulse_csv_handler *handler, pulse_failure *failure);

/* Whether the bytes are UTF-8 (RFC 3629); *at is the offset of the first that is not. */
bool pulse_utf8_valid(const char *text, size_t size, size_t *at);

#endif
