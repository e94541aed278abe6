#!/usr/bin/env node
// Trains, exports and evaluates a list of recipes, and prints a table of them in Markdown.
//
//   node tests/bench/train/search.mjs RECIPES.json --work WORKSPACE --playlists F.jsonl --out DIR
//        [--train-playlists F.jsonl] [--seeds 1,2] [--only NAME,NAME] [--jobs N] [--program FILE] [--table]
//
// RECIPES.json is a list of {"name", "config"}: what differs from the defaults. WORKSPACE is one that ingest and embed
// have filled; it is only read. Whatever is finished is in DIR/results.jsonl and not done again; a training that was
// stopped goes on where it was. --table trains nothing, and prints what there is.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, linkSync, mkdirSync, copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { program as built } from "../../cli/program.mjs";

const usage =
    "usage: node tests/bench/train/search.mjs RECIPES.json --work WORKSPACE --playlists F.jsonl --out DIR\n" +
    "       [--train-playlists F.jsonl] [--seeds 1,2] [--only NAME,NAME] [--jobs N] [--program FILE] [--table]";

function options() {
    const { values, positionals } = parseArgs({
        allowPositionals: true,
        options: {
            work: { type: "string" },
            playlists: { type: "string" },
            "train-playlists": { type: "string" },
            out: { type: "string" },
            seeds: { type: "string", default: "1" },
            only: { type: "string" },
            jobs: { type: "string" },
            program: { type: "string", default: built },
            table: { type: "boolean", default: false },
        },
    });
    if (positionals.length !== 1 || !values.out || (!values.table && !(values.work && values.playlists))) {
        console.error(usage);
        process.exit(2);
    }
    return { ...values, recipes: positionals[0], seeds: values.seeds.split(",").map(Number) };
}

function run(program, args) {
    return new Promise((resolve, reject) => {
        const started = performance.now();
        const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
        let stdout = "";
        let stderr = "";
        child.stdout.on("data", (chunk) => (stdout += chunk));
        child.stderr.on("data", (chunk) => (stderr += chunk));
        child.on("error", reject);
        child.on("close", (code, signal) => {
            if (code === 0) resolve({ stdout, seconds: (performance.now() - started) / 1e3 });
            else reject(new Error(`${args.join(" ")}: ended with ${code ?? signal}\n${stderr}`));
        });
    });
}

/** A workspace with the same songs; what a training writes beside them goes by rename, so links do no harm. */
function workspaceOf(work, directory) {
    mkdirSync(directory, { recursive: true });
    for (const file of ["songs.sqlite", "lyrics.safetensors", "encoder.safetensors", "vocab.txt"]) {
        const from = path.join(work, file);
        const to = path.join(directory, file);
        if (!existsSync(from) || existsSync(to)) continue;
        try {
            linkSync(from, to);
        } catch {
            copyFileSync(from, to);
        }
    }
    return directory;
}

async function measure(entry, { work, playlists, out, program, jobs, "train-playlists": others }) {
    const place = path.join(out, entry.key);
    const own = workspaceOf(work, `${place}.work`);
    const config = `${place}.json`;
    writeFileSync(config, JSON.stringify({ ...entry.config, seed: entry.seed }, null, 2));
    const threads = jobs ? ["--jobs", jobs] : [];
    const { seconds } = await run(program, ["train", "--work", own, "--config", config, "--resume", ...threads]);
    await run(program, ["export", "--work", own, "--out", `${place}.bundle`, "--no-map"]);
    const learned = others ? ["--train-playlists", others] : [];
    const asked = ["evaluate", "--bundle", `${place}.bundle`, "--playlists", playlists, ...learned, "--json"];
    const evaluation = JSON.parse((await run(program, asked)).stdout);
    const log = readFileSync(path.join(own, "train.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
    const best = log.filter((line) => line.best).at(-1) ?? log.at(-1);
    rmSync(`${place}.bundle`, { recursive: true });
    rmSync(own, { recursive: true });
    return {
        ...entry,
        playlists: evaluation.playlists,
        pulse: evaluation.methods.pulse,
        space: evaluation.spaces?.pulse,
        best_epoch: best.epoch,
        validation_loss: best.validation_loss,
        train_seconds: Math.round(seconds),
    };
}

/** Three digits, and the interval where there is one. */
function figure(measured, name) {
    const value = measured?.[name];
    if (typeof value !== "number") return "-";
    const interval = measured.ci95?.[name];
    return interval ? `${value.toFixed(4)} [${interval.map((end) => end.toFixed(3)).join(", ")}]` : value.toFixed(4);
}

function table(results) {
    const figures = ["recall@10", "recall@100", "ndcg@100", "r_precision", "coverage@10"];
    const head = ["recipe", "seed", ...figures, "same artist@10", "best epoch", "validation loss", "s"];
    const rows = results
        .toSorted((a, b) => (b.pulse?.["recall@100"] ?? 0) - (a.pulse?.["recall@100"] ?? 0))
        .map((result) => [
            result.name,
            result.seed,
            ...figures.map((name) => figure(result.pulse, name)),
            figure(result.space, "same_artist_recall@10"),
            result.best_epoch,
            result.validation_loss?.toFixed(4) ?? "-",
            result.train_seconds,
        ]);
    const line = (cells) => `| ${cells.join(" | ")} |`;
    return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const asked = options();
const recipes = JSON.parse(readFileSync(asked.recipes, "utf8"));
const only = asked.only?.split(",");
const entries = recipes
    .filter(({ name }) => !only || only.includes(name))
    .flatMap(({ name, config }) => asked.seeds.map((seed) => ({ name, config, seed })))
    .map((entry) => {
        const hash = createHash("sha256").update(JSON.stringify([entry.config, entry.seed])).digest("hex");
        return { ...entry, key: `${entry.name.replaceAll(/[^a-z0-9]+/gi, "-")}-${hash.slice(0, 12)}` };
    });
mkdirSync(asked.out, { recursive: true });
const file = path.join(asked.out, "results.jsonl");
const done = existsSync(file)
    ? readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line))
    : [];
for (const entry of asked.table ? [] : entries) {
    if (done.some(({ key }) => key === entry.key)) continue;
    console.error(`${entry.name}, seed ${entry.seed} ...`);
    const result = await measure(entry, asked);
    appendFileSync(file, `${JSON.stringify(result)}\n`);
    done.push(result);
    console.error(`  recall@100 ${figure(result.pulse, "recall@100")}, ${result.train_seconds} s`);
}
const keys = new Set(entries.map(({ key }) => key));
console.log(table(done.filter(({ key }) => keys.has(key))));
