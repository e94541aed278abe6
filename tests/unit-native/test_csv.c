/* The CSV reader: what RFC 4180 allows is read, and what it does not is named with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/memory.h"
#include "ingest/csv.h"

/* Records as text: "line:field|field;" */
static int take(void *context, const pulse_csv_record *record, pulse_failure *failure)
{
    (void)failure;
    pulse_text *out = context;
    pulse_text_format(out, "%u:", (unsigned)record->line);
    for (uint32_t i = 0; i < record->count; ++i) {
        assert_int_equal(strlen(record->fields[i]), record->sizes[i]);
        pulse_text_format(out, "%s%s", i ? "|" : "", record->fields[i]);
    }
    pulse_text_append(out, ";", 1);
    return 0;
}

/* Reads the bytes; the caller frees the records' text. */
static int read_bytes(const char *bytes, size_t size, bool compressed, char **text,
                      pulse_failure *failure)
{
    char path[] = "/tmp/pulse-csv-XXXXXX";
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    if (compressed) {
        gzFile file = gzdopen(descriptor, "wb");
        assert_int_equal(gzwrite(file, bytes, (unsigned)size), size);
        gzclose(file);
    } else {
        assert_int_equal(write(descriptor, bytes, size), size);
        close(descriptor);
    }
    pulse_input *input;
    assert_int_equal(pulse_input_open(path, &input, failure), 0);
    pulse_text out = {0};
    pulse_text_append(&out, "", 0);
    const pulse_csv_handler handler = {&out, take, take};
    const int code = pulse_csv_read(input, &handler, failure);
    pulse_input_close(input);
    unlink(path);
    *text = out.data;
    return code;
}

static void expect(const char *bytes, const char *records)
{
    pulse_failure failure = {0};
    char *text;
    assert_int_equal(read_bytes(bytes, strlen(bytes), false, &text, &failure), 0);
    assert_string_equal(text, records);
    free(text);
}

static void refuse(const char *bytes, size_t size, const char *first, const char *second)
{
    pulse_failure failure = {0};
    char *text;
    assert_int_equal(read_bytes(bytes, size, false, &text, &failure), PULSE_EXIT_INPUT);
    if (!strstr(failure.message, first) || !strstr(failure.message, second))
        fail_msg("\"%s\" lacks \"%s\" or \"%s\"", failure.message, first, second);
    free(text);
}

static void reads_plain_records(void **state)
{
    (void)state;
    expect("a,b\n1,2\n3,4\n", "1:a|b;2:1|2;3:3|4;");
    expect("a,b\n1,2", "1:a|b;2:1|2;");
    expect("a\n\n\nx\n", "1:a;4:x;"); /* blank lines are no records, but are lines */
}

static void reads_every_line_end(void **state)
{
    (void)state;
    expect("a,b\r\n1,2\r\n3,4\r\n", "1:a|b;2:1|2;3:3|4;");
    expect("a,b\r1,2\r3,4", "1:a|b;2:1|2;3:3|4;");
    expect("a,b\r\n1,2\n3,4\r\n", "1:a|b;2:1|2;3:3|4;");
}

static void reads_quotes(void **state)
{
    (void)state;
    expect("a,b\n\"1,5\",\"say \"\"hi\"\"\"\n", "1:a|b;2:1,5|say \"hi\";");
    expect("a,b\n\"\",\"\"\n", "1:a|b;2:|;");
}

static void counts_lines_within_quotes(void **state)
{
    (void)state;
    expect("a,b\n1,\"x\ny\nz\"\n\"p\r\nq\",2\n3,4\n", "1:a|b;2:1|x\ny\nz;5:p\r\nq|2;7:3|4;");
}

static void leaves_out_the_byte_order_mark(void **state)
{
    (void)state;
    expect("\xef\xbb\xbf"
           "a,b\n1,2\n",
           "1:a|b;2:1|2;");
}

static void finds_the_separator_in_the_header(void **state)
{
    (void)state;
    expect("a;b;c,d\n1;2;3\n", "1:a|b|c,d;2:1|2|3;");
    expect("a\tb\n1\t\n", "1:a|b;2:1|;");
    expect("\"a;b;c\",d\n1,2\n", "1:a;b;c|d;2:1|2;");
}

static void names_columns_without_a_name(void **state)
{
    (void)state;
    expect(",b\n1,2\n", "1:column 1|b;2:1|2;");
}

static void refuses_ragged_records(void **state)
{
    (void)state;
    refuse("a,b\n1,2\n3\n", 10, "line 3", "1 field, but the header has 2");
    refuse("a,b\n1,2,3\n", 10, "line 2", "3 fields, but the header has 2");
    refuse("a,b\n\"1\n1\",2\n3\n", 14, "line 4", "1 field");
}

static void refuses_quotes_in_the_wrong_place(void **state)
{
    (void)state;
    refuse("a,b\n1,2\n3,x\"y\n", 15, "line 3, column \"b\"", "quote");
    refuse("a,b\n\"x\"y,2\n", 11, "line 2, column \"a\"", "quote");
    refuse("a,b\n1,\"x\n2,3\n4,5\n", 18, "line 2, column \"b\"", "never closed");
}

static void refuses_what_is_not_utf8(void **state)
{
    (void)state;
    refuse("a,b\n1,caf\xe9\n", 12, "line 2, column \"b\"", "UTF-8");
    refuse("a,b\n1,x\0y\n", 10, "line 2, column \"b\"", "NUL");
    refuse("\xff\xfe"
           "a\0",
           4, "line 1", "UTF-16");
}

static void refuses_an_empty_file(void **state)
{
    (void)state;
    refuse("", 0, "line 1", "empty");
    refuse("\n\n", 2, "line 1", "empty");
}

static void refuses_a_field_without_end(void **state)
{
    (void)state;
    const size_t size = 18u << 20;
    char *bytes = malloc(size);
    memset(bytes, 'x', size);
    memcpy(bytes, "a,b\n1,", 6);
    refuse(bytes, size, "line 2, column \"b\"", "16 MiB");
    free(bytes);
}

static void reads_gzip_and_refuses_half_of_it(void **state)
{
    (void)state;
    pulse_failure failure = {0};
    char *text;
    assert_int_equal(read_bytes("a,b\n1,2\n", 8, true, &text, &failure), 0);
    assert_string_equal(text, "1:a|b;2:1|2;");
    free(text);

    char path[] = "/tmp/pulse-csv-XXXXXX";
    const int descriptor = mkstemp(path);
    gzFile file = gzdopen(descriptor, "wb");
    for (int i = 0; i < 5000; ++i)
        gzprintf(file, "%d,%d\n", i, i * 7919);
    gzclose(file);
    assert_int_equal(truncate(path, 8000), 0);
    pulse_input *input;
    assert_int_equal(pulse_input_open(path, &input, &failure), 0);
    pulse_text out = {0};
    const pulse_csv_handler handler = {&out, take, take};
    assert_int_equal(pulse_csv_read(input, &handler, &failure), PULSE_EXIT_INPUT);
    assert_non_null(strstr(failure.message, "cut short"));
    pulse_input_close(input);
    unlink(path);
    free(out.data);
}

/* A block of input may end anywhere: within a quote, between CR and LF, within a character. */
static void does_not_mind_where_blocks_end(void **state)
{
    (void)state;
    pulse_text bytes = {0}, expected = {0};
    pulse_text_format(&bytes, "a,b\r\n");
    pulse_text_format(&expected, "1:a|b;");
    for (int i = 0; i < 60000; ++i) {
        pulse_text_format(&bytes, "%d,\"\xc3\xa9\r\n%d\"\r\n", i, i % 7);
        pulse_text_format(&expected, "%d:%d|\xc3\xa9\r\n%d;", 2 + 2 * i, i, i % 7);
    }
    pulse_failure failure = {0};
    char *text;
    assert_int_equal(read_bytes(bytes.data, bytes.size, false, &text, &failure), 0);
    assert_true(strcmp(text, expected.data) == 0);
    free(text);
    free(bytes.data);
    free(expected.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_plain_records),
        cmocka_unit_test(reads_every_line_end),
        cmocka_unit_test(reads_quotes),
        cmocka_unit_test(counts_lines_within_quotes),
        cmocka_unit_test(leaves_out_the_byte_order_mark),
        cmocka_unit_test(finds_the_separator_in_the_header),
        cmocka_unit_test(names_columns_without_a_name),
        cmocka_unit_test(refuses_ragged_records),
        cmocka_unit_test(refuses_quotes_in_the_wrong_place),
        cmocka_unit_test(refuses_what_is_not_utf8),
        cmocka_unit_test(refuses_an_empty_file),
        cmocka_unit_test(refuses_a_field_without_end),
        cmocka_unit_test(reads_gzip_and_refuses_half_of_it),
        cmocka_unit_test(does_not_mind_where_blocks_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
