// When the machine fails: no room, nothing to be written, files that are no files, two programs at once, the power gone.
// Each failure names what it is about, why, and what to do; and whatever was whole before is whole after.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmod, cp, mkdir, readFile, rename, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { columns, csv, random, songs } from "./catalogue.mjs";
import { bert, lyrics, writeDirectory } from "./hf-directory.mjs";
import { genius, verses } from "./lyrics-services.mjs";
import {
    assertDone,
    assertFailed,
    exists,
    listing,
    pooled,
    program,
    run,
    runJson,
    temporary,
} from "./program.mjs";
import { appears, full, mounts, readOnly, runInFullRoom, runReadOnly } from "./room.mjs";

const quick = ["--latent", "8", "--epochs", "4"];
const plain = [...quick, "--encoder", "none"];

/** Every file of a directory and its bytes. */
async function contents(directory) {
    const files = {};
    for (const name of await listing(directory)) {
        const whole = path.join(directory, name);
        if ((await stat(whole)).isFile()) files[name] = (await readFile(whole)).toString("base64");
    }
    return files;
}

/** What is on the disk, in kilobytes. */
async function size(directory) {
    let bytes = 0;
    for (const name of await listing(directory)) bytes += (await stat(path.join(directory, name))).size + 4096;
    return bytes / 1024;
}

const half = (names) => names.filter((name) => /\.(tmp|old)-|-journal$/.test(name));

/** A bundle that opens, with no file too many and none too few. */
async function assertBundle(bundle) {
    const manifest = JSON.parse(await readFile(path.join(bundle, "manifest.json"), "utf8"));
    const named = manifest.files.flatMap((file) => file.shards.map((shard) => shard.name));
    assert.deepEqual(await listing(bundle), [...named, "manifest.json"].toSorted());
    return runJson(["info", "--bundle", bundle, "--json"]);
}

let directory;
let file;
let encoder;
/** What a build makes of the songs when nothing fails. */
let whole;
const at = (name) => path.join(directory, name);

before(async () => {
    directory = await temporary();
    file = at("songs.csv");
    const rng = random(4);
    const rows = songs(160, 8).map((row) => ({ ...row, lyrics: lyrics(rng, 30) }));
    await writeFile(file, csv(rows, { names: [...columns, "lyrics"] }));
    await writeDirectory(at("tiny.hf"), bert({}));
    encoder = at("tiny.safetensors");
    assertDone(await run(["encoder", "import", at("tiny.hf"), "--out", encoder]));
    assertDone(await run(["build", file, "--out", at("whole"), ...plain]));
    whole = await contents(at("whole"));
});

describe("a disk that is full", () => {
    test("at_any_moment_of_a_build_is_said_and_what_was_made_can_be_gone_on_with", async () => {
        const need = (await size(at("whole"))) * 2 + (await size(at("whole.work")));
        const shares = [0.01, 0.03, 0.08, 0.15, 0.25, 0.35, 0.45, 0.5];
        const seen = new Set();
        await pooled(shares, async (share, i) => {
            const room = at(`full-${i}`);
            await mkdir(room);
            const args = ["build", file, "--out", path.join(room, "bundle"), ...plain, "--report", path.join(room, "page.html")];
            const result = await runInFullRoom(Math.ceil(need * share), room, args);
            const left = await listing(result.left);
            assert.deepEqual(half(left), [], "half-written files");
            if (!mounts && result.code === 0) return; // no single file was larger than the limit
            assertFailed(result, 1, room, full.cause, full.next);
            assert.ok(!left.includes("bundle") && !left.includes("page.html"), left.join());
            seen.add(left.length);
            // With room enough, the same command ends as it would have ended.
            await rm(room, { recursive: true, force: true });
            await rename(result.left, room);
            assertDone(await run(args));
            assert.deepEqual(await contents(path.join(room, "bundle")), whole);
        });
        assert.ok(!mounts || seen.size >= 2, `it was full at ${seen.size} different moments`);
    });

    test("leaves_the_earlier_bundle_and_the_earlier_report", async () => {
        const room = at("full-earlier");
        const given = at("earlier");
        await mkdir(room);
        await mkdir(given);
        await cp(at("whole"), path.join(given, "bundle"), { recursive: true });
        await writeFile(path.join(given, "page.html"), "an earlier page");
        const kilobytes = Math.ceil((await size(given)) + 300);
        const build = ["build", file, "--out", path.join(room, "bundle"), "--work", at("earlier.work")];
        const result = await runInFullRoom(kilobytes, room, [...build, ...plain, "--seed", "2"], { given });
        if (mounts) assertFailed(result, 1, room, full.cause, full.next, /playlistpulse build .*--resume/);
        assert.deepEqual(half(await listing(result.left)), []);
        if (result.code !== 0) assert.deepEqual(await contents(path.join(result.left, "bundle")), whole);

        const page = ["--report", path.join(room, "page.html")];
        const small = mounts ? Math.ceil((await size(given)) + 12) : 40;
        const asked = await runInFullRoom(small, room, ["evaluate", "--bundle", at("whole"), ...page], { given });
        assert.equal(asked.code, 1, asked.stderr);
        assert.match(asked.stderr, full.cause);
        assert.match(asked.stderr, full.next);
        assert.match(asked.stdout, /./, "what was measured is printed all the same");
        assert.equal(await readFile(path.join(asked.left, "page.html"), "utf8"), "an earlier page");
        assert.deepEqual(half(await listing(asked.left)), []);
    });

    test("is_said_by_each_step", async () => {
        const room = at("full-steps");
        await mkdir(room);
        const inRoom = (name) => path.join(room, name);
        const steps = {
            "the songs": [16, ["ingest", file, "--work", inRoom("work")]],
            "the cache": [8, ["embed", "--work", at("whole.work"), "--encoder", encoder, "--cache", inRoom("cache.sqlite")]],
            "the encoder": [16, ["encoder", "import", at("tiny.hf"), "--out", inRoom("encoder.safetensors")]],
            "the bundle": [64, ["export", "--work", at("whole.work"), "--out", inRoom("bundle")]],
            "the schema": [0, ["ingest", file, "--dry-run", "--write-schema", inRoom("schema.json")]],
        };
        for (const [name, [kilobytes, args]] of Object.entries(steps)) {
            // A tmpfs of size 0 is one without a limit: one block that is taken already.
            const given = at(`given-${name}`);
            await mkdir(given);
            if (kilobytes === 0 && mounts) await writeFile(path.join(given, "other"), "x".repeat(4096));
            const result = await runInFullRoom(Math.max(kilobytes, 4), room, args, { given });
            if (kilobytes === 0 && !mounts) continue; // 4 kB are room enough for a schema
            assert.equal(result.code, 1, `${name}: ${result.stderr}`);
            assert.ok(result.stderr.includes(room), `${name}: ${result.stderr}`);
            assert.match(result.stderr, full.cause, name);
            assert.match(result.stderr, full.next, name);
            const left = (await listing(result.left)).filter((one) => !["cache.sqlite", "work", "other"].includes(one));
            assert.deepEqual(left, [], name);
        }
        assertDone(await run(["export", "--work", at("whole.work"), "--out", at("again")]));
        assert.deepEqual(await contents(at("again")), whole, "the workspace is as it was");
    });

    test("in_training_too_and_it_can_be_resumed", async () => {
        const room = at("full-train");
        await mkdir(room);
        const given = at("given-train");
        await mkdir(given);
        assertDone(await run(["ingest", file, "--work", given]));
        const train = ["train", "--work", room, ...quick];
        const result = await runInFullRoom(Math.ceil(await size(given)) + 40, room, train, { given });
        assertFailed(result, 1, room, full.cause, full.next);
        assert.deepEqual(half(await listing(result.left)), []);
        assertDone(await run(["train", "--work", result.left, ...quick, "--resume"]));
        assertDone(await run(["export", "--work", result.left, "--out", at("resumed")]));
        assert.deepEqual(await contents(at("resumed")), whole);
    });

    test("behind_the_standard_output_is_no_success", async () => {
        const bundle = ["--bundle", at("whole")];
        for (const args of [
            ["--version"],
            ["help"],
            ["man"],
            ["completion", "bash"],
            ["info", ...bundle],
            ["search", "quiet", ...bundle],
            ["recommend", "--song-id", "1", "--json", ...bundle],
            ["evaluate", "--json", ...bundle],
            ["ingest", file, "--dry-run", "--json"],
        ]) {
            const result = await run(["-c", `exec "$0" "$@" >/dev/full`, program, ...args], { binary: "bash" });
            assertFailed({ ...result, args }, 1, /standard output cannot be written: No space left on device/, /make room/);
        }
    });

    test("under_the_lyrics_cache_keeps_what_was_fetched", async () => {
        const known = Array.from({ length: 30 }, (_, i) => ({
            artist: `The Kettle Number ${i}`,
            title: `Harbour Lantern ${i}`,
            text: verses(i + 1),
        }));
        const service = await genius({ songs: known });
        after(() => service.close());
        const rows = songs(30, 3).map((row, i) => ({ ...row, artist_name: known[i].artist, track_name: known[i].title }));
        await writeFile(at("fetch.csv"), csv(rows));
        assertDone(await run(["ingest", at("fetch.csv"), "--work", at("fetch.work")]));
        const room = at("full-lyrics");
        await mkdir(room);
        const fetch = (cache) => [
            ...["lyrics", "fetch", "--work", at("fetch.work"), "--lyrics-cache", cache, "--provider", "genius"],
            ...["--genius-url", service.url, "--rate", "10000", "--retry-delay", "0.01"],
        ];
        const env = { GENIUS_ACCESS_TOKEN: "a-token-of-the-tests", no_proxy: "127.0.0.1" };
        const result = await runInFullRoom(mounts ? 28 : 16, room, fetch(path.join(room, "lyrics.sqlite")), { env });
        assertFailed(result, 1, path.join(room, "lyrics.sqlite"), full.cause, /make room|choose another|see that there is room/);
        const cache = path.join(result.left, "lyrics.sqlite");
        const asked = service.requests.length;
        assertDone(await run(fetch(cache), { env }));
        const { providers } = await runJson(["lyrics", "status", "--lyrics-cache", cache, "--json"]);
        assert.equal(providers.find(({ provider }) => provider === "genius").found, 30);
        assert.ok(service.requests.length - asked <= 60, "two requests a song at most");
    });
});

describe("a place that cannot be written", () => {
    const closed = () => at("closed");
    const inside = (name) => path.join(closed(), name);
    before(async () => {
        await mkdir(closed());
        await cp(at("whole"), inside("bundle"), { recursive: true });
        await cp(at("whole.work"), inside("work"), { recursive: true });
    });

    test("is_said_by_each_step_and_a_build_says_it_before_the_work", async () => {
        const steps = [
            ["build", file, "--out", inside("new"), "--work", at("closed.work"), ...plain],
            ["build", file, "--out", inside("deep/er/new"), "--work", at("closed.work"), ...plain],
            ["build", file, "--out", inside("bundle"), "--work", at("closed.work"), ...plain],
            ["build", file, "--out", at("closed-out"), "--work", inside("new"), ...plain],
            ["build", file, "--out", at("closed-out"), "--work", at("closed.work"), "--report", inside("page.html"), ...plain],
            ["ingest", file, "--work", inside("new")],
            ["ingest", file, "--work", inside("work")],
            ["train", "--work", inside("work"), ...quick],
            ["embed", "--work", inside("work"), "--encoder", encoder, "--cache", at("closed.sqlite")],
            ["embed", "--work", at("whole.work"), "--encoder", encoder, "--cache", inside("cache.sqlite")],
            ["export", "--work", at("whole.work"), "--out", inside("bundle")],
            ["encoder", "import", at("tiny.hf"), "--out", inside("encoder.safetensors")],
            ["evaluate", "--bundle", at("whole"), "--report", inside("page.html")],
        ];
        // Without mounts the place is another, with no workspace in it.
        for (const args of steps.filter((one) => mounts || !one.includes(inside("work")))) {
            const result = await runReadOnly(closed(), args);
            assertFailed(result, [1, 3], readOnly.cause, readOnly.next);
            if (mounts) assert.ok(result.stderr.includes(closed()), result.stderr);
        }
        assert.equal(await exists(at("closed.work")), false, "no step was done in vain");
        assert.equal(await exists(at("closed-out")), false);
        assert.deepEqual(await contents(inside("bundle")), whole);
    });

    test("is_good_enough_to_read_from", async () => {
        if (!mounts) await chmod(closed(), 0o555);
        const read = (args) => (mounts ? runReadOnly(closed(), args) : run(args));
        assertDone(await read(["export", "--work", inside("work"), "--out", at("from-closed")]));
        assert.deepEqual(await contents(at("from-closed")), whole);
        assertDone(await read(["evaluate", "--bundle", inside("bundle"), "--work", inside("work")]));
        if (!mounts) await chmod(closed(), 0o755);
    });
});

describe("what is not what it should be", () => {
    /** A copy of the workspace with this done to one of its files. */
    async function spoiled(name, change) {
        const work = path.join(await temporary(), "work");
        await cp(at("whole.work"), work, { recursive: true });
        await change(path.join(work, name));
        return work;
    }
    const asDirectory = async (name) => {
        await rm(name, { force: true });
        await mkdir(path.join(name, "deeper"), { recursive: true });
    };
    const asNoise = (name) => writeFile(name, Buffer.alloc(5000, 0xa7));
    const asHalf = async (name) => truncate(name, Math.floor((await stat(name)).size / 2));
    const asNothing = (name) => writeFile(name, "");
    const later = {
        "songs.sqlite": (work) => [
            ["train", "--work", work, ...quick],
            ["export", "--work", work, "--out", path.join(work, "../out")],
            ["embed", "--work", work, "--encoder", encoder, "--cache", path.join(work, "../c")],
        ],
        "model.safetensors": (work) => [["export", "--work", work, "--out", path.join(work, "../out")]],
        "heldout.safetensors": (work) => [["export", "--work", work, "--out", path.join(work, "../out")]],
    };

    for (const [how, change] of Object.entries({ asDirectory, asNoise, asHalf, asNothing })) {
        for (const [name, commands] of Object.entries(later)) {
            test(`${name}_${how}_is_named_with_what_to_do`, async () => {
                const work = await spoiled(name, change);
                for (const args of commands(work)) {
                    const result = await run(args);
                    assertFailed(result, [1, 3], path.join(work, name), /ingest|train|embed|move that directory|choose another/);
                    assert.equal(await exists(path.join(work, "../out")), false);
                }
            });
        }
    }

    test("a_cache_of_embeddings_is_named_with_what_to_do", async () => {
        for (const [how, change] of Object.entries({ asDirectory, asNoise })) {
            const cache = at(`${how}.cache`);
            await change(cache);
            const embed = ["embed", "--work", at("whole.work"), "--encoder", encoder, "--cache", cache];
            assertFailed(await run(embed), [1, 3], cache, /choose another/);
        }
        assert.equal(await exists(at("whole.work/lyrics.safetensors")), false);
    });

    test("a_directory_in_the_place_of_a_file_is_named", async () => {
        const folder = at("folder");
        await mkdir(folder);
        for (const args of [
            ["ingest", folder, "--work", at("never")],
            ["ingest", file, "--schema", folder, "--work", at("never")],
            ["build", file, "--config", folder, "--out", at("never")],
            ["train", "--work", at("whole.work"), "--config", folder],
            ["evaluate", "--bundle", at("whole"), "--playlists", folder],
            ["evaluate", "--bundle", file],
            ["recommend", "--bundle", at("whole"), "--lyrics-file", folder],
        ])
            assertFailed(await run(args), [1, 2, 3], args.includes(folder) ? folder : file, /directory/i);
        assert.equal(await exists(at("never")), false);
    });
});

/** A build that waits for its CSV: {child, ended, feed}. */
function waiting(args) {
    const child = spawn(program, args, {
        stdio: ["pipe", "ignore", "pipe"],
        env: { ...process.env, OPENBLAS_NUM_THREADS: "1" },
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    child.stdin.on("error", () => {});
    const ended = new Promise((resolve) => {
        child.on("close", (code, signal) => resolve({ args, code, signal, stdout: "", stderr }));
    });
    return { child, ended };
}

describe("two programs", () => {
    test("in_one_workspace_are_one_too_many_and_the_first_ends_as_if_alone", async () => {
        const work = at("shared.work");
        const out = at("shared");
        const first = waiting(["build", "-", "--out", out, "--work", work, ...plain]);
        await appears(path.join(work)); // the lock comes with the directory
        await new Promise((resolve) => setTimeout(resolve, 100));
        for (const args of [
            ["build", file, "--out", at("second"), "--work", work, ...plain],
            ["ingest", file, "--work", work],
            ["embed", "--work", work, "--encoder", encoder, "--cache", at("second.sqlite")],
            ["train", "--work", work, ...quick],
            ["export", "--work", work, "--out", at("second")],
            ["evaluate", "--bundle", at("whole"), "--work", work],
        ])
            assertFailed(await run(args), 1, work, /another playlistpulse is at work/, /wait .* or choose another --work/);
        assert.equal(await exists(at("second")), false);
        first.child.stdin.end(await readFile(file));
        assertDone(await first.ended);
        await assertBundle(out);
        const vectors = (files) => Object.entries(files).find(([name]) => name.startsWith("vectors."));
        assert.deepEqual(vectors(await contents(out)), vectors(whole));
    });

    test("may_read_one_workspace", async () => {
        const outs = [at("reader-1"), at("reader-2")];
        const results = await Promise.all(outs.map((out) => run(["export", "--work", at("whole.work"), "--out", out])));
        results.forEach(assertDone);
        for (const out of outs) assert.deepEqual(await contents(out), whole);
    });

    test("one_of_which_was_killed_are_one", async () => {
        const work = at("killed.work");
        const first = waiting(["build", "-", "--out", at("killed"), "--work", work, ...plain]);
        await appears(work);
        first.child.stdin.write(await readFile(file));
        await new Promise((resolve) => setTimeout(resolve, 200));
        first.child.kill("SIGKILL");
        assert.equal((await first.ended).signal, "SIGKILL");
        assert.notDeepEqual(half(await listing(work)), [], "it had begun to write");
        assertDone(await run(["build", file, "--out", at("killed"), "--work", work, ...plain]));
        assert.deepEqual(half(await listing(work)), [], "what it left is gone");
        assert.deepEqual(await contents(at("killed")), whole);
    });

    test("on_one_cache_lose_nothing_and_make_the_same", async () => {
        const cache = at("shared.sqlite");
        const args = (name) => ["build", file, "--out", at(name), ...quick, "--encoder", encoder, "--cache", cache, "--jobs", "1"];
        const results = await Promise.all(["twin-1", "twin-2"].map((name) => run(args(name))));
        results.forEach(assertDone);
        const [one, two] = await Promise.all([contents(at("twin-1")), contents(at("twin-2"))]);
        assert.deepEqual(one, two);
        const third = assertDone(await run(args("twin-3")));
        assert.match(third.stderr, /160 are in the cache, 0 to encode/);
        assert.deepEqual(await contents(at("twin-3")), one);
    });

    test("with_one_bundle_to_make_leave_one_whole_bundle", async () => {
        const out = at("contested");
        for (let turn = 0; turn < 4; ++turn) {
            const results = await Promise.all(
                ["1", "2"].map((seed) =>
                    run(["build", file, "--out", out, "--work", at(`contested-${seed}`), ...plain, "--seed", seed]),
                ),
            );
            results.forEach(assertDone);
            await assertBundle(out);
        }
        assert.deepEqual(
            (await listing(directory)).filter((name) => /^contested\.(tmp|old)-/.test(name)),
            [],
        );
    });
});

describe("kill -9", () => {
    test("at_any_moment_of_a_build_leaves_the_earlier_bundle_or_the_new_one", async () => {
        const place = at("kill");
        await mkdir(place);
        const out = path.join(place, "bundle");
        const build = (seed) => ["build", file, "--out", out, ...plain, "--seed", seed];
        assertDone(await run(build("1")));
        const first = await contents(out);
        const started = performance.now();
        assertDone(await run(build("2")));
        const took = performance.now() - started;
        const second = await contents(out);
        assert.notDeepEqual(first, second);
        let killed = 0;
        for (let turn = 0; turn < 24; ++turn) {
            const seed = turn % 2 === 0 ? "1" : "2";
            const result = await run(build(seed), {
                onStart: (child) => setTimeout(() => child.kill("SIGKILL"), (took * 1.05 * (turn + 0.5)) / 24),
            });
            killed += result.signal === "SIGKILL";
            const now = await contents(out);
            assert.ok(
                [first, second].some((one) => JSON.stringify(one) === JSON.stringify(now)),
                `after ${turn}: ${Object.keys(now).join()}`,
            );
        }
        assert.ok(killed >= 10, `${killed} of 24 were killed`);
        // What the killed ones left beside the bundle goes once it is old enough to be nobody's.
        const past = new Date(Date.now() - 60_000);
        for (const name of half(await listing(place)).filter((one) => !one.includes("/")))
            await utimes(path.join(place, name), past, past);
        assertDone(await run(build("1")));
        assert.deepEqual(await contents(out), first);
        assert.deepEqual(half(await listing(place)), []);
    });
});
