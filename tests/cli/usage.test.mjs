// What the program says about itself, and to those who call it wrongly.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { assertDone, assertFailed, program, realBundle, recommend, root, run } from "./program.mjs";

const commands = [
    ...["ingest", "embed", "train", "export", "build"],
    ...["search", "recommend", "info", "encode", "tokenize", "encoder"],
];

test("no_command_is_wrong_usage_and_names_the_commands", async () => {
    assertFailed(await run([]), 2, ...commands);
});

test("an_unknown_command_is_wrong_usage_and_is_named", async () => {
    assertFailed(await run(["recomend"]), 2, "recomend");
});

for (const option of ["--help", "-h", "help"]) {
    test(`${option}_lists_the_commands_on_stdout`, async () => {
        const result = assertDone(await run([option]));
        for (const command of commands) assert.match(result.stdout, new RegExp(`\\b${command}\\b`));
        assert.equal(result.stderr, "");
    });
}

test("version_is_the_headers", async () => {
    const header = await readFile(path.join(root, "core/include/pulse.h"), "utf8");
    const version = /PULSE_VERSION "([^"]+)"/.exec(header)[1];
    assert.equal(assertDone(await run(["--version"])).stdout, `playlistpulse ${version}\n`);
});

const options = {
    ingest: ["--schema", "--work"],
    train: ["--work", "--seed", "--latent"],
    export: ["--work", "--out"],
    build: ["--out", "--schema", "--latent", "--seed", "--encoder", "--cache", "--jobs", "--compute"],
    embed: ["--work", "--encoder", "--cache", "--jobs", "--compute"],
    encoder: ["import"],
    "encoder import": ["--out", "--name", "--licence", "--weights"],
    encode: ["--bundle", "--text", "--lines", "--lyrics", "--json", "--threads", "--compute"],
    tokenize: ["--bundle", "--json"],
    search: ["--bundle", "--limit", "--json"],
    recommend: [
        "--bundle",
        "--song-id",
        "--title",
        "--artist",
        "--text",
        "--lyrics-file",
        "--threads",
        "--compute",
        "-k",
        "--exclude-artist",
        "--max-per-artist",
        "--diversity",
        "--year-min",
        "--year-max",
        "--genre",
        "--json",
    ],
    info: ["--bundle", "--json"],
};

for (const command of Object.keys(options)) {
    test(`${command}_--help_names_its_options_on_stdout`, async () => {
        const result = assertDone(await run([...command.split(" "), "--help"]));
        for (const option of options[command]) assert.ok(result.stdout.includes(option), option);
        assert.equal(result.stderr, "");
    });

    test(`${command}_refuses_an_unknown_option_and_names_it`, async () => {
        assertFailed(await run([...command.split(" "), "--nonesuch"]), 2, "--nonesuch");
    });
}

const query = ["recommend", "--bundle", realBundle];
const wrong = {
    search_without_text: [["search", "--bundle", realBundle], /text|query|what/i],
    search_without_a_bundle: [["search", "love"], "--bundle"],
    search_with_two_texts: [["search", "one", "two", "--bundle", realBundle], "two"],
    search_limit_is_a_word: [["search", "love", "--bundle", realBundle, "--limit", "ten"], "--limit"],
    search_limit_is_negative: [["search", "love", "--bundle", realBundle, "--limit", "-1"], "--limit"],
    search_limit_has_no_value: [["search", "love", "--bundle", realBundle, "--limit"], "--limit"],
    recommend_without_a_bundle: [["recommend", "--song-id", "1"], "--bundle"],
    recommend_without_a_seed: [query, /--song-id|--title/],
    recommend_k_of_0: [[...query, "--song-id", "1", "-k", "0"], "-k"],
    recommend_k_is_negative: [[...query, "--song-id", "1", "-k", "-3"], "-k"],
    recommend_k_is_a_fraction: [[...query, "--song-id", "1", "-k", "2.5"], "-k"],
    recommend_k_has_a_tail: [[...query, "--song-id", "1", "-k", "10x"], "-k"],
    recommend_k_is_empty: [[...query, "--song-id", "1", "-k", ""], "-k"],
    recommend_k_overflows: [[...query, "--song-id", "1", "-k", "99999999999999999999"], "-k"],
    recommend_artist_without_a_title: [[...query, "--song-id", "1", "--artist", "x"], "--artist"],
    recommend_diversity_above_1: [[...query, "--song-id", "1", "--diversity", "1.5"], "--diversity"],
    recommend_diversity_below_0: [[...query, "--song-id", "1", "--diversity", "-0.1"], "--diversity"],
    recommend_diversity_is_nan: [[...query, "--song-id", "1", "--diversity", "nan"], "--diversity"],
    recommend_year_is_a_word: [[...query, "--song-id", "1", "--year-min", "y2k"], "--year-min"],
    recommend_years_the_wrong_way_round: [
        [...query, "--song-id", "1", "--year-min", "2000", "--year-max", "1990"],
        /year/,
    ],
    recommend_max_per_artist_is_negative: [
        [...query, "--song-id", "1", "--max-per-artist", "-1"],
        "--max-per-artist",
    ],
    build_without_a_file: [["build", "--out", "nowhere"], /csv|file/i],
    build_latent_of_0: [["build", "songs.csv", "--out", "nowhere", "--latent", "0"], "--latent"],
    build_latent_is_a_word: [["build", "songs.csv", "--out", "nowhere", "--latent", "x"], "--latent"],
    build_seed_is_a_word: [["build", "songs.csv", "--out", "nowhere", "--seed", "x"], "--seed"],
};

for (const [name, [args, pattern]] of Object.entries(wrong)) {
    test(`${name}_is_wrong_usage`, async () => {
        assertFailed(await run(args), 2, pattern);
    });
}

test("an_unknown_genre_is_said_not_silently_empty", async () => {
    const result = await run([...query, "--song-id", "1", "--genre", "polka metal"]);
    assertFailed(result, [2, 4], "polka metal");
});

test("options_may_stand_before_or_after_and_take_an_equals_sign", async () => {
    const first = await recommend(realBundle, "--song-id", "1", "-k", "3");
    const result = await run(["recommend", "--json", "-k", "3", "--song-id=1", `--bundle=${realBundle}`]);
    assert.deepEqual(JSON.parse(assertDone(result).stdout), first);
});

for (const [name, bundle] of [
    ["a_bundle_that_is_not_there", path.join(root, "no-such-bundle")],
    ["a_bundle_that_is_a_file", path.join(root, "core/include/pulse.h")],
]) {
    test(`${name}_is_named`, async () => {
        for (const args of [["search", "love"], ["info"], ["recommend", "--song-id", "1"]]) {
            const result = await run([...args, "--bundle", bundle]);
            assertFailed(result, [3, 4], path.basename(bundle));
        }
    });
}

for (const args of [["--help"], ["info"], ["search", "love"], ["recommend", "--song-id", "1", "--json"]]) {
    test(`${args[0]}_fails_when_its_results_cannot_be_written`, () => {
        const bundle = args[0] === "--help" ? [] : ["--bundle", realBundle];
        const stdio = ["ignore", openSync("/dev/full", "w"), "pipe"];
        const { status, stderr } = spawnSync(program, [...args, ...bundle], { stdio, encoding: "utf8" });
        assert.equal(status, 1);
        assert.match(stderr, /output/);
    });
}
