// Encodes with our module, or has XNNPACK multiply alone. Answers the requests of contenders.mjs.
import { openEncoder, openProducts } from "/wasm-tests/encoder_module.mjs";
import { serveRequests } from "./requests.mjs";

const bytes = async (address) => new Uint8Array(await (await fetch(address)).arrayBuffer());

serveRequests(async ({ script, compute, threads, products }) => {
    const { default: factory } = await import(script);
    if (products) {
        const { multiply } = await openProducts(factory, { rows: products, compute, threads });
        return { name: `XNNPACK ${compute}`, versions: {}, encode: ({ rows }) => multiply(rows) };
    }
    const [weights, vocab] = await Promise.all([bytes("/ours/encoder.safetensors"), bytes("/ours/encoder.vocab.txt")]);
    const encoder = await openEncoder(factory, { weights, vocab, compute, threads });
    return { name: `ours ${encoder.compute}`, versions: {}, encode: (texts) => encoder.encode(texts) };
});
