// Opens encoder_module.c, in Node and in a browser's worker.

export const ways = ["auto", "f32", "f32-int8", "int8", "int16"];

/**
 * `factory`: what build/wasm-*\/tests/encoder.<variant>.mjs exports. `weights`, `vocab`: bytes. Gives {compute, encode,
 * memory}: the way that was chosen; texts without line feeds -> [Float32Array]; the bytes of the module's memory, which
 * never shrinks.
 */
export async function openEncoder(factory, { weights, vocab, threads = 1, compute = "auto", options = {} }) {
    const module = await factory({ threads, ...options });
    const heap = () => new Uint8Array(module.wasmMemory.buffer);
    const place = (bytes) => {
        const address = module._malloc(bytes.length);
        if (address === 0) throw new Error("no memory");
        heap().set(bytes, address);
        return address;
    };
    // Copied out, because nothing decodes what threads share.
    const text = (address) => {
        const bytes = heap();
        return new TextDecoder().decode(bytes.slice(address, bytes.indexOf(0, address)));
    };
    const check = (done) => {
        if (!done) throw new Error(text(module._encoder_error()));
    };
    check(
        module._encoder_open(place(weights), weights.length, place(vocab), vocab.length, threads, ways.indexOf(compute)),
    );
    const dimensions = module._encoder_dimensions();
    return {
        compute: text(module._encoder_compute()),
        encode(texts) {
            const input = place(new TextEncoder().encode(texts.map((one) => `${one}\n`).join("") + "\0"));
            const output = module._malloc(texts.length * dimensions * 4);
            try {
                check(module._encoder_encode(input, texts.length, output));
                const all = new Float32Array(module.wasmMemory.buffer, output, texts.length * dimensions).slice();
                return texts.map((_, i) => all.subarray(i * dimensions, (i + 1) * dimensions));
            } finally {
                module._free(input);
                module._free(output);
            }
        },
        memory: () => module.wasmMemory.buffer.byteLength,
    };
}

/** XNNPACK's products of a pass of so many tokens alone: {multiply(rows)}. `compute`: "f32" or "int8". */
export async function openProducts(factory, { rows, threads = 1, compute, options = {} }) {
    const module = await factory({ threads, ...options });
    const check = (done) => {
        if (!done) throw new Error("XNNPACK's products failed");
    };
    check(module._products_open(ways.indexOf(compute), threads, rows));
    return { multiply: (count) => check(module._products_multiply(count)) };
}
