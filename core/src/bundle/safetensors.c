#include "pulse.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "bundle/dtype.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX 8 /* the length of the header, uint64 little-endian */
#define MAX_HEADER (UINT64_C(16) << 20)

struct pulse_safetensors {
    char *what;  /* "<file>: ", or "" */
    cJSON *json; /* owns the names and the metadata */
    const cJSON *metadata;
    pulse_tensor *tensors; /* [count] by name */
    size_t count;
};

/* In the order of pulse_dtype. */
static const struct {
    const char *name;
    size_t bytes;
} dtypes[] = {{"F32", 4}, {"F16", 2}, {"I8", 1}, {"I32", 4}, {"I64", 8}, {"BF16", 2}, {"I16", 2}};

size_t pulse_dtype_bytes(pulse_dtype dtype)
{
    return (size_t)dtype < sizeof dtypes / sizeof *dtypes ? dtypes[dtype].bytes : 0;
}

const char *pulse_dtype_name(pulse_dtype dtype)
{
    return (size_t)dtype < sizeof dtypes / sizeof *dtypes ? dtypes[dtype].name : "?";
}

bool pulse_tensor_bytes(const pulse_tensor *tensor, uint64_t *bytes)
{
    uint64_t product = pulse_dtype_bytes(tensor->dtype);
    bool empty = false;
    for (uint32_t i = 0; i < tensor->rank; ++i) {
        if (tensor->shape[i] == 0)
            empty = true;
        else if (product > UINT64_MAX / tensor->shape[i])
            return false;
        else
            product *= tensor->shape[i];
    }
    *bytes = empty ? 0 : product;
    return true;
}

static pulse_status read_dtype(pulse_json_object from, pulse_dtype *out, pulse_error *error)
{
    /* What the specification has besides; readers of such files should hear the right reason. */
    static const char *const others[] = {"BOOL",    "U8",      "U16",    "U32",     "F64",
                                         "U64",     "F4",      "C64",    "F6_E2M3", "F6_E3M2",
                                         "F8_E5M2", "F8_E4M3", "F8_E8M0"};
    const char *name;
    pulse_status status = pulse_json_get_text(from, "dtype", true, &name, error);
    if (status != PULSE_OK)
        return status;
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; ++i) {
        if (strcmp(name, dtypes[i].name) == 0) {
            *out = (pulse_dtype)i;
            return PULSE_OK;
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; ++i)
        if (strcmp(name, others[i]) == 0)
            return pulse_fail(
                error, PULSE_E_UNSUPPORTED,
                "%s: dtype %s is not supported here: only F32, F16, BF16, I8, I16, I32 and I64 are",
                from.where, name);
    return pulse_fail(error, PULSE_E_FORMAT, "%s: \"%.32s\" is not a dtype of safetensors",
                      from.where, name);
}

static pulse_status read_shape(pulse_json_object from, pulse_tensor *tensor, pulse_error *error)
{
    const cJSON *array;
    pulse_status status = pulse_json_get(from, "shape", PULSE_JSON_ARRAY, true, &array, error);
    if (status != PULSE_OK)
        return status;
    for (const cJSON *item = array->child; item; item = item->next) {
        if (tensor->rank == 4)
            return pulse_fail(error, PULSE_E_UNSUPPORTED, "%s: more than 4 dimensions", from.where);
        if (!pulse_json_is_integer(item, PULSE_JSON_MAX_INTEGER, &tensor->shape[tensor->rank]))
            return pulse_fail(error, PULSE_E_FORMAT,
                              "%s: \"shape\" must be whole numbers of 0 and more", from.where);
        ++tensor->rank;
    }
    return PULSE_OK;
}

/* "data_offsets": [begin, end), counted from the end of the header. */
static pulse_status read_offsets(pulse_json_object from, const uint8_t *data, uint64_t data_bytes,
                                 pulse_tensor *tensor, pulse_error *error)
{
    const cJSON *array;
    pulse_status status =
        pulse_json_get(from, "data_offsets", PULSE_JSON_ARRAY, true, &array, error);
    if (status != PULSE_OK)
        return status;
    const cJSON *first = array->child;
    const cJSON *second = first ? first->next : NULL;
    uint64_t begin;
    uint64_t end;
    if (!second || second->next || !pulse_json_is_integer(first, PULSE_JSON_MAX_INTEGER, &begin) ||
        !pulse_json_is_integer(second, PULSE_JSON_MAX_INTEGER, &end) || begin > end)
        return pulse_fail(error, PULSE_E_FORMAT,
                          "%s: \"data_offsets\" must be [begin, end] with begin <= end",
                          from.where);
    if (end > data_bytes)
        return pulse_fail(error, PULSE_E_FORMAT,
                          "%s: ends at byte %llu of the data, which has %llu: the file is "
                          "truncated or damaged",
                          from.where, (unsigned long long)end, (unsigned long long)data_bytes);
    uint64_t needed;
    if (!pulse_tensor_bytes(tensor, &needed) || needed != end - begin)
        return pulse_fail(error, PULSE_E_FORMAT,
                          "%s: \"data_offsets\" span %llu bytes, which is not what dtype and shape "
                          "need",
                          from.where, (unsigned long long)(end - begin));
    tensor->data = data + begin;
    tensor->bytes = (size_t)needed;
    const size_t width = pulse_dtype_bytes(tensor->dtype);
    if (width == 0 || (uintptr_t)tensor->data % width != 0)
        return pulse_fail(error, PULSE_E_UNSUPPORTED,
                          "%s: its data is not aligned for dtype %s: save the file again with the "
                          "widest dtypes first",
                          from.where, pulse_dtype_name(tensor->dtype));
    return PULSE_OK;
}

static pulse_status read_tensor(const pulse_safetensors *view, const cJSON *json,
                                const uint8_t *data, uint64_t data_bytes, pulse_tensor *tensor,
                                pulse_error *error)
{
    char where[256];
    snprintf(where, sizeof where, "%.120stensor \"%.100s\"", view->what, json->string);
    pulse_json_object from = {json, where};
    if (!cJSON_IsObject(json))
        return pulse_fail(error, PULSE_E_FORMAT, "%s is %s, it must be an object", where,
                          pulse_json_type_name(json));
    tensor->name = json->string;
    pulse_status status = read_dtype(from, &tensor->dtype, error);
    if (status == PULSE_OK)
        status = read_shape(from, tensor, error);
    if (status == PULSE_OK)
        status = read_offsets(from, data, data_bytes, tensor, error);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const pulse_tensor *)a)->name, ((const pulse_tensor *)b)->name);
}

/* An empty tensor sorts before the one that starts where it stands. */
static int by_place(const void *a, const void *b)
{
    const pulse_tensor *left = a;
    const pulse_tensor *right = b;
    uintptr_t left_at = (uintptr_t)left->data;
    uintptr_t right_at = (uintptr_t)right->data;
    if (left_at != right_at)
        return left_at < right_at ? -1 : 1;
    return left->bytes < right->bytes ? -1 : left->bytes > right->bytes;
}

/* The tensors cover the data from its first byte to its last, each byte once. */
static pulse_status check_cover(pulse_safetensors *view, const uint8_t *data, uint64_t data_bytes,
                                pulse_error *error)
{
    if (view->count)
        qsort(view->tensors, view->count, sizeof *view->tensors, by_place);
    uint64_t at = 0;
    for (size_t i = 0; i < view->count; ++i) {
        const pulse_tensor *tensor = &view->tensors[i];
        uint64_t begin = (uint64_t)((const uint8_t *)tensor->data - data);
        if (begin != at)
            return pulse_fail(error, PULSE_E_FORMAT,
                              "%stensor \"%.100s\" starts at byte %llu of the data, where byte "
                              "%llu is next: tensors may neither overlap nor leave a gap",
                              view->what, tensor->name, (unsigned long long)begin,
                              (unsigned long long)at);
        at = begin + tensor->bytes;
    }
    if (at != data_bytes)
        return pulse_fail(error, PULSE_E_FORMAT, "%s%llu bytes of the data belong to no tensor",
                          view->what, (unsigned long long)(data_bytes - at));
    return PULSE_OK;
}

static pulse_status read_metadata(pulse_safetensors *view, const cJSON *json, pulse_error *error)
{
    if (!cJSON_IsObject(json))
        return pulse_fail(error, PULSE_E_FORMAT, "%s\"__metadata__\" is %s, it must be an object",
                          view->what, pulse_json_type_name(json));
    for (const cJSON *item = json->child; item; item = item->next)
        if (!cJSON_IsString(item))
            return pulse_fail(error, PULSE_E_FORMAT,
                              "%s\"__metadata__\": \"%.64s\" is %s, it must be a string",
                              view->what, item->string, pulse_json_type_name(item));
    view->metadata = json;
    return PULSE_OK;
}

static pulse_status read_header(pulse_safetensors *view, const uint8_t *data, uint64_t data_bytes,
                                pulse_error *error)
{
    size_t members = 0;
    for (const cJSON *item = view->json->child; item; item = item->next)
        ++members;
    view->tensors = pulse_calloc(members, sizeof *view->tensors);
    if (!view->tensors)
        return pulse_out_of_memory(error);
    for (const cJSON *item = view->json->child; item; item = item->next) {
        pulse_status status;
        if (strcmp(item->string, "__metadata__") != 0)
            status =
                read_tensor(view, item, data, data_bytes, &view->tensors[view->count++], error);
        else if (view->metadata)
            status =
                pulse_fail(error, PULSE_E_FORMAT, "%s\"__metadata__\" is there twice", view->what);
        else
            status = read_metadata(view, item, error);
        if (status != PULSE_OK)
            return status;
    }
    pulse_status status = check_cover(view, data, data_bytes, error);
    if (status != PULSE_OK)
        return status;
    if (view->count)
        qsort(view->tensors, view->count, sizeof *view->tensors, by_name);
    for (size_t i = 1; i < view->count; ++i)
        if (strcmp(view->tensors[i - 1].name, view->tensors[i].name) == 0)
            return pulse_fail(error, PULSE_E_FORMAT, "%stensor \"%.100s\" is there twice",
                              view->what, view->tensors[i].name);
    return PULSE_OK;
}

static pulse_status parse(pulse_safetensors *view, const uint8_t *bytes, size_t size,
                          pulse_error *error)
{
    if (size < PREFIX)
        return pulse_fail(error, PULSE_E_FORMAT,
                          "%sis %zu bytes, a safetensors file has at least %d: it is truncated",
                          view->what, size, PREFIX);
    uint64_t header = 0;
    for (int i = PREFIX - 1; i >= 0; --i)
        header = header << 8 | bytes[i];
    if (header > MAX_HEADER)
        return pulse_fail(error, PULSE_E_FORMAT,
                          "%sits header would be %llu bytes, the limit is %llu: not a safetensors "
                          "file, or damaged",
                          view->what, (unsigned long long)header, (unsigned long long)MAX_HEADER);
    if (header > size - PREFIX)
        return pulse_fail(error, PULSE_E_FORMAT,
                          "%sits header is %llu bytes, the file has %zu left: it is truncated",
                          view->what, (unsigned long long)header, size - PREFIX);
    if (header == 0 || bytes[PREFIX] != '{')
        return pulse_fail(error, PULSE_E_FORMAT, "%sits header does not start with '{'",
                          view->what);
    pulse_status status = pulse_json_parse((const char *)bytes + PREFIX, (size_t)header, "header",
                                           &view->json, error);
    if (status != PULSE_OK) {
        if (view->what[0]) {
            view->what[strlen(view->what) - 2] = '\0'; /* pulse_fail_in adds ": " itself */
            pulse_fail_in(error, status, view->what);
        }
        return status;
    }
    return read_header(view, bytes + PREFIX + header, size - PREFIX - header, error);
}

pulse_status pulse_safetensors_parse(const uint8_t *bytes, size_t size, const char *what,
                                     pulse_safetensors **out, pulse_error *error)
{
    *out = NULL;
    pulse_safetensors *view = pulse_calloc(1, sizeof *view);
    size_t length = what ? strlen(what) : 0;
    char *copy = pulse_malloc(length + 3);
    if (!view || !copy) {
        pulse_free(view);
        pulse_free(copy);
        return pulse_out_of_memory(error);
    }
    snprintf(copy, length + 3, "%s%s", what ? what : "", what ? ": " : "");
    view->what = copy;
    pulse_status status = parse(view, bytes, size, error);
    if (status != PULSE_OK) {
        pulse_safetensors_free(view);
        return status;
    }
    *out = view;
    return PULSE_OK;
}

void pulse_safetensors_free(pulse_safetensors *view)
{
    if (!view)
        return;
    cJSON_Delete(view->json);
    pulse_free(view->tensors);
    pulse_free(view->what);
    pulse_free(view);
}

const pulse_tensor *pulse_safetensors_tensors(const pulse_safetensors *view, size_t *count)
{
    *count = view->count;
    return view->tensors;
}

const pulse_tensor *pulse_safetensors_find(const pulse_safetensors *view, const char *name)
{
    const pulse_tensor key = {.name = name};
    return view->count ? bsearch(&key, view->tensors, view->count, sizeof key, by_name) : NULL;
}

static void format_shape(char out[96], uint32_t rank, const uint64_t *shape)
{
    size_t used = (size_t)snprintf(out, 96, "[");
    for (uint32_t i = 0; i < rank && used < 96; ++i) {
        const char *comma = i ? ", " : "";
        if (shape[i])
            used += (size_t)snprintf(out + used, 96 - used, "%s%llu", comma,
                                     (unsigned long long)shape[i]);
        else
            used += (size_t)snprintf(out + used, 96 - used, "%s?", comma);
    }
    if (used < 95)
        snprintf(out + used, 96 - used, "]");
}

pulse_status pulse_safetensors_expect(const pulse_safetensors *view, const char *name,
                                      pulse_dtype dtype, uint32_t rank, const uint64_t *shape,
                                      const pulse_tensor **out, pulse_error *error)
{
    *out = NULL;
    const pulse_tensor *tensor = pulse_safetensors_find(view, name);
    if (!tensor)
        return pulse_fail(error, PULSE_E_FORMAT, "%stensor \"%s\" is missing", view->what, name);
    bool same = tensor->dtype == dtype && tensor->rank == rank;
    for (uint32_t i = 0; same && i < rank; ++i)
        same = shape[i] == 0 || shape[i] == tensor->shape[i];
    if (!same) {
        char found[96];
        char wanted[96];
        format_shape(found, tensor->rank, tensor->shape);
        format_shape(wanted, rank, shape);
        return pulse_fail(error, PULSE_E_FORMAT, "%stensor \"%s\" is %s %s, it must be %s %s",
                          view->what, name, pulse_dtype_name(tensor->dtype), found,
                          pulse_dtype_name(dtype), wanted);
    }
    *out = tensor;
    return PULSE_OK;
}

const char *pulse_safetensors_metadata(const pulse_safetensors *view, const char *key)
{
    if (!view->metadata)
        return NULL;
    for (const cJSON *item = view->metadata->child; item; item = item->next)
        if (strcmp(item->string, key) == 0)
            return item->valuestring;
    return NULL;
}
