#include "train/loss.h"

#include <cblas.h>
#include <math.h>
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
    return 4 * (size_t)pairs * latent + 2 * (size_t)pairs + 2 * (size_t)pairs * pairs;
}

/* One direction: row i of s [pairs, pairs], at `step` from one entry to the next, against i. */
static double cross_entropy(const float *s, size_t from, size_t step, uint32_t pairs, uint32_t row,
                            float share, float *slopes)
{
    float most = -INFINITY;
    for (uint32_t j = 0; j < pairs; ++j)
        most = fmaxf(most, s[from + j * step]);
    double sum = 0;
    for (uint32_t j = 0; j < pairs; ++j)
        sum += expf(s[from + j * step] - most);
    const float own = s[from + row * step];
    if (slopes) {
        for (uint32_t j = 0; j < pairs; ++j)
            slopes[from + j * step] += share * (float)(expf(s[from + j * step] - most) / sum);
        slopes[from + row * step] -= share;
    }
    return most + log(sum) - own;
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
    float *s = norm + 2 * (size_t)pairs;
    float *by_s = s + (size_t)pairs * pairs;
    for (uint32_t i = 0; i < 2 * pairs; ++i) {
        const float *row = z + (size_t)i * latent;
        norm[i] = cblas_snrm2((int)latent, row, 1) + 1e-12f;
        for (uint32_t k = 0; k < latent; ++k)
            unit[(size_t)i * latent + k] = row[k] / norm[i];
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)pairs, (int)pairs, (int)latent,
                1.0f / temperature, unit, (int)latent, unit + half, (int)latent, 0.0f, s,
                (int)pairs);
    for (uint32_t i = 0; i < pairs; ++i) {
        for (uint32_t j = 0; j < pairs; ++j) {
            if (i != j && group[i] == group[j])
                s[(size_t)i * pairs + j] = -1e9f;
        }
    }
    if (gradient)
        memset(by_s, 0, (size_t)pairs * pairs * sizeof(float));
    const float share = 0.5f / (float)count;
    double total = 0;
    for (uint32_t i = 0; i < pairs; ++i) {
        if (!counted[i])
            continue;
        float *slopes = gradient ? by_s : NULL;
        total += cross_entropy(s, (size_t)i * pairs, 1, pairs, i, share, slopes);
        total += cross_entropy(s, i, pairs, pairs, i, share, slopes);
    }
    if (gradient) {
        const float factor = scale / temperature;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)pairs, (int)latent, (int)pairs,
                    factor, by_s, (int)pairs, unit + half, (int)latent, 0.0f, by_unit, (int)latent);
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)pairs, (int)latent, (int)pairs,
                    factor, by_s, (int)pairs, unit, (int)latent, 0.0f, by_unit + half, (int)latent);
        for (uint32_t i = 0; i < 2 * pairs; ++i) { /* through the normalisation */
            const float *u = unit + (size_t)i * latent, *g = by_unit + (size_t)i * latent;
            const float along = cblas_sdot((int)latent, u, 1, g, 1);
            for (uint32_t k = 0; k < latent; ++k)
                gradient[(size_t)i * latent + k] += (g[k] - along * u[k]) / norm[i];
        }
    }
    return total * share;
}
