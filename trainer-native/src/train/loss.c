#include "train/loss.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "train/kernels.h"

double pulse_loss_errors(float *y, const float *x, size_t stride, const uint8_t *present,
                         const float *weight, uint32_t n, uint32_t targets, float scale)
{
    double total = 0;
    for (uint32_t i = 0; i < n; ++i)
        total += (double)pulse_kernel_errors(targets, x + (size_t)i * stride,
                                             present + (size_t)i * targets, weight, 2.0f * scale,
                                             y + (size_t)i * targets);
    return total;
}

/* ---- Pairs ---------------------------------------------------------------------------------- */

static uint32_t blocks_of(uint32_t pairs)
{
    return (pairs + PULSE_PAIRS_BLOCK - 1) / PULSE_PAIRS_BLOCK;
}

void pulse_pairs_make(pulse_pairs *pairs, uint32_t most, uint32_t latent, float temperature)
{
    *pairs = (pulse_pairs){.most = most, .latent = latent, .temperature = temperature};
    pairs->unit = pulse_need(2 * (size_t)most * latent, sizeof(float));
    pairs->norm = pulse_need(2 * (size_t)most, sizeof(float));
    pairs->cosines = pulse_need((size_t)most * most, sizeof(float));
    pairs->own = pulse_need(most, sizeof(float));
    pairs->row_sums = pulse_need(most, sizeof(float));
    pairs->column_parts = pulse_need((size_t)blocks_of(most) * most, sizeof(float));
    pairs->gradient = pulse_need(2 * (size_t)most * latent, sizeof(float));
}

void pulse_pairs_free(pulse_pairs *pairs)
{
    free(pairs->unit);
    free(pairs->norm);
    free(pairs->cosines);
    free(pairs->own);
    free(pairs->row_sums);
    free(pairs->column_parts);
    free(pairs->gradient);
    *pairs = (pulse_pairs){0};
}

void pulse_pairs_begin(pulse_pairs *pairs, uint32_t count, const uint32_t *group,
                       const uint8_t *counted, float scale)
{
    pairs->pairs = count;
    pairs->group = group;
    pairs->counted = counted;
    pairs->scale = scale;
}

uint32_t pulse_pairs_blocks(const pulse_pairs *pairs)
{
    return blocks_of(pairs->pairs);
}

void pulse_pairs_set_rows(pulse_pairs *pairs, uint32_t first, uint32_t n, const float *z)
{
    const uint32_t latent = pairs->latent;
    for (uint32_t i = 0; i < n; ++i) {
        const float *row = z + (size_t)i * latent;
        float *unit = pairs->unit + (size_t)(first + i) * latent;
        const float length = sqrtf(pulse_kernel_squares(latent, row));
        const float norm = length > 1e-12f ? length : 1e-12f;
        pairs->norm[first + i] = norm;
        for (uint32_t k = 0; k < latent; ++k)
            unit[k] = row[k] / norm;
    }
}

typedef struct block_rows {
    uint32_t first, count;
} block_rows;

static block_rows rows_of(const pulse_pairs *pairs, uint32_t block)
{
    const uint32_t first = block * PULSE_PAIRS_BLOCK, left = pairs->pairs - first;
    return (block_rows){first, left < PULSE_PAIRS_BLOCK ? left : PULSE_PAIRS_BLOCK};
}

/* Rows of cosines -> exp((cosine - 1) / temperature), 0 where the two are of one group but not
 * partners; and their sums. Cosines are at most 1, so nothing overflows, and temperatures from 0.03
 * up keep the smallest from vanishing. */
void pulse_pairs_compare(pulse_pairs *pairs, uint32_t block)
{
    const uint32_t count = pairs->pairs, latent = pairs->latent;
    const block_rows rows = rows_of(pairs, block);
    const float *anchors = pairs->unit + (size_t)rows.first * latent;
    const float *partners = pairs->unit + (size_t)count * latent;
    float *cosines = pairs->cosines + (size_t)rows.first * count;
    float *sums = pairs->column_parts + (size_t)block * count;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows.count, (int)count, (int)latent,
                1.0f, anchors, (int)latent, partners, (int)latent, 0.0f, cosines, (int)count);
    memset(sums, 0, count * sizeof *sums);
    for (uint32_t i = 0; i < rows.count; ++i) {
        const uint32_t pair = rows.first + i;
        float *row = cosines + (size_t)i * count;
        const float own = row[pair];
        float sum = pulse_kernel_exponentials(count, pairs->group, pairs->group[pair],
                                              pairs->temperature, row, sums);
        /* The pair itself is of one group, and was left out with the others. */
        row[pair] = expf((own - 1.0f) / pairs->temperature);
        sum += row[pair];
        sums[pair] += row[pair];
        pairs->own[pair] = own;
        pairs->row_sums[pair] = sum;
    }
}

double pulse_pairs_sum(pulse_pairs *pairs)
{
    const uint32_t count = pairs->pairs, blocks = blocks_of(count);
    float *columns = pairs->column_parts;
    for (uint32_t b = 1; b < blocks; ++b)
        pulse_kernel_add(count, columns + (size_t)b * count, columns);
    uint32_t counted = 0;
    double total = 0;
    for (uint32_t i = 0; i < count; ++i) {
        if (!pairs->counted[i])
            continue;
        ++counted;
        total += log((double)pairs->row_sums[i]) + log((double)columns[i]) -
                 2.0 * (pairs->own[i] - 1.0f) / pairs->temperature;
    }
    /* From here on the factors of the row's and the column's softmax. */
    const float share = counted ? 0.5f / (float)counted : 0.0f;
    for (uint32_t i = 0; i < count; ++i) {
        pairs->row_sums[i] = pairs->counted[i] ? share / pairs->row_sums[i] : 0.0f;
        columns[i] = pairs->counted[i] ? share / columns[i] : 0.0f;
        pairs->own[i] = pairs->counted[i] ? 2.0f * share : 0.0f;
    }
    return total * (double)share;
}

/* The gradient by latents from that by unit latents, which lies in `gradient`. */
static void through_norms(pulse_pairs *pairs, uint32_t first, uint32_t n)
{
    const uint32_t latent = pairs->latent;
    for (uint32_t i = first; i < first + n; ++i) {
        const float *u = pairs->unit + (size_t)i * latent;
        float *g = pairs->gradient + (size_t)i * latent;
        const float along = pulse_kernel_dot(latent, u, g);
        const float inverse = 1.0f / pairs->norm[i];
        for (uint32_t k = 0; k < latent; ++k)
            g[k] = (g[k] - along * u[k]) * inverse;
    }
}

void pulse_pairs_weigh(pulse_pairs *pairs, uint32_t block)
{
    const uint32_t count = pairs->pairs, latent = pairs->latent;
    const block_rows rows = rows_of(pairs, block);
    float *weights = pairs->cosines + (size_t)rows.first * count;
    for (uint32_t i = 0; i < rows.count; ++i) {
        const uint32_t pair = rows.first + i;
        float *row = weights + (size_t)i * count;
        pulse_kernel_weigh(count, pairs->row_sums[pair], pairs->column_parts, row);
        row[pair] -= pairs->own[pair];
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows.count, (int)latent, (int)count,
                pairs->scale / pairs->temperature, weights, (int)count,
                pairs->unit + (size_t)count * latent, (int)latent, 0.0f,
                pairs->gradient + (size_t)rows.first * latent, (int)latent);
    through_norms(pairs, rows.first, rows.count);
}

void pulse_pairs_differentiate(pulse_pairs *pairs, uint32_t block)
{
    const uint32_t count = pairs->pairs, latent = pairs->latent;
    const block_rows columns = rows_of(pairs, block);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)columns.count, (int)latent,
                (int)count, pairs->scale / pairs->temperature, pairs->cosines + columns.first,
                (int)count, pairs->unit, (int)latent, 0.0f,
                pairs->gradient + (size_t)(count + columns.first) * latent, (int)latent);
    through_norms(pairs, count + columns.first, columns.count);
}
