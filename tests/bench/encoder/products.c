#include "products.h"

#include <pthreadpool.h>
#include <stdlib.h>

#include "nn/dense.h"

enum { LAYERS = 6, WIDTH = 384, INTERMEDIATE = 1536, KINDS = 4, SPARE = 64 };

static const uint32_t shapes[KINDS][2] = {
    {WIDTH, 3 * WIDTH}, {WIDTH, WIDTH}, {WIDTH, INTERMEDIATE}, {INTERMEDIATE, WIDTH}};

struct products {
    pulse_dense *layers[LAYERS][KINDS];
    pthreadpool_t pool; /* NULL: one thread */
    float *x;
    float *y;
    void *scratch;
};

void products_free(products *products)
{
    if (!products)
        return;
    for (size_t i = 0; i < LAYERS; ++i)
        for (size_t kind = 0; kind < KINDS; ++kind)
            pulse_dense_free(products->layers[i][kind]);
    pthreadpool_destroy(products->pool);
    free(products->x);
    free(products->y);
    free(products->scratch);
    free(products);
}

static pulse_status create_layers(products *products, pulse_compute way, pulse_error *error)
{
    int8_t *weights = malloc((size_t)WIDTH * INTERMEDIATE);
    float *numbers = malloc(sizeof *numbers * INTERMEDIATE);
    pulse_status status = weights && numbers ? PULSE_OK : PULSE_E_NO_MEMORY;
    for (size_t i = 0; status == PULSE_OK && i < INTERMEDIATE; ++i)
        numbers[i] = 0.001f;
    uint32_t state = 1;
    for (size_t i = 0; status == PULSE_OK && i < (size_t)WIDTH * INTERMEDIATE; ++i)
        weights[i] = (int8_t)((int)((state = state * 1664525 + 1013904223) >> 24) - 127);
    for (size_t i = 0; i < LAYERS; ++i)
        for (size_t kind = 0; status == PULSE_OK && kind < KINDS; ++kind) {
            const pulse_matrix matrix = {.inputs = shapes[kind][0],
                                         .outputs = shapes[kind][1],
                                         .int8 = weights,
                                         .scale = numbers,
                                         .bias = numbers};
            status = pulse_dense_create_plain(&matrix, way, &products->layers[i][kind], error);
        }
    free(weights);
    free(numbers);
    return status;
}

static pulse_status create_buffers(products *products, size_t rows)
{
    size_t scratch = 0;
    for (size_t kind = 0; kind < KINDS; ++kind) {
        const size_t bytes = pulse_dense_scratch(products->layers[0][kind], rows);
        scratch = bytes > scratch ? bytes : scratch;
    }
    const size_t numbers = rows * INTERMEDIATE + SPARE;
    products->x = calloc(numbers, sizeof *products->x);
    products->y = calloc(numbers, sizeof *products->y);
    products->scratch = calloc(1, scratch + SPARE);
    if (!products->x || !products->y || !products->scratch)
        return PULSE_E_NO_MEMORY;
    for (size_t i = 0; i < numbers; ++i)
        products->x[i] = (float)(i % 17) * 0.1f - 0.8f;
    return PULSE_OK;
}

pulse_status products_create(pulse_compute way, unsigned threads, size_t rows, products **out,
                             pulse_error *error)
{
    products *made = calloc(1, sizeof *made);
    *out = made;
    if (!made)
        return PULSE_E_NO_MEMORY;
    if (threads > 1)
        made->pool = pthreadpool_create(threads);
    pulse_status status = create_layers(made, way, error);
    return status == PULSE_OK ? create_buffers(made, rows) : status;
}

pulse_status products_run(products *products, size_t rows, pulse_error *error)
{
    pulse_status status = PULSE_OK;
    for (size_t i = 0; i < LAYERS; ++i)
        for (size_t kind = 0; status == PULSE_OK && kind < KINDS; ++kind)
            status = pulse_dense_run(products->layers[i][kind], products->pool, products->x, rows,
                                     products->y, products->scratch, error);
    return status;
}
