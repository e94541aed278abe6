// The worker's side of a contender in the browser: the first message opens it, each later one is a request.
//   {encode: [text]} -> {vectors: [[number]]}
//   {time: [text], calls, ms} -> {times: [ms]}: `calls` calls at least, and as many as `ms` milliseconds hold
// What multiplies only takes {rows} instead of texts.

export function serveRequests(open) {
    let opened;
    self.onmessage = async ({ data }) => {
        try {
            self.postMessage(await answer(data));
        } catch (error) {
            self.postMessage({ error: String(error?.stack ?? error) });
        }
    };
    async function answer(request) {
        if (opened === undefined) {
            opened = await open(request);
            const { name, versions } = opened;
            return { name, versions };
        }
        if (request.encode)
            return { vectors: (await opened.encode(request.encode)).map((vector) => [...vector]) };
        const times = [];
        const begin = performance.now();
        while (times.length < request.calls || performance.now() - begin < request.ms) {
            const start = performance.now();
            await opened.encode(request.time);
            times.push(performance.now() - start);
        }
        return { times };
    }
}
