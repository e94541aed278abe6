#include "train/loss.h"

#include <cblas.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

double pulse_loss_mse(const float *y, const float *x, size_t stride, const uint8_t *present,
                      const float *weight, uint32_t n, uint32_t targets, float scale,
                      float *gradient)
{
    double total = 0, weights = 0;
    for (uint32_t i = 0; i < n; ++i) {
        const float *output = y + (size_t)i * targets, *target = x + (size_t)i * stride;
        const uint8_t *known = present + (size_t)i * targets;
        for (uint32_t c = 0; c < targets; ++c) {
            if (known[c]) {
                const double difference = output[c] - target[c];
                total += weight[c] * difference * difference;
                weights += weight[c];
            }
        }
    }
    if (weights <= 0)
        weights = 1;
    if (gradient) {
        const float factor = scale * (float)(2.0 / weights);
        for (uint32_t i = 0; i < n; ++i) {
            const size_t at = (size_t)i * targets;
            const float *target = x + (size_t)i * stride;
            for (uint32_t c = 0; c < targets; ++c)
                gradient[at + c] =
                    present[at + c] ? factor * weight[c] * (y[at + c] - target[c]) : 0.0f;
        }
    }
    return total / weights;
}

size_t pulse_loss_pairs_room(uint32_t pairs, uint32_t latent)
{
    return 4 * (size_t)pairs * latent + 4 * (size_t)pairs + (size_t)pairs * pairs;
}

/* s [pairs, pairs] of cosines -> exp((s - 1) / temperature), 0 where the two are of one group but
 * not partners; and its sums. Cosines are at most 1, so nothing overflows, and temperatures from
 * 0.03 up keep the smallest from vanishing. */
static void exponentiate(float *s, uint32_t pairs, const uint32_t *group, float temperature,
                         float *row_sums, float *column_sums)
{
    memset(column_sums, 0, pairs * sizeof *column_sums);
    for (uint32_t i = 0; i < pairs; ++i) {
        float *row = s + (size_t)i * pairs, sum = 0;
        for (uint32_t j = 0; j < pairs; ++j) {
            const bool left_out = i != j && group[i] == group[j];
            row[j] = left_out ? 0.0f : expf((row[j] - 1.0f) / temperature);
            sum += row[j];
            column_sums[j] += row[j];
        }
        row_sums[i] = sum;
    }
}

double pulse_loss_pairs(const float *z, uint32_t pairs, uint32_t latent, const uint32_t *group,
                        const uint8_t *counted, float temperature, float scale, float *gradient,
                        float *room)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < pairs; ++i)
        count += counted[i];
    if (count == 0)
        return 0;
    const size_t half = (size_t)pairs * latent;
    float *unit = room;               /* [2 * pairs, latent] */
    float *by_unit = unit + 2 * half; /* [2 * pairs, latent] */
    float *norm = by_unit + 2 * half; /* [2 * pairs] */
    float *row_sums = norm + 2 * (size_t)pairs;
    float *column_sums = row_sums + pairs;
    float *s = column_sums + pairs; /* [pairs, pairs] cosines, their exponentials, their slopes */
    for (uint32_t i = 0; i < 2 * pairs; ++i) {
        const float *row = z + (size_t)i * latent;
        norm[i] = cblas_snrm2((int)latent, row, 1) + 1e-12f;
        for (uint32_t k = 0; k < latent; ++k)
            unit[(size_t)i * latent + k] = row[k] / norm[i];
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)pairs, (int)pairs, (int)latent, 1.0f,
                unit, (int)latent, unit + half, (int)latent, 0.0f, s, (int)pairs);
    const float share = 0.5f / (float)count;
    double total = 0;
    for (uint32_t i = 0; i < pairs; ++i)
        total -= counted[i] ? 2.0 * (s[(size_t)i * pairs + i] - 1.0f) / temperature : 0.0;
    exponentiate(s, pairs, group, temperature, row_sums, column_sums);
    for (uint32_t i = 0; i < pairs; ++i)
        total += counted[i] ? log((double)row_sums[i]) + log((double)column_sums[i]) : 0.0;
    if (!gradient)
        return total * share;
    for (uint32_t i = 0; i < pairs; ++i) { /* the factors of the row's and the column's softmax */
        row_sums[i] = counted[i] ? share / row_sums[i] : 0.0f;
        column_sums[i] = counted[i] ? share / column_sums[i] : 0.0f;
    }
    for (uint32_t i = 0; i < pairs; ++i) {
        float *row = s + (size_t)i * pairs;
        for (uint32_t j = 0; j < pairs; ++j)
            row[j] *= row_sums[i] + column_sums[j];
        row[i] -= counted[i] ? 2.0f * share : 0.0f;
    }
    const float factor = scale / temperature;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)pairs, (int)latent, (int)pairs,
                factor, s, (int)pairs, unit + half, (int)latent, 0.0f, by_unit, (int)latent);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)pairs, (int)latent, (int)pairs,
                factor, s, (int)pairs, unit, (int)latent, 0.0f, by_unit + half, (int)latent);
    for (uint32_t i = 0; i < 2 * pairs; ++i) { /* through the normalisation */
        const float *u = unit + (size_t)i * latent, *g = by_unit + (size_t)i * latent;
        const float along = cblas_sdot((int)latent, u, 1, g, 1);
        for (uint32_t k = 0; k < latent; ++k)
            gradient[(size_t)i * latent + k] += (g[k] - along * u[k]) / norm[i];
    }
    return total * share;
}
