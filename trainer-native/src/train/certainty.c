#include "train/certainty.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/log.h"

enum { MOST_SAMPLES = 1000, FEWEST_SAMPLES = 20 };
/* A vector of length 0 would be no vector; less than this is never seen. */
static const float least_certainty = 0.05f;

int pulse_known_read(const pulse_song_table *table, const pulse_preprocessor *preprocessor,
                     uint64_t *known, pulse_failure *failure)
{
    enum { PART = 1024 };
    pulse_layout layout;
    pulse_preprocessor_layout(preprocessor, &layout);
    float *rows = pulse_need((size_t)PART * layout.inputs, sizeof *rows);
    int code = 0;
    for (uint32_t first = 0; first < table->songs && !code; first += PART) {
        const uint32_t count = table->songs - first < PART ? table->songs - first : PART;
        code = pulse_song_table_rows(table, preprocessor, first, count, rows, NULL, failure);
        for (uint32_t i = 0; i < count && !code; ++i) {
            const float *flags = rows + (size_t)i * layout.inputs + layout.targets;
            known[first + i] = 0;
            for (uint32_t m = 0; m < layout.modalities; ++m)
                known[first + i] |= (uint64_t)(flags[m] != 0) << m;
        }
        if (!code && pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    free(rows);
    return code;
}

typedef struct prober {
    const pulse_song_table *table;
    pulse_autoencoder *autoencoder;
    const pulse_preprocessor *preprocessor;
    pulse_layout layout;
    uint32_t dimensions;
    uint32_t count;
    float *rows;  /* [count, inputs] of songs of which all is known */
    float *whole; /* [count, dimensions] their latents */
    float *less;  /* [count, inputs] the same rows with something hidden */
    float *other; /* [count, dimensions] and theirs */
} prober;

static int encode(const prober *p, const float *rows, float *latents, pulse_failure *failure)
{
    pulse_error error;
    if (pulse_autoencoder_encode(p->autoencoder, rows, p->count, latents, &error) != PULSE_OK)
        return pulse_failure_core(failure, &error);
    return 0;
}

/* Songs evenly spread over those of which all of `whole` is known. */
static int take_samples(prober *p, const uint64_t *known, uint64_t whole, pulse_failure *failure)
{
    uint32_t complete = 0;
    for (uint32_t i = 0; i < p->table->songs; ++i)
        complete += known[i] == whole;
    if (complete < FEWEST_SAMPLES)
        return 0;
    const uint32_t count = complete < MOST_SAMPLES ? complete : MOST_SAMPLES;
    const size_t row = p->layout.inputs;
    p->rows = pulse_need(count * row, sizeof(float));
    p->less = pulse_need(count * row, sizeof(float));
    p->whole = pulse_need((size_t)count * p->dimensions, sizeof(float));
    p->other = pulse_need((size_t)count * p->dimensions, sizeof(float));
    uint32_t seen = 0;
    for (uint32_t i = 0; i < p->table->songs && p->count < count; ++i) {
        if (known[i] != whole || (uint64_t)seen++ * count / complete < p->count)
            continue;
        const int code = pulse_song_table_rows(p->table, p->preprocessor, i, 1,
                                               p->rows + p->count * row, NULL, failure);
        if (code)
            return code;
        ++p->count;
    }
    return encode(p, p->rows, p->whole, failure);
}

static int probe(const prober *p, uint64_t known, float *certainty, pulse_failure *failure)
{
    const pulse_layout *layout = &p->layout;
    memcpy(p->less, p->rows, (size_t)p->count * layout->inputs * sizeof(float));
    for (uint32_t c = 0; c < layout->targets + layout->modalities; ++c) {
        const uint32_t modality = c < layout->targets
                                      ? pulse_preprocessor_modality(p->preprocessor, c)
                                      : c - layout->targets;
        for (size_t i = 0; i < p->count && !(known >> modality & 1); ++i)
            p->less[i * layout->inputs + c] = 0;
    }
    const int code = encode(p, p->less, p->other, failure);
    if (code)
        return code;
    double sum = 0;
    for (size_t i = 0; i < p->count; ++i)
        sum += (double)cblas_sdot((int)p->dimensions, p->whole + i * p->dimensions, 1,
                                  p->other + i * p->dimensions, 1);
    *certainty = fmaxf(least_certainty, fminf(1.0f, (float)(sum / p->count)));
    return 0;
}

/* Each set of modalities is probed when the first song that has it comes by. */
static int measure(const prober *p, const uint64_t *known, uint64_t whole, float *certainty,
                   pulse_failure *failure)
{
    struct {
        uint64_t known;
        float certainty;
    } *sets = pulse_need(1, sizeof *sets);
    sets[0].known = whole;
    sets[0].certainty = 1.0f;
    uint32_t count = 1, at = 0;
    int code = 0;
    for (uint32_t i = 0; i < p->table->songs && !code; ++i) {
        if (sets[at].known != known[i]) {
            for (at = 0; at < count && sets[at].known != known[i]; ++at)
                ;
        }
        if (at == count) {
            sets = pulse_need_more(sets, (size_t)++count, sizeof *sets);
            sets[at].known = known[i];
            code = probe(p, known[i], &sets[at].certainty, failure);
            if (!code)
                pulse_log_detail("vectors of songs with modalities %llx of %llx are %.3f long",
                                 (unsigned long long)known[i], (unsigned long long)whole,
                                 (double)sets[at].certainty);
            if (!code && pulse_interrupted())
                code = pulse_failure_interrupted(failure);
        }
        certainty[i] = sets[at].certainty;
    }
    free(sets);
    return code;
}

int pulse_certainty_measure(const pulse_song_table *table, pulse_autoencoder *autoencoder,
                            const uint64_t *known, float *certainty, pulse_failure *failure)
{
    uint64_t whole = 0;
    for (uint32_t i = 0; i < table->songs; ++i) {
        whole |= known[i];
        certainty[i] = 1.0f;
    }
    prober p = {.table = table,
                .autoencoder = autoencoder,
                .preprocessor = pulse_autoencoder_preprocessor(autoencoder),
                .dimensions = pulse_autoencoder_dimensions(autoencoder)};
    pulse_preprocessor_layout(p.preprocessor, &p.layout);
    int code = take_samples(&p, known, whole, failure);
    if (!code && p.count > 0)
        code = measure(&p, known, whole, certainty, failure);
    free(p.rows);
    free(p.whole);
    free(p.less);
    free(p.other);
    return code;
}
