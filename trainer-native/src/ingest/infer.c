#include "ingest/infer.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "ingest/vocabulary.h"

/* ---- One value ------------------------------------------------------------------------------ */

static bool is_missing_word(const char *text)
{
    static const char *const words[] = {"",     "nan",  "na",  "n/a",  "null", "none",
                                        "-nan", "#n/a", "\\n", "<na>", "-",    "?"};
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
        if (strcasecmp(text, words[i]) == 0)
            return true;
    }
    return false;
}

pulse_cell pulse_cell_number(const char *text, double *value)
{
    while (*text == ' ' || *text == '\t')
        ++text;
    *value = NAN;
    if (is_missing_word(text))
        return PULSE_CELL_MISSING;
    const char *digits = text + (*text == '-' || *text == '+');
    if (strcasecmp(digits, "inf") == 0 || strcasecmp(digits, "infinity") == 0)
        return PULSE_CELL_INFINITE;
    /* strtod also reads hexadecimal and "nan(...)": neither is a number in a CSV. */
    if (!isdigit((unsigned char)*digits) && *digits != '.')
        return PULSE_CELL_TEXT;
    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))
        return PULSE_CELL_TEXT;
    char *end;
    const double parsed = strtod(text, &end);
    if (end == text)
        return PULSE_CELL_TEXT;
    while (*end == ' ' || *end == '\t')
        ++end;
    if (*end)
        return PULSE_CELL_TEXT;
    /* Values are floats from here on. */
    if (!isfinite(parsed) || fabs(parsed) > 3e38)
        return PULSE_CELL_INFINITE;
    *value = parsed;
    return PULSE_CELL_NUMBER;
}

int32_t pulse_cell_year(const char *text)
{
    while (*text == ' ')
        ++text;
    int32_t year = 0;
    int digits = 0;
    for (; isdigit((unsigned char)text[digits]); ++digits) {
        if (digits == 4)
            return 0;
        year = year * 10 + (text[digits] - '0');
    }
    if (digits != 4 || year < 1000)
        return 0;
    const char *rest = text + 4;
    if (*rest == '.') { /* a year that went through a float */
        ++rest;
        while (*rest == '0')
            ++rest;
    } else if (*rest == '-' || *rest == '/') {
        if (!isdigit((unsigned char)rest[1]))
            return 0;
        rest += strspn(rest, "0123456789-/T:.Z+ ");
    }
    return *rest == 0 || *rest == ' ' ? year : 0;
}

/* ---- One column ----------------------------------------------------------------------------- */

static uint64_t hash_of(const char *text, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < size; ++i)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
    return hash ? hash : 1;
}

static void count_distinct(pulse_column_stats *stats, const char *text, size_t size)
{
    enum { SLOTS = 4 * PULSE_DISTINCT_LIMIT };
    if (stats->distinct >= PULSE_DISTINCT_LIMIT)
        return;
    if (!stats->hashes)
        stats->hashes = pulse_need(SLOTS, sizeof *stats->hashes);
    const uint64_t hash = hash_of(text, size);
    size_t slot = (size_t)((hash >> 20) % SLOTS);
    while (stats->hashes[slot] && stats->hashes[slot] != hash)
        slot = (slot + 1) % SLOTS;
    if (!stats->hashes[slot]) {
        stats->hashes[slot] = hash;
        ++stats->distinct;
    }
}

void pulse_column_stats_add(pulse_column_stats *stats, const char *text, size_t size, uint64_t line)
{
    ++stats->rows;
    double value;
    const pulse_cell cell = pulse_cell_number(text, &value);
    if (cell == PULSE_CELL_MISSING)
        return;
    ++stats->filled;
    stats->bytes += size;
    for (size_t i = 0; i < size; ++i)
        stats->spaces += text[i] == ' ';
    stats->years += pulse_cell_year(text) != 0;
    count_distinct(stats, text, size);
    if (cell == PULSE_CELL_NUMBER) {
        stats->steps += stats->numbers > 0 && value == stats->last + 1;
        stats->minimum = stats->numbers && stats->minimum < value ? stats->minimum : value;
        stats->maximum = stats->numbers && stats->maximum > value ? stats->maximum : value;
        stats->last = value;
        ++stats->numbers;
    } else if (stats->text_line == 0) {
        stats->text_line = line;
        snprintf(stats->text, sizeof stats->text, "%.40s", text);
    }
}

void pulse_column_stats_free(pulse_column_stats *stats)
{
    free(stats->hashes);
    stats->hashes = NULL;
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
        if (role == PULSE_ROLE_GENRE && (stats[i].filled == 0 || stats[i].distinct > 2000))
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
    if (stats->distinct == 1)
        return "has the same value everywhere";
    return "is free text, or has too many different values";
}

static void infer_feature(pulse_column *column, const pulse_column_stats *stats, bool numbers,
                          bool categories)
{
    char name[256];
    pulse_name_normalise(column->name, name, sizeof name);
    const bool known = pulse_name_is_feature(name);
    const uint64_t filled = stats->filled;
    if (filled == 0 || stats->distinct < 2) {
        pulse_column_ignore(column, text_reason(stats));
    } else if (pulse_name_is_bookkeeping(name)) {
        pulse_column_ignore(column, "is bookkeeping, by its name");
    } else if (pulse_name_is_category(name) && stats->distinct <= 256) {
        if (categories)
            column->role = PULSE_ROLE_CATEGORICAL;
        else
            pulse_column_ignore(column, "is not among the declared columns");
    } else if (stats->numbers * 10 >= filled * (known ? 5 : 8)) {
        if (stats->numbers == filled && filled == stats->rows && filled > 2 &&
            stats->steps == filled - 1)
            pulse_column_ignore(column, "counts the rows");
        else if (numbers)
            column->role = PULSE_ROLE_NUMERICAL;
        else
            pulse_column_ignore(column, "is not among the declared columns");
    } else if (stats->distinct <= 64 && stats->distinct * 2 <= filled &&
               stats->bytes <= filled * 40) {
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

static int check_declared(const char *csv, const pulse_schema *schema,
                          const pulse_column_stats *stats, pulse_failure *failure)
{
    for (uint32_t i = 0; i < schema->count; ++i) {
        const pulse_column *column = &schema->columns[i];
        const bool number = pulse_column_is_number(column);
        const uint64_t good = column->role == PULSE_ROLE_YEAR && stats[i].years > stats[i].numbers
                                  ? stats[i].years
                                  : stats[i].numbers;
        if (number && column->declared && (stats[i].filled == 0 || good * 2 < stats[i].filled))
            return pulse_failure_set(
                failure, PULSE_EXIT_INPUT,
                "%s: line %llu, column \"%s\": declared %s, but %s%.40s%s", csv,
                (unsigned long long)(stats[i].text_line ? stats[i].text_line : 1), column->name,
                pulse_role_name(column->role), stats[i].filled ? "most values are text (\"" : "",
                stats[i].filled ? stats[i].text : "it has no values", stats[i].filled ? "\")" : "");
        if (pulse_column_is_category(column) && column->declared &&
            stats[i].distinct >= PULSE_DISTINCT_LIMIT)
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
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: line 1: no column is a feature to compare songs by: numbers, "
                                 "a year, or a few categories such as a genre",
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
    if (declaration) {
        const int code = pulse_declaration_apply(declaration, csv, schema, failure);
        if (code)
            return code;
    }
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
            pulse_column_set(&column->transform,
                             infer_transform(&stats[i], samples, sample_count, schema->count, i));
        if (column->role == PULSE_ROLE_YEAR && !column->transform)
            pulse_column_set(&column->transform, "none");
    }
    return code;
}
