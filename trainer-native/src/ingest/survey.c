#include "ingest/survey.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/log.h"

#define SAMPLES 20000u /* rows looked at for correlation and skew */
#define SAMPLE_CELLS 8000000u

static int on_header(void *context, const pulse_csv_record *header, pulse_failure *failure)
{
    pulse_survey *survey = context;
    pulse_schema *schema = &survey->schema;
    schema->columns = pulse_need(header->count, sizeof *schema->columns);
    for (uint32_t i = 0; i < header->count; ++i) {
        if (pulse_schema_column(schema, header->fields[i]) >= 0)
            return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: line %llu, column %u: the name \"%.80s\" is there twice",
                                     survey->csv, (unsigned long long)header->line, i + 1,
                                     header->fields[i]);
        schema->columns[schema->count++].name = pulse_need_text(header->fields[i]);
    }
    survey->stats = pulse_need(schema->count, sizeof *survey->stats);
    size_t most = SAMPLE_CELLS / schema->count;
    if (schema->count > 256)
        most = 2000; /* correlations are taken of every pair */
    survey->sample_most = most < SAMPLES ? most : SAMPLES;
    survey->sample_stride = 1;
    return pulse_infer_begin(survey->csv, schema, survey->declaration, failure);
}

/* Of twice as many records every second is enough. */
static void thin_samples(pulse_survey *survey)
{
    const size_t columns = survey->schema.count;
    survey->sample_count /= 2;
    survey->sample_stride *= 2;
    for (size_t i = 0; i < survey->sample_count; ++i)
        memmove(survey->samples + i * columns, survey->samples + (2 * i + 1) * columns,
                columns * sizeof *survey->samples);
}

static void take_sample(pulse_survey *survey, const pulse_csv_record *record)
{
    /* What the columns are read as is known at the end: here, whatever is a number in some way. */
    static const pulse_reading any = {true, true, true, true};
    if (survey->records % survey->sample_stride != 0)
        return;
    if (survey->sample_count == survey->sample_most) {
        thin_samples(survey);
        if (survey->records % survey->sample_stride != 0)
            return;
    }
    if (!survey->samples)
        survey->samples =
            pulse_need(survey->sample_most * survey->schema.count, sizeof *survey->samples);
    double *row = survey->samples + survey->sample_count++ * survey->schema.count;
    for (uint32_t i = 0; i < record->count; ++i)
        pulse_column_value(&survey->schema.columns[i], any, record->fields[i], &row[i]);
}

static int on_record(void *context, const pulse_csv_record *record, pulse_failure *failure)
{
    pulse_survey *survey = context;
    for (uint32_t i = 0; i < record->count; ++i)
        pulse_column_stats_add(&survey->stats[i], &survey->schema.columns[i], record->fields[i],
                               record->sizes[i], record->line);
    if (++survey->records > UINT32_MAX / 2)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: line %llu: too many songs",
                                 survey->csv, (unsigned long long)record->line);
    take_sample(survey, record);
    if (survey->records % 1024 == 0) {
        char note[48];
        snprintf(note, sizeof note, "%llu songs", (unsigned long long)survey->records);
        pulse_progress("read", survey->records, 0, note);
    }
    return survey->keep ? survey->keep(survey->context, record, failure) : 0;
}

int pulse_survey_read(pulse_survey *survey, const char *csv, pulse_failure *failure)
{
    survey->csv = strcmp(csv, "-") == 0 ? "standard input" : csv;
    pulse_input *input;
    int code = pulse_input_open(csv, &input, failure);
    if (code)
        return code;
    const pulse_csv_handler handler = {survey, on_header, on_record};
    code = pulse_csv_read(input, &handler, failure);
    pulse_progress_clear();
    if (!code && survey->records == 0)
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: line 2: there are no songs, only a header", survey->csv);
    pulse_input_close(input);
    if (!code)
        code = pulse_infer(survey->csv, &survey->schema, survey->stats, survey->samples,
                           survey->sample_count, survey->declaration, failure);
    return code;
}

void pulse_survey_free(pulse_survey *survey)
{
    for (uint32_t i = 0; i < survey->schema.count && survey->stats; ++i)
        pulse_column_stats_free(&survey->stats[i]);
    pulse_schema_free(&survey->schema);
    free(survey->stats);
    free(survey->samples);
    survey->stats = NULL;
    survey->samples = NULL;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double pulse_survey_median(const pulse_survey *survey, uint32_t column)
{
    double *values = pulse_need(survey->sample_count, sizeof *values);
    size_t count = 0;
    for (size_t i = 0; i < survey->sample_count; ++i) {
        const double value = survey->samples[i * survey->schema.count + column];
        if (!isnan(value))
            values[count++] = value;
    }
    qsort(values, count, sizeof *values, by_value);
    const double median = count == 0 ? NAN : (values[(count - 1) / 2] + values[count / 2]) / 2;
    free(values);
    return median;
}
