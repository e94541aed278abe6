/* Truncated singular value decomposition of a sparse matrix. */
#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "evaluate/eigen.h"
#include "evaluate/tfidf.h"

/* More directions than are wanted, and turns, sharpen those that are. */
enum { SPARE = 16, TURNS = 6 };

void sgelqf_(const int *m, const int *n, float *a, const int *lda, float *tau, float *work,
             const int *lwork, int *info);
void sorglq_(const int *m, const int *n, const int *k, float *a, const int *lda, const float *tau,
             float *work, const int *lwork, int *info);

/* out [rows, width] = sparse * x [columns, width] */
static void multiply(const pulse_sparse *sparse, const float *x, uint32_t width, float *out)
{
    memset(out, 0, (size_t)sparse->rows * width * sizeof *out);
    for (uint32_t row = 0; row < sparse->rows; ++row) {
        for (size_t i = sparse->first[row]; i < sparse->first[row + 1]; ++i)
            cblas_saxpy((int)width, sparse->value[i], x + (size_t)sparse->column[i] * width, 1,
                        out + (size_t)row * width, 1);
    }
}

/* out [columns, width] = sparse' * x [rows, width] */
static void multiply_transposed(const pulse_sparse *sparse, const float *x, uint32_t width,
                                float *out)
{
    memset(out, 0, (size_t)sparse->columns * width * sizeof *out);
    for (uint32_t row = 0; row < sparse->rows; ++row) {
        for (size_t i = sparse->first[row]; i < sparse->first[row + 1]; ++i)
            cblas_saxpy((int)width, sparse->value[i], x + (size_t)row * width, 1,
                        out + (size_t)sparse->column[i] * width, 1);
    }
}

/* The columns of x [count, width] become orthonormal. LAPACK sees its transpose, whose rows they
 * are: hence LQ. width <= count. */
static void orthonormalise(float *x, uint32_t count, uint32_t width)
{
    const int m = (int)width, n = (int)count;
    int info = 0, size = -1;
    float room = 0;
    float *tau = pulse_need(width, sizeof *tau);
    sgelqf_(&m, &n, x, &m, tau, &room, &size, &info);
    size = (int)room + 1;
    float *work = pulse_need((size_t)size, sizeof *work);
    sgelqf_(&m, &n, x, &m, tau, work, &size, &info);
    sorglq_(&m, &n, &m, x, &m, tau, work, &size, &info);
    free(work);
    free(tau);
}

/* Turns projections [rows, full] to their principal directions, and keeps `kept` of those, in
 * place, as [rows, kept]. False where they were not found. */
static bool turn(float *projections, uint32_t rows, uint32_t full, uint32_t kept)
{
    float *gram = pulse_need((size_t)full * full, sizeof *gram);
    cblas_ssyrk(CblasRowMajor, CblasLower, CblasTrans, (int)full, (int)rows, 1.0f, projections,
                (int)full, 0.0f, gram, (int)full);
    const bool found = pulse_eigenvectors(gram, full);
    float *row = pulse_need(kept, sizeof *row);
    for (size_t i = 0; i < rows && found; ++i) {
        for (uint32_t k = 0; k < kept; ++k)
            row[k] = cblas_sdot((int)full, projections + i * full, 1,
                                gram + (size_t)(full - 1 - k) * full, 1);
        memcpy(projections + i * kept, row, kept * sizeof *row);
    }
    free(row);
    free(gram);
    return found;
}

float *pulse_sparse_svd(const pulse_sparse *sparse, uint32_t dimensions, uint64_t seed,
                        uint32_t *width)
{
    const uint32_t rank = sparse->rows < sparse->columns ? sparse->rows : sparse->columns;
    const uint32_t full = dimensions + SPARE < rank ? dimensions + SPARE : rank;
    *width = dimensions < full ? dimensions : full;
    if (full == 0 || sparse->count == 0)
        return NULL;
    float *basis = pulse_need((size_t)sparse->columns * full, sizeof *basis);
    float *projections = pulse_need((size_t)sparse->rows * full, sizeof *projections);
    pulse_random random = pulse_random_make(seed, 12);
    for (size_t i = 0; i < (size_t)sparse->columns * full; ++i)
        basis[i] = pulse_random_normal(&random);
    for (int i = 0; i < TURNS; ++i) {
        orthonormalise(basis, sparse->columns, full);
        multiply(sparse, basis, full, projections);
        multiply_transposed(sparse, projections, full, basis);
    }
    orthonormalise(basis, sparse->columns, full);
    multiply(sparse, basis, full, projections);
    free(basis);
    if (turn(projections, sparse->rows, full, *width))
        return projections;
    free(projections);
    return NULL;
}
