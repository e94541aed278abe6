#include "report/page.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pulse.h"
#include "report/base64.h"

/* Text as HTML shows it, in an element and in a quoted attribute. */
static void append_escaped(pulse_text *out, const char *text)
{
    for (const char *at = text; *at; ++at) {
        switch (*at) {
        case '<':
            pulse_text_append(out, "&lt;", 4);
            break;
        case '>':
            pulse_text_append(out, "&gt;", 4);
            break;
        case '&':
            pulse_text_append(out, "&amp;", 5);
            break;
        case '"':
            pulse_text_append(out, "&quot;", 6);
            break;
        case '\'':
            pulse_text_append(out, "&#39;", 5);
            break;
        default:
            pulse_text_append(out, at, 1);
        }
    }
}

/* JSON that an HTML parser finds no markup in, and a script no end of line. All of these only ever
 * stand within strings, where an escape means the same. */
static void append_json(pulse_text *out, const char *json)
{
    const char *plain = json;
    for (const char *at = json; *at;) {
        const char *escape = NULL;
        size_t size = 1;
        if (*at == '<')
            escape = "\\u003c";
        else if (*at == '>')
            escape = "\\u003e";
        else if (*at == '&')
            escape = "\\u0026";
        else if (strncmp(at, "\xe2\x80\xa8", 3) == 0 || strncmp(at, "\xe2\x80\xa9", 3) == 0) {
            escape = at[2] == '\xa8' ? "\\u2028" : "\\u2029";
            size = 3;
        }
        if (escape) {
            pulse_text_append(out, plain, (size_t)(at - plain));
            pulse_text_append(out, escape, strlen(escape));
            plain = at + size;
        }
        at += size;
    }
    pulse_text_append(out, plain, strlen(plain));
}

/* As a Content-Security-Policy names an inline element by its content. */
static void append_hash(pulse_text *out, const pulse_page_file *file)
{
    char hex[65];
    uint8_t hash[32];
    pulse_sha256_hex(file->bytes, file->size, hex);
    for (size_t i = 0; i < sizeof hash; ++i) {
        const char digits[3] = {hex[2 * i], hex[2 * i + 1], 0};
        hash[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    char *text = pulse_base64(hash, sizeof hash);
    pulse_text_format(out, "'sha256-%s'", text);
    free(text);
}

static void append_policy(pulse_text *out)
{
    pulse_text_format(out, "default-src 'none'; style-src ");
    append_hash(out, &pulse_page_style);
    pulse_text_format(out, "; script-src ");
    append_hash(out, &pulse_page_script);
    pulse_text_format(out, "; base-uri 'none'; form-action 'none'");
}

/* An element with nothing around its content, of which the policy has the hash. */
static void append_element(pulse_text *out, const char *open, const pulse_page_file *file,
                           const char *close)
{
    pulse_text_append(out, open, strlen(open));
    pulse_text_append(out, (const char *)file->bytes, file->size);
    pulse_text_append(out, close, strlen(close));
}

static void append_slot(pulse_text *out, const char *name, const char *title, const cJSON *data)
{
    if (strcmp(name, "title") == 0) {
        append_escaped(out, title);
    } else if (strcmp(name, "policy") == 0) {
        append_policy(out);
    } else if (strcmp(name, "style") == 0) {
        append_element(out, "<style>", &pulse_page_style, "</style>");
    } else if (strcmp(name, "script") == 0) {
        append_element(out, "<script type=\"module\">", &pulse_page_script, "</script>");
    } else if (strcmp(name, "data") == 0) {
        char *json = cJSON_PrintUnformatted(data);
        append_json(out, json ? json : "{}");
        cJSON_free(json);
    }
}

void pulse_page_make(const char *title, const cJSON *data, pulse_text *out)
{
    /* The skeleton is ours: {{name}} is a slot, and there are no other double braces. */
    char *skeleton =
        pulse_need_format("%.*s", (int)pulse_page_skeleton.size, pulse_page_skeleton.bytes);
    for (const char *at = skeleton;;) {
        const char *open = strstr(at, "{{");
        const char *close = open ? strstr(open, "}}") : NULL;
        if (!close) {
            pulse_text_append(out, at, strlen(at));
            break;
        }
        pulse_text_append(out, at, (size_t)(open - at));
        char *name = pulse_need_format("%.*s", (int)(close - open - 2), open + 2);
        append_slot(out, name, title, data);
        free(name);
        at = close + 2;
    }
    free(skeleton);
}
