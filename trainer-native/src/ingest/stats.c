#include "ingest/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Texts longer than this are no lists of a few words. */
#define LONGEST_LIST 1024u

static uint64_t hash_of(const char *text, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < size; ++i)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
    return hash ? hash : 1;
}

/* The slot where the hash is, or where it belongs. */
static size_t slot_of(const uint64_t *hashes, size_t slots, uint64_t hash)
{
    size_t slot = (size_t)((hash >> 20) % slots);
    while (hashes[slot] && hashes[slot] != hash)
        slot = (slot + 1) % slots;
    return slot;
}

static void grow(pulse_distinct *distinct)
{
    const size_t slots = distinct->slots ? 2 * distinct->slots : 64;
    uint64_t *hashes = pulse_need(slots, sizeof *hashes);
    for (size_t i = 0; i < distinct->slots; ++i) {
        if (distinct->hashes[i])
            hashes[slot_of(hashes, slots, distinct->hashes[i])] = distinct->hashes[i];
    }
    free(distinct->hashes);
    distinct->hashes = hashes;
    distinct->slots = slots;
}

static void count_distinct(pulse_distinct *distinct, const char *text, size_t size)
{
    if (distinct->count >= PULSE_DISTINCT_LIMIT)
        return;
    if (2 * distinct->count >= distinct->slots)
        grow(distinct);
    const uint64_t hash = hash_of(text, size);
    const size_t slot = slot_of(distinct->hashes, distinct->slots, hash);
    distinct->count += distinct->hashes[slot] == 0;
    distinct->hashes[slot] = hash;
}

char pulse_list_separator(pulse_list_style style)
{
    static const char separators[PULSE_LIST_STYLES] = {0, ';', '|', ','};
    return separators[style];
}

static void count_list(pulse_column_stats *stats, pulse_list_style style, const char *text)
{
    if (!stats->lists)
        stats->lists = pulse_need(PULSE_LIST_STYLES, sizeof *stats->lists);
    pulse_list_stats *list = &stats->lists[style];
    ++list->cells;
    list->values += pulse_cell_list(text, pulse_list_separator(style), &stats->list_room);
    const char *end = NULL;
    for (const char *at = stats->list_room.data; at && *at; at = end ? end + 1 : NULL) {
        end = strchr(at, PULSE_LIST_SEPARATOR[0]);
        const size_t size = end ? (size_t)(end - at) : strlen(at);
        list->bytes += size;
        count_distinct(&list->distinct, at, size);
        count_distinct(&list->among_all, at, size);
        char copy[32];
        double ignored;
        snprintf(copy, sizeof copy, "%.*s", size < sizeof copy ? (int)size : 0, at);
        list->numbers += pulse_cell_number(copy, &ignored) == PULSE_CELL_NUMBER;
    }
}

static void count_lists(pulse_column_stats *stats, const char *text, size_t size)
{
    if (size > LONGEST_LIST)
        return;
    if (pulse_cell_is_bracketed(text, size)) {
        count_list(stats, PULSE_LIST_BRACKETS, text);
        return;
    }
    for (pulse_list_style style = PULSE_LIST_SEMICOLONS; style < PULSE_LIST_STYLES; ++style) {
        if (memchr(text, pulse_list_separator(style), size))
            count_list(stats, style, text);
        else if (stats->lists && stats->lists[style].cells)
            count_distinct(&stats->lists[style].among_all, text, size);
    }
}

static void count_number(pulse_column_stats *stats, double value)
{
    const bool first = stats->numbers + stats->commas + stats->truths + stats->clocks == 0;
    stats->steps += !first && value == stats->last + 1;
    stats->increasing += !first && value > stats->last;
    stats->whole += value == floor(value);
    stats->minimum = !first && stats->minimum < value ? stats->minimum : value;
    stats->maximum = !first && stats->maximum > value ? stats->maximum : value;
    stats->last = value;
}

static void count_text(pulse_column_stats *stats, const char *text, size_t size, uint64_t line)
{
    double value;
    if (pulse_cell_comma_number(text, &value)) {
        count_number(stats, value);
        ++stats->commas;
        const char *comma = strchr(text, ',');
        stats->fractions += strspn(comma + 1, "0123456789") != 3 || comma == text ||
                            (comma == text + 1 && text[0] == '0');
    } else if (pulse_cell_truth(text, &value)) {
        count_number(stats, value);
        ++stats->truths;
    } else if (pulse_cell_clock(text, &value)) {
        count_number(stats, value);
        ++stats->clocks;
    } else {
        count_lists(stats, text, size);
    }
    if (stats->text_line == 0) {
        stats->text_line = line;
        snprintf(stats->text, sizeof stats->text, "%.40s", text);
    }
}

/* Whether the value is one of those that the column says are none. */
static bool is_unknown(const pulse_column *column, const char *text, double value)
{
    for (uint32_t i = 0; i < column->unknown_count; ++i) {
        double number;
        if (strcmp(text, column->unknown[i]) == 0)
            return true;
        if (!isnan(value) && pulse_cell_number(column->unknown[i], &number) == PULSE_CELL_NUMBER &&
            number == value)
            return true;
    }
    return false;
}

void pulse_column_stats_add(pulse_column_stats *stats, const pulse_column *column, const char *text,
                            size_t size, uint64_t line)
{
    ++stats->rows;
    double value;
    const pulse_cell cell = pulse_cell_number(text, &value);
    if (cell == PULSE_CELL_MISSING)
        return;
    if (column->unknown_count && is_unknown(column, text, value)) {
        ++stats->unknown;
        return;
    }
    ++stats->filled;
    if (!stats->example[0])
        snprintf(stats->example, sizeof stats->example, "%.47s", text);
    stats->bytes += size;
    for (size_t i = 0; i < size; ++i)
        stats->spaces += text[i] == ' ';
    stats->years += pulse_cell_year(text) != 0;
    count_distinct(&stats->distinct, text, size);
    if (cell == PULSE_CELL_NUMBER) {
        count_number(stats, value);
        ++stats->numbers;
    } else {
        count_text(stats, text, size, line);
    }
}

void pulse_column_stats_free(pulse_column_stats *stats)
{
    for (size_t i = 0; stats->lists && i < PULSE_LIST_STYLES; ++i) {
        free(stats->lists[i].distinct.hashes);
        free(stats->lists[i].among_all.hashes);
    }
    free(stats->lists);
    free(stats->list_room.data);
    free(stats->distinct.hashes);
    *stats = (pulse_column_stats){0};
}

pulse_reading pulse_column_reading(const pulse_column_stats *stats)
{
    return (pulse_reading){
        .truths = stats->truths > 0 && (stats->truths + stats->numbers) * 10 >= stats->filled * 9,
        .commas =
            stats->fractions > 0 && (stats->commas + stats->numbers) * 10 >= stats->filled * 8,
        .dates = stats->years > stats->numbers && stats->years * 10 >= stats->filled * 9,
        .clocks = stats->clocks > 0 && stats->clocks * 10 >= stats->filled * 9};
}

uint64_t pulse_column_numbers(const pulse_column_stats *stats)
{
    const pulse_reading reading = pulse_column_reading(stats);
    return stats->numbers + (reading.truths ? stats->truths : 0) +
           (reading.commas ? stats->commas : 0) + (reading.clocks ? stats->clocks : 0);
}

pulse_cell pulse_column_value(const pulse_column *column, pulse_reading reading, const char *text,
                              double *value)
{
    pulse_cell cell = pulse_cell_number(text, value);
    if (column->unknown_count && is_unknown(column, text, *value)) {
        *value = NAN;
        return PULSE_CELL_MISSING;
    }
    if (cell != PULSE_CELL_TEXT)
        return cell;
    const int32_t year = reading.dates ? pulse_cell_year(text) : 0;
    if (year) {
        *value = year;
        return PULSE_CELL_NUMBER;
    }
    if ((reading.truths && pulse_cell_truth(text, value)) ||
        (reading.commas && pulse_cell_comma_number(text, value)) ||
        (reading.clocks && pulse_cell_clock(text, value)))
        return PULSE_CELL_NUMBER;
    return PULSE_CELL_TEXT;
}
