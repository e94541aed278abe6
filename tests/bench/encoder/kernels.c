/*
 * What the encoder's time is made of, kernel by kernel: the products in each way of computing, at
 * MiniLM's shapes, and what lies between them, in ns per number. Prints the best of many short
 * runs, so that others at work on the machine count for little. Natively, and as a WebAssembly
 * module by kernels.mjs.
 */
#include "nn/attention.h"
#include "nn/dense.h"
#include "nn/elementwise.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ns of the monotonic clock */
static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Calls `call` in runs of about `RUN` ns for SPENT ns at least. Gives the ns of a call in the best.
 */
#define RUN 4e5
#define SPENT 4e8
static double best(void (*what)(void *), void *context)
{
    /* Not to be seen through: inlined here, it would run in one long call, which engines never
     * replace by their best code. */
    void (*volatile hidden)(void *) = what;
    void (*const call)(void *) = hidden;
    double start = now();
    call(context);
    /* Until the engine has made its best of the functions, a call may take long. */
    while (now() - start < SPENT / 4)
        call(context);
    start = now();
    call(context);
    const double one = now() - start;
    const int calls = one < RUN ? (int)(RUN / (one + 1)) + 1 : 1;
    double least = 1e300;
    for (const double end = now() + SPENT; now() < end;) {
        start = now();
        for (int i = 0; i < calls; ++i)
            call(context);
        const double each = (now() - start) / calls;
        least = each < least ? each : least;
    }
    return least;
}

static void *allocate(size_t bytes)
{
    void *made = calloc(1, bytes + 256);
    if (!made) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return made;
}

static float *numbers(size_t count, float size)
{
    float *made = allocate(count * sizeof *made);
    uint32_t state = 1;
    for (size_t i = 0; i < count; ++i)
        made[i] = size * (float)((int32_t)(state = state * 1664525 + 1013904223) / 2147483648.0);
    return made;
}

/* ---- products ---- */

enum { MOST_ROWS = 512, MOST_WIDTH = 1536 };

typedef struct product {
    pulse_dense *dense;
    size_t rows;
    float *x, *y;
    void *scratch;
} product;

static void multiply(void *context)
{
    product *of = context;
    pulse_error error;
    if (pulse_dense_multiply(of->dense, NULL, of->x, of->rows, of->y, of->scratch, &error) !=
        PULSE_OK)
        exit(1);
}

static void run(void *context)
{
    product *of = context;
    pulse_error error;
    if (pulse_dense_run(of->dense, NULL, of->x, of->rows, of->y, of->scratch, &error) != PULSE_OK)
        exit(1);
}

typedef struct way {
    const char *name;
    pulse_compute compute;
    bool plain; /* XNNPACK's, even where the core has a kernel of its own */
} way;

static const way ways[] = {
    {"XNN f32", PULSE_COMPUTE_F32, false},      {"XNN f32-qc8w", PULSE_COMPUTE_F32_INT8, false},
    {"XNN qd8-qc8w", PULSE_COMPUTE_INT8, true}, {"int8", PULSE_COMPUTE_INT8, false},
    {"int16", PULSE_COMPUTE_INT16, false},
};
enum { WAYS = sizeof ways / sizeof *ways };

static void bench_products(uint32_t inputs, uint32_t outputs)
{
    static const size_t rows[] = {1, 16, 64, 128, 512};
    int8_t *weight = allocate((size_t)inputs * outputs);
    uint32_t state = 1;
    for (size_t i = 0; i < (size_t)inputs * outputs; ++i)
        weight[i] = (int8_t)((int)((state = state * 1664525 + 1013904223) >> 24) % 255 - 127);
    float *scale = numbers(outputs, 0.01f);
    for (uint32_t i = 0; i < outputs; ++i)
        scale[i] = 0.001f + scale[i] * scale[i];
    const pulse_matrix matrix = {
        .inputs = inputs, .outputs = outputs, .int8 = weight, .scale = scale, .bias = scale};
    float *x = numbers((size_t)MOST_ROWS * inputs, 2.0f);
    float *y = allocate((size_t)MOST_ROWS * outputs * sizeof *y);

    printf("\n%u x %u, Gop/s\nrows", inputs, outputs);
    for (size_t w = 0; w < WAYS; ++w)
        printf("  %12s", ways[w].name);
    printf("  int16, rounding too\n");
    pulse_dense *made[WAYS];
    size_t scratch_size = 0;
    for (size_t w = 0; w < WAYS; ++w) {
        pulse_error error;
        pulse_status status =
            ways[w].plain ? pulse_dense_create_plain(&matrix, ways[w].compute, &made[w], &error)
                          : pulse_dense_create(&matrix, ways[w].compute, &made[w], &error);
        if (status != PULSE_OK) {
            fprintf(stderr, "%s: %s\n", ways[w].name, error.message);
            exit(1);
        }
        const size_t size = pulse_dense_scratch(made[w], MOST_ROWS);
        scratch_size = size > scratch_size ? size : scratch_size;
    }
    void *scratch = allocate(scratch_size);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; ++r) {
        printf("%4zu", rows[r]);
        const double operations = 2.0 * inputs * outputs * (double)rows[r];
        product of = {NULL, rows[r], x, y, scratch};
        for (size_t w = 0; w < WAYS; ++w) {
            of.dense = made[w];
            pulse_dense_round(of.dense, x, rows[r], 0, rows[r], scratch);
            printf("  %12.1f", operations / best(multiply, &of));
        }
        printf("  %19.1f\n", operations / best(run, &of));
    }
    for (size_t w = 0; w < WAYS; ++w)
        pulse_dense_free(made[w]);
    free(weight);
    free(scale);
    free(x);
    free(y);
    free(scratch);
}

/* ---- the rest ---- */

enum { WIDTH = 384, HEAD = 32, COUNT = 16 * MOST_WIDTH };

typedef struct rest {
    float *x, *y, *from, *weight, *scratch;
    size_t tokens;
} rest;

/* Fresh numbers each time: what GELU leaves would shrink. The copy is measured by itself. */
static void copy(void *context)
{
    rest *of = context;
    memcpy(of->x, of->from, COUNT * sizeof(float));
}

static void gelu(void *context)
{
    rest *of = context;
    copy(of);
    pulse_gelu(of->x, COUNT);
}

static void norm(void *context)
{
    rest *of = context;
    copy(of);
    pulse_layer_norm(of->x, of->from, COUNT / WIDTH, WIDTH, of->weight, of->weight, 1e-12f);
}

static void attend(void *context)
{
    rest *of = context;
    pulse_attention(of->from, of->from + HEAD, of->from + 2 * HEAD, of->tokens, HEAD, 3 * HEAD,
                    of->y, HEAD, of->scratch);
}

static void bench_rest(void)
{
    rest of = {.x = numbers(COUNT, 1),
               .y = allocate((size_t)MOST_ROWS * HEAD * sizeof(float)),
               .from = numbers((size_t)3 * MOST_ROWS * HEAD, 2.0f),
               .weight = numbers(WIDTH, 1),
               .scratch = allocate(pulse_attention_scratch(MOST_ROWS, HEAD) * sizeof(float))};
    const double copying = best(copy, &of);
    printf("\nns per number\n");
    printf("GELU                          %6.3f\n", (best(gelu, &of) - copying) / COUNT);
    printf("layer norm with residual      %6.3f\n", (best(norm, &of) - copying) / COUNT);
    printf("\nattention, a head of %d\ntokens        us  Gop/s  ns per weight\n", HEAD);
    static const size_t tokens[] = {1, 16, 64, 128, 512};
    for (size_t t = 0; t < sizeof tokens / sizeof *tokens; ++t) {
        of.tokens = tokens[t];
        const double time = best(attend, &of), weights = (double)(tokens[t] * tokens[t]);
        printf("%6zu  %8.2f %6.1f  %13.3f\n", tokens[t], time / 1e3, 4 * HEAD * weights / time,
               time / weights);
    }
    free(of.x);
    free(of.y);
    free(of.from);
    free(of.weight);
    free(of.scratch);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    bench_products(384, 1152);
    bench_products(384, 384);
    bench_products(384, 1536);
    bench_products(1536, 384);
    bench_rest();
    return 0;
}
