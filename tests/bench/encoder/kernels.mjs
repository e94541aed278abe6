#!/usr/bin/env node
// Runs kernels.c as a WebAssembly module in Chromium or in this Node.js, and prints what it prints.
//
//   node tests/bench/encoder/kernels.mjs chromium|node BUILD_DIRECTORY
//
// after  cmake/emscripten.sh run cmake --build BUILD_DIRECTORY --target encoder_kernels_bench
import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { serve } from "../server.mjs";

const [where, build] = process.argv.slice(2);
const module = path.resolve(build ?? "", "tests/encoder_kernels_bench.mjs");
if (!["chromium", "node"].includes(where) || build === undefined) {
    console.error("usage: node tests/bench/encoder/kernels.mjs chromium|node BUILD_DIRECTORY");
    process.exit(2);
}
if (!existsSync(module)) {
    console.error(`${module} is not there: build the target encoder_kernels_bench first`);
    process.exit(1);
}

/** Functions that are called get optimised, a main() that never returns does not: it only calls. */
async function inChromium() {
    const { chromium } = await import("@playwright/test");
    const executablePath =
        process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
    const server = await serve({ "/module/": path.dirname(module), "/bench/": import.meta.dirname });
    const browser = await chromium.launch({
        executablePath,
        args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
    });
    try {
        const page = await browser.newPage();
        await page.exposeFunction("print", (line) => console.log(line));
        // Any page of the origin will do.
        await page.goto(`${server.origin}/bench/kernels.worker.mjs`);
        await page.evaluate(
            (script) =>
                new Promise((resolve, reject) => {
                    const worker = new Worker("/bench/kernels.worker.mjs", { type: "module" });
                    worker.onmessage = ({ data }) => (data.done ? resolve() : window.print(data.line));
                    worker.onerror = ({ message }) => reject(new Error(message));
                    worker.postMessage(script);
                }),
            `/module/${path.basename(module)}`,
        );
    } finally {
        await browser.close();
        server.close();
    }
}

if (where === "chromium") {
    await inChromium();
} else {
    const { default: start } = await import(pathToFileURL(module).href);
    await start();
}
