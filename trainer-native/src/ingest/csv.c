#include "ingest/csv.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"

typedef struct csv_reader {
    struct csv_parser parser;
    const char *file;
    const pulse_csv_handler *handler;
    pulse_failure *failure;
    int code; /* libcsv cannot be stopped from a callback: what follows a failure is dropped */

    uint64_t line;        /* being fed */
    uint64_t record_line; /* where the record starts */
    uint64_t field_line;  /* where the field starts */
    bool record_open;

    uint32_t columns; /* 0 until the header is known */
    char **names;     /* [columns] of the header */

    uint32_t count; /* fields of this record so far */
    uint32_t capacity;
    size_t *offsets; /* into text */
    size_t *sizes;
    const char **fields;
    pulse_text text;
} csv_reader;

bool pulse_utf8_valid(const char *text, size_t size, size_t *at)
{
    const unsigned char *s = (const unsigned char *)text;
    for (size_t i = 0; i < size;) {
        const unsigned char c = s[i];
        size_t more = 0;
        uint32_t point = 0;
        if (c < 0x80) {
            ++i;
            continue;
        }
        if (c >= 0xc2 && c <= 0xdf) {
            more = 1;
            point = c & 0x1fu;
        } else if ((c & 0xf0) == 0xe0) {
            more = 2;
            point = c & 0x0fu;
        } else if (c >= 0xf0 && c <= 0xf4) {
            more = 3;
            point = c & 0x07u;
        }
        bool good = more > 0 && size - i > more;
        for (size_t k = 1; good && k <= more; ++k) {
            good = (s[i + k] & 0xc0) == 0x80;
            point = point << 6 | (s[i + k] & 0x3fu);
        }
        if (!good || (more == 2 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff))) ||
            (more == 3 && (point < 0x10000 || point > 0x10ffff))) {
            *at = i;
            return false;
        }
        i += more + 1;
    }
    return true;
}

/* The field's column as a person finds it: by name once the header is known, else by number. */
static const char *column_name(const csv_reader *reader, uint32_t column, char *room, size_t size)
{
    if (column < reader->columns)
        snprintf(room, size, "column \"%.80s\"", reader->names[column]);
    else
        snprintf(room, size, "field %u", column + 1);
    return room;
}

static void field_failure(csv_reader *reader, uint64_t line, const char *what)
{
    char name[128];
    reader->code = pulse_failure_set(reader->failure, PULSE_EXIT_INPUT, "%s: line %llu, %s: %s",
                                     reader->file, (unsigned long long)line,
                                     column_name(reader, reader->count, name, sizeof name), what);
}

static void on_field(void *bytes, size_t size, void *context)
{
    csv_reader *reader = context;
    if (reader->code)
        return;
    if (!reader->record_open) {
        reader->record_open = true;
        reader->record_line = reader->field_line;
    }
    const char *text = size ? bytes : "";
    size_t at;
    if (memchr(text, 0, size)) {
        field_failure(reader, reader->field_line, "holds a NUL byte; is this a text file?");
        return;
    }
    if (!pulse_utf8_valid(text, size, &at)) {
        char what[128];
        snprintf(what, sizeof what,
                 "byte %zu of the value (0x%02x) is not UTF-8; save the file as UTF-8", at + 1,
                 (unsigned)(unsigned char)text[at]);
        field_failure(reader, reader->field_line, what);
        return;
    }
    const uint32_t most = reader->columns ? reader->columns : PULSE_CSV_MAX_COLUMNS;
    if (reader->count < most) {
        if (reader->text.size + size > PULSE_CSV_MAX_RECORD) {
            field_failure(reader, reader->field_line, "the record is larger than 64 MiB");
            return;
        }
        if (reader->count == reader->capacity) {
            reader->capacity = reader->capacity ? reader->capacity * 2 : 64;
            reader->offsets =
                pulse_need_more(reader->offsets, reader->capacity, sizeof *reader->offsets);
            reader->sizes = pulse_need_more(reader->sizes, reader->capacity, sizeof *reader->sizes);
            reader->fields =
                pulse_need_more(reader->fields, reader->capacity, sizeof *reader->fields);
        }
        reader->offsets[reader->count] = reader->text.size;
        reader->sizes[reader->count] = size;
        pulse_text_append(&reader->text, text, size);
        pulse_text_append(&reader->text, "", 1);
    }
    if (reader->count < UINT32_MAX)
        ++reader->count;
    reader->field_line = reader->line;
}

static void take_header(csv_reader *reader, const pulse_csv_record *record)
{
    if (record->count > PULSE_CSV_MAX_COLUMNS) {
        reader->code = pulse_failure_set(reader->failure, PULSE_EXIT_INPUT,
                                         "%s: line %llu: more than %u columns", reader->file,
                                         (unsigned long long)record->line, PULSE_CSV_MAX_COLUMNS);
        return;
    }
    reader->names = pulse_need(record->count, sizeof *reader->names);
    reader->columns = record->count;
    for (uint32_t i = 0; i < record->count; ++i) {
        reader->names[i] = record->sizes[i] ? pulse_need_text(record->fields[i])
                                            : pulse_need_format("column %u", i + 1);
        reader->sizes[i] = strlen(reader->names[i]);
    }
    const pulse_csv_record named = {record->line, record->count, (const char *const *)reader->names,
                                    record->sizes};
    reader->code = reader->handler->header(reader->handler->context, &named, reader->failure);
}

static void on_record(int terminator, void *context)
{
    (void)terminator;
    csv_reader *reader = context;
    if (reader->code)
        return;
    const bool header = reader->columns == 0;
    if (!header && reader->count != reader->columns) {
        reader->code = pulse_failure_set(
            reader->failure, PULSE_EXIT_INPUT,
            "%s: line %llu: %u field%s, but the header has %u columns (%s \"%.80s\"); is a comma "
            "or a quote missing?",
            reader->file, (unsigned long long)reader->record_line, reader->count,
            reader->count == 1 ? "" : "s", reader->columns,
            reader->count < reader->columns ? "none for column" : "too many after column",
            reader->names[reader->count < reader->columns ? reader->count : reader->columns - 1]);
        return;
    }
    if (header && reader->count > PULSE_CSV_MAX_COLUMNS)
        reader->count = PULSE_CSV_MAX_COLUMNS + 1;
    const uint32_t stored = reader->count > PULSE_CSV_MAX_COLUMNS ? 0 : reader->count;
    for (uint32_t i = 0; i < stored; ++i)
        reader->fields[i] = reader->text.data + reader->offsets[i];
    const pulse_csv_record record = {reader->record_line, reader->count, reader->fields,
                                     reader->sizes};
    if (header)
        take_header(reader, &record);
    else
        reader->code = reader->handler->record(reader->handler->context, &record, reader->failure);
    reader->count = 0;
    reader->text.size = 0;
    reader->record_open = false;
    if (!reader->code && pulse_interrupted())
        reader->code = pulse_failure_interrupted(reader->failure);
}

/* Feeds bytes of one line. */
static void feed(csv_reader *reader, const char *bytes, size_t size)
{
    const size_t taken = csv_parse(&reader->parser, bytes, size, on_field, on_record, reader);
    if (reader->code)
        return;
    if (taken != size) {
        if (csv_error(&reader->parser) == CSV_EPARSE)
            field_failure(reader, reader->line,
                          "a quote stands where none may: a value with quotes in it must be "
                          "quoted, and they doubled (\"\")");
        else
            reader->code = pulse_failure_set(reader->failure, PULSE_EXIT_FAILED,
                                             "%s: line %llu: out of memory", reader->file,
                                             (unsigned long long)reader->line);
        return;
    }
    if (reader->parser.entry_pos > PULSE_CSV_MAX_FIELD)
        field_failure(reader, reader->field_line,
                      "the value is larger than 16 MiB; is a closing quote missing?");
}

static unsigned char guess_delimiter(const char *bytes, size_t size)
{
    size_t commas = 0, semicolons = 0, tabs = 0;
    bool quoted = false;
    for (size_t i = 0; i < size; ++i) {
        if (bytes[i] == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        if (bytes[i] == '\n' || bytes[i] == '\r')
            break;
        commas += bytes[i] == ',';
        semicolons += bytes[i] == ';';
        tabs += bytes[i] == '\t';
    }
    if (tabs > commas && tabs >= semicolons)
        return '\t';
    return semicolons > commas ? ';' : ',';
}

static int is_space(unsigned char c)
{
    return c == ' ';
}

/* Fills `block` unless the input ends before. */
static int read_block(pulse_input *input, char *block, size_t size, size_t *count,
                      pulse_failure *failure)
{
    *count = 0;
    for (size_t got = 1; *count < size && got > 0; *count += got) {
        const int code = pulse_input_read(input, block + *count, size - *count, &got, failure);
        if (code)
            return code;
    }
    return 0;
}

static int read_all(csv_reader *reader, pulse_input *input, char *block, size_t block_size)
{
    bool first = true, after_return = false;
    for (;;) {
        size_t size, start = 0;
        const int code = read_block(input, block, block_size, &size, reader->failure);
        if (code)
            return code;
        if (first) {
            if (size >= 2 &&
                (memcmp(block, "\xff\xfe", 2) == 0 || memcmp(block, "\xfe\xff", 2) == 0))
                return pulse_failure_set(reader->failure, PULSE_EXIT_INPUT,
                                         "%s: line 1: is UTF-16; save it as UTF-8", reader->file);
            if (size >= 3 && memcmp(block, "\xef\xbb\xbf", 3) == 0)
                start = 3;
            csv_set_delim(&reader->parser, guess_delimiter(block + start, size - start));
            first = false;
        }
        if (size == 0)
            return 0;
        /* Line by line, so that the callbacks know which line they are in. */
        for (size_t at = start; at < size; ++at) {
            const bool newline = block[at] == '\n';
            if (after_return && !newline) {
                feed(reader, block + start, at - start);
                start = at;
                ++reader->line;
                if (!reader->record_open && reader->count == 0)
                    reader->field_line = reader->line;
            }
            if (reader->code)
                return reader->code;
            after_return = block[at] == '\r';
            if (newline) {
                feed(reader, block + start, at + 1 - start);
                start = at + 1;
                ++reader->line;
                /* A record that ended with this line starts anew on the next; a field that goes on
                 * (an open quote) keeps the line where it started. */
                if (!reader->record_open && !reader->parser.quoted)
                    reader->field_line = reader->line;
            }
            if (reader->code)
                return reader->code;
        }
        feed(reader, block + start, size - start);
        if (reader->code)
            return reader->code;
    }
}

int pulse_csv_read(pulse_input *input, const pulse_csv_handler *handler, pulse_failure *failure)
{
    csv_reader reader = {.file = pulse_input_name(input),
                         .handler = handler,
                         .failure = failure,
                         .line = 1,
                         .record_line = 1,
                         .field_line = 1};
    if (csv_init(&reader.parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return pulse_failure_set(failure, PULSE_EXIT_FAILED, "out of memory");
    csv_set_blk_size(&reader.parser, 65536);      /* it grows by this much, not by doubling */
    csv_set_space_func(&reader.parser, is_space); /* a tab may be the delimiter */
    const size_t block_size = 1u << 18;
    char *block = pulse_need(block_size, 1);
    int code = read_all(&reader, input, block, block_size);
    if (!code) {
        if (csv_fini(&reader.parser, on_field, on_record, &reader) != 0 && !reader.code)
            field_failure(&reader, reader.field_line, "the quote that opens here is never closed");
        code = reader.code;
    }
    if (!code && reader.columns == 0)
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: line 1: is empty; a header with column names is needed",
                                 reader.file);
    csv_free(&reader.parser);
    free(block);
    for (uint32_t i = 0; i < reader.columns; ++i)
        free(reader.names[i]);
    free(reader.names);
    free(reader.offsets);
    free(reader.sizes);
    free(reader.fields);
    free(reader.text.data);
    return code;
}
