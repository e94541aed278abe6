// Help, the manual page, and the tables that they are made from.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { everyCommand, spellings } from "./commands.mjs";
import { assertDone, assertFailed, run } from "./program.mjs";

const called = ({ path }) => ["playlistpulse", ...path].join(" ");
const leaves = everyCommand.filter(({ commands }) => commands.length === 0);

describe("the tables", () => {
    for (const command of everyCommand) {
        test(`${called(command)}_has_each_id_letter_and_name_once`, () => {
            for (const key of ["id", "letter", "name"]) {
                const all = command.options.map((option) => option[key]).filter((value) => value);
                assert.deepEqual(all, [...new Set(all)], `two options have one ${key}`);
            }
            assert.ok(command.options.every((option) => spellings(option).length > 0));
        });

        test(`${called(command)}_speaks_in_the_same_tone_everywhere`, () => {
            assert.match(command.summary, /^[a-z].*[^.]$/, "a summary is no sentence");
            assert.match(command.description, /^[A-Z][^]*[.:}]$/, "a description has sentences");
            for (const { help, name } of command.options) {
                assert.match(help, /^[^A-Z]/, `--${name} begins in lower case`);
                if (!/[.\n]\s/.test(help)) assert.match(help, /[^.]$/, `--${name} has no full stop`);
                assert.doesNotMatch(help, /(?<!\n) {2}|\t/, `--${name}`);
            }
        });
    }

    for (const command of leaves) {
        test(`${called(command)}_has_examples_of_itself`, () => {
            assert.ok(command.examples.length > 0);
            assert.ok(command.examples[0].includes(called(command)), command.examples[0]);
        });
    }

    test("examples_name_commands_and_options_that_there_are", () => {
        for (const example of everyCommand.flatMap(({ examples }) => examples)) {
            for (const [, line] of example.matchAll(/playlistpulse ([^|)>;]*)/g)) {
                const words = line.split(" ");
                const command = everyCommand.findLast(
                    ({ path }) => path.length > 0 && path.every((word, i) => words[i] === word),
                );
                assert.ok(command, `no such command: ${example}`);
                const known = command.options.flatMap(spellings);
                const unquoted = line.replaceAll(/"[^"]*"/g, '""');
                for (const [, option] of unquoted.matchAll(/(?<= )(--?[a-z][a-z-]*)/g))
                    assert.ok(known.includes(option), `${option} in: ${example}`);
            }
        }
    });
});

describe("help", () => {
    for (const command of everyCommand) {
        test(`of_${called(command)}_has_every_option_and_no_line_beyond_80_columns`, async () => {
            const result = assertDone(await run([...command.path, "--help"]));
            assert.equal(result.stderr, "");
            const [options, examples] = result.stdout.split("\nExamples:\n");
            for (const option of command.options) {
                const spelt = spellings(option).join(", ");
                assert.match(options, new RegExp(`^ +${spelt}\\b`, "m"), spelt);
                for (const choice of option.choices ?? []) assert.ok(options.includes(choice), choice);
            }
            for (const inner of command.commands) assert.ok(options.includes(inner.summary));
            for (const example of command.examples) assert.ok(examples.includes(example), example);
            const long = options.split("\n").filter((line) => [...line].length > 80);
            assert.deepEqual(long, []);
            // Nothing that looks like an option but is none.
            const known = command.options.flatMap(spellings);
            for (const [, option] of options.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm))
                assert.ok(known.includes(option), option);
        });

        test(`help_${command.path.join("_")}_is_the_same_as_-h`, async () => {
            const [asked, told] = await Promise.all([
                run([...command.path, "-h"]),
                run(["help", ...command.path]),
            ]);
            assert.equal(assertDone(asked).stdout, assertDone(told).stdout);
        });
    }

    test("says_where_there_is_no_such_command", async () => {
        assertFailed(await run(["help", "recomend"]), 2, "recomend", "did you mean recommend?");
        assertFailed(await run(["help", "build", "fast"]), 2, "fast");
        assertFailed(await run(["help", "encoder", "imprt"]), 2, "did you mean import?");
    });
});

describe("what is not quite right", () => {
    const suggested = {
        a_command: [["trian"], "train"],
        a_command_begun: [["rec"], "recommend"],
        a_command_of_a_command: [["encoder", "inport"], "import"],
        an_option: [["train", "--epocs", "3", "--work", "x"], "--epochs"],
        an_option_with_its_value: [["train", "--epocs=3", "--work", "x"], "--epochs"],
        an_option_of_two_words: [["train", "--learning_rate", "1", "--work", "x"], "--learning-rate"],
        a_common_option: [["info", "--quite", "--bundle", "x"], "--quiet"],
    };
    for (const [name, [args, meant]] of Object.entries(suggested)) {
        test(`${name}_is_answered_with_what_is_near`, async () => {
            assertFailed(await run(args), 2, `did you mean ${meant}?`);
        });
    }

    test("what_is_near_to_nothing_is_not_guessed_at", async () => {
        for (const args of [["xyzzy"], ["train", "--xyzzy"]])
            assert.doesNotMatch(assertFailed(await run(args), 2, "xyzzy").stderr, /did you mean/);
    });

    test("a_choice_is_answered_with_the_choices", async () => {
        const args = ["train", "--work", "x", "--activation", "gelo"];
        assertFailed(await run(args), 2, "--activation", "relu, gelu or tanh", "gelo");
    });

    test("a_beginning_is_enough_where_no_other_name_has_it", async () => {
        assertDone(await run(["info", "--hel"]));
        assertFailed(await run(["recommend", "--year", "1990"]), 2, "--year-min", "--year-max");
    });

    test("a_value_for_what_takes_none_is_refused", async () => {
        assertFailed(await run(["info", "--json=yes"]), 2, "--json");
    });
});

describe("the manual page", () => {
    const page = async () => assertDone(await run(["man"])).stdout;

    test("has_every_command_and_option", async () => {
        const text = (await page()).replaceAll("\\-", "-");
        for (const command of everyCommand) {
            if (command.commands.length > 0 && command.path.length > 0) continue;
            const at = command.path.length > 0 ? text.indexOf(`.SS "${called(command)}"`) : 0;
            assert.notEqual(at, -1, called(command));
            for (const { letter, name, group } of command.options) {
                const from = group.startsWith("Common") ? text.indexOf(".SH COMMON OPTIONS") : at;
                const spelt = name ? `\\fB--${name}\\fR` : `\\fB-${letter}\\fR`;
                assert.ok(text.includes(spelt, from), `${called(command)} ${spelt}`);
            }
        }
    });

    test("is_what_groff_reads_without_a_warning", async (t) => {
        const input = await page();
        const groff = spawnSync("groff", ["-ww", "-man", "-Tascii"], { input, encoding: "utf8" });
        if (groff.error?.code === "ENOENT") return t.skip("groff is not installed");
        assert.equal(groff.stderr, "");
        assert.equal(groff.status, 0);
        assert.match(groff.stdout, /playlistpulse/);
    });

    test("is_what_mandoc_reads_without_a_warning", async (t) => {
        const mandoc = spawnSync("mandoc", ["-T", "lint", "-W", "warning"], {
            input: await page(),
            encoding: "utf8",
        });
        if (mandoc.error?.code === "ENOENT") return t.skip("mandoc is not installed");
        // A date would have to be that of the release, and has no place in a build.
        const said = mandoc.stdout.split("\n").filter((line) => line && !line.includes("missing date"));
        assert.deepEqual(said, []);
    });
});
