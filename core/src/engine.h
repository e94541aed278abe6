/* What an engine is made of, for engine.c and the rooms above it (embed.c, json/). */
#ifndef PULSE_ENGINE_H
#define PULSE_ENGINE_H

#include "bundle/bundle.h"
#include "catalog/catalog.h"
#include "index/index.h"

struct pulse_engine {
    pulse_engine_params params;
    pulse_bundle *bundle;
    pulse_file catalog_file; /* what `catalog` reads from */
    pulse_file vectors_file; /* what `index` reads from */
    pulse_catalog *catalog;
    pulse_index *index;
    pulse_autoencoder *autoencoder; /* NULL until it is needed */
};

#endif
