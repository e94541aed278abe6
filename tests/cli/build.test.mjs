// From a CSV of one's own to recommendations, and what a build leaves behind when it does not end.
import assert from "node:assert/strict";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { before, describe, test } from "node:test";
import { columns, csv, genres, gz, random, songs } from "./catalogue.mjs";
import {
    assertDone,
    assertFailed,
    assertSound,
    exists,
    listing,
    recommend,
    run,
    runJson,
    temporary,
} from "./program.mjs";

const build = (file, out, ...args) => run(["build", file, "--out", out, "--latent", "8", ...args]);

/** Every file of a directory and its bytes. */
async function contents(directory) {
    const files = {};
    for (const name of await listing(directory))
        files[name] = (await readFile(path.join(directory, name))).toString("base64");
    return files;
}

// Six songs of one artist, whose titles differ only in what tells versions apart, and one that
// has the same title by somebody else.
const versions = ["", " (Live at the Barn)", " - Remastered 2011", " [Radio Edit]", " (feat. Nobody)"];

function catalogue() {
    const rows = songs(600, 7);
    for (const [i, tail] of versions.entries()) {
        rows[100 + i] = {
            ...rows[100],
            song_id: 100 + i,
            artist_name: "The Tin Whistlers",
            track_name: `Copper Kettle Song${tail}`,
            energy: rows[100].energy + i / 1000,
        };
    }
    rows[110] = { ...rows[110], track_name: "Copper Kettle Song", artist_name: "Mór Ágústsdóttir" };
    rows[111] = { ...rows[111], track_name: "Übergrößenträger, “quoted”\nand broken", genre: "" };
    rows[112] = { ...rows[112], danceability: null, energy: null, release_date: null };
    return rows;
}

describe("a bundle of one's own", () => {
    const rows = catalogue();
    const byId = new Map(rows.map((row) => [row.song_id, row]));
    let bundle;
    let directory;

    before(async () => {
        directory = await temporary();
        bundle = path.join(directory, "bundle");
        await writeFile(path.join(directory, "songs.csv"), csv(rows));
        assertDone(await build(path.join(directory, "songs.csv"), bundle));
    });

    test("has_a_manifest_and_files_named_by_their_hash", async () => {
        const names = await listing(bundle);
        assert.equal(names.filter((name) => name === "manifest.json").length, 1);
        for (const role of ["catalog", "vectors", "autoencoder", "map"])
            assert.equal(
                names.filter((name) => new RegExp(`^${role}\\.[0-9a-f]{16}\\.`).test(name)).length,
                1,
                names.join(),
            );
        assert.equal(names.length, 5, names.join());
        const manifest = JSON.parse(await readFile(path.join(bundle, "manifest.json"), "utf8"));
        assert.equal(manifest.format, "playlistpulse-bundle");
        assert.equal(manifest.version, 1);
        assert.equal(manifest.data.songs, 600);
        const shards = manifest.files.flatMap((file) => file.shards);
        assert.deepEqual(
            [...shards.map((shard) => shard.name), "manifest.json"].toSorted(),
            names,
        );
    });

    test("holds_every_song_as_the_csv_has_it", async () => {
        const { results } = await runJson([
            ...["search", "copper kettle song", "--bundle", bundle, "--json"],
        ]);
        assert.deepEqual(
            results.map((song) => song.song_id).toSorted((a, b) => a - b),
            [100, 101, 102, 103, 104, 110],
        );
        for (const song of results) {
            const row = byId.get(song.song_id);
            assert.deepEqual(song, {
                song_id: row.song_id,
                title: row.track_name,
                artist: row.artist_name,
                genre: row.genre,
                year: row.release_date,
            });
        }
        assert.ok([100, 110].includes(results[0].song_id), "the plain title comes first");
    });

    test("keeps_accents_quotes_and_unknown_values", async () => {
        const title = rows[111].track_name.replace("\n", " "); // shown on one line
        for (const text of ["ubergroßentrager", "UBERGROSSENTRAGER quoted and"]) {
            const { results } = await runJson(["search", text, "--bundle", bundle, "--json"]);
            assert.equal(results[0]?.song_id, 111, text);
            assert.equal(results[0].title, title);
            assert.equal(results[0].genre, null);
        }
        const found = await runJson(["search", "mor agustsdottir", "--bundle", bundle, "--json"]);
        assert.equal(found.results[0].artist, "Mór Ágústsdóttir");
        const unknown = await recommend(bundle, "--song-id", "112");
        assert.equal(unknown.seeds[0].song_id, 112);
        assert.equal(unknown.results.length, 10);
    });

    test("folds_versions_and_returns_all_the_rest", async () => {
        const all = await recommend(bundle, "--song-id", "5", "-k", "1000000");
        const got = all.results.map((song) => song.song_id);
        const tin = got.filter((id) => id >= 100 && id <= 104);
        assert.equal(tin.length, 1, "one of the five versions");
        const expected = rows.map((row) => row.song_id).filter((id) => id !== 5 && (id < 100 || id > 104));
        assert.deepEqual(
            got.filter((id) => !tin.includes(id)).toSorted((a, b) => a - b),
            expected,
        );
        const own = await recommend(bundle, "--song-id", "102", "-k", "1000000");
        for (const song of own.results)
            assert.ok(song.song_id < 100 || song.song_id > 104, "another version of the seed");
        assert.ok(own.results.some((song) => song.song_id === 110), "a cover is not a version");
    });

    test("filters_return_every_song_that_passes_and_no_other", async () => {
        const seed = 5;
        for (const genre of genres) {
            const args = ["--genre", genre, "--year-min", "1985", "--year-max", "1999"];
            const { results } = await recommend(bundle, "--song-id", "5", "-k", "600", ...args);
            const passes = (row) =>
                row.genre === genre && row.release_date >= 1985 && row.release_date <= 1999;
            const expected = rows.filter((row) => passes(row) && row.song_id !== seed);
            const folded = expected.filter((row) => row.song_id < 100 || row.song_id > 104);
            const tin = results.filter((song) => song.song_id >= 100 && song.song_id <= 104);
            assert.equal(tin.length, expected.length > folded.length ? 1 : 0);
            assert.deepEqual(
                results
                    .filter((song) => !tin.includes(song))
                    .map((song) => song.song_id)
                    .toSorted((a, b) => a - b),
                folded.map((row) => row.song_id),
            );
        }
    });

    test("recommends_what_sounds_alike", async () => {
        const rng = random(3);
        let alike = 0;
        for (let turn = 0; turn < 20; ++turn) {
            const seed = rows[200 + rng.below(300)];
            const { results } = await recommend(bundle, "--song-id", String(seed.song_id));
            alike += results.filter((song) => song.genre === seed.genre).length;
        }
        // Five genres with sounds of their own: by chance it would be 40 of 200.
        assert.ok(alike > 150, `${alike} of 200 results share the seed's genre`);
    });

    test("the_same_seed_gives_the_same_bytes_and_another_one_does_not", async () => {
        const file = path.join(directory, "songs.csv");
        const again = path.join(directory, "again");
        const other = path.join(directory, "other");
        assertDone(await build(file, path.join(directory, "first"), "--seed", "4"));
        assertDone(await build(file, again, "--seed", "4"));
        assertDone(await build(file, other, "--seed", "5"));
        const first = await contents(path.join(directory, "first"));
        // The command line in the manifest names --out, which differs on purpose.
        const plain = ({ "manifest.json": manifest, ...files }) => ({
            ...files,
            manifest: Buffer.from(manifest, "base64").toString().replaceAll(/first|again/g, "OUT"),
        });
        assert.deepEqual(plain(await contents(again)), plain(first));
        assert.notDeepEqual(Object.keys(await contents(other)), Object.keys(first));
    });

    test("gz_and_stdin_give_the_same_songs_and_vectors", async () => {
        const text = csv(rows);
        await writeFile(path.join(directory, "songs.csv.gz"), gz(text));
        assertDone(await build(path.join(directory, "songs.csv.gz"), path.join(directory, "gz")));
        const out = path.join(directory, "stdin");
        assertDone(await run(["build", "-", "--out", out, "--latent", "8"], { input: text }));
        const names = async (name) =>
            (await listing(name)).filter((file) => file !== "manifest.json");
        assert.deepEqual(await names(path.join(directory, "gz")), await names(bundle));
        assert.deepEqual(await names(out), await names(bundle));
    });

    test("the_steps_one_by_one_give_what_build_gives", async () => {
        const work = path.join(directory, "steps.work");
        const out = path.join(directory, "steps");
        assertDone(await run(["ingest", path.join(directory, "songs.csv"), "--work", work]));
        assertDone(await run(["train", "--work", work, "--latent", "8"]));
        assertDone(await run(["export", "--work", work, "--out", out]));
        const names = async (name) =>
            (await listing(name)).filter((file) => file !== "manifest.json");
        assert.deepEqual(await names(out), await names(bundle));
        const log = (await readFile(path.join(work, "train.jsonl"), "utf8")).trim().split("\n");
        const epochs = log.map((line) => JSON.parse(line));
        assert.ok(epochs.length >= 2, "one line per epoch");
        assert.ok(epochs.every((epoch) => typeof epoch === "object"));
    });

    test("rebuilding_replaces_the_bundle_whole", async () => {
        const out = path.join(directory, "replaced");
        assertDone(await build(path.join(directory, "songs.csv"), out));
        const small = path.join(directory, "small.csv");
        await writeFile(small, csv(rows.slice(0, 60)));
        assertDone(await build(small, out));
        assert.equal((await listing(out)).length, 5, "no file of the older bundle stays");
        const info = await runJson(["info", "--bundle", out, "--json"]);
        assert.equal(info.songs, 60);
    });

    test("nothing_goes_to_stdout_and_no_progress_bar_into_a_pipe", async () => {
        const small = path.join(directory, "quiet.csv");
        await writeFile(small, csv(rows.slice(0, 60)));
        const result = assertDone(await build(small, path.join(directory, "quiet")));
        assert.equal(result.stdout, "");
        assert.doesNotMatch(result.stderr, /\r|\u001b/);
    });
});

describe("a build that does not end", () => {
    let directory;
    let long;
    before(async () => {
        directory = await temporary();
        long = path.join(directory, "long.csv");
        await writeFile(long, csv(songs(60_000, 2)));
    });

    for (const [name, signal, wait] of [
        ["interrupted_while_reading", "SIGINT", 150],
        ["interrupted_while_training", "SIGINT", 2500],
        ["terminated_while_training", "SIGTERM", 2500],
    ]) {
        test(`${name}_leaves_no_bundle_and_no_half_written_file`, async () => {
            const place = path.join(directory, name);
            await mkdir(place);
            const out = path.join(place, "bundle");
            let timer;
            let sent = 0;
            const result = await run(["build", long, "--out", out], {
                onStart: (child) => {
                    timer = setTimeout(() => {
                        sent = performance.now();
                        child.kill(signal);
                    }, wait);
                },
            });
            clearTimeout(timer);
            assert.ok(sent > 0, "the build was over before it could be interrupted");
            assert.ok(performance.now() - sent < 5000, "took longer than 5 s to stop");
            assert.ok(
                result.signal === signal || [1, 130, 143].includes(result.code),
                `ended with ${result.code ?? result.signal}\n${result.stderr}`,
            );
            assert.ok(!(await exists(out)), "a bundle that was never finished");
            const whole = /^bundle\.work(\/(songs\.sqlite|(model|checkpoint)\.safetensors|train\.jsonl))?$/;
            for (const left of await listing(place)) assert.match(left, whole);
            // What stays must not stand in the way of the next build.
            const small = path.join(place, "small.csv");
            await writeFile(small, csv(songs(60, 3)));
            assertDone(await build(small, out));
            assert.equal((await runJson(["info", "--bundle", out, "--json"])).songs, 60);
        });
    }

    test("an_interrupted_rebuild_leaves_the_earlier_bundle", async () => {
        const place = path.join(directory, "earlier");
        await mkdir(place);
        const out = path.join(place, "bundle");
        const small = path.join(place, "small.csv");
        await writeFile(small, csv(songs(60, 3)));
        assertDone(await build(small, out));
        const earlier = await contents(out);
        await run(["build", long, "--out", out], {
            onStart: (child) => setTimeout(() => child.kill("SIGINT"), 2000),
        });
        assert.deepEqual(await contents(out), earlier);
    });
});

describe("where the bundle goes", () => {
    let directory;
    let file;
    before(async () => {
        directory = await temporary();
        file = path.join(directory, "songs.csv");
        await writeFile(file, csv(songs(60, 3)));
    });

    test("an_out_below_a_file_is_refused_and_named", async () => {
        const out = path.join(file, "bundle");
        const before_ = await listing(directory);
        const result = await build(file, out, "--work", path.join(directory, "w1"));
        assertFailed(result, 1, path.join("songs.csv", "bundle"));
        assert.deepEqual((await listing(directory)).filter((name) => !name.startsWith("w1")), before_);
    });

    test("an_out_that_is_a_file_is_refused_and_kept", async () => {
        const out = path.join(directory, "taken");
        await writeFile(out, "keep me");
        assertFailed(await build(file, out), [1, 2], "taken");
        assert.equal(await readFile(out, "utf8"), "keep me");
    });

    test("an_out_with_other_files_in_it_is_not_emptied", async () => {
        const out = path.join(directory, "home");
        await mkdir(out);
        await writeFile(path.join(out, "letter.txt"), "keep me");
        assertSound(await build(file, out));
        assert.equal(await readFile(path.join(out, "letter.txt"), "utf8"), "keep me");
    });

    test("an_unwritable_out_is_refused_and_named", async () => {
        // Not even root can write here.
        assertFailed(await build(file, "/proc/playlistpulse/bundle"), 1, "/proc/playlistpulse");
    });

    test("a_name_with_spaces_and_accents_is_as_good_as_any", async () => {
        const odd = path.join(directory, "my söngs & more.csv");
        await copyFile(file, odd);
        const out = path.join(directory, "the büñdle of it");
        assertDone(await build(odd, out));
        assert.equal((await runJson(["info", "--bundle", out, "--json"])).songs, 60);
    });
});

test("a_schema_file_says_which_column_is_what", async () => {
    const directory = await temporary();
    const rename = { song_id: "ref", artist_name: "who", track_name: "what", release_date: "when" };
    const names = columns.map((name) => rename[name] ?? name);
    const rows = songs(60, 3).map((row) =>
        Object.fromEntries(columns.map((name) => [rename[name] ?? name, row[name]])),
    );
    const file = path.join(directory, "odd.csv");
    await writeFile(file, csv(rows, { names }));
    assertFailed(await build(file, path.join(directory, "no")), 3, "odd.csv", /title/);
    const schema = path.join(directory, "schema.json");
    await writeFile(
        schema,
        JSON.stringify({
            id: "ref",
            title: "what",
            artist: "who",
            year: "when",
            genre: "genre",
            numerical: ["danceability", "energy"],
        }),
    );
    const out = path.join(directory, "yes");
    assertDone(await build(file, out, "--schema", schema));
    const info = await runJson(["info", "--bundle", out, "--json"]);
    assert.equal(info.songs, 60);
    assert.deepEqual(
        info.features.map((feature) => feature.name).filter((name) => name !== "when"),
        ["danceability", "energy"],
    );
    for (const [name, text, pattern] of [
        ["not_json", "{", /schema\.json/],
        ["no_such_column", '{"title":"nope","artist":"who","id":"ref"}', /nope/],
        ["unknown_member", '{"title":"what","artist":"who","id":"ref","colour":"x"}', /colour/],
    ]) {
        await writeFile(schema, text);
        const result = await build(file, path.join(directory, name), "--schema", schema);
        assertFailed(result, 3, "schema.json", pattern);
        assert.ok(!(await exists(path.join(directory, name))));
    }
});
