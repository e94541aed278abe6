#include "json/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

bool pulse_number_text(double number, char text[PULSE_NUMBER_TEXT])
{
    if (!(fabs(number) <= 9007199254740992.0) || floor(number) != number)
        return false;
    snprintf(text, PULSE_NUMBER_TEXT, "%" PRId64, (int64_t)number);
    return true;
}
