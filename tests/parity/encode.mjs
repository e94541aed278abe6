// Encodes with the WebAssembly module in Node: `node encode.mjs VARIANT WEIGHTS VOCAB COMPUTE THREADS`, texts on stdin, one
// a line; on stdout a line of JSON {compute, dimensions}, and the vectors, f32.
import { readFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { openEncoder } from "../wasm/encoder_module.mjs";
import { wasmModules } from "./encoders.mjs";

const [variant, weights, vocab, compute, threads] = process.argv.slice(2);
const { folder, file } = wasmModules[variant];
const { default: factory } = await import(pathToFileURL(path.join(folder, file)));
const encoder = await openEncoder(factory, {
    weights: readFileSync(weights),
    vocab: readFileSync(vocab),
    compute,
    threads: Number(threads),
});
const texts = (await text(process.stdin)).trimEnd().split("\n");
const vectors = encoder.encode(texts);
const head = Buffer.from(`${JSON.stringify({ compute: encoder.compute, dimensions: vectors[0].length })}\n`);
const bodies = vectors.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));
process.stdout.write(Buffer.concat([head, ...bodies]), () => process.exit(0)); // threads would keep it alive
