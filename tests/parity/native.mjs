// The native core in one process (answers.c): quicker than a run of the program for each question, and the whole of
// the JSON interface.
import assert from "node:assert/strict";
import path from "node:path";
import { realBundle, root, run } from "../cli/program.mjs";

export const answersProgram =
    process.env.PLAYLISTPULSE_ANSWERS ?? path.join(root, "build/native/tests/bin/answers");

/** How many songs answers.c asks a search for. */
export const searchLimit = 20;

/** Questions are {recommend: request}, {search: text} or {map: true}. Gives {info, opening, answers, times}; times in ms. */
export async function inNative(questions, bundle = realBundle) {
    const lines = questions.map(({ recommend, search, map }) =>
        map ? "m\n" : search === undefined ? `r ${JSON.stringify(recommend)}\n` : `s ${search}\n`,
    );
    const result = await run([bundle], { binary: answersProgram, input: lines.join("") });
    assert.equal(result.code, 0, result.stderr);
    const [opened, ...answered] = result.stdout
        .trimEnd()
        .split("\n")
        .map((line) => {
            const space = line.indexOf(" ");
            return { ms: Number(line.slice(0, space)), json: JSON.parse(line.slice(space + 1)) };
        });
    assert.equal(answered.length, questions.length);
    return {
        info: opened.json,
        opening: opened.ms,
        answers: answered.map(({ json }, i) => (questions[i].search === undefined ? json : json.results)),
        times: answered.map(({ ms }) => ms),
    };
}
