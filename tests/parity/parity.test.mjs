// One core, three builds: the native program, WebAssembly with plain SIMD and with relaxed SIMD give the
// same songs in the same order, with scores that differ by no more than rounding.
import assert from "node:assert/strict";
import path from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { random } from "../cli/catalogue.mjs";
import { pooled, realBundle, run, runJson } from "../cli/program.mjs";

const answerer = path.join(path.dirname(fileURLToPath(import.meta.url)), "answer.mjs");
const tolerance = 1e-4;

/** Node runs relaxed SIMD by itself from version 21 on, and has a flag for it before. */
const flags = {
    plain: [],
    relaxed: Number(process.versions.node.split(".")[0]) < 21 ? ["--experimental-wasm-relaxed-simd"] : [],
};

async function inWasm(variant, questions) {
    const result = await run([...flags[variant], answerer, variant, realBundle], {
        binary: process.execPath,
        input: JSON.stringify(questions),
        timeout: 300_000,
    });
    assert.equal(result.code, 0, result.stderr);
    const report = JSON.parse(result.stdout);
    assert.equal(report.variant, variant, "the module that was asked for");
    return report;
}

/** The command line that asks what the request asks. */
function commandLine(request) {
    const args = ["recommend", "--bundle", realBundle, "--json", "-k", String(request.k ?? 10)];
    for (const seed of request.seeds ?? []) args.push(`--song-id=${seed.song_id}`);
    for (const genre of request.filters?.genres ?? []) args.push("--genre", genre);
    if (request.filters?.year_min !== undefined) args.push("--year-min", String(request.filters.year_min));
    if (request.filters?.year_max !== undefined) args.push("--year-max", String(request.filters.year_max));
    if (request.exclude_seed_artists) args.push("--exclude-artist");
    if (request.max_per_artist) args.push("--max-per-artist", String(request.max_per_artist));
    if (request.diversity) args.push("--diversity", String(request.diversity));
    return args;
}

const natively = (question) =>
    question.search === undefined
        ? runJson(commandLine(question.recommend))
        : runJson([
              ...["search", "--bundle", realBundle, "--json", "--limit", String(question.limit)],
              ...["--", question.search],
          ]).then((answer) => answer.results);

const rng = random(20_260_214);

async function questions() {
    const info = await runJson(["info", "--bundle", realBundle, "--json"]);
    const id = () => rng.below(info.songs);
    const single = Array.from({ length: 500 }, () => ({
        recommend: { seeds: [{ song_id: id() }], k: 100 },
    }));
    const genre = () => rng.pick(info.genres).name;
    const span = () => {
        const from = info.year_min + rng.below(info.year_max - info.year_min - 5);
        return { year_min: from, year_max: from + 5 + rng.below(30) };
    };
    const rich = Array.from({ length: 50 }, (_, i) => ({
        recommend: {
            seeds: Array.from({ length: 1 + rng.below(6) }, () => ({ song_id: id() })),
            k: rng.pick([10, 50, 100, 300]),
            ...(i % 2 === 0 ? { diversity: rng.pick([0.2, 0.5, 0.8, 1]) } : {}),
            ...(i % 3 === 0 ? { max_per_artist: 1 + rng.below(3) } : {}),
            ...(i % 5 === 0 ? { exclude_seed_artists: true } : {}),
            filters: {
                ...(i % 3 !== 1 ? { genres: [genre()] } : {}),
                ...(i % 4 !== 1 ? span() : {}),
            },
        },
    }));
    return { single, rich };
}

/** As people type: beginnings of real titles, of any length, and slips of the finger in them. */
function typed(songs) {
    return Array.from({ length: 200 }, (_, i) => {
        const { title, artist } = rng.pick(songs);
        let text = i % 4 === 3 ? `${title} ${artist}` : title;
        text = text.slice(0, 1 + rng.below(text.length));
        if (i % 2 === 1 && text.length >= 5) {
            const at = 1 + rng.below(text.length - 2);
            const slips = [
                text.slice(0, at) + text.slice(at + 1),
                text.slice(0, at) + rng.pick([..."etaoinshr"]) + text.slice(at),
                text.slice(0, at) + rng.pick([..."etaoinshr"]) + text.slice(at + 1),
                text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2),
            ];
            text = rng.pick(slips);
        }
        return { search: text, limit: 20 };
    });
}

/** What is not a score must be equal to the letter. */
const withoutScores = ({ results }) => results.map(({ score, ...rest }) => rest);

function compare(asked, native, wasm) {
    assert.equal(wasm.length, asked.length);
    for (const [i, question] of asked.entries()) {
        const where = JSON.stringify(question);
        if (question.search !== undefined) {
            assert.deepEqual(wasm[i], native[i], where);
            continue;
        }
        assert.deepEqual(
            wasm[i].results.map((song) => song.song_id),
            native[i].results.map((song) => song.song_id),
            where,
        );
        assert.deepEqual(withoutScores(wasm[i]), withoutScores(native[i]), where);
        for (const [j, song] of wasm[i].results.entries())
            assert.ok(
                Math.abs(song.score - native[i].results[j].score) <= tolerance,
                `${where}: ${song.score} against ${native[i].results[j].score}`,
            );
    }
}

describe("native and WebAssembly", () => {
    const asked = {};
    const native = {};
    const wasm = {};
    let everything = [];

    before(async () => {
        const { single, rich } = await questions();
        asked.single = single;
        asked.rich = rich;
        native.single = await pooled(single, natively);
        native.rich = await pooled(rich, natively);
        asked.search = typed(native.single.flatMap((answer) => answer.results));
        native.search = await pooled(asked.search, natively);
        everything = [...single, ...rich, ...asked.search];
        for (const variant of ["plain", "relaxed"]) {
            const { answers, info } = await inWasm(variant, everything);
            let from = 0;
            wasm[variant] = { info };
            for (const kind of ["single", "rich", "search"])
                wasm[variant][kind] = answers.slice(from, (from += asked[kind].length));
        }
    });

    for (const variant of ["plain", "relaxed"]) {
        test(`500_random_seeds_have_the_same_100_songs_with_${variant}_simd`, () => {
            for (const answer of native.single) assert.equal(answer.results.length, 100);
            compare(asked.single, native.single, wasm[variant].single);
        });

        test(`50_requests_with_filters_and_diversity_agree_with_${variant}_simd`, () => {
            assert.ok(native.rich.every((answer) => answer.results.length > 0));
            compare(asked.rich, native.rich, wasm[variant].rich);
        });

        test(`200_searches_agree_with_${variant}_simd`, () => {
            assert.ok(native.search.filter((songs) => songs.length > 0).length > 150);
            compare(asked.search, native.search, wasm[variant].search);
        });

        test(`info_agrees_with_${variant}_simd`, async () => {
            const info = await runJson(["info", "--bundle", realBundle, "--json"]);
            assert.deepEqual(wasm[variant].info, info);
        });
    }
});
