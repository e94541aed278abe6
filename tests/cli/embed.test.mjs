// Lyrics to vectors: once each, and nothing lost however a run ends.
import assert from "node:assert/strict";
import { cp, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { before, describe, test } from "node:test";
import { columns, csv, random, songs } from "./catalogue.mjs";
import { bert, lyrics, readSafetensors, writeDirectory } from "./hf-directory.mjs";
import { assertDone, assertFailed, exists, listing, run, runJson, temporary } from "./program.mjs";

const withLyrics = [...columns, "lyrics"];

/** An encoder made of a random BERT; the path of its file. */
async function encoderIn(directory, name, shape) {
    await writeDirectory(path.join(directory, `${name}.hf`), bert(shape));
    const out = path.join(directory, `${name}.safetensors`);
    assertDone(await run(["encoder", "import", path.join(directory, `${name}.hf`), "--out", out]));
    return out;
}

/** A workspace of songs with these lyrics. */
async function workspaceIn(directory, name, texts) {
    const rows = songs(texts.length, 4).map((row, i) => ({ ...row, lyrics: texts[i] }));
    const file = path.join(directory, `${name}.csv`);
    await writeFile(file, csv(rows, { names: withLyrics }));
    const work = path.join(directory, `${name}.work`);
    assertDone(await run(["ingest", file, "--work", work]));
    return work;
}

const embed = (work, encoder, cache, ...args) =>
    run(["embed", "--work", work, "--encoder", encoder, "--cache", cache, ...args]);

const result = (work) => readFile(path.join(work, "lyrics.safetensors"));

/** The numbers of the line that says how much there is to do. */
function counts(stderr) {
    const line = /lyrics: (\d+) of (\d+) songs have some, (\d+) are different; (\d+) are in the cache, (\d+) to encode/;
    const found = line.exec(stderr);
    assert.ok(found, stderr);
    const [known, all, different, cached, missing] = found.slice(1).map(Number);
    return { known, all, different, cached, missing };
}

describe("a workspace's lyrics", () => {
    let directory;
    let encoder;
    let work;
    let cache;
    const rng = random(11);
    const texts = Array.from({ length: 40 }, () => lyrics(rng, 40));
    texts[5] = texts[4];
    texts[6] = `[Chorus]\n${texts[4]}`; // the same, once it is cleaned
    texts[7] = "";
    texts[8] = "[Instrumental]";
    before(async () => {
        directory = await temporary();
        cache = path.join(directory, "deep", "cache.sqlite");
        encoder = await encoderIn(directory, "tiny", {});
        work = await workspaceIn(directory, "songs", texts);
        const { stderr } = assertDone(await embed(work, encoder, cache));
        assert.deepEqual(counts(stderr), { known: 38, all: 40, different: 36, cached: 0, missing: 36 });
    });

    test("become_a_row_each_and_a_song_without_is_not_a_number", async () => {
        const { metadata, tensors } = readSafetensors(await result(work));
        assert.equal(metadata.format, "playlistpulse-lyrics");
        assert.equal(metadata.version, "1");
        assert.equal(metadata.songs, "40");
        assert.match(metadata.encoder, /^[0-9a-f]{64}$/);
        const { shape, data } = tensors.get("lyrics");
        assert.deepEqual(shape, [40, 32]);
        const row = (i) => [...data.subarray(i * 32, (i + 1) * 32)];
        for (let i = 0; i < 40; ++i) {
            if (i === 7 || i === 8) assert.ok(row(i).every(Number.isNaN), `song ${i}`);
            else assert.ok(Math.abs(Math.hypot(...row(i)) - 1) < 1e-5, `song ${i}`);
        }
        assert.deepEqual(row(5), row(4));
        assert.deepEqual(row(6), row(4));
        assert.notDeepEqual(row(9), row(4));
    });

    test("keep_the_encoder_that_made_them_beside_them", async () => {
        assert.deepEqual(await readFile(path.join(work, "encoder.safetensors")), await readFile(encoder));
        assert.deepEqual(
            await readFile(path.join(work, "vocab.txt")),
            await readFile(encoder.replace(".safetensors", ".vocab.txt")),
        );
    });

    test("are_not_made_a_second_time", async () => {
        const { mtimeMs } = await stat(path.join(work, "lyrics.safetensors"));
        const { stderr } = assertDone(await embed(work, encoder, cache));
        assert.equal(counts(stderr).missing, 0);
        assert.match(stderr, /nothing to do/);
        assert.equal((await stat(path.join(work, "lyrics.safetensors"))).mtimeMs, mtimeMs);
    });

    test("are_the_same_whatever_the_jobs", async () => {
        const expected = await result(work);
        for (const jobs of ["1", "2", "5"]) {
            assertDone(await embed(work, encoder, path.join(directory, `jobs-${jobs}.sqlite`), "--jobs", jobs));
            assert.deepEqual(await result(work), expected, jobs);
        }
    });

    test("come_from_the_cache_for_other_songs_too", async () => {
        const other = await workspaceIn(directory, "other", [...texts.slice(20), lyrics(random(77), 30)]);
        const { stderr } = assertDone(await embed(other, encoder, cache));
        assert.deepEqual(counts(stderr), { known: 21, all: 21, different: 21, cached: 20, missing: 1 });
    });

    test("are_made_anew_by_another_encoder_and_by_another_way", async () => {
        const second = await encoderIn(directory, "second", { seed: 2 });
        assert.equal(counts((await embed(work, second, cache)).stderr).missing, 36);
        assert.equal(counts((await embed(work, encoder, cache, "--compute", "f32")).stderr).missing, 36);
        assert.equal(counts((await embed(work, encoder, cache)).stderr).missing, 0);
    });

    test("are_forgotten_when_other_songs_are_ingested", async () => {
        const again = await workspaceIn(directory, "again", texts);
        assertDone(await embed(again, encoder, cache));
        await workspaceIn(directory, "again", texts.slice(0, 30));
        assert.deepEqual(await listing(again), ["songs.sqlite"]);
    });

    test("are_left_out_when_no_encoder_is_wanted", async () => {
        const without = await workspaceIn(directory, "without", texts);
        assertDone(await embed(without, encoder, cache));
        assertDone(await run(["embed", "--work", without, "--encoder", "none"]));
        assert.deepEqual(await listing(without), ["songs.sqlite"]);
    });

    test("need_a_column_of_lyrics", async () => {
        const file = path.join(directory, "plain.csv");
        await writeFile(file, csv(songs(30, 1)));
        const plain = path.join(directory, "plain.work");
        assertDone(await run(["ingest", file, "--work", plain]));
        assertFailed(await embed(plain, encoder, cache), 3, "lyrics");
        const out = path.join(directory, "plain");
        const args = ["--latent", "4", "--epochs", "1", "--encoder", encoder];
        const { stderr } = assertDone(await run(["build", file, "--out", out, ...args]));
        assert.match(stderr, /lyrics are left out/);
        assert.equal((await runJson(["info", "--bundle", out, "--json"])).text, false);
    });

    test("go_into_a_bundle_with_their_encoder", async () => {
        const out = path.join(directory, "bundle");
        const args = ["--latent", "4", "--epochs", "1", "--encoder", encoder, "--cache", cache];
        assertDone(await run(["build", path.join(directory, "songs.csv"), "--out", out, ...args]));
        const manifest = JSON.parse(await readFile(path.join(out, "manifest.json"), "utf8"));
        assert.equal(manifest.encoder.name, "tiny.hf");
        assert.equal(manifest.encoder.dimensions, 32);
        assert.equal(manifest.encoder.songs, 38);
        const [file] = manifest.files.filter(({ role }) => role === "encoder");
        const name = `encoder.${file.sha256.slice(0, 16)}.safetensors`;
        assert.deepEqual(file.shards.map((shard) => shard.name), [`${name}.0`]);
        assert.deepEqual(await readFile(path.join(out, `${name}.0`)), await readFile(encoder));
        const info = await runJson(["info", "--bundle", out, "--json"]);
        assert.equal(info.text, true);
        const shown = assertDone(await run(["info", "--bundle", out])).stdout;
        assert.match(shown, /^lyrics +tiny\.hf .*32 dimensions, 38 songs/m);
        // A bundle is an encoder, too: nothing is to be done that its file has done.
        const { stderr } = assertDone(await embed(work, out, cache));
        assert.equal(counts(stderr).missing, 0);
    });

    for (const [name, content] of [
        ["text", "this is no database, whatever its name is, and long enough to tell\n".repeat(9)],
        ["zeros", Buffer.alloc(4096)],
    ])
        test(`stay_where_they_are_when_the_cache_is_${name}`, async () => {
            const bad = path.join(directory, `${name}.sqlite`);
            await writeFile(bad, content);
            assertFailed(await embed(work, encoder, bad), 3, `${name}.sqlite`, "--cache");
            assert.deepEqual(await readFile(bad), Buffer.from(content));
        });

    test("are_not_read_from_another_programs_database", async () => {
        const database = path.join(work, "songs.sqlite");
        const old = await readFile(database);
        assertFailed(await embed(work, encoder, database), 3, "songs.sqlite", "--cache");
        assert.deepEqual(await readFile(database), old);
    });

    test("need_an_encoder_that_is_one", async () => {
        const nothing = path.join(directory, "nothing.safetensors");
        assertFailed(await embed(work, nothing, cache), 3, "nothing.safetensors");
        assertFailed(await embed(work, path.join(directory, "songs.csv"), cache), 3, "songs.csv", ".safetensors");
        await writeFile(nothing, (await readFile(encoder)).subarray(0, 1000));
        await writeFile(nothing.replace(".safetensors", ".vocab.txt"), "x\n");
        assertFailed(await embed(work, nothing, cache), 3, "nothing.safetensors");
        await cp(encoder, nothing);
        assertFailed(await embed(work, nothing, cache), 3, "nothing.safetensors");
        await rm(nothing);
    });
});

describe("a run that is stopped", () => {
    let directory;
    let encoder;
    const texts = Array.from({ length: 140 }, (_, i) => lyrics(random(1000 + i), 110));
    let work;
    let expected;
    let duration; // of a whole run, in ms
    before(async () => {
        directory = await temporary();
        encoder = await encoderIn(directory, "larger", { layers: 6, width: 192, heads: 6, inner: 768 });
        work = await workspaceIn(directory, "songs", texts);
        ({ ms: duration } = assertDone(
            await embed(work, encoder, path.join(directory, "whole.sqlite"), "--jobs", "1"),
        ));
        expected = await result(work);
    });

    /** Starts a run, and ends it by `signal` after that share of the time that a whole one takes. */
    async function stopped(cache, signal, share) {
        await rm(path.join(work, "lyrics.safetensors"), { force: true });
        let child;
        const args = ["--encoder", encoder, "--cache", cache, "--jobs", "1"];
        const running = run(["embed", "--work", work, ...args], { onStart: (started) => (child = started) });
        await sleep(share * duration);
        child.kill(signal); // where it has ended before, nobody is there to take it
        return running;
    }

    test("by_kill_9_three_times_goes_on_and_ends_with_the_same_bytes", async () => {
        const cache = path.join(directory, "killed.sqlite");
        const rng = random(Date.now());
        let before = 0;
        let kills = 0;
        for (let i = 0; i < 3; ++i) {
            const { signal, stderr } = await stopped(cache, "SIGKILL", 0.1 + 0.5 * rng.next());
            kills += signal === "SIGKILL";
            if (!/in the cache/.test(stderr)) continue; // before it had read the lyrics
            const { cached } = counts(stderr);
            assert.ok(cached >= before, `${cached} in the cache, and there were ${before}`);
            before = cached;
        }
        assert.ok(kills > 0, "the runs were too short to be killed");
        const { stderr } = assertDone(await embed(work, encoder, cache, "--jobs", "2"));
        assert.ok(counts(stderr).cached >= before);
        assert.deepEqual(await result(work), expected);
    });

    test("by_ctrl_c_keeps_what_it_has_made_and_ends_by_the_signal", async () => {
        const cache = path.join(directory, "interrupted.sqlite");
        const { signal, stderr } = await stopped(cache, "SIGINT", 0.5);
        assert.equal(signal, "SIGINT", stderr);
        assert.ok(!(await exists(path.join(work, "lyrics.safetensors"))));
        const again = assertDone(await embed(work, encoder, cache, "--jobs", "2"));
        assert.ok(counts(again.stderr).cached > 0, again.stderr);
        assert.deepEqual(await result(work), expected);
    });

    test("two_at_once_on_one_cache_lose_nothing", async () => {
        const cache = path.join(directory, "shared.sqlite");
        const other = path.join(directory, "other.work");
        await cp(work, other, { recursive: true });
        for (const place of [work, other]) await rm(path.join(place, "lyrics.safetensors"), { force: true });
        const both = await Promise.all([embed(work, encoder, cache), embed(other, encoder, cache)]);
        both.forEach(assertDone);
        assert.deepEqual(await result(work), expected);
        assert.deepEqual(await result(other), expected);
        assert.equal(counts((await embed(work, encoder, cache)).stderr).cached, 140);
    });
});

const wrong = {
    no_workspace: [["embed"], "--work"],
    no_jobs: [["embed", "--work", "x", "--jobs", "0"], "--jobs"],
    too_many_jobs: [["embed", "--work", "x", "--jobs", "1000"], "--jobs"],
    another_way: [["embed", "--work", "x", "--compute", "f64"], "f32-int8"],
    a_word_too_many: [["embed", "--work", "x", "y"], "y"],
};
for (const [name, [args, pattern]] of Object.entries(wrong))
    test(`embed_with_${name}_is_wrong_usage`, async () => {
        assertFailed(await run(args), 2, pattern);
    });

test("embed_without_an_ingested_workspace_says_so", async () => {
    const directory = await temporary();
    assertFailed(await run(["embed", "--work", directory]), 3, "ingest");
});
