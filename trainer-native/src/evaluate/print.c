/* The evaluation for people: tables for a terminal, or in Markdown. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/table.h"
#include "evaluate/evaluate.h"

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *label_of(const cJSON *method)
{
    const char *label = cJSON_GetStringValue(member(method, "label"));
    return label ? label : method->string;
}

/* ---- Tables of both kinds ------------------------------------------------------------------- */

static void print_markdown(const pulse_table *table)
{
    for (size_t c = 0; c < table->columns; ++c)
        printf("| %s ", table->about[c].title);
    printf("|\n");
    for (size_t c = 0; c < table->columns; ++c)
        printf("|%s", table->about[c].right ? "---:" : "---");
    printf("|\n");
    for (size_t row = 0; row < table->cells; row += table->columns) {
        for (size_t c = 0; c < table->columns; ++c) {
            printf("| ");
            for (const char *at = table->texts[row + c]; *at; ++at)
                printf(*at == '|' ? "\\|" : "%c", *at);
            putchar(' ');
        }
        printf("|\n");
    }
}

static void finish(pulse_table *table, const char *caption, bool markdown)
{
    if (table->cells) {
        printf(markdown ? "%s\n\n" : "%s\n", caption);
        if (markdown)
            print_markdown(table);
        else
            pulse_table_print(table);
        putchar('\n');
    }
    pulse_table_free(table);
}

/* A number with its interval; "" where it is not there. */
static void cell(pulse_table *table, const cJSON *object, const char *name, int digits)
{
    const cJSON *value = member(object, name), *pair = member(member(object, "ci95"), name);
    char text[64] = "";
    if (cJSON_IsNumber(value) && cJSON_GetArraySize(pair) == 2)
        snprintf(text, sizeof text, "%.*f [%.*f, %.*f]", digits, value->valuedouble, digits,
                 cJSON_GetArrayItem(pair, 0)->valuedouble, digits,
                 cJSON_GetArrayItem(pair, 1)->valuedouble);
    else if (cJSON_IsNumber(value))
        snprintf(text, sizeof text, "%.*f", digits, value->valuedouble);
    pulse_table_cell(table, text);
}

/* ---- Each table ----------------------------------------------------------------------------- */

static void print_ranking(const cJSON *evaluation, bool markdown)
{
    static const char *const measures[] = {"recall@10", "recall@100", "ndcg@100", "r_precision"};
    const cJSON *method;
    pulse_table table = {.columns = 6,
                         .about = {{.title = "METHOD", .shrinks = true},
                                   {.title = "RECALL@10", .right = true},
                                   {.title = "RECALL@100", .right = true},
                                   {.title = "NDCG@100", .right = true},
                                   {.title = "R-PRECISION", .right = true},
                                   {.title = "RECALL@100 IS"}}};
    cJSON_ArrayForEach(method, member(evaluation, "methods"))
    {
        pulse_table_cell(&table, label_of(method));
        for (size_t m = 0; m < sizeof measures / sizeof *measures; ++m)
            cell(&table, method, measures[m], 3);
        const char *versus =
            cJSON_GetStringValue(member(member(method, "versus_pulse"), "recall@100"));
        pulse_table_cell(&table, versus);
    }
    char *caption = pulse_need_format(
        "Continuing %.0f playlists: from the first %.0f songs, the others are to be found among "
        "all %.0f. 95%% intervals.",
        cJSON_GetNumberValue(member(evaluation, "playlists")),
        cJSON_GetNumberValue(member(member(evaluation, "protocol"), "seeds")),
        cJSON_GetNumberValue(member(evaluation, "songs")));
    finish(&table, caption, markdown);
    free(caption);
}

static void print_lists(const cJSON *evaluation, bool markdown)
{
    const cJSON *method;
    pulse_table table = {.columns = 5,
                         .about = {{.title = "METHOD", .shrinks = true},
                                   {.title = "COVERAGE", .right = true},
                                   {.title = "DIVERSITY", .right = true},
                                   {.title = "NOVELTY", .right = true},
                                   {.title = "VERSIONS", .right = true}}};
    cJSON_ArrayForEach(method, member(evaluation, "methods"))
    {
        pulse_table_cell(&table, label_of(method));
        cell(&table, method, "coverage@10", 3);
        cell(&table, method, "diversity@10", 3);
        cell(&table, method, "novelty@10", 2);
        cell(&table, method, "duplicate_versions@10", 3);
    }
    finish(&table,
           "What the first 10 are like: the share of the catalogue that is in any of them, how "
           "unlike each other they are, how rare in training playlists (bits), and the share that "
           "is another version of a seed or of a song above.",
           markdown);
}

static void print_spaces(const cJSON *evaluation, bool markdown)
{
    const cJSON *space;
    pulse_table table = {.columns = 7,
                         .about = {{.title = "SPACE", .shrinks = true},
                                   {.title = "WIDTH", .right = true},
                                   {.title = "SAME ARTIST", .right = true},
                                   {.title = "SAME GENRE", .right = true},
                                   {.title = "HUBNESS", .right = true},
                                   {.title = "REACHABLE", .right = true},
                                   {.title = "LARGEST HUB", .right = true}}};
    cJSON_ArrayForEach(space, member(evaluation, "spaces"))
    {
        pulse_table_cell(&table, label_of(space));
        cell(&table, space, "dimensions", 0);
        cell(&table, space, "same_artist_recall@10", 3);
        cell(&table, space, "same_genre@10", 3);
        cell(&table, member(space, "hubness"), "skewness", 2);
        cell(&table, member(space, "hubness"), "reachable", 3);
        cell(&table, member(space, "hubness"), "largest", 0);
    }
    finish(&table,
           "Each song's 10 nearest: the share of its artist's other songs (at most 10) and of its "
           "genre; how skewed the number of songs is that have one among theirs, the share that is "
           "among any, and the largest number.",
           markdown);
}

static void print_reconstruction(const cJSON *evaluation, bool markdown)
{
    const cJSON *json = member(evaluation, "reconstruction"), *modality;
    const cJSON *ours = member(json, "pulse"), *pca = member(json, "pca");
    pulse_table table = {.columns = 3,
                         .about = {{.title = "MODALITY", .shrinks = true},
                                   {.title = "AUTOENCODER", .right = true},
                                   {.title = "PCA", .right = true}}};
    if (ours) {
        pulse_table_cell(&table, "all but lyrics");
        cell(&table, ours, "features", 4);
        cell(&table, pca, "features", 4);
    }
    cJSON_ArrayForEach(modality, member(ours, "by_modality"))
    {
        pulse_table_cell(&table, modality->string);
        cell(&table, member(ours, "by_modality"), modality->string, 4);
        cell(&table, member(pca, "by_modality"), modality->string, 4);
    }
    char *caption = pulse_need_format("Mean squared error of known values, in standard "
                                      "deviations, over %.0f songs that the model has learned "
                                      "from.",
                                      cJSON_GetNumberValue(member(json, "songs")));
    finish(&table, caption, markdown);
    free(caption);
}

static void drop_cell(pulse_table *table, const cJSON *method, const char *name)
{
    const cJSON *drop = member(member(method, "drop"), name);
    char text[64] = "";
    if (cJSON_GetArraySize(drop) == 3)
        snprintf(text, sizeof text, "%.4f [%.4f, %.4f]", cJSON_GetArrayItem(drop, 0)->valuedouble,
                 cJSON_GetArrayItem(drop, 1)->valuedouble,
                 cJSON_GetArrayItem(drop, 2)->valuedouble);
    pulse_table_cell(table, text);
}

static void print_hidden(const cJSON *evaluation, bool markdown)
{
    const cJSON *json = member(evaluation, "hidden"), *method;
    if (!json)
        return;
    pulse_table table = {.columns = 5,
                         .about = {{.title = "METHOD", .shrinks = true},
                                   {.title = "RECALL@100", .right = true},
                                   {.title = "DROP", .right = true},
                                   {.title = "NDCG@100", .right = true},
                                   {.title = "DROP", .right = true}}};
    cJSON_ArrayForEach(method, member(json, "methods"))
    {
        pulse_table_cell(&table, label_of(method));
        cell(&table, method, "recall@100", 4);
        drop_cell(&table, method, "recall@100");
        cell(&table, method, "ndcg@100", 4);
        drop_cell(&table, method, "ndcg@100");
    }
    const char *modality = cJSON_GetStringValue(member(json, "modality"));
    char *caption =
        pulse_need_format("The same with %s hidden of %.0f of the songs (%.0f%%).",
                          modality ? modality : "", cJSON_GetNumberValue(member(json, "songs")),
                          100 * cJSON_GetNumberValue(member(json, "share")));
    finish(&table, caption, markdown);
    free(caption);
}

/* Methods that lack the same thing, in one sentence. */
static void print_left_out(const cJSON *evaluation, bool markdown)
{
    const cJSON *first, *other;
    cJSON_ArrayForEach(first, member(evaluation, "left_out"))
    {
        const char *why = cJSON_GetStringValue(member(first, "why"));
        bool said = false;
        cJSON_ArrayForEach(other, member(evaluation, "left_out"))
        {
            const char *reason = cJSON_GetStringValue(member(other, "why"));
            if (other == first)
                break;
            said = said || (why && reason && strcmp(why, reason) == 0);
        }
        if (said || !why)
            continue;
        const char *before = markdown ? "Left out: " : "left out: ";
        for (other = first; other; other = other->next) {
            const char *reason = cJSON_GetStringValue(member(other, "why"));
            const char *name = cJSON_GetStringValue(member(other, "method"));
            if (reason && name && strcmp(why, reason) == 0) {
                printf("%s%s", before, name);
                before = ", ";
            }
        }
        printf(" (%s)%s\n", why, markdown ? "." : "");
    }
}

void pulse_evaluate_print(const cJSON *evaluation, bool markdown)
{
    print_ranking(evaluation, markdown);
    print_lists(evaluation, markdown);
    print_spaces(evaluation, markdown);
    print_reconstruction(evaluation, markdown);
    print_hidden(evaluation, markdown);
    print_left_out(evaluation, markdown);
}
