#include "ingest/infer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ingest/vocabulary.h"

int pulse_infer_begin(const char *csv, pulse_schema *schema, const pulse_declaration *declaration,
                      pulse_failure *failure)
{
    const int code = declaration ? pulse_declaration_apply(declaration, csv, schema, failure) : 0;
    for (uint32_t i = 0; i < schema->count && !code; ++i) {
        pulse_column *column = &schema->columns[i];
        const char *unknown = pulse_name_meaning(column->name).unknown;
        if (!column->unknown_told && unknown)
            pulse_column_add_unknown(column, unknown);
    }
    return code;
}

/* ---- Lists ---------------------------------------------------------------------------------- */

/* What several artists or genres of one song are separated by, or PULSE_LIST_STYLES. A comma may
 * belong to a name (of an artist, more often than not) and counts where `commas` says so. */
static pulse_list_style usual_list(const pulse_column_stats *stats, bool commas)
{
    if (!stats->lists)
        return PULSE_LIST_STYLES;
    const uint64_t least = stats->filled / 50 + 1;
    for (pulse_list_style style = PULSE_LIST_BRACKETS; style < PULSE_LIST_STYLES; ++style) {
        const pulse_list_stats *list = &stats->lists[style];
        if (list->cells >= least && (style != PULSE_LIST_COMMAS || commas) &&
            list->numbers * 2 < list->values + 1)
            return style;
    }
    return PULSE_LIST_STYLES;
}

/* Of a column of unknown meaning more is asked: most cells in brackets, or every fifth a list, of
 * few values that come again and again. */
static pulse_list_style category_list(const pulse_column_stats *stats)
{
    if (!stats->lists)
        return PULSE_LIST_STYLES;
    for (pulse_list_style style = PULSE_LIST_BRACKETS; style < PULSE_LIST_STYLES; ++style) {
        const pulse_list_stats *list = &stats->lists[style];
        const uint64_t times = style == PULSE_LIST_BRACKETS ? 2 : 4;
        const bool often = style == PULSE_LIST_BRACKETS ? list->cells * 10 >= stats->filled * 9
                                                        : list->cells * 5 >= stats->filled;
        if (often && list->cells > 1 && list->distinct.count > 1 &&
            list->distinct.count < (style == PULSE_LIST_BRACKETS ? PULSE_DISTINCT_LIMIT : 512) &&
            list->values >= times * list->distinct.count && list->bytes <= list->values * 40 &&
            list->numbers * 2 < list->values)
            return style;
    }
    return PULSE_LIST_STYLES;
}

static void make_multiple(pulse_column *column, pulse_list_style style)
{
    if (column->multiple_told || style == PULSE_LIST_STYLES)
        return;
    const char separator[2] = {pulse_list_separator(style), 0};
    column->multiple = true;
    pulse_column_set(&column->separator, separator);
}

/* Where a schema file says that there are several, and not by what they are separated. */
static void find_separator(pulse_column *column, const pulse_column_stats *stats)
{
    if (!column->multiple || column->separator)
        return;
    const pulse_list_style style = usual_list(stats, true);
    char separator[2] = {0};
    if (style != PULSE_LIST_STYLES)
        separator[0] = pulse_list_separator(style);
    pulse_column_set(&column->separator, separator);
}

static void infer_lists(pulse_schema *schema, const pulse_column_stats *stats)
{
    for (uint32_t i = 0; i < schema->count; ++i) {
        pulse_column *column = &schema->columns[i];
        char name[256];
        pulse_name_normalise(column->name, name, sizeof name);
        if (column->role == PULSE_ROLE_ARTIST)
            make_multiple(column, usual_list(&stats[i], pulse_name_is_plural(name)));
        if (column->role == PULSE_ROLE_GENRE)
            make_multiple(column, usual_list(&stats[i], true));
        if (column->role == PULSE_ROLE_CATEGORICAL)
            make_multiple(column, category_list(&stats[i]));
        find_separator(column, &stats[i]);
    }
}

/* ---- Roles ---------------------------------------------------------------------------------- */

static void infer_single(pulse_schema *schema, const pulse_column_stats *stats, pulse_role role)
{
    int best = 0;
    uint32_t at = 0;
    for (uint32_t i = 0; i < schema->count; ++i) {
        char name[256];
        pulse_name_normalise(schema->columns[i].name, name, sizeof name);
        int fits = pulse_name_fits(name, role);
        if (schema->columns[i].declared || schema->columns[i].role != PULSE_ROLE_IGNORED)
            fits = 0;
        /* "date" may be anything; a year is one only when its values are. */
        if (role == PULSE_ROLE_YEAR && stats[i].years * 10 < stats[i].filled * 9)
            fits = 0;
        /* Words, not codes. */
        if ((role == PULSE_ROLE_LYRICS) && stats[i].spaces < stats[i].filled * 3)
            fits = 0;
        if (role == PULSE_ROLE_GENRE &&
            (stats[i].filled == 0 ||
             (stats[i].distinct.count > 2000 && usual_list(&stats[i], true) == PULSE_LIST_STYLES)))
            fits = 0;
        if (fits > best) {
            best = fits;
            at = i;
        }
    }
    if (best > 0)
        schema->columns[at].role = role;
}

static const char *text_reason(const pulse_column_stats *stats)
{
    if (stats->filled == 0)
        return "has no values";
    if (stats->lists && stats->lists[PULSE_LIST_BRACKETS].cells * 10 >= stats->filled * 9)
        return stats->lists[PULSE_LIST_BRACKETS].numbers * 2 >=
                       stats->lists[PULSE_LIST_BRACKETS].values
                   ? "holds lists of numbers"
                   : "holds lists of too many different values";
    if (stats->years * 10 >= stats->filled * 9)
        return "is a date, and not the song's year by its name";
    if (stats->distinct.count == 1)
        return "has the same value everywhere";
    return "is free text, or has too many different values";
}

/* A scale that goes round, as its name says, and whole numbers within one turn, as its values do.
 */
static bool is_circle(const pulse_column *column, const pulse_column_stats *stats)
{
    const double period = pulse_name_meaning(column->name).period;
    return period > 0 && stats->numbers == stats->filled && stats->whole == stats->numbers &&
           stats->minimum >= 0 && stats->maximum <= period;
}

static bool counts_rows(const pulse_column_stats *stats, const char *name)
{
    if (stats->numbers != stats->rows || stats->rows < 3)
        return false;
    /* Without a name it is one even where rows were taken out since it was counted. */
    return stats->steps == stats->rows - 1 ||
           (pulse_name_is_none(name) && stats->whole == stats->rows &&
            stats->increasing == stats->rows - 1);
}

static void infer_feature(pulse_column *column, const pulse_column_stats *stats, bool numbers,
                          bool categories)
{
    char name[256];
    pulse_name_normalise(column->name, name, sizeof name);
    const bool known = pulse_name_is_feature(name);
    const uint64_t filled = stats->filled;
    const uint64_t count = pulse_column_numbers(stats);
    const bool circle = is_circle(column, stats);
    if (filled == 0 || stats->distinct.count < 2) {
        pulse_column_ignore(column, text_reason(stats));
    } else if (pulse_name_is_bookkeeping(name)) {
        pulse_column_ignore(column, "is bookkeeping, by its name");
    } else if (pulse_name_is_category(name) && !circle && stats->distinct.count <= 256) {
        if (categories)
            column->role = PULSE_ROLE_CATEGORICAL;
        else
            pulse_column_ignore(column, "is not among the declared columns");
    } else if (count * 10 >= filled * (known ? 5 : 8)) {
        if (counts_rows(stats, name))
            pulse_column_ignore(column, "counts the rows");
        else if (numbers)
            column->role = PULSE_ROLE_NUMERICAL;
        else
            pulse_column_ignore(column, "is not among the declared columns");
    } else if ((stats->distinct.count <= 64 && stats->distinct.count * 2 <= filled &&
                stats->bytes <= filled * 40) ||
               category_list(stats) != PULSE_LIST_STYLES) {
        if (categories)
            column->role = PULSE_ROLE_CATEGORICAL;
        else
            pulse_column_ignore(column, "is not among the declared columns");
    } else {
        pulse_column_ignore(column, text_reason(stats));
    }
}

/* Pearson's r over the samples where both columns have a value. */
static double correlation(const double *samples, size_t count, size_t stride, uint32_t a,
                          uint32_t b)
{
    double n = 0, mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
    for (size_t i = 0; i < count; ++i) {
        const double x = samples[i * stride + a], y = samples[i * stride + b];
        if (isnan(x) || isnan(y))
            continue;
        n += 1;
        const double dx = x - mean_a, dy = y - mean_b; /* Welford */
        mean_a += dx / n;
        mean_b += dy / n;
        aa += dx * (x - mean_a);
        bb += dy * (y - mean_b);
        ab += dx * (y - mean_b);
    }
    return n >= 8 && aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

/* A column that is a linear function of another adds nothing but weight: the later one goes, and
 * the year stays whichever comes first. */
static void drop_duplicates(pulse_schema *schema, const double *samples, size_t count)
{
    for (uint32_t a = 0; a < schema->count; ++a) {
        for (uint32_t b = 0; b < schema->count; ++b) {
            pulse_column *kept = &schema->columns[a], *other = &schema->columns[b];
            if (a == b || !pulse_column_is_number(kept) || other->role != PULSE_ROLE_NUMERICAL ||
                other->declared || (b < a && kept->role != PULSE_ROLE_YEAR && !kept->declared))
                continue;
            if (fabs(correlation(samples, count, schema->count, a, b)) > 0.9999) {
                char *reason = pulse_need_format("says the same as \"%s\"", kept->name);
                pulse_column_ignore(other, reason);
                free(reason);
            }
        }
    }
}

/* Positive values over several powers of ten, or counts with a long tail, are better looked at by
 * their logarithm. Shares of a whole, up to 1, stay as they are: the difference between a
 * thousandth and a hundredth of a lyric is not the one between a tenth and all of it. */
static const char *infer_transform(const pulse_column_stats *stats, const double *samples,
                                   size_t count, size_t stride, uint32_t column)
{
    double n = 0, sum = 0, squares = 0, cubes = 0;
    for (size_t i = 0; i < count; ++i) {
        const double v = samples[i * stride + column];
        if (!isnan(v)) {
            n += 1;
            sum += v;
        }
    }
    const double mean = n > 0 ? sum / n : 0;
    for (size_t i = 0; i < count; ++i) {
        const double d = samples[i * stride + column] - mean;
        if (!isnan(d)) {
            squares += d * d;
            cubes += d * d * d;
        }
    }
    const double skew = squares > 0 ? sqrt(n) * cubes / pow(squares, 1.5) : 0;
    if (stats->maximum <= 1.0)
        return "none";
    if (skew > 1.0 && stats->minimum > 0 && stats->maximum / stats->minimum > 300)
        return "log";
    if (skew > 2.0 && stats->minimum >= 0 && stats->maximum > 20)
        return "log1p";
    return "none";
}

static void choose_transform(pulse_column *column, const pulse_column_stats *stats,
                             const double *samples, size_t count, size_t stride, uint32_t at)
{
    const pulse_meaning meaning = pulse_name_meaning(column->name);
    const char *transform = infer_transform(stats, samples, count, stride, at);
    if (is_circle(column, stats)) {
        column->period = meaning.period;
        transform = "circular";
    } else if (meaning.logarithm && stats->minimum > 0 && stats->maximum > 1) {
        transform = "log";
    }
    pulse_column_set(&column->transform, transform);
}

static int check_declared(const char *csv, const pulse_schema *schema,
                          const pulse_column_stats *stats, pulse_failure *failure)
{
    for (uint32_t i = 0; i < schema->count; ++i) {
        const pulse_column *column = &schema->columns[i];
        const bool number = pulse_column_is_number(column);
        const uint64_t numbers = pulse_column_numbers(&stats[i]);
        const uint64_t good = stats[i].years > numbers ? stats[i].years : numbers;
        if (number && column->declared && (stats[i].filled == 0 || good * 2 < stats[i].filled))
            return pulse_failure_set(
                failure, PULSE_EXIT_INPUT,
                "%s: line %llu, column \"%s\": declared %s, but %s%.40s%s", csv,
                (unsigned long long)(stats[i].text_line ? stats[i].text_line : 1), column->name,
                pulse_role_name(column->role), stats[i].filled ? "most values are text (\"" : "",
                stats[i].filled ? stats[i].text : "it has no values", stats[i].filled ? "\")" : "");
        if (pulse_column_is_category(column) && column->declared && !column->multiple &&
            stats[i].distinct.count >= PULSE_DISTINCT_LIMIT)
            return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: line 1, column \"%s\": declared %s, but has more than "
                                     "%u different values",
                                     csv, column->name, pulse_role_name(column->role),
                                     PULSE_DISTINCT_LIMIT);
    }
    return 0;
}

static int check_usable(const char *csv, const pulse_schema *schema,
                        const pulse_declaration *declaration, pulse_failure *failure)
{
    static const struct {
        pulse_role role;
        const char *example;
    } needed[] = {{PULSE_ROLE_TITLE, "title or track_name"},
                  {PULSE_ROLE_ARTIST, "artist or artist_name"}};
    for (size_t i = 0; i < 2; ++i) {
        const char *name = pulse_role_name(needed[i].role);
        const bool declined =
            needed[i].role == PULSE_ROLE_ARTIST && pulse_declaration_has(declaration, name);
        if (pulse_schema_find(schema, needed[i].role) < 0 && !declined)
            return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: line 1: no column is the song's %s (such as %s); name it "
                                     "in a schema file: {\"%s\":\"COLUMN\"} with --schema",
                                     csv, name, needed[i].example, name);
    }
    uint32_t features = 0, numerical = 0, categorical = 0;
    for (uint32_t i = 0; i < schema->count; ++i) {
        numerical += pulse_column_is_number(&schema->columns[i]);
        categorical += pulse_column_is_category(&schema->columns[i]);
    }
    features = numerical + categorical;
    if (features == 0)
        return pulse_failure_set(
            failure, PULSE_EXIT_INPUT,
            "%s: line 1: no column is a feature to compare songs by: numbers, "
            "a year, or a few categories such as a genre; playlistpulse ingest "
            "--dry-run says what each column was taken for",
            csv);
    if (numerical > 4096 || categorical > 256)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: line 1: %u numerical and %u categorical columns, but at most "
                                 "4096 and 256 can be used; list those wanted in a schema file",
                                 csv, numerical, categorical);
    return 0;
}

int pulse_infer(const char *csv, pulse_schema *schema, const pulse_column_stats *stats,
                const double *samples, size_t sample_count, const pulse_declaration *declaration,
                pulse_failure *failure)
{
    static const pulse_role singles[] = {PULSE_ROLE_ID,   PULSE_ROLE_TITLE,  PULSE_ROLE_ARTIST,
                                         PULSE_ROLE_YEAR, PULSE_ROLE_LYRICS, PULSE_ROLE_GENRE};
    for (size_t i = 0; i < sizeof singles / sizeof *singles; ++i) {
        if (!pulse_declaration_has(declaration, pulse_role_name(singles[i])))
            infer_single(schema, stats, singles[i]);
    }
    for (uint32_t i = 0; i < schema->count; ++i) {
        if (!schema->columns[i].declared && schema->columns[i].role == PULSE_ROLE_IGNORED)
            infer_feature(&schema->columns[i], &stats[i],
                          !pulse_declaration_has(declaration, "numerical"),
                          !pulse_declaration_has(declaration, "categorical"));
    }
    drop_duplicates(schema, samples, sample_count);
    infer_lists(schema, stats);
    int code = check_declared(csv, schema, stats, failure);
    if (!code)
        code = check_usable(csv, schema, declaration, failure);
    for (uint32_t i = 0; i < schema->count && !code; ++i) {
        pulse_column *column = &schema->columns[i];
        if (!pulse_column_is_number(column) && !pulse_column_is_category(column))
            continue;
        const bool share = stats[i].minimum >= 0 && stats[i].maximum <= 1;
        if (share && !column->unit)
            pulse_column_set(&column->unit, ""); /* scaled: whatever the unit was, it is gone */
        pulse_column_describe(column);
        if (column->role == PULSE_ROLE_NUMERICAL && !column->transform)
            choose_transform(column, &stats[i], samples, sample_count, schema->count, i);
        if (column->role == PULSE_ROLE_YEAR && !column->transform)
            pulse_column_set(&column->transform, "none");
    }
    return code;
}
