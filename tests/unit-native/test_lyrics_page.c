/* What is read of a song's page, whatever the page is. The songs are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "lyrics/page.h"

#define SONG "The kettle sings at seven in the morning<br>and all the cups are waiting in a row<br>"
#define CONTAINER(inside) "<div data-lyrics-container=\"true\" class=\"x\">" inside "</div>"

static pulse_page_kind read_page(const char *page, char **text)
{
    size_t size;
    const pulse_page_kind kind = pulse_page_read(page, strlen(page), text, &size);
    if (*text)
        assert_int_equal(size, strlen(*text));
    return kind;
}

static void expect_lyrics(const char *page, const char *wanted)
{
    char *text;
    assert_int_equal(read_page(page, &text), PULSE_PAGE_LYRICS);
    assert_string_equal(text, wanted);
    free(text);
}

static void expect_kind(const char *page, pulse_page_kind wanted)
{
    char *text;
    const pulse_page_kind kind = read_page(page, &text);
    if (kind != wanted)
        fail_msg("%d instead of %d: %s", kind, wanted, page);
    assert_null(text);
}

static void lines_are_what_br_and_blocks_say(void **state)
{
    (void)state;
    expect_lyrics("<html><body>" CONTAINER("[Verse 1]<br>The kettle sings\n   at  seven<br/>and "
                                           "all the <i>cups</i> are<br><br>waiting in a row"
                                           "<p>below the window</p>again") "</body></html>",
                  "[Verse 1]\nThe kettle sings at seven\nand all the cups are\n\nwaiting in a row\n"
                  "below the window\nagain");
}

static void several_containers_are_one_text(void **state)
{
    (void)state;
    expect_lyrics(
        "<body>" CONTAINER(
            "The kettle sings at seven<br>and all the cups") "<div>an "
                                                             "advertisement</"
                                                             "div><section>" CONTAINER(
                                                                 "are waiting in a row") "</"
                                                                                         "section>",
        "The kettle sings at seven\nand all the cups\nare waiting in a row");
}

static void a_container_in_a_container_is_read_once(void **state)
{
    (void)state;
    expect_lyrics(CONTAINER("The kettle sings<br>" CONTAINER("at seven in the morning") "and all "
                                                                                        "the cups"),
                  "The kettle sings\nat seven in the morning\nand all the cups");
}

static void links_and_marks_within_lines_are_text(void **state)
{
    (void)state;
    expect_lyrics(CONTAINER("<a href=\"/1\"><span>The kettle sings<br>at seven</span></a> <b>in "
                            "the</b> mor<i>ning</i> &amp; all the caf&eacute; cups &lt;wait&gt;"),
                  "The kettle sings\nat seven in the morning & all the caf\xc3\xa9 cups <wait>");
}

static void what_is_excluded_is_left_out(void **state)
{
    (void)state;
    expect_lyrics(CONTAINER("<div data-exclude-from-selection=\"true\"><h2>12 Contributors"
                            "</h2>Translations</div>The kettle sings at seven<br>"
                            "<div data-exclude-from-selection>an <div>advertisement</div></div>"
                            "and all the cups<script>var a = 'b';</script><style>p{}</style>"
                            "<button>Share</button><!-- no --><br>are waiting in a row"),
                  "The kettle sings at seven\nand all the cups\nare waiting in a row");
}

static void only_a_true_container_is_one(void **state)
{
    (void)state;
    expect_kind("<div data-lyrics-container=\"false\">" SONG "</div>", PULSE_PAGE_UNKNOWN);
    expect_kind("<div class=\"data-lyrics-container\">" SONG "</div>", PULSE_PAGE_UNKNOWN);
    expect_kind("<script>" CONTAINER(SONG) "</script><p>nothing</p>", PULSE_PAGE_UNKNOWN);
    expect_kind("<!-- " CONTAINER(SONG) " --><p>nothing</p>", PULSE_PAGE_UNKNOWN);
}

static void an_instrumental_says_so(void **state)
{
    (void)state;
    expect_kind(CONTAINER("[Instrumental]"), PULSE_PAGE_INSTRUMENTAL);
    expect_kind("<body><div class=\"LyricsPlaceholder\">This song is an instrumental</div>",
                PULSE_PAGE_INSTRUMENTAL);
    /* Not in a script, where it may stand for another song. */
    expect_kind("<body><script>'This song is an instrumental'</script><p>nothing</p>",
                PULSE_PAGE_UNKNOWN);
}

static void a_page_without_a_text_yet_is_empty(void **state)
{
    (void)state;
    expect_kind("<body><p>Lyrics for this song have yet to be released. Please check back once "
                "the song has been released.",
                PULSE_PAGE_EMPTY);
    expect_kind(CONTAINER(""), PULSE_PAGE_EMPTY);
    expect_kind(CONTAINER("  <br> \n"), PULSE_PAGE_EMPTY);
}

static void a_page_that_guards_another_is_a_challenge(void **state)
{
    (void)state;
    static const char *const pages[] = {
        "<title>Just a moment...</title><noscript>Enable JavaScript and cookies to continue",
        "<title>Attention Required!</title><body>Please complete the captcha",
        "<body><h1>Verify you are human by completing the action below</h1>",
        "<body><form action='/cdn-cgi/challenge-platform/h/b'><p>One more step</p></form>",
        "<body><div id=\"px-captcha\"></div><p>Press and hold</p>",
        "<body><h1>Access denied</h1>You do not have permission",
        "<body>This song is an instrumental<p>Complete the captcha to go on</p>"};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; ++i) {
        expect_kind(pages[i], PULSE_PAGE_CHALLENGE);
        assert_true(pulse_page_is_challenge(pages[i], strlen(pages[i])));
    }
    /* A song may be about it. */
    const char *song = CONTAINER("Just a moment, says the captcha, just a moment<br>are you a "
                                 "robot or a kettle in the rain");
    char *text;
    assert_int_equal(read_page(song, &text), PULSE_PAGE_LYRICS);
    free(text);
    assert_false(pulse_page_is_challenge(song, strlen(song)));
}

static void other_pages_say_nothing(void **state)
{
    (void)state;
    static const char *const pages[] = {"",
                                        "<",
                                        "\xff\xfe\xfd",
                                        "{\"error\":404}",
                                        "<html></html>",
                                        "<h1>Oops! Page not found</h1>"};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; ++i) {
        expect_kind(pages[i], PULSE_PAGE_UNKNOWN);
        assert_false(pulse_page_is_challenge(pages[i], strlen(pages[i])));
    }
    assert_false(pulse_page_is_challenge(NULL, 0));
}

static void bytes_that_are_no_utf8_do_no_harm(void **state)
{
    (void)state;
    char *text;
    const char *page = CONTAINER("The kettle sings at seven \xff\xc3( in the morning<br>and all "
                                 "the cups \xe2\x80 are waiting");
    if (read_page(page, &text) == PULSE_PAGE_LYRICS)
        assert_non_null(strstr(text, "The kettle sings"));
    free(text);
}

static void repeat(pulse_text *out, const char *text, size_t times)
{
    const size_t size = strlen(text);
    while (times--)
        pulse_text_append(out, text, size);
}

/* No page may take long, or a lot of stack. */
static void pages_made_to_hurt_end_soon(void **state)
{
    (void)state;
    static const struct {
        const char *before, *again, *after;
    } hurt[] = {
        {"", "<div>", SONG},
        {"", "<div data-lyrics-container=true>", SONG},
        {"<p ", "a%d=1 ", ">"},
        {"<p ", "ab", ">"},
        {"", "&amp", ""},
        {"<!DOCTYPE html [<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>", "&b;", ""},
        {"", "<!--", ""},
        {"<table>", "<tr><td><table>", ""},
        {"<a>", "<b><i><a href=x>", ""},
        {"", "<p data-exclude-from-selection=true>", SONG},
        {"<div data-lyrics-container=true>", "word<br>", "</div>"},
        {"<script>", "<", ""},
    };
    for (size_t i = 0; i < sizeof hurt / sizeof *hurt; ++i) {
        pulse_text page = {0};
        repeat(&page, hurt[i].before, 1);
        if (strstr(hurt[i].again, "%d")) {
            for (int n = 0; n < 200000; ++n)
                pulse_text_format(&page, "a%d=1 ", n);
        } else {
            repeat(&page, hurt[i].again, 200000);
        }
        repeat(&page, hurt[i].after, 1);
        char *text;
        size_t size;
        const clock_t start = clock();
        pulse_page_read(page.data, page.size, &text, &size);
        assert_true(!text || size <= (512u << 10));
        free(text);
        const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (seconds > 20)
            fail_msg("%s takes %.1f s", hurt[i].again, seconds);
        free(page.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_what_br_and_blocks_say),
        cmocka_unit_test(several_containers_are_one_text),
        cmocka_unit_test(a_container_in_a_container_is_read_once),
        cmocka_unit_test(links_and_marks_within_lines_are_text),
        cmocka_unit_test(what_is_excluded_is_left_out),
        cmocka_unit_test(only_a_true_container_is_one),
        cmocka_unit_test(an_instrumental_says_so),
        cmocka_unit_test(a_page_without_a_text_yet_is_empty),
        cmocka_unit_test(a_page_that_guards_another_is_a_challenge),
        cmocka_unit_test(other_pages_say_nothing),
        cmocka_unit_test(bytes_that_are_no_utf8_do_no_harm),
        cmocka_unit_test(pages_made_to_hurt_end_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
