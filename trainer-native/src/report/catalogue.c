#include "report/catalogue.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "train/songs.h"

static int read_songs(pulse_report_catalogue *out, pulse_failure *failure)
{
    pulse_intern names = {0};
    for (uint32_t i = 0; i < out->info.genre_count; ++i)
        pulse_intern_add(&names, out->info.genres[i]);
    int code = 0;
    for (uint32_t i = 0; i < out->info.songs && !code; ++i) {
        pulse_songs *song;
        pulse_error error;
        if (pulse_get_song(out->engine, i, &song, &error) != PULSE_OK) {
            code = pulse_failure_core(failure, &error);
            break;
        }
        const char *genre = song->items[0].genre;
        out->year[i] = song->items[0].year;
        out->genre[i] = genre[0] ? pulse_intern_add(&names, genre) : PULSE_NO_GENRE;
        if (out->genre[i] < out->info.genre_count)
            ++out->genre_songs[out->genre[i]];
        else
            out->genre[i] = PULSE_NO_GENRE;
        pulse_songs_free(song);
    }
    pulse_intern_free(&names);
    return code;
}

typedef struct counted {
    uint32_t songs, genre;
} counted;

static int most_first(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    if (x->songs != y->songs)
        return x->songs < y->songs ? 1 : -1;
    return (x->genre > y->genre) - (x->genre < y->genre);
}

static void order_genres(pulse_report_catalogue *out)
{
    const uint32_t count = out->info.genre_count;
    counted *genres = pulse_need(count, sizeof *genres);
    for (uint32_t i = 0; i < count; ++i)
        genres[i] = (counted){out->genre_songs[i], i};
    qsort(genres, count, sizeof *genres, most_first);
    for (uint32_t i = 0; i < count; ++i)
        out->by_songs[i] = genres[i].genre;
    free(genres);
}

int pulse_report_catalogue_read(pulse_engine *engine, pulse_report_catalogue *out,
                                pulse_failure *failure)
{
    *out = (pulse_report_catalogue){.engine = engine};
    pulse_engine_info(engine, &out->info);
    out->genre = pulse_need(out->info.songs, sizeof *out->genre);
    out->year = pulse_need(out->info.songs, sizeof *out->year);
    out->genre_songs = pulse_need(out->info.genre_count, sizeof *out->genre_songs);
    out->by_songs = pulse_need(out->info.genre_count, sizeof *out->by_songs);
    const int code = read_songs(out, failure);
    order_genres(out);
    if (code)
        pulse_report_catalogue_free(out);
    return code;
}

void pulse_report_catalogue_free(pulse_report_catalogue *catalogue)
{
    free(catalogue->genre);
    free(catalogue->year);
    free(catalogue->genre_songs);
    free(catalogue->by_songs);
    *catalogue = (pulse_report_catalogue){0};
}

cJSON *pulse_report_number(double value, int digits)
{
    if (!isfinite(value))
        return cJSON_CreateNull();
    char text[40];
    snprintf(text, sizeof text, "%.*g", digits, value);
    return cJSON_CreateRaw(text);
}
