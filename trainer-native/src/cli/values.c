#include "cli/values.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int pulse_option_integer(const char *name, const char *text, int64_t least, int64_t most,
                         int64_t *out, pulse_failure *failure)
{
    const char *digits = text + (*text == '-');
    errno = 0;
    char *end = NULL;
    const long long value = isdigit((unsigned char)*digits) ? strtoll(text, &end, 10) : 0;
    if (!end || *end || errno || value < least || value > most)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "%s must be a whole number from %lld to %lld, not \"%s\"", name,
                                 (long long)least, (long long)most, text);
    *out = value;
    return 0;
}

int pulse_option_count(const char *name, const char *text, uint64_t least, uint64_t most,
                       uint64_t *out, pulse_failure *failure)
{
    int64_t value = 0;
    const int code =
        pulse_option_integer(name, text, (int64_t)least, (int64_t)most, &value, failure);
    if (!code)
        *out = (uint64_t)value;
    return code;
}

int pulse_option_compute(const char *name, const char *text, pulse_compute *out,
                         pulse_failure *failure)
{
    static const pulse_compute all[] = {PULSE_COMPUTE_AUTO,     PULSE_COMPUTE_F32,
                                        PULSE_COMPUTE_F32_INT8, PULSE_COMPUTE_INT8,
                                        PULSE_COMPUTE_INT16,    PULSE_COMPUTE_PORTABLE};
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) {
        if (strcmp(text, pulse_compute_name(all[i])) == 0) {
            *out = all[i];
            return 0;
        }
    }
    return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                             "%s must be portable, auto, f32, f32-int8, int8 or int16, not \"%s\"",
                             name, text);
}

int pulse_option_real(const char *name, const char *text, double least, double most, double *out,
                      pulse_failure *failure)
{
    const char *digits = text + (*text == '-' || *text == '+');
    char *end = NULL;
    double value = NAN;
    if ((isdigit((unsigned char)*digits) || *digits == '.') &&
        !(digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')))
        value = strtod(text, &end);
    if (!end || *end || !(value >= least && value <= most))
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "%s must be a number from %g to %g, not \"%s\"", name, least, most,
                                 text);
    *out = value;
    return 0;
}
