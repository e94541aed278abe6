// The lyrics encoder by itself, natively (encoder_answers.c) and as a WebAssembly module (tests/wasm), and the files it
// is opened from.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { realBundle, root } from "../cli/program.mjs";

const nativeProgram =
    process.env.PLAYLISTPULSE_ENCODER_ANSWERS ?? path.join(root, "build/native/tests/bin/encoder_answers");
const wasmBuilds = process.env.PLAYLISTPULSE_WASM_BUILDS ?? path.join(root, "build");

/** Where the modules are: {folder, file}. */
export const wasmModules = {
    plain: { folder: path.join(wasmBuilds, "wasm-simd/tests"), file: "encoder.simd.mjs" },
    relaxed: { folder: path.join(wasmBuilds, "wasm-relaxed-simd/tests"), file: "encoder.relaxed.mjs" },
    threads: { folder: path.join(wasmBuilds, "wasm-threads/tests"), file: "encoder.threads.mjs" },
};

/** Ways to compute that can be asked for everywhere, and natively. */
export const ways = ["f32", "f32-int8", "int16"];
export const nativeWays = [...ways, "int8"];

/** Writes the bundle's encoder and vocabulary as one file each: {weights, vocab}, paths. */
export function shippedEncoder(folder, bundle = realBundle) {
    const { files } = JSON.parse(readFileSync(path.join(bundle, "manifest.json"), "utf8"));
    const whole = (role, name) => {
        const found = files.find((file) => file.role === role);
        if (found === undefined) throw new Error(`${bundle} has no ${role}`);
        const place = path.join(folder, name);
        writeFileSync(place, Buffer.concat(found.shards.map((shard) => readFileSync(path.join(bundle, shard.name)))));
        return place;
    };
    return { weights: whole("encoder", "encoder.safetensors"), vocab: whole("vocab", "encoder.vocab.txt") };
}

/** A running encoder_answers. Requests are answered in order; each waits `timeout` ms at most. */
export class NativeEncoder {
    #child;
    #timeout;
    #received = Buffer.alloc(0);
    #wake = () => {};
    #failure;
    #stderr = "";

    static async open({ weights, vocab }, compute, { threads = 1, timeout = 300_000 } = {}) {
        const encoder = new NativeEncoder([weights, vocab, compute, String(threads)], timeout);
        const [word, way, dimensions] = (await encoder.#line()).split(" ");
        if (word !== "opened") throw new Error(`encoder_answers said ${word}`);
        return Object.assign(encoder, { compute: way, dimensions: Number(dimensions) });
    }

    constructor(args, timeout) {
        this.#timeout = timeout;
        this.#child = spawn(nativeProgram, args, { stdio: ["pipe", "pipe", "pipe"] });
        this.#child.stdin.on("error", () => {}); // it has ended, which is heard of below
        this.#child.stderr.on("data", (chunk) => (this.#stderr += chunk));
        this.#child.stdout.on("data", (chunk) => {
            this.#received = Buffer.concat([this.#received, chunk]);
            this.#wake();
        });
        const fail = (why) => {
            this.#failure ??= new Error(`encoder_answers ${args.join(" ")}: ${why} ${this.#stderr}`);
            this.#wake();
        };
        this.#child.on("error", (error) => fail(error.message));
        this.#child.on("close", (code, signal) => fail(`ended with ${code ?? signal}`));
    }

    async #until(complete) {
        const late = setTimeout(() => {
            this.#failure ??= new Error(`encoder_answers did not answer within ${this.#timeout} ms`);
            this.#child.kill("SIGKILL");
            this.#wake();
        }, this.#timeout);
        try {
            while (!complete()) {
                if (this.#failure) throw this.#failure;
                await new Promise((resolve) => (this.#wake = resolve));
            }
        } finally {
            clearTimeout(late);
        }
    }

    #take(bytes) {
        const taken = this.#received.subarray(0, bytes);
        this.#received = this.#received.subarray(bytes);
        return taken;
    }

    async #line() {
        await this.#until(() => this.#received.includes(10));
        return this.#take(this.#received.indexOf(10) + 1).toString("utf8").trimEnd();
    }

    #ask(request, texts) {
        this.#child.stdin.write([request, ...texts].join("\n") + "\n");
        return this.#line();
    }

    /** Texts without line feeds -> [Float32Array]. */
    async encode(texts) {
        const bytes = Number((await this.#ask(`encode ${texts.length}`, texts)).slice("vectors ".length));
        await this.#until(() => this.#received.length >= bytes);
        const all = new Float32Array(new Uint8Array(this.#take(bytes)).buffer);
        return texts.map((_, i) => all.subarray(i * this.dimensions, (i + 1) * this.dimensions));
    }

    /**
     * Milliseconds of each call: `calls` calls at least, and as many as `ms` hold. Of encoding the texts, or with {rows}
     * of XNNPACK's products for so many tokens.
     */
    async time(work, calls, ms) {
        const line = work.rows
            ? await this.#ask(`products ${work.rows} ${calls} ${ms}`, [])
            : await this.#ask(`time ${work.length} ${calls} ${ms}`, work);
        return line.slice("times ".length).split(" ").map(Number);
    }

    close() {
        this.#child.stdin.end();
    }
}
