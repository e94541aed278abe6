/* The first byte: a separator; the rest: a cell. Whatever it holds, a list's values are few, tidy,
 * different and not empty, and valid UTF-8 where the cell is; reading them again changes nothing.
 */
#include "ingest/cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(const char *value, size_t size, const char *rest)
{
    if (size == 0 || value[0] == ' ' || value[size - 1] == ' ')
        abort();
    for (size_t i = 0; i < size; ++i)
        if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
            abort();
    for (const char *at = rest; *at;) {
        const size_t other = strcspn(at, PULSE_LIST_SEPARATOR);
        if (other == size && memcmp(at, value, size) == 0)
            abort();
        at += other + (at[other] != 0);
    }
}

static void check_list(const char *cell, char separator)
{
    pulse_text list = {0};
    const size_t count = pulse_cell_list(cell, separator, &list);
    size_t values = 0, at;
    if (strlen(list.data) != list.size || count > PULSE_CELL_VALUES)
        abort();
    for (const char *value = list.data; *value; ++values) {
        const size_t size = strcspn(value, PULSE_LIST_SEPARATOR);
        const char *rest = value + size + (value[size] != 0);
        check_value(value, size, rest);
        value = rest;
    }
    if (values != count)
        abort();
    if (pulse_utf8_valid(cell, strlen(cell), &at) && !pulse_utf8_valid(list.data, list.size, &at))
        abort();
    pulse_text tidy = {0};
    pulse_cell_tidy(list.data, &tidy);
    if (count == 1 && strcmp(tidy.data, list.data) != 0)
        abort();
    free(tidy.data);
    free(list.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    char *cell = malloc(size); /* one less than there is, and the NUL */
    if (!cell)
        abort();
    memcpy(cell, data + 1, size - 1);
    cell[size - 1] = '\0';
    char separator;
    memcpy(&separator, data, 1);
    if (separator <= ' ' || separator == 0x7f)
        separator = '\0';
    check_list(cell, separator);
    double value;
    if ((pulse_cell_number(cell, &value) == PULSE_CELL_NUMBER) != !isnan(value))
        abort();
    if (pulse_cell_comma_number(cell, &value) != !isnan(value))
        abort();
    if (pulse_cell_truth(cell, &value) != !isnan(value))
        abort();
    if (pulse_cell_clock(cell, &value) != !isnan(value))
        abort();
    const int32_t year = pulse_cell_year(cell);
    if (year != 0 && (year < 1000 || year > 9999))
        abort();
    free(cell);
    return 0;
}
