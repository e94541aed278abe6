// The page as a person meets it: by what things are called and what they do.
import { expect } from "@playwright/test";

export { expect, test } from "@playwright/test";
export { recommend, realBundle, search } from "../cli/program.mjs";

/** The search field that begins a mix. */
export const field = (page) => page.getByRole("combobox", { name: "Find a song" });

export const suggestions = (page) =>
    page.getByRole("listbox", { name: "Songs" }).filter({ visible: true }).getByRole("option");

/** The rows of recommendations. Reasons are a list within each. */
export const rows = (page) =>
    page
        .getByRole("region", { name: /belongs with|no song/i })
        .getByRole("listitem")
        .filter({ has: page.getByRole("heading") });

/** Opens the page and waits until the songs are there. */
export async function open(page, address = "./") {
    await page.goto(address);
    await ready(page);
}

export async function ready(page) {
    await expect(page.getByRole("progressbar")).toHaveCount(0);
    await expect(page.getByRole("contentinfo")).toBeVisible();
}

/** Types a text and takes the suggestion of that title and artist. */
export async function choose(page, { title, artist }) {
    await field(page).fill(`${title} ${artist}`);
    await suggestions(page).filter({ hasText: title }).filter({ hasText: artist }).first().click();
    await belongsWith(page, title);
}

/** Recommendations for that title are on the screen. */
export async function belongsWith(page, title) {
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Belongs with ${title}`);
    await expect(rows(page).first()).toBeVisible();
}

/** What a row says: {id, title, artist, genre, year, score, why}. */
export async function shown(page) {
    return rows(page).evaluateAll((items) =>
        items.map((item) => {
            const text = (selector) => item.querySelector(selector)?.textContent ?? "";
            const facts = text(".result-facts").split(" · ");
            const year = facts.find((fact) => /^\d{4}$/.test(fact));
            return {
                id: item.dataset.songId,
                title: text("h2"),
                artist: text(".result-artist"),
                genre: facts.find((fact) => !/^\d{4}$/.test(fact)) ?? null,
                year: year === undefined ? null : Number(year),
                score: text(".score-value"),
                why: [...item.querySelectorAll("ul li")].map((reason) => reason.textContent),
            };
        }),
    );
}

/** The same of an answer of the program on the command line. */
export const expected = (answer) =>
    answer.results.map((song) => ({
        id: String(song.song_id),
        title: song.title,
        artist: song.artist,
        genre: song.genre,
        year: song.year,
        score: song.score.toFixed(2),
        why: song.why,
    }));

/** Waits until the rows are what the program gives. */
export async function expectShown(page, answer) {
    await expect.poll(() => shown(page)).toEqual(expected(answer));
}
