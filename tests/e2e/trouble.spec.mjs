// What can go wrong around the page: no network, a damaged file, a browser that is too old.
import {
    belongsWith,
    choose,
    expect,
    expectShown,
    field,
    open,
    realBundle,
    ready,
    recommend,
    suggestions,
    test,
} from "./app.mjs";

test("after_loading_everything_works_offline", async ({ page, context }) => {
    await open(page);
    await context.setOffline(true);
    await expect(page.getByText("Offline")).toBeVisible();
    await choose(page, { title: "i believe", artist: "frankie laine" });
    await expectShown(page, await recommend(realBundle, "--song-id", "1"));
    await page.getByRole("checkbox", { name: /^jazz/ }).check();
    await expectShown(page, await recommend(realBundle, "--song-id", "1", "--genre", "jazz"));
    await page.getByRole("link", { name: /^More like/ }).first().click();
    await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("Belongs with i believe");
});

test("nothing_is_fetched_after_loading", async ({ page }) => {
    await open(page);
    const requests = [];
    page.on("request", (request) => requests.push(request.url()));
    await choose(page, { title: "i believe", artist: "frankie laine" });
    await page.getByRole("link", { name: /^More like/ }).first().click();
    await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("Belongs with i believe");
    // Chromium asks for the icon whenever the address changes, of its own accord.
    expect(requests.filter((url) => !/^data:|favicon/.test(url))).toEqual([]);
});

test("nothing_is_fetched_from_anywhere_else", async ({ page, baseURL }) => {
    const hosts = new Set();
    page.on("request", (request) => hosts.add(new URL(request.url()).origin));
    await open(page);
    hosts.delete("null"); // data: and blob:
    expect([...hosts]).toEqual([new URL(baseURL).origin]);
});

test("a_failed_network_is_said_and_can_be_tried_again", async ({ page }) => {
    await page.route("**/models/default/**", (route) => route.abort("connectionfailed"));
    await page.goto("./");
    const alert = page.getByRole("alert");
    await expect(alert).toContainText("The songs could not be fetched");
    await page.unroute("**/models/default/**");
    await alert.getByRole("button", { name: "Try again" }).click();
    await ready(page);
    await choose(page, { title: "i believe", artist: "frankie laine" });
});

test("a_server_error_is_said", async ({ page }) => {
    await page.route("**/models/default/catalog.*", (route) => route.fulfill({ status: 503 }));
    await page.goto("./");
    await expect(page.getByRole("alert")).toContainText("The songs could not be fetched");
    await expect(page.getByRole("alert")).toContainText("503");
});

test("a_missing_bundle_is_said", async ({ page }) => {
    await page.route("**/models/default/**", (route) => route.fulfill({ status: 404 }));
    await page.goto("./");
    await expect(page.getByRole("alert")).toContainText("A part of this page is missing");
    await expect(page.getByRole("alert")).toContainText("models/default/manifest.json");
});

test("a_damaged_file_is_said_and_named", async ({ page }) => {
    await page.route("**/models/default/vectors.*", async (route) => {
        const response = await route.fetch();
        const body = await response.body();
        body[body.length >> 1] ^= 1;
        await route.fulfill({ response, body });
    });
    await page.goto("./");
    await expect(page.getByRole("alert")).toContainText("The songs arrived damaged");
    await expect(page.getByRole("alert")).toContainText(/vectors\.[0-9a-f]{16}/);
    await page.unroute("**/models/default/vectors.*");
    await page.getByRole("button", { name: "Try again" }).click();
    await ready(page);
});

test("a_bundle_of_a_later_version_is_said", async ({ page }) => {
    await page.route("**/models/default/manifest.json", async (route) => {
        const manifest = await (await route.fetch()).json();
        await route.fulfill({ json: { ...manifest, version: 99 } });
    });
    await page.goto("./");
    await expect(page.getByRole("alert")).toContainText("The songs are newer than this page");
});

test("a_browser_without_simd_is_told_which_ones_have_it", async ({ page }) => {
    // The engine asks its own thread, so that is where the answer has to be no.
    await page.route(/worker.*\.js/, async (route) => {
        const response = await route.fetch();
        const script = await response.text();
        await route.fulfill({ response, body: `WebAssembly.validate = () => false;\n${script}` });
    });
    await page.addInitScript(() => {
        WebAssembly.validate = () => false;
    });
    await page.goto("./");
    const alert = page.getByRole("alert");
    await expect(alert).toContainText("This browser is too old for the engine");
    await expect(alert).toContainText("Firefox 89");
    await expect(alert.getByRole("button", { name: "Try again" })).toHaveCount(0);
});

test("a_browser_without_relaxed_simd_gets_the_same_songs", async ({ page }) => {
    const modules = [];
    page.on("request", (request) => {
        if (request.url().endsWith(".wasm")) modules.push(request.url());
    });
    // Relaxed instructions are numbered from 0x100 on: in LEB128 their second byte is 2.
    await page.route(/worker.*\.js/, async (route) => {
        const response = await route.fetch();
        const script = await response.text();
        const without = `{ const validate = WebAssembly.validate;
            WebAssembly.validate = (bytes) => {
                const relaxed = bytes.some((byte, i) => byte === 0xfd && bytes[i + 1] >= 0x80 && bytes[i + 2] === 2);
                return !relaxed && validate(bytes);
            }; }\n`;
        await route.fulfill({ response, body: without + script });
    });
    await open(page, "./#more=1");
    await belongsWith(page, "i believe");
    await expectShown(page, await recommend(realBundle, "--song-id", "1"));
    expect(modules).toHaveLength(1);
    expect(modules[0]).toMatch(/pulse\.simd/);
});

test("a_second_visit_takes_the_songs_from_this_device", async ({ page }) => {
    await open(page);
    const fetched = [];
    page.on("request", (request) => {
        if (/models\/default\/.*(sqlite|safetensors)/.test(request.url())) fetched.push(request.url());
    });
    await page.reload();
    await ready(page);
    expect(fetched).toEqual([]);
});

test("typing_may_begin_before_the_songs_are_there", async ({ page }) => {
    let letOn;
    const held = new Promise((resolve) => (letOn = resolve));
    await page.route("**/models/default/vectors.*", async (route) => {
        await held;
        await route.continue();
    });
    await page.goto("./");
    await field(page).fill("i believe frankie");
    await expect(page.getByText("The songs are still on their way")).toBeVisible();
    letOn();
    await expect(suggestions(page).first()).toContainText("frankie laine");
});
