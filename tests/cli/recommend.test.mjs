// Recommending from the bundle that ships: shapes, and that every wish is really granted.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
    assertDone,
    assertFailed,
    pooled,
    realBundle,
    recommend as recommendFrom,
    run,
    search,
} from "./program.mjs";

const recommend = (...args) => recommendFrom(realBundle, ...args);
const ids = (answer) => answer.results.map((song) => song.song_id);
const seeds = [1, 77, 2500, 9001, 15000, 21000, 28000];

test("json_has_seeds_and_results_of_the_published_members", async () => {
    const answer = await recommend("--song-id", "1");
    assert.deepEqual(Object.keys(answer), ["seeds", "results"]);
    assert.equal(answer.seeds.length, 1);
    const seed = answer.seeds[0];
    assert.deepEqual(
        { song_id: seed.song_id, title: seed.title, artist: seed.artist },
        { song_id: 1, title: "i believe", artist: "frankie laine" },
    );
    const known = ["song_id", "title", "artist", "genre", "year"];
    for (const member of Object.keys(seed)) assert.ok(known.includes(member), member);
    assert.equal(answer.results.length, 10);
    for (const song of answer.results) {
        assert.deepEqual(Object.keys(song), [...known, "score", "why"]);
        assert.ok(Number.isSafeInteger(song.song_id));
        assert.ok(song.title.length > 0 && song.artist.length > 0);
        assert.ok(song.genre === null || song.genre.length > 0);
        assert.ok(song.year === null || Number.isInteger(song.year));
        assert.ok(song.score >= -1 && song.score <= 1.000001);
        assert.ok(Array.isArray(song.why));
        for (const word of song.why) assert.ok(typeof word === "string" && word.trim() === word);
        assert.equal(new Set(song.why).size, song.why.length, "a reason is given twice");
    }
});

test("most_results_say_why_and_in_a_listeners_words", async () => {
    let said = 0;
    let all = 0;
    for (const seed of seeds) {
        const answer = await recommend("--song-id", String(seed), "-k", "20");
        for (const { why } of answer.results) {
            all += 1;
            said += why.length > 0 ? 1 : 0;
            assert.ok(why.length <= 5, why.join());
            for (const word of why)
                assert.doesNotMatch(word, /[_=]|\d\.\d|shake the audience|world\/life/, "a column name");
        }
    }
    assert.ok(said / all > 0.9, `${said} of ${all}`);
});

test("results_come_best_first_without_the_seed_and_never_twice", async () => {
    for (const seed of seeds) {
        const answer = await recommend("--song-id", String(seed), "-k", "100");
        const scores = answer.results.map((song) => song.score);
        assert.deepEqual(scores, scores.toSorted((a, b) => b - a));
        assert.equal(new Set(ids(answer)).size, 100);
        assert.ok(!ids(answer).includes(seed));
    }
});

test("a_smaller_k_is_the_beginning_of_a_larger_one", async () => {
    const [ten, thousand] = await Promise.all(
        ["10", "1000"].map((k) => recommend("--song-id", "77", "-k", k)),
    );
    assert.equal(thousand.results.length, 1000);
    assert.deepEqual(ten.results, thousand.results.slice(0, 10));
});

test("k_of_a_million_gives_every_song_once_but_the_seed_and_folded_versions", async () => {
    const answer = await recommend("--song-id", "77", "-k", "1000000");
    const info = JSON.parse(assertDone(await run(["info", "--bundle", realBundle, "--json"])).stdout);
    assert.equal(new Set(ids(answer)).size, answer.results.length);
    assert.ok(answer.results.length < info.songs);
    assert.ok(answer.results.length > 0.97 * info.songs, `${answer.results.length}`);
});

test("the_same_question_has_the_same_answer", async () => {
    const runs = await Promise.all(
        [0, 1, 2].map(() =>
            run(["recommend", "--bundle", realBundle, "--json", "--song-id", "9001", "-k", "50"]),
        ),
    );
    for (const result of runs) assert.equal(assertDone(result).stdout, runs[0].stdout);
});

test("a_genre_filter_holds_and_still_gives_k", async () => {
    for (const genre of ["rock", "jazz", "reggae", "hip hop"]) {
        const answer = await recommend("--song-id", "1", "--genre", genre, "-k", "100");
        assert.equal(answer.results.length, 100);
        for (const song of answer.results) assert.equal(song.genre, genre);
    }
});

test("several_genres_are_one_or_the_other", async () => {
    const args = ["--genre", "jazz", "--genre", "blues", "-k", "200"];
    const answer = await recommend("--song-id", "1", ...args);
    assert.equal(answer.results.length, 200);
    assert.deepEqual(
        [...new Set(answer.results.map((song) => song.genre))].toSorted(),
        ["blues", "jazz"],
    );
});

test("a_year_filter_holds_at_both_ends_and_still_gives_k", async () => {
    for (const [from, to] of [
        [1980, 1989],
        [1999, 1999],
        [null, 1955],
        [2018, null],
    ]) {
        const args = ["--song-id", "77", "-k", "100"];
        if (from !== null) args.push("--year-min", String(from));
        if (to !== null) args.push("--year-max", String(to));
        const answer = await recommend(...args);
        assert.equal(answer.results.length, 100);
        for (const { year } of answer.results)
            assert.ok(year >= (from ?? -Infinity) && year <= (to ?? Infinity), `${year}`);
        const years = new Set(answer.results.map((song) => song.year));
        for (const bound of [from, to])
            if (bound !== null) assert.ok(years.has(bound), `${bound} itself is within the bounds`);
    }
});

test("filters_together_hold_together", async () => {
    const answer = await recommend(
        ...["--song-id", "77", "--genre", "rock", "--year-min", "1970", "--year-max", "1979"],
        ...["--max-per-artist", "1", "-k", "60"],
    );
    assert.equal(answer.results.length, 60);
    for (const song of answer.results) {
        assert.equal(song.genre, "rock");
        assert.ok(song.year >= 1970 && song.year <= 1979);
    }
    assert.equal(new Set(answer.results.map((song) => song.artist)).size, 60);
});

test("what_passes_a_filter_keeps_its_order_and_score", async () => {
    const args = ["--song-id", "2500"];
    const everything = await recommend(...args, "-k", "1000000");
    const filtered = await recommend(...args, "--genre", "blues", "--year-max", "1980", "-k", "50");
    const expected = everything.results.filter(
        (song) => song.genre === "blues" && song.year !== null && song.year <= 1980,
    );
    // Folding keeps the best version that passes, so only songs of one version compare.
    const same = ids(filtered).filter((id) => expected.some((song) => song.song_id === id));
    assert.ok(same.length >= 45);
    assert.deepEqual(
        same,
        expected.map((song) => song.song_id).filter((id) => same.includes(id)),
    );
});

test("max_per_artist_is_kept_and_k_is_still_given", async () => {
    for (const most of [1, 2, 3]) {
        const answer = await recommend(
            ...["--song-id", "1", "-k", "200", "--max-per-artist", String(most)],
        );
        assert.equal(answer.results.length, 200);
        const count = new Map();
        for (const { artist } of answer.results) count.set(artist, (count.get(artist) ?? 0) + 1);
        assert.ok(Math.max(...count.values()) <= most);
    }
});

test("exclude_artist_leaves_the_seeds_artists_out", async () => {
    for (const artist of ["frankie laine", "elton john", "madonna"]) {
        const own = (await search(artist, "--limit", "50")).filter((song) => song.artist === artist);
        assert.ok(own.length > 0, artist);
        const args = own.slice(0, 2).flatMap((song) => ["--song-id", String(song.song_id)]);
        const answer = await recommend(...args, "-k", "500", "--exclude-artist");
        assert.equal(answer.results.length, 500);
        for (const song of answer.results) assert.notEqual(song.artist, artist);
    }
});

test("several_seeds_are_all_named_and_none_returned", async () => {
    const args = seeds.flatMap((seed) => ["--song-id", String(seed)]);
    const answer = await recommend(...args, "-k", "300");
    assert.deepEqual(answer.seeds.map((song) => song.song_id), seeds);
    assert.equal(answer.results.length, 300);
    for (const id of ids(answer)) assert.ok(!seeds.includes(id));
});

test("a_seed_given_twice_is_one_direction", async () => {
    const once = await recommend("--song-id", "77", "-k", "50");
    const twice = await recommend("--song-id", "77", "--song-id", "77", "-k", "50");
    assert.deepEqual(ids(twice), ids(once));
});

test("a_title_and_artist_are_the_same_seed_as_their_id", async () => {
    const byId = await recommend("--song-id", "1");
    for (const args of [
        ["--title", "i believe", "--artist", "frankie laine"],
        ["--title", "I Believe!", "--artist", "Fránkie LAINE"],
    ])
        assert.deepEqual(await recommend(...args), byId);
});

test("titles_and_ids_mix_and_an_artist_belongs_to_the_title_before_it", async () => {
    const answer = await recommend(
        ...["--song-id", "77", "--title", "i believe", "--artist", "frankie laine"],
        ...["--song-id", "2500"],
    );
    assert.deepEqual(answer.seeds.map((song) => song.song_id), [77, 1, 2500]);
});

test("an_unknown_id_is_not_found_and_named", async () => {
    for (const id of ["28372", "-1", "999999999", "1e3", "x", "01", "9223372036854775808", ""])
        assertFailed(
            await run(["recommend", "--bundle", realBundle, "--json", `--song-id=${id}`]),
            id === "" ? [2, 4] : 4,
            id,
        );
});

test("an_unknown_title_is_not_found_with_near_misses", async () => {
    const args = ["recommend", "--bundle", realBundle, "--title"];
    assertFailed(await run([...args, "i belive", "--artist", "frankie laine"]), 4, "i believe");
    assertFailed(await run([...args, "zzqq xxyyww"]), 4, "zzqq xxyyww");
    assertFailed(await run([...args, "i believe", "--artist", "nobody of that name"]), 4, "i believe");
});

test("one_unknown_seed_among_known_ones_fails_the_whole", async () => {
    const args = ["recommend", "--bundle", realBundle, "--song-id", "1", "--song-id", "28372"];
    assertFailed(await run(args), 4, "28372");
});

test("diversity_spreads_the_results_out", async () => {
    const meanRank = async (diversity) => {
        const args = ["--song-id", "77", "-k", "20", "--diversity", diversity];
        const answer = await recommend(...args);
        assert.equal(answer.results.length, 20);
        assert.ok(!ids(answer).includes(77));
        return ids(answer).map((id) => order.indexOf(id)).reduce((a, b) => a + b) / 20;
    };
    const order = ids(await recommend("--song-id", "77", "-k", "1000000"));
    const none = await meanRank("0");
    const some = await meanRank("0.5");
    const full = await meanRank("1");
    assert.equal(none, 9.5);
    assert.ok(some > none && full > some, `${none} ${some} ${full}`);
});

test("a_song_without_audio_features_gets_recommendations_too", async () => {
    const songs = await pooled(seeds, (seed) => recommend("--song-id", String(seed + 3)));
    for (const answer of songs) assert.equal(answer.results.length, 10);
});

test("the_table_shows_what_json_shows_and_nothing_else_goes_to_stdout", async () => {
    const answer = await recommend("--song-id", "1", "-k", "5");
    const table = assertDone(
        await run(["recommend", "--bundle", realBundle, "--song-id", "1", "-k", "5"]),
    );
    let from = 0;
    for (const song of answer.results) {
        const at = table.stdout.indexOf(song.title.slice(0, 20), from);
        assert.ok(at >= from, `${song.title} in its place\n${table.stdout}`);
        from = at;
    }
    assert.doesNotMatch(table.stdout, /\u001b/, "colour codes in a pipe");
    assert.ok(table.stdout.trim().split("\n").length <= 5 + 4, table.stdout);
});

test("a_reader_that_leaves_early_is_no_crash", async () => {
    const result = await run(["recommend", "--bundle", realBundle, "--song-id", "1", "-k", "20000"], {
        onStart: (child) => child.stdout.once("data", () => child.stdout.destroy()),
    });
    // SIGPIPE is how a filter in a pipe ends; anything else must be an exit code.
    assert.ok(result.signal === "SIGPIPE" || [0, 1].includes(result.code), JSON.stringify(result));
});

test("info_tells_what_is_in_the_bundle", async () => {
    const result = assertDone(await run(["info", "--bundle", realBundle, "--json"]));
    const info = JSON.parse(result.stdout);
    assert.equal(info.songs, 28372);
    assert.ok(info.artists > 1000 && info.artists < 28372);
    assert.ok(info.dimensions >= 8);
    assert.deepEqual([info.year_min, info.year_max], [1950, 2019]);
    assert.equal(info.integer_ids, true);
    assert.equal(info.genres.reduce((sum, genre) => sum + genre.songs, 0), 28372);
    assert.ok(info.features.some((feature) => feature.name === "danceability"));
    assert.equal(info.manifest.format, "playlistpulse-bundle");
    const table = assertDone(await run(["info", "--bundle", realBundle]));
    assert.match(table.stdout, /28[,. ]?372/);
});
