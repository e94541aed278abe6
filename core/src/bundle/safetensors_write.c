/* safetensors: the same tensors and metadata always give the same bytes. */
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "bundle/dtype.h"

#include <stdio.h>
#include <string.h>

#define PREFIX 8
/* Where the data starts is a multiple of this, and so every dtype can be aligned. */
#define ALIGNMENT 8

static bool append_json_text(pulse_buffer *out, const char *text)
{
    size_t bytes = strlen(text);
    bool ok = pulse_buffer_append(out, "\"", 1);
    for (size_t i = 0; ok && i < bytes;) {
        uint8_t c = (uint8_t)text[i];
        size_t length = pulse_json_utf8((const uint8_t *)text + i, bytes - i);
        if (length == 0) {
            ok = pulse_buffer_append_text(out, "\xef\xbf\xbd"); /* U+FFFD */
            length = 1;
        } else if (c == '"' || c == '\\') {
            ok = pulse_buffer_append(out, "\\", 1) && pulse_buffer_append(out, &c, 1);
        } else if (c < 0x20) {
            char escape[8];
            snprintf(escape, sizeof escape, "\\u%04x", c);
            ok = pulse_buffer_append_text(out, escape);
        } else {
            ok = pulse_buffer_append(out, text + i, length);
        }
        i += length;
    }
    return ok && pulse_buffer_append(out, "\"", 1);
}

static bool append_tensor(pulse_buffer *out, const pulse_tensor *tensor, uint64_t begin)
{
    char text[96];
    bool ok = append_json_text(out, tensor->name);
    snprintf(text, sizeof text, ":{\"dtype\":\"%s\",\"shape\":[", pulse_dtype_name(tensor->dtype));
    ok = ok && pulse_buffer_append_text(out, text);
    for (uint32_t i = 0; ok && i < tensor->rank; ++i) {
        snprintf(text, sizeof text, "%s%llu", i ? "," : "", (unsigned long long)tensor->shape[i]);
        ok = pulse_buffer_append_text(out, text);
    }
    snprintf(text, sizeof text, "],\"data_offsets\":[%llu,%llu]}", (unsigned long long)begin,
             (unsigned long long)begin + tensor->bytes);
    return ok && pulse_buffer_append_text(out, text);
}

static bool append_header(pulse_buffer *out, const pulse_tensor *tensors, size_t tensor_count,
                          const pulse_pair *metadata, size_t metadata_count)
{
    bool ok = pulse_buffer_append(out, "\0\0\0\0\0\0\0\0{", PREFIX + 1);
    if (metadata_count) {
        ok = ok && pulse_buffer_append_text(out, "\"__metadata__\":{");
        for (size_t i = 0; ok && i < metadata_count; ++i)
            ok = (i == 0 || pulse_buffer_append(out, ",", 1)) &&
                 append_json_text(out, metadata[i].key) && pulse_buffer_append(out, ":", 1) &&
                 append_json_text(out, metadata[i].value);
        ok = ok && pulse_buffer_append(out, "}", 1);
    }
    uint64_t begin = 0;
    for (size_t i = 0; ok && i < tensor_count; ++i) {
        ok = (i + metadata_count == 0 || pulse_buffer_append(out, ",", 1)) &&
             append_tensor(out, &tensors[i], begin);
        begin += tensors[i].bytes;
    }
    ok = ok && pulse_buffer_append(out, "}", 1);
    while (ok && out->size % ALIGNMENT)
        ok = pulse_buffer_append(out, " ", 1);
    if (!ok)
        return false;
    uint64_t length = out->size - PREFIX;
    for (int i = 0; i < PREFIX; ++i)
        out->data[i] = (char)(uint8_t)(length >> (8 * i));
    return true;
}

/* `begin`: where its data would start. */
static pulse_status check_tensor(const pulse_tensor *tensor, uint64_t begin, pulse_error *error)
{
    size_t alignment = pulse_dtype_bytes(tensor->dtype);
    if (!tensor->name || strcmp(tensor->name, "__metadata__") == 0)
        return pulse_fail(error, PULSE_E_ARGUMENT,
                          "safetensors: a tensor needs a name, and not \"__metadata__\"");
    if (alignment == 0)
        return pulse_fail(error, PULSE_E_ARGUMENT, "safetensors: tensor \"%s\" has no known dtype",
                          tensor->name);
    if (tensor->rank > 4)
        return pulse_fail(error, PULSE_E_ARGUMENT,
                          "safetensors: tensor \"%s\" has more than 4 dimensions", tensor->name);
    uint64_t needed;
    if (!pulse_tensor_bytes(tensor, &needed) || needed != tensor->bytes)
        return pulse_fail(error, PULSE_E_ARGUMENT,
                          "safetensors: tensor \"%s\" is given %zu bytes, which is not what dtype "
                          "and shape need",
                          tensor->name, tensor->bytes);
    if (!tensor->data && tensor->bytes)
        return pulse_fail(error, PULSE_E_ARGUMENT, "safetensors: tensor \"%s\" has no data",
                          tensor->name);
    if (begin % alignment)
        return pulse_fail(error, PULSE_E_ARGUMENT,
                          "safetensors: tensor \"%s\" would not be aligned: give the widest dtypes "
                          "first",
                          tensor->name);
    return PULSE_OK;
}

/* Quadratic: a model has tens of tensors. */
static pulse_status check_all(const pulse_tensor *tensors, size_t tensor_count,
                              const pulse_pair *metadata, size_t metadata_count,
                              uint64_t *data_bytes, pulse_error *error)
{
    *data_bytes = 0;
    for (size_t i = 0; i < tensor_count; ++i) {
        pulse_status status = check_tensor(&tensors[i], *data_bytes, error);
        if (status != PULSE_OK)
            return status;
        if (tensors[i].bytes > PULSE_JSON_MAX_INTEGER - *data_bytes)
            return pulse_fail(error, PULSE_E_ARGUMENT, "safetensors: more than 2^53 bytes of data");
        *data_bytes += tensors[i].bytes;
        for (size_t j = 0; j < i; ++j)
            if (strcmp(tensors[i].name, tensors[j].name) == 0)
                return pulse_fail(error, PULSE_E_ARGUMENT,
                                  "safetensors: tensor \"%s\" is given twice", tensors[i].name);
    }
    for (size_t i = 0; i < metadata_count; ++i) {
        if (!metadata[i].key || !metadata[i].value)
            return pulse_fail(error, PULSE_E_ARGUMENT,
                              "safetensors: metadata needs a key and a value");
        for (size_t j = 0; j < i; ++j)
            if (strcmp(metadata[i].key, metadata[j].key) == 0)
                return pulse_fail(error, PULSE_E_ARGUMENT,
                                  "safetensors: metadata \"%s\" is given twice", metadata[i].key);
    }
    return PULSE_OK;
}

pulse_status pulse_safetensors_write(const pulse_tensor *tensors, size_t tensor_count,
                                     const pulse_pair *metadata, size_t metadata_count,
                                     uint8_t **bytes, size_t *size, pulse_error *error)
{
    *bytes = NULL;
    *size = 0;
    uint64_t data_bytes;
    pulse_status status =
        check_all(tensors, tensor_count, metadata, metadata_count, &data_bytes, error);
    if (status != PULSE_OK)
        return status;
    pulse_buffer out = {0};
    bool ok = append_header(&out, tensors, tensor_count, metadata, metadata_count) &&
              data_bytes <= SIZE_MAX && pulse_buffer_reserve(&out, (size_t)data_bytes);
    for (size_t i = 0; ok && i < tensor_count; ++i)
        ok = pulse_buffer_append(&out, tensors[i].data, tensors[i].bytes);
    if (!ok) {
        pulse_buffer_free(&out);
        return pulse_out_of_memory(error);
    }
    *bytes = (uint8_t *)out.data;
    *size = out.size;
    return PULSE_OK;
}

void pulse_bytes_free(uint8_t *bytes)
{
    pulse_free(bytes);
}
