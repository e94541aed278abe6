// Takes turns among contenders, and makes a table of it.

const pause = 40; // ms before a turn, in which the threads of the one before go to sleep
const turn = 60; // ms that a turn lasts at least
const fewestRounds = 3;

const [layers, width, intermediate] = [6, 384, 1536];
/** Floating-point operations, of the products by the weights and of attention. */
const products = ({ tokens, batch }) => batch * tokens * layers * 2 * (4 * width * width + 2 * width * intermediate);
const attention = ({ tokens, batch }) => batch * layers * 4 * tokens * tokens * width;

const median = (numbers) => {
    const sorted = numbers.toSorted((a, b) => a - b);
    return sorted[sorted.length >> 1];
};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Rounds for so many seconds, and three at least: in each, at each point, every contender once, in another order each
 * time. Gives for each point {tokens, batch, times: {role: [median of a turn]}, calls: {role: number}}.
 */
export async function measure(contenders, { texts, tokens: lengths, batch: batches }, seconds) {
    const points = lengths.flatMap((tokens) => batches.map((batch) => ({ tokens, batch })));
    const work = (contender, { tokens, batch }) =>
        contender.role.startsWith("floor") ? { rows: tokens * batch } : texts[tokens].slice(0, batch);
    const results = points.map((point) => ({
        ...point,
        times: Object.fromEntries(contenders.map(({ role }) => [role, []])),
        calls: Object.fromEntries(contenders.map(({ role }) => [role, 0])),
    }));
    // Compilers of several tiers, caches, threads that start.
    for (const contender of contenders)
        for (const point of points) await contender.time(work(contender, point), 2, 200);
    const end = performance.now() + seconds * 1e3;
    for (let round = 0; round < fewestRounds || performance.now() < end; ++round)
        for (const result of results)
            for (let i = 0; i < contenders.length; ++i) {
                const contender = contenders[(i + round) % contenders.length];
                await sleep(pause);
                const times = await contender.time(work(contender, result), 1, turn);
                result.times[contender.role].push(median(times));
                result.calls[contender.role] += times.length;
            }
    return results;
}

/** Of two that took turns: how many times longer `slow` takes than `fast`. */
const ratio = ({ times }, slow, fast) => median(times[slow].map((time, i) => time / times[fast][i]));

function table(head, rows) {
    const all = [head, ...rows];
    const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
    return all.map((row) => row.map((cell, i) => cell.padStart(widths[i])).join("  ")).join("\n");
}

export function print(title, results, contenders) {
    const role = (name) => contenders.find((contender) => contender.role === name);
    const [ours, peer] = [role("ours"), role("fp32")];
    const versions = Object.entries(peer.versions).map(([name, version]) => `${name} ${version}`);
    const cosines = contenders
        .filter(({ cosine }) => cosine !== undefined)
        .map(({ name, cosine }) => `${name} ${cosine.toFixed(5)}`);
    const rows = results.map((result) => {
        const time = (name) => median(result.times[name]);
        const speed = (operations, name) => operations / time(name) / 1e6;
        const whole = products(result) + attention(result);
        const floor = ["floor f32", "floor int8"].map((name) => speed(products(result), name));
        const percent = (name, best) => `${((100 * speed(whole, name)) / best).toFixed(0)} %`;
        return [
            `${result.tokens}`,
            `${result.batch}`,
            ...["ours", "ours f32", "fp32", "q8"].map((name) => time(name).toFixed(2)),
            ratio(result, "fp32", "ours").toFixed(2),
            ratio(result, "q8", "ours").toFixed(2),
            ratio(result, "fp32", "ours f32").toFixed(2),
            speed(whole, "ours").toFixed(1),
            speed(whole, "ours f32").toFixed(1),
            ...floor.map((value) => value.toFixed(1)),
            percent("ours", Math.max(...floor)),
            percent("ours f32", floor[0]),
            `${Math.min(...Object.values(result.calls))}`,
        ];
    });
    const head = [
        "tokens",
        "batch",
        ours.name,
        "ours f32",
        "fp32",
        "q8",
        "fp32/ours",
        "q8/ours",
        "fp32/f32",
        "GFLOP/s",
        "f32",
        "XNN f32",
        "XNN int8",
        "share",
        "f32 share",
        "calls",
    ];
    console.log(`\n${title}; peer: ${peer.name.replace(/ fp32$/, "")} (${versions.join(", ")})`);
    console.log(`mean cosine with the reference: ${cosines.join(", ")}`);
    console.log(table(head, rows));
}
