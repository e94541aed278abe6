/*
 * A polite HTTP client for one service: slow on purpose, patient where the service asks for it, and
 * gone where it is not wanted. By libcurl; the proxy that the environment names is used.
 *
 * - Requests are apart by 1/rate seconds on average, with jitter, so that they come in no step.
 * - Only http and https, from https only to https; a redirect is followed on the service's own site
 *   alone, five times at most. A token goes to the very origin it is for, and nowhere else.
 * - What takes too long, is too slow or too large is given up. Nothing is read from .netrc, no
 *   cookies are kept.
 * - What may pass (no connection, 408, 429, 5xx) is tried again, each time after twice the time, or
 *   when Retry-After says. What is a refusal (401, 403, a captcha) is not.
 */
#ifndef PULSE_TRAINER_LYRICS_HTTP_H
#define PULSE_TRAINER_LYRICS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

typedef struct pulse_http_params {
    double rate;         /* requests a second, on average */
    double timeout;      /* seconds for one try, all of it */
    double retry_delay;  /* seconds before the second try */
    double longest_wait; /* seconds that Retry-After may ask for */
    uint32_t retries;
    const char *contact; /* who runs this: for the User-Agent; NULL: nothing of it */
} pulse_http_params;
pulse_http_params pulse_http_default(void);

typedef enum pulse_http_outcome {
    PULSE_HTTP_DONE = 0,    /* 2xx, and all of the body */
    PULSE_HTTP_ABSENT,      /* 404, 410 */
    PULSE_HTTP_REFUSED,     /* 401: the token */
    PULSE_HTTP_BLOCKED,     /* 403, 451, 429 for too long, a captcha: this client is not wanted */
    PULSE_HTTP_UNREACHABLE, /* no connection */
    PULSE_HTTP_FAILED,      /* this request; another may do */
    PULSE_HTTP_INTERRUPTED, /* Ctrl-C */
} pulse_http_outcome;

typedef struct pulse_http_request {
    const char *url;
    const char *token;  /* NULL: none. Not copied into any message */
    const char *accept; /* the media type that is expected: "application/json" */
    size_t limit;       /* bytes of the body, unpacked */
    bool subdomains;    /* redirects may lead to hosts below the URL's too */
} pulse_http_request;

typedef struct pulse_http_response {
    pulse_http_outcome outcome;
    long status; /* 0: none came */
    char *body;  /* [size], NUL-terminated; NULL unless DONE. pulse_http_response_free */
    size_t size;
    char why[256]; /* unless DONE: what happened */
} pulse_http_response;
void pulse_http_response_free(pulse_http_response *response);

typedef struct pulse_http pulse_http;

int pulse_http_open(const pulse_http_params *params, pulse_http **out, pulse_failure *failure);
void pulse_http_close(pulse_http *http); /* accepts NULL */

void pulse_http_get(pulse_http *http, const pulse_http_request *request,
                    pulse_http_response *response);

/* How many requests were sent. */
uint64_t pulse_http_requests(const pulse_http *http);

/* `name`=`value` of a query, encoded; appended to a pulse_text by the caller. Freed by the caller.
 */
char *pulse_http_query(const char *name, const char *value);

/* Whether `url` is http or https, with a host and without user, query and fragment: what the
 * address of a service may be. */
bool pulse_http_is_base(const char *url);

#endif
