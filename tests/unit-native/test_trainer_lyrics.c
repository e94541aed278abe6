/* Lyrics embeddings on their way from the workspace's file into training and into the model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evaluate/alone.h"
#include "io/files.h"
#include "train/batch.h"
#include "train/certainty.h"
#include "train/trainer.h"

enum { SONGS = 24, WIDTH = 6, WITHOUT = 3 };

static const char encoder_hash[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* ---- The file ------------------------------------------------------------------------------- */

static char directory[64];

static int make_directory(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/pulse-lyrics-XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    pulse_path_remove(directory);
    return 0;
}

/* [SONGS, WIDTH] with a common mean; song WITHOUT has none. */
static void fill(float *embeddings)
{
    pulse_random random = pulse_random_make(3, 1);
    for (uint32_t i = 0; i < SONGS * WIDTH; ++i)
        embeddings[i] = i / WIDTH == WITHOUT ? NAN : 0.3f + 0.1f * pulse_random_normal(&random);
}

static void write_file(const float *embeddings, uint64_t songs, uint64_t width, const char *format,
                       const char *encoder)
{
    const pulse_tensor tensor = {.name = "lyrics",
                                 .dtype = PULSE_F32,
                                 .rank = 2,
                                 .shape = {songs, width},
                                 .data = embeddings,
                                 .bytes = (size_t)(songs * width) * sizeof(float)};
    const pulse_pair metadata[] = {{"format", format}, {"version", "1"}, {"encoder", encoder}};
    uint8_t *bytes;
    size_t size;
    pulse_error error;
    pulse_failure failure;
    assert_int_equal(pulse_safetensors_write(&tensor, 1, metadata, 3, &bytes, &size, &error),
                     PULSE_OK);
    char *path = pulse_workspace_path(directory, PULSE_WORKSPACE_LYRICS);
    assert_int_equal(pulse_file_write(path, bytes, size, &failure), 0);
    pulse_bytes_free(bytes);
    free(path);
}

static void refused(uint32_t songs, const char *why)
{
    pulse_song_lyrics lyrics;
    pulse_failure failure;
    assert_int_equal(pulse_song_lyrics_load(directory, songs, &lyrics, &failure), PULSE_EXIT_INPUT);
    if (!strstr(failure.message, why))
        fail_msg("\"%s\" does not say \"%s\"", failure.message, why);
    assert_null(lyrics.embeddings);
}

static void no_file_is_no_lyrics(void **state)
{
    (void)state;
    pulse_song_lyrics lyrics;
    pulse_failure failure;
    assert_int_equal(pulse_song_lyrics_load(directory, SONGS, &lyrics, &failure), 0);
    assert_int_equal(lyrics.dimensions, 0);
    assert_null(pulse_song_lyrics_of(&lyrics, 0));
}

static void a_row_of_nan_is_a_song_without_lyrics(void **state)
{
    (void)state;
    float embeddings[SONGS * WIDTH];
    fill(embeddings);
    write_file(embeddings, SONGS, WIDTH, "playlistpulse-lyrics", encoder_hash);
    pulse_song_lyrics lyrics;
    pulse_failure failure;
    assert_int_equal(pulse_song_lyrics_load(directory, SONGS, &lyrics, &failure), 0);
    assert_int_equal(lyrics.dimensions, WIDTH);
    assert_int_equal(lyrics.known, SONGS - 1);
    assert_string_equal(lyrics.encoder, encoder_hash);
    assert_null(pulse_song_lyrics_of(&lyrics, WITHOUT));
    assert_memory_equal(pulse_song_lyrics_of(&lyrics, SONGS - 1),
                        embeddings + (size_t)(SONGS - 1) * WIDTH, WIDTH * sizeof(float));
    pulse_song_lyrics_free(&lyrics);
}

static void a_file_where_no_song_has_lyrics_is_no_lyrics(void **state)
{
    (void)state;
    float embeddings[SONGS * WIDTH];
    for (uint32_t i = 0; i < SONGS * WIDTH; ++i)
        embeddings[i] = NAN;
    write_file(embeddings, SONGS, WIDTH, "playlistpulse-lyrics", encoder_hash);
    pulse_song_lyrics lyrics;
    pulse_failure failure;
    assert_int_equal(pulse_song_lyrics_load(directory, SONGS, &lyrics, &failure), 0);
    assert_int_equal(lyrics.dimensions, 0);
    assert_null(lyrics.embeddings);
}

static void a_damaged_file_is_refused_with_its_reason(void **state)
{
    (void)state;
    float embeddings[SONGS * WIDTH];
    fill(embeddings);
    write_file(embeddings, SONGS, WIDTH, "playlistpulse-lyrics", encoder_hash);
    refused(SONGS + 1, "holds embeddings for 24 songs, but the workspace holds 25");
    write_file(embeddings, SONGS, WIDTH, "something-else", encoder_hash);
    refused(SONGS, "is not a file of lyrics embeddings");
    write_file(embeddings, SONGS, WIDTH, "playlistpulse-lyrics", "abc");
    refused(SONGS, "is not a file of lyrics embeddings");
    embeddings[5 * WIDTH + 2] = NAN;
    write_file(embeddings, SONGS, WIDTH, "playlistpulse-lyrics", encoder_hash);
    refused(SONGS, "the embedding of song 6 of 24 is damaged");
    embeddings[5 * WIDTH + 2] = INFINITY;
    write_file(embeddings, SONGS, WIDTH, "playlistpulse-lyrics", encoder_hash);
    refused(SONGS, "the embedding of song 6 of 24 is damaged");
    char *path = pulse_workspace_path(directory, PULSE_WORKSPACE_LYRICS);
    pulse_failure failure;
    assert_int_equal(pulse_file_write(path, "short", 5, &failure), 0);
    refused(SONGS, PULSE_WORKSPACE_LYRICS);
    free(path);
}

/* ---- The dataset ---------------------------------------------------------------------------- */

/* Songs with two audio features and lyrics, by six artists. */
typedef struct songs {
    pulse_column columns[2];
    const pulse_column *pointers[2];
    float numbers[SONGS * 2];
    uint32_t artist[SONGS];
    float embeddings[SONGS * WIDTH];
    pulse_song_table table;
    pulse_split split;
    pulse_recipe recipe;
    pulse_dataset dataset;
} songs;

static songs *make_songs(const char *modality)
{
    songs *s = calloc(1, sizeof *s);
    pulse_random random = pulse_random_make(5, 1);
    static char *const names[] = {"energy", "valence"};
    for (uint32_t i = 0; i < 2; ++i) {
        s->columns[i] = (pulse_column){
            .name = names[i], .role = PULSE_ROLE_NUMERICAL, .modality = (char *)modality};
        s->pointers[i] = &s->columns[i];
    }
    for (uint32_t i = 0; i < SONGS * 2; ++i)
        s->numbers[i] = pulse_random_unit(&random);
    for (uint32_t i = 0; i < SONGS; ++i)
        s->artist[i] = i % 6;
    fill(s->embeddings);
    s->table = (pulse_song_table){
        .songs = SONGS,
        .numerical = 2,
        .numerical_columns = s->pointers,
        .numbers = s->numbers,
        .artist = s->artist,
        .artists = 6,
        .genre = -1,
        .lyrics = {.dimensions = WIDTH, .known = SONGS - 1, .embeddings = s->embeddings}};
    memcpy(s->table.lyrics.encoder, encoder_hash, sizeof encoder_hash);
    s->split = pulse_split_all(SONGS);
    s->recipe = pulse_recipe_default();
    s->recipe.modality_dropout = s->recipe.lone_modality = 0.0f;
    s->recipe.self_pairs = s->recipe.left_out = s->recipe.lyrics_noise = 0.0f;
    s->recipe.lone_weights = (pulse_weights){0};
    s->recipe.input_weights = (pulse_weights){1, {{"lyrics", 0.5f}}};
    s->recipe.loss_weights = (pulse_weights){1, {{"lyrics", 0.25f}}};
    pulse_failure failure;
    assert_int_equal(
        pulse_dataset_make(&s->table, &s->split, &s->recipe, NULL, &s->dataset, &failure), 0);
    return s;
}

static void free_songs(songs *s)
{
    pulse_dataset_free(&s->dataset);
    pulse_split_free(&s->split);
    free(s);
}

static void lyrics_are_centred_and_weighed(void **state)
{
    (void)state;
    songs *s = make_songs("audio");
    const pulse_dataset *dataset = &s->dataset;
    assert_int_equal(dataset->lyrics, WIDTH);
    assert_int_equal(dataset->targets, 2 + WIDTH);
    assert_int_equal(dataset->inputs, dataset->targets + 2); /* flags of audio and lyrics */
    double sum[WIDTH] = {0}, squares = 0;
    float row[2 + WIDTH + 2];
    uint8_t present[2 + WIDTH];
    for (uint32_t i = 0; i < SONGS; ++i) {
        pulse_dataset_row(dataset, i, row, present);
        assert_true(row[2 + WIDTH] == 1.0f); /* audio */
        assert_true(row[2 + WIDTH + 1] == (i == WITHOUT ? 0.0f : 1.0f));
        for (uint32_t c = 0; c < WIDTH; ++c) {
            assert_int_equal(present[2 + c], i != WITHOUT);
            if (i == WITHOUT)
                assert_true(row[2 + c] == 0.0f);
            sum[c] += row[2 + c];
            squares += row[2 + c] * row[2 + c];
        }
    }
    for (uint32_t c = 0; c < WIDTH; ++c) {
        assert_true(fabs(sum[c]) < 1e-4);
        assert_true(dataset->loss_weight[2 + c] == 0.25f);
    }
    /* The weight is the standard deviation, and unweight undoes it. */
    assert_true(fabs(sqrt(squares / ((SONGS - 1) * WIDTH)) - 0.5) < 1e-4);
    assert_true(fabsf(dataset->unweight[2] - 2.0f) < 1e-4f);
    free_songs(s);
}

/* The core sees embeddings as they are, and must come to what the trainer's net came to. */
static void the_written_model_takes_embeddings_as_they_are(void **state)
{
    (void)state;
    for (int own = 0; own < 2; ++own) {
        /* Where the flag is not the lyrics' alone there is no centring, and the rest holds. */
        songs *s = make_songs(own ? "audio" : "lyrics");
        const pulse_dataset *dataset = &s->dataset;
        pulse_random random = pulse_random_make(7, 1);
        const pulse_net_shape shape = {.inputs = dataset->inputs,
                                       .targets = dataset->targets,
                                       .latent = 3,
                                       .hidden_count = 1,
                                       .hidden = {5},
                                       .skip = true};
        pulse_net net;
        pulse_net_make(&net, &shape, &random);
        pulse_net_pass pass;
        pulse_net_pass_make(&pass, &net, 1);
        for (size_t i = 0; i < net.parameter_count; ++i)
            net.parameters[i] += 0.1f * pulse_random_normal(&random);
        const pulse_training_report report = {0};
        uint8_t *bytes;
        size_t size;
        pulse_failure failure;
        pulse_error error;
        pulse_autoencoder *autoencoder;
        assert_int_equal(
            pulse_model_write(dataset, &net, &s->recipe, &report, "", &bytes, &size, &failure), 0);
        assert_int_equal(pulse_autoencoder_parse(bytes, size, &autoencoder, &error), PULSE_OK);
        const pulse_layout *layout = &dataset->layout;
        float *full = calloc(layout->inputs, sizeof *full);
        float *output = calloc(layout->targets, sizeof *output);
        for (uint32_t i = 0; i < SONGS; ++i) {
            float row[2 + WIDTH + 2], latent[3], norm = 0;
            uint8_t present[2 + WIDTH];
            pulse_dataset_row(dataset, i, row, present);
            const pulse_net_noise none = {0};
            pulse_net_forward(&net, &pass, row, 1, &none);
            assert_int_equal(
                pulse_song_table_rows(&s->table, dataset->preprocessor, i, 1, full, NULL, &failure),
                0);
            assert_int_equal(pulse_autoencoder_encode(autoencoder, full, 1, latent, &error),
                             PULSE_OK);
            for (int k = 0; k < 3; ++k)
                norm += pulse_net_latent(&net, &pass)[k] * pulse_net_latent(&net, &pass)[k];
            for (int k = 0; k < 3; ++k)
                assert_true(fabsf(latent[k] - pulse_net_latent(&net, &pass)[k] / sqrtf(norm)) <
                            1e-4f);
            assert_int_equal(pulse_autoencoder_reconstruct(autoencoder, full, 1, output, &error),
                             PULSE_OK);
            for (uint32_t c = 0; c < dataset->targets; ++c)
                assert_true(fabsf(output[dataset->columns[c]] - dataset->centre[c] -
                                  pulse_net_output(&net, &pass)[c]) < 1e-4f);
        }
        assert_int_equal(dataset->centre[2] != 0.0f, own);
        free(full);
        free(output);
        pulse_autoencoder_free(autoencoder);
        pulse_bytes_free(bytes);
        pulse_net_pass_free(&pass, &net);
        pulse_net_free(&net);
        free_songs(s);
    }
}

/* ---- What is hidden ------------------------------------------------------------------------- */

/* How many of audio and lyrics the net sees of a row; what it does not see must be 0. */
static uint32_t seen(const pulse_batch *batch, const pulse_dataset *dataset, uint32_t row)
{
    const float *x = batch->seen + (size_t)row * dataset->inputs;
    const bool audio = x[2 + WIDTH] != 0.0f, lyrics = x[2 + WIDTH + 1] != 0.0f;
    for (uint32_t c = 0; c < dataset->targets; ++c) {
        if (c < 2 ? !audio : !lyrics)
            assert_true(x[c] == 0.0f);
    }
    return audio + lyrics;
}

/* All songs, at once or, which must be the same, in two parts from the end. */
static void fill_batch(pulse_batch *batch, const songs *s, const pulse_partners *partners,
                       uint64_t number)
{
    pulse_batch_begin(batch, s->split.train, SONGS, partners, &s->recipe, 1, number);
    if (number % 2 == 0) {
        pulse_batch_fill(batch, 0, batch->rows);
    } else {
        pulse_batch_fill(batch, 5, batch->rows - 5);
        pulse_batch_fill(batch, 0, 5);
    }
}

static void a_row_has_random_numbers_of_its_own(void **state)
{
    (void)state;
    songs *s = make_songs("audio");
    s->recipe.self_pairs = s->recipe.modality_dropout = 0.5f;
    s->recipe.lyrics_noise = s->recipe.input_noise = 1.0f;
    pulse_partners partners;
    pulse_partners_make(&partners, &s->table, s->split.train, SONGS);
    pulse_batch whole, parts;
    pulse_batch_make(&whole, &s->dataset, SONGS, true);
    pulse_batch_make(&parts, &s->dataset, SONGS, true);
    pulse_batch_begin(&whole, s->split.train, SONGS, &partners, &s->recipe, 3, 8);
    pulse_batch_begin(&parts, s->split.train, SONGS, &partners, &s->recipe, 3, 8);
    pulse_batch_fill(&whole, 0, 2 * SONGS);
    for (uint32_t i = 2 * SONGS; i-- > 0;)
        pulse_batch_fill(&parts, i, 1);
    const size_t size = 2 * (size_t)SONGS * s->dataset.inputs * sizeof(float);
    assert_memory_equal(whole.seen, parts.seen, size);
    assert_memory_equal(whole.songs, parts.songs, 2 * SONGS * sizeof(uint32_t));
    assert_memory_equal(whole.counted, parts.counted, SONGS);
    pulse_batch_begin(&parts, s->split.train, SONGS, &partners, &s->recipe, 3, 9);
    pulse_batch_fill(&parts, 0, 2 * SONGS);
    assert_true(memcmp(whole.seen, parts.seen, size) != 0);
    pulse_batch_free(&whole);
    pulse_batch_free(&parts);
    pulse_partners_free(&partners);
    free_songs(s);
}

static void a_lone_modality_is_all_that_is_seen(void **state)
{
    (void)state;
    songs *s = make_songs("audio");
    s->recipe.lone_modality = 1.0f;
    pulse_batch batch;
    pulse_batch_make(&batch, &s->dataset, SONGS, false);
    uint32_t with_audio = 0;
    for (int turn = 0; turn < 20; ++turn) {
        fill_batch(&batch, s, NULL, (uint64_t)turn);
        for (uint32_t i = 0; i < SONGS; ++i) {
            assert_int_equal(seen(&batch, &s->dataset, i), 1);
            with_audio += batch.seen[(size_t)i * s->dataset.inputs + 2 + WIDTH] != 0.0f;
            /* What it is asked for is all of the song. */
            assert_true(batch.clean[(size_t)i * s->dataset.inputs + 2 + WIDTH] == 1.0f);
        }
    }
    assert_in_range(with_audio, 20 * SONGS * 2 / 5, 20 * SONGS * 3 / 5);
    pulse_batch_free(&batch);
    free_songs(s);
}

static void what_is_seen_alone_follows_its_weight(void **state)
{
    (void)state;
    songs *s = make_songs("audio");
    s->recipe.lone_modality = 1.0f;
    s->dataset.lone_weight[s->dataset.modality[2]] = 4.0f; /* lyrics, against audio's 1 */
    pulse_batch batch;
    pulse_batch_make(&batch, &s->dataset, SONGS, false);
    uint32_t with_lyrics = 0;
    for (int turn = 0; turn < 20; ++turn) {
        fill_batch(&batch, s, NULL, (uint64_t)turn);
        for (uint32_t i = 0; i < SONGS; ++i)
            with_lyrics += batch.seen[(size_t)i * s->dataset.inputs + 2 + WIDTH + 1] != 0.0f;
    }
    assert_in_range(with_lyrics, 20 * (SONGS - 1) * 3 / 4, 20 * (SONGS - 1) * 17 / 20);
    pulse_batch_free(&batch);
    free_songs(s);
}

static void noise_blurs_lyrics_that_are_seen_alone_and_no_others(void **state)
{
    (void)state;
    songs *s = make_songs("audio");
    s->recipe.self_pairs = 1.0f;
    s->recipe.lyrics_noise = 2.0f;
    pulse_batch batch;
    pulse_partners partners;
    pulse_batch_make(&batch, &s->dataset, SONGS, true);
    pulse_partners_make(&partners, &s->table, s->split.train, SONGS);
    double squares = 0, count = 0;
    for (int turn = 0; turn < 40; ++turn) {
        fill_batch(&batch, s, &partners, (uint64_t)turn);
        for (uint32_t i = 0; i < 2 * SONGS; ++i) {
            const float *clean = batch.clean + (size_t)i * s->dataset.inputs;
            const float *x = batch.seen + (size_t)i * s->dataset.inputs;
            if (i < SONGS) {
                assert_memory_equal(x, clean, s->dataset.inputs * sizeof(float));
            } else if (x[2 + WIDTH + 1] != 0.0f) {
                for (uint32_t c = 2; c < 2 + WIDTH; ++c)
                    squares += pow((x[c] - clean[c]) * s->dataset.unweight[c], 2);
                count += WIDTH;
            }
        }
    }
    assert_true(count > 1000);
    assert_true(fabs(sqrt(squares / count) - 2.0) < 0.15);
    pulse_partners_free(&partners);
    pulse_batch_free(&batch);
    free_songs(s);
}

static void a_self_pair_is_a_song_and_one_modality_of_it(void **state)
{
    (void)state;
    songs *s = make_songs("audio");
    s->recipe.self_pairs = 0.5f;
    pulse_batch batch;
    pulse_partners partners;
    pulse_batch_make(&batch, &s->dataset, SONGS, true);
    pulse_partners_make(&partners, &s->table, s->split.train, SONGS);
    uint32_t pairs = 0;
    for (int turn = 0; turn < 20; ++turn) {
        fill_batch(&batch, s, &partners, (uint64_t)turn);
        for (uint32_t i = 0; i < SONGS; ++i) {
            const uint32_t all = i == WITHOUT ? 1 : 2;
            const uint32_t partner = batch.songs[SONGS + i];
            assert_int_equal(seen(&batch, &s->dataset, i), all);
            assert_int_equal(batch.counted[i], 1); /* all artists have four songs */
            assert_int_equal(s->artist[partner], s->artist[i]);
            if (partner == i)
                assert_int_equal(seen(&batch, &s->dataset, SONGS + i), 1);
            else
                assert_int_equal(seen(&batch, &s->dataset, SONGS + i), partner == WITHOUT ? 1 : 2);
            pairs += partner == i;
        }
    }
    assert_in_range(pairs, 20 * SONGS * 2 / 5, 20 * SONGS * 3 / 5);
    pulse_partners_free(&partners);
    pulse_batch_free(&batch);
    free_songs(s);
}

/* With two modalities "all but one" is "one alone", so there are three. */
static void a_pair_may_leave_one_modality_out(void **state)
{
    (void)state;
    songs *s = make_songs("audio");
    s->columns[1].modality = "descriptors";
    pulse_dataset_free(&s->dataset);
    pulse_failure failure;
    assert_int_equal(
        pulse_dataset_make(&s->table, &s->split, &s->recipe, NULL, &s->dataset, &failure), 0);
    s->recipe.self_pairs = 1.0f;
    s->recipe.left_out = 0.5f;
    const uint32_t flags = s->dataset.targets, modalities = s->dataset.inputs - flags;
    assert_int_equal(modalities, 3);
    pulse_batch batch;
    pulse_partners partners;
    pulse_batch_make(&batch, &s->dataset, SONGS, true);
    pulse_partners_make(&partners, &s->table, s->split.train, SONGS);
    uint32_t with[4] = {0}, hidden[3] = {0};
    for (uint64_t turn = 0; turn < 20; ++turn) {
        fill_batch(&batch, s, &partners, turn);
        for (uint32_t i = SONGS; i < 2 * SONGS; ++i) {
            if (batch.songs[i] == WITHOUT)
                continue;
            const float *known = batch.seen + (size_t)i * s->dataset.inputs + flags;
            uint32_t count = 0;
            for (uint32_t m = 0; m < modalities; ++m)
                count += known[m] != 0.0f;
            ++with[count];
            for (uint32_t m = 0; m < modalities && count == 2; ++m)
                hidden[m] += known[m] == 0.0f;
        }
    }
    const uint32_t all = 20 * (SONGS - 1);
    assert_int_equal(with[1] + with[2], all);
    assert_in_range(with[2], all * 2 / 5, all * 3 / 5);
    for (uint32_t m = 0; m < modalities; ++m)
        assert_in_range(hidden[m], with[2] / 5, with[2] / 2);
    pulse_partners_free(&partners);
    pulse_batch_free(&batch);
    free_songs(s);
}

/* ---- What is measured ----------------------------------------------------------------------- */

static void a_song_is_found_by_the_one_modality_that_the_latent_is_made_of(void **state)
{
    (void)state;
    songs *s = make_songs("audio");
    const pulse_dataset *dataset = &s->dataset;
    const pulse_net_shape shape = {
        .inputs = dataset->inputs, .targets = dataset->targets, .latent = 4};
    pulse_random random = pulse_random_make(9, 1);
    pulse_net net;
    pulse_net_make(&net, &shape, &random);
    for (uint32_t o = 0; o < 4; ++o) { /* blind for audio and its flag */
        float *weight = net.parameters + net.layers[0].weight + (size_t)o * dataset->inputs;
        weight[0] = weight[1] = weight[2 + WIDTH] = 0.0f;
    }
    const pulse_training_report report = {0};
    uint8_t *bytes;
    size_t size;
    pulse_failure failure;
    pulse_error error;
    pulse_autoencoder *autoencoder;
    assert_int_equal(
        pulse_model_write(dataset, &net, &s->recipe, &report, "", &bytes, &size, &failure), 0);
    assert_int_equal(pulse_autoencoder_parse(bytes, size, &autoencoder, &error), PULSE_OK);
    float *rows = calloc((size_t)SONGS * dataset->layout.inputs, sizeof *rows);
    float latents[SONGS * 4];
    assert_int_equal(
        pulse_song_table_rows(&s->table, dataset->preprocessor, 0, SONGS, rows, NULL, &failure), 0);
    assert_int_equal(pulse_autoencoder_encode(autoencoder, rows, SONGS, latents, &error), PULSE_OK);
    pulse_alone *alone = calloc(dataset->modalities, sizeof *alone);
    assert_int_equal(
        pulse_alone_measure(dataset, autoencoder, latents, s->split.train, SONGS, alone, &failure),
        0);
    for (uint32_t m = 0; m < dataset->modalities; ++m) {
        const bool audio = m == dataset->modality[0], lyrics = m == dataset->modality[2];
        /* One song has nothing to hide beside its audio, and no lyrics. */
        assert_int_equal(alone[m].songs, audio || lyrics ? SONGS - 1 : 0);
        if (lyrics)
            assert_true(alone[m].median_rank == 1.0 && alone[m].found == 1.0);
        if (audio)
            assert_true(alone[m].median_rank > 2.0);
    }
    free(alone);
    free(rows);
    pulse_autoencoder_free(autoencoder);
    pulse_bytes_free(bytes);
    pulse_net_free(&net);
    free_songs(s);
}

static void a_song_of_which_less_is_known_has_a_shorter_vector(void **state)
{
    (void)state;
    songs *s = make_songs("audio");
    const pulse_layout *layout = &s->dataset.layout;
    pulse_random random = pulse_random_make(11, 1);
    const pulse_net_shape shape = {
        .inputs = s->dataset.inputs, .targets = s->dataset.targets, .latent = 4, .skip = true};
    pulse_net net;
    pulse_net_make(&net, &shape, &random);
    const pulse_training_report report = {0};
    uint8_t *bytes;
    size_t size;
    pulse_failure failure;
    pulse_error error;
    pulse_autoencoder *autoencoder;
    assert_int_equal(
        pulse_model_write(&s->dataset, &net, &s->recipe, &report, "", &bytes, &size, &failure), 0);
    assert_int_equal(pulse_autoencoder_parse(bytes, size, &autoencoder, &error), PULSE_OK);
    uint64_t known[SONGS];
    float certainty[SONGS];
    const pulse_preprocessor *preprocessor = pulse_autoencoder_preprocessor(autoencoder);
    assert_int_equal(pulse_known_read(&s->table, preprocessor, known, &failure), 0);
    const uint64_t lyrics = known[0] & ~known[WITHOUT];
    assert_true(lyrics != 0 && known[WITHOUT] != 0);
    assert_int_equal(pulse_certainty_measure(&s->table, autoencoder, known, certainty, &failure),
                     0);

    /* What the lyrics' lack costs the others' vectors. */
    float *row = calloc(layout->inputs, sizeof *row);
    float whole[4], less[4];
    double sum = 0;
    for (uint32_t i = 0; i < SONGS; ++i) {
        if (i == WITHOUT)
            continue;
        assert_int_equal(pulse_song_table_rows(&s->table, preprocessor, i, 1, row, NULL, &failure),
                         0);
        assert_int_equal(pulse_autoencoder_encode(autoencoder, row, 1, whole, &error), PULSE_OK);
        for (uint32_t c = 2; c < layout->inputs; ++c) {
            if (c < layout->targets || lyrics >> (c - layout->targets) & 1)
                row[c] = 0;
        }
        assert_int_equal(pulse_autoencoder_encode(autoencoder, row, 1, less, &error), PULSE_OK);
        for (int k = 0; k < 4; ++k)
            sum += (double)whole[k] * (double)less[k];
        assert_true(certainty[i] == 1.0f);
    }
    const double expected = fmax(0.05, sum / (SONGS - 1));
    assert_true(expected < 0.999);
    assert_true(fabs((double)certainty[WITHOUT] - expected) < 1e-4);

    /* Too few songs of which all is known to learn it from. */
    for (uint32_t i = 0; i < 6; ++i)
        known[i] = known[WITHOUT];
    assert_int_equal(pulse_certainty_measure(&s->table, autoencoder, known, certainty, &failure),
                     0);
    for (uint32_t i = 0; i < SONGS; ++i)
        assert_true(certainty[i] == 1.0f);
    free(row);
    pulse_autoencoder_free(autoencoder);
    pulse_bytes_free(bytes);
    pulse_net_free(&net);
    free_songs(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_file_is_no_lyrics, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(a_row_of_nan_is_a_song_without_lyrics, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(a_file_where_no_song_has_lyrics_is_no_lyrics,
                                        make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_refused_with_its_reason, make_directory,
                                        remove_directory),
        cmocka_unit_test(lyrics_are_centred_and_weighed),
        cmocka_unit_test(the_written_model_takes_embeddings_as_they_are),
        cmocka_unit_test(a_row_has_random_numbers_of_its_own),
        cmocka_unit_test(a_lone_modality_is_all_that_is_seen),
        cmocka_unit_test(what_is_seen_alone_follows_its_weight),
        cmocka_unit_test(noise_blurs_lyrics_that_are_seen_alone_and_no_others),
        cmocka_unit_test(a_song_is_found_by_the_one_modality_that_the_latent_is_made_of),
        cmocka_unit_test(a_song_of_which_less_is_known_has_a_shorter_vector),
        cmocka_unit_test(a_self_pair_is_a_song_and_one_modality_of_it),
        cmocka_unit_test(a_pair_may_leave_one_modality_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
