/* safetensors: what is written reads back, and headers that lie are refused with the tensor's name.
 */
#include "expect.h"

#include "bundle/dtype.h"

/* A file from a header and as many data bytes; at an address that is a multiple of 8. */
static uint8_t *file_of(const char *header, size_t data, size_t *size)
{
    size_t length = strlen(header);
    *size = 8 + length + data;
    uint8_t *bytes = calloc(1, *size);
    assert_non_null(bytes);
    for (int i = 0; i < 8; ++i)
        bytes[i] = (uint8_t)(length >> (8 * i));
    memcpy(bytes + 8, header, length);
    return bytes;
}

static const float floats[] = {1.5f, -2.0f, 0.25f, 3.0f, 4.0f, 5.0f};
static const int8_t small[] = {1, -2, 3};
static const int32_t whole[] = {7};
static const int16_t halves[] = {-32767, 258};

static uint8_t *write_sample(size_t *size)
{
    const pulse_tensor tensors[] = {
        {"matrix", PULSE_F32, 2, {2, 3}, floats, sizeof floats},
        {"scalar", PULSE_I32, 0, {0}, whole, sizeof whole},
        {"halves", PULSE_I16, 1, {2}, halves, sizeof halves},
        {"nothing", PULSE_F16, 2, {0, 5}, NULL, 0},
        {"bytes \"\\\n\xc3\xa9", PULSE_I8, 1, {3}, small, sizeof small}};
    const pulse_pair metadata[] = {{"format", "test"},
                                   {"text", "a \"b\" \\ \t \x7f \xf0\x9f\x8e\xb5"}};
    uint8_t *bytes;
    expect_ok(pulse_safetensors_write(tensors, 5, metadata, 2, &bytes, size, error));
    return bytes;
}

static void what_is_written_reads_back(void **context)
{
    (void)context;
    size_t size;
    uint8_t *bytes = write_sample(&size);
    pulse_safetensors *view;
    expect_ok(pulse_safetensors_parse(bytes, size, "x", &view, error));
    const pulse_tensor *tensor = pulse_safetensors_find(view, "matrix");
    assert_non_null(tensor);
    assert_int_equal(tensor->dtype, PULSE_F32);
    assert_int_equal(tensor->rank, 2);
    assert_int_equal(tensor->shape[0], 2);
    assert_int_equal(tensor->shape[1], 3);
    assert_int_equal(tensor->bytes, sizeof floats);
    assert_memory_equal(tensor->data, floats, sizeof floats);
    tensor = pulse_safetensors_find(view, "scalar");
    assert_non_null(tensor);
    assert_int_equal(tensor->rank, 0);
    assert_memory_equal(tensor->data, whole, sizeof whole);
    tensor = pulse_safetensors_find(view, "halves");
    assert_non_null(tensor);
    assert_int_equal(tensor->dtype, PULSE_I16);
    assert_memory_equal(tensor->data, halves, sizeof halves);
    tensor = pulse_safetensors_find(view, "nothing");
    assert_non_null(tensor);
    assert_int_equal(tensor->bytes, 0);
    tensor = pulse_safetensors_find(view, "bytes \"\\\n\xc3\xa9");
    assert_non_null(tensor);
    assert_memory_equal(tensor->data, small, sizeof small);
    assert_null(pulse_safetensors_find(view, "absent"));
    size_t count;
    assert_string_equal(pulse_safetensors_tensors(view, &count)[2].name, "matrix");
    assert_int_equal(count, 5);
    assert_string_equal(pulse_safetensors_metadata(view, "format"), "test");
    assert_string_equal(pulse_safetensors_metadata(view, "text"),
                        "a \"b\" \\ \t \x7f \xf0\x9f\x8e\xb5");
    assert_null(pulse_safetensors_metadata(view, "absent"));
    pulse_safetensors_free(view);
    pulse_safetensors_free(NULL);
    pulse_bytes_free(bytes);
    pulse_bytes_free(NULL);
}

/* Byte for byte, so that an accidental change of the format fails. */
static void written_bytes_are_these(void **context)
{
    (void)context;
    static const char header[] =
        "{\"__metadata__\":{\"k\":\"v\"},\"a\":{\"dtype\":\"I8\",\"shape\":"
        "[3],\"data_offsets\":[0,3]}}   ";
    const pulse_tensor tensor = {"a", PULSE_I8, 1, {3}, small, 3};
    const pulse_pair pair = {"k", "v"};
    uint8_t *bytes;
    size_t size;
    expect_ok(pulse_safetensors_write(&tensor, 1, &pair, 1, &bytes, &size, error));
    size_t length = bytes[0] + 256u * bytes[1];
    assert_int_equal(length % 8, 0);
    assert_int_equal(size, 8 + length + 3);
    static const uint8_t zeros[6] = {0};
    assert_memory_equal(bytes + 2, zeros, 6);
    assert_memory_equal(bytes + 8, header, strcspn(header, " "));
    for (size_t i = strcspn(header, " "); i < length; ++i)
        assert_int_equal(bytes[8 + i], ' ');
    assert_memory_equal(bytes + 8 + length, small, 3);
    pulse_bytes_free(bytes);
    expect_ok(pulse_safetensors_write(NULL, 0, NULL, 0, &bytes, &size, error));
    assert_int_equal(size, 16);
    assert_memory_equal(bytes, "\x08\0\0\0\0\0\0\0{}      ", 16);
    pulse_safetensors *view;
    expect_ok(pulse_safetensors_parse(bytes, size, "x", &view, error));
    assert_null(pulse_safetensors_find(view, "a"));
    pulse_safetensors_free(view);
    pulse_bytes_free(bytes);
}

static void text_that_is_not_utf8_is_written_as_replacement(void **context)
{
    (void)context;
    const pulse_pair pair = {"k", "a\xff\xc3"};
    uint8_t *bytes;
    size_t size;
    expect_ok(pulse_safetensors_write(NULL, 0, &pair, 1, &bytes, &size, error));
    pulse_safetensors *view;
    expect_ok(pulse_safetensors_parse(bytes, size, "x", &view, error));
    assert_string_equal(pulse_safetensors_metadata(view, "k"), "a\xef\xbf\xbd\xef\xbf\xbd");
    pulse_safetensors_free(view);
    pulse_bytes_free(bytes);
}

static void writer_refuses(const pulse_tensor *tensors, size_t count, const char *text)
{
    uint8_t *bytes;
    size_t size;
    expect_fail(PULSE_E_ARGUMENT, text,
                pulse_safetensors_write(tensors, count, NULL, 0, &bytes, &size, error));
    assert_null(bytes);
    assert_int_equal(size, 0);
}

static void writer_refuses_what_could_not_be_read(void **context)
{
    (void)context;
    const pulse_tensor good = {"a", PULSE_I8, 1, {3}, small, 3};
    pulse_tensor pair[2] = {good, good};
    writer_refuses(pair, 2, "tensor \"a\" is given twice");
    pair[1] = (pulse_tensor){"b", PULSE_F32, 1, {1}, floats, 4};
    writer_refuses(pair, 2, "tensor \"b\" would not be aligned");
    pulse_tensor bad = good;
    bad.name = "__metadata__";
    writer_refuses(&bad, 1, "needs a name");
    bad.name = NULL;
    writer_refuses(&bad, 1, "needs a name");
    bad = good;
    bad.bytes = 2;
    writer_refuses(&bad, 1, "is given 2 bytes");
    bad = good;
    bad.rank = 5;
    writer_refuses(&bad, 1, "more than 4 dimensions");
    bad = good;
    bad.data = NULL;
    writer_refuses(&bad, 1, "has no data");
    bad = good;
    bad.dtype = (pulse_dtype)9;
    writer_refuses(&bad, 1, "no known dtype");
    bad = (pulse_tensor){"a", PULSE_F32, 4, {65536, 65536, 65536, 65536}, small, 0};
    writer_refuses(&bad, 1, "is given 0 bytes");
    const pulse_pair twice[] = {{"k", "1"}, {"k", "2"}};
    uint8_t *bytes;
    size_t size;
    expect_fail(PULSE_E_ARGUMENT, "metadata \"k\" is given twice",
                pulse_safetensors_write(NULL, 0, twice, 2, &bytes, &size, error));
    const pulse_pair half = {"k", NULL};
    expect_fail(PULSE_E_ARGUMENT, "a key and a value",
                pulse_safetensors_write(NULL, 0, &half, 1, &bytes, &size, error));
}

#define T(dtype, shape, offsets)                                                                   \
    "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

/* Each header is padded by spaces, inside the last brace, until the data is aligned. */
static const struct {
    const char *header;
    size_t data;
    pulse_status status;
    const char *message;
} bad[] = {
    {"", 0, PULSE_E_FORMAT, "file: its header does not start with '{'"},
    {"[]", 0, PULSE_E_FORMAT, "does not start with '{'"},
    {" {}", 0, PULSE_E_FORMAT, "does not start with '{'"},
    {"{", 0, PULSE_E_FORMAT, "file: header: line 1, column"},
    {"{}x", 0, PULSE_E_FORMAT, "file: header: line 1, column 3: more text"},
    {"{}", 1, PULSE_E_FORMAT, "1 bytes of the data belong to no tensor"},
    {"{\"a\":1}", 0, PULSE_E_FORMAT, "file: tensor \"a\" is a number, it must be an object"},
    {"{\"a\":{}}", 0, PULSE_E_FORMAT, "file: tensor \"a\": \"dtype\" is missing"},
    {"{\"a\":{\"dtype\":3}}", 0, PULSE_E_FORMAT, "\"dtype\" is a number"},
    {"{\"a\":" T("Q4", "[1]", "[0,1]") "}", 1, PULSE_E_FORMAT, "\"Q4\" is not a dtype"},
    {"{\"a\":" T("f32", "[1]", "[0,4]") "}", 4, PULSE_E_FORMAT, "\"f32\" is not a dtype"},
    {"{\"a\":" T("U16", "[1]", "[0,2]") "}", 2, PULSE_E_UNSUPPORTED, "dtype U16 is not supported"},
    {"{\"a\":" T("F64", "[1]", "[0,8]") "}", 8, PULSE_E_UNSUPPORTED, "dtype F64 is not supported"},
    {"{\"a\":" T("I8", "7", "[0,7]") "}", 7, PULSE_E_FORMAT, "\"shape\" is a number"},
    {"{\"a\":" T("I8", "[\"7\"]", "[0,7]") "}", 7, PULSE_E_FORMAT,
     "\"shape\" must be whole numbers"},
    {"{\"a\":" T("I8", "[-7]", "[0,7]") "}", 7, PULSE_E_FORMAT, "\"shape\" must be whole numbers"},
    {"{\"a\":" T("I8", "[6.5]", "[0,7]") "}", 7, PULSE_E_FORMAT, "\"shape\" must be whole numbers"},
    {"{\"a\":" T("I8", "[1e300]", "[0,7]") "}", 7, PULSE_E_FORMAT, "\"shape\" must be whole"},
    {"{\"a\":" T("I8", "[9007199254740993]", "[0,7]") "}", 7, PULSE_E_FORMAT, "\"shape\" must be"},
    {"{\"a\":" T("I8", "[1,1,1,1,1]", "[0,1]") "}", 1, PULSE_E_UNSUPPORTED,
     "more than 4 dimensions"},
    /* 2^52 squared is 0 in 64 bits, 2^62 * 4 too */
    {"{\"a\":" T("I8", "[4503599627370496,4503599627370496]", "[0,0]") "}", 0, PULSE_E_FORMAT,
     "span 0 bytes, which is not what"},
    {"{\"a\":" T("F32", "[2147483648,2147483648]", "[0,0]") "}", 0, PULSE_E_FORMAT, "span 0 bytes"},
    {"{\"a\":" T("F32", "[1]", "[0,3]") "}", 3, PULSE_E_FORMAT, "span 3 bytes"},
    {"{\"a\":" T("I8", "[]", "[0,0]") "}", 0, PULSE_E_FORMAT, "span 0 bytes"},
    {"{\"a\":" T("I8", "[1]", "[0]") "}", 1, PULSE_E_FORMAT, "must be [begin, end]"},
    {"{\"a\":" T("I8", "[1]", "[]") "}", 1, PULSE_E_FORMAT, "must be [begin, end]"},
    {"{\"a\":" T("I8", "[1]", "[0,1,1]") "}", 1, PULSE_E_FORMAT, "must be [begin, end]"},
    {"{\"a\":" T("I8", "[1]", "[1,0]") "}", 1, PULSE_E_FORMAT, "must be [begin, end]"},
    {"{\"a\":" T("I8", "[1]", "[-1,0]") "}", 1, PULSE_E_FORMAT, "must be [begin, end]"},
    {"{\"a\":" T("I8", "[1]", "{}") "}", 1, PULSE_E_FORMAT, "\"data_offsets\" is an object"},
    {"{\"a\":" T("I8", "[9]", "[0,9]") "}", 8, PULSE_E_FORMAT,
     "ends at byte 9 of the data, which has 8"},
    {"{\"a\":" T("I8", "[1]", "[0,9007199254740991]") "}", 1, PULSE_E_FORMAT, "ends at byte"},
    {"{\"a\":" T("I8", "[4]", "[0,4]") ",\"b\":" T("I8", "[4]", "[3,7]") "}", 7, PULSE_E_FORMAT,
     "tensor \"b\" starts at byte 3 of the data, where byte 4 is next"},
    {"{\"b\":" T("I8", "[4]", "[5,9]") ",\"a\":" T("I8", "[4]", "[0,4]") "}", 9, PULSE_E_FORMAT,
     "tensor \"b\" starts at byte 5 of the data, where byte 4 is next"},
    {"{\"a\":" T("I8", "[4]", "[0,4]") ",\"b\":" T("I8", "[4]", "[0,4]") "}", 4, PULSE_E_FORMAT,
     "starts at byte 0 of the data, where byte 4 is next"},
    {"{\"a\":" T("I8", "[4]", "[2,6]") "}", 6, PULSE_E_FORMAT, "starts at byte 2"},
    {"{\"a\":" T("I8", "[4]", "[0,4]") "}", 5, PULSE_E_FORMAT, "1 bytes of the data belong to no"},
    {"{\"a\":" T("I8", "[0]", "[3,3]") ",\"b\":" T("I8", "[4]", "[0,4]") "}", 4, PULSE_E_FORMAT,
     "tensor \"a\" starts at byte 3"},
    {"{\"a\":" T("I8", "[4]", "[0,4]") ",\"a\":" T("I8", "[4]", "[4,8]") "}", 8, PULSE_E_FORMAT,
     "tensor \"a\" is there twice"},
    {"{\"a\":{\"dtype\":\"I8\",\"dtype\":\"I8\",\"shape\":[],\"data_offsets\":[0,1]}}", 1,
     PULSE_E_FORMAT, "\"dtype\" is there twice"},
    {"{\"a\":" T("I8", "[1]", "[0,1]") ",\"b\":" T("F32", "[1]", "[1,5]") "}", 5,
     PULSE_E_UNSUPPORTED, "tensor \"b\": its data is not aligned for dtype F32"},
    {"{\"__metadata__\":[]}", 0, PULSE_E_FORMAT, "\"__metadata__\" is an array"},
    {"{\"__metadata__\":{\"k\":1}}", 0, PULSE_E_FORMAT, "\"k\" is a number, it must be a string"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, PULSE_E_FORMAT,
     "\"__metadata__\" is there twice"},
    {"{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 0, PULSE_E_FORMAT, "nested too deeply"},
    {"{\"a\\u0000b\":1}", 0, PULSE_E_FORMAT, "U+0000"},
};

static void headers_that_lie_are_refused(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        char padded[512];
        size_t length = strlen(bad[i].header);
        memcpy(padded, bad[i].header, length + 1);
        if (length && padded[length - 1] == '}') {
            while (length % 8 != 7)
                padded[length++ - 1] = ' ';
            padded[length - 1] = ' ';
            padded[length++] = '}';
            padded[length] = '\0';
        }
        size_t size;
        uint8_t *bytes = file_of(padded, bad[i].data, &size);
        pulse_safetensors *view;
        expect_fail(bad[i].status, bad[i].message,
                    pulse_safetensors_parse(bytes, size, "file", &view, error));
        assert_null(view);
        free(bytes);
    }
}

static void header_lengths_that_lie_are_refused(void **context)
{
    (void)context;
    pulse_safetensors *view;
    expect_fail(PULSE_E_FORMAT, "is 0 bytes",
                pulse_safetensors_parse(NULL, 0, "file", &view, error));
    uint8_t bytes[16] = {2, 0, 0, 0, 0, 0, 0, 0, '{', '}'};
    expect_fail(PULSE_E_FORMAT, "file: is 7 bytes",
                pulse_safetensors_parse(bytes, 7, "file", &view, error));
    expect_fail(PULSE_E_FORMAT, "its header is 2 bytes, the file has 1 left",
                pulse_safetensors_parse(bytes, 9, "file", &view, error));
    expect_ok(pulse_safetensors_parse(bytes, 10, "file", &view, error));
    pulse_safetensors_free(view);
    bytes[3] = 2;
    expect_fail(PULSE_E_FORMAT, "would be 33554434 bytes, the limit is 16777216",
                pulse_safetensors_parse(bytes, 10, "file", &view, error));
    memset(bytes, 0xff, 8);
    expect_fail(PULSE_E_FORMAT, "would be 18446744073709551615 bytes",
                pulse_safetensors_parse(bytes, 10, NULL, &view, error));
}

static void a_file_at_an_odd_address_is_refused_when_it_holds_floats(void **context)
{
    (void)context;
    size_t size;
    uint8_t *bytes = write_sample(&size);
    uint8_t *odd = malloc(size + 1);
    assert_non_null(odd);
    memcpy(odd + 1, bytes, size);
    pulse_safetensors *view;
    expect_fail(PULSE_E_UNSUPPORTED, "not aligned",
                pulse_safetensors_parse(odd + 1, size, "file", &view, error));
    free(odd);
    pulse_bytes_free(bytes);
}

static void expect_checks_dtype_and_shape(void **context)
{
    (void)context;
    size_t size;
    uint8_t *bytes = write_sample(&size);
    pulse_safetensors *view;
    const pulse_tensor *tensor;
    expect_ok(pulse_safetensors_parse(bytes, size, "file", &view, error));
    const uint64_t any[] = {0, 0};
    const uint64_t right[] = {2, 3};
    const uint64_t wrong[] = {0, 4};
    expect_ok(pulse_safetensors_expect(view, "matrix", PULSE_F32, 2, any, &tensor, error));
    expect_ok(pulse_safetensors_expect(view, "matrix", PULSE_F32, 2, right, &tensor, error));
    expect_ok(pulse_safetensors_expect(view, "scalar", PULSE_I32, 0, NULL, &tensor, error));
    expect_fail(PULSE_E_FORMAT, "tensor \"matrix\" is F32 [2, 3], it must be F32 [?, 4]",
                pulse_safetensors_expect(view, "matrix", PULSE_F32, 2, wrong, &tensor, error));
    assert_null(tensor);
    expect_fail(PULSE_E_FORMAT, "it must be I8 [2, 3]",
                pulse_safetensors_expect(view, "matrix", PULSE_I8, 2, right, &tensor, error));
    expect_fail(PULSE_E_FORMAT, "it must be F32 [?]",
                pulse_safetensors_expect(view, "matrix", PULSE_F32, 1, any, &tensor, error));
    expect_fail(PULSE_E_FORMAT, "file: tensor \"absent\" is missing",
                pulse_safetensors_expect(view, "absent", PULSE_F32, 2, any, &tensor, error));
    pulse_safetensors_free(view);
    pulse_bytes_free(bytes);
}

static void read_everything(const uint8_t *bytes, size_t size)
{
    pulse_error error = {0};
    pulse_safetensors *view;
    if (pulse_safetensors_parse(bytes, size, "file", &view, &error) != PULSE_OK) {
        assert_true(error.message[0] != '\0');
        return;
    }
    size_t count;
    unsigned sum = 0;
    const pulse_tensor *tensors = pulse_safetensors_tensors(view, &count);
    for (size_t i = 0; i < count; ++i)
        for (size_t b = 0; b < tensors[i].bytes; ++b)
            sum += ((const uint8_t *)tensors[i].data)[b];
    assert_true(sum < UINT32_MAX);
    pulse_safetensors_free(view);
}

static void survives_any_damage(void **context)
{
    (void)context;
    size_t size;
    uint8_t *bytes = write_sample(&size);
    damage(bytes, size, 20000, read_everything);
    pulse_bytes_free(bytes);
}

/* No shorter file is ever taken for whole. */
static void truncation_is_always_noticed(void **context)
{
    (void)context;
    size_t size;
    uint8_t *bytes = write_sample(&size);
    for (size_t length = 0; length < size; ++length) {
        pulse_safetensors *view;
        expect_fail(PULSE_E_FORMAT, "",
                    pulse_safetensors_parse(bytes, length, "file", &view, error));
    }
    pulse_bytes_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(written_bytes_are_these),
        cmocka_unit_test(text_that_is_not_utf8_is_written_as_replacement),
        cmocka_unit_test(writer_refuses_what_could_not_be_read),
        cmocka_unit_test(headers_that_lie_are_refused),
        cmocka_unit_test(header_lengths_that_lie_are_refused),
        cmocka_unit_test(a_file_at_an_odd_address_is_refused_when_it_holds_floats),
        cmocka_unit_test(expect_checks_dtype_and_shape),
        cmocka_unit_test(truncation_is_always_noticed),
        cmocka_unit_test(survives_any_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
