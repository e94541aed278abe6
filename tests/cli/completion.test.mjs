// The completions, asked of the shells themselves.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { before, describe, test } from "node:test";
import { everyCommand, spellings } from "./commands.mjs";
import { assertDone, assertFailed, exists, run, temporary } from "./program.mjs";

const isThere = (shell) => spawnSync(shell, ["-c", "exit 0"]).status === 0;
const script = async (shell) => assertDone(await run(["completion", shell])).stdout;

const shells = {
    bash: {
        // As readline calls it: the words, and the index of the last one.
        async ask(directory, line) {
            const words = line.split(/ |(?==)|(?<==)/);
            const set = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})`;
            const result = spawnSync(
                "bash",
                [
                    "--norc",
                    "-c",
                    `source ./script; ${set}; COMP_CWORD=${words.length - 1}
                    _playlistpulse; printf '%s\\n' "\${COMPREPLY[@]}"`,
                ],
                { cwd: directory, encoding: "utf8" },
            );
            assert.equal(result.stderr, "");
            return result.stdout;
        },
    },
    fish: {
        async ask(directory, line) {
            const result = spawnSync(
                "fish",
                ["--no-config", "-c", "source ./script; complete -C $argv[1]", line],
                { cwd: directory, encoding: "utf8", env: { ...process.env, HOME: directory } },
            );
            assert.equal(result.stderr, "");
            return result.stdout.replaceAll(/\t.*/g, "").replaceAll(/^--\w+=/gm, "");
        },
    },
    zsh: {
        // A shell at a terminal, in which compadd writes down what it is given.
        async ask(directory, line) {
            await rm(path.join(directory, "hits"), { force: true });
            await rm(path.join(directory, "hits.done"), { force: true });
            await rm(path.join(directory, "_playlistpulse"), { force: true });
            await writeFile(
                path.join(directory, "_playlistpulse"),
                await readFile(path.join(directory, "script")),
            );
            const result = spawnSync("zsh", ["-f", "-c", asked, "zsh", line], {
                cwd: directory,
                encoding: "utf8",
                timeout: 60_000,
            });
            assert.equal(result.status, 0, result.stderr);
            assert.ok(await exists(path.join(directory, "hits.done")), `no answer: ${line}`);
            const hits = path.join(directory, "hits");
            return (await exists(hits)) ? (await readFile(hits, "utf8")).replaceAll("\\ ", " ") : "";
        },
    },
};

const asked = `
zmodload zsh/zpty
zpty shell "zsh -f -i"
say() { zpty -w shell "$1" }
say "PROMPT=; fpath=($PWD \\$fpath); autoload -Uz compinit; compinit -u -D"
say 'compadd() {
    if [[ " \${@[1,(i)(-|--)]} " == *" -"[OAD]" "* ]]; then builtin compadd "$@"; return; fi
    local -a hits
    builtin compadd -O hits "$@"
    print -rl -- $hits >> hits
    builtin compadd "$@"
}'
say 'finish() { zle list-choices; print done > hits.done }; zle -N finish; bindkey "^I" finish'
say 'playlistpulse() { : }'
zpty -w -n shell "$1"$'\\t'
for i in {1..300}; do
    [[ -e hits.done ]] && break
    zpty -r -t shell rest
    sleep 0.1
done
zpty -d shell
`;

test("an_unknown_shell_is_refused_and_the_known_ones_are_named", async () => {
    assertFailed(await run(["completion", "tcsh"]), 2, "bash, zsh or fish");
    assertFailed(await run(["completion"]), 2, "bash, zsh or fish");
});

for (const [shell, { ask }] of Object.entries(shells)) {
    const skip = isThere(shell) ? false : `${shell} is not installed`;
    describe(`in ${shell}`, { skip }, () => {
        let directory;
        before(async () => {
            directory = await temporary();
            await writeFile(path.join(directory, "script"), await script(shell));
            await mkdir(path.join(directory, "here"));
            await mkdir(path.join(directory, "here/one of two"));
            await writeFile(path.join(directory, "here/songs.csv"), "");
        });
        const complete = async (line) => {
            const words = (await ask(directory, line)).split("\n");
            return [...new Set(words.map((word) => word.trim().replace(/\/$/, "")))]
                .filter((word) => word)
                .map((word) => path.basename(word))
                .sort();
        };

        for (const command of everyCommand.filter(({ commands }) => commands.length > 0)) {
            const line = ["playlistpulse", ...command.path, ""].join(" ");
            test(`${line}has_the_commands`, async () => {
                const names = command.commands.map(({ name }) => name);
                assert.deepEqual(await complete(line), names.sort());
            });
        }

        for (const command of everyCommand) {
            const line = ["playlistpulse", ...command.path, "--"].join(" ");
            test(`${line}_has_the_options`, async () => {
                const names = command.options.flatMap(spellings).filter((name) => name.length > 2);
                assert.deepEqual(await complete(line), names.sort());
            });
        }

        for (const [line, ...expected] of [
            ["playlistpulse trai", "train"],
            ["playlistpulse --log-format ", "json", "text"],
            ["playlistpulse --quiet trai", "train"],
            ["playlistpulse train --activation ", "gelu", "relu", "tanh"],
            ["playlistpulse train --activation=g", "gelu"],
            ["playlistpulse train --activation gelu --epo", "--epochs"],
            ["playlistpulse train --epochs "],
            ["playlistpulse encoder import --weights ", "f32", "int8"],
            ["playlistpulse help reco", "recommend"],
            ["playlistpulse completion ", "bash", "fish", "zsh"],
            ["playlistpulse build ./here/", "one of two", "songs.csv"],
            ["playlistpulse train --work ./here/", "one of two"],
            ["playlistpulse embed --encoder ./here/", "one of two", "songs.csv"],
            ["playlistpulse search "],
        ]) {
            test(`${line}_completes_to_${expected.join("_or_") || "nothing"}`, async () => {
                assert.deepEqual(await complete(line), expected);
            });
        }
    });
}
