/* When two names of a song mean the same recording, and when they only look like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lyrics/match.h"

typedef struct pair {
    const char *wanted, *candidate;
} pair;

static void check_titles(const pair *pairs, bool same)
{
    for (; pairs->wanted; ++pairs) {
        if (pulse_song_title_matches(pairs->wanted, pairs->candidate) != same ||
            pulse_song_title_matches(pairs->candidate, pairs->wanted) != same)
            fail_msg("\"%s\" and \"%s\" should %s", pairs->wanted, pairs->candidate,
                     same ? "match" : "differ");
    }
}

static void titles_match_whatever_their_case_accents_and_punctuation(void **state)
{
    (void)state;
    static const pair pairs[] = {{"amber lantern", "Amber Lantern"},
                                 {"Cafe Noir", "Café Noir"},
                                 {"Don't Go", "Dont Go"},
                                 {"Don\xe2\x80\x99t Go", "Don't Go"},
                                 {"Salt & Smoke", "Salt and Smoke"},
                                 {"Rock 'n' Roll Kettle", "Rock and Roll Kettle"},
                                 {"Hello, Harbour!", "hello harbour"},
                                 {"Seven-Eleven", "Seven Eleven"},
                                 {"Moon Light", "Moonlight"},
                                 {"River, Pt. 2", "River (Part II)"},
                                 {"???", "???"},
                                 {NULL, NULL}};
    check_titles(pairs, true);
}

static void titles_match_whatever_notes_that_change_no_word(void **state)
{
    (void)state;
    static const pair pairs[] = {{"Amber Lantern", "Amber Lantern (Remastered 2009)"},
                                 {"Amber Lantern", "Amber Lantern - 2011 Remaster"},
                                 {"Amber Lantern", "Amber Lantern - Radio Edit"},
                                 {"Amber Lantern", "Amber Lantern (feat. The Kettles)"},
                                 {"Amber Lantern", "Amber Lantern ft. The Kettles"},
                                 {"Amber Lantern", "Amber Lantern [Explicit]"},
                                 {"Amber Lantern", "Amber Lantern (Single Version)"},
                                 {"Amber Lantern (Mono)", "Amber Lantern (Deluxe Edition)"},
                                 {"Amber Lantern - Live at the Barn", "Amber Lantern (Live)"},
                                 {NULL, NULL}};
    check_titles(pairs, true);
}

static void another_version_is_another_song(void **state)
{
    (void)state;
    static const pair pairs[] = {{"Amber Lantern", "Amber Lantern (Live)"},
                                 {"Amber Lantern", "Amber Lantern - Live at the Barn"},
                                 {"Amber Lantern", "Amber Lantern (Acoustic)"},
                                 {"Amber Lantern", "Amber Lantern (Demo)"},
                                 {"Amber Lantern (Live)", "Amber Lantern (Acoustic)"},
                                 {"Amber Lantern", "Amber Lantern (Remix)"},
                                 {"Amber Lantern", "Amber Lantern (Instrumental)"},
                                 {"Amber Lantern", "Amber Lantern (Karaoke Version)"},
                                 {"Amber Lantern", "Amber Lantern (Cover)"},
                                 {"Amber Lantern", "Amber Lantern (Reprise)"},
                                 {"River (Part 1)", "River (Part 2)"},
                                 {"Live and Learn", "Live and Learn (Live)"},
                                 {NULL, NULL}};
    check_titles(pairs, false);
}

static void a_translation_is_another_song(void **state)
{
    (void)state;
    static const pair pairs[] = {
        {"Amber Lantern", "Amber Lantern (English Translation)"},
        {"Amber Lantern", "Amber Lantern (Romanized)"},
        {"Amber Lantern", "The Kettles - Amber Lantern (Traducción al Español)"},
        {"Amber Lantern", "Amber Lantern (Spanish Version)"},
        {"Amber Lantern", "Amber Lantern [Japanese Ver.]"},
        {NULL, NULL}};
    check_titles(pairs, false);
}

static void another_title_is_another_song(void **state)
{
    (void)state;
    static const pair pairs[] = {{"Amber Lantern", "Amber Lanterns"},
                                 {"Amber Lantern", "Lantern"},
                                 {"Amber", "Amber Lantern"},
                                 {"Amber Lantern", "Amber Lantern 2"},
                                 {"Amber Lantern", ""},
                                 {"", ""},
                                 {"???", "!!!"},
                                 {"\xff\xfe", "Amber"},
                                 {NULL, NULL}};
    for (const pair *at = pairs; at->wanted; ++at) {
        if (at->wanted[0] || at->candidate[0])
            assert_false(pulse_song_title_matches(at->wanted, at->candidate));
    }
}

static bool artist(const char *wanted, const char *main_credit, const char *other,
                   const char *guest)
{
    const char *names[2] = {"", ""};
    size_t count = 0;
    if (other)
        names[count++] = other;
    if (guest)
        names[count++] = guest;
    return pulse_song_artist_matches(wanted, main_credit, names, count);
}

static void artists_match_whatever_their_spelling(void **state)
{
    (void)state;
    assert_true(artist("the kettles", "The Kettles", NULL, NULL));
    assert_true(artist("Kettles, The", "The Kettles", NULL, NULL));
    assert_true(artist("Kettles", "The Kettles", NULL, NULL));
    assert_true(artist("Zoë Kettle", "ZOE KETTLE", NULL, NULL));
    assert_true(artist("Salt & Smoke", "Salt and Smoke", NULL, NULL));
    assert_true(artist("Tin/Can", "Tin Can", NULL, NULL));
    assert_true(artist("Oak, Ash & Thorn", "Oak, Ash and Thorn", NULL, NULL));
}

static void guests_do_not_count(void **state)
{
    (void)state;
    assert_true(artist("Zoe Kettle feat. Max Pan", "Zoe Kettle", NULL, NULL));
    assert_true(artist("Zoe Kettle", "Zoe Kettle (ft. Max Pan)", NULL, NULL));
    assert_true(
        artist("Zoe Kettle featuring Max Pan", "Zoe Kettle", "Zoe Kettle & Max Pan", "Max Pan"));
    assert_true(artist("Zoe Kettle feat. Max Pan", "Zoe Kettle & Max Pan", NULL, NULL));
}

static void of_several_artists_all_must_be_there(void **state)
{
    (void)state;
    assert_true(artist("Zoe Kettle, Max Pan", "Zoe Kettle", NULL, "Max Pan"));
    assert_true(artist("Zoe Kettle & Max Pan", "Zoe Kettle", "Zoe Kettle & Max Pan", NULL));
    assert_true(artist("Zoe Kettle x Max Pan", "Zoe Kettle, Max Pan", NULL, NULL));
    assert_false(artist("Zoe Kettle & Max Pan", "Zoe Kettle", NULL, NULL));
    assert_false(artist("Zoe Kettle & Max Pan", "Max Pan", NULL, NULL));
    assert_false(artist("Zoe Kettle", "Zoe Kettle & Max Pan", NULL, NULL));
    /* A list says by itself who is first. */
    assert_true(artist("Zoe Kettle;Max Pan", "Zoe Kettle", NULL, NULL));
    assert_true(artist("Zoe Kettle\x1fMax Pan", "Zoe Kettle", NULL, NULL));
    assert_false(artist("Zoe Kettle;Max Pan", "Max Pan", NULL, NULL));
}

static void a_song_of_another_artist_is_another_song(void **state)
{
    (void)state;
    assert_false(artist("The Kettles", "Kettle", NULL, NULL));
    assert_false(artist("The Kettles", "The Kettles Tribute Band", NULL, NULL));
    assert_false(artist("The Kettles", "Genius English Translations", NULL, NULL));
    assert_false(artist("The Kettles", "Karaoke Stars", "Karaoke Stars & The Pans", NULL));
    assert_false(artist("The Kettles", "", NULL, NULL));
    assert_false(artist("", "", NULL, NULL));
    assert_false(artist("???", "!!!", NULL, NULL));
    /* Whoever is a guest on another's song has not made it. */
    assert_false(artist("Max Pan", "Zoe Kettle", NULL, "Max Pan"));
    assert_false(artist("Max Pan", "Zoe Kettle feat. Max Pan", NULL, NULL));
}

static void names_of_any_bytes_are_survived(void **state)
{
    (void)state;
    char name[4096];
    uint32_t seed = 7;
    for (int turn = 0; turn < 300; ++turn) {
        const size_t size = (size_t)turn * 13 % (sizeof name - 1);
        for (size_t i = 0; i < size; ++i) {
            static const char likely[] = " ,&;/()[]-xftandfeat.\x1f\xe2\x80\x93";
            seed = seed * 1664525u + 1013904223u;
            const uint8_t any = (uint8_t)(1 + (seed >> 24) % 255);
            if (seed >> 16 & 3)
                name[i] = likely[(seed >> 8) % (sizeof likely - 1)];
            else
                memcpy(&name[i], &any, 1);
        }
        name[size] = 0;
        pulse_song_key key;
        pulse_song_key_make(name, name, &key);
        if (pulse_song_key_is_usable(&key))
            assert_true(pulse_song_title_matches(name, name));
        assert_true(!pulse_song_key_is_usable(&key) ||
                    pulse_song_artist_matches(name, name, NULL, 0));
        free(pulse_song_first_artist(name));
        pulse_song_key_free(&key);
    }
}

static void keys_are_the_same_for_the_same_song(void **state)
{
    (void)state;
    pulse_song_key a, b;
    pulse_song_key_make("The Kettles feat. Max Pan", "Amber Lantern (Remastered 2009)", &a);
    pulse_song_key_make("kettles", "amber lantern", &b);
    assert_string_equal(a.title, "amber lantern");
    assert_string_equal(a.artist, "kettles");
    assert_string_equal(a.version, "");
    assert_string_equal(a.title, b.title);
    assert_string_equal(a.artist, b.artist);
    pulse_song_key_free(&a);
    pulse_song_key_make("The Kettles", "Amber Lantern (Acoustic) [Live]", &a);
    assert_string_equal(a.title, "amber lantern");
    assert_string_equal(a.version, "live acoustic");
    pulse_song_key_free(&a);
    pulse_song_key_free(&b);
}

static void the_first_artist_is_who_is_searched_for(void **state)
{
    (void)state;
    static const pair pairs[] = {{"Zoe Kettle feat. Max Pan", "Zoe Kettle"},
                                 {"Zoe Kettle (ft. Max Pan)", "Zoe Kettle"},
                                 {"Zoe Kettle;Max Pan", "Zoe Kettle"},
                                 {"Oak, Ash & Thorn", "Oak, Ash & Thorn"},
                                 {"", ""},
                                 {NULL, NULL}};
    for (const pair *at = pairs; at->wanted; ++at) {
        char *first = pulse_song_first_artist(at->wanted);
        assert_string_equal(first, at->candidate);
        free(first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(titles_match_whatever_their_case_accents_and_punctuation),
        cmocka_unit_test(titles_match_whatever_notes_that_change_no_word),
        cmocka_unit_test(another_version_is_another_song),
        cmocka_unit_test(a_translation_is_another_song),
        cmocka_unit_test(another_title_is_another_song),
        cmocka_unit_test(artists_match_whatever_their_spelling),
        cmocka_unit_test(guests_do_not_count),
        cmocka_unit_test(of_several_artists_all_must_be_there),
        cmocka_unit_test(a_song_of_another_artist_is_another_song),
        cmocka_unit_test(names_of_any_bytes_are_survived),
        cmocka_unit_test(keys_are_the_same_for_the_same_song),
        cmocka_unit_test(the_first_artist_is_who_is_searched_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
