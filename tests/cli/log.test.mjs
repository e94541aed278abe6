// What the program says on the standard error: how much of it, in which form, and in which colours.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { before, describe, test } from "node:test";
import { csv, songs } from "./catalogue.mjs";
import { assertDone, assertFailed, listing, program, run, temporary } from "./program.mjs";

const steps = ["ingest", "embed", "train", "export", "total"];
const settings = ["--latent", "4", "--epochs", "2"];
const escape = "\u001b";

describe("a build says", () => {
    let directory, file;
    before(async () => {
        directory = await temporary();
        file = path.join(directory, "songs.csv");
        await writeFile(file, csv(songs(120)));
    });
    const build = (out, ...args) =>
        run(["build", file, "--out", path.join(directory, out), ...settings, ...args]);

    test("what_it_did_and_how_long_each_step_took", async () => {
        const { stdout, stderr } = assertDone(await build("plain"));
        assert.equal(stdout, "");
        assert.match(stderr, /^ingested: 120 songs/m);
        const times = stderr.trim().split("\n").slice(-steps.length);
        const seconds = times.map((line) => {
            const [, step, taken] = /^(\w+) +(\d+\.\d) s$/.exec(line);
            return [step, Number(taken)];
        });
        assert.deepEqual(
            seconds.map(([step]) => step),
            steps,
        );
        const total = seconds.at(-1)[1];
        const sum = seconds.slice(0, -1).reduce((all, [, taken]) => all + taken, 0);
        assert.ok(Math.abs(total - sum) <= 0.3, `${sum} of ${total} s`);
    });

    test("nothing_after_--quiet", async () => {
        for (const option of ["--quiet", "-q"])
            assert.equal(assertDone(await build("quiet", option)).stderr, "");
        const { stderr } = assertDone(await build("quiet", "--quiet", "--log-format=json"));
        assert.equal(stderr, "");
    });

    test("why_it_failed_even_after_--quiet", async () => {
        const missing = path.join(directory, "missing.csv");
        const args = ["build", missing, "--out", path.join(directory, "none")];
        const loud = assertFailed(await run(args), 3, "missing.csv");
        assert.equal(assertFailed(await run([...args, "--quiet"]), 3).stderr, loud.stderr);
    });

    test("more_after_--verbose_and_nothing_less", async () => {
        const plain = assertDone(await build("same")).stderr.split("\n");
        const { stderr } = assertDone(await build("same", "--verbose"));
        const withoutTimes = (line) => line.replaceAll(/\d+\.\d+ s/g, "T");
        const all = new Set(stderr.split("\n").map(withoutTimes));
        const missing = plain.map(withoutTimes).filter((line) => !all.has(line) && !/^\w+ +T$/.test(line));
        assert.deepEqual(missing, []);
        assert.match(stderr, /MB of memory/);
        assert.ok(stderr.includes(path.join(directory, "same.work")));
    });

    test("the_same_as_json_one_object_on_each_line", async () => {
        const { stdout, stderr } = assertDone(await build("json", "--log-format", "json", "--verbose"));
        assert.equal(stdout, "");
        const lines = stderr
            .trimEnd()
            .split("\n")
            .map((line) => JSON.parse(line));
        for (const line of lines) {
            assert.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
            assert.ok(["debug", "info", "progress", "warning", "error"].includes(line.level), line.level);
            assert.equal(typeof line.stage, "string");
            assert.equal(typeof line.message, "string");
            for (const [name, value] of Object.entries(line))
                if (!["time", "level", "stage", "message", "next"].includes(name))
                    assert.equal(typeof value, "number", name);
        }
        assert.deepEqual(
            lines.toSorted((a, b) => (a.time < b.time ? -1 : 1)),
            lines,
        );
        const ingested = lines.find(({ message }) => message.startsWith("ingested"));
        assert.equal(ingested.songs, 120);
        assert.equal(ingested.stage, "ingest");
        const times = lines.filter(({ level, seconds }) => level === "info" && seconds >= 0);
        for (const step of steps)
            assert.ok(
                times.some(({ stage }) => stage === step),
                step,
            );
        assert.ok(lines.some(({ peak_bytes: bytes }) => bytes > 1e6));
    });

    test("a_failure_as_json_with_what_to_do_next", async () => {
        const { stderr } = assertFailed(await run(["train", "--epocs", "2", "--log-format", "json"]), 2);
        // What is wrong may stand before the option that asks for JSON.
        assert.match(stderr, /--epochs/);
        const result = await run(["train", "--log-format", "json"]);
        const line = JSON.parse(assertFailed(result, 2).stderr);
        assert.equal(line.level, "error");
        assert.match(line.message, /--work DIR is needed/);
        assert.match(line.next, /playlistpulse help train/);
    });

    test("where_the_bundle_goes_when_it_was_not_told", async () => {
        const cwd = await temporary();
        const { stderr } = assertDone(await run(["build", file, ...settings], { cwd }));
        assert.match(stderr, /songs\.bundle; --out DIR/);
        const names = (await listing(cwd)).filter((name) => !name.includes(path.sep));
        assert.deepEqual(names, ["songs.bundle", "songs.bundle.work"]);
        assertDone(await run(["info", "--bundle", "songs.bundle"], { cwd }));
    });

    test("that_lyrics_are_left_out_where_there_is_nothing_to_read_them_with", async () => {
        const { stderr } = assertDone(await build("silent", "--encoder", "none"));
        assert.match(stderr, /lyrics are left out: --encoder none/);
    });
});

describe("on a terminal", () => {
    const skip = spawnSync("script", ["--version"]).status === 0 ? false : "script is not installed";
    let directory;
    before(async () => {
        directory = await temporary();
        await writeFile(path.join(directory, "songs.csv"), csv(songs(400)));
    });
    /** The program with a terminal for all three streams; what it wrote there. */
    const shown = (command, env = {}) => {
        const { NO_COLOR, ...rest } = process.env;
        const result = spawnSync("script", ["-qec", `'${program}' ${command}`, "/dev/null"], {
            cwd: directory,
            encoding: "utf8",
            env: { ...rest, TERM: "xterm", XDG_CACHE_HOME: directory, OPENBLAS_NUM_THREADS: "1", ...env },
            input: "",
        });
        return result.stdout;
    };
    const build = "build songs.csv --latent 4 --epochs 200 --patience 0";

    test("there_is_a_progress_bar_and_it_goes_away", { skip }, () => {
        const text = shown(build);
        assert.match(text, /\[[#.]+\] +\d+%/);
        const lines = text.split("\n").map((line) => line.replaceAll(/[^\r]*\r\u001b\[K/g, ""));
        assert.ok(
            lines.every((line) => !line.includes("[##")),
            text,
        );
    });

    test("there_is_none_after_--quiet_or_in_json", { skip }, () => {
        assert.equal(shown(`${build} --quiet`), "");
        assert.ok(!shown(`${build} --log-format json`).includes(escape));
    });

    test("an_error_is_red_and_headings_are_bold", { skip }, () => {
        assert.ok(shown("trian").includes(`${escape}[31m`));
        assert.ok(shown("help").includes(`${escape}[1m`));
        assert.ok(shown("train --help").includes(`${escape}[1m`));
    });

    for (const [name, args, env] of [
        ["NO_COLOR", "", { NO_COLOR: "1" }],
        ["--no-color", "--no-color", {}],
        ["a_dumb_terminal", "", { TERM: "dumb" }],
    ]) {
        test(`neither_with_${name}`, { skip }, () => {
            for (const command of ["trian", "help", "train --help"])
                assert.ok(!shown(`${args} ${command}`, env).includes(escape), command);
        });
    }

    test("an_empty_NO_COLOR_is_none", { skip }, () => {
        assert.ok(shown("help", { NO_COLOR: "" }).includes(`${escape}[1m`));
    });
});

test("no_escape_codes_go_into_a_pipe", async () => {
    for (const args of [["trian"], ["help"], ["train", "--help"], ["man"], ["completion", "zsh"]]) {
        const { stdout, stderr } = await run(args, { env: { TERM: "xterm", NO_COLOR: "" } });
        assert.ok(!(stdout + stderr).includes(escape), args[0]);
    }
});

describe("Ctrl-C", () => {
    let directory, file;
    before(async () => {
        directory = await temporary();
        file = path.join(directory, "songs.csv");
        await writeFile(file, csv(songs(400)));
    });

    /** Runs until the standard error has `what`, then interrupts it. */
    const interruptedAt = (what, args) =>
        run(args, {
            cwd: directory,
            onStart(child) {
                child.stderr.on("data", (chunk) => {
                    if (String(chunk).includes(what)) child.kill("SIGINT");
                });
            },
        });

    /** What is said to be typed, typed into a shell. */
    const typed = (stderr) => {
        const [, line] = /; to go on: (playlistpulse .*)$/m.exec(stderr) ?? assert.fail(stderr);
        const env = { ...process.env, XDG_CACHE_HOME: directory, OPENBLAS_NUM_THREADS: "1" };
        const shell = `playlistpulse() { '${program}' "$@"; }; ${line}`;
        const result = spawnSync("sh", ["-c", shell], { cwd: directory, encoding: "utf8", env });
        assert.equal(result.status, 0, `${line}\n${result.stderr}`);
        return result;
    };

    test("in_training_ends_it_and_what_is_said_finishes_the_bundle", async () => {
        const { signal, stderr } = await interruptedAt("training:", [
            ...["build", file, "--latent", "4", "--epochs", "400", "--patience", "0"],
            ...["--out", "one of mine", "--data-title", "What's mine, isn't it"],
        ]);
        assert.equal(signal, "SIGINT", stderr);
        assert.match(stderr, /interrupted/);
        assert.match(typed(stderr).stderr, /ingested already/);
        const { stdout } = assertDone(await run(["info", "--bundle", "one of mine"], { cwd: directory }));
        assert.match(stdout, /What's mine, isn't it/);
    });

    test("in_a_step_of_its_own_is_gone_on_from_as_well", async () => {
        assertDone(await run(["ingest", file, "--work", "work"], { cwd: directory }));
        const args = ["train", "--work", "work", "--latent", "4", "--epochs", "400", "--patience", "0"];
        const { signal, stderr } = await interruptedAt("training:", args);
        assert.equal(signal, "SIGINT", stderr);
        typed(stderr);
        assertDone(await run(["export", "--work", "work", "--out", "bundle"], { cwd: directory }));
    });
});
