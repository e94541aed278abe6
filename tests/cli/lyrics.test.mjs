// Lyrics from elsewhere: fetched once, from who has them, and kept where they belong.
import assert from "node:assert/strict";
import { mkdir, readFile, readdir, symlink, truncate, writeFile, chmod } from "node:fs/promises";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { columns, csv, songs as catalogue } from "./catalogue.mjs";
import { bert, writeDirectory } from "./hf-directory.mjs";
import { faults, genius, hit, lrclib, sendJson, serve, track, verses } from "./lyrics-services.mjs";
import { assertDone, assertFailed, assertSound, exists, programs, run, runJson, temporary } from "./program.mjs";

const TOKEN = "a-token-of-the-tests";
const quick = ["--rate", "10000", "--retry-delay", "0.01"];

/** The program's fetch, fast; the token is in the environment. */
const fetchWith = (work, cache, args, options = {}) =>
    run(["lyrics", "fetch", "--work", work, "--lyrics-cache", cache, ...quick, ...args], {
        timeout: 30_000,
        ...options,
        env: { GENIUS_ACCESS_TOKEN: TOKEN, no_proxy: "127.0.0.1", ...options.env },
    });

const fromGenius = (work, cache, service, args = [], options = {}) =>
    fetchWith(work, cache, ["--provider", "genius", "--genius-url", service.url, ...args], options);
const fromLrclib = (work, cache, service, args = [], options = {}) =>
    fetchWith(work, cache, ["--provider", "lrclib", "--lrclib-url", service.url, ...args], options);

/** What `lyrics status` says of a provider. */
async function status(cache, provider) {
    const { providers } = await runJson(["lyrics", "status", "--lyrics-cache", cache, "--json"]);
    const { found = 0, instrumental = 0, not_found = 0 } = providers.find((one) => one.provider === provider) ?? {};
    return { found, instrumental, not_found };
}

let directory;
let files = 0;
/** A new name in the test's directory. */
const fresh = (name) => path.join(directory, `${++files}-${name}`);

/** A workspace of these songs: {artist, title, lyrics?, duration_ms?}; other songs fill it up. */
async function workspace(named, { most = 12, more = [] } = {}) {
    const rows = catalogue(Math.max(most, named.length), 3).map((row, i) =>
        i < named.length
            ? { ...row, artist_name: named[i].artist, track_name: named[i].title, ...named[i] }
            : { ...row, lyrics: verses(1000 + i), duration_ms: 180_000 },
    );
    const file = fresh("songs.csv");
    await writeFile(file, csv(rows, { names: [...columns, ...more, "lyrics"] }));
    const work = fresh("work");
    assertDone(await run(["ingest", file, "--work", work]));
    return { work, file };
}

const made = (count, from = 1) =>
    Array.from({ length: count }, (_, i) => ({
        artist: `The Kettle Number ${from + i}`,
        title: `Harbour Lantern ${from + i}`,
        text: verses(from + i),
    }));

before(async () => {
    directory = await temporary();
});

describe("lyrics_fetched_from_genius", () => {
    const songs = made(5);
    let service;
    let work;
    let cache;
    let first;
    before(async () => {
        service = await genius({ songs });
        const missing = { artist: "Nobody At All", title: "Not Known Anywhere" };
        ({ work } = await workspace([...songs.map(({ artist, title }) => ({ artist, title })), missing]));
        cache = path.join(directory, "deep", "er", "lyrics.sqlite");
        first = assertDone(await fromGenius(work, cache, service));
    });
    after(() => service.close());

    test("are_kept_in_the_cache", async () => {
        assert.deepEqual(await status(cache, "genius"), { found: 5, instrumental: 0, not_found: 1 });
        assert.match(first.stderr, /5 found, 0 instrumental, 1 not found/);
        assert.match(first.stderr, /6 of 12 songs have some already/);
        const kept = await readFile(cache, "latin1");
        for (const { text } of songs) for (const line of text.split("\n")) assert.ok(kept.includes(line), line);
        assert.ok(!kept.includes("Contributors") && !kept.includes("You might also like"));
        const mode = execFileSync("stat", ["-c", "%a", cache], { encoding: "utf8" }).trim();
        assert.equal(mode, "600");
    });

    test("are_asked_for_with_the_token_and_their_pages_without", () => {
        const searches = service.requests.filter(({ path: at }) => at === "/search");
        const pages = service.requests.filter(({ path: at }) => at !== "/search");
        assert.equal(searches.length, 6);
        assert.equal(pages.length, 5);
        for (const { headers } of searches) assert.equal(headers.authorization, `Bearer ${TOKEN}`);
        for (const { headers } of pages) assert.equal(headers.authorization, undefined);
        for (const { headers } of service.requests) {
            assert.match(headers["user-agent"], /^playlistpulse\/\d/);
            assert.equal(headers.cookie, undefined);
        }
    });

    test("are_asked_for_once", async () => {
        const sent = service.requests.length;
        const again = assertDone(await fromGenius(work, cache, service));
        assert.equal(service.requests.length, sent);
        assert.match(again.stderr, /6 are known to the cache, 0 to ask for/);
    });

    test("are_asked_for_again_when_what_was_not_found_expires", async () => {
        const sent = service.requests.length;
        assertDone(await fromGenius(work, cache, service, ["--expire", "0"]));
        assert.equal(service.requests.length, sent + 1);
    });

    test("are_what_embed_reads_when_it_is_told_to_and_stay_out_of_the_workspace_and_the_bundle", async () => {
        await writeDirectory(path.join(directory, "tiny.hf"), bert({}));
        const encoder = path.join(directory, "tiny.safetensors");
        assertDone(await run(["encoder", "import", path.join(directory, "tiny.hf"), "--out", encoder]));
        const args = ["--encoder", encoder, "--cache", path.join(directory, "embeddings.sqlite")];
        const embed = (...more) => run(["embed", "--work", work, ...args, ...more]);
        const known = ({ stderr }) => Number(/lyrics: (\d+) of 12 songs have some/.exec(stderr)[1]);
        assert.equal(known(assertDone(await embed())), 6);
        const list = ["--lyrics", "column,genius", "--lyrics-cache", cache];
        assert.equal(known(assertDone(await embed(...list))), 11);
        assert.equal(known(assertDone(await embed("--lyrics", "genius", "--lyrics-cache", cache))), 5);
        const sent = service.requests.length;
        const { stderr } = assertDone(await embed("--lyrics", "column,lrclib", "--lyrics-cache", cache));
        assert.match(stderr, /of 6 songs .* does not know whether lrclib has lyrics.*fetch --provider lrclib/);
        assert.equal(service.requests.length, sent);
        assertDone(await embed(...list));
        const out = path.join(directory, "bundle");
        assertDone(await run(["train", "--work", work, "--latent", "4", "--epochs", "1"]));
        assertDone(await run(["export", "--work", work, "--out", out, "--no-map"]));
        for (const folder of [out, work]) {
            for (const name of await readdir(folder)) {
                const bytes = await readFile(path.join(folder, name), "latin1");
                for (const { text } of songs) assert.ok(!bytes.includes(text.split("\n")[0]), `${folder}/${name}`);
                // Nor those of the column, in what is given away.
                if (folder === out) assert.ok(!bytes.includes("lanterns on the harbour"), name);
            }
        }
    });

    test("go_on_where_a_killed_run_was", async () => {
        const own = fresh("killed.sqlite");
        const slow = await genius({
            songs,
            fault: (kind, n) => (kind === "page" && n === 3 ? faults.hang : null),
        });
        let child;
        const running = fromGenius(work, own, slow, [], { onStart: (started) => (child = started) });
        while (slow.requests.length < 6) await sleep(5);
        child.kill("SIGKILL");
        assert.equal((await running).signal, "SIGKILL");
        await slow.close();
        assert.deepEqual(await status(own, "genius"), { found: 2, instrumental: 0, not_found: 0 });
        const sent = service.requests.length;
        assertDone(await fromGenius(work, own, service));
        assert.equal(service.requests.length - sent, 3 * 2 + 1);
        assert.deepEqual(await status(own, "genius"), { found: 5, instrumental: 0, not_found: 1 });
    });

    test("are_kept_when_ctrl_c_stops_the_run_at_once", async () => {
        const own = fresh("stopped.sqlite");
        const slow = await genius({ songs, fault: (kind, n) => (kind === "search" && n === 2 ? faults.hang : null) });
        let child;
        const running = fromGenius(work, own, slow, [], { onStart: (started) => (child = started) });
        while (slow.requests.length < 3) await sleep(5);
        const asked = performance.now();
        child.kill("SIGINT");
        const { signal, stderr } = await running;
        assert.equal(signal, "SIGINT");
        assert.ok(performance.now() - asked < 3000);
        assert.match(stderr, /1 found.*5 left to ask/);
        assert.deepEqual(await status(own, "genius"), { found: 1, instrumental: 0, not_found: 0 });
        await slow.close();
    });

    test("are_asked_for_by_two_programs_at_once_and_none_is_lost", async () => {
        const own = fresh("shared.sqlite");
        const both = await Promise.all([fromGenius(work, own, service), fromGenius(work, own, service)]);
        both.forEach(assertDone);
        assert.deepEqual(await status(own, "genius"), { found: 5, instrumental: 0, not_found: 1 });
    });

    test("are_asked_for_slowly_and_in_no_step", async () => {
        const sent = service.requests.length;
        assertDone(await fromGenius(work, fresh("slow.sqlite"), service, ["--rate", "40", "--limit", "5"]));
        const times = service.requests.slice(sent).map(({ at }) => at);
        const apart = times.slice(1).map((at, i) => at - times[i]);
        assert.equal(times.length, 10);
        // At least half of the time between them each, which a busy machine may hide of some.
        assert.ok(times.at(-1) - times[0] >= 9 * 12.5 - 10, `${apart}`);
        assert.ok(Math.max(...apart) - Math.min(...apart) > 3, `no jitter: ${apart}`);
        const fast = ["lyrics", "fetch", "--work", work, "--provider", "lrclib", "--rate", "50"];
        assertFailed(await run(fast), 2, "--rate must be at most 5");
    });
});

describe("a_song_is_only_taken_when_it_is_the_one", () => {
    const wanted = { artist: "The Kettles", title: "Amber Lantern" };
    const text = verses(7);
    const near = {
        "a cover": { artist: "Someone Else", title: "Amber Lantern" },
        "a live version": { artist: "The Kettles", title: "Amber Lantern (Live at the Barn)" },
        "a remix": { artist: "The Kettles", title: "Amber Lantern (Night Remix)" },
        "a translation": {
            artist: "Genius English Translations",
            title: "The Kettles - Amber Lantern (English Translation)",
        },
        "a translation by the artist's name": {
            artist: "The Kettles",
            title: "Amber Lantern (English Translation)",
        },
        "a song that begins so": { artist: "The Kettles", title: "Amber Lantern Blues" },
        "a tribute": { artist: "The Kettles Tribute Band", title: "Amber Lantern" },
        "a song with the artist as a guest": { artist: "Max Pan feat. The Kettles", title: "Amber Lantern" },
    };
    let work;
    before(async () => {
        ({ work } = await workspace([wanted]));
    });

    test("by_genius", async () => {
        for (const [what, song] of Object.entries(near)) {
            const cache = fresh("near.sqlite");
            const service = await genius({ songs: [{ ...song, text }], hits: () => [hit(song)] });
            assertDone(await fromGenius(work, cache, service));
            assert.deepEqual(await status(cache, "genius"), { found: 0, instrumental: 0, not_found: 1 }, what);
            await service.close();
        }
    });

    test("by_lrclib", async () => {
        for (const [what, song] of Object.entries(near)) {
            const cache = fresh("near.sqlite");
            const service = await lrclib({ tracks: [track({ ...song, text })] });
            assertDone(await fromLrclib(work, cache, service));
            assert.deepEqual(await status(cache, "lrclib"), { found: 0, instrumental: 0, not_found: 1 }, what);
            await service.close();
        }
    });

    test("behind_others_too", async () => {
        const cache = fresh("behind.sqlite");
        const right = { artist: "Kettles", title: "AMBER LANTERN (feat. Max Pan) [Remastered 2009]", text };
        const others = Object.values(near).map((song) => ({ ...song, text: verses(8) }));
        const all = [...others, right];
        const service = await genius({ songs: all, hits: () => all.map((song) => hit(song)) });
        assertDone(await fromGenius(work, cache, service));
        assert.deepEqual(await status(cache, "genius"), { found: 1, instrumental: 0, not_found: 0 });
        const kept = await readFile(cache, "latin1");
        assert.ok(kept.includes(text.split("\n")[0]) && !kept.includes(verses(8).split("\n")[0]));
        assert.equal(service.requests.length, 2);
        await service.close();
    });
});

describe("a_song_of_several_artists", () => {
    test("is_found_by_the_first_of_them_or_by_all", async () => {
        const named = [
            { artist: "Zoe Kettle;Max Pan", title: "Harbour One" },
            { artist: "Zoe Kettle;Max Pan", title: "Harbour Two" },
            { artist: "Zoe Kettle;Max Pan", title: "Harbour Three" },
        ];
        const { work } = await workspace(named, { most: 30 });
        const service = await lrclib({
            tracks: [
                track({ artist: "Zoe Kettle", title: "Harbour One", text: verses(1) }),
                track({ artist: "Zoe Kettle & Max Pan", title: "Harbour Two", text: verses(2) }),
                track({ artist: "Max Pan", title: "Harbour Three", text: verses(3) }),
            ],
        });
        const cache = fresh("several.sqlite");
        assertDone(await fromLrclib(work, cache, service));
        assert.deepEqual(await status(cache, "lrclib"), { found: 2, instrumental: 0, not_found: 1 });
        await service.close();
    });
});

describe("the_access_token", () => {
    const songs = made(2);
    let service;
    let work;
    before(async () => {
        service = await genius({ songs });
        ({ work } = await workspace(songs.map(({ artist, title }) => ({ artist, title }))));
    });
    after(() => service.close());
    const without = { env: { GENIUS_ACCESS_TOKEN: "" } };

    test("may_be_in_a_file", async () => {
        const file = fresh("token");
        await writeFile(file, `${TOKEN}\n`, { mode: 0o600 });
        const { stderr } = assertDone(
            await fromGenius(work, fresh("t.sqlite"), service, ["--token-file", file], without),
        );
        assert.doesNotMatch(stderr, /warning/);
        await chmod(file, 0o644);
        const open = assertDone(await fromGenius(work, fresh("t.sqlite"), service, ["--token-file", file], without));
        assert.match(open.stderr, /warning: others can read/);
    });

    test("is_needed", async () => {
        assertFailed(await fromGenius(work, fresh("t.sqlite"), service, [], without), 2, "GENIUS_ACCESS_TOKEN");
    });

    test("is_never_said_even_where_it_is_wrong_or_in_the_wrong_place", async () => {
        const secret = "s3cret-t0ken-of-mine";
        const wrong = { env: { GENIUS_ACCESS_TOKEN: secret } };
        const refused = assertFailed(
            await fromGenius(work, fresh("t.sqlite"), service, ["--verbose"], wrong),
            1,
            "does not accept the access token",
            "genius.com/api-clients",
        );
        const as = ["--token-file", secret];
        const misplaced = assertFailed(
            await fromGenius(work, fresh("t.sqlite"), service, as, without),
            3,
            "--token-file",
        );
        const bad = { env: { GENIUS_ACCESS_TOKEN: `${secret}\r\nX-Header: 1` } };
        const header = assertFailed(await fromGenius(work, fresh("t.sqlite"), service, [], bad), 2, "no access token");
        const down = await fetchWith(
            work,
            fresh("t.sqlite"),
            ["--provider", "genius", "--genius-url", "http://127.0.0.1:9", "--retries", "0", "--verbose"],
            wrong,
        );
        assertFailed(down, 1, "cannot be reached");
        const argument = await fromGenius(work, fresh("t.sqlite"), service, ["--token", secret]);
        assertFailed(argument, [2, 3], "the token itself is no argument");
        for (const { stderr } of [refused, misplaced, header, down, argument])
            assert.ok(!stderr.includes("s3cret"), stderr);
    });

    test("does_not_follow_a_redirect", async () => {
        const other = await serve((request, response) => faults.otherJson(response));
        for (const to of [`${other.url}/search?q=1`, other.url.replace("127.0.0.1", "localhost")]) {
            const sly = await genius({ songs, fault: () => faults.redirect(to) });
            assertFailed(await fromGenius(work, fresh("t.sqlite"), sly, ["--limit", "1"]), 1, "no usable answer");
            await sly.close();
        }
        assert.equal(other.requests.length, 0);
        await other.close();
    });

    test("does_not_go_to_the_pages_of_another_site", async () => {
        const pages = await genius({ songs });
        const cache = fresh("t.sqlite");
        assertDone(await fromGenius(work, cache, service, ["--genius-pages-url", pages.url]));
        assert.equal(pages.requests.length, 2);
        for (const { headers } of pages.requests) assert.equal(headers.authorization, undefined);
        assert.deepEqual(await status(cache, "genius"), { found: 2, instrumental: 0, not_found: 0 });
        await pages.close();
    });
});

describe("a_service_that_does_not_want_to_be_asked", () => {
    const songs = made(4);
    let work;
    before(async () => {
        ({ work } = await workspace(songs.map(({ artist, title }) => ({ artist, title }))));
    });

    for (const [name, kind, fault, message] of [
        ["by_a_captcha_for_a_page", "page", faults.captcha, "captcha"],
        ["by_a_captcha_for_an_answer", "search", faults.captcha, "captcha"],
        ["by_a_captcha_with_403", "page", faults.captcha403, "captcha"],
        ["by_a_captcha_with_503", "page", faults.captcha503, "captcha"],
        ["by_403_for_a_page", "page", faults.forbidden, "403"],
        ["by_403_for_an_answer", "search", faults.forbidden, "403"],
        ["by_401_for_a_page", "page", faults.unauthorized, "401"],
        ["by_429_for_ever", "search", faults.tooMany(), "429"],
        ["by_429_for_an_hour", "search", faults.tooMany("3600"), "60 minutes"],
    ]) {
        test(`${name}_is_left_alone_and_asked_for_the_rest_later`, async () => {
            const cache = fresh("blocked.sqlite");
            const service = await genius({ songs, fault: (at, n) => (at === kind && n >= 2 ? fault : null) });
            const blocked = await fromGenius(work, cache, service, ["--retries", "2"]);
            assertFailed(blocked, 1, message, "does not want to be asked", "run the same command again");
            assert.match(blocked.stderr, /1 found, 0 instrumental, 0 not found.* 3 left to ask/);
            const tries = name === "by_429_for_ever" ? 3 : 1;
            const after = service.requests.filter(({ path: at }) => (at === "/search") === (kind === "search"));
            assert.equal(after.length, 1 + tries, "it was asked again");
            await service.close();
            assert.deepEqual(await status(cache, "genius"), { found: 1, instrumental: 0, not_found: 0 });
            const healthy = await genius({ songs });
            assertDone(await fromGenius(work, cache, healthy));
            assert.equal(healthy.requests.length, 3 * 2);
            assert.deepEqual(await status(cache, "genius"), { found: 4, instrumental: 0, not_found: 0 });
            await healthy.close();
        });
    }

    test("does_not_keep_another_from_being_asked", async () => {
        const cache = fresh("two.sqlite");
        const open = await lrclib({ fault: () => faults.forbidden });
        const other = await genius({ songs });
        const args = [
            "--provider",
            "lrclib",
            "--lrclib-url",
            open.url,
            "--provider",
            "genius",
            "--genius-url",
            other.url,
        ];
        assertFailed(await fetchWith(work, cache, args), 1, "lrclib", "403");
        assert.equal(open.requests.length, 1);
        assert.deepEqual(await status(cache, "genius"), { found: 4, instrumental: 0, not_found: 0 });
        await open.close();
        await other.close();
    });
});

describe("what_may_pass_is_tried_again", () => {
    const songs = made(3);
    let work;
    before(async () => {
        ({ work } = await workspace(songs.map(({ artist, title }) => ({ artist, title }))));
    });

    for (const [name, kind, fault] of [
        ["status_500", "search", faults.broken],
        ["a_cut_answer", "search", faults.truncated],
        ["a_cut_page", "page", faults.truncatedChunk],
        ["a_reset", "search", faults.reset],
        ["a_page_reset", "page", faults.reset],
        ["damaged_gzip", "page", faults.badGzip],
        ["status_429", "page", faults.tooMany()],
        ["silence", "search", faults.hang],
    ]) {
        test(name, async () => {
            const cache = fresh("again.sqlite");
            const service = await genius({ songs, fault: (at, n) => (at === kind && n <= 2 ? fault : null) });
            const timeout = name === "silence" ? ["--timeout", "0.3"] : [];
            assertDone(await fromGenius(work, cache, service, timeout));
            assert.deepEqual(await status(cache, "genius"), { found: 3, instrumental: 0, not_found: 0 });
            assert.equal(service.requests.length, 3 * 2 + 2);
            await service.close();
        });
    }

    for (const [name, value] of [
        ["seconds", () => "1"],
        ["a_date", () => new Date(Date.now() + 2000).toUTCString()],
    ]) {
        test(`after_the_time_that_is_asked_for_in_${name}`, async () => {
            const service = await genius({
                songs,
                fault: (kind, n) => (kind === "search" && n === 1 ? faults.tooMany(value()) : null),
            });
            assertDone(await fromGenius(work, fresh("wait.sqlite"), service, ["--limit", "1"]));
            const [first, second] = service.requests.map(({ at }) => at);
            assert.ok(second - first >= 900, `${second - first} ms`);
            await service.close();
        });
    }

    test("each_time_after_twice_the_time", async () => {
        const service = await genius({ songs, fault: (kind, n) => (n <= 4 ? faults.broken : null) });
        assertDone(await fromGenius(work, fresh("twice.sqlite"), service, ["--limit", "1", "--retry-delay", "0.04"]));
        const times = service.requests.map(({ at }) => at);
        const apart = times.slice(1, 5).map((at, i) => at - times[i]);
        assert.ok(apart[0] >= 29 && apart[3] >= 239 && apart[3] > 3 * apart[0], `${apart}`);
        await service.close();
    });
});

describe("an_answer_that_cannot_be_used", () => {
    const songs = made(5);
    let work;
    before(async () => {
        ({ work } = await workspace(songs.map(({ artist, title }) => ({ artist, title }))));
    });

    // The sanitizers read these too.
    for (const { name: build, program: binary } of programs) {
        for (const [name, kind, fault, message] of [
            ["broken_json", "search", faults.notJson, "not the JSON that Genius gives"],
            ["other_json", "search", faults.otherJson, "not the JSON that Genius gives"],
            ["another_type", "search", faults.otherType, "another type"],
            ["a_page_of_another_type", "page", faults.otherType, "another type"],
            ["a_page_of_a_new_form", "page", faults.unknownPage, "no lyrics in the form"],
            ["a_huge_page", "page", faults.huge, "too large"],
            ["a_page_that_unpacks_to_too_much", "page", faults.bomb, "too large"],
            ["endless_headers", "search", faults.headers, ""],
            ["a_redirect_to_itself", "page", faults.redirect("/again"), "redirecting"],
            ["a_redirect_elsewhere", "page", faults.redirect("http://127.0.0.2:1/"), "another site"],
            ["a_redirect_to_a_file", "page", faults.redirect("file:///etc/passwd"), "another site"],
            ["status_500_for_ever", "search", faults.broken, "500"],
            ["silence_for_ever", "search", faults.hang, ""],
        ]) {
            test(`${name}_is_not_stored_and_ends_the_run_after_three (${build})`, async () => {
                const cache = fresh("unusable.sqlite");
                const service = await genius({ songs, fault: (at, n) => (at === kind && n >= 2 ? fault : null) });
                const args = ["--retries", "1", "--timeout", name === "silence_for_ever" ? "0.2" : "10"];
                const result = await fromGenius(work, cache, service, args, { binary });
                assertFailed(result, 1, message, "3 songs in a row", "run the same command again");
                assert.match(result.stderr, /1 found, 0 instrumental, 0 not found, 3 without/);
                await service.close();
                assert.deepEqual(await status(cache, "genius"), { found: 1, instrumental: 0, not_found: 0 });
            });
        }
    }

    test("is_passed_over_when_the_next_can_be_used", async () => {
        const cache = fresh("one.sqlite");
        const service = await genius({
            songs,
            fault: (kind, n) => (kind === "page" && n % 2 === 0 ? faults.unknownPage : null),
        });
        assertFailed(await fromGenius(work, cache, service), 1, "for 2 songs no usable answer came");
        assert.deepEqual(await status(cache, "genius"), { found: 3, instrumental: 0, not_found: 0 });
        await service.close();
    });

    test("is_no_network_at_all_and_what_was_fetched_is_kept", async () => {
        const cache = fresh("down.sqlite");
        const service = await genius({ songs, fault: (kind, n) => (n === 3 && kind === "search" ? shut : null) });
        const shut = (response) => {
            response.destroy();
            void service.close();
        };
        const result = await fromGenius(work, cache, service, ["--retries", "2"]);
        assertFailed(result, 1, "cannot be reached", "What was fetched is kept");
        assert.deepEqual(await status(cache, "genius"), { found: 2, instrumental: 0, not_found: 0 });
    });
});

describe("songs_without_words", () => {
    test("are_known_to_have_none", async () => {
        const songs = made(3);
        const { work } = await workspace(songs.map(({ artist, title }) => ({ artist, title })));
        const cache = fresh("instrumental.sqlite");
        songs[0].text = "[Instrumental]";
        const service = await genius({
            songs,
            hits: (query) =>
                songs
                    .filter((song) => query.includes(song.title.toLowerCase()))
                    .map((song) => hit(song, song === songs[1] ? { instrumental: true } : {})),
            fault: (kind, n, url) =>
                kind === "page" && url.pathname.includes("-3-")
                    ? (response) => {
                          response.writeHead(200, { "content-type": "text/html" });
                          response.end("<body><div class='Placeholder'>This song is an instrumental</div>");
                      }
                    : null,
        });
        assertDone(await fromGenius(work, cache, service));
        assert.deepEqual(await status(cache, "genius"), { found: 0, instrumental: 3, not_found: 0 });
        await service.close();
    });
});

describe("lyrics_fetched_from_lrclib", () => {
    const songs = made(6);
    let service;
    let work;
    let cache;
    const live = { artist: songs[4].artist, title: songs[4].title, text: verses(99) };
    before(async () => {
        service = await lrclib({
            tracks: [
                track(songs[0]),
                track(songs[1], { plainLyrics: null, syncedLyrics: songs[1].text.replaceAll(/^/gm, "[00:12.34] ") }),
                track(songs[2], { plainLyrics: null, instrumental: true }),
                track(songs[3], { plainLyrics: null }),
                // Another cut first, which is far too long, then the one that is meant.
                track(live, { duration: 290 }),
                track(songs[4], { duration: 204 }),
                track(songs[5], { duration: 500 }),
            ],
        });
        const named = songs.map(({ artist, title }, i) => ({ artist, title, duration_ms: i === 1 ? "" : 200_000 }));
        ({ work } = await workspace(named, { more: ["duration_ms"], most: 40 }));
        cache = fresh("lrclib.sqlite");
        assertDone(await fromLrclib(work, cache, service, ["--contact", "somebody@example.org"]));
    });
    after(() => service.close());

    test("are_kept_plain_or_timed_and_nothing_is_kept_of_none", async () => {
        assert.deepEqual(await status(cache, "lrclib"), { found: 3, instrumental: 1, not_found: 2 });
        const kept = await readFile(cache, "latin1");
        for (const i of [0, 1, 4]) assert.ok(kept.includes(songs[i].text.split("\n")[0]), `song ${i}`);
        assert.ok(!kept.includes(live.text.split("\n")[0]));
    });

    test("are_asked_for_by_name_and_duration_by_somebody_who_says_who_it_is", () => {
        const [first] = service.requests;
        assert.equal(first.path, "/api/get");
        assert.deepEqual(first.query, { artist_name: songs[0].artist, track_name: songs[0].title, duration: "200" });
        for (const { headers } of service.requests) {
            assert.match(headers["user-agent"], /^playlistpulse\/.*somebody@example\.org/);
            assert.equal(headers.authorization, undefined);
        }
        const ofSecond = service.requests.filter(({ query }) => query.track_name === songs[1].title);
        assert.deepEqual(
            ofSecond.map((request) => request.path),
            ["/api/search"],
        );
    });
});

describe("an_lrclib_that_wants_an_album", () => {
    test("is_searched", async () => {
        const songs = made(4);
        const named = songs.map(({ artist, title }) => ({ artist, title, duration_ms: 200_000 }));
        const { work } = await workspace(named, { more: ["duration_ms"], most: 40 });
        const service = await lrclib({
            tracks: songs.map((song) => track(song)),
            fault: (n, url) =>
                url.pathname === "/api/get"
                    ? (response) => sendJson(response, { message: "missing field `album_name`" }, { status: 400 })
                    : null,
        });
        const cache = fresh("album.sqlite");
        assertDone(await fromLrclib(work, cache, service));
        assert.deepEqual(await status(cache, "lrclib"), { found: 4, instrumental: 0, not_found: 0 });
        await service.close();
    });
});

describe("a_folder_of_lyrics", () => {
    let folder;
    const known = ({ stderr }) => Number(/lyrics: (\d+) of \d+ songs have some/.exec(stderr)[1]);
    let encoder;
    let embed;
    before(async () => {
        folder = path.join(directory, "texts");
        await mkdir(folder);
        await writeDirectory(path.join(directory, "folder.hf"), bert({}));
        encoder = path.join(directory, "folder.safetensors");
        assertDone(await run(["encoder", "import", path.join(directory, "folder.hf"), "--out", encoder]));
        embed = (work, list, options) =>
            run(
                [
                    "embed",
                    "--work",
                    work,
                    "--encoder",
                    encoder,
                    "--cache",
                    path.join(directory, "f.sqlite"),
                    "--lyrics",
                    list,
                ],
                options,
            );
    });

    test("gives_the_songs_that_its_files_are_named_after", async () => {
        const named = {
            "The Kettles - Amber Lantern.txt": ["Kettles", "amber lantern (remastered 2009)"],
            "Zoë Kettle - Café, Noir!.lrc": ["zoe kettle", "Cafe Noir"],
            "Oak – Thorn Bush.TXT": ["Oak", "Thorn Bush"],
            "Tin_Can - What_Now.txt": ["Tin/Can", "What/Now"],
            "A - B - C.txt": ["A - B", "C"],
        };
        const songs = Object.values(named).map(([artist, title]) => ({ artist, title }));
        let number = 500;
        for (const name of Object.keys(named)) await writeFile(path.join(folder, name), verses(++number));
        const others = [
            { artist: "The Kettles", title: "Amber Lantern (Live)" },
            { artist: "Other Kettles", title: "Amber Lantern" },
        ];
        const { work } = await workspace([...songs, ...others], { most: 7 });
        assert.equal(known(assertDone(await embed(work, `folder:${folder}`))), 5);
    });

    test("is_no_way_out_of_it", async () => {
        const odd = path.join(directory, "odd");
        await mkdir(path.join(odd, "A Directory - Song.txt"), { recursive: true });
        const secret = path.join(directory, "secret.txt");
        await writeFile(secret, verses(600));
        await symlink(secret, path.join(odd, "A Link - Song.txt"));
        execFileSync("mkfifo", [path.join(odd, "A Pipe - Song.txt")]);
        await writeFile(path.join(odd, "A Giant - Song.txt"), verses(601));
        await truncate(path.join(odd, "A Giant - Song.txt"), 3 << 20);
        await writeFile(path.join(odd, "unnamed.txt"), verses(602));
        await writeFile(path.join(odd, " - .txt"), verses(603));
        await writeFile(
            Buffer.concat([
                Buffer.from(`${odd}/`),
                Buffer.from([0xff, 0xfe, 0x20, 0x2d, 0x20, 0xc3, 0x2e, 0x74, 0x78, 0x74]),
            ]),
            verses(604),
        );
        await writeFile(path.join(odd, "An Artist - Song.txt"), verses(605));
        const artists = ["A Directory", "A Link", "A Pipe", "A Giant", "unnamed", "???", "An Artist"];
        const { work } = await workspace(
            artists.map((artist) => ({ artist, title: "Song" })),
            { most: 7 },
        );
        for (const { program: binary } of programs) {
            const result = assertDone(await embed(work, `folder:${odd}`, { binary, timeout: 20_000 }));
            assert.equal(known(result), 1);
            assert.match(result.stderr, /A Giant - Song\.txt: is no file of lyrics/);
            assert.match(result.stderr, /3 links and other things/);
        }
    });

    test("that_is_not_there_is_named", async () => {
        const { work } = await workspace([]);
        assertFailed(await embed(work, `folder:${directory}/nowhere`), 3, `${directory}/nowhere`);
    });
});

describe("the_cache_of_lyrics", () => {
    let work;
    let service;
    before(async () => {
        const songs = made(1);
        service = await genius({ songs });
        ({ work } = await workspace(songs.map(({ artist, title }) => ({ artist, title }))));
    });
    after(() => service.close());

    test("that_is_something_else_is_left_as_it_is", async () => {
        const file = fresh("notes.txt");
        const text = "these are my notes, and no database of anything\n".repeat(100);
        await writeFile(file, text);
        assertFailed(await fromGenius(work, file, service), 3, file, "--lyrics-cache");
        assert.equal(await readFile(file, "utf8"), text);
        assert.equal(service.requests.length, 0);
    });

    test("that_cannot_be_written_is_named_before_anybody_is_asked", async () => {
        assertFailed(await fromGenius(work, "/proc/nowhere/lyrics.sqlite", service), [1, 3], "/proc/nowhere");
        assert.equal(service.requests.length, 0);
    });

    test("that_is_damaged_is_named", async () => {
        const file = fresh("damaged.sqlite");
        assertDone(await fromGenius(work, file, service));
        const bytes = await readFile(file);
        bytes.fill(0xaa, 1024);
        await writeFile(file, bytes);
        for (const { program: binary } of programs) {
            const result = await fromGenius(work, file, service, [], { binary });
            assertFailed(result, [1, 3], file);
            assertSound(result);
        }
    });

    test("is_empty_where_nothing_was_fetched", async () => {
        const file = fresh("none.sqlite");
        const { stdout } = assertDone(await run(["lyrics", "status", "--lyrics-cache", file]));
        assert.match(stdout, /nothing has been fetched/);
        assert.equal(await exists(file), false);
    });
});

describe("lyrics_usage", () => {
    for (const [name, args, message] of [
        ["without_a_provider", ["lyrics", "fetch", "--work", "w"], "--provider"],
        ["of_another_provider", ["lyrics", "fetch", "--work", "w", "--provider", "elsewhere"], "lrclib"],
        [
            "of_one_provider_twice",
            ["lyrics", "fetch", "--work", "w", "--provider", "lrclib", "--provider", "lrclib"],
            "twice",
        ],
        [
            "of_an_address_that_is_none",
            ["lyrics", "fetch", "--work", "w", "--provider", "lrclib", "--lrclib-url", "ftp://x"],
            "--lrclib-url",
        ],
        [
            "of_an_address_with_a_name",
            ["lyrics", "fetch", "--work", "w", "--provider", "lrclib", "--lrclib-url", "http://a:b@c/"],
            "--lrclib-url",
        ],
        [
            "of_a_contact_with_two_lines",
            ["lyrics", "fetch", "--work", "w", "--provider", "lrclib", "--contact", "a\nB: c"],
            "--contact",
        ],
        ["of_another_source", ["embed", "--work", "w", "--lyrics", "column,elsewhere"], "elsewhere"],
        ["of_a_folder_without_a_name", ["embed", "--work", "w", "--lyrics", "folder:"], "folder"],
    ]) {
        test(`${name}_is_wrong`, async () => {
            assertFailed(await run(args), 2, message);
        });
    }
});
