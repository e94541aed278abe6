/* Any bytes as a safetensors file: refused, or every byte of every tensor can be read, and writing
 * the tensors gives a file that reads the same. */

#include "pulse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const pulse_tensor *tensors, size_t count, const char *format)
{
    const pulse_pair metadata = {"format", format ? format : ""};
    uint8_t *bytes;
    size_t written;
    /* Refused where the order by name leaves one of them unaligned. */
    if (pulse_safetensors_write(tensors, count, &metadata, 1, &bytes, &written, NULL) != PULSE_OK)
        return;
    pulse_safetensors *view;
    if (pulse_safetensors_parse(bytes, written, "again", &view, NULL) != PULSE_OK)
        abort();
    for (size_t i = 0; i < count; ++i) {
        const pulse_tensor *found;
        if (pulse_safetensors_expect(view, tensors[i].name, tensors[i].dtype, tensors[i].rank,
                                     tensors[i].shape, &found, NULL) != PULSE_OK ||
            found->bytes != tensors[i].bytes ||
            (found->bytes && memcmp(found->data, tensors[i].data, found->bytes) != 0))
            abort();
    }
    if (strcmp(pulse_safetensors_metadata(view, "format"), metadata.value) != 0)
        abort();
    pulse_safetensors_free(view);
    pulse_bytes_free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pulse_safetensors *view;
    pulse_error error;
    if (pulse_safetensors_parse(data, size, "file", &view, &error) != PULSE_OK)
        return 0;
    size_t count;
    const pulse_tensor *tensors = pulse_safetensors_tensors(view, &count);
    check_again(tensors, count, pulse_safetensors_metadata(view, "format"));
    pulse_safetensors_free(view);
    return 0;
}
