// Training: the same result however it comes about, whatever ends it, and the best of it.
import assert from "node:assert/strict";
import { copyFile, cp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { before, describe, test } from "node:test";
import { columns, csv, random, songs } from "./catalogue.mjs";
import { bert, lyrics, readSafetensors, writeDirectory } from "./hf-directory.mjs";
import { assertDone, assertFailed, exists, listing, run, temporary } from "./program.mjs";

const models = ["model.safetensors", "heldout.safetensors"];

/** Enough epochs to be interrupted in, of a small net; all of them count, since the rate is low. */
const slow = ["--epochs", "700", "--patience", "0", "--learning-rate", "0.0003", "--latent", "16"];

let directory;
let ingested; // a workspace of 400 songs
before(async () => {
    directory = await temporary();
    ingested = await ingest("songs", songs(400, 11));
});

async function ingest(name, rows, names = columns) {
    const file = path.join(directory, `${name}.csv`);
    await writeFile(file, csv(rows, { names }));
    const work = path.join(directory, `${name}.work`);
    assertDone(await run(["ingest", file, "--work", work]));
    return work;
}

async function copyOf(work, name) {
    const copy = path.join(directory, `${name}.work`);
    await cp(work, copy, { recursive: true });
    return copy;
}

const train = (work, ...args) => run(["train", "--work", work, ...args]);

async function recipe(name, members) {
    const file = path.join(directory, `${name}.json`);
    await writeFile(file, JSON.stringify(members));
    return ["--config", file];
}

const log = async (work) =>
    (await readFile(path.join(work, "train.jsonl"), "utf8"))
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line));

/** The log without the times, which are no two runs' the same. */
const timeless = async (work) => (await log(work)).map(({ seconds, ...rest }) => (assert.ok(seconds >= 0), rest));

/** Everything that a training leaves, in a form that can be compared. */
async function results(work) {
    const files = await Promise.all(
        models.map(async (name) => (await readFile(path.join(work, name))).toString("base64")),
    );
    return { files, log: await timeless(work), names: await listing(work) };
}

/** The model's numbers, apart from what it says of its recipe. */
async function tensors(work, name = "model.safetensors") {
    const { tensors: all } = readSafetensors(await readFile(path.join(work, name)));
    return [...all].map(([key, { data }]) => [key, Buffer.from(data.buffer).toString("base64")]);
}

/** How many epochs a training has logged. */
async function logged(work) {
    try {
        return (await readFile(path.join(work, "train.jsonl"))).reduce((lines, byte) => lines + (byte === 10), 0);
    } catch {
        return 0;
    }
}

/** Trains, and sends the signal once so many more epochs are logged, or never, where it ends before. */
async function killed(work, args, epochs, signal = "SIGKILL") {
    let child;
    let ended = false;
    await rm(path.join(work, "train.jsonl"), { force: true });
    const running = run(args, { onStart: (started) => (child = started) }).finally(() => (ended = true));
    let from;
    while (!ended) {
        const lines = await logged(work);
        if (lines > 0) from ??= lines; // those of before are written at once
        if (from !== undefined && lines >= from + epochs) break;
        await sleep(2);
    }
    await sleep(3 * Math.random());
    child.kill(signal);
    return running;
}

describe("the same training", () => {
    const quick = ["--epochs", "6", "--latent", "8"];

    test("gives_the_same_model_each_time_and_another_with_another_seed", async () => {
        const [one, two, other] = await Promise.all(["one", "two", "other"].map((name) => copyOf(ingested, name)));
        assertDone(await train(one, ...quick, "--seed", "5"));
        assertDone(await train(two, ...quick, "--seed", "5"));
        assertDone(await train(other, ...quick, "--seed", "6"));
        assert.deepEqual(await results(one), await results(two));
        assert.notDeepEqual(await tensors(one), await tensors(other));
    });

    test("gives_the_same_model_on_any_number_of_threads", async () => {
        const works = await Promise.all(["1", "2", "3", "5"].map((jobs) => copyOf(ingested, `jobs${jobs}`)));
        for (const [i, jobs] of ["1", "2", "3", "5"].entries())
            assertDone(await train(works[i], ...quick, "--jobs", jobs));
        const expected = await results(works[0]);
        for (const work of works.slice(1)) assert.deepEqual(await results(work), expected);
    });
});

describe("a training that is interrupted", () => {
    let whole; // what it comes to without
    before(async () => {
        const work = await copyOf(ingested, "whole");
        assertDone(await train(work, ...slow));
        whole = await results(work);
        const epochs = (stage) => whole.log.filter((line) => line.stage === stage).map(({ epoch }) => epoch);
        assert.deepEqual(epochs("measured"), Array.from({ length: 700 }, (_, i) => i + 1));
        assert.ok(epochs("final").length > 100, "the final stage is there to be interrupted, too");
    });

    for (const turn of [1, 2])
        test(`by_kill_9_again_and_again_comes_to_the_same_end_${turn}`, async () => {
            const work = await copyOf(ingested, `killed${turn}`);
            let kills = 0;
            let resumed = 0;
            for (let round = 0; round < 6; ++round) {
                const epochs = Math.floor(150 * Math.random());
                const result = await killed(work, ["train", "--work", work, ...slow, "--resume"], epochs);
                resumed += /going on in epoch/.test(result.stderr);
                if (result.signal !== "SIGKILL") break;
                ++kills;
                for (const name of models) assert.ok(!(await exists(path.join(work, name))), name);
            }
            const last = assertDone(await train(work, ...slow, "--resume"));
            resumed += /going on in epoch/.test(last.stderr);
            assert.ok(kills > 1, "it was killed");
            assert.ok(resumed > 1, "it went on from a checkpoint");
            // A write that was cut short may leave its temporary file behind; nothing reads it.
            const left = await results(work);
            left.names = left.names.filter((name) => !/\.tmp-\d+$/.test(name));
            assert.deepEqual(left, whole);
        });

    test("by_ctrl_c_says_how_to_go_on_and_does", async () => {
        const work = await copyOf(ingested, "ctrl-c");
        const stopped = await killed(work, ["train", "--work", work, ...slow], 200, "SIGINT");
        assert.equal(stopped.signal, "SIGINT", stopped.stderr);
        assert.match(stopped.stderr, /--resume/);
        assert.deepEqual(await listing(work), ["checkpoint.safetensors", "songs.sqlite", "train.jsonl"]);
        const result = assertDone(await train(work, ...slow, "--resume"));
        assert.match(result.stderr, /going on in epoch \d+/);
        assert.deepEqual(await results(work), whole);
        // Once more there is nothing left to do.
        const again = assertDone(await train(work, ...slow, "--resume"));
        assert.match(again.stderr, /trained already/);
        assert.deepEqual(await results(work), whole);
    });

    test("goes_on_with_another_number_of_threads", async () => {
        const work = await copyOf(ingested, "threads");
        await killed(work, ["train", "--work", work, ...slow, "--jobs", "1"], 200, "SIGTERM");
        assertDone(await train(work, ...slow, "--jobs", "2", "--resume"));
        assert.deepEqual(await results(work), whole);
    });

    test("is_begun_anew_without_resume", async () => {
        const work = await copyOf(ingested, "anew");
        await killed(work, ["train", "--work", work, ...slow], 200, "SIGINT");
        assertDone(await train(work, ...slow));
        assert.deepEqual(await results(work), whole);
    });
});

describe("a checkpoint that is not of this training", () => {
    let stopped;
    let checkpoint;
    before(async () => {
        stopped = await copyOf(ingested, "stopped");
        await killed(stopped, ["train", "--work", stopped, ...slow], 100, "SIGINT");
        checkpoint = path.join(stopped, "checkpoint.safetensors");
        assert.ok(await exists(checkpoint));
    });

    test("of_another_recipe_is_refused_by_the_member_that_differs", async () => {
        const result = await train(stopped, ...slow, "--resume", "--dropout", "0.5");
        assertFailed(result, 3, "checkpoint.safetensors", '"dropout" was 0.2, and is 0.5', "without --resume");
        const other = await train(stopped, ...slow, "--resume", "--hidden", "64,32");
        assertFailed(other, 3, '"hidden" was [256], and is [64,32]');
    });

    test("of_other_songs_is_refused", async () => {
        const other = await ingest("other", songs(400, 12));
        await copyFile(checkpoint, path.join(other, "checkpoint.safetensors"));
        assertFailed(await train(other, ...slow, "--resume"), 3, "other songs", "without --resume");
    });

    test("of_another_version_is_refused", async () => {
        const work = await copyOf(stopped, "version");
        const bytes = await readFile(checkpoint);
        const at = bytes.indexOf('"program":"') + '"program":"'.length;
        bytes[at] = bytes[at] === 0x39 ? 0x38 : 0x39;
        await writeFile(path.join(work, "checkpoint.safetensors"), bytes);
        assertFailed(await train(work, ...slow, "--resume"), 3, "another version", "without --resume");
    });

    test("that_is_damaged_is_refused_wherever_it_is_cut", async () => {
        const work = await copyOf(stopped, "damaged");
        const bytes = await readFile(checkpoint);
        for (const size of [0, 7, 100, bytes.length >> 1, bytes.length - 1]) {
            await writeFile(path.join(work, "checkpoint.safetensors"), bytes.subarray(0, size));
            assertFailed(await train(work, ...slow, "--resume"), 3, "checkpoint.safetensors", "without --resume");
        }
    });

    test("does_not_stand_in_the_way_of_a_new_training", async () => {
        const work = await copyOf(stopped, "new");
        assertDone(await train(work, "--epochs", "2", "--latent", "8"));
        assert.ok(!(await exists(path.join(work, "checkpoint.safetensors"))));
    });
});

describe("a build that is interrupted", () => {
    test("goes_on_without_reading_the_same_file_again", async () => {
        const file = path.join(directory, "build.csv");
        await writeFile(file, csv(songs(400, 11)));
        const build = (out, ...args) => ["build", file, "--out", path.join(directory, out), "--no-map", ...slow, ...args];
        assertDone(await run(build("whole.bundle")));
        const work = path.join(directory, "part.bundle.work");
        const stopped = await killed(work, build("part.bundle"), 200);
        assert.equal(stopped.signal, "SIGKILL");
        const result = assertDone(await run(build("part.bundle", "--resume")));
        assert.match(result.stderr, /ingested already/);
        const again = assertDone(await run(build("part.bundle", "--resume")));
        assert.match(again.stderr, /trained already/);
        const bundle = async (name) => {
            const at = path.join(directory, name);
            return [await listing(at), await readFile(path.join(at, "manifest.json"), "utf8")];
        };
        assert.deepEqual(await bundle("part.bundle"), await bundle("whole.bundle"));
        // Another file of that name is read.
        await writeFile(file, csv(songs(300, 12)));
        const other = assertDone(await run(build("part.bundle", "--resume", "--epochs", "2")));
        assert.doesNotMatch(other.stderr, /already/);
        assert.match(other.stderr, /ingested: 300 songs/);
    });
});

describe("the best epoch", () => {
    test("is_what_early_stopping_ships_and_not_the_last", async () => {
        // A rate so high, without an end, that the loss soon goes up and down.
        const hasty = { schedule: "plateau", plateau_patience: 1000, warmup: 0, learning_rate: 0.03, refit: false };
        const patient = { ...hasty, epochs: 200, patience: 6 };
        const work = await copyOf(ingested, "early");
        assertDone(await train(work, ...(await recipe("patient", patient)), "--latent", "8"));
        const lines = await log(work);
        const losses = lines.map((line) => line.validation_loss);
        const best = losses.indexOf(Math.min(...losses)) + 1;
        assert.ok(lines.length < 200, "it stopped early");
        assert.equal(lines.length, best + 6, "as soon as its patience was at an end");
        const better = losses.map((loss, i) => loss < Math.min(Infinity, ...losses.slice(0, i)));
        assert.deepEqual(lines.map((line) => line.best), better);

        // The model is the one of a training that ended there, and not of one that went on to the end.
        const upTo = async (epochs) => {
            const other = await copyOf(ingested, `early${epochs}`);
            const config = await recipe(`early${epochs}`, { ...hasty, validation: 0.08, epochs, patience: 0 });
            assertDone(await train(other, ...config, "--latent", "8"));
            return other;
        };
        const there = await upTo(best);
        assert.equal((await log(there)).length, best);
        assert.deepEqual(await tensors(work), await tensors(there));
        const { metadata } = readSafetensors(await readFile(path.join(work, "model.safetensors")));
        const { epochs, best_epoch } = JSON.parse(metadata.training);
        assert.deepEqual({ epochs, best_epoch }, { epochs: lines.length, best_epoch: best });
    });
});

describe("the learning rate", () => {
    test("is_halved_on_a_plateau_in_both_stages", async () => {
        const config = await recipe("plateau", {
            ...{ schedule: "plateau", plateau_patience: 2, warmup: 0, learning_rate: 0.02, final_rate: 0.001 },
            ...{ epochs: 60, patience: 20, left_out: 0 },
        });
        const work = await copyOf(ingested, "plateau");
        assertDone(await train(work, ...config, "--latent", "8"));
        const lines = await log(work);
        const measured = lines.filter((line) => line.stage === "measured");
        let factor = 1;
        let unchanged = 0;
        const rates = measured.map((line) => {
            const rate = 0.02 * factor;
            unchanged = line.best ? 0 : unchanged + 1;
            if (unchanged === 2) {
                factor = Math.max(factor / 2, 0.001);
                unchanged = 0;
            }
            return rate;
        });
        const close = (found, expected) => assert.ok(Math.abs(found / expected - 1) < 1e-5, `${found} ${expected}`);
        measured.forEach((line, i) => close(line.learning_rate, rates[i]));
        assert.ok(rates.at(-1) < 0.01, "there was a plateau");
        // The final stage has nothing to stop by: it follows the first.
        const final = lines.filter((line) => line.stage === "final");
        assert.ok(final.length > 1);
        final.forEach((line, i) => close(line.learning_rate, rates[i]));
    });

    test("comes_down_by_a_cosine", async () => {
        const config = await recipe("cosine", { warmup: 0, learning_rate: 0.01, final_rate: 0.1, epochs: 10, refit: false });
        const work = await copyOf(ingested, "cosine");
        assertDone(await train(work, ...config, "--latent", "8"));
        const lines = await log(work);
        // One batch an epoch: that of the n-th began after n - 1 of 10 steps.
        lines.forEach(({ learning_rate: rate }, i) => {
            const expected = 0.01 * (0.1 + 0.9 * 0.5 * (1 + Math.cos((Math.PI * i) / 10)));
            assert.ok(Math.abs(rate / expected - 1) < 1e-5, `${rate} ${expected}`);
        });
    });
});

test("gradients_are_limited_where_the_recipe_says_so", async () => {
    const models_ = {};
    let norms;
    for (const [name, limit] of Object.entries({ none: 0, wide: 1e6, narrow: 0.01 })) {
        const work = await copyOf(ingested, `limit-${name}`);
        const config = await recipe(`limit-${name}`, { gradient_limit: limit, epochs: 5, refit: false });
        assertDone(await train(work, ...config, "--latent", "8"));
        models_[name] = await tensors(work);
        norms ??= (await log(work)).map((line) => line.gradient_norm);
    }
    assert.ok(norms.every((norm) => norm > 0.01 && norm < 1e6), `${norms}`);
    assert.deepEqual(models_.wide, models_.none);
    assert.notDeepEqual(models_.narrow, models_.none);
});

test("a_training_that_leaves_nothing_to_learn_from_is_refused", async () => {
    const config = await recipe("greedy", { test: 0.5, validation: 0.5 });
    assertFailed(await train(ingested, ...config), 3, /make them smaller/);
});

test("lyrics_embeddings_of_other_songs_are_noticed", async () => {
    await writeDirectory(path.join(directory, "hf"), bert());
    const encoder = path.join(directory, "encoder.safetensors");
    assertDone(await run(["encoder", "import", path.join(directory, "hf"), "--out", encoder]));
    const names = [...columns, "lyrics"];
    const rows = songs(60, 4).map((row, i) => ({ ...row, lyrics: lyrics(random(i), 20) }));
    const work = await ingest("sung", rows, names);
    const embed = () =>
        run(["embed", "--work", work, "--encoder", encoder, "--cache", path.join(directory, "cache.sqlite")]);
    const quick = ["--epochs", "2", "--latent", "8"];
    assertDone(await embed());
    assertDone(await train(work, ...quick));
    // As many songs as before, two of which have changed places.
    [rows[3].lyrics, rows[4].lyrics] = [rows[4].lyrics, rows[3].lyrics];
    const kept = path.join(directory, "kept.safetensors");
    await copyFile(path.join(work, "lyrics.safetensors"), kept);
    await ingest("sung", rows, names);
    await copyFile(kept, path.join(work, "lyrics.safetensors"));
    assertFailed(await train(work, ...quick), 3, "lyrics.safetensors", "run playlistpulse embed again");
    assertDone(await embed());
    assertDone(await train(work, ...quick));
});
