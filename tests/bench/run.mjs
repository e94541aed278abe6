#!/usr/bin/env node
// Measures what a listener waits for, in Chromium and natively, and what has to come over the wire. Prints tables and
// asserts nothing: ./build.sh bench. Names as arguments (browser, native, bytes) choose some of the parts.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { cpus } from "node:os";
import path from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { chromium } from "@playwright/test";
import { random } from "../cli/catalogue.mjs";
import { program, realBundle, root, run, runJson } from "../cli/program.mjs";
import { inNative, searchLimit } from "../parity/native.mjs";
import { fileOf, serve } from "./server.mjs";

const warmUp = 60;
const at = (...parts) => path.join(root, ...parts);
const mounts = {
    "/package/": at("wasm/dist"),
    "/comlink/": at("wasm/node_modules/comlink/dist/esm"),
    "/bundle/": realBundle,
    "/bench/": at("tests/bench"),
    "/page/": at("web/dist"),
};

/** The work, the same on every machine: random seeds, and real titles typed letter by letter. */
async function workload() {
    const rng = random(8035);
    const info = await runJson(["info", "--bundle", realBundle, "--json"]);
    const requests = Array.from({ length: 500 }, () => ({
        seeds: [{ song_id: rng.below(info.songs) }],
        k: 10,
    }));
    const texts = [];
    for (let i = 0; i < 12; ++i) {
        const id = String(rng.below(info.songs));
        const answer = await runJson(
            ["recommend", "--bundle", realBundle, "--song-id", id, "-k", "10", "--json"],
        );
        for (const { title } of answer.results)
            for (let length = 1; length <= Math.min(title.length, 12); ++length)
                texts.push(title.slice(0, length));
    }
    return { requests, texts, songs: info.songs };
}

function quantile(times, share) {
    const sorted = times.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

function table(title, head, rows) {
    const all = [head, ...rows.map((row) => row.map(String))];
    const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
    const line = (row) =>
        row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ");
    console.log(`\n${title}\n${all.map(line).join("\n")}`);
}

const ms = (value) => value.toFixed(2);

const timing = (name, { opening, recommendations, searches }) => [
    name,
    ms(quantile(recommendations, 0.5)),
    ms(quantile(recommendations, 0.95)),
    ms(quantile(searches, 0.5)),
    ms(quantile(searches, 0.95)),
    opening.toFixed(0),
];

const timingHead = ["", "recommend p50", "p95", "keystroke p50", "p95", "open"];

async function launch() {
    const executablePath =
        process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
    return chromium.launch({
        executablePath,
        args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
    });
}

async function inBrowser(work) {
    const server = await serve(mounts);
    const browser = await launch();
    try {
        const page = await browser.newPage();
        page.on("pageerror", (error) => console.error(error.message));
        await page.goto(`${server.origin}/bench/page.html`);
        await page.waitForFunction("window.ready === true && crossOriginIsolated");
        const rows = [];
        const measure = async (where, simd) => {
            const job = { bundle: `${server.origin}/bundle/`, simd, warmUp, limit: searchLimit, ...work };
            rows.push(timing(`${simd}, ${where.name}`, await page.evaluate(where.call, job)));
        };
        const places = [
            { name: "in the worker", call: (job) => window.inWorker(job) },
            { name: "round trip from the page", call: (job) => window.roundTrip(job) },
        ];
        for (const place of places) for (const simd of ["plain", "relaxed"]) await measure(place, simd);
        table(
            `Chromium ${browser.version()}, ${work.songs} songs, ${work.requests.length} recommendations of 10 with their ` +
                `rows, ${work.texts.length} keystrokes (ms)`,
            timingHead,
            rows,
        );
    } finally {
        await browser.close();
        server.close();
    }
}

async function natively(work) {
    const build = spawnSync("cmake", ["--build", at("build/native"), "--target", "answers"], {
        encoding: "utf8",
    });
    if (build.status !== 0) throw new Error(`answers: ${build.stdout}${build.stderr}`);
    const recommendations = work.requests.map((recommend) => ({ recommend }));
    const searches = work.texts.map((search) => ({ search }));
    const measured = async (questions) => {
        const { opening, times } = await inNative([...questions.slice(0, warmUp), ...questions]);
        return { opening, times: times.slice(warmUp) };
    };
    const recommended = await measured(recommendations);
    const searched = await measured(searches);
    const command = [];
    for (const { seeds } of work.requests.slice(0, 50)) {
        const id = String(seeds[0].song_id);
        command.push((await run(["recommend", "--bundle", realBundle, "--json", "--song-id", id])).ms);
    }
    table(`Natively, one thread, ${cpus()[0].model} (ms)`, timingHead, [
        timing("in process", {
            opening: recommended.opening,
            recommendations: recommended.times,
            searches: searched.times,
        }),
        [
            "playlistpulse recommend, the whole command",
            ...[0.5, 0.95].map((share) => ms(quantile(command, share))),
            ...["", "", ""],
        ],
    ]);
}

const brotli = (file) =>
    brotliCompressSync(readFileSync(file), {
        params: {
            [constants.BROTLI_PARAM_QUALITY]: 11,
            [constants.BROTLI_PARAM_LGWIN]: 24,
            [constants.BROTLI_PARAM_SIZE_HINT]: statSync(file).size,
        },
    }).length;

const bytes = (value) => value.toLocaleString("en");

async function overTheWire() {
    const modules = ["simd", "relaxed"].map((variant) => at(`wasm/dist/pulse.${variant}.wasm`));
    table(
        "WebAssembly modules, SQLite included (bytes)",
        ["", "raw", "brotli"],
        modules.map((file) => [path.basename(file), bytes(statSync(file).size), bytes(brotli(file))]),
    );

    const server = await serve(mounts);
    const browser = await launch();
    const files = new Set();
    try {
        const page = await browser.newPage();
        page.on("request", (request) => {
            const { origin, pathname } = new URL(request.url());
            if (origin === server.origin) files.add(fileOf(mounts, pathname));
        });
        await page.goto(`${server.origin}/page/#more=1`);
        await page.locator("[data-song-id]").first().waitFor();
    } finally {
        await browser.close();
        server.close();
    }
    const rows = [...files]
        .filter((file) => file !== undefined && existsSync(file))
        .map((file) => ({
            name: path.relative(at("web/dist"), file),
            raw: statSync(file).size,
            small: /\.(woff2|png|webp)$/.test(file) ? statSync(file).size : brotli(file),
        }));
    const sum = (some, key) => bytes(some.reduce((total, row) => total + row[key], 0));
    const scripts = rows.filter(({ name }) => name.endsWith(".js"));
    table("Fetched until the first recommendation (bytes)", ["", "raw", "brotli"], [
        ...rows.map(({ name, raw, small }) => [name, bytes(raw), bytes(small)]),
        ["all JavaScript", sum(scripts, "raw"), sum(scripts, "small")],
        ["everything", sum(rows, "raw"), sum(rows, "small")],
    ]);
}

const parts = { browser: inBrowser, native: natively, bytes: overTheWire };
const names = process.argv.slice(2);
for (const name of names) {
    if (!Object.hasOwn(parts, name)) {
        console.error(`no such part: ${name}; there are ${Object.keys(parts).join(", ")}`);
        process.exit(2);
    }
}
if (!existsSync(program)) {
    console.error("the program is not built: ./build.sh bench builds everything first");
    process.exit(1);
}
const work = await workload();
for (const name of names.length > 0 ? names : Object.keys(parts)) await parts[name](work);
