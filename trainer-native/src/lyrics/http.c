#include "lyrics/http.h"

#include <curl/curl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/usage.h"
#include "lyrics/page.h"

#define REDIRECTS 5
#define LONGEST_HEADERS ((size_t)128 << 10)
#define CONNECT_SECONDS 10.0
#define SLOW_BYTES 50L /* a second */
#define SLOW_SECONDS 10L
#define LONGEST_BACK_OFF 60.0

struct pulse_http {
    pulse_http_params params;
    CURL *curl;
    char *agent;
    char problem[CURL_ERROR_SIZE];
    pulse_random random;
    double next; /* when the next request may be sent, on the monotonic clock */
    uint64_t requests;
};

pulse_http_params pulse_http_default(void)
{
    return (pulse_http_params){
        .rate = 1, .timeout = 30, .retry_delay = 1, .longest_wait = 120, .retries = 4};
}

/* Sleeps until then, or Ctrl-C. */
static void wait_until(double then)
{
    for (double left = then - pulse_clock(); left > 0 && !pulse_interrupted();
         left = then - pulse_clock()) {
        const double slice = left < 0.05 ? left : 0.05;
        const struct timespec time = {0, (long)(slice * 1e9)};
        nanosleep(&time, NULL);
    }
}

/* ---- One transfer --------------------------------------------------------------------------- */

typedef struct transfer {
    pulse_text body;
    size_t limit, headers;
    bool too_large;
    bool challenged; /* a header says that this is a captcha */
} transfer;

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    transfer *in = context;
    const size_t more = size * count;
    if (more > in->limit - in->body.size) {
        in->too_large = true;
        return 0;
    }
    pulse_text_append(&in->body, bytes, more);
    return more;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    static const char challenge[] = "cf-mitigated:";
    transfer *in = context;
    const size_t more = size * count;
    if (more >= sizeof challenge - 1 && strncasecmp(bytes, challenge, sizeof challenge - 1) == 0)
        in->challenged = true;
    if (more > LONGEST_HEADERS - in->headers) {
        in->too_large = true;
        return 0;
    }
    in->headers += more;
    return more;
}

static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)context;
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return pulse_interrupted() ? 1 : 0;
}

static void set_up(pulse_http *http)
{
    CURL *curl = http->curl;
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L); /* it is done here, step by step */
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(fmin(CONNECT_SECONDS, http->params.timeout) * 1000));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(http->params.timeout * 1000));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, SLOW_SECONDS);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, ""); /* all that libcurl can unpack */
    curl_easy_setopt(curl, CURLOPT_USERAGENT, http->agent);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->problem);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

static void overwrite(char *text)
{
    for (volatile char *at = text; *at; ++at)
        *at = 0;
}

/* Waits for its turn, and sends one request. */
static CURLcode send_one(pulse_http *http, const char *url, const pulse_http_request *request,
                         transfer *in)
{
    in->body.size = 0;
    in->limit = request->limit;
    in->headers = 0;
    in->too_large = in->challenged = false;
    wait_until(http->next);
    if (pulse_interrupted())
        return CURLE_ABORTED_BY_CALLBACK;
    http->next =
        pulse_clock() + (0.5 + (double)pulse_random_unit(&http->random)) / http->params.rate;
    char *accept = pulse_need_format("Accept: %s", request->accept);
    struct curl_slist *headers = curl_slist_append(NULL, accept);
    char *bearer = NULL;
    if (request->token) {
        bearer = pulse_need_format("Authorization: Bearer %s", request->token);
        headers = curl_slist_append(headers, bearer);
    }
    http->problem[0] = 0;
    curl_easy_setopt(http->curl, CURLOPT_URL, url);
    curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(http->curl, CURLOPT_WRITEDATA, in);
    curl_easy_setopt(http->curl, CURLOPT_HEADERDATA, in);
    ++http->requests;
    const CURLcode code = curl_easy_perform(http->curl);
    curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, NULL);
    for (struct curl_slist *at = headers; at && request->token; at = at->next)
        overwrite(at->data);
    curl_slist_free_all(headers);
    free(accept);
    if (bearer)
        overwrite(bearer);
    free(bearer);
    return code;
}

/* ---- Addresses ------------------------------------------------------------------------------ */

typedef struct address {
    char *scheme, *host, *port;
} address;

static void free_address(address *in)
{
    curl_free(in->scheme);
    curl_free(in->host);
    curl_free(in->port);
}

static bool read_address(const char *url, address *out)
{
    *out = (address){0};
    CURLU *parts = curl_url();
    const bool ok =
        parts && curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_SCHEME, &out->scheme, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &out->host, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_PORT, &out->port, CURLU_DEFAULT_PORT) == CURLUE_OK;
    curl_url_cleanup(parts);
    return ok && (strcasecmp(out->scheme, "http") == 0 || strcasecmp(out->scheme, "https") == 0);
}

static bool is_below(const char *host, const char *domain)
{
    const size_t size = strlen(host), end = strlen(domain);
    return size > end + 1 && host[size - end - 1] == '.' &&
           strcasecmp(host + size - end, domain) == 0;
}

/* Whether a redirect from `from` to `to` stays on the site, and no less private. */
static bool may_follow(const char *from, const char *to, bool subdomains)
{
    address a, b;
    const bool known = read_address(from, &a);
    const bool ok = read_address(to, &b) && known;
    const bool same_host = ok && strcasecmp(a.host, b.host) == 0;
    const bool same_scheme = ok && strcasecmp(a.scheme, b.scheme) == 0;
    const bool same_origin = same_host && same_scheme && strcmp(a.port, b.port) == 0;
    bool follow = same_origin;
    if (ok && subdomains && !same_origin) {
        /* http may become https; apart from that, ports are the usual ones or stay. */
        const bool upgrade = strcasecmp(a.scheme, "http") == 0 && strcmp(a.port, "80") == 0 &&
                             strcasecmp(b.scheme, "https") == 0 && strcmp(b.port, "443") == 0;
        const bool www = is_below(b.host, a.host) || is_below(a.host, b.host);
        follow = (same_host || www) && (upgrade || (same_scheme && strcmp(a.port, b.port) == 0));
    }
    free_address(&a);
    free_address(&b);
    return follow;
}

bool pulse_http_is_base(const char *url)
{
    address parts;
    const bool ok = read_address(url, &parts) && !strpbrk(url, "?#@ \t\r\n\\");
    free_address(&parts);
    return ok;
}

char *pulse_http_query(const char *name, const char *value)
{
    /* Nobody's title is as long as that. */
    char *escaped = curl_easy_escape(NULL, value, (int)strnlen(value, 1000));
    char *out = pulse_need_format("%s=%s", name, escaped ? escaped : "");
    curl_free(escaped);
    return out;
}

/* ---- One try: a request and its redirects ---------------------------------------------------- */

static void say(pulse_http_response *out, pulse_http_outcome outcome, const char *why)
{
    out->outcome = outcome;
    snprintf(out->why, sizeof out->why, "%s", why);
}

static bool is_unreachable(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
        return true;
    default:
        return false;
    }
}

static void judge_error(const pulse_http *http, CURLcode code, const transfer *in,
                        pulse_http_response *out)
{
    if (code == CURLE_ABORTED_BY_CALLBACK)
        say(out, PULSE_HTTP_INTERRUPTED, "interrupted");
    else if (in->too_large)
        say(out, PULSE_HTTP_FAILED, "the answer is too large");
    else
        say(out, is_unreachable(code) ? PULSE_HTTP_UNREACHABLE : PULSE_HTTP_FAILED,
            http->problem[0] ? http->problem : curl_easy_strerror(code));
}

static bool is_of_type(const char *type, const char *accept)
{
    const size_t size = strlen(accept);
    return type && strncasecmp(type, accept, size) == 0 &&
           (type[size] == 0 || strchr("; \t", type[size]));
}

static void judge_status(const pulse_http *http, const pulse_http_request *request,
                         const transfer *in, pulse_http_response *out)
{
    const char *type = NULL;
    curl_easy_getinfo(http->curl, CURLINFO_CONTENT_TYPE, &type);
    const bool expected = is_of_type(type, request->accept);
    const bool challenge =
        in->challenged ||
        (is_of_type(type, "text/html") && pulse_page_is_challenge(in->body.data, in->body.size));
    char why[96];
    snprintf(why, sizeof why, "the answer's status is %ld", out->status);
    if (challenge)
        say(out, PULSE_HTTP_BLOCKED, "a page asks whether this is a person (a captcha)");
    else if (out->status == 401)
        say(out, PULSE_HTTP_REFUSED, why);
    else if (out->status == 403 || out->status == 451)
        say(out, PULSE_HTTP_BLOCKED, why);
    else if (out->status == 404 || out->status == 410)
        say(out, PULSE_HTTP_ABSENT, why);
    else if (out->status < 200 || out->status > 299)
        say(out, PULSE_HTTP_FAILED, why);
    else if (!expected)
        say(out, PULSE_HTTP_FAILED, "the answer is of another type than was asked for");
    else
        say(out, PULSE_HTTP_DONE, "");
}

static void try_once(pulse_http *http, const pulse_http_request *request, transfer *in,
                     CURLcode *error, pulse_http_response *out)
{
    char *url = pulse_need_text(request->url);
    for (int redirects = 0;; ++redirects) {
        *error = send_one(http, url, request, in);
        out->status = 0;
        curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &out->status);
        char *next = NULL;
        curl_easy_getinfo(http->curl, CURLINFO_REDIRECT_URL, &next);
        if (*error != CURLE_OK) {
            judge_error(http, *error, in, out);
        } else if (!next) {
            judge_status(http, request, in, out);
        } else if (redirects == REDIRECTS) {
            say(out, PULSE_HTTP_FAILED, "the answers go on redirecting");
        } else if (!may_follow(request->url, next, request->subdomains)) {
            say(out, PULSE_HTTP_FAILED, "the answer redirects to another site");
        } else {
            free(url);
            url = pulse_need_text(next);
            continue;
        }
        break;
    }
    free(url);
}

/* ---- Trying again --------------------------------------------------------------------------- */

static bool may_pass(const pulse_http_response *response, CURLcode error, const transfer *in)
{
    if (response->outcome == PULSE_HTTP_UNREACHABLE)
        return true;
    if (response->outcome != PULSE_HTTP_FAILED)
        return false;
    if (error != CURLE_OK)
        return !in->too_large && error != CURLE_UNSUPPORTED_PROTOCOL &&
               error != CURLE_URL_MALFORMAT && error != CURLE_PEER_FAILED_VERIFICATION;
    return response->status == 408 || response->status == 425 || response->status == 429 ||
           response->status >= 500;
}

/* Seconds until the next try. False: the service asks for more patience than we have. */
static bool delay_before(pulse_http *http, uint32_t attempt, const pulse_http_response *response,
                         double *seconds)
{
    const double jitter = 0.75 + 0.5 * (double)pulse_random_unit(&http->random);
    *seconds = fmin(http->params.retry_delay * ldexp(1, (int)attempt), LONGEST_BACK_OFF) * jitter;
    curl_off_t asked = 0;
    /* In seconds, whether the header counts them or names a time. */
    if (response->status == 0 ||
        curl_easy_getinfo(http->curl, CURLINFO_RETRY_AFTER, &asked) != CURLE_OK || asked <= 0)
        return true;
    if ((double)asked > http->params.longest_wait) {
        *seconds = (double)asked;
        return false;
    }
    *seconds = fmax(*seconds, (double)asked);
    return true;
}

static void say_wait(pulse_http_response *out, double seconds)
{
    char why[128];
    snprintf(why, sizeof why, "the answer's status is %ld, and asks to come back in %.0f minutes",
             out->status, ceil(seconds / 60));
    say(out, PULSE_HTTP_BLOCKED, why);
}

void pulse_http_get(pulse_http *http, const pulse_http_request *request,
                    pulse_http_response *response)
{
    transfer in = {0};
    *response = (pulse_http_response){.outcome = PULSE_HTTP_INTERRUPTED};
    for (uint32_t attempt = 0;; ++attempt) {
        CURLcode error;
        try_once(http, request, &in, &error, response);
        if (!may_pass(response, error, &in))
            break;
        double delay;
        if (!delay_before(http, attempt, response, &delay)) {
            say_wait(response, delay);
            break;
        }
        if (attempt == http->params.retries) {
            /* It was asked slowly, and asked again slower still. */
            if (response->status == 429)
                response->outcome = PULSE_HTTP_BLOCKED;
            break;
        }
        wait_until(pulse_clock() + delay);
        if (pulse_interrupted()) {
            say(response, PULSE_HTTP_INTERRUPTED, "interrupted");
            break;
        }
    }
    if (response->outcome == PULSE_HTTP_DONE) {
        pulse_text_append(&in.body, "", 0); /* a NUL, for an empty body too */
        response->body = in.body.data;
        response->size = in.body.size;
    } else {
        free(in.body.data);
    }
}

void pulse_http_response_free(pulse_http_response *response)
{
    free(response->body);
    response->body = NULL;
}

/* ---- Opening -------------------------------------------------------------------------------- */

int pulse_http_open(const pulse_http_params *params, pulse_http **out, pulse_failure *failure)
{
    *out = NULL;
    /* It counts how often; the program ends without taking it back. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return pulse_failure_set(failure, PULSE_EXIT_FAILED, "libcurl cannot be started");
    pulse_http *http = pulse_need(1, sizeof *http);
    http->params = *params;
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    http->random = pulse_random_make((uint64_t)time.tv_nsec ^ ((uint64_t)time.tv_sec << 20),
                                     (uint64_t)getpid());
    http->agent = params->contact
                      ? pulse_need_format("playlistpulse/%s (%s)", PULSE_VERSION, params->contact)
                      : pulse_need_format("playlistpulse/%s (lyrics fetch)", PULSE_VERSION);
    http->curl = curl_easy_init();
    if (!http->curl) {
        pulse_http_close(http);
        return pulse_failure_set(failure, PULSE_EXIT_FAILED, "libcurl cannot be started");
    }
    set_up(http);
    *out = http;
    return 0;
}

void pulse_http_close(pulse_http *http)
{
    if (!http)
        return;
    curl_easy_cleanup(http->curl);
    free(http->agent);
    free(http);
}

uint64_t pulse_http_requests(const pulse_http *http)
{
    return http->requests;
}
