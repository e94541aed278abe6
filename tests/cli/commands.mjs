// The program's commands and options, as it lists them itself.
import { runJson } from "./program.mjs";

const program = await runJson(["help", "--json"]);

function* walk(command, path) {
    yield { ...command, path };
    for (const inner of command.commands) yield* walk(inner, [...path, inner.name]);
}

/** Every command with the words that name it, `path`; the program itself first, with none. */
export const everyCommand = [...walk(program, [])];

/** The ways to write an option: ["-b", "--bundle"]. */
export const spellings = ({ letter, name }) => [
    ...(letter ? [`-${letter}`] : []),
    ...(name ? [`--${name}`] : []),
];
