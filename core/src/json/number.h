/* Song identifiers that are numbers: the same text for the same number on every machine. */
#ifndef PULSE_JSON_NUMBER_H
#define PULSE_JSON_NUMBER_H

#include <stdbool.h>

#define PULSE_NUMBER_TEXT 24

/* The canonical decimal text of a whole number within +-2^53; false for any other. */
bool pulse_number_text(double number, char text[PULSE_NUMBER_TEXT]);

#endif
