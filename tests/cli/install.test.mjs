// What cmake --install makes of a build.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { before, describe, test } from "node:test";
import { assertDone, exists, program, run, temporary } from "./program.mjs";

const build = path.resolve(path.dirname(program), "..");
const skip = existsSync(path.join(build, "cmake_install.cmake")) ? false : "this is no build directory";

describe("an installation", { skip }, () => {
    let prefix;
    before(async () => {
        prefix = await temporary();
        const { status, stderr } = spawnSync("cmake", ["--install", build, "--prefix", prefix], {
            encoding: "utf8",
        });
        assert.equal(status, 0, stderr);
    });

    for (const [file, ...args] of [
        ["man/man1/playlistpulse.1", "man"],
        ["bash-completion/completions/playlistpulse", "completion", "bash"],
        ["zsh/site-functions/_playlistpulse", "completion", "zsh"],
        ["fish/vendor_completions.d/playlistpulse.fish", "completion", "fish"],
    ]) {
        test(`has_${args.join("_")}_where_it_is_looked_for`, async () => {
            const text = await readFile(path.join(prefix, "share", file), "utf8");
            assert.equal(text, assertDone(await run(args)).stdout);
        });
    }

    test("has_the_program_and_a_bundle_that_it_finds_from_anywhere", async () => {
        const binary = path.join(prefix, "bin/playlistpulse");
        const bundle = path.join(prefix, "share/playlistpulse/models/default");
        assert.ok(await exists(path.join(bundle, "manifest.json")));
        assertDone(await run(["info", "--bundle", bundle], { binary, cwd: prefix }));
        // A song with lyrics and no encoder named: that of the bundle reads them.
        const verse = (what) => `the ${what} comes down on the street tonight and nobody is there to see it `;
        const input =
            "title,artist,energy,lyrics\n" +
            `grey,one,0.1,${verse("rain").repeat(4)}\ngold,two,0.9,${verse("light").repeat(4)}\n`;
        assertDone(await run(["ingest", "-", "--work", "work"], { binary, cwd: prefix, input }));
        const { stderr } = assertDone(await run(["embed", "--work", "work"], { binary, cwd: prefix }));
        assert.match(stderr, /2 of 2 songs/);
    });
});
