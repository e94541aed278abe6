// Threads, which a browser gives only to pages that are isolated from other origins: the package's module with threads
// answers as the others do, is taken where it can run, and is not missed where it cannot.
import path from "node:path";
import { serve } from "../bench/server.mjs";
import { root } from "../cli/program.mjs";
import { belongsWith, choose, expect, expectShown, open, realBundle, recommend, test } from "./app.mjs";

const at = (...parts) => path.join(root, ...parts);
const text = "driving through the night and missing home";

let server;
test.beforeAll(async () => {
    server = await serve({
        "/package/": at("wasm/dist"),
        "/comlink/": at("wasm/node_modules/comlink/dist/esm"),
        "/bundle/": realBundle,
        "/site/models/default/": realBundle,
        "/site/": at("web/dist"),
        "/bench/": at("tests/bench"),
    });
});
test.afterAll(() => server.close());

/** An isolated page that has done nothing yet. */
const isolated = async (page) => {
    await page.goto(`${server.origin}/bench/page.html`);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
};

/** Opens the bundle in the page, asks, and closes it. `patch`: what the worker runs first. */
const ask = (page, options, patch) =>
    page.evaluate(
        async ({ options, patch, text }) => {
            const { open } = await import("/package/index.js");
            let worker;
            if (patch !== undefined) {
                const script = (code) =>
                    URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
                const whole = `import "${script(patch)}"; import "${location.origin}/package/worker.js";`;
                worker = new Worker(script(whole), { type: "module" });
            }
            const pulse = await open({ bundle: "/bundle/", cache: false, worker, ...options });
            const { variant, threads } = pulse;
            const { results } = await pulse.recommend({ seeds: [{ song_id: 1 }], k: 25 });
            const described = await pulse.recommend({ text, k: 25 });
            const [tokens, vector] = await Promise.all([pulse.tokenize(text), pulse.encode(text)]);
            const long = await pulse.encode(`${text} `.repeat(40));
            pulse.close();
            worker?.terminate();
            return {
                variant,
                threads,
                results,
                described: described.results.map((song) => song.song_id),
                tokens,
                vectors: [Array.from(vector), Array.from(long)],
            };
        },
        { options, patch, text },
    );

const cosine = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

function expectSame(answer, other) {
    expect(answer.results).toEqual(other.results);
    expect(answer.described.slice(0, 10)).toEqual(other.described.slice(0, 10));
    expect(answer.tokens).toEqual(other.tokens);
    for (const [i, vector] of answer.vectors.entries())
        expect(cosine(vector, other.vectors[i])).toBeGreaterThan(0.9999);
}

for (const compute of ["int16", "f32"])
    test(`threads_give_the_answers_of_one_thread_${compute}`, async ({ page }) => {
        await isolated(page);
        const one = await ask(page, { simd: "plain", compute });
        expect(one).toMatchObject({ variant: "plain", threads: 1 });
        for (const threads of [1, 2, 3]) {
            const several = await ask(page, { simd: "threads", threads, compute });
            expect(several).toMatchObject({ variant: "threads", threads });
            expectSame(several, one);
        }
    });

test("an_isolated_page_gets_threads_unless_it_wants_one", async ({ page }) => {
    await isolated(page);
    expect(await ask(page, { threads: 2 })).toMatchObject({ variant: "threads", threads: 2 });
    const { variant, threads } = await ask(page, { threads: 1 });
    expect(variant).not.toBe("threads");
    expect(threads).toBe(1);
});

// What a worker finds that cannot have threads after all.
const patches = {
    no_worker_can_be_made: () =>
        `self.Worker = class { constructor() { throw new Error("forbidden"); } };`,
    their_script_is_missing: () =>
        `const Real = self.Worker;
        self.Worker = class extends Real {
            constructor(_, options) { super("${server.origin}/nowhere.mjs", options); }
        };`,
    there_is_no_memory_to_share: () =>
        `const Real = WebAssembly.Memory;
        WebAssembly.Memory = class extends Real {
            constructor(size) { if (size.shared) throw new RangeError("no room"); super(size); }
        };`,
};
for (const [name, patch] of Object.entries(patches))
    test(`another_module_runs_where_${name}`, async ({ page }) => {
        const errors = [];
        page.on("pageerror", (error) => errors.push(error.message));
        await isolated(page);
        const usual = await ask(page, { simd: "plain", compute: "int16" });
        const answer = await ask(page, { threads: 2, compute: "int16" }, patch());
        expect(["relaxed", "plain"]).toContain(answer.variant);
        expect(answer.threads).toBe(1);
        expectSame(answer, usual);
        expect(errors).toEqual([]);
    });

test("the_built_page_uses_threads_where_it_is_isolated", async ({ page }) => {
    await open(page, `${server.origin}/site/`);
    const several = await page.evaluate(() => crossOriginIsolated && navigator.hardwareConcurrency > 1);
    await expect(page.getByRole("contentinfo")).toContainText(several ? "SIMD and threads" : "SIMD");
    await choose(page, { title: "i believe", artist: "frankie laine" });
    await belongsWith(page, "i believe");
    await expectShown(page, await recommend(realBundle, "--song-id", "1"));
});
