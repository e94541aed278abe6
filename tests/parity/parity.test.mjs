// One core, three builds: natively, WebAssembly with plain SIMD and with relaxed SIMD give the same songs in the same
// order, with scores that differ by no more than rounding.
import assert from "node:assert/strict";
import path from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { random } from "../cli/catalogue.mjs";
import { pooled, realBundle, run, runJson } from "../cli/program.mjs";
import { inNative, searchLimit } from "./native.mjs";

const answerer = path.join(path.dirname(fileURLToPath(import.meta.url)), "answer.mjs");
const tolerance = 1e-4;
/** Scores nearer than this are as good as equal: a few steps of the query's int16 rounding. */
const tie = 2e-5;
const variants = ["plain", "relaxed"];

/** Node runs relaxed SIMD by itself from version 21 on, and has a flag for it before. */
const flags = {
    plain: [],
    relaxed: Number(process.versions.node.split(".")[0]) < 21 ? ["--experimental-wasm-relaxed-simd"] : [],
};

async function inWasm(variant, questions) {
    const input = questions.map((question) => ({ limit: searchLimit, ...question }));
    const result = await run([...flags[variant], answerer, variant, realBundle], {
        binary: process.execPath,
        input: JSON.stringify(input),
        timeout: 300_000,
    });
    assert.equal(result.code, 0, result.stderr);
    const report = JSON.parse(result.stdout);
    assert.equal(report.variant, variant, "the module that was asked for");
    return report;
}

const rng = random(20_260_214);
const many = (count, make) => Array.from({ length: count }, (_, i) => make(i));

/** 500 random seeds, 100 songs each. */
const single = (info) =>
    many(500, () => ({ recommend: { seeds: [{ song_id: rng.below(info.songs) }], k: 100 } }));

/** Everything else that can be asked for, mixed. */
function rich(info) {
    const span = () => {
        const from = info.year_min + rng.below(info.year_max - info.year_min - 5);
        return { year_min: from, year_max: from + 5 + rng.below(30) };
    };
    const range = () => {
        const { name, quantiles } = rng.pick(info.features);
        return { features: { [name]: [quantiles[1], quantiles[9]] } };
    };
    return many(50, (i) => ({
        recommend: {
            // The first is wanted; the others may be what to keep away from.
            seeds: many(1 + rng.below(6), (n) => ({
                song_id: rng.below(info.songs),
                weight: n > 0 && rng.next() < 0.3 ? -0.5 : 0.5 + rng.next(),
            })),
            k: rng.pick([10, 50, 100, 300]),
            diversity: i % 2 === 0 ? rng.pick([0.2, 0.5, 0.8, 1]) : 0,
            max_per_artist: i % 3 === 0 ? 1 + rng.below(3) : 0,
            exclude_seed_artists: i % 5 === 0,
            keep_versions: i % 7 === 0,
            exclude: many(rng.below(4), () => rng.below(info.songs)),
            filters: {
                ...(i % 3 !== 1 ? { genres: [rng.pick(info.genres).name] } : {}),
                ...(i % 4 !== 1 ? span() : {}),
                ...(i % 6 === 0 ? range() : {}),
            },
        },
    }));
}

/** Songs that are in no catalogue, known in part: through the autoencoder. */
const outside = (info) =>
    many(50, () => {
        const features = {};
        for (const { name, min, max } of info.features)
            if (rng.next() < 0.7) features[name] = Number((min + rng.next() * (max - min)).toFixed(3));
        if (rng.next() < 0.5) features.genre = rng.pick(info.genres).name;
        if (rng.next() < 0.5) features.year = info.year_min + rng.below(info.year_max - info.year_min);
        features[info.features[0].name] ??= info.features[0].quantiles[5];
        return { recommend: { features, k: 100 } };
    });

/** As people type: beginnings of real titles, of any length, and slips of the finger in them. */
const typed = (songs) =>
    many(200, (i) => {
        const { title, artist } = rng.pick(songs);
        let text = i % 4 === 3 ? `${title} ${artist}` : title;
        text = text.slice(0, 1 + rng.below(text.length));
        if (i % 2 === 1 && text.length >= 5) {
            const at = 1 + rng.below(text.length - 2);
            const other = rng.pick([..."etaoinshr"]);
            text = rng.pick([
                text.slice(0, at) + text.slice(at + 1),
                text.slice(0, at) + other + text.slice(at),
                text.slice(0, at) + other + text.slice(at + 1),
                text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2),
            ]);
        }
        return { search: text };
    });

/** What is not a score must be equal to the letter. */
const withoutScores = ({ seeds, results }) => ({
    seeds,
    results: results.map(({ score: _, ...rest }) => rest),
});

function assertSame(question, got, wanted) {
    const where = JSON.stringify(question);
    if (question.search !== undefined) {
        assert.deepEqual(got, wanted, where);
        return;
    }
    if (question.recommend.features !== undefined) {
        assertNearlySame(where, got, wanted);
        return;
    }
    const ids = ({ results }) => results.map((song) => song.song_id);
    assert.deepEqual(ids(got), ids(wanted), where);
    assert.deepEqual(withoutScores(got), withoutScores(wanted), where);
    for (const [i, { score }] of got.results.entries()) {
        const off = Math.abs(score - wanted.results[i].score);
        assert.ok(off <= tolerance, `${where}: scores differ by ${off}`);
    }
}

/**
 * A song that is not in the catalogue goes through floating-point sums, whose last bits are a processor's own: songs as
 * near to it as the next may change places, and one of them may be the last.
 */
function assertNearlySame(where, got, wanted) {
    assert.deepEqual(got.seeds, wanted.seeds, where);
    assert.equal(got.results.length, wanted.results.length, where);
    const others = new Map(wanted.results.map((song) => [song.song_id, song]));
    const last = wanted.results.at(-1);
    for (const [i, song] of got.results.entries()) {
        const other = others.get(song.song_id);
        const place = Math.abs(song.score - wanted.results[i].score);
        assert.ok(place <= tie, `${where}: at ${i} the scores differ by ${place}`);
        if (other === undefined) {
            assert.ok(Math.abs(song.score - last.score) <= tie, `${where}: song ${song.song_id} is missing`);
            continue;
        }
        assert.ok(Math.abs(song.score - other.score) <= tie, `${where}: song ${song.song_id}`);
        assert.deepEqual({ ...song, score: 0 }, { ...other, score: 0 }, where);
    }
}

/** The command line that asks what the request asks. */
function commandLine({ recommend: request }) {
    const { seeds, k, filters = {} } = request;
    const args = ["recommend", "--bundle", realBundle, "--json", "-k", String(k)];
    for (const seed of seeds) args.push("--song-id", String(seed.song_id));
    for (const genre of filters.genres ?? []) args.push("--genre", genre);
    if (filters.year_min) args.push("--year-min", String(filters.year_min));
    if (filters.year_max) args.push("--year-max", String(filters.year_max));
    if (request.exclude_seed_artists) args.push("--exclude-artist");
    if (request.max_per_artist) args.push("--max-per-artist", String(request.max_per_artist));
    if (request.diversity) args.push("--diversity", String(request.diversity));
    return args;
}

describe("native and WebAssembly", () => {
    const asked = {};
    const native = {};
    const wasm = {};

    before(async () => {
        const { info } = await inNative([]);
        native.info = info;
        asked.single = single(info);
        asked.rich = rich(info);
        asked.outside = outside(info);
        native.single = (await inNative(asked.single)).answers;
        asked.search = typed(native.single.flatMap((answer) => answer.results));
        for (const kind of ["rich", "outside", "search"])
            native[kind] = (await inNative(asked[kind])).answers;
        const kinds = ["single", "rich", "outside", "search"];
        const everything = kinds.flatMap((kind) => asked[kind]);
        await Promise.all(
            variants.map(async (variant) => {
                const report = await inWasm(variant, everything);
                wasm[variant] = { info: report.info };
                let from = 0;
                for (const kind of kinds)
                    wasm[variant][kind] = report.answers.slice(from, (from += asked[kind].length));
            }),
        );
    });

    const compare = (variant, kind) => {
        assert.equal(wasm[variant][kind].length, asked[kind].length);
        for (const [i, question] of asked[kind].entries())
            assertSame(question, wasm[variant][kind][i], native[kind][i]);
    };

    for (const variant of variants) {
        test(`500_random_seeds_have_the_same_100_songs_with_${variant}_simd`, () => {
            for (const answer of native.single) assert.equal(answer.results.length, 100);
            compare(variant, "single");
        });

        test(`50_requests_with_filters_weights_and_diversity_agree_with_${variant}_simd`, () => {
            assert.ok(native.rich.filter((answer) => answer.results.length > 0).length > 40);
            compare(variant, "rich");
        });

        test(`50_songs_outside_the_catalogue_agree_with_${variant}_simd`, () => {
            for (const answer of native.outside) assert.equal(answer.results.length, 100);
            compare(variant, "outside");
        });

        test(`200_searches_agree_with_${variant}_simd`, () => {
            assert.ok(native.search.filter((songs) => songs.length > 0).length > 150);
            compare(variant, "search");
        });

        test(`info_agrees_with_${variant}_simd`, () => {
            assert.deepEqual(wasm[variant].info, native.info);
        });
    }

    for (const variant of variants) {
        test(`the_map_agrees_with_${variant}_simd`, async (context) => {
            if (!native.info.map) return context.skip("the bundle has no map");
            const question = [{ map: true }];
            const { answers } = await inNative(question);
            const { song_ids, positions } = (await inWasm(variant, question)).answers[0];
            assert.equal(song_ids.length, native.info.songs);
            assert.deepEqual(song_ids, answers[0].song_ids);
            const steps = positions.map((value) => Math.round(value * 32767));
            assert.deepEqual(steps, answers[0].positions);
        });
    }

    test("the_program_gives_what_the_core_gives", async () => {
        const questions = asked.single.slice(0, 20);
        const answers = await pooled(questions, (question) => runJson(commandLine(question)));
        for (const [i, question] of questions.entries())
            assertSame(question, answers[i], native.single[i]);
        const filtered = many(20, (i) => ({
            recommend: {
                seeds: asked.single[i].recommend.seeds,
                k: 30,
                diversity: [0, 0.4][i % 2],
                max_per_artist: i % 4,
                exclude_seed_artists: i % 3 === 0,
                filters: {
                    genres: [native.info.genres[i % native.info.genres.length].name],
                    year_min: 1960 + i,
                    year_max: 1990 + i,
                },
            },
        }));
        const wanted = await inNative(filtered);
        const got = await pooled(filtered, (question) => runJson(commandLine(question)));
        for (const [i, question] of filtered.entries())
            assertSame(question, got[i], wanted.answers[i]);
    });
});
