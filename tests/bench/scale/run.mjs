#!/usr/bin/env node
// A made-up catalogue of a million songs from CSV to bundle, and then asked: how long each step takes and how much
// memory. ./build.sh bench scale [ROWS] [--keep DIR]; README.md says what was found.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { program, root } from "../../cli/program.mjs";
import { generate } from "./generate.mjs";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { keep: { type: "string" } } });
const rows = Number(positionals[0] ?? 1_000_000);
if (!Number.isInteger(rows) || rows < 100) throw new Error("how many songs? a whole number from 100 on");
const directory = values.keep ?? mkdtempSync(path.join(tmpdir(), "playlistpulse-scale-"));
mkdirSync(directory, { recursive: true });
const at = (name) => path.join(directory, name);

/** What the kernel says of a running process: its largest size so far in MiB, and seconds of processor time. */
function look(pid) {
    try {
        const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return peak && { peak: Number(peak[1]) / 1024, processor: (Number(fields[11]) + Number(fields[12])) / 100 };
    } catch {
        return undefined; // it has just ended
    }
}

const measured = [];

/** Runs a step to its end, looking at it a hundred times a second. Its last hundredth goes unseen. */
function step(name, binary, args) {
    return new Promise((resolve, reject) => {
        const from = performance.now();
        const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"] });
        let last = { peak: 0, processor: 0 };
        const timer = setInterval(() => (last = look(child.pid) ?? last), 10);
        let out = "";
        let said = "";
        child.stdout.on("data", (text) => (out += text));
        child.stderr.on("data", (text) => (said += text));
        child.on("error", reject);
        child.on("close", (code) => {
            clearInterval(timer);
            if (code !== 0) return reject(new Error(`${name} ended with ${code}:\n${said}`));
            measured.push({ name, seconds: (performance.now() - from) / 1000, ...last });
            console.error(`${name}: ${measured.at(-1).seconds.toFixed(1)} s`);
            resolve({ out, said });
        });
    });
}

const sizeOf = (name) =>
    statSync(name).isDirectory()
        ? readdirSync(name).reduce((sum, file) => sum + statSync(path.join(name, file)).size, 0)
        : statSync(name).size;

const csv = at("songs.csv");
const [work, bundle] = [at("work"), at("bundle")];
try {
    const file = openSync(csv, "w");
    for (const part of generate(rows)) writeSync(file, part);
    closeSync(file);
    await step("ingest", program, ["ingest", csv, "--work", work]);
    await step("train, 1 epoch", program, ["train", "--work", work, "--epochs", "1"]);
    const { said } = await step("export", program, ["export", "--work", work, "--out", bundle, "--verbose"]);
    const stages = [...said.matchAll(/^(?:.*: )?(.*) took ([\d.]+) s$/gm)].map(([, what, seconds]) => ({ what, seconds }));
    const { out } = await step("search", program, ["search", "ba", "--bundle", bundle, "--json"]);
    const id = JSON.parse(out).results[0].song_id;
    await step("recommend", program, ["recommend", "--bundle", bundle, "--song-id", String(id), "--json"]);
    await step("Node, WebAssembly", process.execPath, [
        path.join(root, "tests/bench/scale/open.mjs"),
        bundle,
        String(id),
    ]);

    const line = (cells) => cells.map((cell, i) => (i ? String(cell).padStart(12) : cell.padEnd(20))).join("");
    console.log(`${rows.toLocaleString("en")} songs, ${availableParallelism()} processors, CSV ${(sizeOf(csv) / 2 ** 20).toFixed(0)} MiB\n`);
    console.log(line(["", "seconds", "processor s", "peak MiB"]));
    for (const { name, seconds, processor, peak } of measured)
        console.log(line([name, seconds.toFixed(1), processor.toFixed(1), peak.toFixed(0)]));
    console.log(`\nof export: ${stages.map(({ what, seconds }) => `${what} ${seconds} s`).join(", ")}`);
    const manifest = JSON.parse(readFileSync(path.join(bundle, "manifest.json"), "utf8"));
    const parts = manifest.files.map(({ role, bytes, shards }) => `${role} ${(bytes / 2 ** 20).toFixed(1)} MiB in ${shards.length}`);
    console.log(`workspace ${(sizeOf(work) / 2 ** 20).toFixed(0)} MiB; bundle: ${parts.join(", ")}`);
    console.log(`map: trustworthiness ${manifest.quality.map.trustworthiness} by ${manifest.quality.map.landmarks} landmarks`);
} finally {
    if (!values.keep) rmSync(directory, { recursive: true, force: true });
}
