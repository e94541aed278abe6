// How it looks and reads: no barrier that axe knows of, nothing wider than the screen, at both sizes and in both themes.
// UPDATE_SCREENSHOTS=1 also renews the pictures in docs/screenshots/.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { root } from "../cli/program.mjs";
import { belongsWith, expect, field, open, rows, search, suggestions, test } from "./app.mjs";

const pictures = path.join(root, "docs/screenshots");
const kept =
    process.env.UPDATE_SCREENSHOTS === "1"
        ? [
              "start-desktop-light",
              "start-phone-light",
              "suggestions-desktop-light",
              "recommendations-desktop-light",
              "recommendations-desktop-dark",
              "recommendations-phone-light",
              "recommendations-phone-dark",
          ]
        : [];
const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } };

const states = {
    start: async (page) => {
        await open(page);
        await expect(page.getByRole("link", { name: /./ }).nth(3)).toBeVisible();
    },
    suggestions: async (page) => {
        await open(page);
        await field(page).fill("believ");
        await expect(suggestions(page).nth(4)).toBeVisible();
    },
    recommendations: async (page) => {
        const [song] = await search("let it be the beatles");
        await open(page, `./#more=${song.song_id}`);
        await belongsWith(page, "let it be");
        await expect(rows(page)).toHaveCount(10);
    },
    failure: async (page) => {
        await page.route("**/models/default/**", (route) => route.abort());
        await page.goto("./");
        await expect(page.getByRole("alert")).toBeVisible();
    },
};

for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of ["light", "dark"]) {
        test.describe(`${size}, ${colorScheme}`, () => {
            const hasTouch = size === "phone";
            test.use({ viewport, colorScheme, hasTouch, reducedMotion: "reduce", deviceScaleFactor: 1 });

            for (const [state, reach] of Object.entries(states)) {
                test(`${state}_has_no_barriers_and_fits`, async ({ page }) => {
                    const complaints = [];
                    page.on("pageerror", (error) => complaints.push(error.message));
                    await reach(page);
                    const { violations } = await new AxeBuilder({ page }).analyze();
                    const serious = violations
                        .filter(({ impact }) => impact === "serious" || impact === "critical")
                        .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
                    expect(serious).toEqual([]);
                    const overflow = await page.evaluate(
                        () => document.documentElement.scrollWidth - window.innerWidth,
                    );
                    expect(overflow).toBeLessThanOrEqual(0);
                    expect(complaints).toEqual([]);
                    const name = `${state}-${size}-${colorScheme}`;
                    if (kept.includes(name)) {
                        await mkdir(pictures, { recursive: true });
                        await page.screenshot({ path: path.join(pictures, `${name}.png`) });
                    }
                });
            }
        });
    }
}

test("a_phone_shows_the_songs_first_and_the_filters_on_demand", async ({ page }) => {
    await page.setViewportSize(sizes.phone);
    await open(page, "./#more=1");
    await belongsWith(page, "i believe");
    await expect(rows(page).first()).toBeInViewport({ ratio: 1 });
    await expect(rows(page).nth(1)).toBeInViewport({ ratio: 1 });
    await expect(page.getByRole("combobox", { name: "Add another song" })).toBeHidden();
    await page.getByRole("button", { name: "Add a song" }).click();
    await expect(page.getByRole("combobox", { name: "Add another song" })).toBeFocused();
    await expect(page.getByRole("group", { name: "Genres" })).toBeHidden();
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await expect(page.getByRole("group", { name: "Genres" })).toBeVisible();
});

test("the_theme_can_be_chosen_and_stays", async ({ page }) => {
    await page.emulateMedia({ colorScheme: "light" });
    await open(page);
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.getByRole("button", { name: "Use the dark theme" }).click();
    expect(await background()).not.toBe(light);
    await page.reload();
    expect(await background()).not.toBe(light);
    await page.getByRole("button", { name: "Use the light theme" }).click();
    expect(await background()).toBe(light);
});
