/* The preprocessor's insides, shared by the file that reads it and the file that applies it. */
#ifndef PULSE_SONG_PREPROCESSOR_INTERNAL_H
#define PULSE_SONG_PREPROCESSOR_INTERNAL_H

#include "song/preprocessor.h"

#define PULSE_PREPROCESSOR_MAX_MODALITIES 64
#define PULSE_PREPROCESSOR_MAX_NUMERICAL 4096
#define PULSE_PREPROCESSOR_MAX_CATEGORICAL 256
#define PULSE_PREPROCESSOR_MAX_VALUES 4096 /* of one categorical feature */
#define PULSE_PREPROCESSOR_MAX_LYRICS 4096

typedef enum pulse_transform {
    PULSE_TRANSFORM_NONE,
    PULSE_TRANSFORM_LOG1P,
    PULSE_TRANSFORM_LOG,
    PULSE_TRANSFORM_LOGIT,
    PULSE_TRANSFORM_CIRCULAR
} pulse_transform;

typedef struct pulse_numerical {
    char *name;
    uint32_t modality;
    pulse_transform transform;
    double mean;
    double scale;  /* > 0 */
    double period; /* > 0, where circular, which has neither mean nor scale */
    double weight;
    uint32_t first; /* its first column; a circular feature has two, sine and cosine */
} pulse_numerical;

typedef struct pulse_category {
    char *text;
    char *folded;    /* with ASCII letters in lower case */
    uint32_t column; /* among the feature's own */
} pulse_category;

typedef struct pulse_categorical {
    char *name;
    uint32_t modality;
    float weight;
    bool multiple;  /* a song may have several of the values */
    uint32_t first; /* its first column among the categorical columns */
    uint32_t count;
    pulse_category *by_text;          /* [count] sorted */
    const pulse_category **by_folded; /* [count] sorted, equal ones by column */
} pulse_categorical;

struct pulse_preprocessor {
    pulse_layout layout;
    char **modalities;              /* [layout.modalities] */
    pulse_numerical *numerical;     /* [layout.numerical_features] */
    uint32_t *numerical_feature;    /* [layout.numerical] which feature a column is of */
    pulse_categorical *categorical; /* [layout.categorical_features] */
    uint32_t lyrics_modality;
    float lyrics_weight;
    uint32_t year;
    uint32_t genre;
};

/* Lower-cases ASCII letters in place. */
void pulse_preprocessor_fold(char *text);

#endif
