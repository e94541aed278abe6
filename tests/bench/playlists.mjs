// How well recommendations continue real playlists. The first five songs are the seeds, the rest the targets, all
// other songs the candidates; versions are kept apart, so that every target can be found.
//
//     node tests/bench/playlists.mjs BUNDLE PLAYLISTS.jsonl      (one JSON list of song ids a line)
//
// Prints the means over playlists with 95% bootstrap intervals.
import { readFile } from "node:fs/promises";

import { open } from "../../wasm/dist/node.js";

const SEEDS = 5;
const DEPTH = 100;
const RESAMPLES = 2000;

const [bundle, path] = process.argv.slice(2);
if (!path) {
    console.error("usage: node tests/bench/playlists.mjs BUNDLE PLAYLISTS.jsonl");
    process.exit(2);
}
const playlists = (await readFile(path, "utf8"))
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => [...new Set(JSON.parse(line))])
    .filter((songs) => songs.length > SEEDS);
const engine = await open({ bundle });
const rows = [];
const shown = new Set();
for (const songs of playlists) {
    const targets = new Set(songs.slice(SEEDS));
    const { results } = await engine.recommend({
        seeds: songs.slice(0, SEEDS).map((song_id) => ({ song_id })),
        k: Math.max(DEPTH, targets.size),
        keep_versions: true,
    });
    const hits = results.map(({ song_id }) => targets.has(song_id));
    const within = (k) => hits.slice(0, k).filter(Boolean).length;
    const gain = (k, relevant) => {
        let sum = 0;
        for (let i = 0; i < k; ++i) if (relevant(i)) sum += 1 / Math.log2(i + 2);
        return sum;
    };
    results.slice(0, 10).forEach(({ song_id }) => shown.add(song_id));
    rows.push([
        within(10) / targets.size,
        within(DEPTH) / targets.size,
        gain(DEPTH, (i) => hits[i]) / gain(Math.min(DEPTH, targets.size), () => true),
        within(targets.size) / targets.size,
    ]);
}
engine.close();

// xorshift32: the intervals are the same in every run.
let state = 2463534242;
const random = (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
};
const means = (pick) => {
    const sums = [0, 0, 0, 0];
    for (let i = 0; i < rows.length; ++i) rows[pick(i)].forEach((value, m) => (sums[m] += value));
    return sums.map((sum) => sum / rows.length);
};
const resampled = Array.from({ length: RESAMPLES }, () => means(() => random(rows.length)));
const middle = means((i) => i);
console.log(`${bundle}: ${rows.length} playlists, coverage@10 ${(shown.size / engine.info.songs).toFixed(3)}`);
["recall@10", "recall@100", "NDCG@100", "R-precision"].forEach((name, m) => {
    const sorted = resampled.map((sample) => sample[m]).sort((a, b) => a - b);
    const at = (share) => sorted[Math.floor(share * (RESAMPLES - 1))].toFixed(4);
    console.log(`${name.padEnd(12)} ${middle[m].toFixed(4)}  [${at(0.025)}, ${at(0.975)}]`);
});
