/*
 * How fast the lyrics encoder is, natively.
 *
 *     encoder_bench ENCODER VOCAB TEXTS [COMPUTE] [THREADS] [SECONDS]
 *
 * TEXTS has a text per line. Prints a line of JSON: the median milliseconds of a call with one text
 * and with 16, from text (`text_ms`) and from token ids (`tokens_ms`), over different texts in turn
 * for SECONDS (1) each.
 */
#include "pulse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LARGEST_BATCH = 16, MAX_RUNS = 10000, WARM_UP = 3 };

static double milliseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static void stop(const char *what, const char *why)
{
    fprintf(stderr, "encoder_bench: %s: %s\n", what, why);
    exit(1);
}

static void *get(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        stop("memory", "none left");
    return memory;
}

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        stop(path, "cannot be read");
    long end = ftell(file);
    rewind(file);
    uint8_t *bytes = get((size_t)end + 1, 1);
    *size = (size_t)end;
    if (fread(bytes, 1, *size, file) != *size)
        stop(path, "cannot be read");
    fclose(file);
    return bytes;
}

static pulse_compute compute_of(const char *name)
{
    for (int compute = PULSE_COMPUTE_AUTO; compute <= PULSE_COMPUTE_INT16; ++compute)
        if (strcmp(name, pulse_compute_name((pulse_compute)compute)) == 0)
            return (pulse_compute)compute;
    stop(name, "is no way of computing");
    return PULSE_COMPUTE_AUTO;
}

typedef struct texts {
    char *bytes; /* the file, cut into lines */
    size_t count;
    pulse_span *spans;       /* [count] */
    pulse_token_ids *tokens; /* [count] at most a window each */
    size_t token_count;      /* of all */
} texts;

static texts read_texts(const char *path, const pulse_encoder *encoder)
{
    size_t size;
    char *bytes = (char *)read_file(path, &size);
    texts all = {.bytes = bytes};
    for (size_t i = 0; i < size; ++i)
        all.count += bytes[i] == '\n';
    all.spans = get(all.count + 1, sizeof *all.spans);
    all.count = 0;
    for (char *line = strtok(bytes, "\n"); line; line = strtok(NULL, "\n"))
        all.spans[all.count++] = (pulse_span){line, strlen(line)};
    if (all.count == 0)
        stop(path, "has no texts");
    all.tokens = get(all.count, sizeof *all.tokens);
    for (size_t i = 0; i < all.count; ++i) {
        pulse_error error;
        if (pulse_tokenize(pulse_encoder_tokens(encoder), all.spans[i].data, all.spans[i].bytes,
                           PULSE_ENCODER_WINDOW, &all.tokens[i], &error) != PULSE_OK)
            stop(path, error.message);
        if (all.tokens[i].count > PULSE_ENCODER_WINDOW)
            stop(path, "more tokens than were asked for");
        all.token_count += all.tokens[i].count;
    }
    return all;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median time of a call with `batch` texts. */
static double median(pulse_encoder *encoder, const texts *all, size_t batch, bool tokens,
                     double seconds, float *vectors)
{
    static double runs[MAX_RUNS];
    size_t count = 0;
    size_t next = 0;
    pulse_span *spans = get(batch, sizeof *spans);
    pulse_token_ids *ids = get(batch, sizeof *ids);
    const double begin = milliseconds();
    for (int warm = WARM_UP;
         count < MAX_RUNS && (count < 5 || milliseconds() - begin < seconds * 1e3); --warm) {
        for (size_t i = 0; i < batch; ++i, next = (next + 1) % all->count) {
            spans[i] = all->spans[next];
            ids[i] = all->tokens[next];
        }
        pulse_error error;
        const double start = milliseconds();
        pulse_status status =
            tokens ? pulse_encoder_encode_tokens(encoder, ids, batch, vectors, &error)
                   : pulse_encoder_encode(encoder, spans, batch, vectors, &error);
        if (status != PULSE_OK)
            stop("encoding", error.message);
        if (warm <= 0)
            runs[count++] = milliseconds() - start;
    }
    free(spans);
    free(ids);
    qsort(runs, count, sizeof *runs, compare);
    return runs[count / 2];
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: encoder_bench ENCODER VOCAB TEXTS [COMPUTE] [THREADS] [SECONDS]\n");
        return 2;
    }
    size_t weights_size;
    size_t vocab_size;
    uint8_t *weights = read_file(argv[1], &weights_size);
    uint8_t *vocab = read_file(argv[2], &vocab_size);
    const pulse_encoder_params params = {
        .compute = argc > 4 ? compute_of(argv[4]) : PULSE_COMPUTE_AUTO,
        .threads = argc > 5 ? (uint32_t)strtoul(argv[5], NULL, 10) : 1};
    const double seconds = argc > 6 ? strtod(argv[6], NULL) : 1;
    pulse_encoder *encoder;
    pulse_error error;
    const double start = milliseconds();
    if (pulse_encoder_open(weights, weights_size, vocab, vocab_size, &params, &encoder, &error) !=
        PULSE_OK)
        stop(argv[1], error.message);
    const double opened = milliseconds() - start;
    const texts all = read_texts(argv[3], encoder);
    float *vectors = get(LARGEST_BATCH * pulse_encoder_dimensions(encoder), sizeof *vectors);
    printf("{\"compute\":\"%s\",\"threads\":%u,\"open_ms\":%.1f,\"texts\":%zu,"
           "\"tokens_per_text\":%.2f,\"batches\":[",
           pulse_compute_name(pulse_encoder_compute(encoder)),
           (unsigned)(params.threads ? params.threads : 1), opened, all.count,
           (double)all.token_count / (double)all.count);
    for (size_t batch = 1; batch <= LARGEST_BATCH; batch *= LARGEST_BATCH) {
        const double text = median(encoder, &all, batch, false, seconds, vectors);
        const double tokens = median(encoder, &all, batch, true, seconds, vectors);
        printf("%s{\"batch\":%zu,\"text_ms\":%.4f,\"tokens_ms\":%.4f}", batch > 1 ? "," : "", batch,
               text, tokens);
    }
    printf("]}\n");
    pulse_encoder_close(encoder);
    for (size_t i = 0; i < all.count; ++i)
        pulse_token_ids_free(&all.tokens[i]);
    free(all.tokens);
    free(all.bytes);
    free(all.spans);
    free(vectors);
    free(weights);
    free(vocab);
    return 0;
}
