// The lyrics encoder against the reference (PyTorch in f32) on 1,000 texts, each way to compute in each build; and the
// builds against each other.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { huggingFaceDirectory } from "../golden/encoder/model.mjs";
import { agreement, neighbours, overlap, texts, vectors } from "../golden/encoder/reference.mjs";
import { run } from "../cli/program.mjs";
import { nativeWays, NativeEncoder, shippedEncoder, ways } from "./encoders.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const builds = ["native", "plain", "relaxed"];
const waysOf = (build) => (build === "native" ? nativeWays : ways);
/** Node runs relaxed SIMD by itself from version 21 on, and has a flag for it before. */
const relaxedFlags = Number(process.versions.node.split(".")[0]) < 21 ? ["--experimental-wasm-relaxed-simd"] : [];

async function inNative(files, way) {
    const encoder = await NativeEncoder.open(files, way);
    const found = await encoder.encode(texts);
    encoder.close();
    assert.equal(encoder.compute, way);
    return found;
}

/** The output of a program that gets the texts, as bytes. */
function output(name, args) {
    return new Promise((resolve, reject) => {
        const child = spawn(name, args, { stdio: ["pipe", "pipe", "pipe"], timeout: 600_000 });
        const chunks = [];
        let stderr = "";
        child.stdout.on("data", (chunk) => chunks.push(chunk));
        child.stderr.on("data", (chunk) => (stderr += chunk));
        child.stdin.on("error", () => {}); // it ended early, which is told below
        child.on("error", reject);
        child.on("close", (code, signal) => {
            if (code === 0) resolve(Buffer.concat(chunks));
            else reject(new Error(`${name} ${args.join(" ")} ended with ${code ?? signal}: ${stderr}`));
        });
        child.stdin.end(texts.join("\n"));
    });
}

async function inWasm(variant, files, way, threads = 1) {
    const flags = variant === "relaxed" ? relaxedFlags : [];
    const args = [path.join(here, "encode.mjs"), variant, files.weights, files.vocab, way, String(threads)];
    const stdout = await output(process.execPath, [...flags, ...args]);
    const head = stdout.indexOf(10);
    const { compute, dimensions } = JSON.parse(stdout.subarray(0, head).toString());
    assert.equal(compute, way);
    const all = new Float32Array(new Uint8Array(stdout.subarray(head + 1)).buffer);
    return texts.map((_, i) => all.subarray(i * dimensions, (i + 1) * dimensions));
}

const inBuild = (build, files, way) => (build === "native" ? inNative(files, way) : inWasm(build, files, way));

/** Two at a time, in their order. Gives each its promise at once. */
function twoAtATime() {
    const lanes = [Promise.resolve(), Promise.resolve()];
    let next = 0;
    return (job) => {
        const lane = next++ % lanes.length;
        const result = lanes[lane].then(job);
        lanes[lane] = result.catch(() => {}); // a failure is the test's that waits for the result
        return result;
    };
}

describe("the lyrics encoder", () => {
    const scratch = mkdtempSync(path.join(tmpdir(), "playlistpulse-encoder-"));
    after(() => rmSync(scratch, { recursive: true, force: true }));
    const reference = vectors();
    const nearest = neighbours(reference);
    const found = Object.fromEntries(builds.map((build) => [build, {}])); // promises of vectors, by build and way
    let shipped;
    let threaded;

    before(() => {
        shipped = shippedEncoder(scratch);
        assert.equal(texts.length, 1000);
        assert.equal(reference.length, 1000);
        const enqueue = twoAtATime();
        const begin = (job) => {
            const result = enqueue(job);
            result.catch(() => {}); // until a test asks
            return result;
        };
        for (const build of builds)
            for (const way of waysOf(build)) found[build][way] = begin(() => inBuild(build, shipped, way));
        threaded = begin(() => inWasm("threads", shipped, "int16", 2));
    });

    /** Says what was measured: the numbers are worth reading even where all is well. */
    const measured = (t, what, all) => {
        const result = { ...agreement(all, reference), overlap: overlap(neighbours(all), nearest) };
        t.diagnostic(
            `encoder, ${what}: cosine mean ${result.mean.toFixed(6)}, p1 ${result.p1.toFixed(6)}, min ${result.min.toFixed(6)}; ` +
                `top-10 overlap ${result.overlap.toFixed(4)}`,
        );
        return result;
    };

    test("f32_weights_give_the_reference", async (t) => {
        const weights = path.join(scratch, "f32.safetensors");
        const args = ["encoder", "import", huggingFaceDirectory(), "--weights", "f32", "--out", weights];
        const imported = await run(args);
        assert.equal(imported.code, 0, imported.stderr);
        const vocab = path.join(scratch, "f32.vocab.txt");
        assert.ok(readFileSync(vocab).equals(readFileSync(shipped.vocab)), "the shipped vocabulary is the model's");
        const result = measured(t, "f32 weights, native", await inNative({ weights, vocab }, "f32"));
        assert.ok(result.min >= 0.99999);
        assert.ok(result.overlap >= 0.995);
    });

    for (const build of builds)
        for (const way of waysOf(build))
            test(`the_shipped_encoder_computing_${way}_is_close_to_the_reference_${build}`, async (t) => {
                const { mean, p1, overlap: kept } = measured(t, `${way}, ${build}`, await found[build][way]);
                assert.ok(mean >= 0.998, `mean ${mean}`);
                assert.ok(p1 >= 0.995, `1st percentile ${p1}`);
                assert.ok(kept >= 0.9, `top-10 overlap ${kept}`);
            });

    for (const way of ways)
        for (const build of ["plain", "relaxed"])
            test(`native_and_${build}_simd_agree_computing_${way}`, async (t) => {
                const { mean, min } = agreement(await found.native[way], await found[build][way]);
                t.diagnostic(
                    `encoder, ${way}, native and ${build}: cosine mean 1 - ${(1 - mean).toExponential(1)}, ` +
                        `min 1 - ${(1 - min).toExponential(1)}`,
                );
                assert.ok(min >= 0.9999, `smallest cosine ${min}`);
            });

    for (const way of ways)
        test(`plain_and_relaxed_simd_agree_computing_${way}`, async () => {
            const { min } = agreement(await found.plain[way], await found.relaxed[way]);
            assert.ok(min >= 0.9999, `smallest cosine ${min}`);
        });

    test("threads_in_wasm_change_no_bit", async () => {
        const plain = await found.plain.int16;
        for (const [i, vector] of (await threaded).entries()) assert.deepEqual(vector, plain[i]);
    });
});
