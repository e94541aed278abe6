/*
 * Encodes natively, in one process, for the parity test and the benchmark:
 *
 *     encoder_answers ENCODER VOCAB COMPUTE THREADS
 *
 * First a line: "opened COMPUTE DIMENSIONS MS". A request is a line and then as many lines of text
 * as it says:
 *
 *     encode COUNT            -> "vectors BYTES", and the vectors, f32
 *     time COUNT CALLS MS     -> "times MS MS ...": CALLS calls at least, and as many as MS hold
 *     products ROWS CALLS MS  -> the same of XNNPACK's products alone (products.h), without texts,
 *                                in the program's way to compute: f32 or int8
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/encoder/products.h"
#include "pulse.h"

enum { MAX_TEXTS = 4096, MAX_CALLS = 100000, MAX_LINE = 1 << 16, MAX_ROWS = 2048 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "encoder_answers: %s: %s\n", what, why);
    return 1;
}

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    long end = -1;
    if (file && fseek(file, 0, SEEK_END) == 0)
        end = ftell(file);
    if (end >= 0 && fseek(file, 0, SEEK_SET) == 0)
        bytes = malloc((size_t)end + 1);
    *size = bytes ? fread(bytes, 1, (size_t)end, file) : 0;
    if (file)
        fclose(file);
    return bytes;
}

static int compute_of(const char *name)
{
    for (int i = PULSE_COMPUTE_AUTO; i <= PULSE_COMPUTE_INT16; ++i)
        if (strcmp(name, pulse_compute_name((pulse_compute)i)) == 0)
            return i;
    return -1;
}

typedef struct request {
    pulse_span texts[MAX_TEXTS];
    size_t count;
    float *vectors; /* [MAX_TEXTS, dimensions] */
    size_t dimensions;
    size_t rows; /* of products; 0: texts are encoded */
    unsigned threads;
    products *products; /* when first asked for */
} request;

static bool read_texts(request *request)
{
    static char line[MAX_LINE];
    for (size_t i = 0; i < request->count; ++i) {
        if (!fgets(line, sizeof line, stdin))
            return false;
        free((char *)request->texts[i].data);
        const size_t bytes = strcspn(line, "\n");
        char *copy = malloc(bytes + 1);
        if (!copy)
            return false;
        memcpy(copy, line, bytes);
        request->texts[i] = (pulse_span){copy, bytes};
    }
    return true;
}

static pulse_status work(pulse_encoder *encoder, request *request, pulse_error *error)
{
    if (request->rows > 0)
        return products_run(request->products, request->rows, error);
    return pulse_encoder_encode(encoder, request->texts, request->count, request->vectors, error);
}

static pulse_status answer(pulse_encoder *encoder, request *request, unsigned long calls, double ms,
                           pulse_error *error)
{
    if (calls == 0) {
        const pulse_status status = work(encoder, request, error);
        const size_t bytes = request->count * request->dimensions * sizeof *request->vectors;
        printf("vectors %zu\n", bytes);
        fwrite(request->vectors, 1, bytes, stdout);
        return status;
    }
    static double times[MAX_CALLS];
    size_t count = 0;
    pulse_status status = PULSE_OK;
    if (request->rows > 0 && !request->products)
        status = products_create(pulse_encoder_compute(encoder), request->threads, MAX_ROWS,
                                 &request->products, error);
    const double begin = now();
    while (status == PULSE_OK && count < MAX_CALLS && (count < calls || now() - begin < ms)) {
        const double start = now();
        status = work(encoder, request, error);
        times[count++] = now() - start;
    }
    printf("times");
    for (size_t i = 0; i < count; ++i)
        printf(" %.4f", times[i]);
    printf("\n");
    return status;
}

static int answer_all(pulse_encoder *encoder, unsigned threads)
{
    static request request;
    request.threads = threads;
    static char line[256];
    request.dimensions = pulse_encoder_dimensions(encoder);
    request.vectors = malloc(MAX_TEXTS * request.dimensions * sizeof *request.vectors);
    if (!request.vectors)
        return complain("memory", "none left");
    while (fgets(line, sizeof line, stdin)) {
        unsigned long calls = 0;
        double ms = 0;
        request.count = 0;
        request.rows = 0;
        if (sscanf(line, "encode %zu", &request.count) != 1 &&
            sscanf(line, "time %zu %lu %lf", &request.count, &calls, &ms) != 3 &&
            sscanf(line, "products %zu %lu %lf", &request.rows, &calls, &ms) != 3)
            return complain(line, "no such request");
        if (request.count > MAX_TEXTS || request.rows > MAX_ROWS || !read_texts(&request))
            return complain(line, "its texts cannot be read");
        pulse_error error;
        if (answer(encoder, &request, calls, ms, &error) != PULSE_OK)
            return complain("encoding", error.message);
        fflush(stdout);
    }
    for (size_t i = 0; i < MAX_TEXTS; ++i)
        free((char *)request.texts[i].data);
    free(request.vectors);
    products_free(request.products);
    return 0;
}

int main(int argc, char **argv)
{
    const int compute = argc == 5 ? compute_of(argv[3]) : -1;
    if (compute < 0) {
        fprintf(stderr, "usage: encoder_answers ENCODER VOCAB COMPUTE THREADS\n");
        return 2;
    }
    size_t weights_size;
    size_t vocab_size;
    uint8_t *weights = read_file(argv[1], &weights_size);
    uint8_t *vocab = read_file(argv[2], &vocab_size);
    if (!weights || !vocab)
        return complain(weights ? argv[2] : argv[1], "cannot be read");
    const pulse_encoder_params params = {.compute = (pulse_compute)compute,
                                         .threads = (uint32_t)strtoul(argv[4], NULL, 10)};
    pulse_encoder *encoder;
    pulse_error error;
    const double start = now();
    if (pulse_encoder_open(weights, weights_size, vocab, vocab_size, &params, &encoder, &error) !=
        PULSE_OK)
        return complain(argv[1], error.message);
    printf("opened %s %u %.2f\n", pulse_compute_name(pulse_encoder_compute(encoder)),
           (unsigned)pulse_encoder_dimensions(encoder), now() - start);
    fflush(stdout);
    const int code = answer_all(encoder, params.threads);
    pulse_encoder_close(encoder);
    free(weights);
    free(vocab);
    return code;
}
