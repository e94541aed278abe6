/* The rules of lyrics hygiene. To teach it something new, add a line here and a case to
 * tests/unit/test_hygiene.c. */
#include "lyrics/hygiene.h"

#include <stdlib.h>
#include <string.h>

/* ---- section headers ---- */

#define BESIDE PULSE_SECTION_BESIDE
#define TIMES PULSE_SECTION_TIMES
#define REPEAT PULSE_SECTION_REPEAT
#define BRACKET PULSE_SECTION_BRACKET
#define MARK PULSE_SECTION_MARK
#define SURE PULSE_SECTION_SURE

/* Lower case, as utf8proc makes it. A word that people also sing is no SURE one. */
/* clang-format off */
static const struct {
    const char *word;
    pulse_section_level level;
} sections[] = {
    /* beside a header */
    {"a", BESIDE}, {"b", BESIDE}, {"c", BESIDE}, {"d", BESIDE}, {"i", BESIDE}, {"ii", BESIDE},
    {"iii", BESIDE}, {"iv", BESIDE}, {"v", BESIDE}, {"vi", BESIDE}, {"one", BESIDE},
    {"two", BESIDE}, {"three", BESIDE}, {"four", BESIDE}, {"five", BESIDE}, {"st", BESIDE},
    {"nd", BESIDE}, {"rd", BESIDE}, {"th", BESIDE}, {"first", BESIDE}, {"second", BESIDE},
    {"third", BESIDE}, {"last", BESIDE}, {"final", BESIDE}, {"pre", BESIDE}, {"post", BESIDE},
    {"pré", BESIDE}, {"and", BESIDE}, {"the", BESIDE}, {"to", BESIDE}, {"until", BESIDE},
    {"till", BESIDE}, {"fade", BESIDE}, {"x", TIMES}, {"times", TIMES}, {"time", BESIDE},
    {"mal", TIMES}, {"veces", TIMES}, {"vezes", TIMES}, {"fois", TIMES}, {"volte", TIMES},
    {"раза", TIMES}, {"раз", TIMES}, {"repeat", REPEAT}, {"repeats", REPEAT}, {"rpt", REPEAT},
    {"bis", REPEAT}, {"repite", REPEAT}, {"repetir", REPEAT}, {"повтор", REPEAT},
    /* English, and what other languages took from it */
    {"chorus", SURE}, {"choruses", SURE}, {"prechorus", SURE}, {"postchorus", SURE},
    {"verse", SURE}, {"verses", SURE}, {"refrain", SURE}, {"intro", SURE}, {"outro", SURE},
    {"bridge", SURE}, {"interlude", SURE}, {"instrumental", SURE}, {"hook", MARK}, {"solo", MARK},
    {"break", MARK}, {"breakdown", MARK}, {"buildup", MARK}, {"coda", MARK}, {"prelude", MARK},
    {"vamp", MARK}, {"riff", MARK}, {"adlib", MARK}, {"adlibs", MARK}, {"introduction", MARK},
    {"ending", MARK}, {"guitar", BRACKET}, {"piano", BRACKET}, {"drum", BRACKET},
    {"drums", BRACKET}, {"bass", BRACKET}, {"sax", BRACKET}, {"saxophone", BRACKET},
    {"harmonica", BRACKET}, {"sample", BRACKET}, {"skit", BRACKET}, {"spoken", BRACKET},
    {"part", BRACKET}, {"drop", BRACKET}, {"build", BRACKET}, {"music", BRACKET},
    {"vocal", BRACKET}, {"vocals", BRACKET}, {"produced", BRACKET}, {"lyrics", MARK},
    {"letra", MARK}, {"paroles", MARK}, {"ad", BRACKET}, {"non", BRACKET}, {"segue", BRACKET},
    {"laughs", BRACKET}, {"laughter", BRACKET}, {"applause", BRACKET}, {"cheering", BRACKET},
    {"scratching", BRACKET}, {"beat", BRACKET},
    /* Spanish, Portuguese, Italian */
    {"coro", SURE}, {"precoro", SURE}, {"estribillo", SURE}, {"verso", SURE}, {"estrofa", SURE},
    {"puente", MARK}, {"introducción", MARK}, {"interludio", SURE}, {"refrão", SURE},
    {"refrao", SURE}, {"ponte", MARK}, {"estrofe", SURE}, {"introdução", MARK},
    {"ritornello", SURE}, {"strofa", SURE}, {"strumentale", SURE}, {"parte", BRACKET},
    /* French */
    {"couplet", SURE}, {"prérefrain", SURE}, {"pont", MARK}, {"instrumentale", SURE},
    /* German, Dutch, Scandinavian, Finnish */
    {"strophe", SURE}, {"vers", SURE}, {"prerefrain", SURE}, {"zwischenspiel", SURE},
    {"refrein", SURE}, {"refräng", SURE}, {"omkvæd", SURE}, {"omkved", SURE}, {"refreng", SURE},
    {"kertosäe", SURE}, {"säkeistö", SURE}, {"brygga", MARK}, {"stick", BRACKET},
    /* Polish, Czech, Slovak, Hungarian, Romanian, South Slavic */
    {"refren", SURE}, {"zwrotka", SURE}, {"refrén", SURE}, {"sloka", SURE}, {"verze", MARK},
    {"strofă", SURE}, {"refrenul", SURE}, {"kitica", SURE},
    /* Turkish, Indonesian, Filipino, Vietnamese */
    {"nakarat", SURE}, {"bölüm", BRACKET}, {"reff", SURE}, {"reffrain", SURE}, {"koro", SURE},
    {"bait", BRACKET}, {"điệp", BRACKET},
    /* Russian, Ukrainian, Bulgarian, Greek */
    {"припев", SURE}, {"предприпев", SURE}, {"куплет", SURE}, {"интро", SURE}, {"аутро", SURE},
    {"бридж", SURE}, {"проигрыш", SURE}, {"приспів", SURE}, {"вступление", MARK}, {"ρεφρέν", SURE},
    {"ρεφραίν", SURE}, {"κουπλέ", SURE},
    /* Hebrew, Arabic, Hindi */
    {"פזמון", SURE}, {"בית", BRACKET}, {"גשר", BRACKET}, {"اللازمة", SURE}, {"لازمة", SURE},
    {"المقطع", BRACKET}, {"मुखड़ा", SURE}, {"अंतरा", SURE},
    /* Chinese, Japanese, Korean */
    {"副歌", SURE}, {"主歌", SURE}, {"前奏", SURE}, {"间奏", SURE}, {"間奏", SURE}, {"尾奏", SURE},
    {"导歌", SURE}, {"桥段", SURE}, {"サビ", SURE}, {"aメロ", SURE}, {"bメロ", SURE},
    {"cメロ", SURE}, {"イントロ", SURE}, {"アウトロ", SURE}, {"후렴", SURE}, {"후렴구", SURE},
    {"간주", SURE}, {"절", BESIDE},
};
/* clang-format on */

/* ---- lines that are not sung ---- */

enum { LONGEST_NOISE = 300 }; /* bytes */

typedef enum how {
    WHOLE,  /* it is the line, but for punctuation at its end */
    START,  /* it starts the line */
    LABEL,  /* so, and a colon follows, a plural's "s" or "(s)" between them */
    CREDIT, /* it starts the line with just that case, and a capital, a digit or a colon follows */
    ANYWHERE, /* it is in the line */
} how;

/* ASCII lower case, except in CREDIT. */
static const struct {
    how how;
    const char *text;
} noise[] = {
    {WHOLE, "embed"},
    {WHOLE, "share url copy embed copy"},
    {WHOLE, "you might also like"},
    {WHOLE, "read more"},
    {WHOLE, "translations"},
    {WHOLE, "lyrics"},
    {WHOLE, "lyricfind"},
    {WHOLE, "musixmatch"},
    {WHOLE, "webvtt"},
    {START, "get tickets as low as"},
    {START, "lyrics provided by"},
    {START, "lyrics powered by"},
    {START, "lyrics licensed"},
    {START, "lyrics submitted by"},
    {START, "lyrics \xc2\xa9"}, /* copyright sign */
    {START, "\xc2\xa9"},
    {START, "\xe2\x84\x97"}, /* sound recording copyright */
    {START, "(c) 1"},
    {START, "(c) 2"},
    {START, "(p) 1"},
    {START, "(p) 2"},
    {START, "copyright \xc2\xa9"},
    {START, "copyright (c)"},
    {START, "copyright 1"},
    {START, "copyright 2"},
    {START, "paroles de la chanson"},
    {START, "find more lyrics at"},
    {START, "lyrics for this song have yet to be released"},
    {LABEL, "copyright"},
    {LABEL, "instrumental"},
    {LABEL, "writer"},
    {LABEL, "songwriter"},
    {LABEL, "lyricist"},
    {LABEL, "composer"},
    {LABEL, "author"},
    {LABEL, "producer"},
    {LABEL, "publisher"},
    {LABEL, "artist"},
    {LABEL, "album"},
    {LABEL, "song"},
    {LABEL, "title"},
    {LABEL, "genre"},
    {LABEL, "source"},
    {LABEL, "label"},
    {LABEL, "written by"},
    {LABEL, "lyrics by"},
    {LABEL, "music by"},
    {LABEL, "words by"},
    {LABEL, "produced by"},
    {LABEL, "words and music"},
    {LABEL, "compositor"},
    {LABEL, "auteur"},
    {LABEL, "compositeur"},
    {CREDIT, "Written by "},
    {CREDIT, "Lyrics by "},
    {CREDIT, "Music by "},
    {CREDIT, "Produced by "},
    {CREDIT, "Songwriters "},
    {CREDIT, "Submitted by "},
    {CREDIT, "Transcribed by "},
    {CREDIT, "Translations"}, /* the languages' names follow without a blank */
    {ANYWHERE, "not for commercial use"},
    {ANYWHERE, "all rights reserved"},
    {ANYWHERE, "lyrics provided by"},
    {ANYWHERE, "-->"}, /* subtitles' times */
};

/* ---- texts that say that there is none ---- */

/* Words as pulse_hygiene_next_word reads them: "N/A" is "n a". */
static const char *const none[] = {
    "n a",
    "na",
    "nan",
    "null",
    "nil",
    "none",
    "unknown",
    "tba",
    "tbd",
    "empty",
    "lyrics",
    "no lyrics",
    "no lyrics available",
    "no lyrics found",
    "no lyrics yet",
    "no words",
    "no vocals",
    "not available",
    "not found",
    "lyrics not available",
    "lyrics not found",
    "lyrics unavailable",
    "lyrics are not available",
    "lyrics coming soon",
    "coming soon",
    "lyrics will be available soon",
    "music only",
    "sin letra",
    "sem letra",
    "sans paroles",
    "ohne text",
    "kein text",
    "keine lyrics",
    "senza testo",
    "纯音乐 请欣赏",
    "纯音乐",
    "此歌曲为没有填词的纯音乐 请您欣赏",
    "純音樂",
    "暂无歌词",
    "歌詞なし",
};

static const char *const instrumental[] = {
    "instrumental", "instrumentals",  "instrumentale", "instrumentaal",    "instrumentaali",
    "strumentale",  "instrumentalny", "инструментал",  "инструментальная", "インストゥルメンタル",
    "インスト",     "演奏曲",         "器楽曲",
};

/* ---- markup ---- */

static const char *const line_tags[] = {
    "blockquote", "br", "dd", "div", "dt",  "h1",      "h2",    "h3", "h4", "h5", "h6",
    "hr",         "li", "ol", "p",   "pre", "section", "table", "td", "tr", "ul",
};

/* In the order of strcmp: HTML's names for Latin 1, and what typography adds. */
/* clang-format off */
static const struct {
    const char *name;
    int32_t c;
} entities[] = {
    {"AElig", 0xc6},   {"Aacute", 0xc1},  {"Acirc", 0xc2},   {"Agrave", 0xc0},   {"Aring", 0xc5},
    {"Atilde", 0xc3},  {"Auml", 0xc4},    {"Ccedil", 0xc7},  {"ETH", 0xd0},      {"Eacute", 0xc9},
    {"Ecirc", 0xca},   {"Egrave", 0xc8},  {"Euml", 0xcb},    {"Iacute", 0xcd},   {"Icirc", 0xce},
    {"Igrave", 0xcc},  {"Iuml", 0xcf},    {"NewLine", 0xa},  {"Ntilde", 0xd1},   {"OElig", 0x152},
    {"Oacute", 0xd3},  {"Ocirc", 0xd4},   {"Ograve", 0xd2},  {"Oslash", 0xd8},   {"Otilde", 0xd5},
    {"Ouml", 0xd6},    {"Scaron", 0x160}, {"THORN", 0xde},   {"Tab", 0x9},       {"Uacute", 0xda},
    {"Ucirc", 0xdb},   {"Ugrave", 0xd9},  {"Uuml", 0xdc},    {"Yacute", 0xdd},   {"Yuml", 0x178},
    {"aacute", 0xe1},  {"acirc", 0xe2},   {"acute", 0xb4},   {"aelig", 0xe6},    {"agrave", 0xe0},
    {"amp", 0x26},     {"apos", 0x27},    {"aring", 0xe5},   {"atilde", 0xe3},   {"auml", 0xe4},
    {"bdquo", 0x201e}, {"brvbar", 0xa6},  {"bull", 0x2022},  {"ccedil", 0xe7},   {"cedil", 0xb8},
    {"cent", 0xa2},    {"circ", 0x2c6},   {"copy", 0xa9},    {"curren", 0xa4},   {"deg", 0xb0},
    {"divide", 0xf7},  {"eacute", 0xe9},  {"ecirc", 0xea},   {"egrave", 0xe8},   {"emsp", 0x2003},
    {"ensp", 0x2002},  {"eth", 0xf0},     {"euml", 0xeb},    {"euro", 0x20ac},   {"frac12", 0xbd},
    {"frac14", 0xbc},  {"frac34", 0xbe},  {"gt", 0x3e},      {"hearts", 0x2665}, {"hellip", 0x2026},
    {"iacute", 0xed},  {"icirc", 0xee},   {"iexcl", 0xa1},   {"igrave", 0xec},   {"iquest", 0xbf},
    {"iuml", 0xef},    {"laquo", 0xab},   {"ldquo", 0x201c}, {"lrm", 0x200e},    {"lsaquo", 0x2039},
    {"lsquo", 0x2018}, {"lt", 0x3c},      {"macr", 0xaf},    {"mdash", 0x2014},  {"micro", 0xb5},
    {"middot", 0xb7},  {"nbsp", 0xa0},    {"ndash", 0x2013}, {"not", 0xac},      {"ntilde", 0xf1},
    {"oacute", 0xf3},  {"ocirc", 0xf4},   {"oelig", 0x153},  {"ograve", 0xf2},   {"ordf", 0xaa},
    {"ordm", 0xba},    {"oslash", 0xf8},  {"otilde", 0xf5},  {"ouml", 0xf6},     {"para", 0xb6},
    {"plusmn", 0xb1},  {"pound", 0xa3},   {"prime", 0x2032}, {"quot", 0x22},     {"raquo", 0xbb},
    {"rdquo", 0x201d}, {"reg", 0xae},     {"rlm", 0x200f},   {"rsaquo", 0x203a}, {"rsquo", 0x2019},
    {"sbquo", 0x201a}, {"scaron", 0x161}, {"sect", 0xa7},    {"shy", 0xad},      {"sup1", 0xb9},
    {"sup2", 0xb2},    {"sup3", 0xb3},    {"szlig", 0xdf},   {"thinsp", 0x2009}, {"thorn", 0xfe},
    {"tilde", 0x2dc},  {"times", 0xd7},   {"trade", 0x2122}, {"uacute", 0xfa},   {"ucirc", 0xfb},
    {"ugrave", 0xf9},  {"uml", 0xa8},     {"uuml", 0xfc},    {"yacute", 0xfd},   {"yen", 0xa5},
    {"yuml", 0xff},    {"zwj", 0x200d},   {"zwnj", 0x200c},
};
/* clang-format on */

/* ---- looking up ---- */

#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool same(const char *text, size_t bytes, const char *other)
{
    return *text == *other && strlen(other) == bytes && memcmp(text, other, bytes) == 0;
}

static bool is_listed(const char *text, size_t bytes, const char *const *list, size_t count)
{
    for (size_t i = 0; bytes && i < count; ++i)
        if (same(text, bytes, list[i]))
            return true;
    return false;
}

pulse_section_level pulse_hygiene_section(const char *word, size_t bytes)
{
    for (size_t i = 0; bytes && i < COUNT(sections); ++i)
        if (same(word, bytes, sections[i].word))
            return sections[i].level;
    return PULSE_SECTION_NONE;
}

bool pulse_hygiene_says_none(const char *words, size_t bytes)
{
    return is_listed(words, bytes, none, COUNT(none));
}

bool pulse_hygiene_is_instrumental(const char *word, size_t bytes)
{
    return is_listed(word, bytes, instrumental, COUNT(instrumental));
}

bool pulse_hygiene_ends_line(const char *tag, size_t bytes)
{
    return is_listed(tag, bytes, line_tags, COUNT(line_tags));
}

int32_t pulse_hygiene_entity(const char *name, size_t bytes)
{
    size_t low = 0;
    size_t high = COUNT(entities);
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = strncmp(entities[middle].name, name, bytes);
        if (order == 0 && entities[middle].name[bytes] == '\0')
            return entities[middle].c;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

/* Whether `text` (lower case) begins at `line`. */
static bool begins(const char *line, size_t bytes, const char *text)
{
    size_t i = 0;
    while (i < bytes && text[i] && lower(line[i]) == text[i])
        ++i;
    return text[i] == '\0';
}

static bool is_whole(const char *line, size_t bytes, const char *text)
{
    while (bytes && strchr(" .:!-", line[bytes - 1]))
        --bytes;
    return bytes == strlen(text) && begins(line, bytes, text);
}

static bool is_label(const char *line, size_t bytes, const char *text)
{
    static const char *const endings[] = {":", "s:", "(s):", " :", "s :", "(s) :"};
    const size_t length = strlen(text);
    if (!begins(line, bytes, text))
        return false;
    for (size_t i = 0; i < COUNT(endings); ++i)
        if (begins(line + length, bytes - length, endings[i]))
            return true;
    return false;
}

static bool is_credit(const char *line, size_t bytes, const char *text)
{
    const size_t length = strlen(text);
    if (bytes <= length || memcmp(line, text, length) != 0)
        return false;
    const char next = line[length];
    return next == ':' || (next >= '0' && next <= '9') || lower(next) != next ||
           (uint8_t)next >= 0x80;
}

static bool is_inside(const char *line, size_t bytes, const char *text)
{
    for (size_t i = 0; i < bytes; ++i)
        if (lower(line[i]) == *text && begins(line + i, bytes - i, text))
            return true;
    return false;
}

bool pulse_hygiene_is_noise(const char *line, size_t bytes)
{
    static bool (*const tests[])(const char *line, size_t bytes, const char *text) = {
        [WHOLE] = is_whole,   [START] = begins,       [LABEL] = is_label,
        [CREDIT] = is_credit, [ANYWHERE] = is_inside,
    };
    if (bytes > LONGEST_NOISE)
        return false;
    char first = '\0';
    if (bytes)
        first = lower(*line);
    for (size_t i = 0; i < COUNT(noise); ++i)
        if ((noise[i].how == ANYWHERE || lower(*noise[i].text) == first) &&
            tests[noise[i].how](line, bytes, noise[i].text))
            return true;
    return false;
}
