#include "lyrics/transformer.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/attention.h"
#include "nn/elementwise.h"

#include <math.h>
#include <string.h>
#include <xnnpack.h>

/* Tokens of a pass: enough that reading the weights costs little beside using them, few enough for
 * what a pass holds to stay in a shared cache. Fewer where the model is wide. */
#define PASS_TOKENS 1024
#define PASS_FLOATS ((size_t)1 << 23)

/* Rows that go through a layer together, so that what is between two products stays near: a
 * multiple of what our int8 kernel takes at once. More where threads share them, as these wait for
 * each other after every step. */
#define BLOCK_ROWS 48
#define SHARED_BLOCK_ROWS 288

/* Rows that a thread takes at once. */
#define TILE_ROWS 8

/* Work below which waking other threads costs more than they save: values to go through, and
 * products of a weight and an activation. */
#define SHARED_VALUES ((size_t)1 << 14)
#define SHARED_PRODUCTS ((size_t)1 << 20)

#define ALIGNMENT 64

typedef struct layer_products {
    pulse_dense *qkv;
    pulse_dense *attended;
    pulse_dense *up;
    pulse_dense *down;
} layer_products;

struct pulse_transformer {
    const pulse_encoder_file *file;
    pthreadpool_t pool;
    layer_products *layers; /* [layers] */
    size_t room;            /* tokens of a pass */
    size_t block;           /* rows that go through a layer together, at most */
    /* Whether each thread takes blocks of its own, without waiting for the others between two
     * attentions; otherwise all threads go through one block after the other. */
    bool own_blocks;

    void *memory;        /* what the following lie in; for `capacity` tokens */
    size_t capacity;     /* 0: none yet */
    uint32_t *positions; /* [capacity] */
    float *hidden;       /* [capacity, width] */
    float *qkv;          /* [capacity, 3 * width] */
    float *context;      /* [capacity, width] what attention gives */
    float *middle;       /* [scratches, block, width] between attention and the feed-forward half */
    float *wide;         /* [scratches, block, intermediate] */
    char *rounded;       /* [scratches, rounded_bytes] what products round to */
    size_t rounded_bytes;
    float *attention; /* [threads, attention_floats] */
    size_t attention_floats;
};

/* ---- making ---- */

static pulse_status make_layers(pulse_transformer *transformer, pulse_compute compute,
                                pulse_error *error)
{
    const pulse_encoder_file *file = transformer->file;
    transformer->layers = pulse_calloc(file->config.layers, sizeof *transformer->layers);
    if (!transformer->layers)
        return pulse_out_of_memory(error);
    for (uint32_t i = 0; i < file->config.layers; ++i) {
        const pulse_encoder_layer *from = &file->layers[i];
        layer_products *to = &transformer->layers[i];
        pulse_status status = pulse_dense_create(&from->qkv, compute, &to->qkv, error);
        if (status == PULSE_OK)
            status = pulse_dense_create(&from->attended, compute, &to->attended, error);
        if (status == PULSE_OK)
            status = pulse_dense_create(&from->up, compute, &to->up, error);
        if (status == PULSE_OK)
            status = pulse_dense_create(&from->down, compute, &to->down, error);
        if (status != PULSE_OK)
            return status;
    }
    return PULSE_OK;
}

pulse_status pulse_transformer_create(const pulse_encoder_file *file, pulse_compute compute,
                                      pthreadpool_t pool, pulse_transformer **out,
                                      pulse_error *error)
{
    *out = NULL;
    pulse_transformer *transformer = pulse_calloc(1, sizeof *transformer);
    if (!transformer)
        return pulse_out_of_memory(error);
    transformer->file = file;
    transformer->pool = pool;
    transformer->room = PASS_FLOATS / (5 * (size_t)file->config.width);
    if (transformer->room > PASS_TOKENS)
        transformer->room = PASS_TOKENS;
    if (transformer->room < PULSE_ENCODER_WINDOW)
        transformer->room = PULSE_ENCODER_WINDOW;
    pulse_status status = make_layers(transformer, compute, error);
    const size_t threads = pthreadpool_get_threads_count(pool);
    if (status == PULSE_OK)
        transformer->own_blocks = threads > 1 && pulse_dense_is_shared(transformer->layers[0].up);
    transformer->block = threads > 1 && !transformer->own_blocks ? SHARED_BLOCK_ROWS : BLOCK_ROWS;
    if (status != PULSE_OK) {
        pulse_transformer_free(transformer);
        return status;
    }
    *out = transformer;
    return PULSE_OK;
}

void pulse_transformer_free(pulse_transformer *transformer)
{
    if (!transformer)
        return;
    for (uint32_t i = 0; transformer->layers && i < transformer->file->config.layers; ++i) {
        pulse_dense_free(transformer->layers[i].qkv);
        pulse_dense_free(transformer->layers[i].attended);
        pulse_dense_free(transformer->layers[i].up);
        pulse_dense_free(transformer->layers[i].down);
    }
    pulse_free(transformer->layers);
    pulse_free(transformer->memory);
    pulse_free(transformer);
}

size_t pulse_transformer_room(const pulse_transformer *transformer)
{
    return transformer->room;
}

/* ---- memory ---- */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Bytes of scratch that any product of `rows` rows needs. */
static size_t rounded_bytes(const pulse_transformer *transformer, size_t rows)
{
    const layer_products *layer = &transformer->layers[0]; /* all layers are of one shape */
    size_t bytes = pulse_dense_scratch(layer->qkv, rows);
    bytes = larger(bytes, pulse_dense_scratch(layer->attended, rows));
    bytes = larger(bytes, pulse_dense_scratch(layer->up, rows));
    return larger(bytes, pulse_dense_scratch(layer->down, rows));
}

/* Room for `bytes` and for what XNNPACK reads past them, in `*used` bytes of memory. */
static size_t reserve(size_t bytes, size_t *used)
{
    const size_t at = *used;
    *used += (bytes + XNN_EXTRA_BYTES + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return at;
}

static pulse_status grow(pulse_transformer *transformer, size_t tokens, pulse_error *error)
{
    if (tokens <= transformer->capacity)
        return PULSE_OK;
    tokens = (tokens + 63) / 64 * 64;
    const pulse_encoder_config *config = &transformer->file->config;
    const size_t width = config->width * sizeof(float);
    const size_t threads = pthreadpool_get_threads_count(transformer->pool);
    transformer->attention_floats =
        (pulse_attention_scratch(PULSE_ENCODER_WINDOW, config->width / config->heads) + 15) / 16 *
        16;
    size_t used = 0;
    const size_t positions = reserve(tokens * sizeof(uint32_t), &used);
    const size_t hidden = reserve(tokens * width, &used);
    const size_t qkv = reserve(tokens * width * 3, &used);
    const size_t context = reserve(tokens * width, &used);
    const size_t scratches = transformer->own_blocks ? threads : 1;
    transformer->rounded_bytes = (rounded_bytes(transformer, transformer->block) + 63) / 64 * 64;
    const size_t middle = reserve(scratches * transformer->block * width, &used);
    const size_t wide =
        reserve(scratches * transformer->block * config->intermediate * sizeof(float), &used);
    const size_t rounded = reserve(scratches * transformer->rounded_bytes, &used);
    const size_t attention =
        reserve(threads * transformer->attention_floats * sizeof(float), &used);

    pulse_free(transformer->memory);
    transformer->capacity = 0;
    /* Cleared: what lies behind the rows is read, though not used. */
    transformer->memory = pulse_calloc(used + ALIGNMENT, 1);
    if (!transformer->memory)
        return pulse_out_of_memory(error);
    char *start = transformer->memory;
    start += ALIGNMENT - (uintptr_t)start % ALIGNMENT;
    transformer->positions = (uint32_t *)(void *)(start + positions);
    transformer->hidden = (float *)(void *)(start + hidden);
    transformer->qkv = (float *)(void *)(start + qkv);
    transformer->context = (float *)(void *)(start + context);
    transformer->middle = (float *)(void *)(start + middle);
    transformer->wide = (float *)(void *)(start + wide);
    transformer->rounded = start + rounded;
    transformer->attention = (float *)(void *)(start + attention);
    transformer->capacity = tokens;
    return PULSE_OK;
}

/* ---- the pass ---- */

/* Rows that go through a layer together. */
typedef struct block {
    const pulse_transformer *transformer;
    pthreadpool_t pool; /* the threads that share it, or NULL */
    uint32_t layer;
    size_t rows;
    const uint32_t *ids;       /* [rows] */
    const uint32_t *positions; /* [rows] */
    float *hidden;             /* [rows, width] */
    float *qkv;                /* [rows, 3 * width] */
    float *context;            /* [rows, width] */
    float *middle;             /* [rows, width] */
    float *wide;               /* [rows, intermediate] */
    void *rounded;
} block;

/* With the scratch of `thread`. */
static block block_of(const pulse_transformer *transformer, uint32_t layer, const uint32_t *ids,
                      size_t first, size_t rows, size_t thread)
{
    const size_t width = transformer->file->config.width;
    const size_t scratch = thread * transformer->block;
    return (block){.transformer = transformer,
                   .pool = transformer->own_blocks ? NULL : transformer->pool,
                   .layer = layer,
                   .rows = rows,
                   .ids = ids + first,
                   .positions = transformer->positions + first,
                   .hidden = transformer->hidden + first * width,
                   .qkv = transformer->qkv + first * 3 * width,
                   .context = transformer->context + first * width,
                   .middle = transformer->middle + scratch * width,
                   .wide = transformer->wide + scratch * transformer->file->config.intermediate,
                   .rounded = transformer->rounded + thread * transformer->rounded_bytes};
}

/* Rows of `width` values each. */
static void for_rows(block *rows, size_t width, pthreadpool_task_1d_tile_1d_t task)
{
    pthreadpool_t pool = rows->rows * width < SHARED_VALUES ? NULL : rows->pool;
    pthreadpool_parallelize_1d_tile_1d(pool, task, rows, rows->rows, TILE_ROWS, 0);
}

static void add_row(const pulse_table *table, size_t row, size_t width, float *sum)
{
    if (table->int8) {
        const int8_t *values = table->int8 + row * width;
        const float scale = table->scale[row];
        for (size_t i = 0; i < width; ++i)
            sum[i] += scale * (float)values[i];
    } else {
        const float *values = table->f32 + row * width;
        for (size_t i = 0; i < width; ++i)
            sum[i] += values[i];
    }
}

static void norm_rows(const block *rows, const pulse_norm *norm, float *x, const float *residual,
                      size_t count)
{
    const pulse_encoder_config *config = &rows->transformer->file->config;
    pulse_layer_norm(x, residual, count, config->width, norm->weight, norm->bias, config->epsilon);
}

static void embed_rows(void *context, size_t first, size_t count)
{
    const block *rows = context;
    const pulse_encoder_file *file = rows->transformer->file;
    const size_t width = file->config.width;
    float *x = rows->hidden + first * width;
    for (size_t row = first; row < first + count; ++row) {
        float *sum = rows->hidden + row * width;
        memcpy(sum, file->type, width * sizeof *sum);
        add_row(&file->words, rows->ids[row], width, sum);
        add_row(&file->positions, rows->positions[row], width, sum);
    }
    norm_rows(rows, &file->norm, x, NULL, count);
    pulse_dense_round(rows->transformer->layers[0].qkv, rows->hidden, rows->rows, first, count,
                      rows->rounded);
}

static void round_context(void *context, size_t first, size_t count)
{
    const block *rows = context;
    pulse_dense_round(rows->transformer->layers[rows->layer].attended, rows->context, rows->rows,
                      first, count, rows->rounded);
}

static void norm_attended(void *context, size_t first, size_t count)
{
    const block *rows = context;
    const pulse_transformer *transformer = rows->transformer;
    const size_t at = first * transformer->file->config.width;
    norm_rows(rows, &transformer->file->layers[rows->layer].attended_norm, rows->middle + at,
              rows->hidden + at, count);
    pulse_dense_round(transformer->layers[rows->layer].up, rows->middle, rows->rows, first, count,
                      rows->rounded);
}

static void activate(void *context, size_t first, size_t count)
{
    const block *rows = context;
    const pulse_transformer *transformer = rows->transformer;
    const size_t width = transformer->file->config.intermediate;
    pulse_gelu(rows->wide + first * width, count * width);
    pulse_dense_round(transformer->layers[rows->layer].down, rows->wide, rows->rows, first, count,
                      rows->rounded);
}

static void norm_down(void *context, size_t first, size_t count)
{
    const block *rows = context;
    const pulse_transformer *transformer = rows->transformer;
    const size_t at = first * transformer->file->config.width;
    norm_rows(rows, &transformer->file->layers[rows->layer].down_norm, rows->hidden + at,
              rows->middle + at, count);
    if (rows->layer + 1 < transformer->file->config.layers)
        pulse_dense_round(transformer->layers[rows->layer + 1].qkv, rows->hidden, rows->rows, first,
                          count, rows->rounded);
}

static pulse_status multiply(const block *rows, pulse_dense *dense, const pulse_matrix *matrix,
                             const float *x, float *y, pulse_error *error)
{
    const bool small = (uint64_t)matrix->inputs * matrix->outputs * rows->rows < SHARED_PRODUCTS;
    return pulse_dense_multiply(dense, small ? NULL : rows->pool, x, rows->rows, y, rows->rounded,
                                error);
}

/* From tokens to the first layer's queries, keys and values. */
static pulse_status run_embedding(block *rows, pulse_error *error)
{
    const pulse_transformer *transformer = rows->transformer;
    for_rows(rows, transformer->file->config.width, embed_rows);
    return multiply(rows, transformer->layers[0].qkv, &transformer->file->layers[0].qkv,
                    rows->hidden, rows->qkv, error);
}

/* A layer's part behind attention, and the next layer's queries, keys and values. */
static pulse_status run_layer(block *rows, pulse_error *error)
{
    const pulse_transformer *transformer = rows->transformer;
    const pulse_encoder_config *config = &transformer->file->config;
    const pulse_encoder_layer *file = &transformer->file->layers[rows->layer];
    const layer_products *layer = &transformer->layers[rows->layer];
    for_rows(rows, config->width, round_context);
    pulse_status status =
        multiply(rows, layer->attended, &file->attended, rows->context, rows->middle, error);
    if (status != PULSE_OK)
        return status;
    for_rows(rows, config->width, norm_attended);
    status = multiply(rows, layer->up, &file->up, rows->middle, rows->wide, error);
    if (status != PULSE_OK)
        return status;
    for_rows(rows, config->intermediate, activate);
    status = multiply(rows, layer->down, &file->down, rows->wide, rows->hidden, error);
    if (status != PULSE_OK)
        return status;
    for_rows(rows, config->width, norm_down);
    if (rows->layer + 1 == config->layers)
        return PULSE_OK;
    return multiply(rows, layer[1].qkv, &file[1].qkv, rows->hidden, rows->qkv, error);
}

typedef struct attention_work {
    const pulse_transformer *transformer;
    const pulse_sequence *sequences;
} attention_work;

static void attend(void *context, size_t thread, size_t sequence, size_t head)
{
    const attention_work *work = context;
    const pulse_transformer *transformer = work->transformer;
    const pulse_encoder_config *config = &transformer->file->config;
    const size_t width = config->width;
    const size_t head_width = width / config->heads;
    const pulse_sequence *of = &work->sequences[sequence];
    const float *q = transformer->qkv + of->first * 3 * width + head * head_width;
    float *y = transformer->context + of->first * width + head * head_width;
    pulse_attention(q, q + width, q + 2 * width, of->tokens, head_width, 3 * width, y, width,
                    transformer->attention + thread * transformer->attention_floats);
}

static void pool_sequence(const pulse_transformer *transformer, const pulse_sequence *of, float *y)
{
    const pulse_encoder_config *config = &transformer->file->config;
    const size_t width = config->width;
    const float *x = transformer->hidden + of->first * width;
    memcpy(y, x, width * sizeof *y);
    if (config->pooling == PULSE_POOL_MEAN) {
        for (size_t token = 1; token < of->tokens; ++token)
            for (size_t i = 0; i < width; ++i)
                y[i] += x[token * width + i];
        for (size_t i = 0; i < width; ++i)
            y[i] /= (float)of->tokens;
    }
    if (config->normalise)
        pulse_unit_length(y, width);
}

void pulse_unit_length(float *x, size_t width)
{
    double squares = 0;
    for (size_t i = 0; i < width; ++i)
        squares += (double)x[i] * x[i];
    const float length = (float)sqrt(squares);
    for (size_t i = 0; i < width && length > 0; ++i)
        x[i] /= length;
}

/* Every block of the pass's rows through a step. */
typedef struct block_work {
    const pulse_transformer *transformer;
    uint32_t layer;
    const uint32_t *ids;
    pulse_status (*step)(block *rows, pulse_error *error);
    size_t tokens;
    size_t rows; /* of a block */
} block_work;

static block nth_block(const block_work *work, size_t number, size_t thread)
{
    const size_t first = number * work->rows;
    const size_t rest = work->tokens - first;
    return block_of(work->transformer, work->layer, work->ids, first,
                    rest < work->rows ? rest : work->rows, thread);
}

/* A block of a thread's own. Our own products do not fail. */
static void run_own_block(void *context, size_t thread, size_t number)
{
    const block_work *work = context;
    block own = nth_block(work, number, thread);
    (void)work->step(&own, NULL);
}

static pulse_status run_blocks(block_work work, pulse_error *error)
{
    const pulse_transformer *transformer = work.transformer;
    work.rows = transformer->block;
    if (transformer->own_blocks) {
        const size_t threads = pthreadpool_get_threads_count(transformer->pool);
        const size_t each = (work.tokens + threads - 1) / threads; /* of the threads */
        const size_t rounds = (each + work.rows - 1) / work.rows;
        work.rows = (each + rounds - 1) / rounds;
        if (work.rows < TILE_ROWS)
            work.rows = TILE_ROWS;
    }
    const size_t count = (work.tokens + work.rows - 1) / work.rows;
    if (transformer->own_blocks) {
        /* Threads look for more work for some milliseconds before they sleep, but after the last
         * layer there is none. */
        const bool last = work.layer + 1 == transformer->file->config.layers;
        pthreadpool_parallelize_1d_with_thread(transformer->pool, run_own_block, &work, count,
                                               last ? PTHREADPOOL_FLAG_YIELD_WORKERS : 0);
        return PULSE_OK;
    }
    for (size_t number = 0; number < count; ++number) {
        block rows = nth_block(&work, number, 0);
        pulse_status status = work.step(&rows, error);
        if (status != PULSE_OK)
            return status;
    }
    return PULSE_OK;
}

pulse_status pulse_transformer_run(pulse_transformer *transformer, const uint32_t *ids,
                                   const pulse_sequence *sequences, size_t count, float *vectors,
                                   pulse_error *error)
{
    if (count == 0)
        return PULSE_OK;
    const pulse_encoder_config *config = &transformer->file->config;
    const size_t tokens = sequences[count - 1].first + sequences[count - 1].tokens;
    pulse_status status = grow(transformer, tokens, error);
    if (status != PULSE_OK)
        return status;
    for (size_t s = 0; s < count; ++s)
        for (size_t t = 0; t < sequences[s].tokens; ++t)
            transformer->positions[sequences[s].first + t] = (uint32_t)t;
    status = run_blocks((block_work){transformer, 0, ids, run_embedding, tokens, 0}, error);
    attention_work attention = {transformer, sequences};
    pthreadpool_t pool = tokens * config->width < SHARED_VALUES / 4 ? NULL : transformer->pool;
    for (uint32_t layer = 0; layer < config->layers && status == PULSE_OK; ++layer) {
        pthreadpool_parallelize_2d_with_thread(pool, attend, &attention, count, config->heads, 0);
        status = run_blocks((block_work){transformer, layer, ids, run_layer, tokens, 0}, error);
    }
    if (status != PULSE_OK)
        return status;
    for (size_t s = 0; s < count; ++s)
        pool_sequence(transformer, &sequences[s], vectors + s * config->width);
    return PULSE_OK;
}
