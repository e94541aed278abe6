// Searching the bundle that ships, as people type.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { assertDone, assertFailed, realBundle, run, runJson, search } from "./program.mjs";

const fold = (text) =>
    text
        .normalize("NFKD")
        .replace(/\p{M}/gu, "")
        .toLowerCase()
        .replace(/['’]/g, "")
        .replace(/[^\p{L}\p{N}]+/gu, " ")
        .trim();

/** 0: the title itself, 1: the title starts with it, 2: it is somewhere in title or artist. */
function tier(song, text) {
    const title = fold(song.title);
    if (title === fold(text)) return 0;
    if (title.startsWith(fold(text))) return 1;
    return 2;
}

test("json_has_the_query_and_songs_of_five_members", async () => {
    const answer = await runJson(["search", "believ", "--bundle", realBundle, "--json"]);
    assert.deepEqual(Object.keys(answer), ["query", "results"]);
    assert.equal(answer.query, "believ");
    assert.equal(answer.results.length, 10);
    for (const song of answer.results) {
        assert.deepEqual(Object.keys(song), ["song_id", "title", "artist", "genre", "year"]);
        assert.ok(Number.isSafeInteger(song.song_id));
        assert.equal(typeof song.title, "string");
        assert.equal(typeof song.artist, "string");
        assert.ok(song.genre === null || typeof song.genre === "string");
        assert.ok(song.year === null || Number.isInteger(song.year));
    }
});

// Titles, beginnings of titles and words in the middle, each with a prefix of several lengths.
for (const text of ["believe", "believ", "love me", "night", "home", "crazy", "the river", "stay"]) {
    test(`"${text}"_gives_exact_titles_then_prefixes_then_the_rest`, async () => {
        const songs = await search(text, "--limit", "200");
        const tiers = songs.map((song) => tier(song, text));
        assert.deepEqual(tiers, tiers.toSorted((a, b) => a - b));
        assert.ok(tiers.includes(0) || tiers.includes(1), "nothing starts with the text");
    });

    test(`"${text}"_is_in_everything_found`, async () => {
        const words = fold(text).split(" ");
        for (const song of await search(text, "--limit", "200")) {
            const have = fold(`${song.title} ${song.artist}`).split(" ");
            for (const word of words)
                assert.ok(
                    have.some((other) => other.startsWith(word) || near(word, other)),
                    `${song.title} / ${song.artist}`,
                );
        }
    });
}

/** One edit between `typed` and a prefix of `word`. */
function near(typed, word) {
    if (typed.length < 5) return false;
    for (let length = typed.length - 1; length <= typed.length + 1; ++length)
        if (distance(typed, word.slice(0, length)) <= 1) return true;
    return false;
}

/** Edits with swaps of neighbours, by the usual table. */
function distance(a, b) {
    const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
    for (let i = 1; i <= a.length; ++i) {
        rows.push([i]);
        for (let j = 1; j <= b.length; ++j) {
            const same = a[i - 1] === b[j - 1] ? 0 : 1;
            let best = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
            if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
                best = Math.min(best, rows[i - 2][j - 2] + 1);
            rows[i].push(best);
        }
    }
    return rows[a.length][b.length];
}

test("title_and_artist_may_come_in_any_order", async () => {
    const wanted = { title: "i believe", artist: "frankie laine" };
    for (const text of ["i believe frankie laine", "frankie laine i believe", "laine believ"]) {
        const [first] = await search(text);
        assert.deepEqual({ title: first?.title, artist: first?.artist }, wanted, text);
    }
});

test("an_artist_alone_gives_that_artists_songs", async () => {
    const songs = await search("frankie laine", "--limit", "5");
    assert.equal(songs.length, 5);
    for (const song of songs) assert.equal(song.artist, "frankie laine");
});

test("case_accents_and_punctuation_do_not_matter", async () => {
    const plain = await search("i cant stop loving you");
    assert.ok(plain.length > 0);
    for (const text of ["I CAN'T STOP LOVING YOU", "i Cän’t  stop... lóving yoù!", "i-cant-stop-loving-you"])
        assert.deepEqual(await search(text), plain, text);
});

for (const [typed, title, artist] of [
    ["beleive frankie laine", "i believe", "frankie laine"], // swapped
    ["belive frankie laine", "i believe", "frankie laine"], // one left out
    ["bellieve frankie laine", "i believe", "frankie laine"], // one too many
    ["bekieve frankie laine", "i believe", "frankie laine"], // one wrong
]) {
    test(`"${typed}"_still_finds_the_song`, async () => {
        const songs = await search(typed);
        assert.ok(
            songs.some((song) => song.title === title && song.artist === artist),
            JSON.stringify(songs),
        );
    });
}

test("words_under_five_letters_are_not_guessed_at", async () => {
    assert.deepEqual(await search("qzxv"), []);
});

test("a_correct_spelling_is_ranked_before_a_guess", async () => {
    const songs = await search("night", "--limit", "500");
    const right = songs.map((song) => /\bnight/.test(fold(`${song.title} ${song.artist}`)));
    assert.ok(right.length > 0);
    assert.deepEqual(right, right.toSorted((a, b) => Number(b) - Number(a)));
});

test("nothing_found_is_an_empty_list_and_not_a_failure", async () => {
    const answer = await runJson(["search", "zzqqxxyyww", "--bundle", realBundle, "--json"]);
    assert.deepEqual(answer, { query: "zzqqxxyyww", results: [] });
    const table = assertDone(await run(["search", "zzqqxxyyww", "--bundle", realBundle]));
    assert.doesNotMatch(table.stdout, /zzqqxxyyww/);
});

const odd = [
    ...["", " ", '"', "'", "(", ")", "*", "-", "%", "_", ";", "\\", "\t", "\n"],
    ...["a AND", "love OR", "NEAR(love)", "title:love", "love*", "^love", "{title}", "--", "love\\0"],
    ...["\u0301", "\u202e", "ا", "夜", "🎵", "ﬁre", "x".repeat(20_000), "a ".repeat(5_000)],
];

test("odd_text_is_searched_for_not_obeyed", async () => {
    for (const text of odd) {
        const args = ["search", "--bundle", realBundle, "--json", "--", text];
        const answer = await runJson(args);
        assert.equal(answer.query, text);
        assert.ok(Array.isArray(answer.results));
    }
});

test("a_text_that_starts_with_a_dash_can_be_searched", async () => {
    const answer = await runJson(["search", "--bundle", realBundle, "--json", "--", "-love"]);
    assert.ok(answer.results.length > 0);
});

test("limit_is_kept", async () => {
    for (const limit of ["1", "7", "25"])
        assert.equal((await search("love", "--limit", limit)).length, Number(limit));
    const all = await search("love", "--limit", "1000000");
    assert.ok(all.length > 500);
    assert.equal(new Set(all.map((song) => song.song_id)).size, all.length);
    assert.deepEqual(await search("love", "--limit", "25"), all.slice(0, 25));
});

test("the_table_shows_what_json_shows", async () => {
    const table = assertDone(await run(["search", "believ", "--bundle", realBundle]));
    for (const song of await search("believ")) {
        assert.ok(table.stdout.includes(String(song.song_id)), table.stdout);
        assert.ok(table.stdout.includes(song.title.slice(0, 20)), table.stdout);
    }
    assert.doesNotMatch(table.stdout, /\u001b/, "colour codes in a pipe");
});

test("a_missing_bundle_is_named_once", async () => {
    const result = await run(["search", "believ", "--bundle", "/nowhere/at/all"]);
    assertFailed(result, 3, /No such file or directory/);
    assert.equal(result.stderr.split("/nowhere/at/all").length, 2, result.stderr);
});

test("info_is_one_line_of_json_whatever_the_manifests_layout", async () => {
    const { stdout } = assertDone(await run(["info", "--bundle", realBundle, "--json"]));
    assert.match(stdout, /^[^\n]+\n$/);
    const manifest = JSON.parse(await readFile(path.join(realBundle, "manifest.json"), "utf8"));
    assert.deepEqual(JSON.parse(stdout).manifest, manifest);
});
