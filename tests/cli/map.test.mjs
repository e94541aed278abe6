// The map of the songs in a bundle: made unless it is not wanted, said in what info prints, and the same again.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { before, test } from "node:test";
import { csv, songs } from "./catalogue.mjs";
import { assertDone, listing, run, runJson, temporary } from "./program.mjs";

const count = 240;
let directory;
let work;

before(async () => {
    directory = await temporary();
    work = path.join(directory, "work");
    const file = path.join(directory, "songs.csv");
    await writeFile(file, csv(songs(count, 3)));
    const out = path.join(directory, "built");
    assertDone(await run(["build", file, "--out", out, "--work", work, "--latent", "8"]));
});

async function exported(name, ...args) {
    const out = path.join(directory, name);
    const { stderr } = assertDone(await run(["export", "--work", work, "--out", out, ...args]));
    const manifest = JSON.parse(await readFile(path.join(out, "manifest.json"), "utf8"));
    return { out, stderr, manifest, map: manifest.files.find(({ role }) => role === "map") };
}

/** The tensor "position" of a safetensors file: a list of [x, y]. */
function positionsOf(bytes) {
    const end = 8 + Number(bytes.readBigUInt64LE());
    const { position, __metadata__: about } = JSON.parse(bytes.subarray(8, end).toString("utf8"));
    assert.equal(position.dtype, "I16");
    assert.deepEqual(position.shape, [count, 2]);
    const at = (i) => bytes.readInt16LE(end + position.data_offsets[0] + 2 * i);
    return { about, xy: Array.from({ length: count }, (_, i) => [at(2 * i), at(2 * i + 1)]) };
}

test("build_and_export_lay_out_a_map_and_measure_it", async () => {
    const built = JSON.parse(await readFile(path.join(directory, "built", "manifest.json"), "utf8"));
    const { out, stderr, manifest, map } = await exported("with");
    assert.match(stderr, /map: 240 songs, trustworthiness 0\.\d+ at 15 neighbours/);
    const { trustworthiness, ...rest } = manifest.quality.map;
    assert.ok(trustworthiness > 0.7 && trustworthiness < 1, `${trustworthiness}`);
    assert.deepEqual(rest, { neighbours: 15, queries: count, landmarks: count });
    assert.deepEqual(
        built.files.find(({ role }) => role === "map"),
        map,
        "the same workspace gives the same map",
    );
    const { about, xy } = positionsOf(await readFile(path.join(out, map.shards[0].name)));
    assert.equal(about.format, "playlistpulse-map");
    assert.equal(about.landmarks, String(count));
    const values = xy.flat();
    assert.ok(Math.min(...values) >= -32767);
    assert.ok(Math.max(...xy.map(([x]) => x)) > 32000, "the map fills its frame");
    assert.ok(new Set(xy.map(String)).size > count / 2, "songs lie apart");
});

test("info_says_that_there_is_a_map_and_how_good_it_is", async () => {
    const { out } = await exported("told");
    const { stdout } = assertDone(await run(["info", "--bundle", out]));
    assert.match(stdout, /^map +trustworthiness 0\.\d+ at 15 neighbours$/m);
    assert.equal((await runJson(["info", "--bundle", out, "--json"])).map, true);
});

test("no_map_leaves_it_out_and_the_bundle_works", async () => {
    const { out, stderr, manifest, map } = await exported("without", "--no-map");
    assert.equal(map, undefined);
    assert.equal(manifest.quality.map, undefined);
    assert.doesNotMatch(stderr, /map/);
    assert.ok(!(await listing(out)).some((name) => name.startsWith("map.")));
    const { stdout } = assertDone(await run(["info", "--bundle", out]));
    assert.doesNotMatch(stdout, /^map/m);
    assert.equal((await runJson(["info", "--bundle", out, "--json"])).map, false);
    assert.equal((await runJson(["recommend", "--bundle", out, "--json", "--song-id", "3"])).results.length, 10);
});
