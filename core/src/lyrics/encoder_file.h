/* The encoder's file (docs/bundle-format.md, "Encoder"): settings and tensors, checked. */
#ifndef PULSE_LYRICS_ENCODER_FILE_H
#define PULSE_LYRICS_ENCODER_FILE_H

#include "nn/dense.h"

#define PULSE_ENCODER_FORMAT "playlistpulse-encoder"
#define PULSE_ENCODER_VERSION "1"
#define PULSE_ENCODER_MAX_LAYERS 48

typedef enum pulse_pooling { PULSE_POOL_MEAN = 0, PULSE_POOL_CLS = 1 } pulse_pooling;

typedef struct pulse_encoder_config {
    uint32_t layers;
    uint32_t width;
    uint32_t heads;
    uint32_t intermediate;
    uint32_t positions;
    uint32_t words;
    float epsilon; /* of the layer norms */
    pulse_pooling pooling;
    bool normalise; /* to unit length */
    pulse_tokenizer_params tokenizer;
    char vocab_sha256[65];
} pulse_encoder_config;

/* Rows that are looked up: int8 with a scale per row, or f32. */
typedef struct pulse_table {
    const int8_t *int8; /* NULL: f32 */
    const float *scale; /* [rows], with int8 */
    const float *f32;
} pulse_table;

typedef struct pulse_norm {
    const float *weight; /* [width] */
    const float *bias;   /* [width] */
} pulse_norm;

typedef struct pulse_encoder_layer {
    pulse_matrix qkv;      /* query, key and value, one below the other: [3 * width, width] */
    pulse_matrix attended; /* [width, width] */
    pulse_norm attended_norm;
    pulse_matrix up;   /* [intermediate, width] */
    pulse_matrix down; /* [width, intermediate] */
    pulse_norm down_norm;
} pulse_encoder_layer;

typedef struct pulse_encoder_file {
    pulse_encoder_config config;
    pulse_safetensors *view;
    pulse_table words;     /* [words, width] */
    pulse_table positions; /* [positions, width] */
    const float *type;     /* [width] the first token type's row */
    pulse_norm norm;
    pulse_encoder_layer layers[PULSE_ENCODER_MAX_LAYERS];
} pulse_encoder_file;

/* Only the settings. */
pulse_status pulse_encoder_config_read(const uint8_t *bytes, size_t size, pulse_encoder_config *out,
                                       pulse_error *error);
/* Everything points into `bytes`, which must outlive it. Call pulse_encoder_file_close in every
 * case. */
pulse_status pulse_encoder_file_open(const uint8_t *bytes, size_t size, pulse_encoder_file *out,
                                     pulse_error *error);
void pulse_encoder_file_close(pulse_encoder_file *file);

#endif
