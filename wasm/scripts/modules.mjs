// Puts the three WebAssembly modules, built by CMake, into dist, and writes down how large they are: a browser
// cannot tell how many bytes a compressed response will be, and a progress bar wants to know.
//
// PULSE_WASM_BUILD names another directory than ../build that holds wasm-simd/, wasm-relaxed-simd/ and
// wasm-threads/.
import { copyFile, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const build = resolve(root, process.env.PULSE_WASM_BUILD ?? "../build");
const modules = {
  plain: ["wasm-simd", "pulse.simd"],
  relaxed: ["wasm-relaxed-simd", "pulse.relaxed"],
  threads: ["wasm-threads", "pulse.threads"],
};

const bytes = {};
for (const [variant, [preset, name]] of Object.entries(modules)) {
  for (const extension of ["mjs", "wasm"]) {
    const from = resolve(build, preset, "bin", `${name}.${extension}`);
    const to = resolve(root, "dist", `${name}.${extension}`);
    try {
      await copyFile(from, to);
    } catch (error) {
      console.error(`cannot copy ${from}: ${error.message}\nBuild the modules first: ./build.sh wasm`);
      process.exit(1);
    }
    if (extension === "wasm") bytes[variant] = (await stat(to)).size;
  }
}
await writeFile(resolve(root, "dist/module-bytes.js"), `export const moduleBytes = ${JSON.stringify(bytes)};\n`);
