/* What reader and writer of safetensors both need to know of tensors. */
#ifndef PULSE_BUNDLE_DTYPE_H
#define PULSE_BUNDLE_DTYPE_H

#include "pulse.h"

/* The size of one element, which is also its alignment; 0: no such dtype. */
size_t pulse_dtype_bytes(pulse_dtype dtype);
/* As in the file: "F32". */
const char *pulse_dtype_name(pulse_dtype dtype);
/* The bytes that dtype and shape need; false where they do not fit into 64 bits. */
bool pulse_tensor_bytes(const pulse_tensor *tensor, uint64_t *bytes);

#endif
