/* What is not sung goes, and what is sung stays. All lyrics here are made up. */
#include "expect.h"

#include <time.h>

#define ABOVE "Silver boats are drifting home"
#define BELOW "and the lanterns hum below the pier"

/* NULL, or the cleaned text, which has been cleaned once more to the same. */
static char *clean(const char *text, size_t bytes, pulse_lyrics_kind kind)
{
    char *out;
    char *again;
    size_t size;
    size_t size_again;
    uint8_t *copy = exact_copy(text, bytes);
    expect_ok(pulse_lyrics_clean((const char *)copy, bytes, kind, &out, &size, error));
    free(copy);
    if (!out) {
        assert_int_equal(size, 0);
        return NULL;
    }
    assert_int_equal(strlen(out), size);
    expect_ok(pulse_lyrics_clean(out, size, kind, &again, &size_again, error));
    if (!again)
        fail_msg("\"%s\" is no lyrics when it is cleaned again", out);
    assert_string_equal(again, out);
    pulse_string_free(again);
    return out;
}

static void expect_clean(const char *text, size_t bytes, pulse_lyrics_kind kind, const char *wanted)
{
    char *out = clean(text, bytes, kind);
    if (!wanted && out)
        fail_msg("\"%s\" became \"%s\", and not nothing", text, out);
    if (wanted && !out)
        fail_msg("\"%s\" became nothing, and not \"%s\"", text, wanted);
    if (wanted && strcmp(out, wanted) != 0)
        fail_msg("\"%s\" became \"%s\", and not \"%s\"", text, out, wanted);
    pulse_string_free(out);
}

static void expect_song(const char *text, const char *wanted)
{
    expect_clean(text, strlen(text), PULSE_LYRICS_SONG, wanted);
}

static void expect_query(const char *text, const char *wanted)
{
    expect_clean(text, strlen(text), PULSE_LYRICS_QUERY, wanted);
}

typedef struct line_case {
    const char *line;
    const char *wanted; /* NULL: the line goes */
} line_case;

/* Each line between two that stay. */
static void expect_lines(const line_case *cases, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        char text[1024];
        char wanted[1024];
        snprintf(text, sizeof text, ABOVE "\n%s\n" BELOW, cases[i].line);
        snprintf(wanted, sizeof wanted, ABOVE "\n%s%s" BELOW,
                 cases[i].wanted ? cases[i].wanted : "", cases[i].wanted ? "\n" : "");
        expect_song(text, wanted);
    }
}

#define EXPECT_LINES(cases) expect_lines(cases, sizeof(cases) / sizeof *(cases))

static void plain_lyrics_stay_as_they_are(void **context)
{
    (void)context;
    static const char *const texts[] = {
        (ABOVE "\n" BELOW),
        "boat drift home lantern hum below pier silver silver home",
        "I said hey (hey), you said no (no, no)\nWe sang the chorus twice and cried",
        ("It's 12:30 and I'm [still] awake, 3 < 4 & 5 > 2; AT&T, R&B\nWhat the f**k, sh*t, oh "
         "my_god"),
        "One more time (one more time), the last verse of my life",
        "Una noche más, corazón, ¿dónde estás?\nNo me dejes aquí llorando",
        "Серебряные лодки плывут домой\nи фонари поют над водой",
        "銀色的小船漂回家\n燈籠在碼頭下唱歌",
        "銀の舟が家に帰る\nランタンが歌う",
        "은빛 배가 집으로 떠나가네\n등불이 노래하네 부두 아래서",
        "القوارب الفضية تعود إلى البيت\nوالفوانيس تغني تحت الرصيف",
        "चांदी की नावें घर लौट रही हैं\nऔर दीये गा रहे हैं",
        "เรือสีเงินลอยกลับบ้าน\nโคมไฟร้องเพลงใต้ท่าเรือ",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
        expect_song(texts[i], texts[i]);
        expect_query(texts[i], texts[i]);
    }
}

static void blanks_and_line_ends_are_single(void **context)
{
    (void)context;
    expect_song("\r\n  " ABOVE "  \r\n\r\n\t\r" BELOW " \n\n", ABOVE "\n" BELOW);
    expect_song("Silver\tboats \xc2\xa0 are\xe3\x80\x80"
                "drifting home\xe2\x80\xa8" BELOW,
                ABOVE "\n" BELOW);
}

static void time_stamps_and_tags_go(void **context)
{
    (void)context;
    expect_song(
        "[ar:Low Tide]\n[ti:Lanterns]\n[al:Harbour, a long way from any home at all: live]\n"
        "[by:somebody]\n[offset:+120]\n[length: 03:21]\n[re:editor]\n[ve:1.2]\n"
        "[00:12.34]Silver boats are drifting home\n"
        "[00:17.10][01:02.99] <00:17.20>and <00:17.5>the <00:18.00>lanterns hum below the "
        "pier<00:19.99>\n[03:20]\n",
        ABOVE "\n" BELOW);
    expect_song("1\n00:00:12,000 --> 00:00:15,500\n" ABOVE
                "\n\n00:00:15.500 --> 00:00:19.000\n" BELOW,
                "1\n" ABOVE "\n" BELOW);
    expect_song("[00:01.00]Sil<00:01.50>ver boats are drifting home\n" BELOW, ABOVE "\n" BELOW);
}

static void section_headers_go(void **context)
{
    (void)context;
    static const line_case cases[] = {
        {"[Chorus]", NULL},
        {"[Verse 2: Anna Reed]", NULL},
        {"[Verse 2: Anna Reed, Low Tide & The Harbour Choir of the North, with friends]", NULL},
        {"[Pre-Chorus]", NULL},
        {"[Instrumental Break]", NULL},
        {"[Guitar Solo]", NULL},
        {"[Second Verse]", NULL},
        {"[Refrão]", NULL},
        {"[Estribillo: Anna]", NULL},
        {"[Припев]", NULL},
        {"[サビ]", NULL},
        {"【副歌】", NULL},
        {"［Aメロ］", NULL},
        {"[후렴]", NULL},
        {"[Somewhere Unknown]", NULL},
        {"[x2]", NULL},
        {"[?]", NULL},
        {"[]", NULL},
        {"[[Chorus]]", NULL},
        {"(Chorus)", NULL},
        {"(Repeat chorus x2)", NULL},
        {"(guitar solo)", NULL},
        {"（副歌）", NULL},
        {"Chorus", NULL},
        {"CHORUS x2", NULL},
        {"Chorus:", NULL},
        {"Chorus (x2)", NULL},
        {"** Chorus **", NULL},
        {"## Verse 1", NULL},
        {"Verse One", NULL},
        {"2nd Verse", NULL},
        {"Verse 3 -", NULL},
        {"Pre-Chorus:", NULL},
        {"Repeat Chorus 2x", NULL},
        {"Final chorus", NULL},
        {"Hook:", NULL},
        {"Solo:", NULL},
        {"Refrain", NULL},
        {"Strophe 2", NULL},
        {"Couplet 1", NULL},
        {"Ritornello", NULL},
        {"Припев:", NULL},
        {"Nakarat", NULL},
        {"サビ", NULL},
        {"副歌：", NULL},
        {"Instrumental", NULL},
        {"[Chorus] oh, the tide", "oh, the tide"},
        {"oh, the tide [x3]", "oh, the tide"},
        {"oh, the tide (2x)", "oh, the tide"},
        {"oh, the tide x2", "oh, the tide"},
        {"oh, the tide \xc3\x97"
         "3",
         "oh, the tide"},
        {"oh, the tide (repeat)", "oh, the tide"},
        {"Chorus: oh, the tide", "oh, the tide"},
        {"Verse 1: oh, the tide", "oh, the tide"},
        {"(x4)", NULL},
        {"x4", NULL},
        {"repeat 2 times", NULL},
    };
    EXPECT_LINES(cases);
}

static void sung_lines_stay(void **context)
{
    (void)context;
    static const line_case cases[] = {
        {"(hey)", "(hey)"},
        {"(oh, oh, oh)", "(oh, oh, oh)"},
        {"(one more time)", "(one more time)"},
        {"chorus of the sea", "chorus of the sea"},
        {"The verse is mine", "The verse is mine"},
        {"Break", "Break"},
        {"Solo", "Solo"},
        {"Repeat after me", "Repeat after me"},
        {"I said: chorus", "I said: chorus"},
        {"Time: nobody has it", "Time: nobody has it"},
        {"I love you 2", "I love you 2"},
        {"max", "max"},
        {"1 2 3 4", "1 2 3 4"},
        {"[I never knew you loved me] I know", "[I never knew you loved me] I know"},
        {"[I never knew that you would love me so]", "[I never knew that you would love me so]"},
        {"(chorus girls dance)", "(chorus girls dance)"},
        {"Embed my heart in yours", "Embed my heart in yours"},
        {"you might also like the rain", "you might also like the rain"},
        {"You might also like the rain", "You might also like the rain"},
        {"See me live", "See me live"},
        {"Written by the stars above", "Written by the stars above"},
        {"the source of it all", "the source of it all"},
        {"Lyrics on my skin", "Lyrics on my skin"},
        {"read more books", "read more books"},
        {"#1 in my heart", "#1 in my heart"},
        {"Contributors to war", "Contributors to war"},
    };
    EXPECT_LINES(cases);
}

static void credits_and_advertisements_go(void **context)
{
    (void)context;
    static const line_case cases[] = {
        {"You might also like", NULL},
        {"You might also likeOh, the tide", "Oh, the tide"},
        {"See Low Tide LiveGet tickets as low as $61You might also like", NULL},
        {"See Low Tide LiveGet tickets as low as $61You might also like[Bridge]", NULL},
        {"See Low Tide Live\nGet tickets as low as $61", NULL},
        {"Get tickets as low as $61", NULL},
        {"oh, the tide42Embed", "oh, the tide"},
        {"oh, the tideEmbed", "oh, the tide"},
        {"Embed", NULL},
        {"12Embed", NULL},
        {"Share URL Copy Embed Copy", NULL},
        {"Read More", NULL},
        {"3 Contributors", NULL},
        {"1 Contributor", NULL},
        {"3 ContributorsLanterns Lyrics", NULL},
        {"3 ContributorsLanterns LyricsOh, the tide", "Oh, the tide"},
        {"3 ContributorsTranslationsEspañolLanterns Lyrics[Verse 1]", NULL},
        {"3 ContributorsLanterns LyricsLanterns is a song about \xe2\x80\xa6 Read More Oh, the "
         "tide",
         "Oh, the tide"},
        {"Translations", NULL},
        {"TranslationsEspañolTürkçe", NULL},
        {"Lyrics provided by Nobody", NULL},
        {"LYRICS PROVIDED BY NOBODY", NULL},
        {"Lyrics licensed & provided by Somebody", NULL},
        {"Writer(s): Anna Reed, Low Tide", NULL},
        {"Writers: Anna Reed", NULL},
        {"Songwriter: Anna Reed", NULL},
        {"Composer : Anna Reed", NULL},
        {"Written by Anna Reed", NULL},
        {"Produced by Anna Reed", NULL},
        {"(C) 1999 Tide Songs", NULL},
        {"\xc2\xa9 Tide Songs", NULL},
        {"Copyright 2011 Tide Songs", NULL},
        {"Tide Songs. All rights reserved.", NULL},
        {"******* This Lyrics is NOT for Commercial use *******", NULL},
        {"http://example.org/lyrics", NULL},
        {"https://example.org www.example.org", NULL},
        {"---", NULL},
        {"\xe2\x99\xaa \xe2\x99\xaa", NULL},
        {"\xe2\x99\xaa oh, the tide \xe2\x99\xab", "oh, the tide"},
        {"...", NULL},
    };
    EXPECT_LINES(cases);
    expect_song("3 ContributorsLanterns Lyrics\n[Verse 1]\n" ABOVE "\n" BELOW "42Embed",
                ABOVE "\n" BELOW);
    expect_song("Lanterns Lyrics\n" ABOVE "\n" BELOW, ABOVE "\n" BELOW);
}

static void markup_goes(void **context)
{
    (void)context;
    static const line_case cases[] = {
        {"<p>oh, the <i>tide</i></p>", "oh, the tide"},
        {"<a href=\"x\" class='y'>oh</a>, the tide<br/>my love<BR>", "oh, the tide\nmy love"},
        {"oh, the tide<!-- a <b> comment\n of two lines -->", "oh, the tide"},
        {"<script>var a = '<b>';</script>oh<STYLE type=x>p { }</style>, the tide", "oh, the tide"},
        {"&quot;Oh&quot;, it&#39;s &amp; isn&#x27;t&nbsp;the &lt;3 tide&hellip;",
         "\"Oh\", it's & isn't the <3 tide\xe2\x80\xa6"},
        {"caf&eacute; na&iuml;ve &Auml;rger &thorn; &AElig;on &yuml;",
         "caf\xc3\xa9 na\xc3\xafve \xc3\x84rger \xc3\xbe \xc3\x86on \xc3\xbf"},
        {"oh&lt;br&gt;the&amp;nbsp;tide", "oh\nthe tide"},
        {"&amp;amp;amp;lt;b&gt;oh, the tide", "oh, the tide"},
        {"&unknown; &; & &# &#; &#x; &#xg; &amp", "&unknown; &; & &# &#; &#x; &#xg; &amp"},
        {"oh&#0;the&#xD800;tide&#1114112;and&#99999999999;me", "oh the tide and&#99999999999;me"},
        {"ti&#8203;de&shy; of &#128674;", "tide of \xf0\x9f\x9a\xa2"},
        {"a < b and c > d", "a < b and c > d"},
        {"**oh**, the *tide* is __mine__ and ~~yours~~", "oh, the tide is mine and yours"},
        {"***oh, the tide***", "oh, the tide"},
        {"*oh, the tide", "*oh, the tide"},
        {"my_own_tide 2 * 3 * 4", "my_own_tide 2 * 3 * 4"},
    };
    EXPECT_LINES(cases);
}

static void characters_that_are_none_go(void **context)
{
    (void)context;
    static const char zero[] = ABOVE "\0\0" BELOW;
    expect_clean(zero, sizeof zero - 1, PULSE_LYRICS_SONG, ABOVE " " BELOW);
    static const line_case cases[] = {
        {"\xef\xbb\xbfoh, the\xe2\x80\x8b tide\xe2\x80\x8e", "oh, the tide"},
        {"oh,\x01\x1b the \x7ftide\xc2\x85me", "oh, the tide\nme"},
        {"oh,\xff the\xc0\xaf tide\xed\xa0\x80\xf4\x90\x80\x80 \xe2\x82", "oh, the tide"},
        {"oh,\xef\xbf\xbdthe tide", "oh, the tide"},
    };
    EXPECT_LINES(cases);
}

static void what_says_that_there_are_none_is_none(void **context)
{
    (void)context;
    static const char *const texts[] = {
        "",
        " \n\t\r\n ",
        "Instrumental",
        "[Instrumental]",
        "(instrumental)",
        "*instrumental*",
        "Instrumental.",
        "<b>INSTRUMENTAL</b>",
        "This song is an instrumental",
        "[00:00.00] (Instrumental) \xe2\x99\xaa",
        "Instrumental: lead guitar by Anna Reed, bass by nobody in particular",
        "Strumentale",
        "\xe2\x99\xaa",
        "\xe2\x99\xaa\xe2\x99\xab\xe2\x99\xaa \xf0\x9f\x8e\xb5",
        "N/A",
        "n/a",
        "NaN",
        "null",
        "-",
        "Lyrics not available",
        "No lyrics",
        "no lyrics available.",
        "Sans paroles",
        "纯音乐，请欣赏",
        "歌詞なし",
        "[Chorus]\n[Verse 1]\n(x2)",
        ("3 ContributorsLanterns Lyrics\nLyrics for this song have yet to be released. Please "
         "check "
         "back once the song has been released.Embed"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i)
        expect_song(texts[i], NULL);
    expect_clean("\0\0\0", 3, PULSE_LYRICS_QUERY, NULL);
}

static void too_few_words_are_no_lyrics_of_a_song(void **context)
{
    (void)context;
    expect_song("lantern", NULL);
    expect_song("lantern lantern lantern lantern lantern lantern lantern lantern", NULL);
    expect_song("repeat song", NULL);
    expect_song("boats come and go, boats come and go", NULL); /* four words */
    expect_song("boats come and go home, boats come", "boats come and go home, boats come");
    expect_song("a b c d e", NULL); /* five letters */
    expect_song("我愛你", NULL);
    expect_song("我愛你我愛你我愛你我愛你", NULL);
    expect_song("銀色小船漂回家不回頭", "銀色小船漂回家不回頭");
}

static void what_is_not_text_is_no_lyrics_of_a_song(void **context)
{
    (void)context;
    expect_song("0101 1101 0110 22 33 44 a b c d e f 1010101 10101010 77 88 99 12 34 56", NULL);
    expect_song("$$$ ### @@@ !!! a b c d e f ((( ))) *** &&& %%% ^^^ +++ === ~~~ ---", NULL);
    expect_song("U2lsdmVyIGJvYXRzIGFyZSBkcmlmdGluZyBob21lIGFuZCB0aGUgbGFudGVybnMgaHVtIGJlbG93IHRo\n"
                "ZSBwaWVyIHdoaWxlIGV2ZXJ5Ym9keSBzbGVlcHMgYW5kIG5vYm9keSBkcmVhbXMgYW55IG1vcmU\n"
                "dGhlIGVuZCBpcyBuZWFyIGFuZCB0aGUgc2VhIGlzIHdpZGUgYXMgZXZlciBpdCB3YXMgYmVmb3Jl",
                NULL);
    char scream[200];
    memset(scream, 'a', 60);
    snprintf(scream + 60, sizeof scream - 60,
             "h oh the tide is coming in and I will let it take "
             "me where it goes tonight and for ever more");
    expect_song(scream, scream);
}

static void a_query_may_be_one_word(void **context)
{
    (void)context;
    expect_query("lantern", "lantern");
    expect_query("  Rain! ", "Rain!");
    expect_query("愛", "愛");
    expect_query("80s", "80s");
    expect_query("instrumental", "instrumental");
    expect_query("chorus", "chorus");
    expect_query("artist: someone who sings of the sea", "artist: someone who sings of the sea");
    expect_query("a song about <b>boats</b> &amp; the sea", "a song about boats & the sea");
    expect_query("[Chorus]\nlantern", "lantern");
    expect_query("Chorus\nlantern", "lantern");
    expect_query("???", NULL);
    expect_query("[Chorus]", NULL);
    expect_query("https://example.org", NULL);
    expect_query("", NULL);
}

static void what_does_not_settle_is_no_lyrics(void **context)
{
    (void)context;
    char text[512] = ABOVE "\n" BELOW " &";
    for (int i = 0; i < 40; ++i)
        strcat(text, "amp;");
    strcat(text, "lt;b>");
    expect_song(text, NULL);
}

static void a_null_text_is_empty_or_refused(void **context)
{
    (void)context;
    char nothing = 0;
    char *out = &nothing;
    size_t size = 7;
    expect_ok(pulse_lyrics_clean(NULL, 0, PULSE_LYRICS_QUERY, &out, &size, error));
    assert_null(out);
    assert_int_equal(size, 0);
    out = &nothing;
    size = 7;
    expect_fail(PULSE_E_ARGUMENT, "no text",
                pulse_lyrics_clean(NULL, 3, PULSE_LYRICS_SONG, &out, &size, error));
    assert_null(out);
    assert_int_equal(size, 0);
}

/* Megabytes of whatever could make a pass look ahead again and again. */
static void hostile_text_takes_linear_time(void **context)
{
    (void)context;
    static const char *const pieces[] = {"<",
                                         "[",
                                         "(",
                                         "&",
                                         "&amp;",
                                         "&#",
                                         "<!--",
                                         "<b",
                                         "<script>",
                                         "[[",
                                         "[x",
                                         "(x2",
                                         "*",
                                         "*a* ",
                                         "**a",
                                         "_a",
                                         "a\n",
                                         "\n",
                                         " ",
                                         ":",
                                         "Chorus: ",
                                         "x2 ",
                                         "1Embed",
                                         "You might also like",
                                         "Get tickets as low as $1",
                                         "3 ContributorsLyrics",
                                         "<a>",
                                         "[a]",
                                         "(a)",
                                         "\xe3\x80\x90",
                                         "\xff",
                                         "\xe6\x84\x9b",
                                         "a",
                                         "a ",
                                         "#",
                                         "# ",
                                         "-->",
                                         "[Chorus]",
                                         "(x2)",
                                         "<00:01>",
                                         "&lt;",
                                         "[(",
                                         "([",
                                         "](",
                                         "<[(&*",
                                         "http://",
                                         "Lyrics",
                                         "--",
                                         "See ",
                                         "12Embed\n",
                                         "\xe2\x80\x8b",
                                         "word another thing or two\n",
                                         "&eacute;",
                                         "&nosuchname;"};
    enum { SIZE = 3 << 20 };
    char *text = malloc(SIZE);
    assert_non_null(text);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; ++i) {
        const size_t length = strlen(pieces[i]);
        for (size_t at = 0; at < SIZE; ++at)
            text[at] = pieces[i][at % length];
        char *out;
        size_t size;
        const clock_t start = clock();
        expect_ok(pulse_lyrics_clean(text, SIZE, PULSE_LYRICS_SONG, &out, &size, error));
        const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        pulse_string_free(out);
        if (seconds > 20) /* quadratic would be hours */
            fail_msg("\"%s\" over and over takes %.1f s", pieces[i], seconds);
        if (getenv("PULSE_TEST_TIMES"))
            printf("%.2f s \"%s\"\n", seconds, pieces[i]);
    }
    free(text);
}

static void ten_megabytes_are_cleaned(void **context)
{
    (void)context;
    static const char line[] =
        "[00:12.34] Silver boats are drifting <b>home</b> &amp; away (x2)\r\n";
    static const char wanted[] = "Silver boats are drifting home & away";
    const size_t length = sizeof line - 1;
    const size_t lines = ((size_t)10 << 20) / length;
    char *text = malloc(lines * length);
    assert_non_null(text);
    for (size_t i = 0; i < lines; ++i)
        memcpy(text + i * length, line, length);
    char *out;
    size_t size;
    expect_ok(pulse_lyrics_clean(text, lines * length, PULSE_LYRICS_SONG, &out, &size, error));
    assert_int_equal(size, lines * sizeof wanted - 1);
    for (size_t i = 0; i < lines; ++i)
        assert_memory_equal(out + i * sizeof wanted, wanted, sizeof wanted - 1);
    pulse_string_free(out);
    free(text);
}

/* Random sequences of everything that has a rule. */
static void cleaning_twice_changes_nothing(void **context)
{
    (void)context;
    static const char *const pieces[] = {"<",
                                         ">",
                                         "[",
                                         "]",
                                         "(",
                                         ")",
                                         "&",
                                         ";",
                                         "amp",
                                         "lt",
                                         "gt",
                                         "#",
                                         "x2",
                                         "2x",
                                         " ",
                                         "\n",
                                         "*",
                                         "_",
                                         ":",
                                         "chorus",
                                         "Verse 2",
                                         "Embed",
                                         "42",
                                         "You might also like",
                                         "See ",
                                         " Live",
                                         "Get tickets as low as $",
                                         "3 Contributors",
                                         "Lyrics",
                                         "Read More",
                                         "br",
                                         "script",
                                         "/",
                                         "!--",
                                         "-->",
                                         "oh",
                                         "the tide is rising",
                                         "silver boats",
                                         "&#39;",
                                         "&nbsp;",
                                         "[00:12.3]",
                                         "<00:12.3>",
                                         "(x3)",
                                         "instrumental",
                                         "\xe2\x99\xaa",
                                         "\xe2\x80\x8b",
                                         "\xff",
                                         "Written by ",
                                         "A",
                                         "Translations",
                                         "http://a",
                                         "\xe6\x84\x9b",
                                         "\xe3\x80\x90",
                                         "\xe3\x80\x91",
                                         "repeat"};
    uint64_t state = 4711;
    size_t kept = 0;
    for (int i = 0; i < 4000; ++i) {
        char text[1024] = "";
        size_t used = 0;
        for (uint32_t n = next_random(&state) % 30; n > 0; --n)
            used +=
                (size_t)snprintf(text + used, sizeof text - used, "%s",
                                 pieces[next_random(&state) % (sizeof pieces / sizeof *pieces)]);
        for (int kind = 0; kind < 2; ++kind) {
            char *out = clean(text, used, kind ? PULSE_LYRICS_QUERY : PULSE_LYRICS_SONG);
            kept += out != NULL;
            pulse_string_free(out);
        }
    }
    assert_true(kept > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_lyrics_stay_as_they_are),
        cmocka_unit_test(blanks_and_line_ends_are_single),
        cmocka_unit_test(time_stamps_and_tags_go),
        cmocka_unit_test(section_headers_go),
        cmocka_unit_test(sung_lines_stay),
        cmocka_unit_test(credits_and_advertisements_go),
        cmocka_unit_test(markup_goes),
        cmocka_unit_test(characters_that_are_none_go),
        cmocka_unit_test(what_says_that_there_are_none_is_none),
        cmocka_unit_test(too_few_words_are_no_lyrics_of_a_song),
        cmocka_unit_test(what_is_not_text_is_no_lyrics_of_a_song),
        cmocka_unit_test(a_query_may_be_one_word),
        cmocka_unit_test(what_does_not_settle_is_no_lyrics),
        cmocka_unit_test(a_null_text_is_empty_or_refused),
        cmocka_unit_test(hostile_text_takes_linear_time),
        cmocka_unit_test(ten_megabytes_are_cleaned),
        cmocka_unit_test(cleaning_twice_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
