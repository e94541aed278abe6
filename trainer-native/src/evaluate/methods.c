#include "evaluate/methods.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "evaluate/space.h"
#include "evaluate/tfidf.h"

/* The width that latent semantic analysis of the lyrics and plain components are given. */
enum { WORDS_WIDTH = 128, COMPONENTS = 64 };
/* Beside the standardised features, unit vectors of lyrics would hardly count. */
static const float words_weight = 2.0f;
/* Same artist before all others: a step that no cosine can climb. */
static const float cosine_step = 0.1f;
/* Beside EASE's weights, which are mostly 0: who is by a seed's artist, then who sounds alike. */
static const float artist_bonus = 1e-3f, cosine_bonus = 1e-4f;
/* Of lyrics of more songs than this, counting words takes more memory than a comparison is worth.
 */
#define WORDS_LIMIT 300000u

static const uint32_t *seeds_of(const pulse_scene *scene, uint32_t playlist)
{
    return scene->playlists->songs + scene->playlists->first[playlist];
}

/* ---- Ours ----------------------------------------------------------------------------------- */

static int rank_by_engine(pulse_method *method, const pulse_scene *scene, uint32_t playlist,
                          uint32_t k, uint32_t *out, uint32_t *count, pulse_failure *failure)
{
    pulse_seed seeds[PULSE_PROTOCOL_SEEDS];
    for (uint32_t i = 0; i < PULSE_PROTOCOL_SEEDS; ++i)
        seeds[i] = (pulse_seed){seeds_of(scene, playlist)[i], 1.0f};
    pulse_query query = pulse_query_default();
    query.seeds = seeds;
    query.seed_count = PULSE_PROTOCOL_SEEDS;
    query.k = k;
    query.keep_versions = !method->fold;
    pulse_results *results = NULL;
    pulse_error error;
    *count = 0;
    const pulse_status status = pulse_recommend(scene->engine, &query, &results, &error);
    if (status == PULSE_E_ARGUMENT) /* seeds that cancel each other out: nothing is found */
        return 0;
    if (status != PULSE_OK)
        return pulse_failure_core(failure, &error);
    for (size_t i = 0; i < results->count && i < k; ++i)
        out[(*count)++] = results->items[i].song.song;
    pulse_results_free(results);
    return 0;
}

static int make_pulse(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    (void)failure;
    snprintf(out->label, sizeof out->label, "PlaylistPulse, %u dimensions",
             scene->facts->dimensions);
    out->rank = rank_by_engine;
    out->vectors = scene->facts->latents;
    out->width = scene->facts->dimensions;
    return 0;
}

static int make_pulse_folded(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    (void)scene;
    (void)failure;
    snprintf(out->label, sizeof out->label, "PlaylistPulse, versions folded");
    out->rank = rank_by_engine;
    out->fold = true;
    return 0;
}

/* ---- Without any knowledge of the song ------------------------------------------------------ */

static int score_by_chance(pulse_method *method, const pulse_scene *scene, uint32_t first,
                           uint32_t count, float *scores, pulse_failure *failure)
{
    (void)method;
    (void)failure;
    const uint32_t songs = scene->facts->songs;
    for (uint32_t i = 0; i < count; ++i) {
        pulse_random random = pulse_random_make(scene->seed, 1000 + (uint64_t)first + i);
        for (uint32_t song = 0; song < songs; ++song)
            scores[(size_t)i * songs + song] = pulse_random_unit(&random);
    }
    return 0;
}

static int make_random(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    (void)scene;
    (void)failure;
    snprintf(out->label, sizeof out->label, "random");
    out->score = score_by_chance;
    return 0;
}

static int score_by_popularity(pulse_method *method, const pulse_scene *scene, uint32_t first,
                               uint32_t count, float *scores, pulse_failure *failure)
{
    (void)method;
    (void)first;
    (void)failure;
    const uint32_t songs = scene->facts->songs;
    for (uint32_t i = 0; i < count; ++i) {
        for (uint32_t song = 0; song < songs; ++song)
            scores[(size_t)i * songs + song] = (float)scene->items->playlists->held[song];
    }
    return 0;
}

/* Whether there are training playlists; the reason goes to `why` where there are not. */
static bool has_training(const pulse_scene *scene, pulse_method *out)
{
    if (scene->items)
        return true;
    snprintf(out->why, sizeof out->why, "learns from playlists: pass --train-playlists FILE");
    return false;
}

static int make_popularity(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    (void)failure;
    snprintf(out->label, sizeof out->label, "popularity");
    if (has_training(scene, out))
        out->score = score_by_popularity;
    return 0;
}

/* ---- Spaces --------------------------------------------------------------------------------- */

/* The mean of the seeds' unit vectors, and the cosine of everything with it but for its length,
 * which changes no order. */
static int score_by_vectors(pulse_method *method, const pulse_scene *scene, uint32_t first,
                            uint32_t count, float *scores, pulse_failure *failure)
{
    (void)failure;
    const uint32_t width = method->width, songs = scene->facts->songs;
    float *queries = pulse_need((size_t)count * width, sizeof *queries);
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t *seeds = seeds_of(scene, first + i);
        for (uint32_t s = 0; s < PULSE_PROTOCOL_SEEDS; ++s)
            cblas_saxpy((int)width, 1.0f / PULSE_PROTOCOL_SEEDS,
                        method->vectors + (size_t)seeds[s] * width, 1, queries + (size_t)i * width,
                        1);
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)count, (int)songs, (int)width, 1.0f,
                queries, (int)width, method->vectors, (int)width, 0.0f, scores, (int)songs);
    free(queries);
    return 0;
}

static void own_vectors(pulse_method *out, float *vectors, uint32_t width)
{
    out->vectors = out->owned = vectors;
    out->width = width;
    if (vectors && !out->score)
        out->score = score_by_vectors;
}

static int make_raw(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    (void)failure;
    uint32_t width;
    own_vectors(
        out,
        pulse_plain_vectors(scene->facts, PULSE_PLAIN_ALL, scene->hidden, scene->modality, &width),
        0);
    out->width = width;
    snprintf(out->label, sizeof out->label, "raw features (%u)%s", width,
             scene->facts->work ? "" : ", of the bundle");
    if (!out->vectors)
        snprintf(out->why, sizeof out->why, "there are no features");
    return 0;
}

/* Of rows [songs, width], centred, the coordinates along the largest components, at unit length. */
static int make_components(pulse_scene *scene, const float *fitted, const float *rows,
                           uint32_t width, uint32_t dimensions, pulse_method *out,
                           pulse_failure *failure)
{
    const uint32_t songs = scene->facts->songs;
    uint32_t *all = pulse_need(songs, sizeof *all);
    for (uint32_t i = 0; i < songs; ++i)
        all[i] = i;
    pulse_pca pca;
    const int code = pulse_pca_fit(fitted, width, all, songs, dimensions, &pca, failure);
    free(all);
    if (code)
        return code;
    float *vectors = pulse_need((size_t)songs * pca.dimensions, sizeof *vectors);
    pulse_pca_project(&pca, rows, songs, vectors);
    pulse_space_normalise(vectors, songs, pca.dimensions);
    own_vectors(out, vectors, pca.dimensions);
    pulse_pca_free(&pca);
    return 0;
}

static bool has_work(const pulse_scene *scene, const char *what, pulse_method *out)
{
    if (scene->facts->work)
        return true;
    snprintf(out->why, sizeof out->why,
             "needs %s, which a bundle does not hold: pass --work DIR, the directory of the steps "
             "between CSV and bundle",
             what);
    return false;
}

/* The inputs of songs with something hidden, for components that were found with everything known;
 * NULL where nothing is. */
static float *hide_inputs(const pulse_scene *scene)
{
    if (!scene->hidden)
        return NULL;
    const pulse_dataset *dataset = scene->dataset;
    const size_t size = (size_t)scene->facts->songs * dataset->targets;
    float *inputs = pulse_need(size, sizeof *inputs);
    memcpy(inputs, scene->inputs, size * sizeof *inputs);
    for (uint32_t c = 0; c < dataset->targets; ++c) {
        if (strcmp(dataset->modality_names[dataset->modality[c]], scene->modality) != 0)
            continue;
        for (uint32_t i = 0; i < scene->facts->songs; ++i) {
            if (scene->hidden[i])
                inputs[(size_t)i * dataset->targets + c] = 0;
        }
    }
    return inputs;
}

static int make_pca(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    snprintf(out->label, sizeof out->label, "PCA of features and lyrics, %u wide",
             scene->facts->dimensions);
    if (!has_work(scene, "the model's inputs", out))
        return 0;
    if (!scene->dataset) {
        snprintf(out->why, sizeof out->why, "the workspace does not fit the bundle's model");
        return 0;
    }
    float *hidden = hide_inputs(scene);
    const int code =
        make_components(scene, scene->inputs, hidden ? hidden : scene->inputs,
                        scene->dataset->targets, scene->facts->dimensions, out, failure);
    free(hidden);
    return code;
}

/* ---- Lyrics --------------------------------------------------------------------------------- */

/* Unit vectors of the lyrics' words, once for all methods; none where `why` says so. */
static int need_words(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    if (!has_work(scene, "lyrics", out))
        return 0;
    if (scene->facts->songs > WORDS_LIMIT) {
        snprintf(out->why, sizeof out->why, "counts the words of at most %u songs", WORDS_LIMIT);
        return 0;
    }
    if (!scene->words_made) {
        const int code = pulse_tfidf_vectors(scene->facts->work, WORDS_WIDTH, scene->seed,
                                             &scene->words, &scene->words_width, failure);
        if (code)
            return code;
        scene->words_made = true;
        if (scene->words)
            pulse_space_normalise(scene->words, scene->facts->songs, scene->words_width);
    }
    if (!scene->words)
        snprintf(out->why, sizeof out->why, "no song of the workspace has lyrics");
    return 0;
}

static int make_words(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    const int code = need_words(scene, out, failure);
    snprintf(out->label, sizeof out->label, "lyrics, TF-IDF, SVD %d", WORDS_WIDTH);
    if (code || out->why[0])
        return code;
    snprintf(out->label, sizeof out->label, "lyrics, TF-IDF, SVD %u", scene->words_width);
    out->vectors = scene->words;
    out->width = scene->words_width;
    out->score = score_by_vectors;
    return 0;
}

static int make_encoded(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    (void)failure;
    snprintf(out->label, sizeof out->label, "lyrics, their embeddings");
    const pulse_song_lyrics *lyrics = &scene->facts->table.lyrics;
    if (!has_work(scene, "lyrics", out))
        return 0;
    if (lyrics->dimensions == 0) {
        snprintf(out->why, sizeof out->why, "the workspace has no embeddings of lyrics");
        return 0;
    }
    const uint32_t width = lyrics->dimensions, songs = scene->facts->songs;
    float *vectors = pulse_need((size_t)songs * width, sizeof *vectors);
    for (uint32_t i = 0; i < songs; ++i) {
        const float *embedding = pulse_song_lyrics_of(lyrics, i);
        if (embedding)
            memcpy(vectors + (size_t)i * width, embedding, width * sizeof *vectors);
    }
    pulse_space_normalise(vectors, songs, width);
    own_vectors(out, vectors, width);
    return 0;
}

static int make_pca_64(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    snprintf(out->label, sizeof out->label, "PCA of raw features and lyrics' words, %d wide",
             COMPONENTS);
    int code = need_words(scene, out, failure);
    if (code || out->why[0])
        return code;
    uint32_t plain_width;
    float *plain = pulse_plain_rows(scene->facts, PULSE_PLAIN_ALL, NULL, NULL, &plain_width);
    const uint32_t songs = scene->facts->songs, words = scene->words_width;
    const uint32_t width = plain_width + words;
    float *rows = pulse_need((size_t)songs * width, sizeof *rows);
    for (size_t i = 0; i < songs; ++i) {
        if (plain)
            memcpy(rows + i * width, plain + i * plain_width, plain_width * sizeof *rows);
        cblas_saxpy((int)words, words_weight, scene->words + i * words, 1,
                    rows + i * width + plain_width, 1);
    }
    free(plain);
    code = make_components(scene, rows, rows, width, COMPONENTS, out, failure);
    free(rows);
    return code;
}

/* ---- Sound, artist -------------------------------------------------------------------------- */

static void need_plain(pulse_scene *scene, pulse_plain_choice choice, pulse_method *out)
{
    uint32_t width;
    own_vectors(
        out, pulse_plain_vectors(scene->facts, choice, scene->hidden, scene->modality, &width), 0);
    out->width = width;
    if (!out->vectors)
        snprintf(out->why, sizeof out->why,
                 "no feature is of the modality audio: a schema file can say which are");
}

static int make_audio(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    (void)failure;
    snprintf(out->label, sizeof out->label, "audio features");
    need_plain(scene, PULSE_PLAIN_AUDIO, out);
    return 0;
}

static int make_audio_genre_year(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    (void)failure;
    snprintf(out->label, sizeof out->label, "audio, genre and year");
    need_plain(scene, PULSE_PLAIN_AUDIO_GENRE_YEAR, out);
    return 0;
}

static bool is_by_seed_artist(const pulse_scene *scene, uint32_t playlist, uint32_t song)
{
    const uint32_t *artist = scene->facts->artist, *seeds = seeds_of(scene, playlist);
    for (uint32_t s = 0; s < PULSE_PROTOCOL_SEEDS; ++s) {
        if (artist[seeds[s]] == artist[song])
            return true;
    }
    return false;
}

static int score_by_artist(pulse_method *method, const pulse_scene *scene, uint32_t first,
                           uint32_t count, float *scores, pulse_failure *failure)
{
    const int code = score_by_vectors(method, scene, first, count, scores, failure);
    const uint32_t songs = scene->facts->songs;
    for (uint32_t i = 0; i < count && !code; ++i) {
        for (uint32_t song = 0; song < songs; ++song) {
            float *score = scores + (size_t)i * songs + song;
            *score = *score * cosine_step + (float)is_by_seed_artist(scene, first + i, song);
        }
    }
    return code;
}

static int make_artist(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    (void)failure;
    snprintf(out->label, sizeof out->label, "same artist first, then audio, genre and year");
    out->score = score_by_artist;
    need_plain(scene, PULSE_PLAIN_AUDIO_GENRE_YEAR, out);
    return 0;
}

/* ---- Playlists ------------------------------------------------------------------------------ */

static int score_by_knn(pulse_method *method, const pulse_scene *scene, uint32_t first,
                        uint32_t count, float *scores, pulse_failure *failure)
{
    (void)failure;
    for (uint32_t i = 0; i < count; ++i)
        pulse_items_knn(scene->items, &method->knn, seeds_of(scene, first + i),
                        PULSE_PROTOCOL_SEEDS, scores + (size_t)i * scene->facts->songs);
    return 0;
}

static int make_knn(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    (void)failure;
    snprintf(out->label, sizeof out->label, "item k-NN, cosine");
    out->knn = (pulse_knn){0.5, 0.5, 0};
    if (has_training(scene, out))
        out->score = score_by_knn;
    return 0;
}

static int make_knn_tuned(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    (void)failure;
    snprintf(out->label, sizeof out->label, "item k-NN, tuned");
    out->knn = (pulse_knn){0.7, 0.3, 10};
    if (has_training(scene, out))
        out->score = score_by_knn;
    return 0;
}

static int score_by_ease(pulse_method *method, const pulse_scene *scene, uint32_t first,
                         uint32_t count, float *scores, pulse_failure *failure)
{
    (void)failure;
    for (uint32_t i = 0; i < count; ++i)
        pulse_ease_score(scene->items, method->weights, seeds_of(scene, first + i),
                         PULSE_PROTOCOL_SEEDS, scores + (size_t)i * scene->facts->songs);
    return 0;
}

static int make_ease(pulse_scene *scene, double ridge, pulse_method *out, pulse_failure *failure)
{
    if (!has_training(scene, out))
        return 0;
    if (scene->items->count > PULSE_EASE_LIMIT) {
        snprintf(out->why, sizeof out->why,
                 "its matrix over the playlists' %u songs is too large; %u are the most",
                 scene->items->count, PULSE_EASE_LIMIT);
        return 0;
    }
    return pulse_ease_fit(scene->items, ridge, &out->weights, failure);
}

static int make_ease_200(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    snprintf(out->label, sizeof out->label, "EASE^R, ridge 200");
    out->score = score_by_ease;
    return make_ease(scene, 200, out, failure);
}

static int make_ease_700(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    snprintf(out->label, sizeof out->label, "EASE^R, ridge 700");
    out->score = score_by_ease;
    return make_ease(scene, 700, out, failure);
}

static int score_by_ease_and_artist(pulse_method *method, const pulse_scene *scene, uint32_t first,
                                    uint32_t count, float *scores, pulse_failure *failure)
{
    const uint32_t songs = scene->facts->songs;
    float *learned = pulse_need(songs, sizeof *learned);
    const int code = score_by_vectors(method, scene, first, count, scores, failure);
    for (uint32_t i = 0; i < count && !code; ++i) {
        pulse_ease_score(scene->items, method->weights, seeds_of(scene, first + i),
                         PULSE_PROTOCOL_SEEDS, learned);
        for (uint32_t song = 0; song < songs; ++song) {
            float *score = scores + (size_t)i * songs + song;
            *score = *score * cosine_bonus + learned[song];
            if (is_by_seed_artist(scene, first + i, song))
                *score += artist_bonus;
        }
    }
    free(learned);
    return code;
}

static int make_ease_artist(pulse_scene *scene, pulse_method *out, pulse_failure *failure)
{
    snprintf(out->label, sizeof out->label, "EASE^R, ridge 200, same artist, audio");
    out->score = score_by_ease_and_artist;
    if (has_training(scene, out))
        need_plain(scene, PULSE_PLAIN_AUDIO_GENRE_YEAR, out);
    return out->why[0] ? 0 : make_ease(scene, 200, out, failure);
}

/* ---- All of them ---------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int (*make)(pulse_scene *scene, pulse_method *out, pulse_failure *failure);
    bool can_hide;
} methods[] = {
    {"pulse", make_pulse, true},
    {"pulse_folded", make_pulse_folded, false},
    {"random", make_random, false},
    {"popularity", make_popularity, false},
    {"raw_features", make_raw, true},
    {"pca", make_pca, true},
    {"pca_64", make_pca_64, false},
    {"audio", make_audio, false},
    {"audio_genre_year", make_audio_genre_year, false},
    {"lyrics_words", make_words, false},
    {"lyrics_embeddings", make_encoded, false},
    {"same_artist_audio", make_artist, false},
    {"item_knn", make_knn, false},
    {"item_knn_tuned", make_knn_tuned, false},
    {"ease_200", make_ease_200, false},
    {"ease_700", make_ease_700, false},
    {"ease_artist_audio", make_ease_artist, false},
};

uint32_t pulse_method_count(void)
{
    return sizeof methods / sizeof *methods;
}

bool pulse_method_can_hide(uint32_t number)
{
    return methods[number].can_hide;
}

bool pulse_method_is_space(const pulse_method *method)
{
    return method->vectors && (method->score == score_by_vectors || method->rank);
}

int pulse_method_make(uint32_t number, pulse_scene *scene, pulse_method *out,
                      pulse_failure *failure)
{
    *out = (pulse_method){.name = methods[number].name};
    const int code = methods[number].make(scene, out, failure);
    if (code)
        pulse_method_free(out);
    return code;
}

void pulse_method_free(pulse_method *method)
{
    free(method->owned);
    free(method->weights);
    method->owned = method->weights = NULL;
    method->vectors = NULL;
}
