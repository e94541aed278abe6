#include "ingest/notices.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cli/log.h"

void pulse_oddity_add(pulse_oddity *oddity, uint64_t line, const char *text)
{
    if (oddity->count++ == 0) {
        oddity->line = line;
        snprintf(oddity->text, sizeof oddity->text, "%.50s", text);
    }
}

static void warn_about(const pulse_oddity *odd, const char *csv, const char *column,
                       const char *what)
{
    if (odd->count == 0)
        return;
    char where[160] = "";
    if (column)
        snprintf(where, sizeof where, ", column \"%.100s\"", column);
    if (odd->text[0])
        pulse_warn("%s: line %llu%s: \"%s\" %s (%llu in all)", csv, (unsigned long long)odd->line,
                   where, odd->text, what, (unsigned long long)odd->count);
    else
        pulse_warn("%s: line %llu%s: %s (%llu in all)", csv, (unsigned long long)odd->line, where,
                   what, (unsigned long long)odd->count);
}

void pulse_say_columns(const pulse_survey *survey)
{
    static const pulse_role order[] = {PULSE_ROLE_ID,   PULSE_ROLE_TITLE, PULSE_ROLE_ARTIST,
                                       PULSE_ROLE_YEAR, PULSE_ROLE_GENRE, PULSE_ROLE_LYRICS};
    pulse_text line = {0};
    pulse_text_append(&line, "columns:", 8);
    for (size_t i = 0; i < sizeof order / sizeof *order; ++i) {
        const int64_t at = pulse_schema_find(&survey->schema, order[i]);
        pulse_text_format(&line, "%s %s = %s", i ? "," : "", pulse_role_name(order[i]),
                          at >= 0                     ? survey->schema.columns[at].name
                          : order[i] == PULSE_ROLE_ID ? "(row number)"
                                                      : "(none)");
    }
    pulse_note("%s", line.data);
    static const pulse_role lists[] = {PULSE_ROLE_NUMERICAL, PULSE_ROLE_CATEGORICAL};
    for (size_t k = 0; k < 2; ++k) {
        line.size = 0;
        uint32_t count = 0;
        for (uint32_t i = 0; i < survey->schema.count; ++i) {
            if (survey->schema.columns[i].role == lists[k])
                pulse_text_format(&line, "%s %s", count++ ? "," : "",
                                  survey->schema.columns[i].name);
        }
        if (count)
            pulse_note("%s (%u):%s", pulse_role_name(lists[k]), count, line.data);
    }
    for (uint32_t i = 0; i < survey->schema.count; ++i) {
        const pulse_column *column = &survey->schema.columns[i];
        if (column->role == PULSE_ROLE_IGNORED)
            pulse_note("ignored: %s, which %s", column->name,
                       column->reason ? column->reason : "is not declared");
    }
    free(line.data);
}

void pulse_say_gaps(const pulse_survey *survey, const pulse_oddities *odd)
{
    for (uint32_t i = 0; i < survey->schema.count; ++i) {
        const char *name = survey->schema.columns[i].name;
        warn_about(&odd->not_number[i], survey->csv, name, "is not a number and taken as missing");
        warn_about(&odd->infinite[i], survey->csv, name, "is not finite and taken as missing");
    }
    const int64_t year = pulse_schema_find(&survey->schema, PULSE_ROLE_YEAR);
    warn_about(&odd->undated, survey->csv, year >= 0 ? survey->schema.columns[year].name : NULL,
               "is not a year or a date and taken as missing");
    const int64_t id = pulse_schema_find(&survey->schema, PULSE_ROLE_ID);
    warn_about(&odd->repeated, survey->csv, id >= 0 ? survey->schema.columns[id].name : NULL,
               "is the id of an earlier song, and the later one is left out");
    warn_about(&odd->nameless, survey->csv, NULL, "a song has no artist");
    warn_about(&odd->untitled, survey->csv, NULL, "a song has no title and is left out");
    uint64_t missing = 0, cells = 0;
    for (uint32_t i = 0; i < survey->schema.count; ++i) {
        if (pulse_column_is_number(&survey->schema.columns[i]) ||
            pulse_column_is_category(&survey->schema.columns[i])) {
            missing += survey->stats[i].rows - survey->stats[i].filled;
            cells += survey->stats[i].rows;
        }
    }
    if (missing)
        pulse_note("%llu of %llu feature values are missing (%.1f%%)", (unsigned long long)missing,
                   (unsigned long long)cells, 100.0 * (double)missing / (double)cells);
}
