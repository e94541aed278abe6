// The built page, with the bundle that ships, in the machine's own Chromium.
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";

const here = path.dirname(fileURLToPath(import.meta.url));
const web = path.resolve(here, "../../web");

/** A port that nothing listens on. The workers read this file too, and must find the same one. */
async function freePort() {
    const server = createServer();
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return String(port);
}
process.env.PLAYLISTPULSE_E2E_PORT ??= await freePort();
const port = process.env.PLAYLISTPULSE_E2E_PORT;

const chromium =
    process.env.CHROMIUM ??
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (!chromium) throw new Error("Chromium is not installed: install it, or name it in CHROMIUM");

export default defineConfig({
    testDir: here,
    outputDir: path.join(here, "results"),
    fullyParallel: true,
    workers: 2,
    retries: 0,
    timeout: 60_000,
    expect: { timeout: 15_000 },
    reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ? [["list"], ["json"]] : [["list"]],
    use: {
        baseURL: `http://127.0.0.1:${port}/`,
        browserName: "chromium",
        launchOptions: {
            executablePath: chromium,
            args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
        },
        viewport: { width: 1440, height: 900 },
        trace: "off",
        screenshot: "only-on-failure",
    },
    webServer: {
        command: `node_modules/.bin/vite preview --host 127.0.0.1 --port ${port} --strictPort`,
        cwd: web,
        url: `http://127.0.0.1:${port}/`,
        reuseExistingServer: false,
        timeout: 30_000,
    },
});
