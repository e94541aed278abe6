// What `evaluate` says of a catalogue in which the right answers are known, and of playlists that are none.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { before, describe, test } from "node:test";
import { csv, random, songs } from "./catalogue.mjs";
import { assertDone, assertFailed, programs, run, runJson, temporary } from "./program.mjs";

// Thirty groups of twelve songs. A group's songs are as alike as can be, and each is by somebody else, so that
// whoever looks at sound finds the rest of a group from five of it.
const GROUPS = 30;
const SIZE = 12;

function catalogue() {
    const rng = random(11);
    const rows = songs(GROUPS * SIZE, 3);
    const sounds = Array.from({ length: GROUPS }, () => ({
        danceability: Number(rng.next().toFixed(3)),
        energy: Number(rng.next().toFixed(3)),
        acousticness: Number(rng.next().toFixed(3)),
        valence: Number(rng.next().toFixed(3)),
        tempo: 60 + rng.below(120),
        release_date: 1960 + rng.below(60),
    }));
    rows.forEach((row, i) => {
        const { genre } = rows[i % GROUPS];
        Object.assign(row, sounds[i % GROUPS], { genre, artist_name: `Artist ${i % 40}` });
    });
    // Two versions of one song, in one group.
    Object.assign(rows[7], { track_name: "Copper Kettle Song", artist_name: "The Tin Whistlers" });
    Object.assign(rows[7 + 6 * GROUPS], {
        track_name: "Copper Kettle Song (Live)",
        artist_name: "The Tin Whistlers",
    });
    return rows;
}

const group = (g) => Array.from({ length: SIZE }, (_, i) => g + i * GROUPS);
const lines = (lists) => lists.map((list) => `${JSON.stringify(list)}\n`).join("");

let directory;
let bundle;
let work;
let playlists;
let training;

async function file(name, text) {
    const at = path.join(directory, name);
    await writeFile(at, text);
    return at;
}

before(async () => {
    directory = await temporary();
    const songsFile = await file("songs.csv", csv(catalogue()));
    bundle = path.join(directory, "made");
    work = path.join(directory, "steps");
    assertDone(
        await run([
            ...["build", songsFile, "--out", bundle, "--work", work],
            ...["--latent", "8", "--epochs", "30"],
        ]),
    );
    playlists = await file("playlists.jsonl", lines(Array.from({ length: GROUPS }, (_, g) => group(g))));
    // The same groups in another order, and a song that is in all of them.
    training = await file(
        "training.jsonl",
        lines(Array.from({ length: GROUPS }, (_, g) => [...group(g).reverse(), (g + 5) % GROUPS])),
    );
});

const evaluate = (...args) => runJson(["evaluate", "--bundle", bundle, "--json", ...args]);

describe("playlists of songs that sound the same", () => {
    let answer;
    before(async () => {
        answer = await evaluate(
            ...["--work", work, "--playlists", playlists, "--train-playlists", training],
        );
    });

    test("a_method_that_hears_finds_all_of_them", () => {
        assert.equal(answer.playlists, GROUPS);
        assert.equal(answer.bundle, "made");
        for (const name of ["pulse", "raw_features", "pca", "audio", "item_knn", "ease_200"]) {
            const method = answer.methods[name];
            assert.equal(method["recall@10"], 1, name);
            assert.equal(method["recall@100"], 1, name);
            assert.equal(method["ndcg@100"], 1, name);
            assert.equal(method.r_precision, 1, name);
            assert.deepEqual(method.ci95["recall@10"], [1, 1], name);
        }
    });

    test("one_that_guesses_finds_as_many_as_chance_does", () => {
        const { random: guess, popularity } = answer.methods;
        const chance = 100 / (GROUPS * SIZE - 5);
        assert.ok(Math.abs(guess["recall@100"] - chance) < 0.1, `${guess["recall@100"]}, ${chance}`);
        assert.ok(guess["recall@10"] < 0.15);
        assert.equal(guess.versus_pulse["recall@100"], "worse");
        assert.ok(popularity["recall@10"] < 0.3);
    });

    test("the_share_of_versions_is_counted_and_folding_them_leaves_none", () => {
        const [kept, folded] = [answer.methods.pulse, answer.methods.pulse_folded];
        // Of ten in each of thirty lists, one is another version of a seed.
        assert.ok(Math.abs(kept["duplicate_versions@10"] - 1 / (10 * GROUPS)) < 1e-6);
        assert.equal(folded["duplicate_versions@10"], 0);
        assert.ok(folded["recall@10"] < 1, "a version that is folded is not found");
    });

    test("every_method_has_every_measure", () => {
        const expected = [
            ...["pulse", "pulse_folded", "random", "popularity", "raw_features", "pca", "audio"],
            ...["audio_genre_year", "same_artist_audio", "item_knn", "item_knn_tuned"],
            ...["ease_200", "ease_700", "ease_artist_audio"],
        ];
        assert.deepEqual(Object.keys(answer.methods).sort(), expected.sort());
        const measures = [
            ...["recall@10", "recall@100", "ndcg@100", "r_precision", "coverage@10"],
            ...["diversity@10", "novelty@10", "duplicate_versions@10"],
        ];
        for (const [name, method] of Object.entries(answer.methods)) {
            for (const measure of measures) {
                const [low, high] = method.ci95[measure];
                assert.ok(low <= method[measure] && method[measure] <= high, `${name} ${measure}`);
            }
        }
        assert.deepEqual(answer.left_out.map(({ method }) => method).sort(), [
            "lyrics_embeddings",
            "lyrics_words",
            "pca_64",
        ]);
    });

    test("the_spaces_are_looked_at", () => {
        const { pulse, raw_features: raw } = answer.spaces;
        assert.equal(pulse.dimensions, 8);
        assert.equal(raw["same_genre@10"], 1, "a group has one genre");
        assert.ok(pulse.hubness.reachable > 0.9);
        assert.ok(pulse.hubness.largest >= 10);
        assert.ok(answer.reconstruction.pulse.features >= 0);
        assert.ok(answer.heldout.heldout_songs > 0);
    });

    test("it_comes_out_the_same_again", async () => {
        const again = await evaluate(
            ...["--work", work, "--playlists", playlists, "--train-playlists", training],
            ...["--threads", "1"],
        );
        assert.deepEqual(again, answer);
    });
});

test("without_a_workspace_the_bundle_answers_for_what_it_has", async () => {
    const answer = await evaluate("--playlists", playlists);
    for (const name of ["pulse", "raw_features", "audio", "same_artist_audio"])
        assert.ok(name in answer.methods, name);
    assert.equal(answer.methods.raw_features["recall@10"], 1);
    const why = Object.fromEntries(answer.left_out.map(({ method, why: reason }) => [method, reason]));
    assert.match(why.pca, /--work/);
    assert.match(why.ease_200, /--train-playlists/);
    assert.equal("reconstruction" in answer, false);
    assert.equal("novelty@10" in answer.methods.pulse, false, "novelty needs training playlists");
});

test("without_playlists_the_space_is_looked_at_alone", async () => {
    const answer = await evaluate();
    assert.equal(answer.playlists, 0);
    assert.deepEqual(answer.methods, {});
    assert.ok(answer.spaces.pulse["same_genre@10"] > 0.5);
});

test("the_workspace_that_build_leaves_is_found", async () => {
    const { playlists: none, ...rest } = await evaluate("--work", work);
    assert.equal(none, 0);
    assert.ok(rest.reconstruction);
    const made = path.join(directory, "beside");
    const songsFile = path.join(directory, "songs.csv");
    assertDone(await run(["build", songsFile, "--out", made, "--latent", "8", "--epochs", "2"]));
    const found = await runJson(["evaluate", "--bundle", made, "--json"]);
    assert.ok(found.reconstruction);
    // Another catalogue in its place is not the bundle's: said, and done without.
    const other = await file("beside.csv", csv(songs(60, 9)));
    assertDone(await run(["ingest", other, "--work", `${made}.work`]));
    const result = assertDone(await run(["evaluate", "--bundle", made, "--json"]));
    assert.match(result.stderr, /warning: .*other songs than the bundle.*passed over/);
    assert.equal("reconstruction" in JSON.parse(result.stdout), false);
});

test("hiding_what_is_heard_costs_what_was_found_by_it", async () => {
    const args = ["--work", work, "--playlists", playlists, "--hide", "audio"];
    const answer = await evaluate(...args, "--hide-share", "0.5");
    const { hidden } = answer;
    assert.equal(hidden.modality, "audio");
    assert.equal(hidden.songs, (GROUPS * SIZE) / 2);
    const [mean, low, high] = hidden.methods.raw_features.drop["recall@10"];
    assert.ok(mean > 0.05 && low <= mean && mean <= high, `${mean}`);
    assert.ok(hidden.methods.pulse["recall@10"] < answer.methods.pulse["recall@10"]);
    const other = await evaluate(...args, "--hide-share", "0.5", "--seed", "2");
    assert.notDeepEqual(other.hidden.methods, hidden.methods);
    const nothing = await evaluate(...args, "--hide-share", "0");
    assert.deepEqual(nothing.hidden.methods.pulse.drop["recall@10"], [0, 0, 0]);
});

test("people_read_tables_and_model_cards_markdown", async () => {
    const args = ["evaluate", "--bundle", bundle, "--work", work, "--playlists", playlists];
    const { stdout } = assertDone(await run(args));
    assert.match(stdout, /^METHOD +RECALL@10 +RECALL@100/m);
    assert.match(stdout, /^PlaylistPulse, 8 dimensions +1\.000 \[1\.000, 1\.000\]/m);
    assert.match(stdout, /left out: .*popularity.*\(.*--train-playlists/);
    const card = assertDone(await run([...args, "--markdown"])).stdout;
    assert.match(card, /^\| METHOD \| RECALL@10 \|.*\n\|---\|---:\|/m);
    for (const line of card.split("\n").filter((row) => row.startsWith("| ")))
        assert.ok(line.endsWith(" |"), line);
});

describe("playlists that are none", () => {
    const refused = [
        ["an object", '{"songs":[1,2,3]}\n', /line 1 is not a playlist/],
        ["no JSON", "[1,2,3,4,5,6]\n\nsong_id,artist\n", /line 3 is not a playlist/],
        ["a list in the list", "[1,2,[3],4,5,6,7]\n", /line 1/],
        ["null for an id", "[1,2,null,4,5,6,7]\n", /line 1/],
        ["more after the list", "[1,2,3,4,5,6] [7]\n", /line 1/],
        ["a list that does not end", "[1,2,3,4,5,6", /line 1/],
        ["deep brackets", `${"[".repeat(100_000)}\n`, /line 1/],
        ["bytes", Buffer.from([0xff, 0x00, 0x0a, 0x5b]), /line 1/],
        ["an empty file", "", /no playlist has 6 different songs/],
        ["unknown ids alone", '["a","b","c","d","e","f","g"]\n', /7 ids are not in it/],
        ["too short lists", "[1,2,3]\n[1,1,1,1,1,1,1]\n", /2 were shorter/],
        ["a line without end", `[${"1,".repeat(20_000_000)}`, /longer than \d+ MiB/],
    ];
    for (const { name: built, program } of programs) {
        for (const [what, text, message] of refused) {
            test(`${what} is refused, ${built}`, async () => {
                const name = await file("refused.jsonl", text);
                const args = ["evaluate", "--bundle", bundle, "--playlists", name, "--json"];
                assertFailed(await run(args, { binary: program }), 3, message);
            });
        }
    }

    test("what_is_passed_over_is_counted", async () => {
        const text =
            "[0, 30, 60, 90, 120, 150, 180]\r\n" + // one that counts
            '["0", "30", "60", "90", "120", "150"]\n' + // so do texts
            "\n  \t\n" +
            "[1, 2, 3]\n" +
            "[0, 0, 30, 60, 90, 99999, 120, -1, 1e3, 17.5, 150]"; // one twice, four unknown
        const name = await file("mixed.jsonl", text);
        const answer = await evaluate("--playlists", name);
        assert.equal(answer.playlists, 3);
        assert.deepEqual(answer.skipped, { short: 1, unknown_songs: 4, repeated_songs: 1 });
        const piped = await runJson(
            ["evaluate", "--bundle", bundle, "--json", "--playlists", "-"],
            { input: text },
        );
        assert.deepEqual(piped.methods, answer.methods);
        const { stderr } = assertDone(
            await run(["evaluate", "--bundle", bundle, "--playlists", name]),
        );
        assert.match(stderr, /3 playlists; passed over: 1 shorter than 6 songs, 4 unknown/);
    });

    test("playlists_that_were_learned_from_are_pointed_out", async () => {
        const { stderr } = assertDone(
            await run([
                ...["evaluate", "--bundle", bundle, "--json", "--playlists", playlists],
                ...["--train-playlists", playlists],
            ]),
        );
        assert.match(stderr, /30 of the 30 playlists are in .* too/);
    });
});

describe("what cannot be evaluated says what to do", () => {
    const failing = (codes, message, ...args) =>
        run(["evaluate", ...args]).then((result) => assertFailed(result, codes, message));

    test("no_bundle", () => failing(2, /--bundle/));
    test("a_bundle_that_is_not_there", () =>
        failing(3, /nowhere/, "--bundle", path.join(directory, "nowhere")));
    test("a_workspace_that_is_not_there", () =>
        failing(3, /ingest/, "--bundle", bundle, "--work", path.join(directory, "nowhere")));
    test("a_file_of_playlists_that_is_not_there", () =>
        failing(3, /nowhere/, "--bundle", bundle, "--playlists", path.join(directory, "nowhere")));
    test("a_workspace_of_other_songs", async () => {
        const other = path.join(directory, "other.work");
        const name = await file("other.csv", csv(songs(50, 9)));
        assertDone(await run(["ingest", name, "--work", other]));
        await failing(3, /other songs than the bundle/, "--bundle", bundle, "--work", other);
    });
    test("hiding_without_playlists_or_a_workspace_or_a_name", async () => {
        const hide = ["--bundle", bundle, "--hide", "audio"];
        await failing(2, /--playlists/, ...hide);
        await failing(2, /--work/, ...hide, "--playlists", playlists);
        await failing(
            2,
            /--hide must be one of .*audio/,
            ...["--bundle", bundle, "--hide", "colour", "--work", work, "--playlists", playlists],
        );
    });
});

test("ctrl_c_ends_it_in_order", async () => {
    const result = await run(["evaluate", "--bundle", bundle, "--playlists", playlists], {
        onStart: (child) => setTimeout(() => child.kill("SIGINT"), 60),
    });
    assert.ok(result.signal === "SIGINT" || result.code === 0, JSON.stringify(result));
});
