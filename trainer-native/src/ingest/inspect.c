#include "ingest/inspect.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/log.h"
#include "cli/table.h"
#include "ingest/survey.h"
#include "io/files.h"

/* What is counted of one column, in its reading. */
typedef struct column_view {
    const pulse_column *column;
    const pulse_column_stats *stats;
    double missing; /* share of the rows */
    bool number;    /* whether it has a range */
    double minimum, median, maximum;
    uint64_t values; /* different ones */
    bool more;       /* than could be counted */
} column_view;

static column_view view_of(const pulse_survey *survey, uint32_t i)
{
    const pulse_column *column = &survey->schema.columns[i];
    const pulse_column_stats *stats = &survey->stats[i];
    column_view view = {.column = column, .stats = stats};
    view.missing = stats->rows ? (double)(stats->rows - stats->filled) / (double)stats->rows : 0;
    view.values = stats->distinct.count;
    if (column->multiple && stats->lists) {
        for (pulse_list_style style = 0; style < PULSE_LIST_STYLES; ++style) {
            if (pulse_list_separator(style) == pulse_column_separator(column) &&
                stats->lists[style].cells)
                view.values = stats->lists[style].among_all.count;
        }
    }
    view.more = view.values >= PULSE_DISTINCT_LIMIT;
    view.median = pulse_survey_median(survey, i);
    view.number = pulse_column_is_number(column) && !isnan(view.median);
    view.minimum = stats->minimum;
    view.maximum = stats->maximum;
    if (pulse_column_reading(stats).dates) { /* which are no numbers as they stand */
        view.minimum = view.maximum = view.median;
        for (size_t k = 0; k < survey->sample_count; ++k) {
            const double value = survey->samples[k * survey->schema.count + i];
            view.minimum = fmin(view.minimum, value);
            view.maximum = fmax(view.maximum, value);
        }
    }
    return view;
}

/* ---- In words ------------------------------------------------------------------------------- */

static void add_number(pulse_text *out, double value)
{
    pulse_text_format(out, fabs(value) >= 1000 ? "%.0f" : "%.3g", value);
}

static void describe_values(const column_view *view, pulse_text *out)
{
    if (view->number) {
        add_number(out, view->minimum);
        pulse_text_append(out, " .. ", 4);
        add_number(out, view->median);
        pulse_text_append(out, " .. ", 4);
        add_number(out, view->maximum);
        return;
    }
    pulse_text_format(out, "%s%llu different", view->more ? "over " : "",
                      (unsigned long long)view->values);
}

static const char *transform_words(const pulse_column *column, const pulse_column_stats *stats)
{
    const char *transform = column->transform ? column->transform : "none";
    if (strcmp(transform, "log") == 0)
        return "its logarithm, standardised";
    if (strcmp(transform, "log1p") == 0)
        return "the logarithm of 1 more, standardised";
    if (strcmp(transform, "logit") == 0)
        return "its logit, standardised";
    const pulse_reading reading = pulse_column_reading(stats);
    return reading.dates    ? "its year, standardised"
           : reading.truths ? "1 or 0, standardised"
           : reading.clocks ? "its seconds, standardised"
                            : "the number, standardised";
}

static void describe_category(const column_view *view, pulse_text *out)
{
    const bool all = !view->more && view->values <= PULSE_CATEGORY_VALUES;
    pulse_text_format(out, "%s of %s%llu%s", view->column->multiple ? "any" : "one",
                      all ? "" : "the ",
                      (unsigned long long)(all ? view->values : PULSE_CATEGORY_VALUES),
                      all ? "" : " most frequent");
}

/* What it is used for; why it is not. */
static void describe_use(const column_view *view, pulse_text *out)
{
    const pulse_column *column = view->column;
    switch (column->role) {
    case PULSE_ROLE_IGNORED:
        pulse_text_format(out, "nothing: %s", column->reason ? column->reason : "is not declared");
        break;
    case PULSE_ROLE_ID:
        pulse_text_format(out, "the song's id");
        break;
    case PULSE_ROLE_TITLE:
        pulse_text_format(out, "shown and searched");
        break;
    case PULSE_ROLE_ARTIST:
        pulse_text_format(out, "shown and searched; songs of one artist belong together%s",
                          column->multiple ? ", by the first of several" : "");
        break;
    case PULSE_ROLE_LYRICS:
        pulse_text_format(out, "an embedding; the words stay in the workspace");
        break;
    case PULSE_ROLE_GENRE:
        describe_category(view, out);
        pulse_text_format(out, "; %s is shown and filtered by",
                          column->multiple ? "the first" : "it");
        break;
    case PULSE_ROLE_CATEGORICAL:
        describe_category(view, out);
        break;
    case PULSE_ROLE_YEAR:
        pulse_text_format(out, "%s; shown and filtered by", transform_words(column, view->stats));
        break;
    case PULSE_ROLE_NUMERICAL:
        if (pulse_column_is_circular(column))
            pulse_text_format(out, "sine and cosine, %g to a turn", column->period);
        else
            pulse_text_format(out, "%s", transform_words(column, view->stats));
        break;
    }
    for (uint32_t i = 0; i < column->unknown_count && view->stats->unknown; ++i)
        pulse_text_format(out, "%s %s", i ? " or" : "; missing where", column->unknown[i]);
}

static void print_table(const pulse_survey *survey)
{
    pulse_table table = {.columns = 6,
                         .about = {{.title = "COLUMN", .shrinks = true},
                                   {.title = "IS"},
                                   {.title = "GROUP"},
                                   {.title = "MISSING", .right = true},
                                   {.title = "VALUES"},
                                   {.title = "USED AS", .shrinks = true}}};
    for (uint32_t i = 0; i < survey->schema.count; ++i) {
        const column_view view = view_of(survey, i);
        pulse_text text = {0};
        pulse_table_cell(&table, view.column->name);
        pulse_table_cell(&table, pulse_role_name(view.column->role));
        pulse_table_cell(&table, view.column->role == PULSE_ROLE_IGNORED  ? ""
                                 : view.column->role == PULSE_ROLE_LYRICS ? "lyrics"
                                                                          : view.column->modality);
        pulse_text_format(&text, "%.1f%%", 100 * view.missing);
        pulse_table_cell(&table, text.data);
        text.size = 0;
        describe_values(&view, &text);
        pulse_table_cell(&table, text.data);
        text.size = 0;
        describe_use(&view, &text);
        pulse_table_cell(&table, text.data);
        free(text.data);
    }
    pulse_table_print(&table);
    pulse_table_free(&table);
}

/* ---- In JSON -------------------------------------------------------------------------------- */

/* A text that may have been cut within a character. */
static void add_text(cJSON *json, const char *name, const char *text)
{
    char *copy = pulse_need_text(text);
    size_t at;
    if (!pulse_utf8_valid(copy, strlen(copy), &at))
        copy[at] = 0;
    cJSON_AddStringToObject(json, name, copy);
    free(copy);
}

static cJSON *column_to_json(const column_view *view)
{
    cJSON *json = cJSON_CreateObject();
    pulse_text use = {0};
    describe_use(view, &use);
    cJSON_AddStringToObject(json, "column", view->column->name);
    cJSON_AddStringToObject(json, "role", pulse_role_name(view->column->role));
    cJSON_AddStringToObject(json, "use", use.data);
    if (view->column->role == PULSE_ROLE_IGNORED)
        cJSON_AddStringToObject(json, "reason",
                                view->column->reason ? view->column->reason : "is not declared");
    else
        pulse_column_details_to_json(view->column, json);
    cJSON_AddNumberToObject(json, "rows", (double)view->stats->rows);
    cJSON_AddNumberToObject(json, "missing", view->missing);
    cJSON_AddNumberToObject(json, "values", (double)view->values);
    cJSON_AddBoolToObject(json, "more_values", view->more);
    if (view->number) {
        cJSON_AddNumberToObject(json, "min", view->minimum);
        cJSON_AddNumberToObject(json, "median", view->median);
        cJSON_AddNumberToObject(json, "max", view->maximum);
    }
    add_text(json, "example", view->stats->example);
    free(use.data);
    return json;
}

static void print_json(const pulse_survey *survey)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "csv", survey->csv);
    cJSON_AddNumberToObject(json, "songs", (double)survey->records);
    cJSON *columns = cJSON_AddArrayToObject(json, "columns");
    for (uint32_t i = 0; i < survey->schema.count; ++i) {
        const column_view view = view_of(survey, i);
        cJSON_AddItemToArray(columns, column_to_json(&view));
    }
    cJSON_AddItemToObject(json, "schema", pulse_schema_to_declaration(&survey->schema));
    char *text = cJSON_PrintUnformatted(json);
    puts(text ? text : "{}");
    cJSON_free(text);
    cJSON_Delete(json);
}

static int write_schema(const pulse_survey *survey, const char *path, pulse_failure *failure)
{
    cJSON *json = pulse_schema_to_declaration(&survey->schema);
    char *text = cJSON_Print(json);
    char *lines = pulse_need_format("%s\n", text ? text : "{}");
    const int code = pulse_file_write(path, lines, strlen(lines), failure);
    free(lines);
    cJSON_free(text);
    cJSON_Delete(json);
    return code;
}

int pulse_inspect(const pulse_inspection *inspection, pulse_failure *failure)
{
    pulse_declaration declaration = {0};
    pulse_survey survey = {0};
    int code = inspection->schema_file
                   ? pulse_declaration_read(inspection->schema_file, &declaration, failure)
                   : 0;
    if (!code) {
        survey.declaration = inspection->schema_file ? &declaration : NULL;
        code = pulse_survey_read(&survey, inspection->csv, failure);
    }
    if (!code && inspection->write_to)
        code = write_schema(&survey, inspection->write_to, failure);
    if (!code) {
        if (inspection->json)
            print_json(&survey);
        else
            print_table(&survey);
        pulse_note("looked at: %llu songs in %s", (unsigned long long)survey.records, survey.csv);
        if (inspection->write_to)
            pulse_note("written: %s, for --schema", inspection->write_to);
    }
    pulse_survey_free(&survey);
    pulse_declaration_free(&declaration);
    return code;
}
