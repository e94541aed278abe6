#include "ingest/vocabulary.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void pulse_name_normalise(const char *name, char *out, size_t size)
{
    size_t used = 0;
    for (const unsigned char *at = (const unsigned char *)name; *at && used + 1 < size; ++at) {
        if (isalnum(*at) || *at >= 0x80)
            out[used++] = (char)tolower(*at);
        else if (used > 0 && out[used - 1] != '_')
            out[used++] = '_';
    }
    while (used > 0 && out[used - 1] == '_')
        --used;
    out[used] = 0;
}

/* Best names first. */
static const char *const id_names[] = {"song_id",          "track_id",    "id",  "spotify_id",
                                       "spotify_track_id", "track_uri",   "uri", "isrc",
                                       "musicbrainz_id",   "spotify_uri", NULL};
static const char *const title_names[] = {
    "track_name", "song_name", "song_title", "track_title", "title", "name", "song", "track", NULL};
static const char *const artist_names[] = {"artist_name",
                                           "artists_name",
                                           "track_artist",
                                           "artist",
                                           "artist_names",
                                           "artists",
                                           "track_artists",
                                           "performer",
                                           "singer",
                                           "band",
                                           "artist_s_name",
                                           "artist_name_s",
                                           NULL};
static const char *const year_names[] = {"release_year",
                                         "year",
                                         "release_date",
                                         "album_release_date",
                                         "track_album_release_date",
                                         "album_release_year",
                                         "released",
                                         "date",
                                         NULL};
static const char *const genre_names[] = {
    "genre",  "track_genre",  "main_genre",    "top_genre",   "playlist_genre", "music_genre",
    "genres", "track_genres", "artist_genres", "album_genre", "style",          "styles",
    NULL};
static const char *const lyrics_names[] = {"lyrics", "song_lyrics", "lyric", "text", "seq", NULL};
/* Names, addresses, numbers and dates that files are kept by. An album is a name too: what it says
 * of a song its artist and year say as well. */
static const char *const bookkeeping_names[] = {"audio_source",
                                                "source",
                                                "url",
                                                "uri",
                                                "link",
                                                "href",
                                                "filename",
                                                "file",
                                                "path",
                                                "index",
                                                "row",
                                                "row_number",
                                                "created_at",
                                                "updated_at",
                                                "added_at",
                                                "added_by",
                                                "date_added",
                                                "analysis_url",
                                                "track_href",
                                                "track_url",
                                                "track_uri",
                                                "track_number",
                                                "track_preview_url",
                                                "preview_url",
                                                "disc_number",
                                                "isrc",
                                                "spotify_id",
                                                "playlist_id",
                                                "playlist_name",
                                                "album",
                                                "album_name",
                                                "album_id",
                                                "album_uri",
                                                "album_url",
                                                "album_image_url",
                                                "album_artist_name_s",
                                                "album_artist_uri_s",
                                                "track_album_id",
                                                "track_album_name",
                                                "artist_id",
                                                "artist_ids",
                                                "artist_uri",
                                                "artist_uri_s",
                                                "artist_uris",
                                                "artists_id",
                                                "id_artists",
                                                "image",
                                                "image_url",
                                                "copyrights",
                                                NULL};
/* Words whose numbers, if they are numbers, have no order. */
static const char *const category_names[] = {"key",     "mode",     "language", "time_signature",
                                             "country", "subgenre", "topic",    "playlist_subgenre",
                                             "mood",    "emotion",  NULL};

static int rank_of(const char *name, const char *const *names)
{
    int total = 0, at = -1;
    for (; names[total]; ++total) {
        if (strcmp(names[total], name) == 0)
            at = total;
    }
    return at < 0 ? 0 : total - at;
}

int pulse_name_fits(const char *normalised, pulse_role role)
{
    switch (role) {
    case PULSE_ROLE_ID:
        return rank_of(normalised, id_names);
    case PULSE_ROLE_TITLE:
        return rank_of(normalised, title_names);
    case PULSE_ROLE_ARTIST:
        return rank_of(normalised, artist_names);
    case PULSE_ROLE_YEAR:
        return rank_of(normalised, year_names);
    case PULSE_ROLE_GENRE:
        return rank_of(normalised, genre_names);
    case PULSE_ROLE_LYRICS:
        return rank_of(normalised, lyrics_names);
    default:
        return 0;
    }
}

bool pulse_name_is_bookkeeping(const char *normalised)
{
    return normalised[0] == 0 || strncmp(normalised, "unnamed_", 8) == 0 ||
           rank_of(normalised, bookkeeping_names) > 0;
}

bool pulse_name_is_plural(const char *normalised)
{
    const size_t size = strlen(normalised);
    return strncmp(normalised, "artists", 7) == 0 || strstr(normalised, "_artists") ||
           (size > 1 && strcmp(normalised + size - 2, "_s") == 0) ||
           strcmp(normalised, "artist_names") == 0;
}

/* csv.c calls a column without a name "column 1". */
bool pulse_name_is_none(const char *normalised)
{
    return strcmp(normalised, "unnamed") == 0 ||
           (strncmp(normalised, "column_", 7) == 0 && normalised[7] &&
            strspn(normalised + 7, "0123456789") == strlen(normalised + 7));
}

bool pulse_name_is_category(const char *normalised)
{
    return rank_of(normalised, category_names) > 0;
}

/* name, modality, label, unit, small value, large value. An empty word: nobody says that. */
static const struct {
    const char *name, *modality, *label, *unit, *low, *high;
} features[] = {
    {"danceability", "audio", "danceability", "", "", "danceable"},
    {"energy", "audio", "energy", "", "calm", "energetic"},
    {"loudness", "audio", "loudness", "dB", "quiet", "loud"},
    {"valence", "audio", "mood", "", "melancholic", "cheerful"},
    {"acousticness", "audio", "acousticness", "", "", "acoustic"},
    {"instrumentalness", "audio", "instrumentalness", "", "", "instrumental"},
    {"liveness", "audio", "liveness", "", "", "live"},
    {"speechiness", "audio", "speechiness", "", "", "spoken"},
    {"tempo", "audio", "tempo", "BPM", "slow", "fast"},
    {"bpm", "audio", "tempo", "BPM", "slow", "fast"},
    {"duration_ms", "audio", "length", "ms", "short", "long"},
    {"length_ms", "audio", "length", "ms", "short", "long"},
    {"duration_sec", "audio", "length", "s", "short", "long"},
    {"duration", "audio", "length", "s", "short", "long"},
    {"duration_s", "audio", "length", "s", "short", "long"},
    {"length", "audio", "length", "", "short", "long"},
    {"key", "audio", "key", "", "", ""},
    {"mode", "audio", "mode", "", "", ""},
    {"time_signature", "audio", "time signature", "", "", ""},
    {"len", "descriptors", "words in the lyrics", "words", "", "wordy"},
    {"word_count", "descriptors", "words in the lyrics", "words", "", "wordy"},
    {"popularity", "descriptors", "popularity", "", "little known", "popular"},
    {"explicit", "descriptors", "explicit words", "", "", "explicit"},
    /* Topics whose names are not what a listener would say. */
    {"dating", "descriptors", "dating", "", "", "about dating"},
    {"violence", "descriptors", "violence", "", "", "about violence"},
    {"world_life", "descriptors", "the world and life", "", "", "about the world and life"},
    {"night_time", "descriptors", "night and time", "", "", "about the night"},
    {"shake_the_audience", "descriptors", "shaking the audience", "", "", "made to shake a crowd"},
    {"family_gospel", "descriptors", "family and gospel", "", "", "about family and faith"},
    {"romantic", "descriptors", "romance", "", "", "about romance"},
    {"communication", "descriptors", "communication", "", "", "about talking things over"},
    {"obscene", "descriptors", "explicit words", "", "", "explicit"},
    {"music", "descriptors", "music", "", "", "about music"},
    {"movement_places", "descriptors", "movement and places", "", "", "about moving and places"},
    {"light_visual_perceptions", "descriptors", "light and sights", "", "",
     "about light and sights"},
    {"family_spiritual", "descriptors", "family and spirit", "", "", "about family and spirit"},
    {"like_girls", "descriptors", "girls", "", "", "about girls"},
    {"sadness", "descriptors", "sadness", "", "", "about sadness"},
    {"feelings", "descriptors", "feelings", "", "", "about feelings"},
};
enum { FEATURES = sizeof features / sizeof *features };

static size_t find_feature(const char *normalised)
{
    const char *word = strncmp(normalised, "track_", 6) == 0 ? normalised + 6 : normalised;
    size_t i = 0;
    while (i < FEATURES && strcmp(features[i].name, word) != 0)
        ++i;
    return i;
}

pulse_meaning pulse_name_meaning(const char *name)
{
    static const struct {
        const char *name;
        pulse_meaning meaning;
    } meanings[] = {{"key", {12, false, "-1"}},          {"mode", {0, false, "-1"}},
                    {"tempo", {0, false, "0"}},          {"bpm", {0, false, "0"}},
                    {"time_signature", {0, false, "0"}}, {"duration_ms", {0, true, "0"}},
                    {"length_ms", {0, true, "0"}},       {"duration", {0, true, "0"}},
                    {"duration_s", {0, true, "0"}},      {"duration_sec", {0, true, "0"}}};
    char normalised[256];
    pulse_name_normalise(name, normalised, sizeof normalised);
    const char *word = strncmp(normalised, "track_", 6) == 0 ? normalised + 6 : normalised;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; ++i) {
        if (strcmp(meanings[i].name, word) == 0)
            return meanings[i].meaning;
    }
    return (pulse_meaning){0};
}

bool pulse_name_is_feature(const char *normalised)
{
    const size_t at = find_feature(normalised);
    return at < FEATURES && !pulse_name_is_category(normalised) &&
           strcmp(features[at].modality, "audio") == 0;
}

static void fill(char **member, const char *text)
{
    if (!*member)
        *member = pulse_need_text(text);
}

void pulse_column_describe(pulse_column *column)
{
    char normalised[256];
    pulse_name_normalise(column->name, normalised, sizeof normalised);
    if (column->role == PULSE_ROLE_YEAR) {
        fill(&column->label, "year");
        fill(&column->low, "older");
        fill(&column->high, "newer");
    }
    if (column->role == PULSE_ROLE_YEAR || column->role == PULSE_ROLE_GENRE)
        fill(&column->modality, "metadata");
    const size_t at = find_feature(normalised);
    /* "length" in a file whose unit is unknown keeps an empty unit; 0..1 "loudness" is not in dB,
     * which infer.c sees from the values and says before. */
    if (at < FEATURES) {
        fill(&column->modality, features[at].modality);
        fill(&column->label, features[at].label);
        fill(&column->unit, features[at].unit);
        fill(&column->low, features[at].low);
        fill(&column->high, features[at].high);
    }
    char words[256];
    snprintf(words, sizeof words, "%.200s", column->name);
    for (char *c = words; *c; ++c) {
        if (*c == '_')
            *c = ' ';
    }
    char low[300], high[300];
    snprintf(low, sizeof low, "low %s", words);
    snprintf(high, sizeof high, "high %s", words);
    fill(&column->modality, "descriptors");
    fill(&column->label, words);
    fill(&column->unit, "");
    fill(&column->low, low);
    fill(&column->high, high);
}
