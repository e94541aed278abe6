// How much memory the npm package's module takes to open a bundle and encode texts: {bundle, simd, texts}.
import { compileFromNetwork, HttpReader } from "/package/fetch.js";
import { Session } from "/package/session.js";

// The module's memory is what its instance exports, or with threads what it imports.
const memories = new Set();
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (module, imports) => {
    const made = await instantiate(module, imports);
    const exported = (made.instance ?? made).exports;
    for (const value of [exported, ...Object.values(imports ?? {})].flatMap((all) => Object.values(all)))
        if (value instanceof WebAssembly.Memory) memories.add(value);
    return made;
};
const bytes = () => Math.max(0, ...[...memories].map(({ buffer }) => buffer.byteLength));

self.onmessage = async ({ data: { bundle, simd, texts } }) => {
    try {
        const reader = new HttpReader(new URL(bundle), false);
        const session = await Session.open(reader, compileFromNetwork, { simd, threads: 2 });
        const opened = bytes();
        for (const text of texts) await session.encode(text);
        self.postMessage({ opened, encoded: bytes(), variant: session.variant });
        session.close();
    } catch (error) {
        self.postMessage({ error: String(error?.stack ?? error) });
    }
};
