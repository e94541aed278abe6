// Texts in: tokens, vectors, and songs that belong with them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { before, describe, test } from "node:test";
import { columns, csv, gz, random, songs } from "./catalogue.mjs";
import { addExtras, bert, cosine, lyrics, vocabulary, writeDirectory } from "./hf-directory.mjs";
import { assertDone, assertFailed, assertSound, pooled, program, programs, run, runJson, temporary } from "./program.mjs";

const id = (token) => vocabulary.indexOf(token);
const CLS = id("[CLS]");
const SEP = id("[SEP]");
const UNK = id("[UNK]");

let directory;
let bundle; // with an encoder
let plain; // without
before(async () => {
    directory = await temporary();
    bundle = path.join(directory, "bundle");
    plain = path.join(directory, "plain");
    const hf = await writeDirectory(path.join(directory, "hf"), addExtras(bert({ seed: 3 })));
    const encoder = path.join(directory, "e.safetensors");
    assertDone(await run(["encoder", "import", hf, "--out", encoder]));
    const file = path.join(directory, "songs.csv");
    const rows = songs(80, 6).map((row, i) => ({ ...row, lyrics: lyrics(random(i), 40) }));
    await writeFile(file, csv(rows, { names: [...columns, "lyrics"] }));
    const args = ["--latent", "8", "--epochs", "2", "--cache", path.join(directory, "cache.sqlite")];
    await Promise.all([
        run(["build", file, "--out", bundle, "--encoder", encoder, ...args]).then(assertDone),
        run(["build", file, "--out", plain, "--encoder", "none", ...args]).then(assertDone),
    ]);
});

const lines = (stdout) => stdout.split("\n").slice(0, -1);
const tokenize = async (input, ...args) =>
    lines(assertDone(await run(["tokenize", "--bundle", bundle, "--json", ...args], { input })).stdout).map(
        (line) => JSON.parse(line).ids,
    );
const encode = async (args, input) =>
    lines(assertDone(await run(["encode", "--bundle", bundle, "--json", ...args], { input })).stdout).map(
        (line) => JSON.parse(line).embedding,
    );

describe("tokenize", () => {
    test("gives_the_ids_of_each_line", async () => {
        assert.deepEqual(await tokenize("the Sea, äT night\nqz\n"), [
            [CLS, id("the"), id("sea"), id(","), id("at"), id("night"), SEP],
            [CLS, id("q"), id("##z"), SEP],
        ]);
    });

    test("prints_numbers_between_spaces_without_json", async () => {
        const result = assertDone(await run(["tokenize", "--bundle", bundle], { input: "the sea\nat" }));
        assert.equal(result.stdout, `${CLS} ${id("the")} ${id("sea")} ${SEP}\n${CLS} ${id("at")} ${SEP}\n`);
    });

    test("takes_an_empty_line_and_an_empty_input_for_an_empty_text", async () => {
        const empty = [CLS, SEP];
        assert.deepEqual(await tokenize(""), [empty]);
        assert.deepEqual(await tokenize("\n"), [empty]);
        assert.deepEqual(await tokenize("\n\nat"), [empty, empty, [CLS, id("at"), SEP]]);
        assert.deepEqual(await tokenize("at\r\nsea\r\n"), [[CLS, id("at"), SEP], [CLS, id("sea"), SEP]]);
    });

    test("takes_bytes_as_they_come", async () => {
        const input = Buffer.concat([
            Buffer.from("s\0e\0a \u{1f3b5}\n"), // a NUL is dropped, as control characters are
            Buffer.from([0xff, 0xfe, 0xc3, 0x0a]),
            Buffer.from("at\n"),
        ]);
        const got = await tokenize(input);
        assert.equal(got.length, 3);
        assert.deepEqual(got[0], [CLS, id("sea"), UNK, SEP]);
        assert.deepEqual(got[2], [CLS, id("at"), SEP]);
    });

    test("reads_a_file_and_words_of_any_length", async () => {
        const file = path.join(directory, "lines.txt");
        await writeFile(file, `${"x".repeat(100)}\n${"x".repeat(101)}\n${"sea ".repeat(300_000)}\n`);
        const got = await tokenize(undefined, file);
        assert.equal(got[0].length, 102);
        assert.deepEqual(got[1], [CLS, UNK, SEP]);
        assert.equal(got[2].length, 300_002);
    });

    test("answers_a_line_before_the_next_is_written", async () => {
        const child = spawn(program, ["tokenize", "--bundle", bundle]);
        for (const token of ["sea", "night"]) {
            child.stdin.write(`${token}\n`);
            const [answer] = await once(child.stdout, "data");
            assert.equal(answer.toString(), `${CLS} ${id(token)} ${SEP}\n`);
        }
        child.stdin.end();
        const [code] = await once(child, "close");
        assert.equal(code, 0);
    });
});

describe("encode", () => {
    const texts = ["the sea at night", "", "x", "silver moon ".repeat(400), "the sea at night"];

    test("gives_a_unit_vector_for_each_text", async () => {
        const vectors = await encode(["--lines", "-"], texts.join("\n") + "\n");
        assert.equal(vectors.length, texts.length);
        for (const vector of vectors) {
            assert.equal(vector.length, 32);
            assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5);
        }
        assert.deepEqual(vectors[4], vectors[0]);
        assert.notDeepEqual(vectors[1], vectors[0]);
    });

    test("gives_the_same_alone_in_a_batch_and_with_threads", async () => {
        const input = Array.from({ length: 70 }, (_, i) => lyrics(random(i), 1 + i).replaceAll("\n", " "));
        const way = ["--compute", "int16"];
        const all = await encode([...way, "--lines", "-"], input.join("\n"));
        assert.equal(all.length, 70);
        assert.deepEqual(await encode([...way, "--lines", "-", "--threads", "2"], input.join("\n")), all);
        for (const i of [0, 33, 69]) assert.deepEqual(await encode([...way, "--text", input[i]]), [all[i]]);
    });

    test("agrees_among_its_ways_of_computing", async () => {
        const [reference] = await encode(["--text", texts[0], "--compute", "f32"]);
        for (const [compute, least] of [["f32-int8", 0.99999], ["int16", 0.99999], ["int8", 0.99], ["auto", 0.99]]) {
            const [vector] = await encode(["--text", texts[0], "--compute", compute]);
            assert.ok(cosine(vector, reference) > least, compute);
        }
    });

    test("prints_numbers_between_spaces_without_json", async () => {
        const way = ["--compute", "int16", "--text", texts[0]];
        const { stdout } = assertDone(await run(["encode", "--bundle", bundle, ...way]));
        const numbers = stdout.trimEnd().split(" ").map(Number);
        const [vector] = await encode(way);
        assert.ok(numbers.every((number, i) => Math.abs(number - vector[i]) < 1e-7));
    });

    test("gives_nothing_for_no_lines", async () => {
        assert.deepEqual(await encode(["--lines", "-"], ""), []);
    });

    test("cleans_lyrics_when_asked_to_and_then_may_give_none", async () => {
        const words = "the sea is wide and the night is long and i walk home alone";
        const way = ["--lyrics", "--compute", "int16", "--lines", "-"];
        const [marked, bare, none] = await encode(way, `[00:12.00] ${words}\n${words}\n[Instrumental]\n`);
        assert.deepEqual(marked, bare);
        assert.equal(none, null);
        const result = assertDone(await run(["encode", "--bundle", bundle, ...way], { input: "[Instrumental]\n" }));
        assert.equal(result.stdout, "\n");
    });

    test("takes_whatever_comes", async () => {
        const rng = random(8);
        const bytes = Buffer.from(Array.from({ length: 20_000 }, () => rng.below(256)));
        const expected = bytes.filter((byte) => byte === 10).length + (bytes.at(-1) === 10 ? 0 : 1);
        await pooled(programs, async ({ program: binary }) => {
            const args = ["encode", "--bundle", bundle, "--lines", "-", "--json", "--compute", "int16"];
            const result = await run(args, { binary, input: bytes });
            assertSound(result);
            assert.equal(lines(assertDone(result).stdout).length, expected);
            const [one] = lines(assertDone(await run(args, { binary, input: "sea ".repeat(2_600_000) })).stdout);
            assert.equal(JSON.parse(one).embedding.length, 32); // ten megabytes
        });
    });
});

describe("recommend", () => {
    const ask = (args, options) => runJson(["recommend", "--bundle", bundle, "--json", ...args], options);
    const ids = ({ results }) => results.map((song) => song.song_id);

    test("takes_a_text_instead_of_a_song", async () => {
        const { seeds, results } = await ask(["--text", "silver moon and the quiet river", "-k", "5"]);
        assert.deepEqual(seeds, []);
        assert.equal(results.length, 5);
        const scores = results.map((song) => song.score);
        assert.deepEqual(scores, scores.toSorted((a, b) => b - a));
    });

    test("takes_lyrics_from_a_file_plain_or_gzip_and_from_the_standard_input", async () => {
        const words = "silver moon and the quiet river";
        const way = ["--compute", "int16", "-k", "10"];
        const expected = await ask([...way, "--text", words]);
        const file = path.join(directory, "words.txt");
        await writeFile(file, `[Verse 1]\n${words}\n`);
        assert.deepEqual(await ask([...way, "--lyrics-file", file]), expected);
        await writeFile(`${file}.gz`, gz(words));
        assert.deepEqual(await ask([...way, "--lyrics-file", `${file}.gz`]), expected);
        assert.deepEqual(await ask([...way, "--lyrics-file", "-"], { input: words }), expected);
    });

    test("takes_a_text_beside_songs_and_filters", async () => {
        const text = ["--text", "the lonely road"];
        const both = await ask([...text, "--song-id", "5", "-k", "20", "--year-min", "1980"]);
        assert.equal(both.seeds[0].song_id, 5);
        assert.ok(!ids(both).includes(5));
        assert.ok(both.results.every((song) => song.year >= 1980));
        const alone = await ask([...text, "-k", "20", "--year-min", "1980"]);
        assert.notDeepEqual(ids(both), ids(alone));
    });

    test("reads_what_is_no_text_as_well_as_it_can", async () => {
        const input = Buffer.concat([Buffer.from("silver\0moon "), Buffer.from([0xff, 0xc3]), Buffer.from(" river")]);
        assert.equal((await ask(["--lyrics-file", "-"], { input })).results.length, 10);
    });

    test("shows_the_text_above_the_table", async () => {
        const args = ["recommend", "--bundle", bundle, "--text", "old \x1b[31mroad\nto the sea ".repeat(9)];
        const { stdout } = assertDone(await run(args));
        assert.match(stdout, /^LIKE\n"old .*…"\n\nSCORE/);
        assert.ok(!stdout.includes("\x1b"));
    });

    test("says_when_there_are_no_words_in_it", async () => {
        for (const text of ["", "  \n\t", "[Instrumental]"]) {
            const result = await run(["recommend", "--bundle", bundle, "--text", text]);
            assertFailed(result, 2, "words");
        }
    });
});

for (const args of [["tokenize"], ["encode", "--text", "sea"], ["recommend", "--text", "sea"]])
    test(`${args[0]}_says_when_the_bundle_has_no_encoder`, async () => {
        const result = await run([...args, "--bundle", plain], { input: "sea" });
        assertFailed(result, 3, "encoder", "plain");
    });

const wrong = {
    tokenize_without_a_bundle: [["tokenize"], "--bundle"],
    tokenize_with_two_files: [["tokenize", "--bundle", "x", "y", "z"], "z"],
    encode_without_a_bundle: [["encode", "--text", "x"], "--bundle"],
    encode_without_a_text: [["encode", "--bundle", "x"], "--text", "--lines"],
    encode_with_two_kinds_of_text: [["encode", "--bundle", "x", "--text", "y", "--lines", "z"], "--lines"],
    encode_with_a_word_too_many: [["encode", "--bundle", "x", "--text", "y", "z"], "z"],
    encode_with_no_threads: [["encode", "--bundle", "x", "--text", "y", "--threads", "0"], "--threads"],
    encode_with_another_way: [["encode", "--bundle", "x", "--text", "y", "--compute", "fast"], "fast"],
    recommend_with_two_kinds_of_text: [["recommend", "--bundle", "x", "--text", "y", "--lyrics-file", "z"], "--text"],
    recommend_with_nothing: [["recommend", "--bundle", "x"], "--text"],
};
for (const [name, [args, ...patterns]] of Object.entries(wrong))
    test(`${name}_is_wrong_usage`, async () => {
        assertFailed(await run(args), 2, ...patterns);
    });

for (const [name, args] of [
    ["tokenize", ["tokenize", "/no/such/file"]],
    ["encode", ["encode", "--lines", "/no/such/file"]],
    ["recommend", ["recommend", "--lyrics-file", "/no/such/file"]],
    ["a_directory_to_encode", ["encode", "--lines", "/tmp"]],
])
    test(`${name}_names_a_file_that_cannot_be_read`, async () => {
        assertFailed(await run([...args, "--bundle", bundle]), 3, args.at(-1));
    });
