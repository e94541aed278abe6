/*
 * The training loop in a process that is asked for one epoch after the other, beside torch_peer.py.
 *
 *     train_bench DIRECTORY THREADS
 *
 * makes a catalogue up, of the shape of the one that the shipped model was trained on, and writes
 * it to DIRECTORY as training sees it, so that another program can train on the same (torch_peer.py
 * says what is there). Then each line on the standard input is an epoch, by the default recipe, and
 * gives a line: {"seconds", "cpu", "loss", "reconstruction", "contrastive"}; "cpu" are the seconds
 * of all threads together.
 */
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "train/step.h"

enum { SONGS = 20480, NUMBERS = 23, ARTISTS = 3500, WIDTH = 384, GENRES = 7, TOPICS = 8 };

typedef struct catalogue {
    pulse_column numbers[NUMBERS], categories[2];
    const pulse_column *pointers[NUMBERS];
    pulse_song_category values[2];
    pulse_song_table table;
} catalogue;

static char *name(const char *kind, uint32_t number)
{
    return pulse_need_format("%s%u", kind, number);
}

/* An artist has a sound of its own, which its songs vary: there is something to learn. */
static void fill(catalogue *c)
{
    pulse_random random = pulse_random_make(1, 100);
    pulse_song_table *table = &c->table;
    float *sounds = pulse_need((size_t)ARTISTS * (NUMBERS + WIDTH), sizeof *sounds);
    for (size_t i = 0; i < (size_t)ARTISTS * (NUMBERS + WIDTH); ++i)
        sounds[i] = pulse_random_normal(&random);
    for (uint32_t i = 0; i < SONGS; ++i) {
        /* A few artists have many songs, and many a few. */
        const float u = pulse_random_unit(&random);
        const uint32_t artist = (uint32_t)((float)(ARTISTS - 1) * u * u);
        const float *sound = sounds + (size_t)artist * (NUMBERS + WIDTH);
        table->artist[i] = artist;
        for (uint32_t k = 0; k < NUMBERS; ++k)
            table->numbers[(size_t)i * NUMBERS + k] =
                pulse_random_unit(&random) < 0.05f ? NAN : sound[k] + pulse_random_normal(&random);
        for (uint32_t k = 0; k < 2; ++k)
            c->values[k].values[i] =
                (artist + (pulse_random_unit(&random) < 0.2f)) % (k ? TOPICS : GENRES);
        float *lyrics = table->lyrics.embeddings + (size_t)i * WIDTH, squares = 0;
        for (uint32_t k = 0; k < WIDTH; ++k) {
            lyrics[k] = 0.5f * sound[NUMBERS + k] + pulse_random_normal(&random);
            squares += lyrics[k] * lyrics[k];
        }
        for (uint32_t k = 0; k < WIDTH; ++k)
            lyrics[k] /= sqrtf(squares);
    }
    free(sounds);
}

static catalogue *make_catalogue(void)
{
    static char *const modalities[] = {"metadata", "audio", "descriptors"};
    catalogue *c = pulse_need(1, sizeof *c);
    for (uint32_t i = 0; i < NUMBERS; ++i) {
        /* The year, six of the sound, sixteen that describe. */
        c->numbers[i] = (pulse_column){.name = name("number", i),
                                       .role = PULSE_ROLE_NUMERICAL,
                                       .modality = modalities[i == 0  ? 0
                                                              : i < 7 ? 1
                                                                      : 2]};
        c->pointers[i] = &c->numbers[i];
    }
    for (uint32_t k = 0; k < 2; ++k) {
        c->categories[k] = (pulse_column){.name = name("category", k),
                                          .role = PULSE_ROLE_CATEGORICAL,
                                          .modality = modalities[2 * k]};
        c->values[k].column = &c->categories[k];
        c->values[k].values = pulse_need(SONGS, sizeof(uint32_t));
        for (uint32_t v = 0; v < (k ? TOPICS : GENRES); ++v) {
            char *value = name("value", v);
            pulse_intern_add(&c->values[k].names, value);
            free(value);
        }
    }
    c->table = (pulse_song_table){.songs = SONGS,
                                  .numerical = NUMBERS,
                                  .numerical_columns = c->pointers,
                                  .numbers = pulse_need((size_t)SONGS * NUMBERS, sizeof(float)),
                                  .categorical = 2,
                                  .categories = c->values,
                                  .artist = pulse_need(SONGS, sizeof(uint32_t)),
                                  .artists = ARTISTS,
                                  .genre = -1,
                                  .lyrics = {.dimensions = WIDTH, .known = SONGS}};
    c->table.lyrics.embeddings = pulse_need((size_t)SONGS * WIDTH, sizeof(float));
    fill(c);
    return c;
}

/* ---- For the peer --------------------------------------------------------------------------- */

static void write_file(const char *directory, const char *file, const void *bytes, size_t size)
{
    char *path = pulse_need_format("%s/%s", directory, file);
    FILE *to = fopen(path, "wb");
    if (!to || fwrite(bytes, 1, size, to) != size || fclose(to) != 0) {
        perror(path);
        exit(1);
    }
    free(path);
}

static void add_list(cJSON *json, const char *key, const void *values, uint32_t count, bool real)
{
    cJSON *list = cJSON_AddArrayToObject(json, key);
    for (uint32_t i = 0; i < count; ++i)
        cJSON_AddItemToArray(list, cJSON_CreateNumber(real ? (double)((const float *)values)[i]
                                                           : ((const uint32_t *)values)[i]));
}

static void describe(const char *directory, const pulse_dataset *dataset,
                     const pulse_recipe *recipe)
{
    const size_t songs = dataset->table->songs;
    float *rows = pulse_need(songs * dataset->inputs, sizeof *rows);
    uint8_t *present = pulse_need(songs, dataset->targets);
    for (uint32_t i = 0; i < songs; ++i)
        pulse_dataset_row(dataset, i, rows + (size_t)i * dataset->inputs,
                          present + (size_t)i * dataset->targets);
    write_file(directory, "rows.f32", rows, songs * dataset->inputs * sizeof *rows);
    write_file(directory, "present.u8", present, songs * dataset->targets);
    write_file(directory, "artist.i32", dataset->table->artist, songs * sizeof(uint32_t));
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "songs", (double)songs);
    cJSON_AddNumberToObject(json, "inputs", dataset->inputs);
    cJSON_AddNumberToObject(json, "targets", dataset->targets);
    cJSON_AddNumberToObject(json, "lyrics", dataset->lyrics);
    cJSON_AddNumberToObject(
        json, "lyrics_deviation",
        (double)(recipe->lyrics_noise / dataset->unweight[dataset->targets - 1]));
    add_list(json, "modality", dataset->modality, dataset->targets, false);
    add_list(json, "flag", dataset->flag, dataset->modalities, false);
    add_list(json, "loss_weight", dataset->loss_weight, dataset->targets, true);
    add_list(json, "lone_weight", dataset->lone_weight, dataset->modalities, true);
    cJSON_AddItemToObject(json, "recipe", pulse_recipe_to_json(recipe));
    char *text = cJSON_Print(json);
    write_file(directory, "data.json", text, strlen(text));
    cJSON_free(text);
    cJSON_Delete(json);
    free(rows);
    free(present);
}

/* ---- Epochs --------------------------------------------------------------------------------- */

static double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: train_bench DIRECTORY THREADS\n", stderr);
        return 2;
    }
    openblas_set_num_threads(1);
    const pulse_recipe recipe = pulse_recipe_default();
    catalogue *c = make_catalogue();
    pulse_split split = pulse_split_all(SONGS);
    pulse_dataset dataset;
    pulse_failure failure;
    if (pulse_dataset_make(&c->table, &split, &recipe, NULL, &dataset, &failure)) {
        fprintf(stderr, "%s\n", failure.message);
        return 1;
    }
    describe(argv[1], &dataset, &recipe);
    pulse_parallel *threads = pulse_parallel_start((uint32_t)strtoul(argv[2], NULL, 10));
    pulse_partners partners;
    pulse_partners_make(&partners, &c->table, split.train, SONGS);
    pulse_net net;
    pulse_stepper stepper;
    pulse_stepper_make(&stepper, &dataset, &recipe, threads, &net);
    const uint32_t batches = SONGS / stepper.batch_size;
    const pulse_rate rate = pulse_rate_make(&recipe, batches);
    pulse_step_evaluation look = {.by_modality = pulse_need(dataset.modalities, sizeof(double))};
    uint32_t *order = pulse_need(SONGS, sizeof *order);
    memcpy(order, split.train, SONGS * sizeof *order);
    puts("{\"ready\":true}");
    fflush(stdout);
    char line[64];
    for (uint32_t epoch = 0; fgets(line, sizeof line, stdin); ++epoch) {
        const double started = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
        double loss = 0;
        pulse_random random = pulse_random_make(recipe.seed, 200 + epoch);
        pulse_random_shuffle(&random, order, SONGS);
        for (uint32_t b = 0; b < batches; ++b) {
            const uint64_t number = stepper.adam.steps;
            loss += pulse_stepper_train(&stepper, order + (size_t)b * stepper.batch_size,
                                        stepper.batch_size, &partners, number,
                                        pulse_rate_at(&rate, number))
                        .loss;
        }
        const double seconds = now(CLOCK_MONOTONIC) - started;
        const double used = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        pulse_stepper_evaluate(&stepper, split.train, 4096, &partners, &look);
        printf("{\"seconds\":%.6f,\"cpu\":%.6f,\"loss\":%.6f,\"reconstruction\":%.6f,"
               "\"contrastive\":%.6f}\n",
               seconds, used, loss / batches, look.reconstruction, look.pairs);
        fflush(stdout);
    }
    return 0;
}
