// Times the engine in the thread that it runs in. One message: {bundle, simd, warmUp, limit, requests, texts}.
import { compileFromNetwork, HttpReader } from "/package/fetch.js";
import { Session } from "/package/session.js";

const timed = async (items, call) => {
    const times = [];
    for (const item of items) {
        const started = performance.now();
        await call(item);
        times.push(performance.now() - started);
    }
    return times;
};

self.onmessage = async ({ data }) => {
    try {
        const started = performance.now();
        const reader = new HttpReader(new URL(data.bundle), false);
        const session = await Session.open(reader, compileFromNetwork, { simd: data.simd });
        const opening = performance.now() - started;
        const recommend = (request) => session.recommend(request);
        const search = (text) => session.search(text, data.limit);
        await timed(data.requests.slice(0, data.warmUp), recommend);
        const recommendations = await timed(data.requests, recommend);
        await timed(data.texts.slice(0, data.warmUp), search);
        const searches = await timed(data.texts, search);
        session.close();
        self.postMessage({ opening, recommendations, searches });
    } catch (error) {
        self.postMessage({ error: String(error?.stack ?? error) });
    }
};
