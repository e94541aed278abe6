// A listener's way through: from the empty page to songs, and on from there.
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
    rows,
    search,
    shown,
    suggestions,
    test,
} from "./app.mjs";

const song = { id: "1", title: "i believe", artist: "frankie laine" };
const forSong = (id, ...args) => recommend(realBundle, "--song-id", String(id), ...args);

test("loading_is_shown_by_bytes_and_ends", async ({ page }) => {
    let letOn;
    const held = new Promise((resolve) => (letOn = resolve));
    await page.route("**/models/default/vectors.*", async (route) => {
        await held;
        await route.continue();
    });
    await page.goto("./");
    const bar = page.getByRole("progressbar", { name: "Loading the songs" });
    await expect(bar).toBeVisible();
    await expect(page.getByText(/MB of [\d.]+ MB/).first()).toBeVisible();
    await expect(page.getByRole("button", { name: "Cancel" })).toBeVisible();
    expect(Number(await bar.getAttribute("aria-valuenow"))).toBeLessThan(100);
    letOn();
    await ready(page);
    await expect(page.getByRole("contentinfo")).toContainText("28,372 songs");
});

test("loading_can_be_cancelled_and_begun_again", async ({ page }) => {
    let letOn;
    const held = new Promise((resolve) => (letOn = resolve));
    await page.route("**/models/default/vectors.*", async (route) => {
        await held;
        await route.continue().catch(() => {}); // it was cancelled meanwhile
    });
    await page.goto("./");
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect(page.getByText("Loading was cancelled")).toBeVisible();
    letOn();
    await page.getByRole("button", { name: "Load the songs" }).click();
    await ready(page);
});

test("suggestions_come_as_one_types_and_are_the_programs", async ({ page }) => {
    await open(page);
    let text = "";
    for (const letter of "believ") {
        text += letter;
        await field(page).press(letter);
        const found = await search(text);
        await expect(suggestions(page).first()).toContainText(found[0].title);
        expect(found.length).toBeGreaterThan(0);
    }
    const found = await search("believ");
    const titles = suggestions(page).locator(".search-title");
    await expect(titles).toHaveText((await titles.allTextContents()).map((_, i) => found[i].title));
    await expect(field(page)).toHaveAttribute("aria-expanded", "true");
});

test("a_song_is_chosen_by_keyboard_and_gets_the_programs_ten", async ({ page }) => {
    await open(page);
    await page.keyboard.press("/");
    await expect(field(page)).toBeFocused();
    await page.keyboard.type("i believe frankie l");
    const first = suggestions(page).first();
    await expect(first).toContainText(song.artist);
    await page.keyboard.press("ArrowDown");
    await expect(first).toHaveAttribute("aria-selected", "true");
    await expect(field(page)).toHaveAttribute(
        "aria-activedescendant",
        await first.getAttribute("id"),
    );
    await page.keyboard.press("Enter");
    await belongsWith(page, song.title);
    await expectShown(page, await forSong(1));
    expect(await shown(page)).toHaveLength(10);
    await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
});

test("escape_closes_the_suggestions_and_then_clears_the_field", async ({ page }) => {
    await open(page);
    await field(page).fill("love");
    await expect(suggestions(page).first()).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(suggestions(page)).toHaveCount(0);
    await expect(field(page)).toHaveValue("love");
    await page.keyboard.press("Escape");
    await expect(field(page)).toHaveValue("");
});

test("nothing_found_is_said", async ({ page }) => {
    await open(page);
    await field(page).fill("zzqqxxyyww");
    await expect(page.getByText("Nothing is called “zzqqxxyyww” here.")).toBeVisible();
});

for (const other of [
    { title: "frozen", artist: "madonna" },
    { title: "war", artist: "bob marley & the wailers" },
]) {
    test(`${other.title}_gets_the_programs_ten`, async ({ page }) => {
        const [found] = await search(`${other.title} ${other.artist}`);
        expect(found).toMatchObject(other);
        await open(page);
        await choose(page, found);
        await expectShown(page, await forSong(found.song_id));
    });
}

test("a_recommendation_can_be_followed_and_gone_back_from", async ({ page }) => {
    await open(page, `./#more=${song.id}`);
    await belongsWith(page, song.title);
    const before = await shown(page);
    const next = before[2];
    await rows(page)
        .nth(2)
        .getByRole("link", { name: `More like this: ${next.title} by ${next.artist}`, exact: true })
        .click();
    await belongsWith(page, next.title);
    await expectShown(page, await forSong(next.id));
    await page.goBack();
    await belongsWith(page, song.title);
    await expect.poll(() => shown(page)).toEqual(before);
    await page.goForward();
    await belongsWith(page, next.title);
    await page.reload();
    await belongsWith(page, next.title);
});

test("a_recommendation_can_be_added_to_the_mix", async ({ page }) => {
    await open(page, `./#more=${song.id}`);
    await belongsWith(page, song.title);
    const [first] = await shown(page);
    await rows(page).first().getByRole("link", { name: /^Add / }).click();
    await expect(page.getByRole("button", { name: /from the mix$/ })).toHaveCount(2);
    await expectShown(page, await forSong(song.id, "--song-id", first.id));
});

test("less_like_this_leaves_the_song_out_and_changes_the_rest", async ({ page }) => {
    await open(page, `./#more=${song.id}&more=9001`);
    await expect(rows(page)).toHaveCount(10);
    const both = await shown(page);
    await page.getByRole("button", { name: "Less", exact: true }).last().click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("but not");
    await expect.poll(() => shown(page)).not.toEqual(both);
    for (const { id } of await shown(page)) expect(["1", "9001"]).not.toContain(id);
});

test("more_songs_can_be_shown", async ({ page }) => {
    await open(page, `./#more=${song.id}`);
    await expect(rows(page)).toHaveCount(10);
    await page.getByRole("button", { name: "Show ten more" }).click();
    await expect(rows(page)).toHaveCount(20);
    await expectShown(page, await forSong(song.id, "-k", "20"));
});

test("a_link_to_an_unknown_song_says_so", async ({ page }) => {
    await open(page, "./#more=99999999");
    await expect(page.getByText("This link is for other songs")).toBeVisible();
});
