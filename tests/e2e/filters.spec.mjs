// Filters: what they ask for holds on what is shown, and is what the program gives for the same wishes.
import {
    belongsWith,
    expect,
    expectShown,
    open,
    realBundle,
    recommend,
    rows,
    shown,
    test,
} from "./app.mjs";

const seed = ["--song-id", "1"];
const program = (...args) => recommend(realBundle, ...seed, ...args);

test.beforeEach(async ({ page }) => {
    await open(page, "./#more=1");
    await belongsWith(page, "i believe");
});

const genre = (page, name) =>
    page.getByRole("group", { name: "Genres" }).getByRole("checkbox", { name });

async function setYears(page, from, to) {
    const first = page.getByRole("textbox", { name: "First year" });
    const last = page.getByRole("textbox", { name: "Last year" });
    await first.fill(String(from));
    await first.press("Enter");
    await last.fill(String(to));
    await last.press("Enter");
}

test("a_genre_filter_holds", async ({ page }) => {
    await genre(page, /^reggae/).check();
    await expectShown(page, await program("--genre", "reggae"));
    for (const song of await shown(page)) expect(song.genre).toBe("reggae");
    await genre(page, /^blues/).check();
    await expectShown(page, await program("--genre", "reggae", "--genre", "blues"));
    await genre(page, /^reggae/).uncheck();
    await expectShown(page, await program("--genre", "blues"));
});

test("a_year_filter_holds", async ({ page }) => {
    await setYears(page, 1994, 1996);
    await expectShown(page, await program("--year-min", "1994", "--year-max", "1996"));
    for (const { year } of await shown(page)) {
        expect(year).toBeGreaterThanOrEqual(1994);
        expect(year).toBeLessThanOrEqual(1996);
    }
});

test("years_that_make_no_sense_are_refused_where_they_were_typed", async ({ page }) => {
    const before = await shown(page);
    const first = page.getByRole("textbox", { name: "First year" });
    await first.fill("19x4");
    await expect(first).toHaveAttribute("aria-invalid", "true");
    await first.press("Enter");
    expect(await shown(page)).toEqual(before);
});

test("songs_per_artist_hold", async ({ page }) => {
    await page.getByRole("group", { name: "Songs per artist" }).getByRole("radio", { name: "1" }).check();
    await expectShown(page, await program("--max-per-artist", "1"));
    await page.getByRole("button", { name: "Show ten more" }).click();
    await expect(rows(page)).toHaveCount(20);
    const artists = (await shown(page)).map((song) => song.artist);
    expect(new Set(artists).size).toBe(20);
});

test("only_other_artists_holds", async ({ page }) => {
    await page.getByRole("switch", { name: "Only other artists" }).check();
    await expectShown(page, await program("--exclude-artist"));
    for (const song of await shown(page)) expect(song.artist).not.toBe("frankie laine");
});

test("variety_is_the_programs_diversity", async ({ page }) => {
    await page.getByRole("slider", { name: "Variety" }).fill("60");
    await expectShown(page, await program("--diversity", "0.6"));
});

test("filters_are_in_the_address_and_can_be_reset", async ({ page }) => {
    const before = await shown(page);
    await genre(page, /^jazz/).check();
    await setYears(page, 1980, 1989);
    const args = ["--genre", "jazz", "--year-min", "1980", "--year-max", "1989"];
    await expectShown(page, await program(...args));
    // The address follows once the changes pause.
    await expect(page).toHaveURL(/genre=jazz&from=1980&to=1989/);
    await page.reload();
    await belongsWith(page, "i believe");
    await expectShown(page, await program(...args));
    await page.getByRole("button", { name: "Reset", exact: true }).click();
    await expect.poll(() => shown(page)).toEqual(before);
});

test("a_filter_survives_a_reload_that_comes_at_once", async ({ page }) => {
    await page.evaluate(() => {
        document.querySelector(".genre input").click();
        location.reload();
    });
    await belongsWith(page, "i believe");
    await expect(page.getByRole("group", { name: "Genres" }).getByRole("checkbox").first()).toBeChecked();
});

test("filters_that_nothing_passes_say_which_one_to_lift", async ({ page }) => {
    // No hip hop of the early fifties is in the catalogue: the program finds none either.
    const args = ["--genre", "hip hop", "--year-max", "1955"];
    expect((await program(...args)).results).toEqual([]);
    await genre(page, /^hip hop/).check();
    await setYears(page, 1950, 1955);
    await expect(page.getByText("No song passes these filters")).toBeVisible();
    await page.getByRole("button", { name: /Without the years/ }).click();
    await expectShown(page, await program("--genre", "hip hop"));
});
