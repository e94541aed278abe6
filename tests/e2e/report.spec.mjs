// The page that --report writes, opened as a person opens it: from the disk, in both themes, large and small.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import AxeBuilder from "@axe-core/playwright";
import { csv, songs } from "../cli/catalogue.mjs";
import { assertDone, run } from "../cli/program.mjs";
import { expect, test } from "./app.mjs";

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } };
const sections = ["evaluation", "map", "samples", "training", "features", "making"];
const taken = `</script><script>document.title = "taken"</script><img src=x onerror="document.title='taken'">`;

let directory;
let address;

test.beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "playlistpulse-report-"));
    const rows = songs(400, 3);
    rows[0] = { ...rows[0], track_name: taken, artist_name: taken };
    rows[1] = { ...rows[1], genre: taken };
    const at = (name) => path.join(directory, name);
    await writeFile(at("songs.csv"), csv(rows));
    const lists = Array.from({ length: 20 }, (_, i) =>
        JSON.stringify(Array.from({ length: 9 }, (_, n) => (i * 31 + n * 7) % 400)),
    );
    await writeFile(at("playlists.jsonl"), `${lists.join("\n")}\n`);
    const made = ["--out", at("bundle"), "--latent", "8", "--epochs", "12", "--encoder", "none", "--data-title", taken];
    assertDone(await run(["build", at("songs.csv"), ...made]));
    const ranked = ["--playlists", at("playlists.jsonl"), "--report", at("report.html")];
    assertDone(await run(["evaluate", "--bundle", at("bundle"), ...ranked]));
    address = pathToFileURL(at("report.html")).href;
});
test.afterAll(() => rm(directory, { recursive: true, force: true }));

for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of ["light", "dark"]) {
        test.describe(`${size}, ${colorScheme}`, () => {
            test.use({ viewport, colorScheme, hasTouch: size === "phone", deviceScaleFactor: 1 });

            test("a_report_has_no_barriers_fits_and_asks_nothing_of_a_network", async ({ page }) => {
                const complaints = [];
                page.on("pageerror", (error) => complaints.push(error.message));
                page.on("console", (message) => complaints.push(message.text()));
                page.on("request", (request) => {
                    if (request.url() !== address) complaints.push(request.url());
                });
                await page.goto(address);
                for (const section of sections)
                    await expect(page.locator(`section#${section} > h2`)).toBeVisible();
                // One of each kind: to look at all of them takes half a minute, and they are alike.
                await page.evaluate(() => {
                    for (const section of document.querySelectorAll("section"))
                        for (const details of [...section.querySelectorAll("details")].slice(0, 2)) details.open = true;
                });
                await expect(page.locator("#training svg").first()).toBeVisible();
                const { violations } = await new AxeBuilder({ page }).analyze();
                expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);
                const overflow = await page.evaluate(
                    () => document.documentElement.scrollWidth - window.innerWidth,
                );
                expect(overflow).toBeLessThanOrEqual(0);
                await expect(page).toHaveTitle(`${taken}: report`);
                expect(await page.locator("img").count()).toBe(0);
                expect(complaints).toEqual([]);
            });
        });
    }
}

test("a_report_shows_every_method_and_another_metric_on_demand", async ({ page }) => {
    await page.goto(address);
    const ranking = page.locator("#evaluation");
    await expect(ranking.getByRole("heading", { level: 3, name: "Recall@100" })).toBeVisible();
    const rows = ranking.locator("table.methods tbody tr");
    await expect(ranking.locator("table.methods tr.own")).toContainText("PlaylistPulse, 8 dimensions");
    expect(await ranking.locator("svg .method").count()).toBe(await rows.count());
    await ranking.getByRole("radio", { name: "NDCG@100" }).press("Space");
    await expect(ranking.getByRole("heading", { level: 3, name: "NDCG@100" })).toBeVisible();
});

test("the_map_of_a_report_says_what_it_shows_to_pointer_and_keyboard", async ({ page }) => {
    await page.goto(address);
    const map = page.locator("#map");
    const canvas = map.locator("canvas");
    await canvas.scrollIntoViewIfNeeded();
    await canvas.focus();
    await page.keyboard.press("+");
    const said = map.getByRole("status");
    await expect(said).toHaveText(/^.+, the .+, (drift|forge|glimmer|hearth|velvet)$/);
    const first = await said.textContent();
    for (let i = 0; i < 12 && (await said.textContent()) === first; ++i) await page.keyboard.press("ArrowRight");
    await expect(said).not.toHaveText(first);
    await page.keyboard.press("0");
    const button = map.getByRole("button", { name: /^drift/ });
    await button.click();
    await expect(button).toHaveAttribute("aria-pressed", "true");
    await canvas.focus();
    await page.keyboard.press("-");
    await expect(said).toHaveText(/, drift$/);

    await page.mouse.move(0, 0);
    const box = await canvas.boundingBox();
    const tip = map.locator(".tip");
    await expect(async () => {
        for (let i = 0; i < 60 && (await tip.isHidden()); ++i)
            await page.mouse.move(box.x + box.width * (0.25 + (i % 10) / 20), box.y + box.height * (0.1 + i / 75));
        expect(await tip.isVisible()).toBe(true);
    }).toPass();
    await expect(tip).toContainText("drift");
});
