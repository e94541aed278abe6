/* What one cell of a CSV says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/cell.h"

#define S PULSE_LIST_SEPARATOR

static void check_list(const char *cell, char separator, const char *expected)
{
    pulse_text out = {0};
    const size_t count = pulse_cell_list(cell, separator, &out);
    if (strcmp(out.data, expected) != 0)
        fail_msg("%s gave %s, not %s", cell, out.data, expected);
    size_t values = expected[0] != 0;
    for (const char *at = expected; *at; ++at)
        values += *at == S[0];
    assert_int_equal(count, values);
    free(out.data);
}

static void lists_in_brackets(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"['A', 'B']", "A" S "B"},
        {"[\"A\",\"B\"]", "A" S "B"},
        {"['one']", "one"},
        {"[]", ""},
        {"[ ]", ""},
        {"['']", ""},
        {" ['A' , 'B' ] ", "A" S "B"},
        {"[A, B and C]", "A" S "B and C"},
        {"['Rock, the', 'B']", "Rock, the" S "B"},
        {"[\"Dusty's Lamp\", 'The \"Quoted\" Few']", "Dusty's Lamp" S "The \"Quoted\" Few"},
        {"['Dusty\\'s Lamp']", "Dusty's Lamp"},
        {"['Dusty's Lamp', 'B']", "Dusty's Lamp" S "B"}, /* not as Python writes it, but seen */
        {"['back\\\\slash']", "back\\slash"},
        {"['tab\\there', 'line\\nbreak']", "tab here" S "line break"},
        {"['B\\u00f6hm', 'B\\xf6hm', 'Bö']", "B\u00f6hm" S "B\u00f6"},
        {"['\\ud83c\\udfb5']", "\U0001f3b5"},
        {"['\\ud83c', '\\udfb5x']", "\ufffd" S "\ufffdx"},
        {"['\\u0000', 'a']", "a"},
        {"['\\u12', 'a']", "u12" S "a"},
        {"['A', 'A', 'B', 'A']", "A" S "B"},
        {"['A' 'B']", "A' 'B"},
        {"[never [closed], b]", "never [closed]" S "b"},
        {"['open", "['open"},
        {"['open]", "open]"},
        {"['a', ]", "a"},
        {"['a\\", "['a\\"},
        {"['a\\]", "a]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        check_list(cases[i][0], ';', cases[i][1]);
}

static void lists_by_a_separator(void **state)
{
    (void)state;
    static const struct {
        const char *cell;
        char separator;
        const char *expected;
    } cases[] = {
        {"rock;pop", ';', "rock" S "pop"},
        {" rock , pop,,", ',', "rock" S "pop"},
        {"rock|pop|rock", '|', "rock" S "pop"},
        {"rock, pop", ';', "rock, pop"},
        {"rock, pop", 0, "rock, pop"},
        {"two  \n words\x01here;x", ';', "two words here" S "x"},
        {"a\x1f"
         "b",
         ';', "a b"}, /* the separator between values cannot be in one */
        {"", ';', ""},
        {" ; ;", ';', ""},
        {"['A', 'B']", 0, "A" S "B"},
        {"[live] a;b", ';', "[live] a" S "b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        check_list(cases[i].cell, cases[i].separator, cases[i].expected);
}

/* Megabytes of separators, quotes or brackets take no more than a moment. */
static void hostile_lists_end(void **state)
{
    (void)state;
    static const char *const parts[] = {",", "a,", "'",  "'a', ", "\\",
                                        "[", "]",  "' ", "\\u",   "ab,ab"};
    enum { SIZE = 1 << 21 };
    char *cell = malloc(SIZE + 3);
    pulse_text out = {0};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i) {
        for (int brackets = 0; brackets < 2; ++brackets) {
            const size_t size = strlen(parts[i]);
            size_t used = 0;
            if (brackets)
                cell[used++] = '[';
            for (; used + size <= SIZE; used += size)
                memcpy(cell + used, parts[i], size);
            if (brackets)
                cell[used++] = ']';
            cell[used] = 0;
            const size_t count = pulse_cell_list(cell, ',', &out);
            assert_true(count <= PULSE_CELL_VALUES);
            assert_int_equal(strlen(out.data), out.size);
        }
    }
    size_t used = 0;
    for (unsigned i = 0; i < 100; ++i)
        used += (size_t)snprintf(cell + used, SIZE - used, "value %u;", i);
    assert_int_equal(pulse_cell_list(cell, ';', &out), PULSE_CELL_VALUES);
    free(out.data);
    free(cell);
}

static void truths(void **state)
{
    (void)state;
    double value;
    static const char *const yes[] = {"true", "True", "TRUE", "yes", "Y", "t"};
    static const char *const no[] = {"false", "FALSE", "No", "n", "f"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; ++i)
        assert_true(pulse_cell_truth(yes[i], &value) && value == 1);
    for (size_t i = 0; i < sizeof no / sizeof *no; ++i)
        assert_true(pulse_cell_truth(no[i], &value) && value == 0);
    static const char *const neither[] = {"", "1", "0", "truey", "yes!", "tru"};
    for (size_t i = 0; i < sizeof neither / sizeof *neither; ++i) {
        assert_false(pulse_cell_truth(neither[i], &value));
        assert_true(isnan(value));
    }
}

static void decimal_commas(void **state)
{
    (void)state;
    double value;
    assert_true(pulse_cell_comma_number("0,53", &value) && value == 0.53);
    assert_true(pulse_cell_comma_number("-12,5", &value) && value == -12.5);
    static const char *const none[] = {"",    "0.53", "53", "1,2,3", "1.000,5",
                                       "a,5", "1,",   ",",  "1, 5"};
    for (size_t i = 0; i < sizeof none / sizeof *none; ++i) {
        assert_false(pulse_cell_comma_number(none[i], &value));
        assert_true(isnan(value));
    }
}

static void clocks(void **state)
{
    (void)state;
    double value;
    assert_true(pulse_cell_clock("3:45", &value) && value == 225);
    assert_true(pulse_cell_clock("0:07", &value) && value == 7);
    assert_true(pulse_cell_clock("123:00", &value) && value == 7380);
    assert_true(pulse_cell_clock("1:03:45", &value) && value == 3825);
    static const char *const none[] = {"",           "3",    "3:",    "3:5",    "3:60",
                                       "3:455",      ":45",  "-3:45", "1:2:03", "3:45 ",
                                       "1:00:00:00", "3:4a", "3.45",  "a:45",   "1234567:00"};
    for (size_t i = 0; i < sizeof none / sizeof *none; ++i) {
        assert_false(pulse_cell_clock(none[i], &value));
        assert_true(isnan(value));
    }
}

static void missing_words(void **state)
{
    (void)state;
    static const char *const missing[] = {"",     " ",   "NaN", "n/a", "NULL", "[]",
                                          "none", "\\N", "-",   "?",   "<NA>"};
    for (size_t i = 0; i < sizeof missing / sizeof *missing; ++i)
        assert_true(pulse_cell_is_missing(missing[i]));
    static const char *const given[] = {"0", "none of it", "nano", "--", "x"};
    for (size_t i = 0; i < sizeof given / sizeof *given; ++i)
        assert_false(pulse_cell_is_missing(given[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_in_brackets), cmocka_unit_test(lists_by_a_separator),
        cmocka_unit_test(hostile_lists_end), cmocka_unit_test(truths),
        cmocka_unit_test(decimal_commas),    cmocka_unit_test(clocks),
        cmocka_unit_test(missing_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
