// The program under test: where it is, how to run it, and what must be true of every run.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { mkdtemp, readdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const program =
    process.env.PLAYLISTPULSE ?? path.join(root, "build/native/bin/playlistpulse");
export const sanitized = path.join(root, "build/native-asan/bin/playlistpulse");
export const realBundle = process.env.PLAYLISTPULSE_BUNDLE ?? path.join(root, "models/default");

/** The builds that hostile input is fed to: the sanitizers see what a release build survives. */
export const programs = [
    { name: "release", program },
    ...(existsSync(sanitized) ? [{ name: "asan", program: sanitized }] : []),
];

/**
 * Runs the program to its end. `input`: bytes for stdin, which is closed either way.
 * `onStart(child)` is called at once. Gives {code, signal, stdout, stderr, ms}.
 */
export function run(args, options = {}) {
    const { input, cwd, env, timeout = 120_000, onStart, binary = program } = options;
    const started = performance.now();
    return new Promise((resolve, reject) => {
        const child = spawn(binary, args, {
            cwd,
            // One BLAS thread: tests run side by side, and must not depend on the machine.
            // A cache of its own: what this user has embedded before is none of a test's business.
            env: {
                ...process.env,
                OPENBLAS_NUM_THREADS: "1",
                LC_ALL: "C.UTF-8",
                XDG_CACHE_HOME: cacheHome,
                ...env,
            },
            stdio: ["pipe", "pipe", "pipe"],
        });
        const out = [];
        const err = [];
        let late = false;
        const timer = setTimeout(() => {
            late = true;
            child.kill("SIGKILL");
        }, timeout);
        child.stdout.on("data", (chunk) => out.push(chunk));
        child.stderr.on("data", (chunk) => err.push(chunk));
        child.stdin.on("error", () => {}); // a program that failed early need not read its input
        child.on("error", (error) => {
            clearTimeout(timer);
            reject(error);
        });
        child.on("close", (code, signal) => {
            clearTimeout(timer);
            const stderr = Buffer.concat(err).toString("utf8");
            if (late) {
                reject(new Error(`did not end within ${timeout} ms: ${args.join(" ")}\n${stderr}`));
                return;
            }
            resolve({
                args,
                code,
                signal,
                stdout: Buffer.concat(out).toString("utf8"),
                stderr,
                ms: performance.now() - started,
            });
        });
        onStart?.(child);
        child.stdin.end(input);
    });
}

const shown = (result) =>
    `\n$ playlistpulse ${result.args.join(" ")}\nexit ${result.code ?? result.signal}\n` +
    `stdout: ${result.stdout.slice(0, 2000)}\nstderr: ${result.stderr.slice(0, 4000)}`;

/** Whatever the input: ended by itself, and no sanitizer had anything to say. */
export function assertSound(result) {
    assert.equal(result.signal, null, `ended by a signal${shown(result)}`);
    assert.ok(
        result.code >= 0 && result.code <= 4,
        `exit codes are 0 .. 4, got ${result.code}${shown(result)}`,
    );
    assert.doesNotMatch(result.stderr, /Sanitizer|runtime error:/, shown(result));
}

export function assertDone(result) {
    assertSound(result);
    assert.equal(result.code, 0, `should have succeeded${shown(result)}`);
    return result;
}

/**
 * Failed with one of `codes`, and said why: a message on stderr that matches every pattern, nothing
 * on stdout. A string pattern is looked for as it stands.
 */
export function assertFailed(result, codes, ...patterns) {
    assertSound(result);
    const allowed = [codes].flat();
    assert.ok(
        allowed.includes(result.code),
        `should have failed with ${allowed.join(" or ")}${shown(result)}`,
    );
    assert.equal(result.stdout, "", `stdout is for results alone${shown(result)}`);
    assert.notEqual(result.stderr.trim(), "", `no message${shown(result)}`);
    for (const pattern of patterns) {
        if (typeof pattern === "string")
            assert.ok(result.stderr.includes(pattern), `message lacks "${pattern}"${shown(result)}`);
        else assert.match(result.stderr, pattern, shown(result));
    }
    return result;
}

/** Runs, expects success, and reads stdout as one JSON value. */
export async function runJson(args, options) {
    const result = assertDone(await run(args, options));
    try {
        return JSON.parse(result.stdout);
    } catch (error) {
        assert.fail(`stdout is not JSON: ${error.message}${shown(result)}`);
    }
}

export const search = async (text, ...args) =>
    (await runJson(["search", text, "--bundle", realBundle, "--json", ...args])).results;

export const recommend = (bundle, ...args) =>
    runJson(["recommend", "--bundle", bundle, "--json", ...args]);

const cacheHome = path.join(tmpdir(), `playlistpulse-test-cache-${process.pid}`);
const directories = [cacheHome];
process.on("exit", () => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** A new directory, gone when the test file has run. */
export async function temporary() {
    const directory = await mkdtemp(path.join(tmpdir(), "playlistpulse-test-"));
    directories.push(directory);
    return directory;
}

/** Every file and directory under `directory`, as sorted relative names. */
export async function listing(directory) {
    const names = await readdir(directory, { recursive: true });
    return names.sort();
}

export async function exists(name) {
    try {
        await stat(name);
        return true;
    } catch {
        return false;
    }
}

/** Runs `task(item, index)` over items, at most `width` at once, results in order. */
export async function pooled(items, task, width = 2) {
    const results = new Array(items.length);
    let next = 0;
    await Promise.all(
        Array.from({ length: Math.min(width, items.length) }, async () => {
            for (let i = next++; i < items.length; i = next++) results[i] = await task(items[i], i);
        }),
    );
    return results;
}
