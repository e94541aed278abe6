import { defineConfig } from "vitest/config";

const testTimeout = 30_000;
/** Relaxed SIMD came behind a switch, which a Node that has it without one may no longer know. */
const nodeVersion = Number(process.versions.node.split(".")[0]);
const relaxedSwitch = nodeVersion < 21 ? ["--experimental-wasm-relaxed-simd"] : [];
/** The built package is what is tested, as Node itself loads it. */
const server = { deps: { external: [/\/dist\//, /\/node_modules\//] } };

export default defineConfig({
  test: {
    globalSetup: "./test/setup.ts",
    projects: [
      {
        test: { name: "plain", include: ["test/*.test.ts"], pool: "forks", testTimeout, server },
      },
      {
        // The same questions, to the other module.
        test: {
          name: "relaxed",
          include: ["test/recommender.test.ts", "test/simd.test.ts", "test/text.test.ts"],
          pool: "forks",
          testTimeout,
          execArgv: relaxedSwitch,
          env: { PULSE_TEST_VARIANT: "relaxed" },
          server,
        },
      },
    ],
  },
});
