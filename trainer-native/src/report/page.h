/* The page itself: a skeleton, a style, a script, and the report's data as JSON between them. */
#ifndef PULSE_TRAINER_REPORT_PAGE_H
#define PULSE_TRAINER_REPORT_PAGE_H

#include <cjson/cJSON.h>

#include "base/memory.h"

/* A file of page/, from cmake/EmbedPage.cmake. */
typedef struct pulse_page_file {
    const unsigned char *bytes;
    size_t size;
} pulse_page_file;
extern const pulse_page_file pulse_page_skeleton; /* page.html */
extern const pulse_page_file pulse_page_style;    /* style.css */
extern const pulse_page_file pulse_page_script;   /* the modules, as one */

/*
 * The whole page, to free with free(out->data). `data` stands in it so that no text in it can end
 * the element that holds it; a Content-Security-Policy allows this very style and this very script
 * and nothing else, so that no text could do anything if it did.
 */
void pulse_page_make(const char *title, const cJSON *data, pulse_text *out);

#endif
