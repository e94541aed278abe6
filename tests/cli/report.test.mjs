// The page that --report writes: complete in itself, and whatever stands in the data is text in it and nothing else.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFile, cp, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { before, describe, test } from "node:test";
import { columns, csv, songs } from "./catalogue.mjs";
import { assertDone, assertFailed, exists, listing, root, run, temporary } from "./program.mjs";

const page = path.join(root, "trainer-native/src/report/page");
const quick = ["--latent", "8", "--epochs", "4", "--encoder", "none"];

const hostile = {
    script: `</script><script>document.title = "taken"</script>`,
    comment: "<!--<script> & --> ]]>",
    quotes: `"'><img src=x onerror=alert(1)> \\ \\u003c`,
    separators: "one\u2028two\u2029three",
    braces: "{{data}}{{script}}{{policy}}",
};

/** What the page consists of: its policy, its one style, its data, its one script. */
async function dissect(file) {
    const html = await readFile(file, "utf8");
    const only = (pattern) => {
        const found = [...html.matchAll(pattern)];
        assert.equal(found.length, 1, `${pattern} is there ${found.length} times`);
        return found[0][1];
    };
    return {
        html,
        title: only(/<title>([\s\S]*?)<\/title>/g),
        policy: only(/<meta http-equiv="Content-Security-Policy" content="([^"]*)"/g),
        style: only(/<style>([\s\S]*?)<\/style>/g),
        json: only(/<script type="application\/json" id="data">([\s\S]*?)<\/script>/g),
        script: only(/<script type="module">([\s\S]*?)<\/script>/g),
    };
}

const dataOf = async (file) => JSON.parse((await dissect(file)).json);
const sha256 = (text) => createHash("sha256").update(text).digest("base64");

describe("the report of a build", () => {
    const rows = songs(300, 5);
    const texts = Object.values(hostile);
    let directory;
    let file;
    let parts;
    let data;

    before(async () => {
        for (const [i, text] of texts.entries())
            rows[i] = { ...rows[i], track_name: text, artist_name: `by ${text}` };
        rows[20] = { ...rows[20], genre: hostile.script };
        for (let i = 30; i < 60; ++i) rows[i] = { ...rows[i], tempo: null };
        for (let i = 0; i < 40; ++i) rows[i] = { ...rows[i], mood: i < 30 ? "bright" : "dark <b>" };
        directory = await temporary();
        file = path.join(directory, "report.html");
        await writeFile(path.join(directory, "songs.csv"), csv(rows, { names: [...columns, "mood"] }));
        await writeFile(path.join(directory, "schema.json"), JSON.stringify({ categorical: ["mood"] }));
        assertDone(
            await run([
                "build",
                path.join(directory, "songs.csv"),
                "--out",
                path.join(directory, "bundle"),
                "--schema",
                path.join(directory, "schema.json"),
                "--data-title",
                hostile.script,
                "--report",
                file,
                ...quick,
            ]),
        );
        parts = await dissect(file);
        data = JSON.parse(parts.json);
    });

    test("allows_its_own_style_and_script_by_their_hashes_and_nothing_else", () => {
        const { policy, style, script } = parts;
        assert.equal(
            policy,
            `default-src 'none'; style-src 'sha256-${sha256(style)}'; script-src 'sha256-${sha256(script)}'; ` +
                "base-uri 'none'; form-action 'none'",
        );
    });

    test("names_nothing_that_is_elsewhere", () => {
        const { html, style, json } = parts;
        assert.doesNotMatch(html.replace(json, ""), /\b(src|href|action|srcset)="(?!#)/);
        assert.doesNotMatch(style, /url\(|@import/);
        const addresses = html.replace(json, "").match(/https?:\/\/[^\s"']+/g) ?? [];
        assert.deepEqual(addresses, ["http://www.w3.org/2000/svg"], "the name of SVG, which nobody fetches");
    });

    test("has_every_part", () => {
        assert.equal(data.songs, 300);
        assert.deepEqual(
            data.stages.map(({ name }) => name),
            ["ingest", "embed", "train", "export"],
        );
        for (const { seconds } of data.stages) assert.ok(seconds >= 0 && seconds < 60);
        for (const stage of ["measured", "final"]) {
            const lines = data.epochs.filter((line) => line.stage === stage);
            assert.ok(lines.length >= 1 && lines.length <= 4, `${stage}: ${lines.length}`);
            assert.deepEqual(
                lines.map(({ epoch }) => epoch),
                lines.map((_, i) => i + 1),
            );
        }
        assert.equal(data.manifest.generator.seed, 1);
        assert.ok(data.manifest.quality);
        assert.deepEqual(data.manifest.files.map(({ role }) => role).slice(0, 3), ["catalog", "vectors", "autoencoder"]);
    });

    test("counts_each_value_of_each_feature_once", () => {
        const tempo = data.numbers.find(({ name }) => name === "tempo");
        const known = rows.map((row) => row.tempo).filter((value) => value !== null);
        assert.equal(tempo.known, 270);
        assert.equal(
            tempo.bins.reduce((sum, n) => sum + n, 0),
            270,
        );
        assert.ok(Math.abs(tempo.minimum - Math.min(...known)) < 0.02);
        assert.ok(Math.abs(tempo.maximum - Math.max(...known)) < 0.02);
        const year = data.numbers.find(({ name }) => name === "year");
        assert.equal(year.scale, "whole");
        const first = Math.min(...rows.map((row) => row.release_date));
        const counts = year.bins.map(
            (_, i) => rows.filter((row) => Math.floor((row.release_date - first) / year.step) === i).length,
        );
        assert.deepEqual(year.bins, counts);
    });

    test("counts_categories", () => {
        const mood = data.categories.find(({ name }) => name === "mood");
        assert.equal(mood.known, 40);
        assert.deepEqual(mood.values, [
            { name: "bright", songs: 30 },
            { name: "dark <b>", songs: 10 },
        ]);
        const genre = data.categories.find(({ name }) => name === "genre");
        for (const { name, songs: n } of genre.values)
            assert.equal(n, rows.filter((row) => row.genre === name).length, name);
    });

    test("shows_neighbours_as_the_recommender_gives_them", async () => {
        assert.ok(data.samples.length >= 8);
        const [sample] = data.samples;
        assert.equal(sample.chosen, "typical");
        const result = assertDone(
            await run([
                "recommend",
                "--bundle",
                path.join(directory, "bundle"),
                "--title",
                sample.title,
                "--artist",
                sample.artist,
                "--json",
            ]),
        );
        const { results } = JSON.parse(result.stdout);
        assert.deepEqual(
            sample.neighbours.map(({ title, artist, why }) => ({ title, artist, why })),
            results.map(({ title, artist, why }) => ({ title, artist, why })),
        );
        for (const [i, { score }] of sample.neighbours.entries())
            assert.ok(Math.abs(score - results[i].score) < 0.001);
    });

    test("puts_every_song_on_the_map", async () => {
        const { readPoints } = await import(path.join(page, "points.mjs"));
        const { map } = data;
        assert.equal(map.points, 300);
        const points = readPoints(map);
        for (const [i, row] of rows.entries()) {
            assert.ok(points.x[i] >= 0 && points.x[i] <= 1 && points.y[i] >= 0 && points.y[i] <= 1);
            assert.equal(map.genres[points.genres[i]].name, row.genre);
            if (row.artist_name.length <= 64) assert.equal(points.artist(i), row.artist_name);
            const all = () => true;
            const nearest = points.nearest(points.x[i], points.y[i], 0.01, all);
            assert.ok(points.x[nearest] === points.x[i] && points.y[nearest] === points.y[i]);
        }
        assert.equal(new Set(points.order).size, 300);
        assert.equal(points.nearest(0.5, 0.5, 2, () => false), -1);
    });

    test("keeps_hostile_texts_as_they_are_and_out_of_the_markup", () => {
        const { html, json, title } = parts;
        const titles = new Set(data.map.titles);
        for (const text of texts) assert.ok(titles.has(text), text);
        assert.doesNotMatch(json, /[<>&\u2028\u2029]/);
        assert.equal(html.match(/<script/g).length, 2);
        assert.equal(html.match(/<\/script/g).length, 2);
        assert.doesNotMatch(html, /<!--|<img|onerror=alert\(1\)>/);
        assert.equal(data.manifest.data.title, hostile.script);
        assert.match(title, /^&lt;\/script&gt;&lt;script&gt;document\.title = &quot;taken&quot;/);
    });

    test("is_small_for_a_small_catalogue", async () => {
        assert.ok((await stat(file)).size < 200_000, `${(await stat(file)).size} bytes`);
    });

    test("has_a_script_that_can_be_read", async () => {
        await writeFile(path.join(directory, "script.mjs"), `function page() {${parts.script}}\nexport { page };`);
        await import(path.join(directory, "script.mjs"));
    });
});

describe("the report of an evaluation", () => {
    let directory;
    let bundle;
    const at = (name) => path.join(directory, name);

    before(async () => {
        directory = await temporary();
        bundle = at("bundle");
        await writeFile(at("songs.csv"), csv(songs(240, 9)));
        assertDone(await run(["build", at("songs.csv"), "--out", bundle, ...quick]));
        const lists = Array.from({ length: 12 }, (_, i) =>
            JSON.stringify(Array.from({ length: 9 }, (_, n) => (i * 17 + n * 5) % 240)),
        );
        await writeFile(at("playlists.jsonl"), `${lists.join("\n")}\n`);
    });

    const evaluate = (...args) => run(["evaluate", "--bundle", bundle, "--json", ...args]);

    test("has_what_the_evaluation_prints", async () => {
        const result = assertDone(
            await evaluate("--playlists", at("playlists.jsonl"), "--report", at("ranked.html")),
        );
        const data = await dataOf(at("ranked.html"));
        assert.deepEqual(data.evaluation, JSON.parse(result.stdout));
        assert.ok(data.evaluation.methods.pulse);
        assert.ok(data.epochs.length > 0, "build leaves the workspace beside the bundle");
    });

    test("is_the_same_for_the_same", async () => {
        const make = async (name) => {
            assertDone(await evaluate("--playlists", at("playlists.jsonl"), "--report", at(name)));
            return readFile(at(name), "utf8");
        };
        assert.equal(await make("one.html"), await make("two.html"));
    });

    test("does_without_workspace_and_without_playlists", async () => {
        await cp(bundle, at("alone"), { recursive: true });
        assertDone(await run(["evaluate", "--bundle", at("alone"), "--report", at("alone.html")]));
        const data = await dataOf(at("alone.html"));
        assert.equal(data.epochs, undefined);
        assert.deepEqual(
            data.categories.map(({ name }) => name),
            ["genre"],
        );
        assert.ok(data.samples.length > 0);
        assert.ok(data.map);
    });

    test("does_without_a_map", async () => {
        assertDone(await run(["build", at("songs.csv"), "--out", at("flat"), "--no-map", "--report", at("flat.html"), ...quick]));
        assert.equal((await dataOf(at("flat.html"))).map, undefined);
    });

    test("leaves_out_an_epoch_that_was_not_written_to_its_end", async () => {
        const work = at("cut.work");
        await cp(`${bundle}.work`, work, { recursive: true });
        const before = (await readFile(path.join(work, "train.jsonl"), "utf8")).trim().split("\n").length;
        await appendFile(path.join(work, "train.jsonl"), 'not JSON\n[1]\n{"stage":"final","epo');
        assertDone(await evaluate("--work", work, "--report", at("cut.html")));
        assert.equal((await dataOf(at("cut.html"))).epochs.length, before);
        await rm(path.join(work, "train.jsonl"));
        assertDone(await evaluate("--work", work, "--report", at("cut.html")));
        assert.equal((await dataOf(at("cut.html"))).epochs, undefined);
    });

    test("replaces_an_older_one_and_leaves_nothing_else", async () => {
        await mkdir(at("pages"));
        await writeFile(at("pages/report.html"), "an older one");
        assertDone(await evaluate("--report", at("pages/report.html")));
        assert.match(await readFile(at("pages/report.html"), "utf8"), /^<!doctype html>/);
        assert.deepEqual(await listing(at("pages")), ["report.html"]);
    });

    test("that_cannot_be_written_is_said_before_the_work", async () => {
        await mkdir(at("pages2"), { recursive: true });
        await writeFile(at("plain"), "");
        for (const [name, code, pattern] of [
            [at("pages2"), 2, /is a directory; name a file/],
            [at("nowhere/report.html"), 1, /nowhere: No such file or directory; choose another place/],
            [at("plain/report.html"), 1, /plain: Not a directory; choose another place/],
        ]) {
            assertFailed(await evaluate("--report", name), code, "--report", pattern);
            const out = at("never");
            assertFailed(
                await run(["build", at("songs.csv"), "--out", out, "--report", name, ...quick]),
                code,
                "--report",
                pattern,
            );
            assert.equal(await exists(out), false);
            assert.equal(await exists(`${out}.work`), false);
        }
    });
});

test("formats_numbers_for_people", async () => {
    const { bytes, logTicks, percent, seconds, short, ticks } = await import(path.join(page, "format.mjs"));
    assert.deepEqual([0, 0.1234, 12, 1234.5, 28372, 0.00001234, 1e9, null].map(short), [
        "0",
        "0.123",
        "12",
        "1230",
        "28,372",
        "1.2e-5",
        "1.0e+9",
        "–",
    ]);
    assert.deepEqual([0, 0.0004, 0.0461, 0.5, 1].map(percent), ["0%", "< 0.1%", "4.6%", "50%", "100%"]);
    assert.deepEqual([512, 3_700_000, 23e6].map(bytes), ["512 bytes", "3.7 MB", "23 MB"]);
    assert.deepEqual([0.5, 42.12, 185, 7325].map(seconds), ["0.50 s", "42.1 s", "3 min 5 s", "2 h 2 min"]);
    assert.deepEqual(ticks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
    assert.deepEqual(ticks(3, 3, 5), [3]);
    assert.deepEqual(logTicks(0.01, 1), [0.01, 0.03, 0.1, 0.3, 1]);
    assert.ok(logTicks(1.9, 2.5).length >= 3);
});
