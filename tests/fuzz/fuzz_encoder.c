/*
 * The first line: the header of a safetensors file; the rest: its data. Refused as a lyrics encoder
 * with a message, or every tensor can be read to its end and every float is in range. The line is
 * put together here, so that a change of its length does not end at the length's own field.
 */
#include "lyrics/encoder_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_floats(const float *values, uint64_t count, float low)
{
    for (uint64_t i = 0; i < count; ++i)
        if (!(values[i] >= low && values[i] <= 1000))
            abort();
}

static void check_table(const int8_t *int8, const float *scale, const float *f32, uint64_t rows,
                        uint64_t columns)
{
    if ((int8 == NULL) == (f32 == NULL) || (int8 == NULL) != (scale == NULL))
        abort();
    if (f32) {
        check_floats(f32, rows * columns, -1000);
        return;
    }
    check_floats(scale, rows, 0);
    int sum = 0;
    for (uint64_t i = 0; i < rows * columns; ++i)
        sum += int8[i] < 0;
    if (sum < 0)
        abort();
}

static void check_matrix(const pulse_matrix *matrix, uint32_t outputs, uint32_t inputs)
{
    if (matrix->outputs != outputs || matrix->inputs != inputs)
        abort();
    check_table(matrix->int8, matrix->scale, matrix->f32, outputs, inputs);
    check_floats(matrix->bias, outputs, -1000);
}

static void check_norm(const pulse_norm *norm, uint32_t width)
{
    check_floats(norm->weight, width, -1000);
    check_floats(norm->bias, width, -1000);
}

static void check_encoder(const pulse_encoder_file *file)
{
    const pulse_encoder_config *config = &file->config;
    const uint32_t width = config->width;
    if (!(config->epsilon > 0 && config->epsilon <= 1) || config->heads == 0 ||
        width % config->heads != 0 || strlen(config->vocab_sha256) != 64)
        abort();
    check_table(file->words.int8, file->words.scale, file->words.f32, config->words, width);
    check_table(file->positions.int8, file->positions.scale, file->positions.f32, config->positions,
                width);
    check_floats(file->type, width, -1000);
    check_norm(&file->norm, width);
    for (uint32_t i = 0; i < config->layers; ++i) {
        const pulse_encoder_layer *layer = &file->layers[i];
        check_matrix(&layer->qkv, 3 * width, width);
        check_matrix(&layer->attended, width, width);
        check_norm(&layer->attended_norm, width);
        check_matrix(&layer->up, config->intermediate, width);
        check_matrix(&layer->down, width, config->intermediate);
        check_norm(&layer->down_norm, width);
    }
}

static void open_encoder(const uint8_t *bytes, size_t size)
{
    static pulse_encoder_file file;
    pulse_encoder_config config;
    pulse_error error = {0};
    const pulse_status settings = pulse_encoder_config_read(bytes, size, &config, &error);
    if (settings != PULSE_OK && !error.message[0])
        abort();
    error.message[0] = '\0';
    const pulse_status status = pulse_encoder_file_open(bytes, size, &file, &error);
    if (status == PULSE_OK) {
        if (settings != PULSE_OK || config.width != file.config.width)
            abort();
        check_encoder(&file);
    } else if (!error.message[0]) {
        abort();
    }
    pulse_encoder_file_close(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
    if (!line)
        return 0;
    const size_t length = (size_t)(line - data);
    const size_t header = (length + 7) / 8 * 8;
    const size_t rest = size - length - 1;
    uint8_t *bytes = malloc(8 + header + rest);
    if (!bytes)
        abort();
    for (int i = 0; i < 8; ++i)
        bytes[i] = (uint8_t)((uint64_t)header >> 8 * i);
    memcpy(bytes + 8, data, length);
    memset(bytes + 8 + length, ' ', header - length);
    memcpy(bytes + 8 + header, line + 1, rest);
    open_encoder(bytes, 8 + header + rest);
    free(bytes);
    return 0;
}
