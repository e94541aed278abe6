// What is measured, each in a process or a worker of its own: {name, versions, encode(texts), time(texts, calls, ms), close()}.
// Of those that only multiply, `time` takes {rows}.
import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { NativeEncoder } from "../../parity/encoders.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const patience = 120_000; // ms for one request

function within(ms, what, promise) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`${what} did not answer within ${ms / 1000} s`)), ms);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Our encoder natively, in one process with the products that it is made of. */
export async function oursNative(files, compute, threads) {
    const encoder = await NativeEncoder.open(files, compute, { threads, timeout: patience });
    return {
        name: `ours ${encoder.compute}`,
        versions: {},
        encode: (texts) => encoder.encode(texts),
        time: (work, calls, ms) => encoder.time(work, calls, ms),
        close: () => encoder.close(),
    };
}

/** onnxruntime with Python's tokenizers. */
export async function onnxruntimeNative(python, model, dtype, threads) {
    const child = spawn(python, [path.join(here, "onnxruntime_peer.py"), model, dtype, String(threads)], {
        stdio: ["pipe", "pipe", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.stdin.on("error", () => {});
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => {
        const { value, done } = await within(patience, `onnxruntime ${dtype}`, lines.next());
        if (done) throw new Error(`onnxruntime ${dtype} ended: ${stderr}`);
        return JSON.parse(value);
    };
    const ask = (request) => {
        child.stdin.write(`${JSON.stringify(request)}\n`);
        return next();
    };
    try {
        return {
            ...(await next()),
            encode: async (texts) => (await ask({ encode: texts })).vectors,
            time: async (texts, calls, ms) => (await ask({ time: texts, calls, ms })).times,
            close: () => child.kill(),
        };
    } catch (error) {
        child.kill();
        throw error;
    }
}

/** A worker of page.html that speaks requests.mjs. */
export async function inBrowser(page, script, options) {
    const call = (work, argument) => within(patience, `${script} in the browser`, page.evaluate(work, argument));
    const { id, name, versions } = await call(([at, how]) => window.openContender(at, how), [script, options]);
    const ask = (request) => call(([whom, what]) => window.askContender(whom, what), [id, request]);
    return {
        name,
        versions,
        encode: async (texts) => (await ask({ encode: texts })).vectors,
        time: async (work, calls, ms) => (await ask({ time: work, calls, ms })).times,
        close: () => page.evaluate((whom) => window.closeContender(whom), id),
    };
}
