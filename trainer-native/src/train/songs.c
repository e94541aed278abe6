#include "train/songs.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"

/* ---- Names ---------------------------------------------------------------------------------- */

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (; *text; ++text)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash ^ (hash >> 29);
}

static void names_grow(pulse_intern *names)
{
    names->slot_count = names->slot_count ? names->slot_count * 2 : 256;
    free(names->slots);
    names->slots = pulse_need(names->slot_count, sizeof *names->slots);
    for (uint32_t i = 0; i < names->count; ++i) {
        uint32_t slot = (uint32_t)(hash_of(names->items[i]) % names->slot_count);
        while (names->slots[slot])
            slot = (slot + 1) % names->slot_count;
        names->slots[slot] = i + 1;
    }
}

uint32_t pulse_intern_add(pulse_intern *names, const char *text)
{
    if (names->slot_count < 2 * (names->count + 1))
        names_grow(names);
    uint32_t slot = (uint32_t)(hash_of(text) % names->slot_count);
    while (names->slots[slot]) {
        if (strcmp(names->items[names->slots[slot] - 1], text) == 0)
            return names->slots[slot] - 1;
        slot = (slot + 1) % names->slot_count;
    }
    if (names->count == names->capacity) {
        names->capacity = names->capacity ? names->capacity * 2 : 64;
        names->items = pulse_need_more(names->items, names->capacity, sizeof *names->items);
    }
    names->items[names->count] = pulse_need_text(text);
    names->slots[slot] = ++names->count;
    return names->count - 1;
}

void pulse_intern_free(pulse_intern *names)
{
    for (uint32_t i = 0; i < names->count; ++i)
        free(names->items[i]);
    free(names->items);
    free(names->slots);
    *names = (pulse_intern){0};
}

/* ---- Songs ---------------------------------------------------------------------------------- */

static void take_columns(const pulse_workspace *workspace, pulse_song_table *table)
{
    table->genre = -1;
    uint32_t numerical = 0, categorical = 0;
    for (uint32_t i = 0; i < workspace->schema.count; ++i) {
        const pulse_column *column = &workspace->schema.columns[i];
        if (pulse_column_is_number(column))
            table->numerical_columns[numerical++] = column;
        if (pulse_column_is_category(column)) {
            if (column->role == PULSE_ROLE_GENRE)
                table->genre = categorical;
            table->categories[categorical++].column = column;
        }
    }
}

static void take_category(pulse_song_category *category, uint32_t song, const char *text)
{
    if (!category->column->multiple) {
        category->values[song] =
            text[0] ? pulse_intern_add(&category->names, text) : PULSE_NO_CATEGORY;
        return;
    }
    size_t count = category->first[song];
    category->values[song] = PULSE_NO_CATEGORY;
    char *copy = pulse_need_text(text);
    for (char *at = copy, *end; at && text[0]; at = end) {
        end = strchr(at, PULSE_LIST_SEPARATOR[0]);
        if (end)
            *end++ = 0;
        if (count == category->list_capacity) {
            category->list_capacity = category->list_capacity ? 2 * category->list_capacity : 1024;
            category->lists =
                pulse_need_more(category->lists, category->list_capacity, sizeof *category->lists);
        }
        category->lists[count++] = pulse_intern_add(&category->names, at);
        if (at == copy)
            category->values[song] = category->lists[count - 1];
    }
    free(copy);
    category->first[song + 1] = count;
}

int pulse_song_table_load(pulse_workspace *workspace, const char *directory, pulse_song_table *out,
                          pulse_failure *failure)
{
    const uint32_t songs = workspace->songs;
    pulse_song_table table = {
        .songs = songs, .numerical = workspace->numerical, .categorical = workspace->categorical};
    table.numerical_columns = pulse_need(table.numerical, sizeof *table.numerical_columns);
    table.numbers = pulse_need((size_t)songs * table.numerical, sizeof *table.numbers);
    table.categories = pulse_need(table.categorical, sizeof *table.categories);
    table.artist = pulse_need(songs, sizeof *table.artist);
    take_columns(workspace, &table);
    for (uint32_t i = 0; i < table.categorical; ++i) {
        table.categories[i].values = pulse_need(songs, sizeof(uint32_t));
        if (table.categories[i].column->multiple)
            table.categories[i].first = pulse_need((size_t)songs + 1, sizeof(size_t));
    }

    pulse_intern artists = {0};
    pulse_workspace_song song = {0};
    uint32_t count = 0, nameless = 0;
    bool more = true;
    int code = pulse_workspace_rewind(workspace, failure);
    while (!code) {
        code = pulse_workspace_next(workspace, &song, &more, failure);
        if (code || !more)
            break;
        if (count == songs) {
            more = false;
            ++count;
            break;
        }
        for (uint32_t i = 0; i < table.numerical; ++i)
            table.numbers[(size_t)count * table.numerical + i] = (float)song.numerical[i];
        for (uint32_t i = 0; i < table.categorical; ++i)
            take_category(&table.categories[i], count, song.categorical[i]);
        table.artist[count] =
            song.lead[0] ? pulse_intern_add(&artists, song.lead) : UINT32_MAX - nameless++;
        ++count;
        if (pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    table.artists = artists.count + nameless;
    for (uint32_t i = 0, next = artists.count; i < songs && i < count; ++i) {
        if (table.artist[i] >= artists.count)
            table.artist[i] = next++;
    }
    pulse_intern_free(&artists);
    pulse_workspace_song_free(&song);
    if (!code && count != songs)
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: does not hold as many songs as it says; run playlistpulse "
                                 "ingest again",
                                 workspace->path);
    if (!code)
        code = pulse_song_lyrics_load(directory, songs, &table.lyrics, failure);
    if (code)
        pulse_song_table_free(&table);
    *out = table;
    return code;
}

void pulse_song_table_free(pulse_song_table *table)
{
    for (uint32_t i = 0; i < table->categorical; ++i) {
        pulse_intern_free(&table->categories[i].names);
        free(table->categories[i].values);
        free(table->categories[i].first);
        free(table->categories[i].lists);
    }
    free(table->numerical_columns);
    free(table->numbers);
    free(table->categories);
    free(table->artist);
    pulse_song_lyrics_free(&table->lyrics);
    *table = (pulse_song_table){0};
}

/* As the preprocessor takes it; NULL: missing. `room` holds the text of several. */
static const char *category_text(const pulse_song_category *category, size_t song, pulse_text *room)
{
    const uint32_t value = category->values[song];
    if (value == PULSE_NO_CATEGORY || !category->first)
        return value == PULSE_NO_CATEGORY ? NULL : category->names.items[value];
    room->size = 0;
    for (size_t i = category->first[song]; i < category->first[song + 1]; ++i)
        pulse_text_format(room, "%s%s", i > category->first[song] ? PULSE_LIST_SEPARATOR : "",
                          category->names.items[category->lists[i]]);
    return room->data;
}

int pulse_song_table_rows(const pulse_song_table *table, const pulse_preprocessor *preprocessor,
                          uint32_t first, uint32_t count, float *rows, uint8_t *present,
                          pulse_failure *failure)
{
    pulse_layout layout;
    pulse_preprocessor_layout(preprocessor, &layout);
    if (layout.numerical_features != table->numerical ||
        layout.categorical_features != table->categorical ||
        (table->lyrics.dimensions && layout.lyrics != table->lyrics.dimensions))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "the model was trained for other columns than the workspace "
                                 "holds; run playlistpulse train again");
    const char **texts = pulse_need(table->categorical, sizeof *texts);
    pulse_text *lists = pulse_need(table->categorical, sizeof *lists);
    int code = 0;
    for (uint32_t i = 0; i < count && !code; ++i) {
        const size_t song = (size_t)first + i;
        for (uint32_t k = 0; k < table->categorical; ++k)
            texts[k] = category_text(&table->categories[k], song, &lists[k]);
        pulse_error error;
        if (pulse_preprocessor_apply(
                preprocessor, table->numbers + song * table->numerical, texts,
                pulse_song_lyrics_of(&table->lyrics, first + i), rows + (size_t)i * layout.inputs,
                present ? present + (size_t)i * layout.targets : NULL, &error) != PULSE_OK)
            code = pulse_failure_core(failure, &error);
    }
    for (uint32_t k = 0; k < table->categorical; ++k)
        free(lists[k].data);
    free(lists);
    free(texts);
    return code;
}
