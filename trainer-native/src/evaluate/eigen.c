#include "evaluate/eigen.h"

#include <stdlib.h>

#include "base/memory.h"

void ssyevd_(const char *jobz, const char *uplo, const int *n, float *a, const int *lda, float *w,
             float *work, const int *lwork, int *iwork, const int *liwork, int *info);

bool pulse_eigenvectors(float *matrix, uint32_t n)
{
    /* LAPACK reads by columns: our lower triangle is its upper one. */
    const int size = (int)n;
    int info = 0, reals = -1, integers = -1, integer_room = 0;
    float room = 0;
    float *values = pulse_need(n, sizeof *values);
    ssyevd_("V", "U", &size, matrix, &size, values, &room, &reals, &integer_room, &integers, &info);
    reals = (int)room + 1;
    integers = integer_room;
    float *work = pulse_need((size_t)reals, sizeof *work);
    int *integer_work = pulse_need((size_t)integers, sizeof *integer_work);
    ssyevd_("V", "U", &size, matrix, &size, values, work, &reals, integer_work, &integers, &info);
    free(integer_work);
    free(work);
    free(values);
    return info == 0;
}
