/* What an engine is made of, for engine.c and the rooms above it (embed.c, text.c, json/). */
#ifndef PULSE_ENGINE_H
#define PULSE_ENGINE_H

#include "bundle/bundle.h"
#include "catalog/catalog.h"
#include "index/index.h"
#include "map/map_file.h"

struct pulse_engine {
    pulse_engine_params params;
    pulse_bundle *bundle;
    pulse_file catalog_file; /* what `catalog` reads from */
    pulse_file vectors_file; /* what `index` reads from */
    pulse_catalog *catalog;
    pulse_index *index;
    /* What is not in the catalogue needs these; NULL until then. */
    pulse_autoencoder *autoencoder;
    pulse_file map_file; /* what `map` points into */
    const int16_t *map;
    pulse_file encoder_file; /* what `encoder` reads from */
    pulse_encoder *encoder;
    pulse_tokenizer *tokenizer; /* where only that was asked for */
};

/* text.c: frees what it opened. */
void pulse_engine_close_text(pulse_engine *engine);

#endif
