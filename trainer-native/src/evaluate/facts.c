#include "evaluate/facts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/log.h"

/* A category of more values than this would be all of the width. */
#define VALUES_LIMIT 256u

/* ---- From the bundle ------------------------------------------------------------------------ */

static int take_songs(pulse_engine *engine, const pulse_info *info, pulse_facts *facts,
                      float *years, pulse_failure *failure)
{
    pulse_intern artists = {0}, genres = {0};
    uint32_t nameless = 0;
    int code = 0;
    for (uint32_t i = 0; i < info->songs && !code; ++i) {
        pulse_songs *rows = NULL;
        pulse_error error;
        if (pulse_get_song(engine, i, &rows, &error) != PULSE_OK ||
            pulse_get_vector(engine, i, facts->latents + (size_t)i * info->dimensions, &error) !=
                PULSE_OK) {
            pulse_songs_free(rows);
            code = pulse_failure_core(failure, &error);
            break;
        }
        const pulse_song *song = &rows->items[0];
        facts->artist[i] =
            song->artist[0] ? pulse_intern_add(&artists, song->artist) : UINT32_MAX - nameless++;
        facts->genre[i] =
            song->genre[0] ? pulse_intern_add(&genres, song->genre) : PULSE_NO_CATEGORY;
        facts->version[i] = song->version;
        years[i] = song->year ? (float)song->year : NAN;
        pulse_songs_free(rows);
        if (i % 1024 == 0)
            pulse_progress("read", i, info->songs, "songs");
        if (pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    pulse_progress_clear();
    facts->artists = artists.count + nameless;
    for (uint32_t i = 0, next = artists.count; i < info->songs; ++i) {
        if (facts->artist[i] >= artists.count)
            facts->artist[i] = next++;
    }
    facts->genres = genres.count;
    pulse_intern_free(&artists);
    pulse_intern_free(&genres);
    return code;
}

static float *add_column(pulse_facts *facts, pulse_plain_kind kind, const char *modality)
{
    facts->plain = pulse_need_more(facts->plain, facts->plain_count + 1, sizeof *facts->plain);
    pulse_plain_column *column = &facts->plain[facts->plain_count++];
    *column = (pulse_plain_column){kind, pulse_need_text(modality),
                                   pulse_need(facts->songs, sizeof(float))};
    return column->values;
}

/* A column of 0 or 1 for each value; song i has values[i]. */
static void add_one_hot(pulse_facts *facts, pulse_plain_kind kind, const char *modality,
                        const uint32_t *values, uint32_t count)
{
    for (uint32_t v = 0; v < count && v < VALUES_LIMIT; ++v) {
        float *column = add_column(facts, kind, modality);
        for (uint32_t i = 0; i < facts->songs; ++i)
            column[i] = values[i] == v ? 1.0f : 0.0f;
    }
}

static int take_bundle_columns(pulse_engine *engine, const pulse_info *info, const float *years,
                               pulse_facts *facts, pulse_failure *failure)
{
    memcpy(add_column(facts, PULSE_PLAIN_YEAR, "metadata"), years, facts->songs * sizeof *years);
    const uint32_t first = facts->plain_count;
    for (uint32_t f = 0; f < info->feature_count; ++f)
        add_column(facts, PULSE_PLAIN_NUMBER, info->features[f].modality);
    float *values = pulse_need(info->feature_count, sizeof *values);
    int code = 0;
    for (uint32_t i = 0; i < facts->songs && !code; ++i) {
        pulse_error error;
        if (pulse_get_features(engine, i, values, &error) != PULSE_OK)
            code = pulse_failure_core(failure, &error);
        for (uint32_t f = 0; f < info->feature_count && !code; ++f)
            facts->plain[first + f].values[i] = values[f];
    }
    free(values);
    if (!code)
        add_one_hot(facts, PULSE_PLAIN_GENRE, "metadata", facts->genre, facts->genres);
    return code;
}

/* ---- From the workspace --------------------------------------------------------------------- */

/* Whether the workspace holds the songs of the bundle, in their order. */
static int check_songs(pulse_engine *engine, pulse_facts *facts, pulse_failure *failure)
{
    pulse_workspace_song song = {0};
    bool more = true, same = facts->workspace.songs == facts->songs;
    int code = pulse_workspace_rewind(&facts->workspace, failure);
    for (uint32_t i = 0; i < facts->songs && same && !code; ++i) {
        code = pulse_workspace_next(&facts->workspace, &song, &more, failure);
        if (code || !more)
            break;
        uint32_t found;
        same = pulse_find_song_id(engine, song.song_id, &found, NULL) == PULSE_OK && found == i;
        if (!code && pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    pulse_workspace_song_free(&song);
    if (!code && (!same || !more))
        code =
            pulse_failure_set(failure, PULSE_EXIT_INPUT,
                              "%s: holds other songs than the bundle; --work names the directory "
                              "that the bundle was made from",
                              facts->workspace.path);
    return code;
}

/* The same for a category of which a song may have several values. */
static void add_list_columns(pulse_facts *facts, pulse_plain_kind kind,
                             const pulse_song_category *category)
{
    const uint32_t first = facts->plain_count;
    for (uint32_t v = 0; v < category->names.count && v < VALUES_LIMIT; ++v)
        add_column(facts, kind, category->column->modality);
    for (uint32_t i = 0; i < facts->songs; ++i) {
        for (size_t k = category->first[i]; k < category->first[i + 1]; ++k) {
            if (category->lists[k] < VALUES_LIMIT)
                facts->plain[first + category->lists[k]].values[i] = 1.0f;
        }
    }
}

static void take_work_columns(pulse_facts *facts)
{
    const pulse_song_table *table = &facts->table;
    for (uint32_t c = 0; c < table->numerical; ++c) {
        const pulse_column *about = table->numerical_columns[c];
        float *values = add_column(
            facts, about->role == PULSE_ROLE_YEAR ? PULSE_PLAIN_YEAR : PULSE_PLAIN_NUMBER,
            about->modality);
        for (uint32_t i = 0; i < facts->songs; ++i)
            values[i] = table->numbers[(size_t)i * table->numerical + c];
    }
    for (uint32_t c = 0; c < table->categorical; ++c) {
        const pulse_song_category *category = &table->categories[c];
        const pulse_plain_kind kind =
            table->genre == (int64_t)c ? PULSE_PLAIN_GENRE : PULSE_PLAIN_CATEGORY;
        if (category->first)
            add_list_columns(facts, kind, category);
        else
            add_one_hot(facts, kind, category->column->modality, category->values,
                        category->names.count);
    }
}

static int load_work(pulse_engine *engine, const char *work, pulse_facts *facts,
                     pulse_failure *failure)
{
    int code = pulse_workspace_open(work, &facts->workspace, failure);
    if (code)
        return code;
    facts->work = work;
    code = check_songs(engine, facts, failure);
    if (!code)
        code = pulse_song_table_load(&facts->workspace, work, &facts->table, failure);
    return code;
}

int pulse_facts_load(pulse_engine *engine, const char *work, pulse_facts *out,
                     pulse_failure *failure)
{
    pulse_info info;
    pulse_engine_info(engine, &info);
    *out = (pulse_facts){.songs = info.songs, .dimensions = info.dimensions};
    out->artist = pulse_need(info.songs, sizeof *out->artist);
    out->genre = pulse_need(info.songs, sizeof *out->genre);
    out->version = pulse_need(info.songs, sizeof *out->version);
    out->latents = pulse_need((size_t)info.songs * info.dimensions, sizeof *out->latents);
    float *years = pulse_need(info.songs, sizeof *years);
    int code = take_songs(engine, &info, out, years, failure);
    if (!code && work)
        code = load_work(engine, work, out, failure);
    if (!code && work)
        take_work_columns(out);
    else if (!code)
        code = take_bundle_columns(engine, &info, years, out, failure);
    free(years);
    if (code)
        pulse_facts_free(out);
    return code;
}

void pulse_facts_free(pulse_facts *facts)
{
    for (uint32_t i = 0; i < facts->plain_count; ++i) {
        free(facts->plain[i].modality);
        free(facts->plain[i].values);
    }
    free(facts->plain);
    free(facts->artist);
    free(facts->genre);
    free(facts->version);
    free(facts->latents);
    if (facts->work) {
        pulse_song_table_free(&facts->table);
        pulse_workspace_close(&facts->workspace);
    }
    *facts = (pulse_facts){0};
}
