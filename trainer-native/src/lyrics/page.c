#include "lyrics/page.h"

#include <libxml/HTMLparser.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pulse.h"

/* More is no song. */
#define LONGEST_LYRICS ((size_t)512 << 10)
/* What is looked at of a page without lyrics to learn why. */
#define LONGEST_REASON ((size_t)16 << 10)
/* A page that guards another has little to read; a page with more is no such page. */
#define LONGEST_CHALLENGE ((size_t)4 << 10)
/* Blanks, quotation marks and the like in one tag. */
#define MOST_WORDS ((size_t)20000)

/* ---- The tree ------------------------------------------------------------------------------- */

static bool is_named(const xmlNode *node, const char *const *names)
{
    for (; *names; ++names) {
        if (xmlStrcasecmp(node->name, (const xmlChar *)*names) == 0)
            return true;
    }
    return false;
}

/* Whether the attribute is there and, where `value` is not NULL, has that value. */
static bool has(const xmlNode *node, const char *name, const char *value)
{
    for (const xmlAttr *at = node->properties; at; at = at->next) {
        if (xmlStrcasecmp(at->name, (const xmlChar *)name) != 0)
            continue;
        const xmlNode *text = at->children;
        return !value || (text && !text->next && text->content &&
                          xmlStrcasecmp(text->content, (const xmlChar *)value) == 0);
    }
    return false;
}

static bool is_container(const xmlNode *node)
{
    return node->type == XML_ELEMENT_NODE && has(node, "data-lyrics-container", "true");
}

static bool is_unseen(const xmlNode *node)
{
    static const char *const names[] = {"script", "style",  "noscript", "template", "svg",
                                        "button", "iframe", "object",   "select",   "textarea",
                                        "head",   "math",   "video",    "audio",    NULL};
    return is_named(node, names);
}

static bool is_excluded(const xmlNode *node)
{
    return is_unseen(node) || (has(node, "data-exclude-from-selection", NULL) &&
                               !has(node, "data-exclude-from-selection", "false"));
}

static bool is_block(const xmlNode *node)
{
    static const char *const names[] = {
        "address", "article", "aside",   "blockquote", "center", "dd",   "div", "dl",
        "dt",      "figure",  "footer",  "form",       "h1",     "h2",   "h3",  "h4",
        "h5",      "h6",      "header",  "hr",         "li",     "main", "nav", "ol",
        "p",       "pre",     "section", "table",      "td",     "tr",   "ul",  NULL};
    return is_named(node, names);
}

/* ---- Text ----------------------------------------------------------------------------------- */

typedef struct writer {
    pulse_text text;
    size_t limit;
    bool blank; /* one is due before the next character of the line */
} writer;

static void end_line(writer *out)
{
    out->blank = false;
    if (out->text.size < out->limit)
        pulse_text_append(&out->text, "\n", 1);
}

/* A block begins or ends: on a line of its own, and no more than that. */
static void own_line(writer *out)
{
    if (out->text.size > 0 && out->text.data[out->text.size - 1] != '\n')
        end_line(out);
    out->blank = false;
}

/* Blanks of all kinds, line ends too, are one blank, and none at the ends of lines. */
static void put(writer *out, const xmlChar *content)
{
    for (const char *at = (const char *)content; *at;) {
        const size_t blanks = strspn(at, " \t\r\n\f");
        out->blank = out->blank || blanks > 0;
        at += blanks;
        const size_t size = strcspn(at, " \t\r\n\f");
        if (size == 0)
            continue;
        if (size + 1 > out->limit - out->text.size) {
            out->limit = out->text.size; /* nothing more, and nothing in pieces */
            return;
        }
        const bool starts = out->text.size == 0 || out->text.data[out->text.size - 1] == '\n';
        if (out->blank && !starts)
            pulse_text_append(&out->text, " ", 1);
        out->blank = false;
        pulse_text_append(&out->text, at, size);
        at += size;
    }
}

/* Enters or leaves an element. False: what is in it does not count. */
static bool enter(const xmlNode *node, writer *out)
{
    static const char *const breaks[] = {"br", NULL};
    if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
        /* A script's text is in a CDATA section, but scripts are not entered. */
        if (node->content)
            put(out, node->content);
        return false;
    }
    if (node->type != XML_ELEMENT_NODE || is_excluded(node))
        return false;
    if (is_named(node, breaks))
        end_line(out);
    else if (is_block(node))
        own_line(out);
    return true;
}

/* The node after `node` in the order of the page, not below it, and below `root`; NULL at the end.
 */
static const xmlNode *after(const xmlNode *node, const xmlNode *root, writer *out)
{
    while (node != root) {
        if (node->next)
            return node->next;
        node = node->parent;
        if (out && node->type == XML_ELEMENT_NODE && is_block(node))
            own_line(out);
    }
    return NULL;
}

static void write_below(const xmlNode *root, writer *out)
{
    const xmlNode *node = root->children;
    while (node && out->text.size < out->limit) {
        if (enter(node, out) && node->children)
            node = node->children;
        else
            node = after(node, root, out);
    }
}

/* The containers, those within others left out. How many there were. */
static size_t write_containers(const xmlNode *root, writer *out)
{
    size_t count = 0;
    const xmlNode *node = root;
    while (node && out->text.size < out->limit) {
        if (is_container(node) && !is_excluded(node)) {
            ++count;
            own_line(out);
            write_below(node, out);
            own_line(out);
        } else if (node->type == XML_ELEMENT_NODE && !is_unseen(node) && node->children) {
            node = node->children;
            continue;
        }
        node = after(node, root, NULL);
    }
    return count;
}

/* ---- Judging -------------------------------------------------------------------------------- */

/* ASCII case does not count; `small` is in lower case. */
static bool contains(const char *text, size_t bytes, const char *small)
{
    const size_t size = strlen(small);
    for (size_t i = 0; size <= bytes && i <= bytes - size; ++i) {
        size_t same = 0;
        while (same < size) {
            const char c = text[i + same];
            if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != small[same])
                break;
            ++same;
        }
        if (same == size)
            return true;
    }
    return false;
}

static bool contains_any(const char *text, size_t bytes, const char *const *list)
{
    for (; *list; ++list) {
        if (contains(text, bytes, *list))
            return true;
    }
    return false;
}

static const char *const none[] = {"this song is an instrumental", "this song is instrumental",
                                   NULL};
static const char *const yet[] = {"lyrics for this song have yet to be released",
                                  "lyrics for this song have yet to be transcribed",
                                  "lyrics for this song are not available", NULL};
/* What pages say that guard others. */
static const char *const said[] = {"captcha",
                                   "verify you are human",
                                   "verify that you are human",
                                   "verifying you are human",
                                   "are you a robot",
                                   "are you a human",
                                   "not a robot",
                                   "checking your browser",
                                   "checking if the site connection is secure",
                                   "just a moment",
                                   "attention required",
                                   "unusual traffic",
                                   "access denied",
                                   "you have been blocked",
                                   "enable javascript and cookies to continue",
                                   "make us think that you are a bot",
                                   NULL};
/* And what is in their scripts and forms. */
static const char *const written[] = {
    "cf-chl",    "cf_chl",       "challenge-platform", "cf-turnstile", "px-captcha", "g-recaptcha",
    "h-captcha", "hcaptcha.com", "captcha-delivery",   "geo.captcha",  NULL};

/* The parser compares each attribute of a tag with all before it: a tag of very many, which nobody
 * writes, would take it for ever. */
static bool is_reasonable(const char *page, size_t bytes)
{
    size_t words = 0;
    bool in_tag = false;
    for (size_t i = 0; i < bytes; ++i) {
        const char c = page[i];
        if (c == '<') {
            /* A quotation mark that is missing may hide the end of a tag: this starts another. */
            const char next = (char)(i + 1 < bytes ? page[i + 1] | 0x20 : 0);
            if (next >= 'a' && next <= 'z') {
                in_tag = true;
                words = 0;
            }
        } else if (c == '=' || c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' ||
                   c == '/' || c == '"' || c == '\'') {
            if (in_tag && ++words > MOST_WORDS)
                return false;
        } else if (c == '>') {
            in_tag = false;
        }
    }
    return true;
}

static xmlDoc *parse(const char *page, size_t bytes)
{
    if (!page || bytes == 0 || bytes > INT_MAX / 4 || !is_reasonable(page, bytes))
        return NULL;
    return htmlReadMemory(page, (int)bytes, NULL, "UTF-8",
                          HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                              HTML_PARSE_NONET | HTML_PARSE_COMPACT);
}

/* What a person would read of a page, its title too. */
static void write_visible(const xmlDoc *page, writer *out)
{
    static const char *const titles[] = {"title", NULL};
    const xmlNode *root = xmlDocGetRootElement(page);
    for (const xmlNode *node = root; node;) {
        if (node->type == XML_ELEMENT_NODE && is_named(node, titles)) {
            write_below(node, out);
            own_line(out);
            break;
        }
        if (node->type == XML_ELEMENT_NODE && node->children)
            node = node->children;
        else
            node = after(node, root, NULL);
    }
    if (root)
        write_below(root, out);
}

/* By what it says; by what it is made of. */
static bool says_challenge(const writer *visible)
{
    return visible->text.size > 0 && visible->text.size < LONGEST_CHALLENGE &&
           contains_any(visible->text.data, visible->text.size, said);
}

static bool holds_challenge(const writer *visible, const char *page, size_t bytes)
{
    return visible->text.size < LONGEST_CHALLENGE && contains_any(page, bytes, written);
}

bool pulse_page_is_challenge(const char *page, size_t bytes)
{
    xmlDoc *tree = parse(page, bytes);
    if (!tree)
        return false;
    writer lyrics = {.limit = LONGEST_REASON}, visible = {.limit = LONGEST_REASON};
    const xmlNode *root = xmlDocGetRootElement(tree);
    bool challenge = false;
    if (!root || write_containers(root, &lyrics) == 0) {
        write_visible(tree, &visible);
        challenge = says_challenge(&visible) || holds_challenge(&visible, page, bytes);
    }
    free(lyrics.text.data);
    free(visible.text.data);
    xmlFreeDoc(tree);
    return challenge;
}

/* A container's text that is none: "[Instrumental]", or nothing. */
static pulse_page_kind judge_text(const writer *lyrics)
{
    char *clean = NULL;
    size_t size = 0;
    if (pulse_lyrics_clean(lyrics->text.data, lyrics->text.size, PULSE_LYRICS_SONG, &clean, &size,
                           NULL) == PULSE_OK &&
        clean) {
        pulse_string_free(clean);
        return PULSE_PAGE_LYRICS;
    }
    enum { SHORT = 200 };
    if (lyrics->text.size < SHORT && contains(lyrics->text.data, lyrics->text.size, "instrumental"))
        return PULSE_PAGE_INSTRUMENTAL;
    return PULSE_PAGE_EMPTY;
}

static pulse_page_kind judge_rest(const xmlDoc *tree, const char *page, size_t bytes, bool song)
{
    writer visible = {.limit = LONGEST_REASON};
    write_visible(tree, &visible);
    const char *text = visible.text.data ? visible.text.data : "";
    pulse_page_kind kind = song ? PULSE_PAGE_EMPTY : PULSE_PAGE_UNKNOWN;
    if (!song && says_challenge(&visible))
        kind = PULSE_PAGE_CHALLENGE;
    else if (contains_any(text, visible.text.size, none))
        kind = PULSE_PAGE_INSTRUMENTAL;
    else if (contains_any(text, visible.text.size, yet))
        kind = PULSE_PAGE_EMPTY;
    else if (!song && holds_challenge(&visible, page, bytes))
        kind = PULSE_PAGE_CHALLENGE;
    free(visible.text.data);
    return kind;
}

pulse_page_kind pulse_page_read(const char *page, size_t bytes, char **text, size_t *size)
{
    *text = NULL;
    *size = 0;
    xmlDoc *tree = parse(page, bytes);
    const xmlNode *root = tree ? xmlDocGetRootElement(tree) : NULL;
    if (!root) {
        xmlFreeDoc(tree);
        return PULSE_PAGE_UNKNOWN;
    }
    writer lyrics = {.limit = LONGEST_LYRICS};
    const size_t containers = write_containers(root, &lyrics);
    while (lyrics.text.size > 0 && lyrics.text.data[lyrics.text.size - 1] == '\n')
        lyrics.text.data[--lyrics.text.size] = 0;
    const pulse_page_kind kind =
        lyrics.text.size > 0 ? judge_text(&lyrics) : judge_rest(tree, page, bytes, containers > 0);
    xmlFreeDoc(tree);
    if (kind == PULSE_PAGE_LYRICS) {
        *text = lyrics.text.data;
        *size = lyrics.text.size;
    } else {
        free(lyrics.text.data);
    }
    return kind;
}
