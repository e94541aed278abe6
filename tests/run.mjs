#!/usr/bin/env node
// Runs every suite of the project, one after the other, on what ./build.sh test has built.
// The last line is "N passed, N failed"; the exit code is 1 when anything failed, or could not run.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { run as runNodeTests } from "node:test";
import { parseArgs } from "node:util";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const scratch = mkdtempSync(path.join(tmpdir(), "playlistpulse-run-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

// A suite gives {passed, failures: [{name, text}], notes: [text]}.
const suites = {
    core: {
        what: "C tests",
        run: () => ctest("native-release"),
    },
    "core-asan": {
        what: "C tests under AddressSanitizer and UndefinedBehaviorSanitizer",
        run: () => ctest("native-asan"),
    },
    cli: {
        what: "the program on the command line",
        run: () => nodeTests("cli"),
    },
    npm: {
        what: "the npm package",
        run: () => vitest("wasm"),
    },
    parity: {
        what: "native and WebAssembly give the same answers",
        run: () => nodeTests("parity"),
    },
    web: {
        what: "the page's parts",
        run: () => vitest("web"),
    },
    lint: {
        what: "eslint, clang-format, clang-tidy",
        run: lint,
    },
    e2e: {
        what: "the page in Chromium",
        run: playwright,
    },
};

/** Runs a command to its end; its output is kept, both streams together in the order they came. */
function command(name, args, { cwd = root, env = {}, minutes = 10 } = {}) {
    return new Promise((resolve) => {
        let output = "";
        const child = spawn(name, args, {
            cwd,
            env: { ...process.env, CI: "1", NO_COLOR: "1", FORCE_COLOR: "0", ...env },
            stdio: ["ignore", "pipe", "pipe"],
            detached: true, // so that what it started ends with it
        });
        const end = (signal) => {
            try {
                process.kill(-child.pid, signal);
            } catch {
                // It has ended meanwhile.
            }
        };
        const onInterrupt = () => {
            end("SIGTERM");
            process.exit(130);
        };
        const timer = setTimeout(() => {
            output += `\nstopped: it ran for more than ${minutes} minutes\n`;
            end("SIGKILL");
        }, minutes * 60_000);
        process.once("SIGINT", onInterrupt);
        process.once("SIGTERM", onInterrupt);
        const done = (code) => {
            clearTimeout(timer);
            process.off("SIGINT", onInterrupt);
            process.off("SIGTERM", onInterrupt);
            resolve({ code, output });
        };
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding("utf8");
            stream.on("data", (text) => (output += text));
        }
        child.on("error", (error) => {
            output += `cannot run ${name}: ${error.message}\n`;
            done(-1);
        });
        child.on("close", (code, signal) => done(code ?? signal));
    });
}

/** A suite's result, with the failures it did not name itself. */
function judged(result, { code, output }) {
    if (code !== 0 && result.failures.length === 0)
        result.failures.push({ name: `ended with ${code}`, text: tail(output) });
    return result;
}

const tail = (text, lines = 200) => text.trimEnd().split("\n").slice(-lines).join("\n");

const report = (name) => path.join(scratch, name);

async function ctest(preset) {
    const file = report(`${preset}.xml`);
    const ended = await command("ctest", ["--preset", preset, "--output-junit", file, "-j", "2"]);
    const result = { passed: 0, failures: [] };
    const xml = existsSync(file) ? readFileSync(file, "utf8") : "";
    for (const [, attributes, body] of xml.matchAll(
        /<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
    )) {
        const name = unescapeXml(/\bname="([^"]*)"/.exec(attributes)?.[1] ?? "?");
        const status = /\bstatus="([^"]*)"/.exec(attributes)?.[1];
        const text = unescapeXml(body ?? "");
        if (status !== "run") result.failures.push({ name: `${name} (${status})`, text: tail(text) });
        // A cmocka program is many tests, and says how many.
        else result.passed += Number(/\[ {2}PASSED {2}\] (\d+) test/.exec(text)?.[1] ?? 1);
    }
    return judged(result, ended);
}

const unescapeXml = (text) =>
    text
        .replace(/&lt;/g, "<")
        .replace(/&gt;/g, ">")
        .replace(/&quot;/g, '"')
        .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
        .replace(/&amp;/g, "&");

async function nodeTests(directory) {
    const place = path.join(root, "tests", directory);
    const files = readdirSync(place)
        .filter((name) => name.endsWith(".test.mjs"))
        .sort()
        .map((name) => path.join(place, name));
    const result = { passed: 0, failures: [], notes: [] };
    if (files.length === 0) return result;
    const stream = runNodeTests({ files, concurrency: 2, timeout: 15 * 60_000 });
    const other = [];
    for await (const { type, data } of stream) {
        if (type === "test:stderr" || type === "test:stdout") other.push(data.message);
        // What a test measured; the runner's own counts have no nesting.
        if (type === "test:diagnostic" && data.nesting > 0) result.notes.push(data.message);
        if (type !== "test:pass" && type !== "test:fail") continue;
        const isSuite = data.details?.type === "suite";
        const name = `${path.relative(root, data.file ?? "")} ${data.name}`;
        const wasLeftOut = data.skip !== undefined || data.todo !== undefined;
        if (wasLeftOut) result.failures.push({ name, text: "left out: every test is to run" });
        else if (type === "test:pass") result.passed += isSuite ? 0 : 1;
        else if (!isSuite || data.details.error?.failureType !== "subtestsFailed")
            result.failures.push({ name, text: explain(data.details.error) });
    }
    if (result.failures.length > 0 && other.length > 0)
        result.failures.push({ name: "also printed", text: tail(other.join("")), isNote: true });
    return result;
}

function explain(error) {
    const cause = error?.cause ?? error;
    return cause?.stack ?? String(cause?.message ?? cause);
}

async function vitest(directory) {
    const file = report(`${directory}.json`);
    const ended = await command(
        "npm",
        ["test", "--", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`],
        { cwd: path.join(root, directory) },
    );
    const result = { passed: 0, failures: [], notes: [] };
    const found = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).testResults : [];
    for (const { name, status, message, assertionResults } of found) {
        const place = path.relative(root, name);
        for (const test of assertionResults) {
            if (test.status === "passed") result.passed += 1;
            // A test may be for one of two variants: said, and not counted.
            else if (test.status === "skipped")
                result.notes.push(`left out: ${place} ${test.fullName}`);
            else
                result.failures.push({
                    name: `${place} ${test.fullName} (${test.status})`,
                    text: test.failureMessages?.join("\n") ?? "",
                });
        }
        if (status === "failed" && !assertionResults.some((test) => test.status === "failed"))
            result.failures.push({ name: place, text: message });
    }
    return judged(result, ended);
}

async function playwright() {
    const file = report("e2e.json");
    const ended = await command(
        path.join(root, "tests/node_modules/.bin/playwright"),
        ["test", "--config", path.join(root, "tests/e2e/playwright.config.mjs")],
        { env: { PLAYWRIGHT_JSON_OUTPUT_FILE: file } },
    );
    const result = { passed: 0, failures: [] };
    const found = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { suites: [] };
    const visit = (suite, names) => {
        const path_ = [...names, suite.title];
        for (const spec of suite.specs ?? [])
            for (const test of spec.tests) {
                if (test.status === "expected") result.passed += 1;
                else
                    result.failures.push({
                        name: [...path_, spec.title].filter(Boolean).join(" ") + ` (${test.status})`,
                        text: test.results
                            .flatMap((one) => one.errors.map((error) => error.stack ?? error.message))
                            .join("\n"),
                    });
            }
        for (const inner of suite.suites ?? []) visit(inner, path_);
    };
    for (const suite of found.suites) visit(suite, []);
    for (const error of found.errors ?? [])
        result.failures.push({ name: "could not run", text: error.stack ?? error.message });
    return judged(result, ended);
}

async function lint() {
    const result = { passed: 0, failures: [], notes: [] };
    const check = async (name, program, args, options) => {
        const { code, output } = await command(program, args, options);
        if (code === 0) {
            result.passed += 1;
            return;
        }
        // clang-tidy explains each finding at length: the findings alone, where there are any.
        const findings = output.split("\n").filter((line) => /^\S+:\d+:\d+: (error|warning): /.test(line));
        const text = findings.length > 0 ? [...new Set(findings)].sort().join("\n") : output;
        result.failures.push({ name, text: tail(text, 400).replaceAll(`${root}/`, "") });
    };
    for (const directory of ["web", "wasm"])
        await check(`eslint in ${directory}`, "npm", ["run", "--silent", "lint"], {
            cwd: path.join(root, directory),
        });
    const page = { cwd: path.join(root, "trainer-native/src/report/page") };
    await check("eslint of the report's page", path.join(root, "wasm/node_modules/.bin/eslint"), ["."], page);
    await check("prettier of the report's page", path.join(root, "wasm/node_modules/.bin/prettier"), ["--check", "."], page);
    const tracked = spawnSync("git", ["ls-files", "-z", "*.c", "*.h"], { cwd: root, encoding: "utf8" });
    const files = (tracked.stdout ?? "").split("\0").filter(Boolean);
    if (files.length === 0) {
        result.failures.push({ name: "clang-format", text: `git names no C files: ${tracked.stderr}` });
        return result;
    }
    await check("clang-format", "clang-format", ["--dry-run", "--Werror", ...files]);
    if (!existsSync(path.join(root, ".clang-tidy"))) {
        result.notes.push("clang-tidy: not run, there is no .clang-tidy");
    } else if (spawnSync("clang-tidy", ["--version"]).status !== 0) {
        result.notes.push("clang-tidy: not run, it is not installed");
    } else {
        const database = path.join(root, "build/native/compile_commands.json");
        const compiled = new Set(
            JSON.parse(readFileSync(database, "utf8")).map((entry) => path.relative(root, entry.file)),
        );
        const sources = files.filter((file) => compiled.has(file));
        await check("clang-tidy", "xargs", ["-a", list(sources), "-P", "2", "-n", "8", "clang-tidy"].concat(
            ["--quiet", "--warnings-as-errors=*", "-p", path.dirname(database)],
        ));
    }
    return result;
}

/** A file with one name a line. */
function list(names) {
    const file = report("names");
    spawnSync("tee", [file], { input: names.join("\n") + "\n" });
    return file;
}

function chosen() {
    const { values } = parseArgs({
        options: {
            only: { type: "string", multiple: true },
            list: { type: "boolean" },
            help: { type: "boolean", short: "h" },
        },
    });
    const lines = Object.entries(suites).map(([name, { what }]) => `  ${name.padEnd(10)} ${what}`);
    if (values.help || values.list) {
        if (values.help)
            console.log("usage: node tests/run.mjs [--only SUITE]... [--list]\n\nsuites, in their order");
        console.log(lines.join("\n"));
        process.exit(0);
    }
    const names = values.only ?? Object.keys(suites);
    for (const name of names)
        if (!Object.hasOwn(suites, name)) throw new Error(`no suite ${name}; there are\n${lines.join("\n")}`);
    return names;
}

async function main() {
    let names;
    try {
        names = chosen();
    } catch (error) {
        console.error(error.message);
        process.exit(2);
    }
    const summary = [];
    let passed = 0;
    let failed = 0;
    for (const name of names) {
        console.log(`--- ${name}: ${suites[name].what}`);
        const started = performance.now();
        let result;
        try {
            result = await suites[name].run();
        } catch (error) {
            result = { passed: 0, failures: [{ name: "could not run", text: error.stack }] };
        }
        if (result.passed === 0 && result.failures.length === 0)
            result.failures.push({ name: "no tests", text: "the suite ran and had nothing in it" });
        for (const { name: test, text } of result.failures)
            console.log(`FAILED ${name}: ${test}\n${text.replace(/^/gm, "    ")}\n`);
        for (const note of result.notes ?? []) console.log(note);
        const failures = result.failures.filter((failure) => !failure.isNote).length;
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        const line = `${name}: ${result.passed} passed, ${failures} failed in ${seconds} s`;
        console.log(line);
        summary.push(line);
        passed += result.passed;
        failed += failures;
    }
    console.log(`\n${summary.join("\n")}\n${passed} passed, ${failed} failed`);
    process.exitCode = failed > 0 ? 1 : 0;
}

await main();
