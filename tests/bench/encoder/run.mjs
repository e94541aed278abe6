#!/usr/bin/env node
// The lyrics encoder beside what else encodes the same sentences: natively onnxruntime, in Chromium transformers.js. Same
// weights, texts, machine and numbers of threads, in turns; tokenising is part of every time. README.md says more.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants } from "node:zlib";
import { realBundle, root } from "../../cli/program.mjs";
import { cached, command, huggingFaceDirectory, python } from "../../golden/encoder/model.mjs";
import { agreement, texts as golden, vectors } from "../../golden/encoder/reference.mjs";
import { shippedEncoder, wasmModules } from "../../parity/encoders.mjs";
import { serve } from "../server.mjs";
import { inBrowser, onnxruntimeNative, oursNative } from "./contenders.mjs";
import { measure, print } from "./measure.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const at = (...parts) => path.join(root, ...parts);

/** The peers' model and the texts to time, made once from the published weights. */
function peers(interpreter) {
    const maker = path.join(here, "make_peers.py");
    const key = [maker, path.join(here, "requirements.txt"), at("tests/golden/encoder/texts.txt")];
    return cached("peers", key.map((file) => readFileSync(file, "utf8")).join("\0"), (scratch) => {
        command(interpreter, [maker, huggingFaceDirectory(), scratch]);
    });
}

function installTransformers() {
    const stamp = path.join(here, "node_modules/.playlistpulse");
    if (existsSync(stamp)) return;
    console.error("installing transformers.js ...");
    const { status } = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
        cwd: here,
        stdio: ["ignore", "ignore", "inherit"],
    });
    if (status !== 0) throw new Error("npm ci failed; its message is above");
    command("touch", [stamp]);
}

/** Says how far each contender is from the reference: nobody may be fast by being wrong. */
async function checkAgreement(contenders) {
    const some = golden.slice(0, 64);
    const reference = vectors().slice(0, 64);
    for (const contender of contenders) {
        const { mean, min } = agreement(await contender.encode(some), reference);
        contender.cosine = mean;
        if (!(min > 0.9)) throw new Error(`${contender.name} gives other vectors: cosine ${min} with the reference`);
    }
}

async function closing(contenders, work) {
    try {
        return await work();
    } finally {
        await Promise.allSettled(contenders.map((contender) => contender.close()));
    }
}

async function natively(context) {
    for (const threads of context.threads) {
        const all = [];
        await closing(all, async () => {
            const add = async (role, contender) => all.push(Object.assign(await contender, { role }));
            await add("ours", oursNative(context.files, "auto", threads));
            await add("ours f32", oursNative(context.files, "f32", threads));
            await add("fp32", onnxruntimeNative(context.python, context.model, "fp32", threads));
            await add("q8", onnxruntimeNative(context.python, context.model, "q8", threads));
            await checkAgreement(all);
            await add("floor f32", oursNative(context.files, "f32", threads));
            await add("floor int8", oursNative(context.files, "int8", threads));
            const title = `Natively, ${cpus()[0].model}, threads: ${threads}`;
            print(title, await measure(all, context, context.seconds.native), all);
        });
    }
}

async function chromium(context) {
    const { chromium: browserType } = await import("@playwright/test");
    const modules = (name) => path.join(here, "node_modules", name, "dist");
    const server = await serve(
        {
            "/bench/": here,
            "/wasm-tests/": at("tests/wasm"),
            "/ours/": path.dirname(context.files.weights),
            "/plain/": wasmModules.plain.folder,
            "/relaxed/": wasmModules.relaxed.folder,
            "/threads/": wasmModules.threads.folder,
            "/models/peer/": context.model,
            "/transformers/": modules("@huggingface/transformers"),
            "/onnxruntime-web/": modules("onnxruntime-web"),
            "/onnxruntime-common/": path.join(modules("onnxruntime-common"), "esm"),
            "/package/": at("wasm/dist"),
            "/comlink/": at("wasm/node_modules/comlink/dist/esm"),
            "/bundle/": realBundle,
        },
        {
            "@huggingface/transformers": "/transformers/transformers.web.min.js",
            "onnxruntime-web/webgpu": "/onnxruntime-web/ort.webgpu.bundle.min.mjs",
            "onnxruntime-common": "/onnxruntime-common/index.js",
            comlink: "/comlink/comlink.mjs",
        },
    );
    const executablePath =
        process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((file) => existsSync(file));
    const browser = await browserType.launch({
        executablePath,
        args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
    });
    try {
        for (const threads of context.threads) {
            const page = await browser.newPage();
            page.on("pageerror", (error) => console.error(error.message));
            await page.goto(`${server.origin}/bench/page.html`);
            await page.waitForFunction("window.ready === true && crossOriginIsolated");
            const all = [];
            const add = async (role, script, options) =>
                all.push(Object.assign(await inBrowser(page, script, { threads, ...options }), { role }));
            // What the package takes in Chromium; threads only come with plain SIMD.
            const variant = threads > 1 ? "threads" : "relaxed";
            const script = `/${variant}/${wasmModules[variant].file}`;
            await add("ours", "/bench/ours.worker.mjs", { script, compute: "auto" });
            await add("ours f32", "/bench/ours.worker.mjs", { script, compute: "f32" });
            await add("fp32", "/bench/peer.worker.mjs", { dtype: "fp32" });
            await add("q8", "/bench/peer.worker.mjs", { dtype: "q8" });
            await checkAgreement(all);
            const products = { script, products: 2048 };
            await add("floor f32", "/bench/ours.worker.mjs", { ...products, compute: "f32" });
            await add("floor int8", "/bench/ours.worker.mjs", { ...products, compute: "int8" });
            const title = `Chromium ${browser.version()}, ${variant} module, threads: ${threads}`;
            print(title, await measure(all, context, context.seconds.chromium), all);
            await page.close();
        }
        await memory(browser, server, context);
    } finally {
        await browser.close();
        server.close();
    }
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

async function memory(browser, server, context) {
    const page = await browser.newPage();
    await page.goto(`${server.origin}/bench/page.html`);
    await page.waitForFunction("window.ready === true");
    for (const simd of ["relaxed", "threads"]) {
        const job = { bundle: `${server.origin}/bundle/`, simd, texts: context.texts[128] };
        const { opened, encoded } = await page.evaluate((task) => window.once("/bench/memory.worker.mjs", task), job);
        console.log(
            `npm package, ${simd} module: ${megabytes(opened)} MB of wasm memory with the bundle open, ` +
                `${megabytes(encoded)} MB after encoding texts of 128 tokens`,
        );
    }
    await page.close();
}

function overTheWire() {
    const { files } = JSON.parse(readFileSync(path.join(realBundle, "manifest.json"), "utf8"));
    for (const role of ["encoder", "vocab"]) {
        const { shards } = files.find((file) => file.role === role);
        const places = shards.map(({ name }) => path.join(realBundle, name));
        const brotli = (file) =>
            brotliCompressSync(readFileSync(file), { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }).length;
        const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
        const sizes = places.map((file) => statSync(file).size);
        console.log(
            `${role}: ${megabytes(sum(sizes))} MB in ${shards.length} file(s), the largest ` +
                `${(Math.max(...sizes) / 2 ** 20).toFixed(2)} MiB; brotli ${megabytes(sum(places.map(brotli)))} MB`,
        );
    }
}

function options() {
    const { values } = parseArgs({
        options: {
            native: { type: "boolean" },
            chromium: { type: "boolean" },
            threads: { type: "string", default: "1,2" },
            tokens: { type: "string", default: "16,64,128" },
            batch: { type: "string", default: "1,16" },
            seconds: { type: "string" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(
            "usage: node tests/bench/encoder/run.mjs [--native] [--chromium] [--threads 1,2] [--tokens 16,64,128]\n" +
                "       [--batch 1,16] [--seconds N]\n\n" +
                "Without --native and --chromium: both. --seconds: how long each table takes; 60 natively and 120 in\n" +
                "Chromium when left out.",
        );
        process.exit(0);
    }
    const both = !values.native && !values.chromium;
    const seconds = Number(values.seconds);
    const numbers = (name, allowed) => {
        const list = values[name].split(",").map(Number);
        if (!list.every(allowed)) throw new Error(`--${name} ${values[name]}: no such thing is measured`);
        return list;
    };
    return {
        native: both || values.native,
        chromium: both || values.chromium,
        threads: numbers("threads", (count) => count >= 1 && count <= 32),
        tokens: numbers("tokens", (count) => [16, 64, 128].includes(count)),
        batch: numbers("batch", (count) => count >= 1 && count <= 16),
        seconds: { native: seconds || 60, chromium: seconds || 120 },
    };
}

/** Seconds, with starting and warming up. */
const duration = ({ native, chromium: browser, threads, seconds }) =>
    threads.length * ((native ? seconds.native + 20 : 0) + (browser ? seconds.chromium + 40 : 0)) + 10;

async function main() {
    const chosen = options();
    const scratch = mkdtempSync(path.join(tmpdir(), "playlistpulse-encoder-bench-"));
    process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
    const interpreter = python(path.join(here, "requirements.txt"));
    const model = peers(interpreter);
    const context = {
        ...chosen,
        python: interpreter,
        model,
        files: shippedEncoder(scratch),
        texts: JSON.parse(readFileSync(path.join(model, "texts.json"), "utf8")),
    };
    console.error(`about ${Math.ceil(duration(chosen) / 60)} minutes`);
    if (chosen.native) await natively(context);
    if (chosen.chromium) {
        installTransformers();
        await chromium(context);
    }
    overTheWire();
}

try {
    await main();
} catch (error) {
    console.error(`encoder bench: ${error.message}`);
    process.exitCode = 1;
}
