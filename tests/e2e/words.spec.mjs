// Words or lyrics in, songs out: the reader is fetched when it is first needed.
import { expect, expectShown, open, realBundle, recommend, rows, test } from "./app.mjs";

const words = "walking home alone in the rain, and nobody waits";
const encoder = /models\/default\/encoder\./;

async function startWithWords(page) {
    await page.getByRole("button", { name: "Words or lyrics" }).click();
    return page.getByRole("textbox", { name: "Describe it or paste lyrics" });
}

/** Lets the encoder's files through only once the returned function is called. */
async function holdEncoder(page) {
    let letOn;
    const held = new Promise((resolve) => (letOn = resolve));
    await page.route(encoder, async (route) => {
        await held;
        await route.continue().catch(() => {}); // it may have been cancelled meanwhile
    });
    return letOn;
}

test("words_get_the_programs_songs_and_the_reader_comes_with_progress", async ({ page }) => {
    const fetched = [];
    page.on("request", (request) => encoder.test(request.url()) && fetched.push(request.url()));
    await open(page);
    const field = await startWithWords(page);
    expect(fetched).toEqual([]); // nothing is fetched for a text that was not written
    const letOn = await holdEncoder(page);
    await field.fill(words);
    await page.keyboard.press("Enter");
    const bar = page.getByRole("progressbar", { name: "Fetching the reader" });
    await expect(bar).toBeVisible();
    letOn();
    await expect(page.getByRole("heading", { level: 1 })).toContainText(words.slice(0, 30));
    await expectShown(page, await recommend(realBundle, "--text", words));
    expect(fetched.length).toBeGreaterThan(1); // it comes in shards
    await page.reload();
    await expect(rows(page).first()).toBeVisible();
});

test("fetching_the_reader_can_be_cancelled_and_begun_again", async ({ page }) => {
    const letOn = await holdEncoder(page);
    await page.goto("./#words=rain");
    await expect(page.getByRole("progressbar", { name: "Fetching the reader" })).toBeVisible();
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect(page.getByText("Your words were not read")).toBeVisible();
    letOn();
    await page.getByRole("button", { name: "Fetch the reader" }).click();
    await expect(rows(page).first()).toBeVisible();
});

test("words_join_a_mix_are_changed_and_taken_away", async ({ page }) => {
    await open(page, "./#more=1");
    await expect(rows(page).first()).toBeVisible();
    await page.getByRole("button", { name: "Add words or lyrics" }).click();
    const field = page.getByRole("textbox", { name: "Describe it or paste lyrics" });
    await expect(field).toBeFocused();
    await field.fill("snow in the mountains");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    const heading = page.getByRole("heading", { level: 1 });
    await expect(heading).toContainText("“snow in the mountains”");
    await expect(rows(page).first()).toBeVisible();
    await page.getByRole("button", { name: "Change the words" }).click();
    await field.fill("sun on the sea");
    await page.getByRole("button", { name: "Change", exact: true }).click();
    await expect(heading).toContainText("“sun on the sea”");
    await page.getByRole("button", { name: "Remove the words from the mix" }).click();
    await expect(heading).not.toContainText("“");
    await page.goBack();
    await expect(heading).toContainText("“sun on the sea”");
});

test("words_without_a_word_are_told_so", async ({ page }) => {
    await open(page, "./#words=%E2%80%A6+%21%21");
    await expect(page.getByRole("alert")).toContainText("There is nothing to go by in that");
});

test("words_are_never_sent_anywhere", async ({ page }) => {
    const sent = [];
    page.on("request", (request) => sent.push(request.url() + (request.postData() ?? "")));
    await open(page, "./#words=zanzibar+lighthouse");
    await expect(rows(page).first()).toBeVisible();
    expect(sent.filter((text) => /zanzibar|lighthouse/i.test(text))).toEqual([]);
});
