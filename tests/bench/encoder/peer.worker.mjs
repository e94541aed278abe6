// Encodes with transformers.js, as its manual says to, on the wasm device. Answers the requests of contenders.mjs.
import { env, pipeline } from "@huggingface/transformers";
import { serveRequests } from "./requests.mjs";

serveRequests(async ({ dtype, threads }) => {
    env.allowRemoteModels = false;
    env.allowLocalModels = true;
    env.localModelPath = "/models/";
    env.useBrowserCache = false;
    const { wasm } = env.backends.onnx;
    // The files that it would fetch from its content delivery network.
    const file = (suffix) => new URL(`/onnxruntime-web/ort-wasm-simd-threaded.asyncify.${suffix}`, location.origin).href;
    wasm.wasmPaths = { mjs: file("mjs"), wasm: file("wasm") };
    wasm.numThreads = threads;
    const extractor = await pipeline("feature-extraction", "peer", { device: "wasm", dtype });
    return {
        name: `transformers.js ${dtype}`,
        versions: {
            "@huggingface/transformers": env.version,
            "onnxruntime-web": env.backends.onnx.versions?.web ?? "?",
        },
        encode: async (texts) => {
            const { data, dims } = await extractor(texts, { pooling: "mean", normalize: true });
            return texts.map((_, i) => data.subarray(i * dims[1], (i + 1) * dims[1]));
        },
    };
});
