#!/usr/bin/env node
// The training loop beside PyTorch, which trains the same model on the same songs: ./build.sh bench train
//
//   node tests/bench/train/run.mjs [--threads 1,2] [--rounds 7] [--python INTERPRETER]
//
// Both run an epoch in turns, in another order each round; the first of each is not counted. Prints medians.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { root } from "../../cli/program.mjs";
import { python } from "../../golden/encoder/model.mjs";

const here = import.meta.dirname;
const { values } = parseArgs({
    options: {
        threads: { type: "string", default: cpus().length > 1 ? "1,2" : "1" },
        rounds: { type: "string", default: "7" },
        python: { type: "string" },
        bench: { type: "string", default: path.join(root, "build/native/tests/bin/train_bench") },
    },
});
const threadCounts = values.threads.split(",").map(Number);
const rounds = Number(values.rounds);
if (threadCounts.some((count) => !(count >= 1)) || !(rounds >= 1)) {
    console.error("usage: node tests/bench/train/run.mjs [--threads 1,2] [--rounds N] [--python INTERPRETER]");
    process.exit(2);
}
if (!existsSync(values.bench)) {
    console.error(`${values.bench} is not there: ./build.sh bench train builds it`);
    process.exit(1);
}

/** A process that gives a line of JSON for each that it is sent, and one when it is ready. */
async function contender(name, command, args, env) {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.stdin.on("error", () => {});
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => {
        const { value, done } = await lines.next();
        if (done) throw new Error(`${name} ended: ${stderr}`);
        return JSON.parse(value);
    };
    const first = await next();
    return {
        name,
        versions: first.versions ?? {},
        epochs: [],
        epoch: () => {
            child.stdin.write("\n");
            return next();
        },
        close: () => child.kill(),
    };
}

const median = (numbers) => {
    const sorted = numbers.toSorted((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

async function compare(threads, interpreter) {
    const directory = mkdtempSync(path.join(tmpdir(), "playlistpulse-bench-"));
    const all = [];
    try {
        all.push(await contender("ours", values.bench, [directory, `${threads}`], {}));
        const limits = { OMP_NUM_THREADS: `${threads}`, MKL_NUM_THREADS: `${threads}` };
        const peer = [path.join(here, "torch_peer.py"), directory, `${threads}`];
        all.push(await contender("PyTorch", interpreter, ["-W", "ignore", ...peer], limits));
        for (let round = 0; round <= rounds; ++round)
            for (let i = 0; i < all.length; ++i) {
                const one = all[(i + round) % all.length];
                const epoch = await one.epoch();
                if (round > 0) one.epochs.push(epoch);
            }
    } finally {
        for (const one of all) one.close();
        rmSync(directory, { recursive: true });
    }
    const [ours, peer] = all;
    const times = (one, key) => one.epochs.map((epoch) => epoch[key]);
    const ratio = (key) => median(times(peer, key).map((time, i) => time / times(ours, key)[i]));
    const { torch } = peer.versions;
    console.log(`\n${cpus()[0].model}, threads: ${threads}; torch ${torch}; medians of ${rounds} epochs, in turns`);
    for (const one of all) {
        const last = one.epochs.at(-1);
        console.log(
            `${one.name.padEnd(8)} ${median(times(one, "seconds")).toFixed(3)} s an epoch, ` +
                `${median(times(one, "cpu")).toFixed(3)} s of the processors; after ${rounds + 1} epochs: ` +
                `reconstruction ${last.reconstruction.toFixed(4)}, contrastive ${last.contrastive.toFixed(4)}`,
        );
    }
    console.log(`PyTorch / ours: ${ratio("seconds").toFixed(2)} by the clock, ${ratio("cpu").toFixed(2)} of the processors`);
}

const interpreter = values.python ?? python(path.join(here, "requirements.txt"));
for (const threads of threadCounts) await compare(threads, interpreter);
