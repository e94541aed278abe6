// Places where writing fails: a file system of a few kilobytes, one that nothing can be written to. They are mounted for
// the program under test alone, in a mount namespace of its own. Where mounts are not allowed, a limit on the size of
// files and a directory of the kernel's stand in: other numbers of the same errors, by the same ways through the program.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { exists, program, run, temporary } from "./program.mjs";

export const mounts =
    spawnSync("unshare", ["--mount", "sh", "-c", 'mount -t tmpfs tmpfs "$0"', "/mnt"]).status === 0;

/** What the system says of a full disk, and what is said to do about it. */
export const full = mounts
    ? { cause: /No space left on device|the disk is full/, next: /make room/ }
    : { cause: /File too large|disk I\/O error|cannot write/, next: /ulimit -f|room/ };

export const readOnly = mounts
    ? { cause: /Read-only file system|readonly database/, next: /choose another/ }
    : { cause: /Permission denied|Operation not permitted|No such file|Read-only/, next: /choose another|see / };

/**
 * Runs the program with `args`, which may name paths in `room`, where there is no more room than `kilobytes`, with the
 * files of `given` (a directory) in it from the start. Gives the result, and in `left` a copy of the room as it was left.
 */
export async function runInFullRoom(kilobytes, room, args, { given, ...options } = {}) {
    const left = path.join(await temporary(), "left");
    const fill = given ? `cp -a "${given}/." "${room}";` : "";
    const copy = `code=$?; mkdir "${left}" && cp -a "${room}/." "${left}"; exit $code`;
    const script = mounts
        ? `mount -t tmpfs -o size=${kilobytes}k tmpfs "${room}" && { ${fill} "$0" "$@"; ${copy}; }`
        : `${fill} (ulimit -f ${kilobytes}; exec "$0" "$@"); ${copy}`;
    const shell = mounts ? ["--mount", "bash", "-c", script] : ["-c", script];
    const result = await run([...shell, program, ...args], { binary: mounts ? "unshare" : "bash", ...options });
    return { ...result, args, left };
}

/** Runs the program while nothing can be written in `directory`, or below it. */
export async function runReadOnly(directory, args, options) {
    if (!mounts) {
        // Not even root makes anything in there.
        const elsewhere = args.map((arg) => arg.replaceAll(directory, "/proc/self"));
        return run(elsewhere, options);
    }
    const script = `mount --bind "${directory}" "${directory}" && mount -o remount,ro,bind "${directory}" && exec "$0" "$@"`;
    const result = await run(["--mount", "bash", "-c", script, program, ...args], { binary: "unshare", ...options });
    return { ...result, args };
}

/** Waits until there is such a file. */
export async function appears(name, milliseconds = 20_000) {
    const until = performance.now() + milliseconds;
    while (!(await exists(name))) {
        if (performance.now() > until) throw new Error(`${name} did not appear`);
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
}
