/* safetensors: a view of tensors inside bytes that stay the caller's. */
#ifndef PULSE_BUNDLE_SAFETENSORS_H
#define PULSE_BUNDLE_SAFETENSORS_H

#include "pulse.h"

typedef struct pulse_safetensors pulse_safetensors;

/* Checks the whole header: names, dtypes, shapes, that offsets fit, do not overlap and leave no
 * hole. `bytes` must outlive the view. `what` names the file in messages; NULL: no name. */
pulse_status pulse_safetensors_parse(const uint8_t *bytes, size_t size, const char *what,
                                     pulse_safetensors **out, pulse_error *error);
void pulse_safetensors_free(pulse_safetensors *view);

/* All tensors, [count], by name in the order of strcmp. */
const pulse_tensor *pulse_safetensors_tensors(const pulse_safetensors *view, size_t *count);
/* NULL where there is no tensor of that name. Its data is aligned for its dtype or the parse
 * failed. */
const pulse_tensor *pulse_safetensors_find(const pulse_safetensors *view, const char *name);
/* The tensor, checked to be of that dtype and shape; 0 in `shape` accepts any extent. */
pulse_status pulse_safetensors_expect(const pulse_safetensors *view, const char *name,
                                      pulse_dtype dtype, uint32_t rank, const uint64_t *shape,
                                      const pulse_tensor **out, pulse_error *error);
/* A metadata value, or NULL; the first of several with that key. */
const char *pulse_safetensors_metadata(const pulse_safetensors *view, const char *key);

#endif
